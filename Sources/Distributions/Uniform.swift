internal import CKernels
import Foundation
import Randomness

/// The uniform distribution on [lower, upper]: density 1 / (upper - lower) there, 0 elsewhere.
///
/// Draws are lower + (upper - lower) u with u in [0, 1), never above `upper`.
public struct Uniform: ContinuousDistribution, ParametricDistribution {
  /// The lower end.
  public let lower: Double
  /// The upper end.
  public let upper: Double
  @usableFromInline let logHeight: Double

  /// - Parameters:
  ///   - lower: finite.
  ///   - upper: finite, above `lower`, and no further from it than the largest Double.
  public init(lower: Double, upper: Double) throws(ParameterError) {
    try ParameterError.requireFinite(lower, "lower", of: "Uniform")
    guard upper > lower, (upper - lower).isFinite else {
      throw ParameterError(
        "Uniform", "upper", upper, not: "above lower \(lower) by a finite width")
    }
    self.lower = lower
    self.upper = upper
    logHeight = -log(upper - lower)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    min(upper, lower + (upper - lower) * generator.nextUnit())
  }

  @inlinable
  public func logDensity(of value: Double) -> Double {
    value >= lower && value <= upper ? logHeight : -.infinity
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_UNIFORM_DENSITY, (lower, upper, logHeight, 0, 0), of: values, into: &results)
  }

  public func cdf(_ x: Double) -> Double { min(1, max(0, (x - lower) / (upper - lower))) }
  public func survival(_ x: Double) -> Double { min(1, max(0, (upper - x) / (upper - lower))) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return min(upper, p < 0.5 ? lower + (upper - lower) * p : upper - (upper - lower) * (1 - p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return max(lower, q < 0.5 ? upper - (upper - lower) * q : lower + (upper - lower) * (1 - q))
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillUnit(&block)
      scale(&block, by: upper - lower, offset: lower, upTo: upper)
    }
  }

  public func transform(_ points: Span<Double>, into values: inout MutableSpan<Double>) {
    requirePoints(points.count, for: values.count, cubeDimension: 1)
    let width = upper - lower
    points.withUnsafeBufferPointer { points in
      values.withUnsafeMutableBufferPointer { values in
        for i in values.indices {
          let p = points[i]
          values[i] = min(upper, p < 0.5 ? lower + width * p : upper - width * (1 - p))
        }
      }
    }
  }

  public var mean: Double { lower + (upper - lower) / 2 }
  public var variance: Double { (upper - lower) * (upper - lower) / 12 }
  public var support: ClosedRange<Double> { lower...upper }

  public var parameterNames: [String] { ["lower", "upper"] }
  public var parameters: [Double] { [lower, upper] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(lower: parameters[0], upper: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 0
    partials[1] = 1 / (upper - lower)
    partials[2] = -1 / (upper - lower)
    return logDensity(of: value)
  }
}
