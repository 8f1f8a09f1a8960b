import Foundation
import SpecialFunctions

/// The multinomial distribution: how often each of k categories comes up in n independent draws.
///
/// ```
/// log P(x) = log n! + sum_i (x_i log p_i - log x_i!),   sum_i x_i = n
/// ```
///
/// Sampled category by category as binomial draws of what is left.
///
/// - Complexity: O(k).
public struct Multinomial: Distribution {
  /// n.
  public let trials: Int
  /// `[k]`, summing to one.
  public let probabilities: [Double]
  /// The sums of the probabilities from each category on.
  private let rest: [Double]

  /// - Parameters:
  ///   - trials: in 0...2^53.
  ///   - probabilities: at least one, none negative, summing to one within 1e-9; they are divided by
  ///     their sum.
  public init(trials: Int, probabilities: [Double]) throws(ParameterError) {
    try Binomial.requireTrials(trials, of: "Multinomial")
    for (i, p) in probabilities.enumerated() {
      try ParameterError.requireProbability(p, "probabilities[\(i)]", of: "Multinomial")
    }
    let sum = probabilities.reduce(0, +)
    guard abs(sum - 1) <= 1e-9 else {
      throw ParameterError("Multinomial", "the sum of the probabilities", sum, not: "one")
    }
    self.trials = trials
    self.probabilities = probabilities.map { $0 / sum }
    var rest = self.probabilities
    for i in rest.indices.dropLast().reversed() { rest[i] += rest[i + 1] }
    self.rest = rest
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Int] {
    var counts: [Int] = []
    sample(into: &counts, using: &generator)
    return counts
  }

  public func sample<G: RandomNumberGenerator>(
    into counts: inout [Int], using generator: inout G
  ) {
    if counts.count != probabilities.count { counts = probabilities.map { _ in 0 } }
    var left = trials
    for i in probabilities.indices {
      let others = i + 1 < rest.count ? rest[i + 1] : 0
      if others == 0 || left == 0 {
        counts[i] = probabilities[i] > 0 || others == 0 && left > 0 ? left : 0
        left -= counts[i]
        continue
      }
      counts[i] = binomialDraw(
        left, probabilities[i] / rest[i], others / rest[i], using: &generator)
      left -= counts[i]
    }
  }

  public func logDensity(of value: [Int]) -> Double {
    precondition(
      value.count == probabilities.count,
      "a [\(value.count)] for a distribution of [\(probabilities.count)]")
    guard value.allSatisfy({ $0 >= 0 }), value.reduce(0, +) == trials else { return -.infinity }
    // A product of conditional binomials, whose factorials cancel in advance.
    var (sum, left) = (0.0, trials)
    for i in value.indices.dropLast() where left > 0 {
      sum +=
        rest[i] == 0
        ? (value[i] == 0 ? 0 : -.infinity)
        : logBinomialProbability(
          Double(value[i]), of: Double(left), probabilities[i] / rest[i], rest[i + 1] / rest[i])
      left -= value[i]
    }
    return sum
  }

  /// The partial derivatives of the log probability in the probabilities as if they were free, `[k]`.
  public func logDensityPartials(of value: [Int]) -> [Double] {
    zip(value, probabilities).map { $0 == 0 ? 0 : Double($0) / $1 }
  }

  /// `[k]`.
  public var mean: [Double] { probabilities.map { Double(trials) * $0 } }
  /// `[k]`.
  public var variance: [Double] { probabilities.map { Double(trials) * $0 * (1 - $0) } }
}
