import Foundation
import SpecialFunctions

/// A mixture of distributions of one variable: with probability weights[k] a draw of component k.
///
/// ```
/// p(x) = sum_k weights[k] components[k](x)
/// ```
///
/// Sampled by a ``Categorical`` draw of the component. Tails are weighted sums of the components'
/// tails; quantiles invert them between those of the components. Components of different families are
/// a `Mixture<AnyUnivariate<Double>>` or, of integers, `Mixture<AnyUnivariate<Int>>`.
///
/// - Complexity: O(k) a density and a tail.
public struct Mixture<Component: UnivariateDistribution>: UnivariateDistribution {
  /// `[k]`.
  public let components: [Component]
  /// `[k]`, summing to one.
  public var weights: [Double] { choice.probabilities }
  @usableFromInline let choice: Categorical
  private let logWeights: [Double]
  /// The components that can occur.
  private let possible: [Int]

  /// - Parameters:
  ///   - components: at least one.
  ///   - weights: as many, none negative, summing to one within 1e-9.
  public init(_ components: [Component], weights: [Double]) throws(ParameterError) {
    try self.init(components, choice: Categorical(probabilities: weights))
  }

  /// - Parameters:
  ///   - components: at least one.
  ///   - logits: as many logarithms of weights, up to a constant.
  public init(_ components: [Component], logits: [Double]) throws(ParameterError) {
    try self.init(components, choice: Categorical(logits: logits))
  }

  /// Components of different families.
  ///
  /// - Parameters:
  ///   - components: at least one.
  ///   - weights: as many, none negative, summing to one within 1e-9.
  public init<Value>(
    _ components: [any UnivariateDistribution<Value>], weights: [Double]
  ) throws(ParameterError) where Component == AnyUnivariate<Value> {
    try self.init(
      components.map { AnyUnivariate($0) }, choice: Categorical(probabilities: weights))
  }

  private init(_ components: [Component], choice: Categorical) throws(ParameterError) {
    guard components.count == choice.probabilities.count else {
      throw ParameterError(
        "Mixture", "the number of components", Double(components.count),
        not: "the number of weights \(choice.probabilities.count)")
    }
    self.components = components
    self.choice = choice
    logWeights = choice.probabilities.indices.map { choice.logDensity(of: $0) }
    possible = choice.probabilities.indices.filter { choice.probabilities[$0] > 0 }
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Component.Value {
    let k = choice.sample(using: &generator)
    return components[k].sample(using: &generator)
  }

  public func logDensity(of value: Component.Value) -> Double {
    possible.reduce(-.infinity) { sum, k in
      let term = logWeights[k] + components[k].logDensity(of: value)
      return term == -.infinity ? sum : sum == -.infinity ? term : logAddExp(sum, term)
    }
  }

  public func logDensities(
    of values: Span<Component.Value>, into results: inout MutableSpan<Double>
  ) {
    requirePlaces(results.count, for: values.count)
    mixLogDensities(
      of: possible, logWeights: logWeights, atATime: 512, into: &results
    ) { k, range, terms in
      components[k].logDensities(of: values.extracting(range), into: &terms)
    }
  }

  public func cdf(_ x: Component.Value) -> Double {
    min(1, possible.reduce(0) { $0 + weights[$1] * components[$1].cdf(x) })
  }

  public func survival(_ x: Component.Value) -> Double {
    min(1, possible.reduce(0) { $0 + weights[$1] * components[$1].survival(x) })
  }

  public func quantile(_ p: Double) -> Component.Value { inverted(p, upper: false) }
  public func survivalQuantile(_ q: Double) -> Component.Value { inverted(q, upper: true) }

  private func inverted(_ p: Double, upper: Bool) -> Component.Value {
    requireProbability(p)
    let ends = possible.map {
      upper ? components[$0].survivalQuantile(p) : components[$0].quantile(p)
    }
    let (low, high) = (ends.min()!, ends.max()!)
    return low == high
      ? low : Component.Value._inverted(self, p, upper: upper, in: low...high) { _, _ in nil }
  }

  public var mean: Double { possible.reduce(0) { $0 + weights[$1] * components[$1].mean } }

  /// The mean variance and the variance of the means.
  public var variance: Double {
    let mean = mean
    return possible.reduce(0) { sum, k in
      let distance = components[k].mean - mean
      return sum + weights[k] * (components[k].variance + distance * distance)
    }
  }

  public var support: ClosedRange<Component.Value> {
    let supports = possible.map { components[$0].support }
    return supports.map(\.lowerBound).min()!...supports.map(\.upperBound).max()!
  }
}

extension Mixture: ContinuousDistribution where Component: ContinuousDistribution {}
extension Mixture: DiscreteDistribution where Component: DiscreteDistribution {}

extension Mixture where Component: ParametricDistribution {
  /// The partial derivatives of the log density: in the value (of reals), in the weights as if they were
  /// free, `[k]`, and in the parameters of each component.
  public func logDensityPartials(
    of value: Component.Value
  ) -> (value: Double, weights: [Double], components: [LogDensityPartials]) {
    let whole = logDensity(of: value)
    // A component's share of the density at the value.
    let shares = components.indices.map { k in
      weights[k] > 0 ? exp(logWeights[k] + components[k].logDensity(of: value) - whole) : 0
    }
    let inner = components.map { $0.logDensityPartials(of: value) }
    return (
      zip(shares, inner).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * $1.1.value : 0) },
      components.map { exp($0.logDensity(of: value) - whole) },
      zip(shares, inner).map { share, partials in
        LogDensityPartials(
          value: share > 0 ? share * partials.value : 0,
          parameters: partials.parameters.map { share > 0 ? share * $0 : 0 },
          names: partials.names)
      }
    )
  }
}
