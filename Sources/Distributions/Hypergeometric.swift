import Foundation
import Randomness
import SpecialFunctions

/// The hypergeometric distribution: how many of the marked are among `draws` taken without
/// replacement.
///
/// ```
/// P(k) = C(marked, k) C(unmarked, draws - k) / C(marked + unmarked, draws)
/// ```
///
/// Sampled by inversion outwards from the mode, O(standard deviation) a draw. The tails are sums of
/// probabilities outwards from k, which end where the terms no longer count.
///
/// - Complexity: O(standard deviation) a draw and a tail.
public struct Hypergeometric: DiscreteDistribution {
  /// GSL's n1.
  public let marked: Int
  /// GSL's n2.
  public let unmarked: Int
  /// GSL's t.
  public let draws: Int
  private let mode: Int
  private let logMode: Double

  /// - Parameters:
  ///   - marked: in 0...10^12.
  ///   - unmarked: in 0...10^12.
  ///   - draws: from 0 to marked + unmarked.
  public init(marked: Int, unmarked: Int, draws: Int) throws(ParameterError) {
    for (value, name) in [(marked, "marked"), (unmarked, "unmarked")]
    where value < 0 || value > 1_000_000_000_000 {
      throw ParameterError("Hypergeometric", name, Double(value), not: "in 0...10^12")
    }
    guard draws >= 0, draws <= marked + unmarked else {
      throw ParameterError(
        "Hypergeometric", "draws", Double(draws), not: "in 0...\(marked + unmarked)")
    }
    self.marked = marked
    self.unmarked = unmarked
    self.draws = draws
    let guess = (Double(draws) + 1) * ((Double(marked) + 1) / (Double(marked + unmarked) + 2))
    let support = max(0, draws - unmarked)...min(draws, marked)
    mode = min(support.upperBound, max(support.lowerBound, Int(guess)))
    logMode = Self.logProbability(mode, marked, unmarked, draws)
  }

  private static func logProbability(_ k: Int, _ marked: Int, _ unmarked: Int, _ draws: Int)
    -> Double
  {
    // Three binomial probabilities with the same p: the powers cancel, and near the mode none is small.
    let (a, b, t) = (Double(marked), Double(unmarked), Double(draws))
    let total = a + b
    if t == 0 || t == total { return 0 }
    let (p, q) = (t / total, (total - t) / total)
    return logBinomialProbability(Double(k), of: a, p, q)
      + logBinomialProbability(t - Double(k), of: b, p, q)
      - logBinomialProbability(t, of: total, p, q)
  }

  /// P(k + 1) / P(k).
  private func ratio(_ k: Int) -> Double {
    Double(marked - k) / Double(k + 1) * (Double(draws - k) / Double(unmarked - draws + k + 1))
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    let peak = exp(logMode)
    while true {
      var u = generator.nextUnit() - peak
      if u < 0 { return mode }
      var (low, high, below, above) = (mode, mode, peak, peak)
      while low > support.lowerBound || high < support.upperBound {
        if high < support.upperBound {
          above *= ratio(high)
          high += 1
          u -= above
          if u < 0 { return high }
        }
        if low > support.lowerBound {
          low -= 1
          below /= ratio(low)
          u -= below
          if u < 0 { return low }
        }
        // Rounding left over: draw again.
        if above < 1e-25, below < 1e-25 { break }
        if high == support.upperBound { above = 0 }
        if low == support.lowerBound { below = 0 }
      }
      if support.lowerBound == support.upperBound { return mode }
    }
  }

  public func logDensity(of value: Int) -> Double {
    support.contains(value) ? Self.logProbability(value, marked, unmarked, draws) : -.infinity
  }

  public func cdf(_ x: Int) -> Double { tail(x, upper: false) }
  public func survival(_ x: Int) -> Double { tail(x, upper: true) }

  private func tail(_ x: Int, upper: Bool) -> Double {
    if x < support.lowerBound || x >= support.upperBound {
      return (x < support.lowerBound) == upper ? 1 : 0
    }
    let isLower = x < mode
    let sum = isLower ? sumDown(from: x) : sumUp(from: x + 1)
    return min(1, max(0, isLower == upper ? 1 - sum : sum))
  }

  private func sumDown(from start: Int) -> Double {
    var (term, sum, k) = (1.0, 1.0, start)
    while k > support.lowerBound, term > sum * 1e-18 {
      k -= 1
      term /= ratio(k)
      sum += term
    }
    return exp(logDensity(of: start)) * sum
  }

  private func sumUp(from start: Int) -> Double {
    var (term, sum, k) = (1.0, 1.0, start)
    while k < support.upperBound, term > sum * 1e-18 {
      term *= ratio(k)
      k += 1
      sum += term
    }
    return exp(logDensity(of: start)) * sum
  }

  public func quantile(_ p: Double) -> Int { searchedQuantile(p) }
  public func survivalQuantile(_ q: Double) -> Int { searchedSurvivalQuantile(q) }
  public var mean: Double {
    draws == 0 ? 0 : Double(draws) * (Double(marked) / Double(marked + unmarked))
  }
  public var variance: Double {
    let total = Double(marked + unmarked)
    if total <= 1 { return 0 }
    return Double(draws) * (Double(marked) / total) * (Double(unmarked) / total)
      * ((total - Double(draws)) / (total - 1))
  }
  public var support: ClosedRange<Int> { max(0, draws - unmarked)...min(draws, marked) }
}
