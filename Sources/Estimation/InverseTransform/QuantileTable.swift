import Foundation

/// A quantile function as polynomials of the seventh degree on pieces, found from a guide table.
///
/// On a piece x interpolates the inverse of the cumulative probability F at Chebyshev's places in x
/// (Newton's divided differences, as PINV has them). Pieces are halved until F(x(u)) is within half the
/// resolution of u between all these places; one that has less probability than that is a straight line.
struct QuantileTable: Sendable {
  private static let degree = 7

  fileprivate struct Piece {
    /// Where it starts, and one over the probability that it has.
    let start, rate: Double
    /// x = base + v (c_1 + v (c_2 + ...)) with v from 0 to 1.
    let base, c1, c2, c3, c4, c5, c6, c7: Double
  }

  /// Rising; one more than there are, which no u reaches.
  private var pieces: [Piece] = []
  /// Entry k is the piece of u = k / (guide.count - 1).
  private var guide: [Int32] = []
  private let low, high: Double

  /// How many pieces there are.
  var count: Int { pieces.count - 1 }

  init(_ density: DensityPanels) throws {
    let support = density.curve.support
    (low, high) = (support.lowerBound, support.upperBound)
    let limit = density.resolution / 2
    for panel in density.panels {
      var waiting = [(low: panel.low, high: panel.high, start: 0.0, end: panel.mass)]
      while let (low, high, start, end) = waiting.popLast() {
        guard end > start else { continue }
        if let piece = Self.piece(of: panel, low, high, start, end, limit: limit) {
          pieces.append(piece)
          continue
        }
        let middle = low / 2 + high / 2
        if end - start <= limit || middle <= low || middle >= high {
          guard end - start <= 2 * limit else {
            throw EstimationError.resolutionNotReached(
              at: middle, error: end - start, resolution: density.resolution)
          }
          pieces.append(
            Piece(
              start: panel.below + start, rate: 1 / (end - start), base: low, c1: high - low, c2: 0,
              c3: 0, c4: 0, c5: 0, c6: 0, c7: 0))
          continue
        }
        let part = panel.integral(to: middle)
        waiting.append((middle, high, part, end))
        waiting.append((low, middle, start, part))
      }
    }
    var cells = 1
    // So many that the search seldom takes a step.
    while cells < 16 * pieces.count, cells < 1 << 16 { cells *= 2 }
    pieces.append(
      Piece(
        start: .infinity, rate: 0, base: 0, c1: 0, c2: 0, c3: 0, c4: 0, c5: 0, c6: 0, c7: 0))
    guide.reserveCapacity(cells + 1)
    var piece = 0
    for k in 0...cells {
      while pieces[piece + 1].start <= Double(k) / Double(cells) { piece += 1 }
      guide.append(Int32(piece))
    }
  }

  /// The places of the nodes in a piece, from 0 to 1.
  private static let nodes: [Double] = (0...degree).map {
    0.5 - 0.5 * cos(Double($0) * .pi / Double(degree))
  }

  /// The polynomial of a piece, or nil if it misses by more than the limit.
  private static func piece(
    of panel: DensityPanels.Panel, _ low: Double, _ high: Double, _ start: Double, _ end: Double,
    limit: Double
  ) -> Piece? {
    let (width, mass) = (high - low, end - start)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * (degree + 1)) { memory in
      // v at the nodes, and what starts as x / width there and becomes the divided differences.
      let v = UnsafeMutableBufferPointer(rebasing: memory[0...degree])
      let c = UnsafeMutableBufferPointer(rebasing: memory[(degree + 1)...])
      for j in 0...degree {
        let part =
          j == 0 ? start : j == degree ? end : panel.integral(to: low + width * nodes[j])
        v.initializeElement(at: j, to: (part - start) / mass)
        c.initializeElement(at: j, to: nodes[j])
        if j > 0, !(v[j] > v[j - 1]) { return nil }
      }
      for order in 1...degree {
        for j in stride(from: degree, through: order, by: -1) {
          c[j] = (c[j] - c[j - 1]) / (v[j] - v[j - order])
        }
      }
      // From products of v - v_j to powers of v.
      for j in stride(from: degree - 1, through: 0, by: -1) {
        for k in j..<degree { c[k] -= v[j] * c[k + 1] }
      }
      let piece = Piece(
        start: panel.below + start, rate: 1 / mass, base: low, c1: width * c[1], c2: width * c[2],
        c3: width * c[3], c4: width * c[4], c5: width * c[5], c6: width * c[6], c7: width * c[7])
      var last = low
      for j in 0..<degree {
        let between = (v[j] + v[j + 1]) / 2
        let x = value(piece, between)
        let error = panel.integral(to: x) - (start + between * mass)
        guard abs(error) <= limit, x >= last, x <= high else { return nil }
        last = x
      }
      return piece
    }
  }

  @inline(__always)
  private static func value(_ piece: Piece, _ v: Double) -> Double {
    let (v2, low) = (v * v, piece.c1 + piece.c2 * v)
    let (middle, high) = (piece.c3 + piece.c4 * v, piece.c5 + piece.c6 * v + piece.c7 * v2)
    return piece.base + v * (low + v2 * (middle + v2 * high))
  }

  /// The tables where they are, for a loop of draws.
  struct Reader {
    fileprivate let pieces: UnsafePointer<Piece>
    fileprivate let guide: UnsafePointer<Int32>
    fileprivate let cells: Double
    fileprivate let low, high: Double

    /// The quantile of u in [0, 1].
    @inline(__always)
    func quantile(_ u: Double) -> Double {
      var i = Int(guide[Int(truncatingIfNeeded: Int64(u * cells))])
      while pieces[i &+ 1].start <= u { i &+= 1 }
      let piece = pieces[i]
      let place = (u - piece.start) * piece.rate
      let x = QuantileTable.value(piece, place > 1 ? 1 : place)
      let below = x > high ? high : x
      return below < low ? low : below
    }

    /// Each u becomes its quantile.
    @inline(never)
    func replace(_ values: UnsafeMutableBufferPointer<Double>) {
      let reader = self
      guard let memory = values.baseAddress else { return }
      var i = 0
      while i < values.count {
        memory[i] = reader.quantile(memory[i])
        i &+= 1
      }
    }
  }

  @inline(__always)
  func withReader<Result>(_ body: (Reader) throws -> Result) rethrows -> Result {
    try pieces.withUnsafeBufferPointer { pieces in
      try guide.withUnsafeBufferPointer { guide in
        try body(
          Reader(
            pieces: pieces.baseAddress!, guide: guide.baseAddress!,
            cells: Double(guide.count - 1), low: low, high: high))
      }
    }
  }
}
