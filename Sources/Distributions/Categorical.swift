import Foundation
import Randomness

/// The categorical distribution on 0..<k: P(i) = probabilities[i].
///
/// Sampled by inverting the cumulative table: the draw is the first category whose cumulative
/// probability exceeds u, found by bisection.
///
/// - Complexity: O(log k) a draw.
public struct Categorical: Distribution {
  /// `[k]`, summing to one.
  public let probabilities: [Double]
  @usableFromInline let cumulative: [Double]

  /// - Parameter probabilities: at least one, none negative, summing to one within 1e-9; they are
  ///   divided by their sum.
  public init(probabilities: [Double]) throws(ParameterError) {
    for (index, p) in probabilities.enumerated() where !(p >= 0 && p.isFinite) {
      throw ParameterError("Categorical", "probabilities[\(index)]", p, not: "a probability")
    }
    let sum = probabilities.reduce(0, +)
    guard abs(sum - 1) <= 1e-9 else {
      throw ParameterError("Categorical", "the sum of the probabilities", sum, not: "one")
    }
    self.probabilities = probabilities.map { $0 / sum }
    var table: [Double] = []
    var running = 0.0
    for p in self.probabilities {
      running += p
      table.append(min(1, running))
    }
    // Rounding must leave no room above the last category that can occur.
    let last = self.probabilities.lastIndex { $0 > 0 }!
    for index in last..<table.count { table[index] = 1 }
    cumulative = table
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    category(at: generator.nextUnit())
  }

  /// The first category whose cumulative probability exceeds `u`, in [0, 1).
  @inlinable
  func category(at u: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > u { high = middle } else { low = middle + 1 }
    }
    return low
  }

  public func logDensity(of value: Int) -> Double {
    probabilities.indices.contains(value) ? log(probabilities[value]) : -.infinity
  }

  /// P(X <= value).
  public func cdf(_ value: Int) -> Double {
    value < 0 ? 0 : value >= cumulative.count ? 1 : cumulative[value]
  }

  /// The smallest category k with cdf(k) >= p.
  public func quantile(_ p: Double) -> Int {
    requireProbability(p)
    return cumulative.firstIndex { $0 >= p } ?? cumulative.count - 1
  }

  /// The expected category number.
  public var mean: Double {
    probabilities.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
  }

  /// The variance of the category number.
  public var variance: Double {
    let mean = mean
    return probabilities.enumerated().reduce(0) {
      $0 + (Double($1.offset) - mean) * (Double($1.offset) - mean) * $1.element
    }
  }
}
