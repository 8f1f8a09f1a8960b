import Foundation

/// A continuous distribution stretched by a factor: the law of factor X.
///
/// ```
/// p(x) = base(x / factor) / |factor|
/// ```
///
/// A negative factor turns it around, so that the tails change places.
public struct Scaled<Base: ContinuousDistribution>: ContinuousDistribution {
  /// The law of X.
  public let base: Base
  /// What X is multiplied by; not zero.
  public let factor: Double
  private let logFactor: Double

  /// - Parameters:
  ///   - base: the law of X.
  ///   - factor: of a magnitude in [1e-300, 1e300].
  public init(_ base: Base, by factor: Double) throws(ParameterError) {
    guard abs(factor) >= 1e-300, abs(factor) <= 1e300 else {
      throw ParameterError(
        "Scaled", "factor", factor, not: "of a magnitude in [1e-300, 1e300]")
    }
    self.base = base
    self.factor = factor
    logFactor = log(abs(factor))
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    factor * base.sample(using: &generator)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    base.fill(&values, using: &generator)
    scale(&values, by: factor)
  }

  public func logDensity(of value: Double) -> Double {
    base.logDensity(of: value / factor) - logFactor
  }

  public func cdf(_ x: Double) -> Double {
    factor > 0 ? base.cdf(x / factor) : base.survival(x / factor)
  }

  public func survival(_ x: Double) -> Double {
    factor > 0 ? base.survival(x / factor) : base.cdf(x / factor)
  }

  public func quantile(_ p: Double) -> Double {
    factor * (factor > 0 ? base.quantile(p) : base.survivalQuantile(p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    factor * (factor > 0 ? base.survivalQuantile(q) : base.quantile(q))
  }

  public var mean: Double { factor * base.mean }
  public var variance: Double { factor * factor * base.variance }
  public var support: ClosedRange<Double> {
    let ends = [factor * base.support.lowerBound, factor * base.support.upperBound]
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }
}

extension Scaled: ParametricDistribution where Base: ParametricDistribution {
  public var parameterNames: [String] { ["factor"] + base.parameterNames }
  public var parameters: [Double] { [factor] + base.parameters }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(
      base.replacingParameters(parameters.extracting(droppingFirst: 1)), by: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let inner = base.logDensityPartials(of: value / factor)
    partials[0] = inner.value / factor
    partials[1] = -(1 + inner.value * (value / factor)) / factor
    for (k, slope) in inner.parameters.enumerated() { partials[2 + k] = slope }
    return logDensity(of: value)
  }
}

extension ContinuousDistribution {
  /// The law of factor X.
  public func scaled(by factor: Double) throws(ParameterError) -> Scaled<Self> {
    try Scaled(self, by: factor)
  }
}
