internal import LinearAlgebra

extension Graph {
  /// Sums, and sums of squares, of vectors that are affine functions of fewer numbers, with constant
  /// coefficients: they are computed from a triangle instead of all rows.
  ///
  /// With r = A x + c and the factorisation [A, c] = Q R, |r|^2 is |R [x, 1]|^2: a Gaussian whose mean is
  /// linear in its parameters costs p^2 operations, however many observations it has.
  ///
  /// A. Bjorck, *Numerical Methods for Least Squares Problems*, SIAM (1996), chapter 2.
  func reducingToSufficientStatistics() -> Graph {
    var forms: [AffineForm?] = []
    return rewritten { graph, node in
      let result =
        graph.sum(node, forms) ?? graph.keep(node)
      while forms.count < graph.nodes.count {
        let index = forms.count
        forms.append(graph.affineForm(of: index, forms))
      }
      return result
    }
  }

  /// The sum of an affine form or of its squares; nil where there is nothing to gain.
  private mutating func sum(_ node: Trace.Node, _ forms: [AffineForm?]) -> Int? {
    guard case .sum(let axis) = node.operation, node.shape.isEmpty,
      nodes[node.operands[0]].shape[axis] == nodes[node.operands[0]].count
    else { return nil }
    let x = node.operands[0]
    if let form = forms[x], form.saves { return linearSum(form) }
    guard case .map(.square) = nodes[x].operation, let form = forms[nodes[x].operands[0]],
      form.saves
    else { return nil }
    return squaredNorm(form)
  }

  /// 1' A x + 1' c.
  private mutating func linearSum(_ form: AffineForm) -> Int {
    let sums = form.columns.map { column in column.reduce(0, +) }
    let row = append(.constant(sums), shape: [sums.count])
    let product = append(
      .combine(.multiply), [row, numbers(form)], shape: [sums.count])
    let sum = append(.sum(axis: 0), [product], shape: [])
    let rest = append(.constant([form.constant.reduce(0, +)]), shape: [])
    return append(.combine(.add), [sum, rest], shape: [])
  }

  private mutating func squaredNorm(_ form: AffineForm) -> Int? {
    let p = form.columns.count
    let rows = form.constant.count
    var matrix = Matrix(rows: rows, columns: p + 1)
    for (j, column) in (form.columns + [form.constant]).enumerated() {
      for i in 0..<rows { matrix[i, j] = column[i] }
    }
    guard let upper = (try? QRFactorization(matrix))?.upper else { return nil }
    let triangle = (0..<p).flatMap { i in (0..<p).map { upper[i, $0] } }
    let last = (0..<p).map { upper[$0, p] }
    let left = append(.constant(triangle), shape: [p, p])
    let vector = append(.reshape, [numbers(form)], shape: [p, 1])
    let product = append(
      .matrixProduct(transposesLeft: false, transposesRight: false), [left, vector],
      shape: [p, 1])
    let image = append(.reshape, [product], shape: [p])
    let residual = append(
      .combine(.add), [append(.constant(last), shape: [p]), image], shape: [p])
    let square = append(.map(.square), [residual], shape: [p])
    let sum = append(.sum(axis: 0), [square], shape: [])
    let rest = append(.constant([upper[p, p] * upper[p, p]]), shape: [])
    return append(.combine(.add), [sum, rest], shape: [])
  }

  /// What the form is a function of, in one vector.
  private mutating func numbers(_ form: AffineForm) -> Int {
    let parts = form.variables.map { variable -> Int in
      append(.reshape, [variable], shape: [nodes[variable].count])
    }
    return parts.count == 1
      ? parts[0] : append(.concatenate(axis: 0), parts, shape: [form.columns.count])
  }

  private func affineForm(of index: Int, _ forms: [AffineForm?]) -> AffineForm? {
    let node = nodes[index]
    func form(_ k: Int) -> AffineForm? { forms[node.operands[k]] }
    switch node.operation {
    case .constant(let values):
      return node.count > 1 ? AffineForm(constant: values) : nil
    case .broadcast:
      let source = nodes[node.operands[0]]
      guard node.count <= AffineForm.mostElements else { return nil }
      if case .constant(let values) = source.operation {
        return AffineForm(
          constant: broadcastPlaces(from: source.shape, to: node.shape).map { values[$0] })
      }
      guard source.count == 1, node.count > 1 else { return nil }
      return AffineForm(
        constant: [Double](repeating: 0, count: node.count), variables: [node.operands[0]],
        extents: [1], columns: [[Double](repeating: 1, count: node.count)])
    case .reshape: return form(0)
    case .map(.negate): return form(0)?.scaled(by: { _ in -1 })
    case .combine(.add): return AffineForm.sum(form(0), form(1), sign: 1)
    case .combine(.subtract): return AffineForm.sum(form(0), form(1), sign: -1)
    case .combine(.multiply):
      guard let a = form(0), let b = form(1) else { return nil }
      if a.variables.isEmpty { return b.scaled { a.constant[$0] } }
      if b.variables.isEmpty { return a.scaled { b.constant[$0] } }
      return nil
    case .matrixProduct(let transposesLeft, let transposesRight):
      guard node.shape.count == 2, node.shape[1] == 1, node.count > 1,
        let matrix = constant(node.operands[0])
      else { return nil }
      let variable = node.operands[1]
      let (rows, inner) = (node.count, nodes[variable].count)
      guard inner > 1 || !transposesRight, rows * inner <= AffineForm.mostElements else {
        return nil
      }
      return AffineForm(
        constant: [Double](repeating: 0, count: rows), variables: [variable],
        extents: [inner],
        columns: (0..<inner).map { k in
          (0..<rows).map { transposesLeft ? matrix[k * rows + $0] : matrix[$0 * inner + k] }
        })
    case .slice(let starts, [1]):
      // Some rows.
      let first = starts[0]
      return form(0).map { form in form.rows(first..<first + node.count) }
    default: return nil
    }
  }
}

/// A vector as A x + c, with x the elements of some nodes one after the other.
private struct AffineForm {
  /// Beyond these the matrix is not worth its memory.
  static let mostElements = 20_000_000

  var constant: [Double]
  var variables: [Int] = []
  /// How many elements each of them has.
  var extents: [Int] = []
  /// The columns of A.
  var columns: [[Double]] = []

  /// Whether the triangle is smaller than the rows.
  var saves: Bool {
    !columns.isEmpty && 2 * (columns.count + 1) < constant.count
      && columns.count * constant.count <= Self.mostElements && columns.count <= 512
  }

  func scaled(by factor: (Int) -> Double) -> AffineForm {
    AffineForm(
      constant: constant.indices.map { factor($0) * constant[$0] }, variables: variables,
      extents: extents,
      columns: columns.map { column in column.indices.map { factor($0) * column[$0] } })
  }

  func rows(_ range: Range<Int>) -> AffineForm {
    AffineForm(
      constant: Array(constant[range]), variables: variables, extents: extents,
      columns: columns.map { Array($0[range]) })
  }

  /// a + sign b; columns of the same variable are added.
  static func sum(_ a: AffineForm?, _ b: AffineForm?, sign: Double) -> AffineForm? {
    guard var result = a, let b else { return nil }
    for i in b.constant.indices { result.constant[i] += sign * b.constant[i] }
    var start = 0
    var offsets: [Int: (start: Int, count: Int)] = [:]
    for (variable, size) in zip(b.variables, b.extents) {
      offsets[variable] = (start, size)
      start += size
    }
    var place = 0
    for (variable, size) in zip(result.variables, result.extents) {
      if let (first, _) = offsets.removeValue(forKey: variable) {
        for k in 0..<size {
          for i in b.constant.indices {
            result.columns[place + k][i] += sign * b.columns[first + k][i]
          }
        }
      }
      place += size
    }
    for variable in b.variables {
      guard let (first, count) = offsets[variable] else { continue }
      result.variables.append(variable)
      result.extents.append(count)
      result.columns += b.columns[first..<first + count].map { $0.map { sign * $0 } }
    }
    return result
  }

}
