import LinearAlgebra
import TestSupport
import Testing

@Suite("SingularValueDecomposition", .tags(.unit))
struct SingularValuesTests {
  @Test("U diag(s) V' is the matrix", arguments: [(1, 1), (6, 3), (3, 6), (30, 30)])
  func identities(rows: Int, columns: Int) throws {
    let a = randomMatrix(rows: rows, columns: columns, seed: 11)
    let svd = try SingularValueDecomposition(a)
    let rank = min(rows, columns)
    #expect(svd.values.count == rank && svd.values == svd.values.sorted(by: >))
    #expect(svd.values.allSatisfy { $0 >= 0 })
    var scaled = svd.left
    for i in 0..<rows { for j in 0..<rank { scaled[i, j] *= svd.values[j] } }
    #expect(distance(scaled * svd.rightTransposed, a) <= roundingLimit(a))
    let limit = roundingLimit(.identity(max(rows, columns)))
    #expect(distance(svd.left.transposed * svd.left, .identity(rank)) <= limit)
    let v = svd.rightTransposed
    #expect(distance(v * v.transposed, .identity(rank)) <= limit)
  }

  @Test("A matrix of rank one has one singular value")
  func rankOne() throws {
    let values = try SingularValueDecomposition(Matrix([[3, 6], [4, 8]])).values
    #expect(relativeError(values[0], 125.0.squareRoot()) < 1e-15)
    #expect(values[1] < 1e-15)
  }

  @Test("V diag(w) V' is the symmetric matrix", arguments: [1, 2, 7, 30])
  func eigenvalues(size: Int) throws {
    let factor = randomMatrix(rows: size, columns: size, seed: 12)
    let a = sum(factor, factor.transposed)
    let eigen = try SymmetricEigenDecomposition(a)
    #expect(eigen.values == eigen.values.sorted())
    var scaled = eigen.vectors
    for i in 0..<size { for j in 0..<size { scaled[i, j] *= eigen.values[j] } }
    #expect(distance(scaled * eigen.vectors.transposed, a) <= roundingLimit(a))
    #expect(
      distance(eigen.vectors.transposed * eigen.vectors, .identity(size))
        <= roundingLimit(.identity(size)))
  }

  @Test("What is not finite is refused", arguments: [Double.nan, .infinity])
  func notFinite(value: Double) {
    let matrix = Matrix([[1, value], [value, 1]])
    #expect(throws: LinearAlgebraError.notFinite(routine: "dgesdd")) {
      try SingularValueDecomposition(matrix)
    }
    #expect(throws: LinearAlgebraError.notFinite(routine: "dsyevd")) {
      try SymmetricEigenDecomposition(matrix)
    }
  }
}
