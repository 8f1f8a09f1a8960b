import Approximation
import Differentiation
import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Regression
import TestSupport
import Testing

/// The small set of Tests/Reference/polynomials.json, with the posterior computed by mpmath.
private struct Reference: Decodable {
  struct Bayes: Decodable {
    struct Prediction: Decodable {
      let x, y, degreesOfFreedom, mean, scale, logDensity, cdf: Double
    }
    struct Evidence: Decodable {
      let priorSd, logEvidence: Double
    }
    let x, y: [Double]
    let degree: Int
    let priorSd, noiseShape, noiseScale, logEvidence, mapNoiseSd: Double
    let coefficients, standardErrors: [Double]
    let predictive: [Prediction]
    let evidenceByPriorSd: [Evidence]
  }
  let bayes: Bayes

  static func load() throws -> Bayes {
    try ReferenceData.decode(Reference.self, from: "polynomials.json").bayes
  }
}

private func isClose(_ value: Double, _ reference: Double, _ tolerance: Double) -> Bool {
  relativeError(value, reference) <= tolerance
}

@Suite struct PosteriorTests {
  private let reference: Reference.Bayes
  private let data: RegressionData
  private let posterior: NormalInverseGammaPosterior

  init() throws {
    reference = try Reference.load()
    data = try RegressionData(x: reference.x, y: reference.y)
    posterior = try Self.posterior(reference.priorSd, data, reference)
  }

  private static func posterior(
    _ priorDeviation: Double?, _ data: RegressionData, _ reference: Reference.Bayes
  ) throws -> NormalInverseGammaPosterior {
    try PolynomialRegression(
      degree: reference.degree,
      prior: NormalInverseGammaPrior(
        coefficientScale: priorDeviation, noiseShape: reference.noiseShape,
        noiseScale: reference.noiseScale)
    ).posterior(data)
  }

  @Test("evidence, coefficients and mode", .tags(.reference))
  func closedForm() throws {
    #expect(isClose(posterior.logEvidence, reference.logEvidence, 1e-12))
    for (value, expected) in zip(posterior.coefficients, reference.coefficients) {
      #expect(isClose(value, expected, 1e-11))
    }
    for (value, expected) in zip(try #require(posterior.standardErrors), reference.standardErrors) {
      #expect(isClose(value, expected, 1e-11))
    }
    #expect(isClose(posterior.modeNoiseStandardDeviation, reference.mapNoiseSd, 1e-12))
    for point in reference.evidenceByPriorSd {
      let other = try Self.posterior(point.priorSd, data, reference)
      #expect(isClose(other.logEvidence, point.logEvidence, 1e-12))
    }
  }

  @Test("predictions", .tags(.reference))
  func predictive() throws {
    #expect(!reference.predictive.isEmpty)
    for point in reference.predictive {
      let prediction = try posterior.predictive(at: point.x)
      #expect(prediction.degreesOfFreedom == point.degreesOfFreedom)
      #expect(isClose(prediction.location, point.mean, 1e-12))
      #expect(isClose(prediction.scale, point.scale, 1e-12))
      #expect(isClose(prediction.logDensity(of: point.y), point.logDensity, 1e-11))
      // The cdf is GSL's, good to about 1e-8 there.
      #expect(isClose(prediction.cdf(point.y), point.cdf, 1e-7))
    }
  }

  @Test("the prior's width is at the maximum of the evidence")
  func maximumEvidence() throws {
    let best = try Self.posterior(nil, data, reference)
    for factor in [0.5, 0.98, 1.02, 2] {
      let other = try Self.posterior(best.coefficientScale * factor, data, reference)
      #expect(other.logEvidence < best.logEvidence)
    }
  }

  @Test("more coefficients than rows: the same as with dense matrices")
  func wide() throws {
    let few = try RegressionData(x: [0, 1, 2.5, 4], y: [1, 3, 2, 5])
    let (degree, s, a, b) = (6, 0.8, 1.5, 0.2)
    let posterior = try PolynomialRegression(
      degree: degree,
      prior: NormalInverseGammaPrior(coefficientScale: s, noiseShape: a, noiseScale: b)
    ).posterior(few)
    let mean = few.y.reduce(0, +) / 4
    let deviation = (few.y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
    let z = few.y.map { ($0 - mean) / deviation }
    let phi = posterior.basis.design(few.x)
    // The marginal of z is a multivariate t with scale b/a (I + s^2 Phi Phi').
    var scale = phi * phi.transposed
    for i in 0..<4 {
      for j in 0..<4 { scale[i, j] = b / a * (s * s * scale[i, j] + (i == j ? 1 : 0)) }
    }
    let marginal = try MultivariateStudentT(
      degreesOfFreedom: 2 * a, location: [0, 0, 0, 0], scale: scale)
    #expect(
      isClose(posterior.logEvidence, marginal.logDensity(of: z) - 4 * log(deviation), 1e-12))

    var precision = phi.transposed * phi
    for i in 0...degree { precision[i, i] += 1 / (s * s) }
    let factor = try CholeskyFactorization(precision)
    let theta = factor.solve(phi.transposed * z)
    for x in [-1, 0.7, 3, 6] {
      let basis = posterior.basis(x)
      let leverage = zip(basis, factor.solve(basis)).reduce(0) { $0 + $1.0 * $1.1 }
      let prediction = try posterior.predictive(at: x)
      let center = zip(basis, theta).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(isClose(prediction.location, mean + deviation * center, 1e-10))
      let expected = deviation * (posterior.scale / posterior.shape * (1 + leverage)).squareRoot()
      #expect(isClose(prediction.scale, expected, 1e-10))
    }
  }

  /// Mean, density and cdf of the predictive distribution at five inputs, three ways.
  private func disagreements(
    _ draws: WeightedDraws<[Double]>, level: Double = 0.001
  ) async throws -> [String] {
    let average = posterior.average(over: draws, at: reference.predictive.map(\.x))
    let z = StatisticalTolerance(level: level, comparisons: 3 * reference.predictive.count + 2)
      .standardErrors
    var found: [String] = []
    func compare(_ estimate: Estimate, _ exact: Double, _ what: String) {
      if abs(estimate.value - exact) > z * estimate.standardError { found.append(what) }
    }
    for (index, point) in reference.predictive.enumerated() {
      compare(try average.mean(index), point.mean, "mean \(index)")
      compare(try average.density(of: point.y, index), exp(point.logDensity), "density \(index)")
      compare(try average.cdf(point.y, index), point.cdf, "cdf \(index)")
    }
    let y = reference.predictive.map(\.y)
    let scores = try await average.scores(y)
    let exact = reference.predictive
    let logDensity = exact.reduce(0) { $0 + $1.logDensity } / Double(y.count)
    let squares = exact.reduce(0) { $0 + ($1.y - $1.mean) * ($1.y - $1.mean) }
    let rmse = (squares / Double(y.count)).squareRoot()
    if abs(scores.logDensity! - logDensity) > z * scores.standardErrors!.logDensity {
      found.append("score")
    }
    if abs(scores.rootMeanSquareError! - rmse) > z * scores.standardErrors!.rootMeanSquareError {
      found.append("rmse")
    }
    return found
  }

  @Test(
    "averages over draws agree with the closed form within their errors", .tags(.statistical),
    arguments: [UInt64(1), 2, 3])
  func averages(seed: UInt64) async throws {
    let exact = posterior.draws(20_000, seed: seed)
    #expect(exact.effectiveSampleSize == 20_000)
    #expect(try await disagreements(exact, level: 0.001 / 6) == [])

    let importance = try await posterior.importanceDraws(20_000, seed: seed)
    #expect(importance.effectiveSampleSize < 20_000)
    #expect(importance.effectiveSampleSize > 5_000)
    #expect(importance.diagnosis == .reliable)
    #expect(try await disagreements(importance, level: 0.001 / 6) == [])
    let z = StatisticalTolerance(level: 0.001, comparisons: 3).standardErrors
    #expect(
      abs(posterior.logEvidence(of: importance) - reference.logEvidence)
        < z * importance.logEvidenceStandardError)
    let coefficients = posterior.coefficients(of: importance)
    for j in 0...reference.degree {
      let (mean, error) = (reference.coefficients[j], reference.standardErrors[j])
      // The effective draws give the mean to sd / sqrt(ess), the sd to about sd / sqrt(2 ess).
      let root = importance.effectiveSampleSize.squareRoot()
      #expect(abs(coefficients.means[j] - mean) < 2 * z * error / root)
      #expect(abs(coefficients.standardDeviations[j] - error) < 2 * z * error / root)
    }
  }

  @Test("draws whose weights are forgotten do not agree", .tags(.statistical))
  func forgottenWeights() async throws {
    let draws = try await posterior.importanceDraws(20_000, seed: 1)
    #expect(try await !disagreements(WeightedDraws(equallyWeighted: draws.values)).isEmpty)
  }

  @Test("a shifted proposal is diagnosed as degenerate")
  func shiftedProposal() async throws {
    let density = try posterior.logDensity()
    let laplace = try LaplaceApproximation(of: density, at: posterior.mode)
    var location = posterior.mode
    let deviations = try laplace.normal().covariance
    for i in location.indices { location[i] += 6 * deviations[i, i].squareRoot() }
    let proposal = try MultivariateNormal(mean: location, precision: laplace.precision)
    let draws = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 10_000)
      .weightedDraws(of: density, seed: 1)
    #expect(!draws.diagnosis.isReliable)
    #expect(draws.effectiveSampleSize < 100)
    #expect(try #require(draws.paretoShape) > 0.7)
  }

  @Test("the compiled posterior: its gradient, and its mode", .tags(.gradient))
  func program() throws {
    let density = try posterior.logDensity()
    let position = posterior.mode.enumerated().map { $1 + 0.1 * Double($0 + 1) }
    #expect(try gradientError(of: density, at: position) < 1e-7)
    let (_, gradient) = try density.valueAndGradient(at: posterior.mode)
    #expect(gradient.allSatisfy { abs($0) < 1e-9 })
  }
}
