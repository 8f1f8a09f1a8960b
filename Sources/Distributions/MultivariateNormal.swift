import Foundation
import LinearAlgebra

/// The multivariate normal distribution.
///
/// ```
/// log p(x) = -(d log(2 pi) + log det S + (x - mean)' S^-1 (x - mean)) / 2
/// ```
///
/// Given by its covariance S or its precision S^-1; either is factored once (Cholesky), and draws
/// are mean + L z or mean + L^-T z.
///
/// - Complexity: O(d^2) a draw and a density.
public struct MultivariateNormal: MultivariateDistribution {
  /// `[dimension]`.
  public let mean: [Double]
  let scale: ScaleFactor

  /// - Parameters:
  ///   - mean: `[dimension]`, finite.
  ///   - covariance: `[dimension, dimension]`, symmetric positive definite; the lower triangle is
  ///     read.
  public init(mean: [Double], covariance: Matrix) throws {
    try self.init(mean: mean, scale: ScaleFactor(covariance: covariance))
  }

  /// - Parameters:
  ///   - mean: `[dimension]`, finite.
  ///   - precision: the inverse of the covariance, symmetric positive definite; the lower triangle
  ///     is read.
  public init(mean: [Double], precision: Matrix) throws {
    try self.init(mean: mean, scale: ScaleFactor(precision: precision))
  }

  init(mean: [Double], scale: ScaleFactor) throws {
    try requireLocation(mean, named: "mean", fits: scale, of: "MultivariateNormal")
    self.mean = mean
    self.scale = scale
  }

  public var dimension: Int { mean.count }
  /// S, `[dimension, dimension]`.
  public var covariance: Matrix { scale.covariance }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    var value: [Double] = []
    sample(into: &value, using: &generator)
    return value
  }

  public func sample<G: RandomNumberGenerator>(into value: inout [Double], using generator: inout G)
  {
    scale.sampleNormal(into: &value, using: &generator)
    for i in mean.indices { value[i] += mean[i] }
  }

  public func logDensity(of value: [Double]) -> Double {
    -0.5 * (Double(dimension) * log(2 * .pi) + scale.squaredDistance(from: mean, to: value))
      - scale.halfLogDeterminant
  }
}
