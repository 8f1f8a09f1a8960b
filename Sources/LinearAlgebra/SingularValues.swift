internal import CKernels

/// The singular value decomposition A = U diag(s) V', by LAPACK's dgesdd.
public struct SingularValueDecomposition: Sendable {
  /// U, `[rows, min(rows, columns)]`.
  public let left: Matrix
  /// s, largest first.
  public let values: [Double]
  /// V', `[min(rows, columns), columns]`.
  public let rightTransposed: Matrix

  /// - Throws: ``LinearAlgebraError`` if the matrix is not finite or the iteration fails.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite(routine: "dgesdd") }
    let (rows, columns) = (matrix.rows, matrix.columns)
    let rank = min(rows, columns)
    var work = matrix.elements
    var singular = [Double](repeating: 0, count: rank)
    var u = Matrix(rows: rows, columns: rank)
    var vt = Matrix(rows: rank, columns: columns)
    let status = ck_svd(
      &work, &u.elements, &singular, &vt.elements, Int32(rows), Int32(columns))
    if status != 0 { throw .notConverged(routine: "dgesdd") }
    (left, values, rightTransposed) = (u, singular, vt)
  }
}

/// The decomposition A = V diag(w) V' of a symmetric matrix, by LAPACK's dsyevd.
public struct SymmetricEigenDecomposition: Sendable {
  /// w, smallest first.
  public let values: [Double]
  /// V, one eigenvector a column.
  public let vectors: Matrix

  /// Reads the lower triangle of `matrix`.
  /// - Throws: ``LinearAlgebraError`` if the matrix is not finite or the iteration fails.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    precondition(
      matrix.rows == matrix.columns, "a [\(matrix.rows), \(matrix.columns)] is not square")
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite(routine: "dsyevd") }
    var result = matrix
    var eigenvalues = [Double](repeating: 0, count: matrix.rows)
    let status = ck_symmetric_eigen(&result.elements, &eigenvalues, Int32(matrix.rows))
    if status != 0 { throw .notConverged(routine: "dsyevd") }
    (values, vectors) = (eigenvalues, result)
  }
}
