internal import CKernels

/// The factorisation A = Q R of a matrix with at least as many rows as columns, by Householder
/// reflections (LAPACK's dgeqrf).
public struct QRFactorization: Sendable {
  public let rows: Int
  public let columns: Int
  private let reflectors: [Double]
  private let scales: [Double]

  /// - Throws: ``LinearAlgebraError/notFinite(routine:)``.
  /// - Complexity: O(rows columns^2).
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    precondition(
      matrix.rows >= matrix.columns,
      "QR needs at least as many rows as columns, not a [\(matrix.rows), \(matrix.columns)]")
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite(routine: "dgeqrf") }
    rows = matrix.rows
    columns = matrix.columns
    var packed = matrix.elements
    var tau = [Double](repeating: 0, count: matrix.columns)
    _ = ck_qr(&packed, &tau, Int32(matrix.rows), Int32(matrix.columns))
    reflectors = packed
    scales = tau
  }

  /// R, `[columns, columns]`, upper triangular.
  public var upper: Matrix {
    var result = Matrix(rows: columns, columns: columns)
    for i in 0..<columns { for j in i..<columns { result[i, j] = reflectors[i * columns + j] } }
    return result
  }

  /// Q' v (`[rows]`): its first `columns` elements lie in the range of A, the rest across it.
  public func applyQTransposed(_ vector: [Double]) -> [Double] { apply(transposing: true, vector) }

  /// Q v (`[rows]`).
  public func applyQ(_ vector: [Double]) -> [Double] { apply(transposing: false, vector) }

  /// The x that minimises |A x - b|.
  public func solveLeastSquares(_ vector: [Double]) -> [Double] {
    upper.solveTriangular(Array(applyQTransposed(vector).prefix(columns)), .upper)
  }

  /// An estimate of 1 / (|R| |R^-1|) in the 1-norm; below about 1e-15 the columns of A are
  /// numerically dependent.
  public var reciprocalCondition: Double {
    var result = 0.0
    _ = ck_triangular_condition(upper.elements, Int32(columns), &result)
    return result
  }

  private func apply(transposing: Bool, _ vector: [Double]) -> [Double] {
    precondition(vector.count == rows, "Q of \(rows) rows applied to a [\(vector.count)]")
    var result = vector
    _ = ck_apply_q(reflectors, scales, transposing ? 1 : 0, &result, Int32(rows), Int32(columns))
    return result
  }
}
