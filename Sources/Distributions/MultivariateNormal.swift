import Foundation
import LinearAlgebra
import Randomness

/// The multivariate normal distribution.
///
/// ```
/// log p(x) = -(d log(2 pi) + log det S + (x - mean)' S^-1 (x - mean)) / 2
/// ```
///
/// Given by its covariance S, its precision S^-1 or the Cholesky factor L of S = L L'; a matrix is
/// factored once, and draws are mean + L z, or mean + L^-T z with the factor of the precision. Far out
/// the log density falls as the square of the distance, without underflow.
///
/// - Complexity: O(d^2) a draw and a density, O(d^3) to make.
public struct MultivariateNormal: MultivariateDistribution {
  /// `[dimension]`.
  public let mean: [Double]
  let scale: ScaleFactor

  /// - Parameters:
  ///   - mean: `[dimension]`, finite.
  ///   - covariance: `[dimension, dimension]`, symmetric positive definite; the lower triangle is
  ///     read.
  /// - Throws: ``ParameterError`` or `LinearAlgebraError`.
  public init(mean: [Double], covariance: Matrix) throws {
    try self.init(
      mean: mean,
      scale: ScaleFactor(covariance: covariance, named: "covariance", of: "MultivariateNormal"))
  }

  /// - Parameters:
  ///   - mean: `[dimension]`, finite.
  ///   - precision: the inverse of the covariance, symmetric positive definite; the lower triangle
  ///     is read.
  /// - Throws: ``ParameterError`` or `LinearAlgebraError`.
  public init(mean: [Double], precision: Matrix) throws {
    try self.init(
      mean: mean,
      scale: ScaleFactor(precision: precision, named: "precision", of: "MultivariateNormal"))
  }

  /// - Parameters:
  ///   - mean: `[dimension]`, finite.
  ///   - cholesky: L, lower triangular with a positive diagonal.
  public init(mean: [Double], cholesky: Matrix) throws(ParameterError) {
    try self.init(mean: mean, scale: ScaleFactor(cholesky: cholesky, of: "MultivariateNormal"))
  }

  init(mean: [Double], scale: ScaleFactor) throws(ParameterError) {
    try requireLocation(mean, named: "mean", fits: scale, of: "MultivariateNormal")
    self.mean = mean
    self.scale = scale
  }

  public var dimension: Int { mean.count }
  /// S, `[dimension, dimension]`.
  public var covariance: Matrix { scale.covariance }
  /// The diagonal of S, `[dimension]`.
  public var variance: [Double] { covariance.diagonal }

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

  /// From a `Philox` its normals are drawn side by side, `dimension` positions a draw.
  public func fill<G: RandomNumberGenerator>(
    rows: inout MutableSpan<Double>, using generator: inout G
  ) {
    precondition(rows.count % dimension == 0, "\(rows.count) places for draws of [\(dimension)]")
    guard var philox = generator as? Philox else {
      return fillRowsOneByOne(&rows, using: &generator)
    }
    scale.forBlocks(of: &rows) { block in
      var normals = MutableSpan(_unsafeElements: block)
      philox.fillNormal(&normals)
      scale.correlate(rows: block, stretches: nil, about: mean)
    }
    generator = philox as! G
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<[Double]>, using generator: inout G
  ) {
    if generator is Philox {
      fillByRows(&values, using: &generator)
    } else {
      fillOneByOne(&values, using: &generator)
    }
  }

  public func logDensity(of value: [Double]) -> Double {
    let distance = scale.distance(from: mean, to: value)
    return -0.5 * (Double(dimension) * log(2 * .pi) + distance * distance)
      - scale.halfLogDeterminant
  }

  public func logDensities(of values: Span<[Double]>, into results: inout MutableSpan<Double>) {
    logDensitiesByRows(of: values, into: &results)
  }

  public func logDensities(rows: Span<Double>, into results: inout MutableSpan<Double>) {
    scale.logDensities(
      rows: rows, into: &results, about: mean,
      logNormalization: -0.5 * Double(dimension) * log(2 * .pi) - scale.halfLogDeterminant,
      degreesOfFreedom: nil, single: logDensity(of:))
  }

  /// The partial derivatives of the log density; O(d^3).
  public func logDensityPartials(of value: [Double]) -> EllipticalPartials {
    precondition(
      value.count == dimension, "a [\(value.count)] for a distribution of [\(dimension)]")
    return scale.partials(from: mean, to: value, weight: 1)
  }
}
