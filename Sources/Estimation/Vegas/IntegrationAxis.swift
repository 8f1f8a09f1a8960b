/// One side of a box, and the change of variables that makes it the unit interval.
///
/// ```
/// [a, b]           x = a + (b - a) t
/// [a, infinity)    x = a + t / (1 - t)
/// (-infinity, b]   x = b - (1 - t) / t
/// (-infinity, infinity)   x = s / (1 - s^2),  s = 2 t - 1
/// ```
struct IntegrationAxis: Sendable {
  private enum Kind {
    case finite(lower: Double, width: Double)
    case above(Double)
    case below(Double)
    case line
  }

  private let kind: Kind

  /// - Throws: ``EstimationError/setting(_:)`` for a range that is empty, not a number or too wide.
  init(_ range: ClosedRange<Double>, axis: Int) throws(EstimationError) {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    guard lower < upper else {  // written so that NaN fails
      throw .setting("the range of axis \(axis), \(lower)...\(upper), has no width")
    }
    switch (lower.isFinite, upper.isFinite) {
    case (true, true):
      guard (upper - lower).isFinite else {
        throw .setting("the range of axis \(axis), \(lower)...\(upper), is too wide")
      }
      kind = .finite(lower: lower, width: upper - lower)
    case (true, false): kind = .above(lower)
    case (false, true): kind = .below(upper)
    case (false, false): kind = .line
    }
  }

  /// The place x of t in [0, 1], and dx/dt there. Both are finite.
  @inline(__always)
  func place(_ t: Double) -> (x: Double, jacobian: Double) {
    switch kind {
    case .finite(let lower, let width): return (lower + width * t, width)
    case .above(let lower):
      let rest = max(1 - t, Self.smallest)
      return (lower + t / rest, 1 / (rest * rest))
    case .below(let upper):
      let t = max(t, Self.smallest)
      return (upper - (1 - t) / t, 1 / (t * t))
    case .line:
      let s = 2 * t - 1
      let rest = max((1 - s) * (1 + s), Self.smallest)
      return (s / rest, 2 * (1 + s * s) / (rest * rest))
    }
  }

  /// How near a place may come to infinity: half the distance of the Doubles below one.
  private static let smallest = 0x1p-54

  /// The axes of a box.
  static func axes(of box: [ClosedRange<Double>]) throws(EstimationError) -> [IntegrationAxis] {
    guard !box.isEmpty else { throw .setting("the box has no axes") }
    var axes: [IntegrationAxis] = []
    for (axis, range) in box.enumerated() { axes.append(try IntegrationAxis(range, axis: axis)) }
    return axes
  }
}
