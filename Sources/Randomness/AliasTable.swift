/// A table to draw from a fixed set of categories in constant time (A. J. Walker's alias method).
///
/// The unit interval is cut into `count` cells of one width. Cell i belongs to category i up to its
/// edge and to one other category, its alias, from there on. A draw takes one uniform u: it falls
/// into cell i = floor(count u), and is i where count u lies below the edge.
///
/// The probabilities of the draws are those asked for within a few 2^-53. The table is made by
/// additions, products and quotients in a fixed order, so it is the same on every machine.
///
/// - Complexity: O(count) to make, O(1) a draw.
///
/// ## References
/// A. J. Walker, ACM TOMS 3 (1977), doi:10.1145/355744.355749; M. D. Vose, IEEE Trans. Softw. Eng. 17
/// (1991), doi:10.1109/32.92917.
public struct AliasTable: Sendable, Hashable {
  /// A cell. The vector kernels read these as pairs of 64-bit words.
  @usableFromInline
  struct Cell: Sendable, Hashable {
    /// The cell's number plus the fraction of it that is its own category's.
    @usableFromInline var edge: Double
    @usableFromInline var alias: Int
  }

  @usableFromInline let cells: [Cell]

  /// How many categories there are.
  public var count: Int { cells.count }

  /// - Parameter probabilities: from 1 to 2^30 weights, none negative, their sum positive and finite;
  ///   they are divided by their sum.
  public init(probabilities weights: [Double]) {
    let count = weights.count
    precondition(count > 0 && count <= 1 << 30, "\(count) categories")
    var sum = 0.0
    for weight in weights {
      precondition(weight >= 0, "the weight \(weight) is negative")
      sum += weight
    }
    precondition(sum > 0 && sum.isFinite, "the weights have the sum \(sum)")

    // How much of a cell each category has left; a list of those with less than one, which grows from
    // below, and behind its end those with more.
    let cellsPerWeight = Double(count) / sum
    var shares = [Double](repeating: 0, count: count)
    var order = [Int](repeating: 0, count: count)
    var (end, start) = (0, count)
    for (i, weight) in weights.enumerated() {
      // Where the quotient overflows the weights are tiny, and are divided first.
      let share = cellsPerWeight.isFinite ? weight * cellsPerWeight : weight / sum * Double(count)
      shares[i] = share
      if share < 1 {
        order[end] = i
        end += 1
      } else {
        start -= 1
        order[start] = i
      }
    }

    // Each small share gets its cell, and a large one the rest of it. A large share that has become a
    // small one joins the list, at whose end it stands already. Rounding may leave some over: they
    // keep their cells to themselves.
    var cells = (0..<count).map { Cell(edge: Double($0 + 1), alias: $0) }
    var next = 0
    while next < end, end < count {
      let (small, large) = (order[next], order[end])
      cells[small] = Cell(edge: Double(small) + shares[small], alias: large)
      shares[large] -= 1 - shares[small]
      next += 1
      if shares[large] < 1 { end += 1 }
    }
    // But not those that cannot occur.
    if next < end {
      let likely = weights.enumerated().max { $0.element < $1.element }!.offset
      for small in order[next..<end] where weights[small] == 0 {
        cells[small] = Cell(edge: Double(small), alias: likely)
      }
    }
    self.cells = cells
  }

  /// One draw, from one output of the generator.
  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    // The product rounds to something below the count, as u is at most 1 - 2^-53.
    let place = generator.nextUnit() * Double(cells.count)
    let cell = Int(place)
    return place < cells[cell].edge ? cell : cells[cell].alias
  }
}
