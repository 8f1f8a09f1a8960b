import Foundation
import Randomness
import SpecialFunctions

/// The exponential power distribution (Subbotin's, the generalised normal).
///
/// ```
/// p(x) = exp(-|z|^exponent) / (2 scale Gamma(1 + 1 / exponent)),   z = (x - location) / scale
/// ```
///
/// Exponent 1 is Laplace's distribution, 2 a normal one with standard deviation scale / sqrt(2).
/// Sampled as +-scale g^(1 / exponent) with g from Gamma(1 / exponent). The tails are incomplete gamma
/// functions of |z|^exponent.
public struct ExponentialPower: ContinuousDistribution, ParametricDistribution {
  /// The centre: mean, median and mode.
  public let location: Double
  /// The width; positive.
  public let scale: Double
  /// How fast the tails fall; positive.
  public let exponent: Double
  private let logHeight: Double
  @usableFromInline let power: Gamma

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  ///   - exponent: in [0.01, 1000]: outside, quantiles leave the range of the Doubles or powers
  ///     lose too many digits.
  public init(location: Double, scale: Double, exponent: Double) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "ExponentialPower")
    try ParameterError.requireScale(scale, "scale", of: "ExponentialPower")
    guard exponent >= 0.01, exponent <= 1_000 else {
      throw ParameterError("ExponentialPower", "exponent", exponent, not: "in [0.01, 1000]")
    }
    self.location = location
    self.scale = scale
    self.exponent = exponent
    logHeight = -log(2) - log(scale) - logGamma(1 + 1 / exponent)
    power = try Gamma(shape: 1 / exponent, rate: 1)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let distance = scale * root(power.sample(using: &generator))
    return generator.next() & 1 == 0 ? location + distance : location - distance
  }

  @usableFromInline
  func root(_ x: Double) -> Double { pow(x, 1 / exponent) }

  public func logDensity(of value: Double) -> Double {
    logHeight - pow(abs(standardized(value, location, scale)), exponent)
  }

  /// P(Z > z) for z >= 0.
  private func tail(_ z: Double) -> Double {
    let y = pow(z, exponent)
    // Where the power underflows the density is flat.
    return y < 1e-290 ? 0.5 - 0.5 * z / flatHalf : 0.5 * power.survival(y)
  }

  /// One over twice the height of the density, in scales.
  private var flatHalf: Double { exp(logGamma(1 + 1 / exponent)) }

  public func cdf(_ x: Double) -> Double {
    let z = standardized(x, location, scale)
    return z < 0 ? tail(-z) : 1 - tail(z)
  }

  public func survival(_ x: Double) -> Double {
    let z = standardized(x, location, scale)
    return z > 0 ? tail(z) : 1 - tail(-z)
  }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return polished(p, upper: false, location + scale * standardQuantile(p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return polished(q, upper: true, location - scale * standardQuantile(q))
  }

  /// For large exponents the tails change by more than a digit or two from one Double to the next.
  private func polished(_ p: Double, upper: Bool, _ x: Double) -> Double {
    exponent < 50 ? x : invertedQuantile(p, upper: upper, in: support) { _, _ in x }
  }

  private func standardQuantile(_ p: Double) -> Double {
    if p < 0.25 { return -root(power.survivalQuantile(2 * p)) }
    if p > 0.75 { return root(power.survivalQuantile(2 * (1 - p))) }
    // From the centre, where |2p - 1| is exact.
    let flat = abs(2 * p - 1) * flatHalf
    let distance = pow(flat, exponent) < 1e-20 ? flat : root(power.quantile(abs(2 * p - 1)))
    return p < 0.5 ? -distance : distance
  }

  public var mean: Double { location }
  public var variance: Double {
    scale * scale * exp(logGamma(3 / exponent) - logGamma(1 / exponent))
  }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale", "exponent"] }
  public var parameters: [Double] { [location, scale, exponent] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1], exponent: parameters[2])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = (value - location) / scale
    let distance = abs(z)
    let power = pow(distance, exponent)
    let slope = z == 0 ? 0 : -exponent * power / z / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = (exponent * power - 1) / scale
    partials[3] =
      digamma(1 + 1 / exponent) / (exponent * exponent)
      - (power == 0 ? 0 : power * log(distance))
    return logHeight - power
  }
}
