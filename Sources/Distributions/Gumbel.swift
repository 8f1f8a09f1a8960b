import Foundation
import Randomness

/// The Gumbel distribution (type 1, of largest values).
///
/// ```
/// p(x) = exp(-z - exp(-z)) / scale,   z = (x - location) / scale
/// ```
///
/// GSL's `gumbel1` with parameters a, b is location = log(b) / a, scale = 1 / a. Sampled by inversion,
/// z = -log(-log u). The lower tail falls doubly exponentially, the upper one as exp(-z).
public struct Gumbel: ContinuousDistribution, ParametricDistribution {
  /// The mode.
  public let location: Double
  /// The width; positive.
  public let scale: Double
  private let logScale: Double

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  public init(location: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "Gumbel")
    try ParameterError.requireScale(scale, "scale", of: "Gumbel")
    self.location = location
    self.scale = scale
    logScale = log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    location - scale * log(-log(generator.nextOpenUnit()))
  }

  public func logDensity(of value: Double) -> Double {
    let z = (value - location) / scale
    // Where exp(-z) overflows nothing else counts.
    return z < -709 ? -.infinity : -z - exp(-z) - logScale
  }

  public func cdf(_ x: Double) -> Double { exp(-exp((location - x) / scale)) }
  public func survival(_ x: Double) -> Double { -expm1(-exp((location - x) / scale)) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    // Near p = 1, log p is 1 - p away from zero.
    return location - scale * log(-log(p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return location - scale * log(-log1p(-q))
  }

  /// The mean lies Euler's constant of scales above the mode.
  public var mean: Double { location + 0.5772156649015329 * scale }
  public var variance: Double { .pi * .pi / 6 * scale * scale }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale"] }
  public var parameters: [Double] { [location, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = (value - location) / scale
    let slope = expm1(-z) / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = -slope * z - 1 / scale
    return logDensity(of: value)
  }
}
