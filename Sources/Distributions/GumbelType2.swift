import Foundation
import Randomness
import SpecialFunctions

/// The Gumbel distribution of type 2, which is also called Frechet's.
///
/// ```
/// p(x) = shape scale x^(-shape - 1) exp(-scale x^-shape),   x > 0
/// ```
///
/// GSL's `gumbel2` with a = shape, b = scale. Sampled by inversion, (scale / -log u)^(1 / shape). The
/// upper tail falls as x^-shape: the mean is finite for shapes above one, the variance above two.
public struct GumbelType2: ContinuousDistribution, ParametricDistribution {
  /// The exponent of the upper tail; positive.
  public let shape: Double
  /// Positive.
  public let scale: Double
  private let logScale, logHeight: Double
  @usableFromInline let inverseShape: Double

  /// - Parameters:
  ///   - shape: in [1e-300, 1e300].
  ///   - scale: in [1e-300, 1e300].
  public init(shape: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireScale(shape, "shape", of: "GumbelType2")
    try ParameterError.requireScale(scale, "scale", of: "GumbelType2")
    self.shape = shape
    self.scale = scale
    inverseShape = 1 / shape
    logScale = log(scale)
    logHeight = log(shape) + logScale
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    power(scale / -log(generator.nextOpenUnit()))
  }

  /// y^(1 / shape).
  @usableFromInline
  func power(_ y: Double) -> Double { exp(log(y) * inverseShape) }

  /// scale x^-shape.
  private func hazard(_ x: Double) -> Double { exp(logScale - shape * log(x)) }

  public func logDensity(of value: Double) -> Double {
    guard value > 0, value < .infinity else { return -.infinity }
    let hazard = hazard(value)
    return hazard == .infinity ? -.infinity : logHeight - (shape + 1) * log(value) - hazard
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : exp(-hazard(x)) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : -expm1(-hazard(x)) }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    power(scale / (upper ? -log1p(-p) : -log(p)))
  }

  public var mean: Double {
    shape > 1 ? power(scale) * exp(logGamma(1 - 1 / shape)) : .infinity
  }
  public var variance: Double {
    guard shape > 2 else { return shape > 1 ? .infinity : .nan }
    let r = 1 / shape
    // As for Weibull: the same series with the sign of r turned.
    return mean * mean * expm1(logGammaMomentRatio(-r))
  }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["shape", "scale"] }
  public var parameters: [Double] { [shape, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(shape: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let (hazard, logX) = (hazard(value), log(value))
    partials[0] = (shape * hazard - shape - 1) / value
    partials[1] = 1 / shape - logX + logX * hazard
    partials[2] = (1 - hazard) / scale
    return logDensity(of: value)
  }
}
