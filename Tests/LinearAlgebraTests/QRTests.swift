import LinearAlgebra
import TestSupport
import Testing

@Suite("QRFactorization", .tags(.unit))
struct QRTests {
  static let sizes = [(1, 1), (5, 1), (4, 4), (9, 5), (60, 20)]

  @Test("Q R is the matrix, and Q is orthogonal", arguments: sizes)
  func identities(rows: Int, columns: Int) throws {
    let a = randomMatrix(rows: rows, columns: columns, seed: 5)
    let qr = try QRFactorization(a)
    #expect(qr.rows == rows && qr.columns == columns)
    let r = qr.upper
    for i in 0..<columns { for j in 0..<i { #expect(r[i, j] == 0) } }
    for j in 0..<columns {
      let column = (0..<columns).map { r[$0, j] } + [Double](repeating: 0, count: rows - columns)
      let restored = qr.applyQ(column)
      #expect(distance(restored, (0..<rows).map { a[$0, j] }) <= roundingLimit(a))
    }
    let v = randomVector(rows, seed: 6)
    let rotated = qr.applyQTransposed(v)
    #expect(abs(norm(rotated) - norm(v)) <= 10 * Double(rows) * Double.ulpOfOne * norm(v))
    #expect(distance(qr.applyQ(rotated), v) <= 20 * Double(rows) * Double.ulpOfOne * norm(v))
  }

  @Test("The residual of a least-squares solution is normal to the columns", arguments: sizes)
  func leastSquares(rows: Int, columns: Int) throws {
    let a = randomMatrix(rows: rows, columns: columns, seed: 7)
    let b = randomVector(rows, seed: 8)
    let qr = try QRFactorization(a)
    let residual = zip(b, a * qr.solveLeastSquares(b)).map { $0 - $1 }
    // The residual is wrong by about |A| |x| eps, which A' stretches once more.
    let limit = roundingLimit(a) * norm(a.elements) * (norm(b) + norm(qr.solveLeastSquares(b)))
    #expect(norm(a.transposed * residual) <= limit)
  }

  @Test("Dependent columns show in the condition")
  func condition() throws {
    #expect(try QRFactorization(.identity(4)).reciprocalCondition == 1)
    let dependent = Matrix([[1, 2], [2, 4], [3, 6]])
    #expect(try QRFactorization(dependent).reciprocalCondition < 1e-15)
    let scaled = Matrix([[1, 0], [0, 1e-4]])
    #expect(try relativeError(QRFactorization(scaled).reciprocalCondition, 1e-4) < 1e-12)
  }

  @Test("What is not finite is refused", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(value: Double) {
    #expect(throws: LinearAlgebraError.notFinite(routine: "dgeqrf")) {
      try QRFactorization(Matrix([[1, 2], [value, 4]]))
    }
  }
}
