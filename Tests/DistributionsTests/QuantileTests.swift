import Distributions
import Foundation
import TestSupport
import Testing

@Suite("Quantiles lead back", .tags(.unit))
struct QuantileTests {
  static let probabilities =
    [1e-300, 1e-100, 1e-20, 1e-10, 1e-6, 0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1 - 1e-6]
    + [1 - 1e-10, 1 - 0x1p-53]

  @Test("of every member of the reference", arguments: Family.all)
  func everyReference(family: Family) throws {
    for expected in try family.reference() {
      let distribution = try family.make(expected.parameters)
      for p in Self.probabilities {
        if let error = inversionError(of: distribution, at: p) { Issue.record("\(error)") }
      }
    }
  }
}

/// What is wrong with the quantiles of `p` from below and from above, if anything is.
///
/// Continuous: the tail at the quantile is p within 1e-10 of the smaller tail, or within the change
/// of the tail over one ulp of x. Discrete: the smallest integer whose tail has passed p.
func inversionError(of distribution: any UnivariateDistribution, at p: Double) -> String? {
  if let continuous = distribution as? any ContinuousDistribution {
    let x = continuous.quantile(p)
    let y = continuous.survivalQuantile(p)
    if x.isNaN || y.isNaN { return "\(distribution): the quantile of \(p) is NaN" }
    let lower = p <= 0.5 ? continuous.cdf : continuous.survival
    if let error = inversionError(lower, at: x, expecting: p <= 0.5 ? p : 1 - p) {
      return "\(distribution): quantile(\(p)) is \(x), \(error)"
    }
    let upper = p <= 0.5 ? continuous.survival : continuous.cdf
    if let error = inversionError(upper, at: y, expecting: p <= 0.5 ? p : 1 - p) {
      return "\(distribution): survivalQuantile(\(p)) is \(y), \(error)"
    }
  } else if let discrete = distribution as? any DiscreteDistribution {
    let support = discrete.support
    let k = discrete.quantile(p)
    if k < Int.max, !(discrete.cdf(k) >= p) && k != support.upperBound {
      return "\(distribution): cdf(\(k)) = \(discrete.cdf(k)) has not reached \(p)"
    }
    if k > support.lowerBound, !(discrete.cdf(k - 1) < p) {
      return "\(distribution): quantile(\(p)) is \(k), but cdf(\(k - 1)) = \(discrete.cdf(k - 1))"
    }
    let j = discrete.survivalQuantile(p)
    if j < Int.max, !(discrete.survival(j) <= p) && j != support.upperBound {
      return "\(distribution): survival(\(j)) = \(discrete.survival(j)) is still above \(p)"
    }
    if j > support.lowerBound, !(discrete.survival(j - 1) > p) {
      return "\(distribution): survivalQuantile(\(p)) is \(j), but \(j - 1) would do"
    }
  }
  return nil
}

private func inversionError(
  _ tail: (Double) -> Double, at x: Double, expecting p: Double
) -> String? {
  let found = tail(x)
  let spacing = max(abs(tail(x.nextUp) - found), abs(tail(x.nextDown) - found))
  return abs(found - p) <= max(1e-10 * p, spacing) ? nil : "whose tail is \(found), not \(p)"
}
