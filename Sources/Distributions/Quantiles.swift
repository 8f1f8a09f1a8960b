import Foundation

// How a tail is inverted where there is no closed form.

/// The x whose tail has probability `q`: the lower tail P(X <= x), or with `upper` P(X > x).
///
/// Newton's steps from `start`; where they do not settle, bisection of the order of the Doubles, which
/// cannot fail for a monotone tail.
///
/// - Parameters:
///   - q: in (0, 1).
///   - start: a first guess, nil or NaN for none.
///   - density: of x, not its logarithm.
/// - Complexity: some five evaluations of the tail, at most some seventy.
func invertTail(
  _ q: Double, upper: Bool, in support: ClosedRange<Double>, start: Double? = nil,
  density: (Double) -> Double, tail: (Double) -> Double
) -> Double {
  if var x = start, x > support.lowerBound, x < support.upperBound {
    for _ in 0..<6 {
      let error = tail(x) - q
      if abs(error) <= 1e-14 * q { return x }
      let slope = density(x)
      let step = error / (upper ? -slope : slope)
      guard step.isFinite, abs(step) <= 0.5 * max(abs(x), x.ulp) else { break }
      let next = min(support.upperBound, max(support.lowerBound, x - step))
      if next == x || abs(step) <= x.ulp {
        return settled(next, q, tail) ?? bisectTail(q, upper: upper, in: support, tail: tail)
      }
      x = next
    }
    if let x = settled(x, q, tail) { return x }
  }
  return bisectTail(q, upper: upper, in: support, tail: tail)
}

extension UnivariateDistribution where Value == Double {
  /// The quantile by `invertTail` on whichever tail is smaller, since that is the one that has the
  /// digits.
  ///
  /// - Parameter start: a first guess for p <= 1/2 of that tail; NaN for none.
  func invertedQuantile(_ p: Double, upper: Bool, start: (Double, Bool) -> Double) -> Double {
    invertedQuantile(p, upper: upper, in: support, start: start)
  }

  /// The same in a range that is known to hold it.
  func invertedQuantile(
    _ p: Double, upper: Bool, in range: ClosedRange<Double>, start: (Double, Bool) -> Double?
  ) -> Double {
    requireProbability(p)
    if p == 0 || p == 1 { return (p == 0) == upper ? range.upperBound : range.lowerBound }
    if p > 0.5 { return invertedQuantile(1 - p, upper: !upper, in: range, start: start) }
    return invertTail(
      p, upper: upper, in: range, start: start(p, upper),
      density: { exp(logDensity(of: $0)) }, tail: { upper ? survival($0) : cdf($0) })
  }
}

extension Double: UnivariateValue {
  public static func _inverted<D: UnivariateDistribution>(
    _ distribution: D, _ p: Double, upper: Bool, in range: ClosedRange<Double>,
    start: (Double, Bool) -> Double?
  ) -> Double where D.Value == Double {
    distribution.invertedQuantile(p, upper: upper, in: range, start: start)
  }

  @inlinable public var _predecessor: Double { self }
  @inlinable public var _double: Double { self }
}

extension Int: UnivariateValue {
  public static func _inverted<D: UnivariateDistribution>(
    _ distribution: D, _ p: Double, upper: Bool, in range: ClosedRange<Int>,
    start: (Double, Bool) -> Int?
  ) -> Int where D.Value == Int {
    requireProbability(p)
    if p == (upper ? 1 : 0) { return range.lowerBound }
    return smallestInteger(in: range, from: start(p, upper) ?? range.lowerBound) { k in
      upper ? distribution.survival(k) <= p : distribution.cdf(k) >= p
    }
  }

  @inlinable public var _predecessor: Int { self == .min ? self : self - 1 }
  @inlinable public var _double: Double { Double(self) }
}

/// `x` if its tail is q to 1e-12, or as near as the spacing of the Doubles lets it be.
private func settled(_ x: Double, _ q: Double, _ tail: (Double) -> Double) -> Double? {
  let found = tail(x)
  if abs(found - q) <= 1e-12 * q { return x }
  let spacing = max(abs(tail(x.nextUp) - found), abs(tail(x.nextDown) - found))
  return abs(found - q) <= 0.6 * spacing ? x : nil
}

/// The same by bisection alone: the first Double whose tail has passed q.
func bisectTail(
  _ q: Double, upper: Bool, in support: ClosedRange<Double>, tail: (Double) -> Double
) -> Double {
  var low = orderedBits(support.lowerBound)
  var high = orderedBits(support.upperBound)
  while high > low + 1 {
    // Halves of two signed numbers whose difference may overflow.
    let middle = (low >> 1) + (high >> 1) + (low & high & 1)
    let probability = tail(double(orderedBits: middle))
    if upper ? probability > q : probability < q { low = middle } else { high = middle }
  }
  let (below, above) = (double(orderedBits: low), double(orderedBits: high))
  // What no finite Double reaches is at infinity.
  if above.isInfinite { return above }
  if below.isInfinite { return abs(tail(above) - q) <= 1e-10 * q ? above : below }
  return abs(tail(below) - q) < abs(tail(above) - q) ? below : above
}

/// Integers in the order of the Doubles; the two zeros are neighbours.
private func orderedBits(_ x: Double) -> Int64 {
  let bits = Int64(bitPattern: x.bitPattern)
  return bits < 0 ? ~(bits & .max) : bits
}

private func double(orderedBits bits: Int64) -> Double {
  Double(bitPattern: UInt64(bitPattern: bits < 0 ? ~bits | .min : bits))
}

/// The smallest integer of `support` that has reached the condition, which holds from some integer
/// on; `support.upperBound` where none has.
///
/// Gallops away from `start`, then bisects.
///
/// - Complexity: O(log |result - start|) evaluations.
func smallestInteger(
  in support: ClosedRange<Int>, from start: Int, where hasReached: (Int) -> Bool
) -> Int {
  var high = min(support.upperBound, max(support.lowerBound, start))
  var low: Int  // not reached, or one below the support
  var stride = 1
  if hasReached(high) {
    low = high
    repeat {
      high = low
      if high == support.lowerBound { return high }
      let (next, overflow) = high.subtractingReportingOverflow(stride)
      low = overflow ? support.lowerBound : max(support.lowerBound, next)
      stride = stride &* 2
      if stride <= 0 { stride = .max }
    } while hasReached(low)
  } else {
    low = high
    repeat {
      low = high
      if low == support.upperBound { return low }
      let (next, overflow) = low.addingReportingOverflow(stride)
      high = overflow ? support.upperBound : min(support.upperBound, next)
      stride = stride &* 2
      if stride <= 0 { stride = .max }
    } while !hasReached(high) && high < support.upperBound
    if high == support.upperBound, !hasReached(high) { return high }
  }
  while high - low > 1 {
    let middle = low + (high - low) / 2
    if hasReached(middle) { high = middle } else { low = middle }
  }
  return high
}

/// (x - location) / scale, where the difference may overflow.
func standardized(_ x: Double, _ location: Double, _ scale: Double) -> Double {
  let difference = x - location
  return difference.isFinite ? difference / scale : 2 * ((x / 2 - location / 2) / scale)
}
