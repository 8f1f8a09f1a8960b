import LinearAlgebra
import Randomness

/// A matrix of uniforms on (-1, 1).
func randomMatrix(rows: Int, columns: Int, seed: UInt64) -> Matrix {
  var generator = Philox(seed: seed)
  return Matrix(
    rows: rows, columns: columns,
    elements: (0..<rows * columns).map { _ in 2 * generator.nextUnit() - 1 })
}

func randomVector(_ count: Int, seed: UInt64) -> [Double] {
  randomMatrix(rows: 1, columns: count, seed: seed).elements
}

/// A A' + I, symmetric positive definite.
func randomPositiveDefinite(_ size: Int, seed: UInt64) -> Matrix {
  let factor = randomMatrix(rows: size, columns: size, seed: seed)
  return sum(factor * factor.transposed, .identity(size))
}

func sum(_ a: Matrix, _ b: Matrix) -> Matrix {
  Matrix(rows: a.rows, columns: a.columns, elements: zip(a.elements, b.elements).map { $0 + $1 })
}

/// The Frobenius norm of a - b.
func distance(_ a: Matrix, _ b: Matrix) -> Double {
  precondition(a.rows == b.rows && a.columns == b.columns)
  return norm(zip(a.elements, b.elements).map { $0 - $1 })
}

func distance(_ a: [Double], _ b: [Double]) -> Double { norm(zip(a, b).map { $0 - $1 }) }

/// What backward stable algorithms leave: a small multiple of the size, the rounding unit and the
/// norm of the matrix.
func roundingLimit(_ matrix: Matrix) -> Double {
  10 * Double(max(matrix.rows, matrix.columns)) * Double.ulpOfOne * norm(matrix.elements)
}
