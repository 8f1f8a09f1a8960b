internal import CKernels
import Foundation

/// The Cholesky factorisation A = L L' of a symmetric positive definite matrix, by LAPACK.
public struct CholeskyFactorization: Sendable {
  /// L, `[size, size]`, zero above the diagonal.
  public let lower: Matrix

  /// Reads the lower triangle of `matrix`.
  /// - Throws: ``LinearAlgebraError`` if it is not positive definite or not finite.
  public init(_ matrix: Matrix) throws(LinearAlgebraError) {
    precondition(
      matrix.rows == matrix.columns, "a [\(matrix.rows), \(matrix.columns)] is not square")
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite(routine: "dpotrf") }
    let size = matrix.rows
    var factor = matrix
    let status = ck_cholesky(&factor.elements, Int32(size))
    if status > 0 { throw .notPositiveDefinite(order: Int(status)) }
    for i in 0..<size { for j in i + 1..<max(size, i + 1) { factor[i, j] = 0 } }
    lower = factor
  }

  /// Takes L as it is.
  package init(lower: Matrix) { self.lower = lower }

  /// log det A.
  public var logDeterminant: Double {
    2 * (0..<lower.rows).reduce(0) { $0 + log(lower[$1, $1]) }
  }

  /// Solves A x = b.
  public func solve(_ vector: [Double]) -> [Double] {
    lower.solveTriangular(lower.solveTriangular(vector, .lower), .lowerTransposed)
  }

  /// A^-1.
  public var inverse: Matrix {
    let size = lower.rows
    var result = Matrix(rows: size, columns: size)
    for column in 0..<size {
      var unit = [Double](repeating: 0, count: size)
      unit[column] = 1
      for (row, value) in solve(unit).enumerated() { result[row, column] = value }
    }
    return result
  }
}

/// Which triangle of a matrix a solve reads, and whether it is transposed first.
public enum Triangle: Sendable {
  case lower, lowerTransposed, upper, upperTransposed
}

extension Matrix {
  /// Solves T x = b, with T the named triangle of this matrix.
  public func solveTriangular(_ vector: [Double], _ triangle: Triangle) -> [Double] {
    precondition(
      rows == columns && rows == vector.count,
      "a [\(rows), \(columns)] solved for a [\(vector.count)]")
    var solution = vector
    let isLower = triangle == .lower || triangle == .lowerTransposed
    let isTransposed = triangle == .lowerTransposed || triangle == .upperTransposed
    ck_solve_triangular(elements, isLower ? 1 : 0, isTransposed ? 1 : 0, Int32(rows), &solution)
    return solution
  }
}
