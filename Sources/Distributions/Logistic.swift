internal import CKernels
import Foundation
import Randomness
import SpecialFunctions

/// The logistic distribution.
///
/// ```
/// p(x) = exp(-z) / (scale (1 + exp(-z))^2),   z = (x - location) / scale
/// ```
///
/// Sampled by inversion, z = log(u / (1 - u)), from a `Philox` into memory side by side. The tails fall as exp(-|z|).
public struct Logistic: ContinuousDistribution, ParametricDistribution {
  /// The centre: mean, median and mode.
  public let location: Double
  /// The width; positive.
  public let scale: Double
  private let logScale: Double

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  public init(location: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "Logistic")
    try ParameterError.requireScale(scale, "scale", of: "Logistic")
    self.location = location
    self.scale = scale
    logScale = log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let u = generator.nextOpenUnit()
    return location + scale * log(u / (1 - u))
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillLogistic(&block)
      Distributions.scale(&block, by: scale, offset: location)
    }
  }

  public func logDensity(of value: Double) -> Double {
    // The same on both sides of the centre.
    let z = abs(value - location) / scale
    return -z - logScale - 2 * log1p(exp(-z))
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_LOGISTIC_DENSITY, (location, 1 / scale, -logScale, 0, 0), of: values, into: &results)
  }

  public func cdf(_ x: Double) -> Double { logistic((x - location) / scale) }
  public func survival(_ x: Double) -> Double { logistic((location - x) / scale) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return location + scale * (log(p) - log1p(-p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return location - scale * (log(q) - log1p(-q))
  }

  public var mean: Double { location }
  public var variance: Double { .pi * .pi / 3 * scale * scale }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale"] }
  public var parameters: [Double] { [location, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = (value - location) / scale
    let slope = -tanh(z / 2) / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = -slope * z - 1 / scale
    return logDensity(of: value)
  }
}
