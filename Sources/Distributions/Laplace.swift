internal import CKernels
import Foundation
import Randomness

/// The Laplace (double exponential) distribution.
///
/// ```
/// p(x) = exp(-|x - location| / scale) / (2 scale)
/// ```
///
/// Sampled by inversion: the sign is one bit of the output, the distance an exponential of the
/// others; from a `Philox` into memory side by side. The method of approximating a posterior is `LaplaceApproximation`.
public struct Laplace: ContinuousDistribution, ParametricDistribution {
  /// The centre, and the median.
  public let location: Double
  /// The mean distance from the centre; positive.
  public let scale: Double
  @usableFromInline let logHeight: Double

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  public init(location: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "Laplace")
    try ParameterError.requireScale(scale, "scale", of: "Laplace")
    self.location = location
    self.scale = scale
    logHeight = -log(scale) - log(2)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let bits = generator.next()
    let distance = -scale * log((Double(bits >> 12) + 0.5) * 0x1p-52)
    return bits & 1 == 0 ? location + distance : location - distance
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillLaplace(&block)
      Distributions.scale(&block, by: scale, offset: location)
    }
  }

  @inlinable
  public func logDensity(of value: Double) -> Double {
    logHeight - abs(value - location) / scale
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_LAPLACE_DENSITY, (location, 1 / scale, logHeight, 0, 0), of: values, into: &results)
  }

  public func cdf(_ x: Double) -> Double {
    let z = (x - location) / scale
    return z < 0 ? 0.5 * exp(z) : 1 - 0.5 * exp(-z)
  }

  public func survival(_ x: Double) -> Double {
    let z = (x - location) / scale
    return z > 0 ? 0.5 * exp(-z) : 1 - 0.5 * exp(z)
  }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return p < 0.5 ? location + scale * log(2 * p) : location - scale * log(2 * (1 - p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return q < 0.5 ? location - scale * log(2 * q) : location + scale * log(2 * (1 - q))
  }

  public var mean: Double { location }
  public var variance: Double { 2 * scale * scale }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale"] }
  public var parameters: [Double] { [location, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let slope = (value < location ? 1 : -1) / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = (abs(value - location) / scale - 1) / scale
    return logDensity(of: value)
  }
}
