/// The maximum of a function of one variable on an interval: the best cell of a grid, then
/// golden-section search in it, so that one local maximum does not hide a higher one.
public struct GoldenSection: Sendable {
  /// How many points the interval is first looked at; at least 3.
  public var gridPoints: Int
  /// The width of the interval that is left at the end.
  public var tolerance: Double

  public init(gridPoints: Int = 41, tolerance: Double = 1e-6) {
    precondition(gridPoints >= 3, "\(gridPoints) grid points")
    (self.gridPoints, self.tolerance) = (gridPoints, tolerance)
  }

  /// The best argument found and its value.
  /// - Complexity: gridPoints + 1.44 log2(interval / gridPoints / tolerance) evaluations.
  public func maximize(
    on interval: ClosedRange<Double>, _ function: (Double) throws -> Double
  ) rethrows -> (argument: Double, value: Double) {
    let cell = (interval.upperBound - interval.lowerBound) / Double(gridPoints - 1)
    let grid = try (0..<gridPoints).map { index in
      let x = interval.lowerBound + Double(index) * cell
      return (argument: x, value: try function(x))
    }
    var best = grid.max { $0.value < $1.value }!
    var (low, high) = (
      max(interval.lowerBound, best.argument - cell), min(interval.upperBound, best.argument + cell)
    )
    let ratio = (5.0.squareRoot() - 1) / 2
    var left = high - ratio * (high - low)
    var right = low + ratio * (high - low)
    var (leftValue, rightValue) = (try function(left), try function(right))
    // Doubles that far from zero may be further apart than the tolerance.
    let limit = max(tolerance, 4 * max(abs(low), abs(high)).ulp)
    while high - low > limit {
      if leftValue >= rightValue {
        (high, right, rightValue) = (right, left, leftValue)
        left = high - ratio * (high - low)
        leftValue = try function(left)
      } else {
        (low, left, leftValue) = (left, right, rightValue)
        right = low + ratio * (high - low)
        rightValue = try function(right)
      }
    }
    for candidate in [(left, leftValue), (right, rightValue)] where candidate.1 > best.value {
      best = candidate
    }
    return best
  }
}
