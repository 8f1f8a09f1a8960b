// Products of vectors and matrices.
extension Tensor {
  /// The matrix product: [m, k] by [k, n] gives [m, n]; [m, k] by [k] gives [m]; [k] by [k, n] gives
  /// [n].
  public func matrixProduct(
    _ other: Tensor, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard (1...2).contains(rank), (1...2).contains(other.rank), rank + other.rank > 2,
      shape.last == other.shape.first
    else { return Self.impossible("matrixProduct", [self, other], site: Site(file, line)) }
    let left = rank == 2 ? self : reshaped([1, count])
    let right = other.rank == 2 ? other : other.reshaped([other.count, 1])
    let product = Trace.record(
      .matrixProduct(transposesLeft: false, transposesRight: false), [left, right],
      shape: [left.shape[0], right.shape[1]], site: Site(file, line))
    return product.reshaped(Array(shape.dropLast() + other.shape.dropFirst()))
  }

  /// The sum of products of two vectors of one length.
  public func dot(_ other: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
    guard rank == 1, shape == other.shape else {
      return Self.impossible("dot", [self, other], site: Site(file, line))
    }
    return (self * other).sum()
  }

  /// All products of an element of this and one of the other: [m...] and [n...] give [m..., n...].
  public func outer(_ other: Tensor) -> Tensor {
    reshaped(shape + other.shape.map { _ in 1 }) * other
  }

  /// The elements in place (i, i) of a square matrix.
  public func diagonal(file: String = #fileID, line: Int = #line) -> Tensor {
    guard rank == 2, shape[0] == shape[1] else {
      return Self.impossible("diagonal", [self], site: Site(file, line))
    }
    return reshaped([count]).gathered((0..<shape[0]).map { $0 * (shape[0] + 1) })
  }

  /// A batch of matrix products, either stored transposed: [b, m, k] by [b, k, n], or without b.
  func product(
    _ other: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
  ) -> Tensor {
    let m = shape[rank - (transposingLeft ? 1 : 2)]
    let n = other.shape[other.rank - (transposingRight ? 2 : 1)]
    return Trace.record(
      .matrixProduct(transposesLeft: transposingLeft, transposesRight: transposingRight),
      [self, other], shape: shape.dropLast(2) + [m, n])
  }
}

// Factorisations of matrices.
extension Tensor {
  /// The lower Cholesky factor of a symmetric positive definite matrix, of which the lower triangle is
  /// read; NaN where it is not.
  public func cholesky(file: String = #fileID, line: Int = #line) -> Tensor {
    guard rank == 2, shape[0] == shape[1] else {
      return Self.impossible("cholesky", [self], site: Site(file, line))
    }
    return Trace.record(.cholesky, [self], shape: shape, site: Site(file, line))
  }

  /// The solution of T x = b with a triangle of this matrix, for a vector [n] or each column of [n, m].
  public func triangularSolve(
    _ other: Tensor, lower: Bool = true, transposed: Bool = false, file: String = #fileID,
    line: Int = #line
  ) -> Tensor {
    guard rank == 2, shape[0] == shape[1], (1...2).contains(other.rank),
      other.shape[0] == shape[0]
    else { return Self.impossible("triangularSolve", [self, other], site: Site(file, line)) }
    let right = other.rank == 2 ? other : other.reshaped([other.count, 1])
    return Trace.record(
      .triangularSolve(isLower: lower, isTransposed: transposed), [self, right],
      shape: right.shape, site: Site(file, line)
    ).reshaped(other.shape)
  }

  /// The log determinant of a symmetric positive definite matrix.
  public func logDeterminant(file: String = #fileID, line: Int = #line) -> Tensor {
    2 * Tensor.log(cholesky(file: file, line: line).diagonal()).sum()
  }

  /// The solution of A x = b with a symmetric positive definite A, for a vector or each column.
  public func positiveDefiniteSolve(
    _ other: Tensor, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    let factor = cholesky(file: file, line: line)
    return factor.triangularSolve(
      factor.triangularSolve(other, file: file, line: line), transposed: true, file: file,
      line: line)
  }
}
