/// A continuous distribution moved by a number: the law of X + shift.
///
/// ```
/// p(x) = base(x - shift)
/// ```
///
/// Sampled, and everything else answered, by the base.
public struct Shifted<Base: ContinuousDistribution>: ContinuousDistribution {
  /// The law of X.
  public let base: Base
  /// What is added to X.
  public let shift: Double

  /// - Parameters:
  ///   - base: the law of X.
  ///   - shift: finite.
  public init(_ base: Base, by shift: Double) throws(ParameterError) {
    try ParameterError.requireFinite(shift, "shift", of: "Shifted")
    self.base = base
    self.shift = shift
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    base.sample(using: &generator) + shift
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    base.fill(&values, using: &generator)
    scale(&values, by: 1, offset: shift)
  }

  public func logDensity(of value: Double) -> Double { base.logDensity(of: value - shift) }
  public func cdf(_ x: Double) -> Double { base.cdf(x - shift) }
  public func survival(_ x: Double) -> Double { base.survival(x - shift) }
  public func quantile(_ p: Double) -> Double { base.quantile(p) + shift }
  public func survivalQuantile(_ q: Double) -> Double { base.survivalQuantile(q) + shift }
  public var mean: Double { base.mean + shift }
  public var variance: Double { base.variance }
  public var support: ClosedRange<Double> {
    base.support.lowerBound + shift...base.support.upperBound + shift
  }
}

extension Shifted: ParametricDistribution where Base: ParametricDistribution {
  public var parameterNames: [String] { ["shift"] + base.parameterNames }
  public var parameters: [Double] { [shift] + base.parameters }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(
      base.replacingParameters(parameters.extracting(droppingFirst: 1)), by: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let inner = base.logDensityPartials(of: value - shift)
    partials[0] = inner.value
    partials[1] = -inner.value
    for (k, slope) in inner.parameters.enumerated() { partials[2 + k] = slope }
    return logDensity(of: value)
  }
}

extension ContinuousDistribution {
  /// The law of X + shift.
  public func shifted(by shift: Double) throws(ParameterError) -> Shifted<Self> {
    try Shifted(self, by: shift)
  }
}
