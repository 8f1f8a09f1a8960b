import Foundation
import Randomness
import SpecialFunctions

/// The Weibull distribution.
///
/// ```
/// p(x) = shape / scale z^(shape - 1) exp(-z^shape),   z = x / scale,   x >= 0
/// ```
///
/// Sampled by inversion, scale (-log u)^(1 / shape). Both tails are closed forms; draws round to zero
/// or infinity only where the quantiles do.
public struct Weibull: ContinuousDistribution, ParametricDistribution {
  /// The 63.2 % quantile; positive.
  public let scale: Double
  /// The exponent; positive.
  public let shape: Double
  private let logHeight: Double

  /// - Parameters:
  ///   - scale: in [1e-300, 1e300].
  ///   - shape: in [1e-300, 1e300].
  public init(scale: Double, shape: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "Weibull")
    try ParameterError.requireScale(shape, "shape", of: "Weibull")
    self.scale = scale
    self.shape = shape
    logHeight = log(shape) - log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    scale * pow(-log(generator.nextOpenUnit()), 1 / shape)
  }

  /// log(x / scale), good near the scale too, where large shapes look.
  private func logRatio(_ x: Double) -> Double {
    x > 0.5 * scale && x < 2 * scale ? log1p((x - scale) / scale) : log(x) - log(scale)
  }

  /// z^shape.
  private func power(_ x: Double) -> Double { exp(shape * logRatio(x)) }

  public func logDensity(of value: Double) -> Double {
    if value < 0 || value == .infinity { return -.infinity }
    if value == 0 {
      // The limit from the right.
      return shape < 1 ? .infinity : shape == 1 ? logHeight : -.infinity
    }
    return logHeight + (shape - 1) * logRatio(value) - power(value)
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : -expm1(-power(x)) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : exp(-power(x)) }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    scale * pow(upper ? -log(p) : -log1p(-p), 1 / shape)
  }

  public var mean: Double { scale * tgamma(1 + 1 / shape) }
  public var variance: Double { mean * mean * expm1(logGammaMomentRatio(1 / shape)) }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["scale", "shape"] }
  public var parameters: [Double] { [scale, shape] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(scale: parameters[0], shape: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let (power, logZ) = (power(value), logRatio(value))
    partials[0] = (shape - 1 - shape * power) / value
    partials[1] = shape * (power - 1) / scale
    partials[2] = 1 / shape + logZ - logZ * power
    return logDensity(of: value)
  }
}
