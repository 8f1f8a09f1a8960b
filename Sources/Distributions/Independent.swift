/// A vector of independent continuous variables, of one family or, as
/// `Independent<any ContinuousDistribution>`, of different ones.
///
/// ```
/// log p(x) = sum_i log marginals[i](x[i])
/// ```
///
/// Sampled element by element.
///
/// ```swift
/// let prior = Independent([
///   try Normal(mean: 0, standardDeviation: 5), try HalfCauchy(scale: 5),
/// ] as [any ContinuousDistribution])
/// ```
public struct Independent<Marginal: Sendable>: MultivariateDistribution {
  /// `[dimension]`.
  public let marginals: [Marginal]
  @usableFromInline let open: @Sendable (Marginal) -> any ContinuousDistribution

  public var dimension: Int { marginals.count }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    var value: [Double] = []
    sample(into: &value, using: &generator)
    return value
  }

  public func sample<G: RandomNumberGenerator>(
    into value: inout [Double], using generator: inout G
  ) {
    if value.count != dimension { value = [Double](repeating: 0, count: dimension) }
    for i in marginals.indices { value[i] = open(marginals[i]).sample(using: &generator) }
  }

  public func logDensity(of value: [Double]) -> Double {
    precondition(
      value.count == dimension, "a [\(value.count)] for a distribution of [\(dimension)]")
    return zip(marginals, value).reduce(0) { $0 + open($1.0).logDensity(of: $1.1) }
  }

  /// `[dimension]`.
  public var mean: [Double] { marginals.map { open($0).mean } }
  /// `[dimension]`; the covariances are zero.
  public var variance: [Double] { marginals.map { open($0).variance } }
}

extension Independent where Marginal: ContinuousDistribution {
  /// Variables of one family.
  ///
  /// - Parameter marginals: `[dimension]`.
  public init(_ marginals: [Marginal]) { self.init(marginals: marginals) { $0 } }
}

extension Independent where Marginal == any ContinuousDistribution {
  /// Variables of different families.
  ///
  /// - Parameter marginals: `[dimension]`.
  public init(_ marginals: [any ContinuousDistribution]) {
    self.init(marginals: marginals) { $0 }
  }
}
