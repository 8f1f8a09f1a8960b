/// A vector of independent variables, of one family or, as `Independent<AnyUnivariate<Double>>`, of
/// different ones.
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
/// ])
/// ```
public struct Independent<Marginal: UnivariateDistribution>: Distribution {
  /// `[dimension]`.
  public let marginals: [Marginal]

  /// - Parameter marginals: `[dimension]`.
  public init(_ marginals: [Marginal]) { self.marginals = marginals }

  /// Variables of different families.
  ///
  /// - Parameter marginals: `[dimension]`.
  public init<Value>(_ marginals: [any UnivariateDistribution<Value>])
  where Marginal == AnyUnivariate<Value> {
    self.init(marginals.map { AnyUnivariate($0) })
  }

  public var dimension: Int { marginals.count }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Marginal.Value] {
    marginals.map { $0.sample(using: &generator) }
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(
    into value: inout [Marginal.Value], using generator: inout G
  ) {
    if value.count != dimension {
      value = sample(using: &generator)
    } else {
      for i in marginals.indices { value[i] = marginals[i].sample(using: &generator) }
    }
  }

  public func logDensity(of value: [Marginal.Value]) -> Double {
    precondition(
      value.count == dimension, "a [\(value.count)] for a distribution of [\(dimension)]")
    return zip(marginals, value).reduce(0) { $0 + $1.0.logDensity(of: $1.1) }
  }

  /// `[dimension]`.
  public var mean: [Double] { marginals.map(\.mean) }
  /// `[dimension]`; the covariances are zero.
  public var variance: [Double] { marginals.map(\.variance) }
}

extension Independent: MultivariateDistribution where Marginal.Value == Double {}

extension Independent where Marginal: ParametricDistribution {
  /// The partial derivatives of the log density in each element of the value and its parameters,
  /// `[dimension]`.
  public func logDensityPartials(of value: [Marginal.Value]) -> [LogDensityPartials] {
    zip(marginals, value).map { $0.logDensityPartials(of: $1) }
  }
}
