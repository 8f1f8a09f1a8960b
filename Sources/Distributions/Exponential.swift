internal import CKernels
import Foundation
import Randomness

/// The exponential distribution.
///
/// ```
/// p(x) = rate exp(-rate x),   x >= 0
/// ```
///
/// Sampled by inversion, -log(u) / rate with u in (0, 1): draws lie between 1.1e-16 and 36.8 means;
/// from a `Philox` eight side by side. All tails are closed forms, good to the last Double.
public struct Exponential: ContinuousDistribution, ParametricDistribution {
  /// One over the mean; positive.
  public let rate: Double
  @usableFromInline let logRate: Double

  /// - Parameter rate: in [1e-300, 1e300].
  public init(rate: Double) throws(ParameterError) {
    try ParameterError.requireScale(rate, "rate", of: "Exponential")
    self.rate = rate
    logRate = log(rate)
  }

  /// The same by its mean, 1 / rate.
  public init(mean: Double) throws(ParameterError) {
    try ParameterError.requireScale(mean, "mean", of: "Exponential")
    try self.init(rate: 1 / mean)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    -log(generator.nextOpenUnit()) / rate
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillExponential(&block)
      scale(&block, by: 1 / rate)
    }
  }

  @inlinable
  public func logDensity(of value: Double) -> Double {
    value >= 0 ? logRate - rate * value : -.infinity
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_EXPONENTIAL_DENSITY, (rate, logRate, 0, 0, 0), of: values, into: &results)
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : -expm1(-rate * x) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : exp(-rate * x) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return -log1p(-p) / rate
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return q == 1 ? 0 : -log(q) / rate
  }

  public var mean: Double { 1 / rate }
  public var variance: Double { 1 / rate / rate }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["rate"] }
  public var parameters: [Double] { [rate] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(rate: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = -rate
    partials[1] = 1 / rate - value
    return logDensity(of: value)
  }
}
