extension Tensor {
  /// The sum of products that Einstein's notation names: "ij,jk->ik" is the matrix product, "ii->i" the
  /// diagonal, "i,j->ij" the outer product, "ij->" the sum. Letters name axes; those that are not in the
  /// result are summed over. Without an arrow the result has the letters that stand once, in the order of the
  /// alphabet.
  public static func einsum(
    _ notation: String, _ operands: Tensor..., file: String = #fileID, line: Int = #line
  ) -> Tensor {
    let site = Site(file, line)
    func fail(_ reason: String) -> Tensor {
      impossible("einsum \"\(notation)\"", operands, reason: reason, site: site)
    }
    if let failure = operands.lazy.compactMap(\.failure).first { return Tensor(failure: failure) }
    var sides = notation.filter { $0 != " " }.split(
      separator: "->", maxSplits: 1, omittingEmptySubsequences: false)
    if sides.count == 1 {
      let letters = sides[0].filter { $0 != "," }
      let single = letters.filter { letter in letters.filter { $0 == letter }.count == 1 }
      sides.append(Substring(String(single.sorted())))
    }
    let names = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    let result = Array(sides[1])
    guard names.count == operands.count, !operands.isEmpty else {
      return fail("the notation names \(names.count) operands")
    }
    var extents: [Character: Int] = [:]
    for (axes, operand) in zip(names, operands) {
      guard axes.count == operand.rank else { return fail("the numbers of axes do not fit") }
      for (axis, extent) in zip(axes, operand.shape) {
        guard extents[axis, default: extent] == extent else {
          return fail("axis \(axis) has two extents")
        }
        extents[axis] = extent
      }
    }
    guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
      return fail("an axis of the result is unknown or named twice")
    }
    var terms = zip(names, operands).map { Term(axes: $0, tensor: $1).withoutRepeats }
    while terms.count > 1 {
      let right = terms.removeLast()
      let left = terms.removeLast()
      // An axis that nobody needs any more can be summed over.
      let needed = Set(result).union(terms.flatMap(\.axes))
      terms.append(left.product(right, keeping: needed))
    }
    return terms[0].summed(keeping: Set(result)).ordered(result).tensor
  }
}

/// A tensor whose axes have names.
private struct Term {
  let axes: [Character]
  let tensor: Tensor

  /// Axes named twice become the diagonal.
  var withoutRepeats: Term {
    for (first, axis) in axes.enumerated() {
      guard let second = axes.lastIndex(of: axis), second != first else { continue }
      // The two axes last, then as one.
      let others = axes.indices.filter { $0 != first && $0 != second }
      let size = tensor.shape[first]
      let flat = tensor.transposed(others + [first, second])
        .reshaped(others.map { tensor.shape[$0] } + [size * size])
        .gathered((0..<size).map { $0 * (size + 1) }, axis: others.count)
      return Term(axes: others.map { axes[$0] } + [axis], tensor: flat).withoutRepeats
    }
    return self
  }

  func summed(keeping needed: Set<Character>) -> Term {
    guard let index = axes.firstIndex(where: { !needed.contains($0) }) else { return self }
    var rest = axes
    rest.remove(at: index)
    return Term(axes: rest, tensor: tensor.sum(axis: index)).summed(keeping: needed)
  }

  func ordered(_ order: [Character]) -> Term {
    Term(axes: order, tensor: tensor.transposed(order.map { axes.firstIndex(of: $0)! }))
  }

  /// As a batch of matrix products, over the axes that both have and that are needed.
  func product(_ other: Term, keeping needed: Set<Character>) -> Term {
    let left = summed(keeping: needed.union(other.axes))
    let right = other.summed(keeping: needed.union(axes))
    let shared = left.axes.filter { right.axes.contains($0) }
    let batch = shared.filter { needed.contains($0) }
    let inner = shared.filter { !needed.contains($0) }
    let rows = left.axes.filter { !shared.contains($0) }
    let columns = right.axes.filter { !shared.contains($0) }
    let (a, b) = (left.ordered(batch + rows + inner), right.ordered(batch + inner + columns))
    func size(_ names: [Character], _ term: Term) -> Int {
      names.reduce(1) { $0 * term.tensor.shape[term.axes.firstIndex(of: $1)!] }
    }
    let (m, k, n, count) = (size(rows, a), size(inner, a), size(columns, b), size(batch, a))
    let product = a.tensor.reshaped([count, m, k]).product(b.tensor.reshaped([count, k, n]))
    let extents =
      (batch + rows).map { a.tensor.shape[a.axes.firstIndex(of: $0)!] }
      + columns.map { b.tensor.shape[b.axes.firstIndex(of: $0)!] }
    return Term(axes: batch + rows + columns, tensor: product.reshaped(extents))
  }
}
