import Distributions
import LinearAlgebra
import TestSupport

/// Tests/Reference/multivariate.json.
struct MultivariateReference: Decodable, Sendable {
  struct Point: Decodable, Sendable {
    let x: [Double]
    let logDensity: Double
  }

  struct MatrixPoint: Decodable, Sendable {
    let matrix: [[Double]]
    let logDensity: Double
  }

  struct Elliptical: Decodable, Sendable {
    let degreesOfFreedom: Double?
    let mean: [Double]
    let covariance, scale: [[Double]]?
    let points: [Point]
  }

  struct OfDirichlet: Decodable, Sendable {
    let concentration: [Double]
    let points: [Point]
  }

  struct OfMultinomial: Decodable, Sendable {
    let trials: Int
    let probabilities: [Double]
    let points: [Point]
  }

  struct OfWishart: Decodable, Sendable {
    let degreesOfFreedom: Double
    let scale: [[Double]]
    let points: [MatrixPoint]
  }

  struct OfLKJ: Decodable, Sendable {
    let dimension: Int
    let shape: Double
    let points: [MatrixPoint]
  }

  let multivariateNormal, multivariateStudentT: [Elliptical]
  let dirichlet: [OfDirichlet]
  let multinomial: [OfMultinomial]
  let wishart, inverseWishart: [OfWishart]
  let lkjCholesky: [OfLKJ]

  static let committed = Result { try ReferenceData.decode(Self.self, from: "multivariate.json") }
}
