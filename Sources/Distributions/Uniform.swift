import Foundation
import Randomness

/// The uniform distribution on [lower, upper]: density 1 / (upper - lower) there, 0 elsewhere.
///
/// Draws are lower + (upper - lower) u with u in [0, 1), never above `upper`.
public struct Uniform: ContinuousDistribution {
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

  public func cdf(_ x: Double) -> Double { min(1, max(0, (x - lower) / (upper - lower))) }
  public func survival(_ x: Double) -> Double { min(1, max(0, (upper - x) / (upper - lower))) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return p < 0.5 ? lower + (upper - lower) * p : upper - (upper - lower) * (1 - p)
  }

  public var mean: Double { lower + (upper - lower) / 2 }
  public var variance: Double { (upper - lower) * (upper - lower) / 12 }
  public var support: ClosedRange<Double> { lower...upper }
}
