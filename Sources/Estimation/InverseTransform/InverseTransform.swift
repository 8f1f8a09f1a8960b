import Distributions
import Foundation
import Randomness

/// A known distribution, drawn from by inverting its cumulative probability: one uniform u gives one
/// draw, which rises with u.
///
/// ```
/// continuous: x = F^-1(u);   discrete: the first value whose cumulative probability exceeds u
/// ```
///
/// ```swift
/// let die = try InverseTransform(probabilities: [0.1, 0.2, 0.3, 0.4])
/// die.cumulative      // [0.1, 0.3, 0.6, 1.0]
/// die.value(at: 0.35) // 2
/// ```
///
/// A discrete distribution is turned into the table of its cumulative probabilities when this is made;
/// a continuous one is asked for its quantile. Everything but the draws is that of the distribution
/// itself.
///
/// - Complexity: discrete: the length of the table to make, its logarithm a draw; continuous: that of
///   the quantile.
public struct InverseTransform<Base: UnivariateDistribution>: UnivariateDistribution {
  public typealias Value = Base.Value

  /// What is drawn from.
  public let base: Base
  /// Of a discrete distribution, the cumulative probabilities of `first`, `first + 1`, and so on, the last
  /// of them one; else empty.
  public let cumulative: [Double]
  /// Of a discrete distribution, the value of the table's first entry; else zero.
  public let first: Int

  /// The draw that the uniform u in [0, 1] gives.
  public func value(at u: Double) -> Value {
    if cumulative.isEmpty { return base.quantile(u) }
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > u { high = middle } else { low = middle + 1 }
    }
    return (first + low) as! Value
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value {
    value(at: cumulative.isEmpty ? generator.nextOpenUnit() : generator.nextUnit())
  }

  /// One position each; the draws that one at a time would give.
  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else {
      for i in values.indices { values[i] = sample(using: &generator) }
      return
    }
    values.withUnsafeMutableBufferPointer { values in
      if Value.self == Int.self {
        values.withMemoryRebound(to: Int.self) { values in
          var span = MutableSpan(_unsafeElements: values)
          philox.fillCategorical(&span, cumulative: cumulative)
          if first != 0 { for i in values.indices { values[i] += first } }
        }
      } else {
        values.withMemoryRebound(to: Double.self) { values in
          var span = MutableSpan(_unsafeElements: values)
          philox.fillOpenUnit(&span)
          for i in values.indices { values[i] = base.quantile(values[i]) as! Double }
        }
      }
    }
    generator = philox as! G
  }

  public func logDensity(of value: Value) -> Double { base.logDensity(of: value) }
  public func cdf(_ x: Value) -> Double { base.cdf(x) }
  public func survival(_ x: Value) -> Double { base.survival(x) }
  public func quantile(_ p: Double) -> Value { base.quantile(p) }
  public func survivalQuantile(_ q: Double) -> Value { base.survivalQuantile(q) }
  public var mean: Double { base.mean }
  public var variance: Double { base.variance }
  public var support: ClosedRange<Value> { base.support }
}

extension InverseTransform: ContinuousDistribution where Base: ContinuousDistribution {}
extension InverseTransform: DiscreteDistribution where Base: DiscreteDistribution {}

extension InverseTransform where Base: ContinuousDistribution {
  /// By the quantile of `base`.
  public init(_ base: Base) {
    self.base = base
    (cumulative, first) = ([], 0)
  }
}

/// No table is longer.
private let longestTable = 1 << 24

extension InverseTransform where Base: DiscreteDistribution {
  /// By the table of the cumulative probabilities of `base`.
  ///
  /// Values of which less than 2^-54 is left to either end are left out: no uniform reaches them.
  ///
  /// - Throws: ``EstimationError/setting(_:)`` for a table of more than 2^24 entries.
  public init(_ base: Base) throws {
    let low = base.support.lowerBound > .min ? base.support.lowerBound : base.quantile(0x1p-54)
    let first = max(low, base.quantile(0x1p-54))
    let last = min(base.support.upperBound, base.survivalQuantile(0x1p-54))
    let (difference, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, difference < longestTable else {
      throw EstimationError.setting(
        "the table from \(first) to \(last) is longer than \(longestTable) entries")
    }
    var (cumulative, running) = ([Double](), 0.0)
    cumulative.reserveCapacity(difference + 1)
    for value in first...last {
      // Whichever tail is smaller has the digits; rounding must not let the table fall.
      let below = base.cdf(value)
      running = max(running, below < 0.5 ? below : 1 - base.survival(value))
      cumulative.append(running)
    }
    Self.close(&cumulative)
    self.base = base
    self.cumulative = cumulative
    self.first = first
  }

  /// Rounding leaves no room above the last value that can occur.
  fileprivate static func close(_ cumulative: inout [Double]) {
    let top = cumulative.last!
    for i in cumulative.indices.reversed() {
      guard cumulative[i] == top else { break }
      cumulative[i] = 1
    }
  }
}

extension InverseTransform where Base == Categorical {
  /// By the table of the cumulative sums of `probabilities`, for the values 0, 1, and so on.
  ///
  /// - Parameter probabilities: at least one, none negative, summing to one within 1e-9; they are divided
  ///   by their sum.
  /// - Throws: `ParameterError`.
  public init(probabilities: [Double]) throws {
    let base = try Categorical(probabilities: probabilities)
    var (cumulative, running) = ([Double](), 0.0)
    for probability in base.probabilities {
      running += probability
      cumulative.append(min(1, running))
    }
    Self.close(&cumulative)
    self.base = base
    self.cumulative = cumulative
    first = 0
  }
}
