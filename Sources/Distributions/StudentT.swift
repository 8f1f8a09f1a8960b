import Foundation
import GSL
import Randomness
import SpecialFunctions

/// Student's t distribution with a location and a scale.
///
/// ```
/// p(x) = c / scale (1 + z^2 / df)^(-(df + 1) / 2),   z = (x - location) / scale,
/// c = Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(df pi))
/// ```
///
/// Sampled as a normal over the root of a gamma. The cdf is GSL's; its quantile is GSL's, polished
/// by Newton steps. The tails fall as |x|^-(df + 1); the variance is finite for df > 2.
/// Below df of about 0.01 a part of the draws overflows to infinity, as the quantiles there do.
public struct StudentT: ContinuousDistribution {
  /// Positive.
  public let degreesOfFreedom: Double
  /// The centre.
  public let location: Double
  /// The width; positive.
  public let scale: Double
  private let logNormalization: Double
  @usableFromInline let mixing: Gamma

  /// - Parameters:
  ///   - degreesOfFreedom: positive and finite.
  ///   - location: finite.
  ///   - scale: positive and finite.
  public init(
    degreesOfFreedom: Double, location: Double = 0, scale: Double = 1
  ) throws(ParameterError) {
    try ParameterError.requirePositive(degreesOfFreedom, "degreesOfFreedom", of: "StudentT")
    try ParameterError.requireFinite(location, "location", of: "StudentT")
    try ParameterError.requirePositive(scale, "scale", of: "StudentT")
    self.degreesOfFreedom = degreesOfFreedom
    self.location = location
    self.scale = scale
    logNormalization =
      logGammaStep(degreesOfFreedom / 2, by: 0.5) - 0.5 * log(degreesOfFreedom * .pi) - log(scale)
    mixing = try Gamma(shape: degreesOfFreedom / 2, rate: degreesOfFreedom / 2)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let z = Ziggurat.normal.sample(using: &generator)
    return location + scale * z / mixing.sample(using: &generator).squareRoot()
  }

  public func logDensity(of value: Double) -> Double {
    let z = (value - location) / scale
    // Where z^2 would overflow, the one beside it does not count.
    let bend =
      abs(z) < 1e150
      ? log1p(z * z / degreesOfFreedom) : 2 * log(abs(z)) - log(degreesOfFreedom)
    return logNormalization - (degreesOfFreedom + 1) / 2 * bend
  }

  public func cdf(_ x: Double) -> Double { tail((x - location) / scale, upper: false) }
  public func survival(_ x: Double) -> Double { tail((x - location) / scale, upper: true) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    if p == 0 || p == 1 { return p == 0 ? -.infinity : .infinity }
    // The lower half by symmetry, so that both tails are as good.
    let isUpper = p > 0.5
    let tailProbability = isUpper ? 1 - p : p
    var z =
      (try? GSLCumulative.studentTQuantile(
        tailProbability, degreesOfFreedom: degreesOfFreedom, upper: false)) ?? -.infinity
    for _ in 0..<3 {
      let density = exp(logDensity(of: location + scale * z)) * scale
      let step = (tail(z, upper: false) - tailProbability) / density
      guard step.isFinite, abs(step) < 0.1 * abs(z) else { break }
      z -= step
    }
    return isUpper ? location - scale * z : location + scale * z
  }

  private func tail(_ z: Double, upper: Bool) -> Double {
    // GSL's function is a number for every finite z.
    let value = try? GSLCumulative.studentT(z, degreesOfFreedom: degreesOfFreedom, upper: upper)
    return value ?? ((z < 0) == upper ? 1 : 0)
  }

  public var mean: Double { degreesOfFreedom > 1 ? location : .nan }
  public var variance: Double {
    if degreesOfFreedom > 2 { return scale * scale * degreesOfFreedom / (degreesOfFreedom - 2) }
    return degreesOfFreedom > 1 ? .infinity : .nan
  }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }
}
