import Foundation
import Randomness

/// The half-Cauchy distribution: the absolute value of a Cauchy variable around zero.
///
/// ```
/// p(x) = 2 / (pi scale (1 + (x / scale)^2)),   x >= 0
/// ```
///
/// Sampled by inversion. The tail falls as 1 / x^2; the mean is infinite.
public struct HalfCauchy: ContinuousDistribution, ParametricDistribution {
  /// The median; positive.
  public let scale: Double
  private let logHeight: Double

  /// - Parameter scale: in [1e-300, 1e300].
  public init(scale: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "HalfCauchy")
    self.scale = scale
    logHeight = log(2 / .pi) - log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    scale * tan(.pi / 2 * generator.nextOpenUnit())
  }

  public func logDensity(of value: Double) -> Double {
    value >= 0 ? logHeight - log1pSquare(value / scale) : -.infinity
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : 2 / .pi * atan(x / scale) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : 2 / .pi * atan(scale / x) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    if p == 1 { return .infinity }
    return p < 0.5 ? scale * tan(.pi / 2 * p) : scale / tan(.pi / 2 * (1 - p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    if q == 0 { return .infinity }
    return q < 0.5 ? scale / tan(.pi / 2 * q) : scale * tan(.pi / 2 * (1 - q))
  }

  public var mean: Double { .infinity }
  public var variance: Double { .infinity }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["scale"] }
  public var parameters: [Double] { [scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(scale: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = value / scale
    let slope = cauchySlope(z) / scale
    partials[0] = slope
    partials[1] = -slope * z - 1 / scale
    return logDensity(of: value)
  }
}
