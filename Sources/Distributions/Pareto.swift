import Foundation
import Randomness

/// The Pareto distribution (of the first kind).
///
/// ```
/// p(x) = shape scale^shape / x^(shape + 1),   x >= scale
/// ```
///
/// Sampled by inversion, scale u^(-1 / shape). The tail falls as a power: the mean is finite for shapes
/// above one, the variance above two. Draws overflow to infinity where the quantiles do.
public struct Pareto: ContinuousDistribution, ParametricDistribution {
  /// The smallest value; positive.
  public let scale: Double
  /// The exponent of the tail; positive.
  public let shape: Double
  private let logShape: Double

  /// - Parameters:
  ///   - scale: in [1e-300, 1e300].
  ///   - shape: in [1e-300, 1e300].
  public init(scale: Double, shape: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "Pareto")
    try ParameterError.requireScale(shape, "shape", of: "Pareto")
    self.scale = scale
    self.shape = shape
    logShape = log(shape)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    // Halves, because the power may overflow where the product does not.
    let half = exp(-0.5 * log(generator.nextOpenUnit()) / shape)
    return scale * half * half
  }

  /// log(x / scale), good near the lower end.
  private func logRatio(_ x: Double) -> Double {
    x < 2 * scale ? log1p((x - scale) / scale) : log(x / scale)
  }

  public func logDensity(of value: Double) -> Double {
    guard value >= scale else { return -.infinity }
    return logShape - log(value) - shape * logRatio(value)
  }

  public func cdf(_ x: Double) -> Double { x <= scale ? 0 : -expm1(-shape * logRatio(x)) }
  public func survival(_ x: Double) -> Double { x <= scale ? 1 : exp(-shape * logRatio(x)) }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    // Halves, because the power may overflow where the product does not.
    let half = exp((upper ? -log(p) : -log1p(-p)) / shape / 2)
    return scale * half * half
  }

  public var mean: Double { shape > 1 ? scale * (shape / (shape - 1)) : .infinity }
  public var variance: Double {
    guard shape > 2 else { return shape > 1 ? .infinity : .nan }
    return scale / (shape - 1) * (scale / (shape - 1)) * (shape / (shape - 2))
  }
  public var support: ClosedRange<Double> { scale ... .infinity }

  public var parameterNames: [String] { ["scale", "shape"] }
  public var parameters: [Double] { [scale, shape] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(scale: parameters[0], shape: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = -(shape + 1) / value
    partials[1] = shape / scale
    partials[2] = 1 / shape - logRatio(value)
    return logDensity(of: value)
  }
}
