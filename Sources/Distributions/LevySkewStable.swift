import Foundation
import SpecialFunctions

/// The Levy skew alpha-stable distribution, in the parameterisation "1" of Nolan that GSL draws from.
///
/// ```
/// E exp(i t X) = exp(i location t - |scale t|^a (1 - i b sign(t) tan(pi a / 2)))   a = exponent != 1
///              = exp(i location t - |scale t| (1 + i b 2/pi sign(t) log|t|))       a = 1
/// ```
///
/// with b the skewness; there is no closed form of the density. Sampled by the method of Chambers,
/// Mallows and Stuck; densities and tails are Zolotarev's integrals (see `StableLaw`), ours, since GSL
/// has neither. The tails fall as |x|^-(a + 1), but for a = 2, which is a normal distribution of variance
/// 2 scale^2, and on the side that |b| = 1 leaves: there faster than an exponential, and with a < 1 there
/// is nothing at all. Beside a = 1 this parameterisation moves without bound: the mode is near
/// location + b scale tan(pi a / 2).
///
/// - Complexity: a quadrature, a tenth to half a millisecond, a density or a tail; some twenty a quantile.
public struct LevySkewStable: ContinuousDistribution, ParametricDistribution {
  /// The mean, where there is one.
  public let location: Double
  /// Positive.
  public let scale: Double
  /// In [0.01, 2].
  public let exponent: Double
  /// In [-1, 1].
  public let skewness: Double
  let law: StableLaw
  /// Where zero of the standard law lies.
  private let origin: Double

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  ///   - exponent: in [0.01, 2].
  ///   - skewness: in [-1, 1].
  public init(
    location: Double = 0, scale: Double, exponent: Double, skewness: Double
  ) throws(ParameterError) {
    try self.init(
      location: location, scale: scale, exponent: exponent, skewness: skewness,
      of: "LevySkewStable")
  }

  init(
    location: Double, scale: Double, exponent: Double, skewness: Double, of distribution: String
  ) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: distribution)
    try ParameterError.requireScale(scale, "scale", of: distribution)
    guard exponent >= 0.01, exponent <= 2 else {
      throw ParameterError(distribution, "exponent", exponent, not: "in [0.01, 2]")
    }
    guard abs(skewness) <= 1 else {
      throw ParameterError(distribution, "skewness", skewness, not: "in [-1, 1]")
    }
    self.location = location
    self.scale = scale
    self.exponent = exponent
    self.skewness = skewness
    law = StableLaw(exponent: exponent, skewness: exponent == 2 ? 0 : skewness)
    origin = exponent == 1 ? location + 2 / .pi * skewness * scale * log(scale) : location
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    origin + scale * law.sample(using: &generator)
  }

  public func logDensity(of value: Double) -> Double {
    law.logDensity(of: standardized(value, origin, scale)) - log(scale)
  }

  public func cdf(_ x: Double) -> Double {
    law.tail(standardized(x, origin, scale), upper: false)
  }
  public func survival(_ x: Double) -> Double {
    law.tail(standardized(x, origin, scale), upper: true)
  }

  public func quantile(_ p: Double) -> Double { inverted(p, upper: false) }
  public func survivalQuantile(_ q: Double) -> Double { inverted(q, upper: true) }

  private func inverted(_ p: Double, upper: Bool) -> Double {
    invertedQuantile(p, upper: upper) { p, upper in
      origin + scale * law.approximateQuantile(p, upper: upper)
    }
  }

  /// The location for an exponent above one; infinite on the side of a one-sided one, else NaN.
  public var mean: Double {
    if exponent > 1 { return location }
    return exponent < 1 && abs(skewness) == 1 ? skewness * .infinity : .nan
  }

  /// 2 scale^2 for an exponent of two; else infinite, where there is a mean.
  public var variance: Double {
    exponent == 2 ? 2 * scale * scale : exponent > 1 ? .infinity : .nan
  }

  public var support: ClosedRange<Double> {
    let isOneSided = exponent < 1 && abs(skewness) == 1
    return
      (isOneSided && skewness > 0 ? location : -.infinity)...(isOneSided && skewness < 0
      ? location : .infinity)
  }

  public var parameterNames: [String] { ["location", "scale", "exponent", "skewness"] }
  public var parameters: [Double] { [location, scale, exponent, skewness] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(
      location: parameters[0], scale: parameters[1], exponent: parameters[2],
      skewness: parameters[3])
  }

  /// The partials in the value, location and scale are integrals as the density is; those in the exponent
  /// and the skewness differences of fourth order, good to some eight digits. That in the exponent does
  /// not exist at one unless the skewness is zero, and is NaN there.
  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    logDensity(of: value, partials: &partials, withSkewness: true)
  }

  func logDensity(
    of value: Double, partials: inout MutableSpan<Double>, withSkewness: Bool
  ) -> Double {
    let z = standardized(value, origin, scale)
    let slope = valuePartial(at: value)
    partials[0] = slope
    partials[1] = -slope
    // At an exponent of one the origin moves with the scale.
    let drift = exponent == 1 ? 2 / .pi * skewness * (log(scale) + 1) : 0
    partials[2] = -slope * (z + drift) - 1 / scale
    let reach = min(0.01, abs(exponent - 1) / 8)
    if exponent == 1, skewness != 0 {
      partials[3] = .nan
    } else {
      partials[3] = StableLaw.difference(
        at: exponent, step: exponent == 1 ? 1e-3 : 0.1 * reach, in: 0.01...2
      ) { logDensity(of: value, exponent: $0, skewness: skewness) }
    }
    if withSkewness {
      partials[4] =
        exponent == 2
        ? 0
        : StableLaw.difference(at: skewness, step: exponent == 1 ? 1e-3 : 0.1 * reach, in: -1...1) {
          logDensity(of: value, exponent: exponent, skewness: $0)
        }
    }
    return logDensity(of: value)
  }

  func valuePartial(at value: Double) -> Double {
    law.score(at: standardized(value, origin, scale)) / scale
  }

  private func logDensity(of value: Double, exponent: Double, skewness: Double) -> Double {
    let moved = try? Self(
      location: location, scale: scale, exponent: exponent, skewness: skewness)
    return moved?.logDensity(of: value) ?? .nan
  }
}
