import Foundation

/// The integral of a density known through its logarithm, as polynomials on panels that are as narrow as
/// the density asks for: p on a panel is a Chebyshev series, and so its cumulative probability.
///
/// Panels double in width toward an infinite end, until what lies beyond is negligible, and halve toward
/// a singular one. The density is evaluated inside of panels only.
struct DensityPanels: Sendable {
  /// How many places of a panel are looked at.
  static let order = 16

  /// Probabilities are relative to a density of one at the highest peak, until they are normalised.
  struct Panel: Sendable {
    let low, high: Double
    /// The integral of the density.
    var mass: Double
    /// Of (x - center) and its square.
    let first, second: Double
    /// The error of the mass, about.
    let error: Double
    /// The share of the density that is rounding, of its logarithm and of x.
    let noise: Double
    /// A Chebyshev series in t from -1 to 1, `[order + 1]`: the integral of the density from `low`.
    var integral: [Double]
    /// The integrals from the lower end of the range to `low`, and from `high` to its upper end.
    var below = 0.0
    var above = 0.0
  }

  let curve: LogCurve
  /// What an error of a cumulative probability may be.
  let resolution: Double
  /// The log density that stands for one.
  private(set) var top: Double
  /// From left to right.
  private(set) var panels: [Panel] = []
  /// The integral of the density relative to `top`.
  private(set) var total = 0.0
  private(set) var mean = 0.0
  private(set) var variance = 0.0
  private(set) var evaluations = 0
  /// About the highest peak: moments are taken about it.
  private let center: Double

  /// What is left beyond an end, relative to all of it.
  private static let negligible = 1e-30
  /// No density needs so many.
  private static let largestCount = 20_000

  init(_ curve: LogCurve, startingPoints: [Double], resolution: Double) throws {
    (self.curve, self.resolution) = (curve, resolution)
    let peaks = try Self.peaks(of: curve, startingPoints)
    let highest = peaks.max { $0.height < $1.height }!
    (top, center) = (highest.height, highest.x)

    let edges = Self.edges(peaks, startingPoints, in: curve.support)
    let inner = try zip(edges, edges.dropFirst()).map { try panel(from: $0, to: $1) }
    total = inner.reduce(0) { $0 + $1.mass }
    var low = Tail()
    var high = Tail()
    var parts: [Panel] = []
    for panel in inner { parts += try refined(panel) }
    total = parts.reduce(0) { $0 + $1.mass }
    if curve.support.lowerBound == -.infinity {
      low = try tail(from: edges[0], width: edges[1] - edges[0], sign: -1)
    }
    if curve.support.upperBound == .infinity {
      let last = edges.count - 1
      high = try tail(from: edges[last], width: edges[last] - edges[last - 1], sign: 1)
    }
    panels = low.panels.reversed() + parts + high.panels
    try finish(low, high)
  }

  // MARK: Panels

  /// The cosines of Chebyshev's polynomials, `[order, order]`, and the places, `[order]`.
  private static let cosines: [Double] = (0..<order * order).map {
    let (j, k) = ($0 / order, $0 % order)
    return cos(Double(j) * (Double(k) + 0.5) * .pi / Double(order))
  }

  /// One panel as a single series.
  private mutating func panel(from low: Double, to high: Double) throws -> Panel {
    let n = Self.order
    let (half, middle) = (high / 2 - low / 2, low / 2 + high / 2)
    var values = [Double](repeating: 0, count: n)
    var (lowest, highest) = (Double.infinity, -Double.infinity)
    for k in 0..<n {
      // Rounding may put a place on an edge, where a density need not have a value.
      let x = min(max(middle + half * Self.cosines[n + k], low.nextUp), high.nextDown)
      let value = try curve(x)
      values[k] = exp(value - top)
      if values[k] > 0 { (lowest, highest) = (min(lowest, value), max(highest, value)) }
      guard values[k] < .infinity else {
        let (low, high) = (curve.support.lowerBound, curve.support.upperBound)
        throw EstimationError.divergentIntegral(
          toward: x - low < high - x ? low : high, reason: "the log density is \(value) at \(x)")
      }
    }
    evaluations += n
    var series = [Double](repeating: 0, count: n + 3)
    for j in 0..<n {
      var sum = 0.0
      for k in 0..<n { sum += values[k] * Self.cosines[j * n + k] }
      series[j] = sum * (j == 0 ? 1 : 2) / Double(n)
    }
    var integral = [Double](repeating: 0, count: n + 1)
    for j in 1...n {
      let before = j == 1 ? 2 * series[0] : series[j - 1]
      integral[j] = half * (before - series[j + 1]) / Double(2 * j)
      integral[0] += j % 2 == 1 ? integral[j] : -integral[j]
    }
    // The integrals of T_j; of odd ones zero.
    func whole(_ j: Int) -> Double { j % 2 == 1 ? 0 : 2 / (1 - Double(j * j)) }
    var (mass, first, second) = (0.0, 0.0, 0.0)
    for j in 0..<n {
      mass += series[j] * whole(j)
      first += series[j] * (whole(j + 1) + whole(abs(j - 1))) / 2
      second += series[j] * (whole(j + 2) + 2 * whole(j) + whole(abs(j - 2))) / 4
    }
    let spacing = max(abs(low), abs(high)).ulp
    let noise =
      4e-16 * (8 + abs(highest) + abs(lowest) + abs(top))
      + (highest - lowest) / (high - low) * spacing
    let error = half * (abs(series[n - 1]) + abs(series[n - 2]) + abs(series[n - 3]))
    let shift = middle - center
    return Panel(
      low: low, high: high, mass: half * mass, first: half * (shift * mass + half * first),
      second: half * (shift * shift * mass + 2 * shift * half * first + half * half * second),
      // Where Doubles are too few to tell the places apart, nothing is known.
      error: Self.isNarrow(low, high) ? max(error, half * mass) : error,
      noise: noise.isFinite ? noise : 0, integral: integral)
  }

  /// A panel, or its halves, and so on, until each is resolved.
  private mutating func refined(_ panel: Panel) throws -> [Panel] {
    var (waiting, done) = ([panel], [Panel]())
    while let next = waiting.popLast() {
      let middle = next.low / 2 + next.high / 2
      if isResolved(next) {
        done.append(next)
      } else if Self.isNarrow(next.low, next.high) {
        guard next.error <= 0.01 * resolution * total else { throw unresolved(next) }
        done.append(next)
      } else {
        guard evaluations < Self.order * Self.largestCount else { throw unresolved(next) }
        waiting.append(try self.panel(from: middle, to: next.high))
        waiting.append(try self.panel(from: next.low, to: middle))
      }
    }
    return done
  }

  private static func isNarrow(_ low: Double, _ high: Double) -> Bool {
    high - low < 64 * max(abs(low), abs(high)).ulp
  }

  /// To a hundredth of the resolution of its own mass, as far as rounding allows; where it ends with the
  /// range, and may be singular, so little that it does not matter to the whole is enough.
  private func isResolved(_ panel: Panel) -> Bool {
    let relative = max(0.01 * resolution, panel.noise)
    let isLast = panel.low == curve.support.lowerBound || panel.high == curve.support.upperBound
    return panel.error <= max(relative * panel.mass, 1e-40 * total)
      || isLast && panel.error <= 1e-18 * total && panel.mass <= 1e-12 * total
  }

  /// Where the last few Doubles before an end have a share that is no trifle, it is a pole that has no
  /// integral, or is as good as one; else the Doubles are too far apart for the resolution.
  private func unresolved(_ panel: Panel) -> EstimationError {
    let share = panel.error / total
    for end in [curve.support.lowerBound, curve.support.upperBound]
    where min(abs(end - panel.low), abs(end - panel.high)) < 256 * end.ulp && share > 1e-3 {
      return .divergentIntegral(
        toward: end, reason: "between \(panel.low) and \(panel.high) is \(share) of it")
    }
    return .resolutionNotReached(
      at: panel.low / 2 + panel.high / 2, error: share, resolution: resolution)
  }

  /// What lies toward an infinite end.
  private struct Tail {
    /// From the inside outwards.
    var panels: [Panel] = []
    /// What lies beyond, of the mass and the moments, by extrapolation; infinite where it diverges.
    var mass = 0.0
    var first = 0.0
    var second = 0.0
  }

  private mutating func tail(from start: Double, width: Double, sign: Double) throws -> Tail {
    var tail = Tail()
    let scale = width
    var (edge, width) = (start, width)
    // Of mass and moments in the widths so far.
    var sums: [(mass: Double, first: Double, second: Double)] = []
    /// The rest of a geometric series, and whether it is small beside what it is added to.
    func rest(_ part: (Int) -> Double) -> Double {
      guard sums.count > 1 else { return .infinity }
      let (last, before) = (abs(part(sums.count - 1)), abs(part(sums.count - 2)))
      if last == 0 { return 0 }
      let ratio = last / before
      return ratio < 1 - 1e-4 ? last * ratio / (1 - ratio) : .infinity
    }
    var (first, second) = (0.0, 0.0)
    var massIsDone = false
    for k in 0... {
      let next = edge + sign * width
      guard abs(next) < 1e300 else { break }
      let parts = try refined(panel(from: min(edge, next), to: max(edge, next)))
      let sum = parts.reduce((mass: 0.0, first: 0.0, second: 0.0)) {
        ($0.mass + $1.mass, $0.first + $1.first, $0.second + $1.second)
      }
      sums.append(sum)
      if !massIsDone {
        tail.panels += sign > 0 ? parts : parts.reversed()
        total += sum.mass
        tail.mass = rest { sums[$0].mass }
        massIsDone = tail.mass <= Self.negligible * total
      }
      first += abs(sum.first)
      second += sum.second
      (edge, width) = (next, 2 * width)
      (tail.first, tail.second) = (sign * rest { sums[$0].first }, rest { sums[$0].second })
      // A moment may need more panels, or have none that are enough. Before the density underflows,
      // what is left is extrapolated.
      func isDone(_ rest: Double, _ sum: Double) -> Bool {
        rest <= 1e-15 * sum || (rest == .infinity && k > 60)
      }
      let firstIsDone = isDone(abs(tail.first), first + total * scale)
      let secondIsDone = isDone(tail.second, second + total * scale * scale)
      if massIsDone, firstIsDone && secondIsDone || sum.mass < 1e-200 * total { break }
    }
    guard massIsDone || tail.mass <= 1e-3 * resolution * total else {
      let share = (sums.last?.mass ?? 0) / total
      throw EstimationError.divergentIntegral(
        toward: sign * .infinity,
        reason: "the last of \(sums.count) intervals, each twice as wide as the one before, still "
          + "has \(share) of it")
    }
    return tail
  }

  private mutating func finish(_ low: Tail, _ high: Tail) throws {
    // What lies beyond the last panels has a share in the tails, however small.
    var running = low.mass
    for i in panels.indices {
      panels[i].below = running
      running += panels[i].mass
    }
    total = running + high.mass
    running = high.mass
    for i in panels.indices.reversed() {
      panels[i].above = running
      running += panels[i].mass
    }
    guard total > 0, total < .infinity else {
      throw EstimationError.setting("the integral of the density is \(total)")
    }
    let error = panels.reduce(0) { $0 + $1.error } / total
    guard error <= 0.25 * resolution else {
      let worst = panels.max { $0.error < $1.error }!
      throw EstimationError.resolutionNotReached(
        at: worst.low / 2 + worst.high / 2, error: error, resolution: resolution)
    }
    for i in panels.indices {
      panels[i].mass /= total
      panels[i].below /= total
      panels[i].above /= total
      for j in panels[i].integral.indices { panels[i].integral[j] /= total }
    }
    let first = panels.reduce(low.first + high.first) { $0 + $1.first } / total
    let second = panels.reduce(low.second + high.second) { $0 + $1.second } / total
    mean = center + first
    variance = first.isFinite ? second - first * first : first.isNaN ? .nan : .infinity
  }

  // MARK: Where to begin

  /// The peaks near the starting points, and those that a look on many scales finds beside them.
  private static func peaks(of curve: LogCurve, _ points: [Double]) throws -> [Peak] {
    var peaks = [try Peak(climbing: curve, from: curve.start(points))]
    func add(_ x: Double, _ value: Double) throws {
      guard value > -.infinity, peaks.count < 32 else { return }
      let peak = try Peak(climbing: curve, from: (x, value))
      if !peaks.contains(where: { abs($0.x - peak.x) <= max($0.left, $0.right) }) {
        peaks.append(peak)
      }
    }
    for x in points { try add(x, try curve(x)) }
    let first = peaks[0]
    for (end, scale) in [
      (curve.support.lowerBound, first.left), (curve.support.upperBound, first.right),
    ] {
      let sign = end > first.x ? 1.0 : -1
      var (distance, value) = (scale, try curve(curve.moved(first.x, by: sign * scale)))
      while distance < abs(end - first.x) / 2, distance < 1e30 * scale {
        let x = curve.moved(first.x, by: sign * distance)
        let next = try curve(x)
        // Where it rises on the way out there is another peak.
        if next > value + 0.1 { try add(x, next) }
        (distance, value) = (1.5 * distance, next)
      }
    }
    return peaks
  }

  /// Edges about the peaks, at distances that double, to the finite ends of the range.
  private static func edges(
    _ peaks: [Peak], _ points: [Double], in support: ClosedRange<Double>
  ) -> [Double] {
    let (low, high) = (support.lowerBound, support.upperBound)
    let (first, last) = (peaks.map(\.x).min()!, peaks.map(\.x).max()!)
    var edges = Set(points)
    for peak in peaks {
      edges.insert(peak.x)
      for (sign, scale) in [(-1.0, peak.left), (1, peak.right)] {
        var distance = scale
        for k in 0..<2100 {
          let x = peak.x + sign * distance
          // Beyond the last peaks tails take over, but toward a finite end nothing does.
          let isInner = sign > 0 ? x < last || high.isFinite : x > first || low.isFinite
          guard x > low, x < high, k < 2 || isInner else { break }
          edges.insert(x)
          distance *= 2
        }
      }
    }
    if low.isFinite { edges.insert(low) }
    if high.isFinite { edges.insert(high) }
    return edges.sorted()
  }
}

extension DensityPanels.Panel {
  /// The integral from `low` to x.
  func integral(to x: Double) -> Double {
    if x <= low { return 0 }
    if x >= high { return mass }
    let half = high / 2 - low / 2
    let t = (x - low) / half - 1
    // Clenshaw's recurrence.
    var (b1, b2) = (0.0, 0.0)
    for j in stride(from: integral.count - 1, to: 0, by: -1) {
      (b1, b2) = (2 * t * b1 - b2 + integral[j], b1)
    }
    return min(mass, max(0, t * b1 - b2 + integral[0]))
  }

  /// The x whose integral from `low` is `part`, or with `upper` whose integral to `high` is.
  func place(of part: Double, fromHigh: Bool) -> Double {
    // Newton's steps, kept inside a bracket.
    var (a, b) = (low, high)
    func rest(_ x: Double) -> Double {
      fromHigh ? part - (mass - integral(to: x)) : integral(to: x) - part
    }
    var x = low + (high - low) * (mass > 0 ? (fromHigh ? 1 - part / mass : part / mass) : 0.5)
    for _ in 0..<200 {
      let error = rest(x)
      if error == 0 { return x }
      if error > 0 { b = x } else { a = x }
      let slope = density(at: x)
      let step = error / slope
      let next = x - step
      let inside = next > a && next < b
      let moved = inside ? next : a / 2 + b / 2
      if moved == x || abs(moved - x) <= 1e-15 * abs(x) || moved <= a || moved >= b { return moved }
      x = moved
    }
    return x
  }

  /// The derivative of the series.
  private func density(at x: Double) -> Double {
    let half = high / 2 - low / 2
    let t = min(1, max(-1, (x - low) / half - 1))
    // sum j c_j U_(j-1)(t).
    var (b1, b2) = (0.0, 0.0)
    for j in stride(from: integral.count - 1, to: 0, by: -1) {
      (b1, b2) = (2 * t * b1 - b2 + Double(j) * integral[j], b1)
    }
    return b1 / half
  }
}
