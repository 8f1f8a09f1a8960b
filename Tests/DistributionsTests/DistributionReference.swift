import Distributions
import LinearAlgebra
import TestSupport
import Testing

/// Tests/Reference/distributions.json.
struct DistributionReference: Decodable, Sendable {
  struct Point: Decodable, Sendable {
    let x, logDensity, cdf, survival: Double
  }

  struct Quantile: Decodable, Sendable {
    let p, x: Double
  }

  /// The points and quantiles of one distribution; of its parameters, those that it has.
  struct Case: Decodable, Sendable {
    let points: [Point]
    let quantiles: [Quantile]
    let mean, standardDeviation: Double?
    let lower, upper: Double?
    let degreesOfFreedom, location, scale: Double?
    let shape, rate: Double?
  }

  struct MultivariatePoint: Decodable, Sendable {
    let x: [Double]
    let logDensity: Double
  }

  struct MultivariateCase: Decodable, Sendable {
    let degreesOfFreedom: Double?
    let mean: [Double]
    let covariance, scale: [[Double]]?
    let points: [MultivariatePoint]
  }

  let normal, uniform, laplace, studentT, gamma: [Case]
  let multivariateNormal, multivariateStudentT: [MultivariateCase]

  static let committed = Result { try ReferenceData.decode(Self.self, from: "distributions.json") }
}

/// Above 30 degrees of freedom GSL's gsl_cdf_tdist takes a Cornish-Fisher expansion while
/// z^2 < 10 df, which loses digits towards that edge: there P(Z < z) < 1e-17, and the error stays
/// below 1e-6 (of the reference, 4.9e-7 at z = -30 for 100 degrees of freedom).
let studentTProbabilityTolerance = 1e-6

/// One family of the reference, and how far its values may be from the exact ones.
struct Family: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let cases: @Sendable (DistributionReference) -> [DistributionReference.Case]
  let make: @Sendable (DistributionReference.Case) throws -> any ContinuousDistribution
  /// Relative, of cdf and survival.
  var probabilityTolerance = 1e-11

  static let all: [Family] = [
    .init(testDescription: "Normal", cases: \.normal) {
      try Normal(mean: $0.mean!, standardDeviation: $0.standardDeviation!)
    },
    .init(testDescription: "Uniform", cases: \.uniform) {
      try Uniform(lower: $0.lower!, upper: $0.upper!)
    },
    .init(testDescription: "Laplace", cases: \.laplace) {
      try Laplace(location: $0.location!, scale: $0.scale!)
    },
    .init(
      testDescription: "StudentT", cases: \.studentT,
      make: {
        try StudentT(
          degreesOfFreedom: $0.degreesOfFreedom!, location: $0.location!, scale: $0.scale!)
      }, probabilityTolerance: studentTProbabilityTolerance),
    .init(testDescription: "Gamma", cases: \.gamma) {
      try Gamma(shape: $0.shape!, rate: $0.rate!)
    },
  ]
}
