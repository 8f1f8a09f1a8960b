import LinearAlgebra
import TestSupport
import Testing

@Suite("Matrix", .tags(.unit))
struct MatrixTests {
  @Test("OpenBLAS answers, on one thread")
  func library() {
    #if os(Linux)
      #expect(BLASLibrary.path.lowercased().contains("openblas"), "\(BLASLibrary.path)")
    #endif
    #expect(BLASLibrary.threads == 1)
  }

  @Test("Products are sums of products", arguments: [(1, 1, 1), (2, 3, 4), (7, 1, 5), (5, 33, 17)])
  func product(rows: Int, inner: Int, columns: Int) {
    let a = randomMatrix(rows: rows, columns: inner, seed: 1)
    let b = randomMatrix(rows: inner, columns: columns, seed: 2)
    var expected = Matrix(rows: rows, columns: columns)
    for i in 0..<rows {
      for j in 0..<columns {
        for k in 0..<inner { expected[i, j] += a[i, k] * b[k, j] }
      }
    }
    #expect(distance(a * b, expected) <= roundingLimit(a) * norm(b.elements))
    let column = (0..<inner).map { b[$0, 0] }
    #expect(
      distance(a * column, (0..<rows).map { expected[$0, 0] })
        <= roundingLimit(a) * norm(b.elements))
  }

  @Test("Transposed operands and accumulation")
  func transposedProducts() {
    let a = randomMatrix(rows: 4, columns: 3, seed: 3)
    let b = randomMatrix(rows: 3, columns: 5, seed: 4)
    let expected = a * b
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let left = (transposeA ? a.transposed : a).elements
      let right = (transposeB ? b.transposed : b).elements
      var result = [Double](repeating: 1, count: 20)
      multiply(
        left, transposingLeft: transposeA, right, transposingRight: transposeB, into: &result,
        accumulating: true, rows: 4, inner: 3, columns: 5)
      #expect(
        distance(result, expected.elements.map { $0 + 1 }) <= 10 * roundingLimit(expected))
    }
  }

  @Test("Empty matrices")
  func empty() {
    let product = Matrix(rows: 2, columns: 0) * Matrix(rows: 0, columns: 3)
    #expect(product == Matrix(rows: 2, columns: 3))
    #expect((Matrix(rows: 0, columns: 2) * Matrix(rows: 2, columns: 3)).elements.isEmpty)
    #expect(Matrix([]).rows == 0)
    #expect(Matrix(rows: 2, columns: 0) * [Double]() == [0, 0])
  }

  @Test("Rows, elements and the transpose")
  func layout() {
    var matrix = Matrix([[1, 2, 3], [4, 5, 6]])
    #expect(matrix.elements == [1, 2, 3, 4, 5, 6])
    #expect(Array(matrix[row: 1]) == [4, 5, 6])
    #expect(matrix.transposed == Matrix([[1, 4], [2, 5], [3, 6]]))
    matrix[0, 2] = 9
    #expect(matrix[0, 2] == 9)
    #expect(Matrix.identity(2) == Matrix([[1, 0], [0, 1]]))
  }

  @Test("The norm is safe from overflow and underflow")
  func norms() {
    #expect(norm([]) == 0)
    #expect(norm([0, -0.0]) == 0)
    #expect(relativeError(norm([3e300, -4e300]), 5e300) < 1e-15)
    #expect(norm([3 * 0x1p-1060, 4 * 0x1p-1060]) == 5 * 0x1p-1060)
    #expect(norm([1, -.infinity]) == .infinity)
    #expect(dot([1, 2, 3], [4, 5, 6]) == 32)
  }

  @Test("The norm of what is not a number is not a number")
  func normOfNaN() {
    #expect(norm([.nan]).isNaN)
    #expect(norm([0, .nan]).isNaN)
    #expect(norm([1, .nan]).isNaN)
  }
}
