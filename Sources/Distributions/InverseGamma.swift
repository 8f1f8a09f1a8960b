import Foundation
import Randomness
import SpecialFunctions

/// The inverse gamma distribution: one over a Gamma(shape, rate: scale) variable.
///
/// ```
/// p(x) = scale^shape x^(-shape - 1) exp(-scale / x) / Gamma(shape),   x > 0
/// ```
///
/// Sampled as one over a gamma draw. The upper tail falls as x^-shape, so the mean is finite for shapes
/// above one and the variance above two; draws of tiny shapes overflow to infinity, as the quantiles
/// there do.
public struct InverseGamma: ContinuousDistribution, ParametricDistribution {
  /// The exponent of the upper tail; positive.
  public let shape: Double
  /// Positive.
  public let scale: Double
  @usableFromInline let inverse: Gamma

  /// - Parameters:
  ///   - shape: positive and finite.
  ///   - scale: in [1e-300, 1e300].
  public init(shape: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requirePositive(shape, "shape", of: "InverseGamma")
    try ParameterError.requireScale(scale, "scale", of: "InverseGamma")
    self.shape = shape
    self.scale = scale
    inverse = try Gamma(shape: shape, rate: scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    1 / inverse.sample(using: &generator)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    inverse.fill(&values, using: &generator)
    for i in values.indices { values[i] = 1 / values[i] }
  }

  public func logDensity(of value: Double) -> Double {
    guard value > 0, value < .infinity, scale / value < .infinity else { return -.infinity }
    if shape < 10 {
      return shape * log(scale) - logGamma(shape) - (shape + 1) * log(value) - scale / value
    }
    return shape * logMinus(scale / value / shape) - log(value) + 0.5 * log(shape / (2 * .pi))
      - stirlingCorrection(shape)
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : inverseTail(x, upper: true) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : inverseTail(x, upper: false) }

  private func inverseTail(_ x: Double, upper: Bool) -> Double {
    // For large shapes the rounding of scale / x would count.
    let excess = scale.addingProduct(-shape, x) / x / shape
    return regularizedGamma(
      shape: shape, scale / x, excess: excess.isFinite ? excess : nil, upper: upper)
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    scale / regularizedGammaInverse(shape: shape, p, upper: !upper)
  }

  public var mean: Double { shape > 1 ? scale / (shape - 1) : .infinity }
  public var variance: Double {
    guard shape > 2 else { return shape > 1 ? .infinity : .nan }
    return scale / (shape - 1) * (scale / (shape - 1)) / (shape - 2)
  }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["shape", "scale"] }
  public var parameters: [Double] { [shape, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(shape: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = (scale / value - shape - 1) / value
    partials[1] = log(scale / value) - digamma(shape)
    partials[2] = shape / scale - 1 / value
    return logDensity(of: value)
  }
}
