import Foundation
import GSL

/// A part of a range that one of GSL's integrators takes.
enum QuadraturePiece: Sendable, Equatable, CustomStringConvertible {
  /// Between finite ends, with break points between them, increasing.
  case between([Double])
  /// From there to infinity (or down to minus infinity), on that scale.
  case above(Double, scale: Double)
  case below(Double, scale: Double)
  /// All reals.
  case line

  var description: String {
    switch self {
    case .between(let points): "[\(points[0]), \(points[points.count - 1])]"
    case .above(let end, _): "[\(end), inf)"
    case .below(let end, _): "(-inf, \(end)]"
    case .line: "(-inf, inf)"
    }
  }

  /// The pieces of a range that is cut at `points`; those outside it do not count.
  ///
  /// An infinite end is mapped to a finite one on a scale: the distance of the last two points, for
  /// those tell where something happens.
  static func pieces(
    from lower: Double, to upper: Double, at points: [Double]
  ) throws -> [QuadraturePiece] {
    guard !lower.isNaN, !upper.isNaN, lower <= upper else {
      throw EstimationError.setting("the range from \(lower) to \(upper) is not one")
    }
    guard lower < .infinity, upper > -.infinity else {
      throw EstimationError.setting("the range from \(lower) to \(upper) has no point")
    }
    if let point = points.first(where: \.isNaN) {
      throw EstimationError.setting("a singular point is \(point)")
    }
    if lower == upper { return [] }
    if lower.isFinite, upper.isFinite, !(upper - lower).isFinite {
      throw EstimationError.setting("the range from \(lower) to \(upper) is too wide")
    }
    let inner = Set(points.filter { $0 > lower && $0 < upper }).sorted()
    if !lower.isFinite, !upper.isFinite, inner.isEmpty { return [.line] }
    let marks =
      (lower.isFinite ? [lower] : []) + inner + (upper.isFinite ? [upper] : [])
    let last = marks.count - 1
    var pieces: [QuadraturePiece] = []
    if !lower.isFinite {
      pieces.append(.below(marks[0], scale: last > 0 ? scale(marks[0], marks[1]) : 1))
    }
    if last > 0 { pieces.append(.between(marks)) }
    if !upper.isFinite {
      pieces.append(.above(marks[last], scale: last > 0 ? scale(marks[last - 1], marks[last]) : 1))
    }
    return pieces
  }

  private static func scale(_ low: Double, _ high: Double) -> Double {
    let distance = high - low
    return distance.isFinite ? distance : 1
  }

  /// Whether `x` is an end or a break point, where nothing is evaluated.
  func excludes(_ x: Double) -> Bool {
    switch self {
    case .between(let points): points.contains(x)
    case .above(let end, _), .below(let end, _): x == end
    case .line: false
    }
  }

  func integral(
    of function: (Double) throws -> Double, in workspace: GSLIntegrationWorkspace,
    absoluteTolerance: Double, relativeTolerance: Double
  ) throws -> GSLIntegral {
    switch self {
    case .between(let points) where points.count == 2:
      try workspace.qags(
        { excludes($0) ? 0 : try function($0) }, from: points[0], to: points[1],
        absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance)
    case .between(let points):
      try workspace.qagp(
        { excludes($0) ? 0 : try function($0) }, points: points,
        absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance)
    case .above(let end, let scale):
      try workspace.qagiu(
        { try Self.value(of: function, at: end, step: scale, $0) }, from: 0,
        absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance)
    case .below(let end, let scale):
      try workspace.qagiu(
        { try Self.value(of: function, at: end, step: -scale, $0) }, from: 0,
        absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance)
    case .line:
      try workspace.qagi(
        function, absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance)
    }
  }

  /// |step| f(end + step y); zero at the end itself and beyond the largest number.
  private static func value(
    of function: (Double) throws -> Double, at end: Double, step: Double, _ y: Double
  ) throws -> Double {
    let x = end + step * y
    return x == end || !x.isFinite ? 0 : abs(step) * (try function(x))
  }

  /// How many intervals the break points make.
  var parts: Int {
    if case .between(let points) = self { points.count - 1 } else { 1 }
  }
}

/// What a rule gave, before it becomes an estimate.
struct QuadratureOutcome {
  var value: Double
  var error: Double
  var concerns: [Concern]

  func estimate(evaluations: Int, concerns others: [Concern] = []) throws -> Estimate {
    guard value.isFinite else {
      throw EstimationError.noValue("the integral has no finite value: it came out as \(value)")
    }
    return Estimate(
      value: value, standardError: error, errorModel: .bound, evaluations: evaluations, draws: nil,
      effectiveSampleSize: nil, diagnosis: Diagnosis(merged(concerns, others)))
  }
}

extension Quadrature {
  /// The integral over all the pieces, to the tolerance of their sum.
  ///
  /// Each is integrated to the relative tolerance first. Where that does not do, the integral of
  /// |f| says how much may be missing of the whole, and the pieces that fail are given their share
  /// of it.
  func run(
    _ pieces: [QuadraturePiece], _ function: (Double) throws -> Double
  ) throws -> QuadratureOutcome {
    guard !pieces.isEmpty else { return QuadratureOutcome(value: 0, error: 0, concerns: []) }
    let workspace = try makeWorkspace(pieces)
    let share = absoluteTolerance / Double(pieces.count)
    var results = try pieces.map {
      try $0.integral(
        of: function, in: workspace, absoluteTolerance: share,
        relativeTolerance: relativeTolerance)
    }
    var outcome: QuadratureOutcome {
      QuadratureOutcome(
        value: results.reduce(0) { $0 + $1.value },
        error: results.reduce(0) { $0 + $1.absoluteError }, concerns: [])
    }
    var goal = max(absoluteTolerance, relativeTolerance * abs(outcome.value))
    if results.allSatisfy({ $0.shortfall == nil }), outcome.error <= goal { return outcome }

    goal = max(
      absoluteTolerance, relativeTolerance * (try magnitude(pieces, in: workspace, function)))
    let room = goal / Double(pieces.count)
    for i in pieces.indices where results[i].shortfall != nil || results[i].absoluteError > room {
      // What it had to reach before; less than twice that is not worth the work.
      guard room > 2 * max(share, relativeTolerance * abs(results[i].value)) else { continue }
      results[i] = try pieces[i].integral(
        of: function, in: workspace, absoluteTolerance: room,
        relativeTolerance: relativeTolerance)
    }
    var result = outcome
    for (piece, integral) in zip(pieces, results) {
      guard let shortfall = integral.shortfall else { continue }
      // Rounding is no reason where it leaves less than was asked of the whole.
      if shortfall.isRounding, result.error <= goal { continue }
      result.concerns.append(.quadratureFailed(reason(shortfall, piece, integral)))
    }
    if result.error > goal, result.concerns.isEmpty {
      result.concerns.append(
        .quadratureFailed(
          String(format: "the bound %.2g is above the tolerance %.2g", result.error, goal)))
    }
    return result
  }

  /// The integral of |f|, roughly.
  func magnitude(
    _ pieces: [QuadraturePiece], in workspace: GSLIntegrationWorkspace? = nil,
    _ function: (Double) throws -> Double
  ) throws -> Double {
    let workspace = try workspace ?? makeWorkspace(pieces)
    let share = absoluteTolerance / Double(pieces.count)
    return try pieces.reduce(0) { sum, piece in
      sum
        + (try piece.integral(
          of: { abs(try function($0)) }, in: workspace, absoluteTolerance: share,
          relativeTolerance: 0.01
        ).value)
    }
  }

  private func makeWorkspace(
    _ pieces: [QuadraturePiece]
  ) throws -> GSLIntegrationWorkspace {
    try GSLIntegrationWorkspace(
      maximumIntervals: maximumIntervals + (pieces.map(\.parts).max() ?? 0))
  }

  private func reason(
    _ shortfall: GSLError, _ piece: QuadraturePiece, _ integral: GSLIntegral
  ) -> String {
    let cause =
      shortfall.isMaximumIterations
      ? "\(maximumIntervals) intervals do not reach the tolerance" : shortfall.message
    return "quadrature over \(piece): \(cause)"
  }
}
