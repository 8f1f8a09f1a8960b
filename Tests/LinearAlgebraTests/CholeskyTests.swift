import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("CholeskyFactorization", .tags(.unit))
struct CholeskyTests {
  static let sizes = [1, 2, 5, 40]

  @Test("L L' is the matrix, and solving undoes the product", arguments: sizes)
  func identities(size: Int) throws {
    let a = randomPositiveDefinite(size, seed: 9)
    let factor = try CholeskyFactorization(a)
    #expect(distance(factor.lower * factor.lower.transposed, a) <= roundingLimit(a))
    for i in 0..<size { for j in i + 1..<max(size, i + 1) { #expect(factor.lower[i, j] == 0) } }
    let x = randomVector(size, seed: 10)
    // The smallest eigenvalue is at least one, so the error of x is at most that of A x.
    #expect(distance(factor.solve(a * x), x) <= 4 * roundingLimit(a) * norm(x))
    #expect(
      distance(a * factor.inverse, .identity(size)) <= 4 * roundingLimit(a) * norm(a.elements))
    let eigenvalues = try SymmetricEigenDecomposition(a).values
    let expected = eigenvalues.reduce(0) { $0 + log($1) }
    #expect(scaledError(factor.logDeterminant, expected) <= roundingLimit(a))
  }

  @Test("Only the lower triangle is read")
  func lowerTriangle() throws {
    let factor = try CholeskyFactorization(Matrix([[4, 77], [2, 5]]))
    #expect(factor.lower == Matrix([[2, 0], [1, 2]]))
  }

  @Test("A matrix that is not positive definite is refused, with the order of the minor")
  func notPositiveDefinite() {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
      try CholeskyFactorization(Matrix([[1, 2, 0], [2, 1, 0], [0, 0, 1]]))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 1)) {
      try CholeskyFactorization(Matrix([[0]]))
    }
    #expect("\(LinearAlgebraError.notPositiveDefinite(order: 3))".contains("order 3"))
  }

  @Test("What is not finite is refused", arguments: [Double.nan, .infinity])
  func notFinite(value: Double) {
    #expect(throws: LinearAlgebraError.notFinite(routine: "dpotrf")) {
      try CholeskyFactorization(Matrix([[1, 0], [value, 1]]))
    }
  }

  @Test("Each triangle is solved as it is named")
  func triangles() {
    let t = Matrix([[2, 3, 5], [7, 11, 13], [17, 19, 23]])
    func triangle(_ keep: (Int, Int) -> Bool) -> Matrix {
      var result = Matrix(rows: 3, columns: 3)
      for i in 0..<3 { for j in 0..<3 where keep(i, j) { result[i, j] = t[i, j] } }
      return result
    }
    let (lower, upper) = (triangle { $0 >= $1 }, triangle { $0 <= $1 })
    let x = [1.0, -2, 3]
    let cases: [(Triangle, Matrix)] = [
      (.lower, lower), (.lowerTransposed, lower.transposed), (.upper, upper),
      (.upperTransposed, upper.transposed),
    ]
    for (name, matrix) in cases {
      #expect(distance(t.solveTriangular(matrix * x, name), x) < 1e-13)
    }
  }
}
