import Foundation
import Interchange
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
      { $0.hidden = [] }, { $0.prior.noiseShape = -1 }, { $0.prior.priorStandardDeviation = .nan },
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
    for (a, b) in zip(exact.curve, average.curve) {
      let width = a.band!.upperBound - a.band!.lowerBound
      #expect(abs(a.band!.lowerBound - b.band!.lowerBound) < 0.05 * width)
      #expect(abs(a.band!.upperBound - b.band!.upperBound) < 0.05 * width)
    }
  }
}
