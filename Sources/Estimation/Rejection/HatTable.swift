import Foundation
import Randomness

/// A hat cut into cells of equal probability, so that 64 bits and two fractions give a draw of it, and
/// whether it lies under the squeeze.
///
/// The parts of the hat, each piece's squeeze and the gap above it, share the cells by Walker's alias
/// method: the upper bits of a number name the cell, the rest the part and the place in it.
struct HatTable: Sendable {
  /// One of the two parts that share a cell: with u in its share of (0, 1), a draw of the part is
  /// touch + (n0 + n1 u) / (d0 + d1 u).
  fileprivate struct Part {
    let touch, n0, n1, d0, d1: Double
    /// The piece if it is a gap, or -1.
    let gap: Int
  }

  let pieces: [ConcaveHull.Piece]
  let support: ClosedRange<Double>
  /// How many bits name a cell; at most 12, so that 52 are left.
  private let bits: UInt64
  /// Up to where the first of a cell's parts goes, from 0 to 1.
  private let edges: [Double]
  /// `[cells, 2]`.
  private let parts: [Part]

  init(_ pieces: [ConcaveHull.Piece], support: ClosedRange<Double>) {
    (self.pieces, self.support) = (pieces, support)
    let largest = pieces.reduce(0) { max($0, $1.area) }
    // Piece i is part 2i under the squeeze and 2i + 1 above it.
    var weights = [Double](repeating: 0, count: 2 * pieces.count)
    for (i, piece) in pieces.enumerated() {
      weights[2 * i] = piece.area / largest * piece.share
      weights[2 * i + 1] = piece.area / largest * (1 - piece.share)
    }
    var bits: UInt64 = 1
    while 1 << bits < weights.count { bits += 1 }
    self.bits = bits
    let (edges, aliases) = Self.alias(weights, cells: 1 << bits)
    self.edges = edges
    func part(_ k: Int, from low: Double, to high: Double) -> Part {
      guard k < weights.count, high > low else {
        return Part(touch: 0, n0: 0, n1: 0, d0: 1, d1: 0, gap: -1)
      }
      let piece = pieces[k / 2]
      // touch + p t / (1 - q t) for t = (u - low) / (high - low).
      let p: Double
      let q: Double
      if piece.far.isFinite {
        let ratio = piece.root / piece.root(at: piece.far)
        (p, q) = ((piece.far - piece.touch) * ratio, 1 - ratio)
      } else {
        (p, q) = (piece.root / piece.slope, 1)
      }
      let width = high - low
      return Part(
        touch: piece.touch, n0: -p * low / width, n1: p / width, d0: 1 + q * low / width,
        d1: -q / width, gap: k % 2 == 0 ? -1 : k / 2)
    }
    var parts: [Part] = []
    parts.reserveCapacity(2 * edges.count)
    for cell in edges.indices {
      parts.append(part(cell, from: 0, to: edges[cell]))
      parts.append(part(aliases[cell], from: edges[cell], to: 1))
    }
    self.parts = parts
  }

  /// Walker's table by Vose's method: cell i is i's own up to its edge, and its alias's from there.
  private static func alias(
    _ weights: [Double], cells: Int
  ) -> (edges: [Double], aliases: [Int]) {
    let perWeight = Double(cells) / weights.reduce(0, +)
    var shares =
      weights.map { $0 * perWeight } + [Double](repeating: 0, count: cells - weights.count)
    var (edges, aliases) = ([Double](repeating: 1, count: cells), Array(0..<cells))
    var small = shares.indices.filter { shares[$0] < 1 }
    var large = shares.indices.filter { shares[$0] >= 1 }
    while let i = small.popLast(), let j = large.last {
      (edges[i], aliases[i]) = (shares[i], j)
      shares[j] -= 1 - shares[i]
      if shares[j] < 1 {
        large.removeLast()
        small.append(j)
      }
    }
    // Rounding leaves some over: they keep their cells, unless they cannot occur.
    let likely = weights.indices.max { weights[$0] < weights[$1] }!
    for i in 0..<cells where aliases[i] == i && (i >= weights.count || weights[i] == 0) {
      (edges[i], aliases[i]) = (0, likely)
    }
    return (edges, aliases)
  }

  /// The tables where they are, for a loop of draws.
  struct Reader {
    fileprivate let edges: UnsafePointer<Double>
    fileprivate let parts: UnsafePointer<Part>
    fileprivate let bits: UInt64
    fileprivate let low, high: Double

    /// A draw of the hat, and the piece above whose squeeze it lies, or -1.
    @inline(__always)
    func draw(_ word: UInt64) -> (x: Double, gap: Int) {
      let cell = Int(truncatingIfNeeded: word &>> (64 &- bits))
      let u = (Double(Int64(truncatingIfNeeded: (word &<< bits) >> 12)) + 0.5) * 0x1p-52
      let part = parts[2 &* cell &+ (u < edges[cell] ? 0 : 1)]
      let x = part.touch + (part.n0 + part.n1 * u) / (part.d0 + part.d1 * u)
      // Written so that it is two instructions.
      let below = x > high ? high : x
      return (below < low ? low : below, part.gap)
    }

    /// As many draws of the hat as there is room for, and which of them lie above a squeeze.
    ///
    /// - Returns: how many `gaps` there are.
    @inline(never)
    func draw(
      _ words: UnsafePointer<UInt64>, _ values: UnsafeMutableBufferPointer<Double>,
      _ gaps: UnsafeMutablePointer<(place: Int, piece: Int)>
    ) -> Int {
      let reader = self
      guard let output = values.baseAddress else { return 0 }
      var count = 0
      var i = 0
      while i < values.count {
        let (x, gap) = reader.draw(words[i])
        output[i] = x
        // Every draw writes, and the next one overwrites it: no branch that nobody can foretell.
        gaps[count] = (i, gap)
        count &+= gap < 0 ? 0 : 1
        i &+= 1
      }
      return count
    }
  }

  @inline(__always)
  func withReader<Result>(_ body: (Reader) throws -> Result) rethrows -> Result {
    try edges.withUnsafeBufferPointer { edges in
      try parts.withUnsafeBufferPointer { parts in
        try body(
          Reader(
            edges: edges.baseAddress!, parts: parts.baseAddress!, bits: bits,
            low: support.lowerBound, high: support.upperBound))
      }
    }
  }
}
