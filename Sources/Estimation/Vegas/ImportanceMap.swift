import Foundation

/// VEGAS's change of variables: each axis of the unit cube is cut into increments, and the map takes
/// equal steps of y to the increments of t, so that small increments draw many points.
struct ImportanceMap: Sendable {
  /// How many increments each axis has, `[dimension]`.
  private(set) var increments: [Int]
  /// Where each axis begins in what the map learns from, `[dimension]`, and how long that is.
  private(set) var offsets: [Int]
  private(set) var binCount: Int
  /// The ends of the increments, axis after axis, increments + 1 each.
  private(set) var edges: [Double]

  /// The identity.
  init(increments: [Int]) {
    self.init(axes: increments.map { count in (0...count).map { Double($0) / Double(count) } })
  }

  private init(axes: [[Double]]) {
    increments = axes.map { $0.count - 1 }
    offsets = []
    binCount = 0
    for count in increments {
      offsets.append(binCount)
      binCount += count
    }
    edges = axes.flatMap { $0 }
  }

  /// Where the edges of an axis begin.
  @inline(__always)
  func edgeOffset(_ axis: Int) -> Int { offsets[axis] + axis }

  /// Moves the increments so that each has the same share of the training data.
  ///
  /// - Parameters:
  ///   - data: what an iteration on this map saw, for each aim; they count alike.
  ///   - damping: alpha; 0 leaves the map alone.
  ///   - counts: how many increments an axis should have, given the noise in its data.
  mutating func refine(
    _ data: [TrainingData], damping: Double, counts: (_ axis: Int, _ noise: Double) -> Int
  ) {
    guard damping > 0 else { return }
    let aims = data.count
    self = ImportanceMap(
      axes: increments.indices.map { axis in
        let first = edgeOffset(axis)
        let old = Array(edges[first...first + increments[axis]])
        let bins = offsets[axis]..<offsets[axis] + increments[axis]
        var means = [Double](repeating: 0, count: bins.count)
        for data in data {
          let part = bins.map { data.mean($0) }
          let total = part.reduce(0, +)
          guard total > 0, total.isFinite else { continue }
          let unit = aims > 1 ? total : 1
          means = zip(means, part).map { $0 + $1 / unit }
        }
        guard let shares = Self.shares(of: means, damping: damping) else { return old }
        let noise = data.map { $0.noise(bins) }.max()!
        return Self.redistributed(old, shares, into: counts(axis, noise))
      })
  }

  /// Smoothed, normalised and compressed: what of an axis each increment should give away. Nil where
  /// there is nothing to learn.
  private static func shares(of means: [Double], damping: Double) -> [Double]? {
    let last = means.count - 1
    let smooth = means.indices.map { bin in
      (means[max(0, bin - 1)] + 6 * means[bin] + means[min(last, bin + 1)]) / 8
    }
    let total = smooth.reduce(0, +)
    guard total > 0, total.isFinite else { return nil }
    return smooth.map { value in
      let share = value / total
      // (1 - s) / ln(1 / s), whose limit at one is one.
      if share <= 0 { return 0 }
      let compressed = share >= 1 - 1e-12 ? 1 : (share - 1) / log(share)
      return pow(compressed, damping)
    }
  }

  /// By how much the length of increments may grow for each unit of length.
  private static let grading = 3.0

  /// New edges, `count` + 1 of them, at equal steps of the integral of dt / h(t).
  ///
  /// h is the length that increments should have: step w / share inside an old one of length w, but
  /// nowhere growing faster than `grading`. Where f jumps to zero, nothing would be left to draw on
  /// the far side: one increment would reach from this side of the jump to the end, and the few points
  /// in it that find f would have enormous weights.
  private static func redistributed(
    _ old: [Double], _ shares: [Double], into count: Int
  ) -> [Double] {
    let bins = shares.indices
    let step = shares.reduce(0, +) / Double(count)
    let widths = bins.map { old[$0 + 1] - old[$0] }
    let lengths = bins.map { shares[$0] > 0 ? step * widths[$0] / shares[$0] : .infinity }
    // What the neighbours allow at the two ends of each increment.
    var left = [Double](repeating: .infinity, count: bins.count)
    var right = left
    for bin in bins.dropFirst() {
      left[bin] = min(lengths[bin - 1], left[bin - 1] + grading * widths[bin - 1])
    }
    for bin in bins.dropLast().reversed() {
      right[bin] = min(lengths[bin + 1], right[bin + 1] + grading * widths[bin + 1])
    }
    // Pieces on which h is constant, rises or falls.
    var pieces: [Piece] = []
    for bin in bins where widths[bin] > 0 {
      pieces += Piece.pieces(
        old[bin], widths[bin], length: lengths[bin], left: left[bin], right: right[bin],
        slope: grading)
    }
    let total = pieces.reduce(0) { $0 + $1.steps }
    guard total > 0, total.isFinite else { return old }
    var edges = [old[0]]
    edges.reserveCapacity(count + 1)
    var (piece, passed) = (0, 0.0)
    for edge in 1..<max(1, count) {
      let wanted = total * Double(edge) / Double(count)
      while piece < pieces.count - 1, passed + pieces[piece].steps < wanted {
        passed += pieces[piece].steps
        piece += 1
      }
      edges.append(max(edges.last!, pieces[piece].place(after: wanted - passed)))
    }
    edges.append(old.last!)
    return edges
  }

  /// A piece of an axis on which the length h of increments is start + slope (t - lower).
  private struct Piece {
    let lower: Double
    let width: Double
    let start: Double
    let slope: Double

    /// The integral of dt / h.
    var steps: Double {
      slope == 0 ? width / start : log1p(slope * width / start) / slope
    }

    /// The t with so many steps below it.
    func place(after steps: Double) -> Double {
      let distance = slope == 0 ? steps * start : start * expm1(slope * steps) / slope
      return lower + min(width, max(0, distance))
    }

    /// min(length, left + slope (t - lower), right + slope (upper - t)).
    static func pieces(
      _ lower: Double, _ width: Double, length: Double, left: Double, right: Double, slope: Double
    ) -> [Piece] {
      if slope == 0 || (left >= length && right >= length) {
        return [Piece(lower: lower, width: width, start: length, slope: 0)]
      }
      // Where the rise from the left and the fall to the right meet, and where they meet the middle.
      let meeting = min(width, max(0, (right + slope * width - left) / (2 * slope)))
      let peak = left + slope * meeting
      let (rise, fall): (Double, Double)
      if left.isInfinite {
        rise = 0
        fall = length.isInfinite ? width : min(width, max(0, (length - right) / slope))
      } else if right.isInfinite {
        rise = length.isInfinite ? width : min(width, max(0, (length - left) / slope))
        fall = 0
      } else if peak <= length {
        (rise, fall) = (meeting, width - meeting)
      } else {
        (rise, fall) = (max(0, (length - left) / slope), max(0, (length - right) / slope))
      }
      var pieces: [Piece] = []
      if rise > 0 { pieces.append(Piece(lower: lower, width: rise, start: left, slope: slope)) }
      if width - rise - fall > 0 {
        pieces.append(
          Piece(lower: lower + rise, width: width - rise - fall, start: length, slope: 0))
      }
      if fall > 0 {
        pieces.append(
          Piece(
            lower: lower + width - fall, width: fall, start: right + slope * fall, slope: -slope))
      }
      return pieces
    }
  }
}

/// What the map learns from: of g = f times Jacobian, in every increment of every axis.
struct TrainingData: Sendable {
  /// Each point counts as much as the volume that it stands for.
  private var weights: [Double]
  private var squares: [Double]
  private var fourths: [Double]

  init(bins: Int) {
    weights = [Double](repeating: 0, count: bins)
    (squares, fourths) = (weights, weights)
  }

  @inline(__always)
  mutating func add(_ square: Double, weight: Double, bin: Int) {
    weights[bin] += weight
    squares[bin] += weight * square
    fourths[bin] += weight * square * square
  }

  mutating func merge(_ other: TrainingData) {
    for bin in weights.indices {
      weights[bin] += other.weights[bin]
      squares[bin] += other.squares[bin]
      fourths[bin] += other.fourths[bin]
    }
  }

  /// What the data would be had every g been multiplied by `unit`.
  mutating func scale(by unit: Double) {
    for bin in weights.indices {
      squares[bin] *= unit * unit
      fourths[bin] *= unit * unit * unit * unit
    }
  }

  /// The mean of g^2.
  func mean(_ bin: Int) -> Double { weights[bin] > 0 ? squares[bin] / weights[bin] : 0 }

  /// The variance of g^2 inside the increments, relative to its mean square.
  func noise(_ bins: Range<Int>) -> Double {
    var (variance, square) = (0.0, 0.0)
    for bin in bins where weights[bin] > 0 {
      variance += max(0, fourths[bin] - squares[bin] * squares[bin] / weights[bin])
      square += squares[bin] * squares[bin] / weights[bin]
    }
    return square > 0 ? variance / square : 0
  }
}
