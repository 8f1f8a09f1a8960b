import Foundation

/// A function of one variable that is the logarithm of a density, known up to a constant, on a range
/// that may reach to infinity. It is never evaluated at the ends of the range.
struct LogCurve: Sendable {
  let function: @Sendable (Double) throws -> Double
  let support: ClosedRange<Double>

  /// - Throws: ``EstimationError`` where it is NaN or plus infinity, and what it throws itself.
  func callAsFunction(_ x: Double) throws -> Double {
    let value = try function(x)
    guard value < .infinity else {  // written so that NaN fails
      throw EstimationError.densityNotFinite(value: value, at: "\(x)")
    }
    return value
  }

  /// - Throws: ``EstimationError/setting(_:)`` for a range without an inside, or a point outside it.
  static func check(support: ClosedRange<Double>, points: [Double]) throws {
    let (low, high) = (support.lowerBound, support.upperBound)
    guard low < high, low < .greatestFiniteMagnitude, high > -.greatestFiniteMagnitude else {
      throw EstimationError.setting("the range \(low)...\(high) has no inside")
    }
    for point in points where !(point > low && point < high) {
      throw EstimationError.setting("the starting point \(point) is not inside \(low)...\(high)")
    }
  }

  /// `x` moved by `step`, but at most half the way to the end of the range.
  func moved(_ x: Double, by step: Double) -> Double {
    let end = step > 0 ? support.upperBound : support.lowerBound
    let room = (end - x) / 2
    let next = abs(step) < abs(room) ? x + step : room.isFinite ? x + room : x
    return next == end ? x : next
  }

  /// Places on several scales, where a search for the first one with a density may begin.
  private func candidates(wide: Bool) -> [Double] {
    let (low, high) = (support.lowerBound, support.upperBound)
    let exponents = wide ? Array(-30...30) : [0, -1, 1, -2, 2, -4, 4, -8, 8]
    if low.isFinite, high.isFinite {
      let width = high - low
      let inner = [0.5, 0.25, 0.75, 0.125, 0.875].map { low + $0 * width }
      return inner
        + exponents.filter { $0 < 0 }.flatMap { k in
          let part = Double(sign: .plus, exponent: 3 * k, significand: width)
          return [low + part, high - part]
        }
    }
    let distances = exponents.map { pow(10, Double($0)) }
    if low.isFinite { return distances.map { low + max($0, 2 * low.ulp) } }
    if high.isFinite { return distances.map { high - max($0, 2 * high.ulp) } }
    return [0] + distances.flatMap { [$0, -$0] }
  }

  /// The place of the highest value among starting points, those given or our own.
  func start(_ points: [Double]) throws -> (x: Double, value: Double) {
    for list in points.isEmpty ? [candidates(wide: false), candidates(wide: true)] : [points] {
      var best = (x: Double.nan, value: -Double.infinity)
      for x in list where x > support.lowerBound && x < support.upperBound {
        let value = try self(x)
        if value > best.value { best = (x, value) }
      }
      if best.value > -.infinity { return best }
    }
    throw EstimationError.setting(
      "the density is zero at every place that was tried; give starting points where it is not")
  }
}

/// A local maximum of a log density, to a hundredth, and how far from it the log density has fallen by
/// about one.
struct Peak {
  private(set) var x: Double
  private(set) var height: Double
  /// The distances to either side.
  private(set) var left = 0.0
  private(set) var right = 0.0

  /// Climbs from a place where the density is positive.
  ///
  /// - Throws: ``EstimationError/divergentIntegral(toward:reason:)`` where it never falls.
  init(climbing curve: LogCurve, from start: (x: Double, value: Double)) throws {
    (x, height) = start
    let (low, high) = (curve.support.lowerBound, curve.support.upperBound)
    var step =
      low.isFinite && high.isFinite
      ? (high - low) / 8
      : low.isFinite ? (x - low) / 2 : high.isFinite ? (high - x) / 2 : max(1, abs(x)) / 2
    // Toward an end that it rises to without limit it may go on for ever.
    var moves = 0
    while moves < 200 {
      let (before, after) = (curve.moved(x, by: -step), curve.moved(x, by: step))
      guard before < x, x < after, step < .infinity else { break }
      let (below, above) = (try curve(before), try curve(after))
      if max(below, above) > height + 0.01 {
        // Not twice the last step, which the end of the range may have shortened.
        step = 2 * (above > below ? after - x : x - before)
        (x, height) = above > below ? (after, above) : (before, below)
        moves += 1
      } else if height - min(below, above) <= 1 {
        break
      } else {
        step /= 2
      }
    }
    left = try fall(curve, rightward: false, from: step)
    right = try fall(curve, rightward: true, from: step)
  }

  /// The distance at which the density has fallen by about one, half that to the end of the range if it
  /// has not fallen so far there.
  private func fall(_ curve: LogCurve, rightward: Bool, from step: Double) throws -> Double {
    let end = rightward ? curve.support.upperBound : curve.support.lowerBound
    let room = abs(end / 2 - x / 2)
    func hasFallen(_ distance: Double) throws -> Bool {
      height - (try curve(curve.moved(x, by: rightward ? distance : -distance))) >= 1
    }
    var distance = min(max(step, .leastNormalMagnitude), room)
    guard distance < .infinity else { throw unbounded(end) }
    if try hasFallen(distance) {
      while distance > .leastNormalMagnitude, try hasFallen(distance / 2) { distance /= 2 }
      return distance
    }
    while distance < room {
      distance = min(2 * distance, room)
      guard distance < .infinity else { throw unbounded(end) }
      if try hasFallen(distance) { break }
    }
    return distance
  }

  private func unbounded(_ end: Double) -> EstimationError {
    .divergentIntegral(toward: end, reason: "the density does not fall")
  }
}
