import Foundation
import Randomness

/// A mixture of distributions of vectors: with probability weights[k] a draw of component k.
///
/// ```
/// p(x) = sum_k weights[k] components[k](x)
/// ```
///
/// - Complexity: that of one component a draw, of all of them a density.
public struct MultivariateMixture<Component: MultivariateDistribution>: MultivariateDistribution {
  /// `[k]`.
  public let components: [Component]
  private let choice: Categorical
  /// `[k]`.
  private let logWeights: [Double]
  /// The components with a positive weight.
  private let possible: [Int]

  /// - Parameters:
  ///   - components: at least one, of one dimension.
  ///   - weights: as many, none negative, summing to one within 1e-9.
  public init(_ components: [Component], weights: [Double]) throws(ParameterError) {
    choice = try Categorical(probabilities: weights)
    guard components.count == weights.count else {
      throw ParameterError(
        "MultivariateMixture", "the number of components", Double(components.count),
        not: "the number of weights \(weights.count)")
    }
    for (k, component) in components.enumerated()
    where component.dimension != components[0].dimension {
      throw ParameterError(
        "MultivariateMixture", "the dimension of component \(k)", Double(component.dimension),
        not: "that of the first, \(components[0].dimension)")
    }
    self.components = components
    let shares = choice.probabilities
    logWeights = shares.map { log($0) }
    possible = shares.indices.filter { shares[$0] > 0 }
  }

  /// `[k]`, summing to one.
  public var weights: [Double] { choice.probabilities }
  public var dimension: Int { components[0].dimension }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    let k = choice.sample(using: &generator)
    return components[k].sample(using: &generator)
  }

  public func sample<G: RandomNumberGenerator>(into value: inout [Double], using generator: inout G)
  {
    let k = choice.sample(using: &generator)
    components[k].sample(into: &value, using: &generator)
  }

  public func logDensity(of value: [Double]) -> Double {
    let terms = logShares(of: value)
    let largest = terms.max() ?? -.infinity
    guard largest.isFinite else { return largest }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
  }

  public func logDensities(of values: Span<[Double]>, into results: inout MutableSpan<Double>) {
    logDensitiesByRows(of: values, into: &results)
  }

  public func logDensities(rows: Span<Double>, into results: inout MutableSpan<Double>) {
    requireRows(rows.count, of: dimension, for: results.count)
    let size = dimension
    mixLogDensities(
      of: possible, logWeights: logWeights, atATime: 128, into: &results
    ) { k, range, terms in
      let part = rows.extracting(range.lowerBound * size..<range.upperBound * size)
      components[k].logDensities(rows: part, into: &terms)
    }
  }

  /// The logarithms of the shares of the components in the density at `value`, `[k]`.
  public func logShares(of value: [Double]) -> [Double] {
    // A loop over places: a zip of a generic array with another takes five times as long.
    var logs = logWeights
    for k in possible {
      logs[k] += components[k].logDensity(of: value)
    }
    return logs
  }
}
