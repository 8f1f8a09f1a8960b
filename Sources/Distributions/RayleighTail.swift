import Foundation
import Randomness
import SpecialFunctions

/// The tail of the Rayleigh distribution above a lower limit.
///
/// ```
/// p(x) = x / scale^2 exp((lower^2 - x^2) / (2 scale^2)),   x >= lower
/// ```
///
/// Sampled by inversion, sqrt(lower^2 - 2 scale^2 log u) (as `gsl_ran_rayleigh_tail`), with the
/// distance to the limit computed without cancellation.
public struct RayleighTail: ContinuousDistribution, ParametricDistribution {
  /// The smallest value; not negative.
  public let lower: Double
  /// That of the whole distribution; positive.
  public let scale: Double
  private let logScale: Double

  /// - Parameters:
  ///   - lower: not negative and finite, at most 1e150 scales.
  ///   - scale: in [1e-300, 1e300].
  public init(lower: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "RayleighTail")
    guard lower >= 0, lower / scale <= 1e150 else {
      throw ParameterError("RayleighTail", "lower", lower, not: "in [0, 1e150 scale]")
    }
    self.lower = lower
    self.scale = scale
    logScale = log(scale)
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    value(at: -log(generator.nextOpenUnit()))
  }

  /// The x whose (x^2 - lower^2) / (2 scale^2) is that exponential variable.
  private func value(at exponential: Double) -> Double {
    let l = lower / scale
    let square = 2 * exponential
    // sqrt(l^2 + e) - l = e / (l + sqrt(l^2 + e)).
    return lower + scale
      * (square == .infinity ? .infinity : square / (l + (l * l + square).squareRoot()))
  }

  /// (x^2 - lower^2) / (2 scale^2).
  private func exponential(_ x: Double) -> Double {
    0.5 * ((x - lower) / scale) * (x / scale + lower / scale)
  }

  public func logDensity(of value: Double) -> Double {
    let fall = exponential(value)
    return value >= lower && fall < .infinity ? log(value / scale) - logScale - fall : -.infinity
  }

  public func cdf(_ x: Double) -> Double { x <= lower ? 0 : -expm1(-exponential(x)) }
  public func survival(_ x: Double) -> Double { x <= lower ? 1 : exp(-exponential(x)) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return p == 0 ? lower : value(at: -log1p(-p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return q == 1 ? lower : value(at: -log(q))
  }

  /// The mean excess over the limit times the density there: scale^2 m with Mills' ratio m.
  public var mean: Double {
    let l = lower / scale
    return lower + scale * millsRatio(l)
  }
  public var variance: Double {
    // E x^2 = lower^2 + 2 scale^2; in units of the scale, with mean l + m: 2 - m (2 l + m).
    let l = lower / scale
    return scale * scale * rayleighTailVariance(l)
  }
  public var support: ClosedRange<Double> { lower ... .infinity }

  public var parameterNames: [String] { ["lower", "scale"] }
  public var parameters: [Double] { [lower, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(lower: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 1 / value - value / scale / scale
    partials[1] = lower / scale / scale
    partials[2] = 2 * (exponential(value) - 1) / scale
    return logDensity(of: value)
  }
}
