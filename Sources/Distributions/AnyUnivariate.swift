/// Any distribution of one variable, for arrays of different ones in a ``Mixture`` or ``Independent``.
///
/// Everything is handed on to the distribution inside.
public struct AnyUnivariate<Value: UnivariateValue>: UnivariateDistribution {
  /// The distribution inside.
  public let base: any UnivariateDistribution<Value>

  public init(_ base: any UnivariateDistribution<Value>) { self.base = base }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value {
    base.sample(using: &generator)
  }
  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G
  ) {
    base.fill(&values, using: &generator)
  }
  public func transform(_ points: Span<Double>, into values: inout MutableSpan<Value>) {
    base.transform(points, into: &values)
  }
  public func logDensity(of value: Value) -> Double { base.logDensity(of: value) }
  public func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    base.logDensities(of: values, into: &results)
  }
  public func cdf(_ x: Value) -> Double { base.cdf(x) }
  public func survival(_ x: Value) -> Double { base.survival(x) }
  public func quantile(_ p: Double) -> Value { base.quantile(p) }
  public func survivalQuantile(_ q: Double) -> Value { base.survivalQuantile(q) }
  public var mean: Double { base.mean }
  public var variance: Double { base.variance }
  public var support: ClosedRange<Value> { base.support }
}

extension AnyUnivariate: ContinuousDistribution where Value == Double {}
extension AnyUnivariate: DiscreteDistribution where Value == Int {}
