import Distributions
import TestSupport

/// Tests/Reference/multivariate.json.
struct MultivariateReference: Decodable, Sendable {
  struct Point: Decodable, Sendable {
    let x: [Double]
    let logDensity: Double
  }

  struct Case: Decodable, Sendable {
    let degreesOfFreedom: Double?
    let mean: [Double]
    let covariance, scale: [[Double]]?
    let points: [Point]
  }

  let multivariateNormal, multivariateStudentT: [Case]

  static let committed = Result { try ReferenceData.decode(Self.self, from: "multivariate.json") }
}
