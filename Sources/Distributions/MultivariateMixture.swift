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
    guard largest > -.infinity else { return -.infinity }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
  }

  public func logDensities(of values: Span<[Double]>, into results: inout MutableSpan<Double>) {
    precondition(
      values.count == results.count, "\(results.count) places for \(values.count) values")
    let count = values.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { memory in
      memory.initialize(repeating: 0)
      let term = UnsafeMutableBufferPointer(rebasing: memory[..<count])
      let largest = UnsafeMutableBufferPointer(rebasing: memory[count...])
      // The largest term so far, and the sum of the others relative to it.
      for i in 0..<count { (largest[i], results[i]) = (-.infinity, 0) }
      for (component, weight) in zip(components, weights) where weight > 0 {
        var span = term.mutableSpan
        component.logDensities(of: values, into: &span)
        let logWeight = log(weight)
        for i in 0..<count {
          let value = term[i] + logWeight
          if value > largest[i] {
            results[i] = results[i] == 0 ? 1 : results[i] * exp(largest[i] - value) + 1
            largest[i] = value
          } else if value > -.infinity {
            results[i] += exp(value - largest[i])
          }
        }
      }
      for i in 0..<count { results[i] = largest[i] + log(results[i]) }
    }
  }

  /// The logarithms of the shares of the components in the density at `value`, `[k]`.
  public func logShares(of value: [Double]) -> [Double] {
    zip(components, weights).map { component, weight in
      weight > 0 ? log(weight) + component.logDensity(of: value) : -.infinity
    }
  }
}
