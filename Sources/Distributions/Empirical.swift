import Foundation
import Randomness

/// The distribution of given draws: each has its share of the probability.
///
/// ```
/// P(X = x) = sum of the weights of the draws that are x
/// ```
///
/// Sampled as a bootstrap does: a draw is one of the given ones. The cdf is a staircase, and a quantile
/// the smallest draw at which it reaches p. `logDensity` is the logarithm of a probability, that of the
/// draws equal to the value.
///
/// - Complexity: O(n log n) to make, O(log n) for the rest.
public struct Empirical: UnivariateDistribution {
  /// The distinct draws, rising.
  public let atoms: [Double]
  /// Their probabilities.
  public let probabilities: [Double]
  /// P(X <= atom) and P(X > atom), each summed from its own end.
  private let lowerTails, upperTails: [Double]
  private let choice: AliasTable

  /// - Parameters:
  ///   - draws: at least one, all finite.
  ///   - weights: as many, none negative, with a positive sum; nil for equal ones.
  public init(_ draws: [Double], weights: [Double]? = nil) throws(ParameterError) {
    guard !draws.isEmpty else {
      throw ParameterError("Empirical", "the number of draws", 0, not: "positive")
    }
    for (i, draw) in draws.enumerated() {
      try ParameterError.requireFinite(draw, "draws[\(i)]", of: "Empirical")
    }
    let given = weights ?? [Double](repeating: 1, count: draws.count)
    guard given.count == draws.count else {
      throw ParameterError(
        "Empirical", "the number of weights", Double(given.count), not: "that of the draws")
    }
    for (i, weight) in given.enumerated() where !(weight >= 0 && weight < .infinity) {
      throw ParameterError("Empirical", "weights[\(i)]", weight, not: "finite and not negative")
    }
    let sum = given.reduce(0, +)
    guard sum > 0, sum < .infinity else {
      throw ParameterError("Empirical", "the sum of the weights", sum, not: "positive and finite")
    }
    var (atoms, shares) = ([Double](), [Double]())
    for i in draws.indices.sorted(by: { draws[$0] < draws[$1] }) where given[i] > 0 {
      if atoms.last == draws[i] {
        shares[shares.count - 1] += given[i] / sum
      } else {
        atoms.append(draws[i])
        shares.append(given[i] / sum)
      }
    }
    self.atoms = atoms
    probabilities = shares
    var (lower, upper) = ([Double](), [Double](repeating: 0, count: shares.count))
    var running = 0.0
    for share in shares {
      running += share
      lower.append(min(1, running))
    }
    lower[lower.count - 1] = 1
    running = 0
    for i in shares.indices.dropFirst().reversed() {
      running += shares[i]
      upper[i - 1] = min(1, running)
    }
    (lowerTails, upperTails) = (lower, upper)
    choice = AliasTable(probabilities: shares)
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    atoms[choice.sample(using: &generator)]
  }

  /// How many atoms are not above x.
  private func rank(_ x: Double) -> Int {
    var (low, high) = (0, atoms.count)
    while low < high {
      let middle = (low + high) / 2
      if atoms[middle] <= x { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The logarithm of the probability of the atom `value`.
  public func logDensity(of value: Double) -> Double {
    let rank = rank(value)
    return rank > 0 && atoms[rank - 1] == value ? log(probabilities[rank - 1]) : -.infinity
  }

  public func cdf(_ x: Double) -> Double {
    let rank = rank(x)
    return rank == 0 ? 0 : lowerTails[rank - 1]
  }

  public func survival(_ x: Double) -> Double {
    let rank = rank(x)
    return rank == 0 ? 1 : upperTails[rank - 1]
  }

  /// The smallest atom whose cdf has reached p.
  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return atoms[smallestInteger(in: 0...atoms.count - 1, from: 0) { lowerTails[$0] >= p }]
  }

  /// The smallest atom whose survival is at most q.
  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return atoms[smallestInteger(in: 0...atoms.count - 1, from: 0) { upperTails[$0] <= q }]
  }

  public var mean: Double { zip(atoms, probabilities).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Of the distribution itself: divided by the sum of the weights, not by one less.
  public var variance: Double {
    let mean = mean
    return zip(atoms, probabilities).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
  }

  public var support: ClosedRange<Double> { atoms.first!...atoms.last! }
}
