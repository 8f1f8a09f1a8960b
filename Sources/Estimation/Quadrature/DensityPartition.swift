import Densities
import Distributions
import Foundation
import GSL

/// The density of a distribution, with a count of its evaluations.
final class CountedDensity<D: ContinuousDistribution> {
  private let target: D
  private(set) var count = 0

  init(_ target: D) { self.target = target }

  func value(at x: Double) throws -> Double {
    count += 1
    let density = exp(target.logDensity(of: x))
    guard density.isFinite else {
      throw EstimationError.densityNotFinite(value: log(density), at: "\(x)")
    }
    return density
  }

  /// p(x) f(x), where f is not asked for nothing.
  func product(at x: Double, _ integrand: () throws -> Double) throws -> Double {
    let density = try value(at: x)
    return density > 0 ? try finiteProduct(density, integrand(), at: x) : 0
  }

  /// The support cut into pieces on which a rule of 21 points reproduces the density's
  /// probabilities, and at `points`.
  ///
  /// It begins with quantiles far into the tails; a cell whose probability does not come out is cut
  /// in two by probability, so a narrow mode, of which the rule sees nothing, is come closer to at
  /// each cut.
  func partition(
    at points: [Double], quadrature: Quadrature
  ) throws -> Partition {
    let support = target.support
    guard support.lowerBound < support.upperBound else {
      throw EstimationError.setting("the support \(support) has no width")
    }
    var marks = [Mark(x: support.lowerBound, below: 0, above: 1)]
    for p in Self.firstProbabilities { append(mark(below: p), to: &marks) }
    for q in Self.firstProbabilities.dropLast().reversed() { append(mark(above: q), to: &marks) }
    append(Mark(x: support.upperBound, below: 1, above: 0), to: &marks)

    var waiting = zip(marks, marks.dropFirst()).map { Cell(from: $0, to: $1) }
    var cuts = marks.map(\.x)
    var (missing, rounding) = (0.0, 0.0)
    var isWhole = true
    var splits = 0
    while let cell = waiting.popLast() {
      let mismatch = abs(try integral(over: cell, support) - cell.mass)
      let isResolved = mismatch <= Self.tolerance
      guard !isResolved, splits < Self.maximumSplits, cell.mass > 1e-14,
        let middle = middle(of: cell)
      else {
        if isResolved { missing += mismatch } else { isWhole = false }
        rounding += cell.rounding
        continue
      }
      splits += 1
      cuts.append(middle.x)
      waiting.append(Cell(from: cell.from, to: middle))
      waiting.append(Cell(from: middle, to: cell.to))
    }
    let pieces = try QuadraturePiece.pieces(
      from: support.lowerBound, to: support.upperBound,
      at: cuts.filter(\.isFinite) + points)
    var concerns: [Concern] = []
    if !isWhole {
      let whole = try quadrature.run(pieces) { try value(at: $0) }
      missing += max(0, abs(whole.value - 1) - whole.error)
      if missing > max(1e-6, 10 * quadrature.relativeTolerance) {
        concerns.append(
          .quadratureFailed(
            "the density integrates to \(whole.value), not to one: a part of it was not found"))
      }
    }
    if rounding > 1e-6 {
      concerns.append(
        .quadratureFailed(
          String(format: "between neighbouring numbers lies a probability of %.1e", rounding)))
    }
    return Partition(pieces: pieces, missing: missing + rounding, concerns: concerns)
  }

  struct Partition {
    let pieces: [QuadraturePiece]
    /// How far the density's integral may be wrong for what is not found, and for the rounding of
    /// places.
    let missing: Double
    let concerns: [Concern]
  }

  /// The mass that a cell's rule may be wrong by.
  private static var tolerance: Double { 1e-12 }
  private static var maximumSplits: Int { 100 }
  private static var firstProbabilities: [Double] { [1e-6, 1e-3, 0.1, 0.5] }

  /// A place with the probabilities on either side.
  private struct Mark {
    let x, below, above: Double
  }

  private struct Cell {
    let from, to: Mark
    /// Its probability, without cancellation in either tail.
    var mass: Double {
      if to.below <= 0.5 { return to.below - from.below }
      if from.above <= 0.5 { return from.above - to.above }
      return 1 - from.below - to.above
    }
    /// The probability between two neighbouring numbers.
    var rounding: Double {
      let width = to.x - from.x
      return width.isFinite ? mass / width * max(abs(from.x), abs(to.x)).ulp : 0
    }
  }

  private func mark(below p: Double) -> Mark { mark(at: target.quantile(p)) }
  private func mark(above q: Double) -> Mark { mark(at: target.survivalQuantile(q)) }
  private func mark(at x: Double) -> Mark {
    Mark(x: x, below: target.cdf(x), above: target.survival(x))
  }

  private func append(_ mark: Mark, to marks: inout [Mark]) {
    if mark.x > marks[marks.count - 1].x { marks.append(mark) }
  }

  /// A place that halves a cell's probability; in a tail, halves its logarithm.
  private func middle(of cell: Cell) -> Mark? {
    func between(_ low: Double, _ high: Double) -> Double {
      if low == 0 { return high > 0.01 ? high / 2 : high * 1e-3 }
      return high > 4 * low ? (low * high).squareRoot() : (low + high) / 2
    }
    let middle =
      cell.to.below <= 0.5
      ? mark(below: between(cell.from.below, cell.to.below))
      : cell.from.above <= 0.5
        ? mark(above: between(cell.to.above, cell.from.above))
        : mark(below: (cell.from.below + 1 - cell.to.above) / 2)
    return middle.x > cell.from.x && middle.x < cell.to.x ? middle : nil
  }

  private func integral(over cell: Cell, _ support: ClosedRange<Double>) throws -> Double {
    let (low, high) = (cell.from.x, cell.to.x)
    if low.isFinite, high.isFinite {
      return try GSLIntegrationWorkspace.qk21(
        { $0 == low || $0 == high ? 0 : try value(at: $0) }, from: low, to: high
      ).value
    }
    // x = end +- scale (1 - t) / t, with the end's distance from the quantile of half as much as
    // scale.
    let end = low.isFinite ? low : high
    let inner =
      low.isFinite
      ? target.survivalQuantile(min(1, 100 * cell.from.above))
      : target.quantile(min(1, 100 * cell.to.below))
    let distance = abs(end - inner)
    let scale = distance > 0 && distance.isFinite ? distance : 1
    return try GSLIntegrationWorkspace.qk21(
      { t in
        let x = low.isFinite ? end + scale * (1 - t) / t : end - scale * (1 - t) / t
        return x.isFinite && x != end ? try value(at: x) * scale / (t * t) : 0
      }, from: 0, to: 1
    ).value
  }
}

/// A density known up to a constant by its logarithm, with a count of its evaluations.
final class UnnormalizedDensity {
  private let logDensity: (Double) throws -> Double
  private(set) var count = 0
  private var failures = 0

  init(_ logDensity: @escaping (Double) throws -> Double) { self.logDensity = logDensity }

  /// Its logarithm; minus infinity where the evaluation failed recoverably.
  func value(at x: Double) throws -> Double {
    count += 1
    if Task.isCancelled { throw CancellationError() }
    do {
      let value = try logDensity(x)
      guard value < .infinity else {  // written so that NaN fails
        throw EstimationError.densityNotFinite(value: value, at: "\(x)")
      }
      return value
    } catch EvaluationFailure.recoverable {
      failures += 1
      return -.infinity
    }
  }

  var concerns: [Concern] { failures > 0 ? [.failedEvaluations(failures)] : [] }

  /// The range cut at the modes that are found, and at places around them; and the highest value
  /// seen.
  func pieces(
    from lower: Double, to upper: Double, at points: [Double]
  ) throws -> (pieces: [QuadraturePiece], top: Double) {
    _ = try QuadraturePiece.pieces(from: lower, to: upper, at: points)
    guard lower < upper else {
      throw EstimationError.setting("the range from \(lower) to \(upper) has no width")
    }
    let excluded = Set(points)
    let probes = Self.probes(lower, upper, points).filter { !excluded.contains($0) }
    guard !probes.isEmpty else {
      throw EstimationError.setting("the range from \(lower) to \(upper) has no room for a rule")
    }
    let values = try probes.map { try value(at: $0) }
    guard let bulk = Self.bulk(probes, values) else {
      throw EstimationError.noValue(
        "the density is zero at all \(probes.count) places where it was looked for between "
          + "\(lower) and \(upper): name one where it is not in singularPoints")
    }
    // Modes at an end may be singularities without much mass.
    let peaks = probes.indices.dropFirst().dropLast().filter { i in
      values[i] > -.infinity && values[i] > values[i - 1] && values[i] >= values[i + 1]
    }
    var modes = try peaks.sorted { values[$0] > values[$1] }.prefix(12).map { i in
      try climb(
        from: (probes[i], values[i]), within: probes[i - 1], probes[i + 1], excluded)
    }
    modes.sort { $0.value > $1.value }
    let top = max(bulk.top, modes.first?.value ?? -.infinity)
    var cuts = points + bulk.places
    for mode in modes.prefix(8) where mode.value > top - 60 {
      cuts.append(mode.x)
      for drop in [0.5, 4, 30] {
        for side in [-1.0, 1] {
          if let place = try place(of: drop, below: mode, side, lower, upper, excluded) {
            cuts.append(place)
          }
        }
      }
    }
    return (
      try QuadraturePiece.pieces(from: lower, to: upper, at: cuts.filter(\.isFinite)), top
    )
  }

  /// The place with most of the mass, taking each to stand for its surroundings, and those on
  /// either side where that has fallen by e^-8 and e^-40; with the log density at the first.
  private static func bulk(
    _ probes: [Double], _ values: [Double]
  ) -> (places: [Double], top: Double)? {
    let last = probes.count - 1
    guard last > 0 else { return values.first.map { (probes, $0) } }
    let masses = probes.indices.map { i in
      values[i] + log(probes[min(i + 1, last)] - probes[max(i - 1, 0)])
    }
    let best = masses.indices.max { masses[$0] < masses[$1] }!
    guard masses[best] > -.infinity else { return nil }
    var places = [probes[best]]
    for fall in [8.0, 40] {
      let side = masses[best] - fall
      if let i = masses[..<best].lastIndex(where: { $0 < side }) { places.append(probes[i]) }
      if let i = masses[best...].firstIndex(where: { $0 < side }) { places.append(probes[i]) }
    }
    return (places, values[best])
  }

  /// Where the density is looked at first.
  private static func probes(_ lower: Double, _ upper: Double, _ points: [Double]) -> [Double] {
    func power(_ exponent: Double) -> Double { pow(2, exponent) }
    var places: [Double] = []
    if lower.isFinite, upper.isFinite {
      let width = upper - lower
      for i in 1..<80 { places.append(lower + width * Double(i) / 80) }
      for k in 7..<60 {
        let step = width * power(-Double(k))
        places += [lower + step, upper - step]
      }
    } else {
      var steps = (-60...60).map { power(Double($0) / 2) }
      for k in 16...50 { steps += [power(Double(2 * k)), power(-Double(2 * k))] }
      if lower.isFinite {
        places = steps.map { lower + $0 }
      } else if upper.isFinite {
        places = steps.map { upper - $0 }
      } else {
        places = [0] + steps + steps.map { -$0 }
      }
    }
    // Beside a point that is named, for it is not evaluated itself.
    for point in points where point.isFinite {
      let step = max(abs(point), 1e-3) * 1e-3
      places += [point - step, point - step * 1e-3, point + step * 1e-3, point + step]
    }
    return Set(places.filter { $0 > lower && $0 < upper }).sorted()
  }

  /// The highest place between two others by golden sections.
  private func climb(
    from start: (x: Double, value: Double), within low: Double, _ high: Double,
    _ excluded: Set<Double>
  ) throws -> (x: Double, value: Double) {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, best, high) = (low, start, high)
    for _ in 0..<80 {
      let isUpper = high - best.x > best.x - low
      let width = isUpper ? high - best.x : best.x - low
      guard width > 2 * best.x.ulp else { break }
      let step = (1 - ratio) * width
      let x = isUpper ? best.x + step : best.x - step
      guard x != best.x, x > low, x < high, !excluded.contains(x) else { break }
      let value = try value(at: x)
      if value > best.value {
        if isUpper { low = best.x } else { high = best.x }
        best = (x, value)
      } else if isUpper {
        high = x
      } else {
        low = x
      }
      if high - low <= 1e-6 * abs(best.x) + 1e-300, best.value - value < 1e-3 { break }
    }
    return best
  }

  /// Where the log density has fallen by `drop` on one side of a mode, within a factor of 1.2 of
  /// the distance; nil where the range ends before.
  private func place(
    of drop: Double, below mode: (x: Double, value: Double), _ side: Double, _ lower: Double,
    _ upper: Double, _ excluded: Set<Double>
  ) throws -> Double? {
    func hasFallen(_ distance: Double) throws -> Bool? {
      let x = mode.x + side * distance
      guard x > lower, x < upper, x.isFinite else { return nil }
      return excluded.contains(x) ? false : try value(at: x) <= mode.value - drop
    }
    var distance = max(abs(mode.x) * 1e-14, 1e-290)
    // By factors of 16, then back by those of 2 and 1.2.
    while let fallen = try hasFallen(distance), !fallen { distance *= 16 }
    for factor in [2, 1.2] {
      while distance > max(mode.x.ulp, 1e-290), try hasFallen(distance / factor) ?? true {
        distance /= factor
      }
    }
    return try hasFallen(distance) == true ? mode.x + side * distance : nil
  }
}
