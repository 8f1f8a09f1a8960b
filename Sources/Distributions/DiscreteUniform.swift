import Foundation
import Randomness

/// The uniform distribution on the integers lower, ..., upper.
///
/// Sampled without modulo bias (Lemire 2019, doi:10.1145/3230636).
public struct DiscreteUniform: DiscreteDistribution {
  /// The smallest value.
  public let lower: Int
  /// The largest value.
  public let upper: Int
  @usableFromInline let count: Int

  /// - Parameters:
  ///   - lower: any.
  ///   - upper: not below `lower`, and fewer than 2^63 - 1 above it.
  public init(lower: Int, upper: Int) throws(ParameterError) {
    let (width, overflow) = upper.subtractingReportingOverflow(lower)
    guard width >= 0, !overflow, width < .max else {
      throw ParameterError(
        "DiscreteUniform", "upper", Double(upper), not: "above lower \(lower) by less than 2^63 - 1"
      )
    }
    self.lower = lower
    self.upper = upper
    count = width + 1
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    lower + generator.nextIndex(below: count)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Int>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    philox.fillIndices(&values, below: count)
    generator = philox as! G
    for i in values.indices { values[i] += lower }
  }

  public func logDensity(of value: Int) -> Double {
    support.contains(value) ? -log(Double(count)) : -.infinity
  }

  public func cdf(_ x: Int) -> Double {
    x < lower ? 0 : x >= upper ? 1 : (Double(x - lower) + 1) / Double(count)
  }
  public func survival(_ x: Int) -> Double {
    x < lower ? 1 : x >= upper ? 0 : Double(upper - x) / Double(count)
  }

  public func quantile(_ p: Double) -> Int {
    requireProbability(p)
    return search(Double(count) * p) { cdf($0) >= p }
  }
  public func survivalQuantile(_ q: Double) -> Int {
    requireProbability(q)
    return search(Double(count) * (1 - q)) { survival($0) <= q }
  }

  private func search(_ place: Double, _ hasReached: (Int) -> Bool) -> Int {
    smallestInteger(
      in: support, from: lower + min(count - 1, clampedInteger(place)), where: hasReached)
  }

  public var mean: Double { Double(lower) / 2 + Double(upper) / 2 }
  public var variance: Double {
    let n = Double(count)
    return (n - 1) / 12 * (n + 1)
  }
  public var support: ClosedRange<Int> { lower...upper }
}
