import Distributions
import Foundation
import Interchange
import Randomness
import Regression
import TestSupport
import Testing

private func motorcycle() throws -> RegressionData {
  let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Models/Motorcycle/motorcycle.csv").path
  let table = try DataTable(contentsOf: path)
  return try RegressionData(
    x: table.numbers("milliseconds"), y: table.numbers("acceleration"))
}

@Suite struct ComparisonTests {
  @Test("a split takes every row once, by the seed")
  func split() throws {
    let data = try RegressionData(
      x: (0..<100).map(Double.init), y: (0..<100).map { Double($0) * 2 })
    let (train, test) = try data.split(testFraction: 0.3, seed: 1)
    #expect(train.count == 70 && test.count == 30)
    #expect((train.x + test.x).sorted() == data.x)
    #expect(zip(train.x, train.y).allSatisfy { $1 == 2 * $0 })
    #expect(try data.split(testFraction: 0.3, seed: 1).test == test)
    #expect(try data.split(testFraction: 0.3, seed: 2).test != test)
    #expect(try data.split(testFraction: 0, seed: 1).train == data)
  }

  @Test("data and settings that cannot be used")
  func errors() async throws {
    #expect(throws: RegressionError.constantX(1)) { try RegressionData(x: [1, 1], y: [1, 2]) }
    #expect(throws: RegressionError.tooFewRows(1)) { try RegressionData(x: [1], y: [1]) }
    #expect(throws: RegressionError.lengths(x: 2, y: 1)) { try RegressionData(x: [1, 2], y: [1]) }
    #expect(throws: RegressionError.self) { try RegressionData(x: [1, .nan], y: [1, 2]) }
    let data = try RegressionData(x: [1, 2, 3], y: [1, 2, 4])
    #expect(throws: RegressionError.notIdentified(coefficients: 4, distinctX: 3)) {
      try PolynomialRegression(degree: 3).maximumLikelihood(data)
    }
    for change in [
      { (c: inout Comparison) in c.draws = 0 }, { $0.testFraction = 1 }, { $0.degree = 201 },
      { $0.hidden = [] }, { $0.prior.noiseShape = -1 }, { $0.prior.coefficientScale = .nan },
    ] as [@Sendable (inout Comparison) -> Void] {
      var comparison = Comparison(degree: 1)
      change(&comparison)
      await #expect(throws: RegressionError.self) { try await comparison.run(data) }
    }
  }

  @Test("columns that are dependent to rounding are told, not fitted")
  func numericallyDependent() throws {
    // Two clusters so narrow that a degree of 30 sees two points.
    let x = (0..<40).map { Double($0 % 2) + 1e-9 * Double($0) }
    let data = try RegressionData(x: x, y: x.map { $0 * $0 })
    let error = #expect(throws: RegressionError.self) {
      try PolynomialRegression(degree: 30).maximumLikelihood(data)
    }
    guard case .numericallyDependent = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let posterior = try PolynomialRegression(degree: 30).posterior(data)
    #expect(posterior.logEvidence.isFinite)
    #expect(try posterior.predictive(at: 0.5).scale > 0)
  }

  @Test("on the motorcycle data Bayes predicts better than maximum likelihood on 16 splits of 20")
  func motorcycleSplits() throws {
    let data = try motorcycle()
    #expect(data.count == 133)
    var wins = 0
    for seed in UInt64(1)...20 {
      var comparison = Comparison(degree: 15)
      comparison.testFraction = 0.5
      comparison.seed = seed
      let fits = try comparison.sweep(degrees: 15...15, data).fits
      func logDensity(_ method: FitReport.Method) throws -> Double {
        try #require(fits.first { $0.fit.method == method }?.fit.test.logDensity)
      }
      if try logDensity(.bayes) > logDensity(.mle) { wins += 1 }
    }
    #expect(wins >= 16)
  }

  @Test(
    "scores of the average cover those of the closed form, on a split that extrapolates",
    .tags(.statistical), arguments: [3, 19])
  func averagedScores(split: UInt64) async throws {
    let (train, test) = try motorcycle().split(
      testFraction: 0.5, seed: Philox.derivedSeed(from: split, purpose: 0))
    let posterior = try PolynomialRegression(degree: 15).posterior(train)
    let predictions = try test.x.map { try posterior.predictive(at: $0) }
    let errors = zip(test.y, predictions).map { $0 - $1.mean }
    let rmse = (errors.reduce(0) { $0 + $1 * $1 } / Double(test.count)).squareRoot()
    let replicates = 40
    var covered = 0
    for seed in UInt64(0)..<UInt64(replicates) {
      let draws = try await posterior.importanceDraws(2_000, seed: 1_000 + seed)
      let scores = try await posterior.average(over: draws, at: test.x).scores(test.y)
      let error = try #require(scores.standardErrors?.rootMeanSquareError)
      if abs(try #require(scores.rootMeanSquareError) - rmse) <= 1.96 * error { covered += 1 }
    }
    // Of 40 intervals that cover with 95 %, fewer than 32 cover with a probability of 1.3e-4; two
    // splits at a level of 0.001.
    #expect(covered >= 32)
  }

  @Test("a row that one draw explains is told, and its error is not believed")
  func dominatedPrediction() async throws {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    var generator = Philox(seed: 3)
    let x = (0..<60).map { Double($0) }
    let train = try RegressionData(x: x, y: x.map { _ in normal.sample(using: &generator) })
    let posterior = try PolynomialRegression(degree: 3).posterior(train)
    let draws = try await posterior.importanceDraws(10_000, seed: 1)
    #expect(draws.diagnosis == .reliable)
    let average = posterior.average(over: draws, at: [20, 30])
    let usual = try await average.scores([0.3, -0.8])
    #expect(usual.concern == nil)
    let outlying = try await average.scores([0.3, 40])
    guard case .dominatedPrediction(let share) = outlying.concern else {
      Issue.record("\(String(describing: outlying.concern))")
      return
    }
    #expect(share > 0.1)
    #expect(try !average.density(of: 40, 1).diagnosis.isReliable)
    #expect(try average.density(of: -0.8, 1).diagnosis.isReliable)
  }

  @Test("a fit that is exact to rounding has no noise to predict with")
  func exactFit() async throws {
    let data = try RegressionData(x: [1, 2, 3, 4, 5, 7], y: [3.1, 3.1, 3.1, 3.1, 3.1, 3.1])
    let fit = try PolynomialRegression(degree: 2).maximumLikelihood(data)
    #expect(fit.isExact)
    #expect(fit.predictive(at: 2) == nil)
    #expect(abs(fit.mean(at: 6) - 3.1) < 1e-14)
    let tiny = try RegressionData(x: [1, 2, 3, 4], y: [1e-170, 3e-170, 2e-170, 5e-170])
    let posterior = try PolynomialRegression(degree: 1).posterior(tiny)
    let prediction = try posterior.predictive(at: 2.5)
    #expect(prediction.scale < 1e-169 && prediction.scale > 1e-171)
  }

  @Test("the curve of a report is the prediction that it scores")
  func curves() async throws {
    var comparison = Comparison(degree: 5)
    comparison.draws = 2_000
    comparison.curvePoints = 11
    let data = try motorcycle()
    let result = try await comparison.run(data)
    for fit in result.fits {
      #expect(fit.curve.count == 11)
      #expect(fit.curve.first?.x == data.x.min() && fit.curve.last?.x == data.x.max())
      for point in fit.curve {
        let band = try #require(point.band)
        #expect(band.contains(point.mean))
      }
    }
    let exact = try #require(result.fits.first { $0.method == .bayes })
    let average = try #require(result.fits.first { $0.method == .importance })
    // The 5 % quantile of a normal sample has the standard deviation 2.11 sd / sqrt(size); a band is
    // 3.29 sd wide, and a mixture's quantile varies less than a sample's.
    let size = try #require(average.effectiveSampleSize)
    let z = StatisticalTolerance(level: 0.001, comparisons: 22).standardErrors
    for (a, b) in zip(exact.curve, average.curve) {
      let error = z * 2.11 / 3.29 * (a.band!.upperBound - a.band!.lowerBound) / size.squareRoot()
      #expect(abs(a.band!.lowerBound - b.band!.lowerBound) < error)
      #expect(abs(a.band!.upperBound - b.band!.upperBound) < error)
    }
  }
}
