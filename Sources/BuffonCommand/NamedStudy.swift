import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness

/// A convergence study that comes along: one number by several methods.
struct NamedStudy: Sendable {
  typealias Estimator =
    @Sendable (_ size: Int, _ generator: inout Philox) throws -> Estimate

  let name: String
  let summary: String
  let truth: Double
  let sizes: [Int]
  let methods: [(name: String, estimate: Estimator)]

  static let all = [tail, exponential, gaussian, banana]

  // The parameters of all distributions here are valid.
  private static let normal = try! Normal(mean: 0, standardDeviation: 1)

  /// P(X > 2).
  private static var tail: NamedStudy {
    let proposal = try! StudentT(degreesOfFreedom: 5)
    let f: @Sendable (Double) -> Double = { $0 > 2 ? 1 : 0 }
    return NamedStudy(
      name: "tail", summary: "P(X > 2) of a standard normal", truth: normal.survival(2),
      sizes: [2_000, 8_000, 32_000],
      methods: [
        (
          "plain Monte Carlo",
          { try MonteCarlo(draws: $0).mean(of: f, under: normal, using: &$1) }
        ),
        (
          "rejection from Student t(5)",
          {
            try RejectionSampler(proposal: proposal, envelopeConstant: 1.11, draws: $0)
              .mean(of: f, under: normal, using: &$1)
          }
        ),
        (
          "importance from Student t(5)",
          {
            try ImportanceSampler(proposal: proposal, draws: $0)
              .mean(of: f, under: normal, using: &$1)
          }
        ),
        (
          "self-normalised from Student t(5)",
          {
            try SelfNormalizedImportanceSampler(proposal: proposal, draws: $0)
              .mean(of: f, underLogDensity: { -0.5 * $0 * $0 }, using: &$1)
          }
        ),
      ])
  }

  /// E[exp U].
  private static var exponential: NamedStudy {
    let uniform = try! Uniform(lower: 0, upper: 1)
    let controls = ControlVariates<Double>(means: [0.5]) { [$0] }
    return NamedStudy(
      name: "exponential", summary: "E[exp U] of a uniform U on (0, 1)", truth: exp(1.0) - 1,
      sizes: [256, 1_024, 4_096],
      methods: [
        (
          "plain Monte Carlo",
          { try MonteCarlo(draws: $0).mean(of: exp, under: uniform, using: &$1) }
        ),
        (
          "antithetic",
          { try AntitheticMonteCarlo(pairs: $0 / 2).mean(of: exp, under: uniform, using: &$1) }
        ),
        (
          "control variate U",
          {
            try MonteCarlo(draws: $0)
              .mean(of: exp, under: uniform, controls: controls, using: &$1)
          }
        ),
        (
          "stratified",
          { try StratifiedMonteCarlo(draws: $0).mean(of: exp, under: uniform, using: &$1) }
        ),
        (
          "quasi-Monte Carlo, 16 scrambled replicates",
          {
            try QuasiMonteCarlo(points: $0 / 16, replicates: 16)
              .mean(of: exp, under: uniform, using: &$1)
          }
        ),
      ])
  }

  /// Genz's Gaussian peak in three dimensions.
  private static var gaussian: NamedStudy {
    let cube = Independent(
      [Uniform](repeating: try! Uniform(lower: 0, upper: 1), count: 3))
    let f: @Sendable ([Double]) -> Double = { x in
      exp(x.reduce(0) { $0 - 9 * ($1 - 0.4) * ($1 - 0.4) })
    }
    let side = Double.pi.squareRoot() / 6 * (erf(3 * 0.6) + erf(3 * 0.4))
    return NamedStudy(
      name: "gaussian", summary: "a Gaussian peak over the unit cube in three dimensions",
      truth: side * side * side, sizes: [1_024, 4_096, 16_384],
      methods: [
        ("plain Monte Carlo", { try MonteCarlo(draws: $0).mean(of: f, under: cube, using: &$1) }),
        (
          "Latin hypercube, 16 replicates",
          { try LatinHypercube(points: $0 / 16).mean(of: f, under: cube, using: &$1) }
        ),
        (
          "quasi-Monte Carlo, 16 scrambled replicates",
          { try QuasiMonteCarlo(points: $0 / 16).mean(of: f, under: cube, using: &$1) }
        ),
        (
          "VEGAS with adaptive strata",
          {
            try VegasPlus(evaluationsPerIteration: $0 / 11)
              .integral(of: f, over: [0...1, 0...1, 0...1], using: &$1)
          }
        ),
      ])
  }

  /// E[x_2] of a banana.
  private static var banana: NamedStudy {
    let proposal = try! MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0], scale: Matrix([[16, 0], [0, 16]]))
    let logDensity: @Sendable ([Double]) -> Double = { x in
      let d = x[1] + 0.25 * x[0] * x[0] - 1
      return -x[0] * x[0] / 8 - 0.5 * d * d
    }
    return NamedStudy(
      name: "banana", summary: "E[x_2] of a banana-shaped density, known up to a constant",
      truth: 0, sizes: [2_000, 8_000, 32_000],
      methods: [
        (
          "self-normalised from Student t(5)",
          {
            try SelfNormalizedImportanceSampler(proposal: proposal, draws: $0)
              .mean(of: { $0[1] }, underLogDensity: logDensity, using: &$1)
          }
        ),
        (
          "rejection from Student t(5)",
          {
            try RejectionSampler(proposal: proposal, draws: $0)
              .mean(of: { $0[1] }, underLogDensity: logDensity, using: &$1)
          }
        ),
      ])
  }
}
