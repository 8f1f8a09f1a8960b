internal import CKernels
import Foundation
import Randomness

/// The Cauchy distribution.
///
/// ```
/// p(x) = 1 / (pi scale (1 + z^2)),   z = (x - location) / scale
/// ```
///
/// Sampled by inversion, z = tan(pi (u - 1/2)), from a `Philox` into memory side by side. The tails fall as 1 / x^2; neither mean nor variance
/// exists. Both tails are arc tangents taken from the far side, so they keep their digits.
public struct Cauchy: ContinuousDistribution, ParametricDistribution {
  /// The centre, and the median.
  public let location: Double
  /// Half the distance between the quartiles; positive.
  public let scale: Double
  private let logHeight: Double

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  public init(location: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "Cauchy")
    try ParameterError.requireScale(scale, "scale", of: "Cauchy")
    self.location = location
    self.scale = scale
    logHeight = -log(.pi) - log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    location + scale * tan(.pi * (generator.nextOpenUnit() - 0.5))
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillOpenUnit(&block)
      Distributions.scale(&block, by: 1, offset: -0.5)
      Distributions.scale(&block, by: .pi)
      replaceByTangents(&block)
      Distributions.scale(&block, by: scale, offset: location)
    }
  }

  public func logDensity(of value: Double) -> Double {
    logHeight - log1pSquare(standardized(value, location, scale))
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_STUDENT_T_DENSITY, (location, 1 / scale, 1, logHeight, 1), of: values, into: &results)
  }

  public func cdf(_ x: Double) -> Double { cauchyTail(standardized(x, location, scale)) }
  public func survival(_ x: Double) -> Double { cauchyTail(-standardized(x, location, scale)) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return location + scale * cauchyQuantile(p)
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return location - scale * cauchyQuantile(q)
  }

  public var mean: Double { .nan }
  public var variance: Double { .nan }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale"] }
  public var parameters: [Double] { [location, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = standardized(value, location, scale)
    let slope = cauchySlope(z) / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = -slope * z - 1 / scale
    return logDensity(of: value)
  }
}

/// log(1 + z^2), where z^2 may overflow.
func log1pSquare(_ z: Double) -> Double {
  abs(z) < 1e150 ? log1p(z * z) : 2 * log(abs(z))
}

/// The derivative of -log(1 + z^2).
func cauchySlope(_ z: Double) -> Double {
  abs(z) > 1 ? -2 / (z + 1 / z) : -2 * z / (1 + z * z)
}

/// P(Z <= z) of a standard Cauchy variable, good in the lower tail.
func cauchyTail(_ z: Double) -> Double {
  z < 0 ? atan(-1 / z) / .pi : 0.5 + atan(z) / .pi
}

/// The z with P(Z <= z) = p, good for small p.
func cauchyQuantile(_ p: Double) -> Double {
  if p == 0 { return -.infinity }
  if p == 1 { return .infinity }
  return p < 0.25 ? -1 / tan(.pi * p) : p > 0.75 ? 1 / tan(.pi * (1 - p)) : tan(.pi * (p - 0.5))
}
