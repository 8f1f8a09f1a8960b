import Foundation

/// A hat above a density p and squeezes below it, from tangents or secants of the convex function
/// r = 1 / sqrt(p), which is convex wherever log p is concave.
///
/// The hat of a piece is 1 / (r_0 + s (x - x_0))^2, whose integral and its inverse are fractions. It
/// touches the density at x_0, and p / hat falls from there to the other end of the piece, so that the
/// smallest ratio is that at the other end: the squeeze is the hat times that ratio, and a draw of the
/// hat is a draw of the squeeze without a look at the density.
///
/// ## References
/// J. Leydold, "A simple universal generator for continuous and discrete univariate T-concave
/// distributions", ACM TOMS 27 (2001), doi:10.1145/382043.382322.
struct ConcaveHull {
  /// A point of the density: log p, and its derivative (NaN where it is not known).
  struct Node {
    let x, value, slope: Double
  }

  struct Piece: Sendable {
    /// x_0, where the hat touches the density, and the other end of the piece, which may be infinite.
    let touch, far: Double
    /// r_0 and s.
    let root, slope: Double
    /// The integral of the hat.
    let area: Double
    /// squeeze / hat.
    let share: Double

    var low: Double { min(touch, far) }
    var gap: Double { area * (1 - share) }
    func root(at x: Double) -> Double { root + slope * (x - touch) }
  }

  /// What of the support lies between two nodes, or beyond the last one.
  private struct Region {
    // Not an array, of which there would be hundreds.
    var first: Piece?
    var second: Piece?
    /// Where the next node would go, and log p there if it is known.
    var split = Double.nan
    var splitValue: Double?

    var area: Double { (first?.area ?? 0) + (second?.area ?? 0) }
    var gap: Double { (first?.gap ?? 0) + (second?.gap ?? 0) }
  }

  let curve: LogCurve
  let derivative: (@Sendable (Double) throws -> Double)?
  let transform: AdaptiveRejectionSampler.Transform
  /// Log densities are relative to this one, near the highest.
  private(set) var top: Double
  private(set) var nodes: [Node] = []
  private var regions: [Region] = []
  /// Every place at which log p was computed.
  private var seen: [(x: Double, value: Double)] = []

  /// From left to right.
  var pieces: [Piece] {
    var pieces: [Piece] = []
    for region in regions {
      if let piece = region.first { pieces.append(piece) }
      if let piece = region.second { pieces.append(piece) }
    }
    return pieces
  }
  /// How often log p was computed.
  private(set) var evaluations = 0
  /// The integral of the squeezes over that of the hat.
  var squeezeRatio: Double {
    let area = regions.reduce(0) { $0 + $1.area }
    return area < .infinity ? 1 - regions.reduce(0) { $0 + $1.gap } / area : 0
  }

  /// How many nodes a hull may have: its pieces must fit a table of 4,096.
  static let largestCount = 500

  init(
    _ curve: LogCurve, derivative: (@Sendable (Double) throws -> Double)?,
    transform: AdaptiveRejectionSampler.Transform, startingPoints: [Double], squeezeRatio: Double
  ) throws {
    (self.curve, self.derivative, self.transform) = (curve, derivative, transform)
    let peak = try Peak(climbing: curve, from: curve.start(startingPoints))
    top = peak.height
    var places = startingPoints + [peak.x]
    for step in [-peak.left, peak.right] {
      places += [curve.moved(peak.x, by: step), curve.moved(peak.x, by: 2 * step)]
    }
    for x in Set(places).sorted() { try insert(x, nil) }
    try probe(around: peak)
    try checkConcavity()
    try refine(to: squeezeRatio)
    try checkConcavity()
  }

  // MARK: Nodes

  private mutating func value(at x: Double) throws -> Double {
    let value = try curve(x)
    evaluations += 1
    seen.append((x, value))
    return value
  }

  /// Adds a node unless its density is zero, or as good as zero.
  @discardableResult
  private mutating func insert(_ x: Double, _ known: Double?) throws -> Bool {
    let value = try known ?? value(at: x)
    guard root(value) < 1e150 else { return false }
    var slope = Double.nan
    if let derivative {
      slope = try derivative(x)
      guard slope.isFinite else {
        throw EstimationError.setting("the derivative of the log density is \(slope) at \(x)")
      }
    }
    let index = nodes.firstIndex { $0.x >= x } ?? nodes.count
    if index < nodes.count, nodes[index].x == x { return false }
    nodes.insert(Node(x: x, value: value, slope: slope), at: index)
    return true
  }

  private func root(_ value: Double) -> Double { exp((top - value) / 2) }

  // MARK: Regions

  /// The line of r at a node that bounds it from below to the right of the node, or to its left; nil
  /// where a secant would need a node more.
  private func line(at i: Int, rightward: Bool) -> (root: Double, slope: Double)? {
    let (node, value) = (nodes[i], root(nodes[i].value))
    if derivative != nil { return (value, -node.slope / 2 * value) }
    let other = rightward ? i - 1 : i + 1
    guard nodes.indices.contains(other) else { return nil }
    return (value, (root(nodes[other].value) - value) / (nodes[other].x - node.x))
  }

  private func piece(
    touch i: Int, far: Double, value: Double?, _ line: (root: Double, slope: Double)
  ) throws -> Piece {
    let touch = nodes[i].x
    func piece(_ area: Double, _ share: Double) -> Piece {
      Piece(
        touch: touch, far: far, root: line.root, slope: line.slope, area: area, share: share)
    }
    guard let value else {
      let rise = far > touch ? line.slope : -line.slope
      return piece(rise > 0 ? 1 / line.root / rise : .infinity, 0)
    }
    let farRoot = line.root + line.slope * (far - touch)
    guard farRoot > 1e-9 * line.root else { return piece(.infinity, 0) }
    let excess = value - top + 2 * log(farRoot)
    try requireBelowHat(excess, value, far)
    return piece(abs(far - touch) / (line.root * farRoot), min(1, exp(excess)))
  }

  private func requireBelowHat(_ excess: Double, _ value: Double, _ x: Double) throws {
    guard excess <= LogCurve.noise(value, top) else {
      throw violation(
        x,
        "log p is \(value), above its bound from nearby points by \(excess)"
          + (derivative == nil ? "" : ", or the derivative is wrong"))
    }
  }

  private func violation(_ x: Double, _ reason: String) -> EstimationError {
    .notConcave(at: x, reason: "\(transform.name): \(reason)")
  }

  private mutating func region(before i: Int) throws -> Region {
    var region = Region()
    guard i > 0, i < nodes.count else {
      let isLeft = i == 0
      let k = isLeft ? 0 : nodes.count - 1
      let end = isLeft ? curve.support.lowerBound : curve.support.upperBound
      guard let line = line(at: k, rightward: !isLeft) else { return region }
      // An end of the support may be a place where the closure has no value.
      let value: Double? = try end.isFinite ? max(-.infinity, valueAtEnd(end)) : nil
      let piece = try piece(touch: k, far: end, value: value, line)
      region.first = piece
      let touch = piece.touch
      if piece.area < .infinity {
        // Half of the hat's area lies on either side.
        region.split =
          end.isFinite
          ? touch + (end - touch) * piece.root / (piece.root + piece.root(at: end))
          : touch + piece.root / piece.slope
      } else if end.isFinite {
        region.split = touch + (end - touch) / 2
      } else {
        let reach = 4 * (nodes.last!.x - nodes[0].x) + abs(touch).ulp
        region.split = touch + (isLeft ? -reach : reach)
      }
      return region
    }
    let (left, right) = (nodes[i - 1], nodes[i])
    let width = right.x - left.x
    region.split = left.x + width / 2
    let (from, to) = (line(at: i - 1, rightward: true), line(at: i, rightward: false))
    if let from, let to {
      // Any place between the nodes is allowed; at the crossing the hat is lowest.
      let crossing = (to.root - to.slope * width - from.root) / (from.slope - to.slope)
      if crossing > 0.02 * width, crossing < 0.98 * width { region.split = left.x + crossing }
      let value = try value(at: region.split)
      region.splitValue = value
      region.first = try piece(touch: i - 1, far: region.split, value: value, from)
      region.second = try piece(touch: i, far: region.split, value: value, to)
    } else if let from {
      region.first = try piece(touch: i - 1, far: right.x, value: right.value, from)
    } else if let to {
      region.first = try piece(touch: i, far: left.x, value: left.value, to)
    }
    return region
  }

  private func valueAtEnd(_ end: Double) throws -> Double {
    guard let value = try? curve.function(end), !value.isNaN else { return -.infinity }
    if value == .infinity { throw violation(end, "log p is infinite") }
    return value
  }

  // MARK: Refinement

  /// Puts nodes where the gap between hat and squeeze is large, until the squeeze is wide enough.
  private mutating func refine(to ratio: Double) throws {
    var fresh = [Region?](repeating: nil, count: nodes.count + 1)
    for round in 0... {
      regions = []
      for (i, region) in fresh.enumerated() { regions.append(try region ?? self.region(before: i)) }
      let gap = regions.reduce(0) { $0 + $1.gap }
      if squeezeRatio >= ratio { return }
      for region in [regions[0], regions.last!] {
        if let piece = region.first, piece.area == .infinity, round > 40 {
          throw EstimationError.divergentIntegral(
            toward: piece.far, reason: "the density does not fall")
        }
      }
      let average = gap / Double(regions.count)
      fresh = []
      for region in regions {
        if nodes.count < Self.largestCount,
          region.gap > 0.9 * average || !(region.area < .infinity), try split(region)
        {
          fresh += [nil, nil]
        } else {
          fresh.append(region)
        }
      }
      if fresh.count == regions.count || nodes.count >= Self.largestCount {
        guard squeezeRatio > 0.5 else {
          throw EstimationError.setting(
            "a hat of \(nodes.count) points has a squeeze of \(squeezeRatio) of it only")
        }
        return
      }
      guard derivative == nil else { continue }
      // A secant reaches one region further.
      let isNew = fresh.map { $0 == nil }
      for i in fresh.indices where isNew[max(0, i - 1)] || isNew[min(i + 1, isNew.count - 1)] {
        fresh[i] = nil
      }
    }
  }

  private mutating func split(_ region: Region) throws -> Bool {
    let touch = region.first?.touch ?? nodes[0].x
    var (x, known) = (region.split, region.splitValue)
    // Far out, where the density is as good as zero, there is no line: nearer, then.
    for _ in 0..<100 {
      guard x != touch, x > curve.support.lowerBound, x < curve.support.upperBound else { break }
      if try insert(x, known) { return true }
      (x, known) = (touch + (x - touch) / 4, nil)
    }
    return false
  }

  // MARK: Concavity

  /// Looks at the density on many scales on either side of its peak, so that another mode, or a tail that
  /// falls ever more slowly, is seen before the first draw.
  private mutating func probe(around peak: Peak) throws {
    for (end, scale) in [
      (curve.support.lowerBound, peak.left), (curve.support.upperBound, peak.right),
    ] {
      let sign = end > peak.x ? 1.0 : -1
      var distance = scale / 4
      for k in 0..<120 {
        guard distance < abs(end - peak.x) / 2, distance < 1e300 else { break }
        _ = try value(at: peak.x + sign * distance)
        distance *= k < 12 ? 2.0.squareRoot() : k < 60 ? 2 : 65536
      }
      guard end.isFinite else { continue }
      var rest = abs(end - peak.x) / 2
      for _ in 0..<60 {
        let x = end - sign * rest
        guard x != end else { break }
        _ = try value(at: x)
        rest /= 2
      }
    }
  }

  /// Each log density is above the chord of its neighbours, and below the tangents at the nodes next to
  /// it.
  private mutating func checkConcavity() throws {
    seen.sort { $0.x < $1.x }
    var distinct = 0
    for place in seen where distinct == 0 || place.x > seen[distinct - 1].x {
      seen[distinct] = place
      distinct += 1
    }
    seen.removeSubrange(distinct...)
    if let first = seen.firstIndex(where: { $0.value > -.infinity }),
      let last = seen.lastIndex(where: { $0.value > -.infinity }),
      let hole = seen[first..<last].first(where: { $0.value == -.infinity })
    {
      throw violation(
        hole.x, "the density is zero, but not at \(seen[first].x) and \(seen[last].x)")
    }
    for i in 1..<max(1, seen.count - 1) {
      let (a, b, c) = (seen[i - 1], seen[i], seen[i + 1])
      let weight = c.x / 2 - a.x / 2
      let (left, right) = ((c.x / 2 - b.x / 2) / weight, (b.x / 2 - a.x / 2) / weight)
      let chord: Double
      switch transform {
      case .logarithm: chord = left * a.value + right * c.value
      case .inverseSquareRoot:
        let root = left * root(a.value) + right * root(c.value)
        chord = root < .infinity ? top - 2 * log(root) : -.infinity
      }
      let noise =
        left * LogCurve.noise(a.value, top) + right * LogCurve.noise(c.value, top)
        + LogCurve.noise(b.value, top)
      if b.value < chord - noise {  // never with an infinite one
        throw violation(
          b.x, "log p is \(b.value), below the chord of its values at \(a.x) and \(c.x), \(chord)")
      }
    }
    guard derivative != nil else { return }
    for i in nodes.indices.dropFirst() {
      let (a, b) = (nodes[i - 1], nodes[i])
      for (from, to) in [(a, b), (b, a)] {
        let bound: Double
        switch transform {
        case .logarithm: bound = from.value + from.slope * (to.x - from.x)
        case .inverseSquareRoot:
          let root = root(from.value) * (1 - from.slope / 2 * (to.x - from.x))
          bound = root > 0 ? top - 2 * log(root) : .infinity
        }
        try requireBelowHat(to.value - bound, to.value, to.x)
      }
    }
  }
}

extension LogCurve {
  /// How far a log density may be off by rounding, in whatever the closure computes.
  static func noise(_ value: Double, _ top: Double) -> Double {
    0x1p-34 * (1 + abs(value) + abs(top))
  }
}
