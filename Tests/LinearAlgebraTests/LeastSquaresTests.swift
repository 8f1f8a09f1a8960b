import LinearAlgebra
import TestSupport
import Testing

/// Tests/Reference/nist/<name>.json: certified values.
private struct Certified: Decodable {
  let coefficients: [Double]
  let residualSumOfSquares: Double
}

@Suite("LeastSquares")
struct LeastSquaresTests {
  @Test("NIST's certified values", .tags(.reference), arguments: ["longley", "pontius"])
  func certified(name: String) throws {
    let certified: Certified = try ReferenceData.decode(from: "nist/\(name).json")
    let rows = try ReferenceData.rows(of: "nist/\(name).csv")
    // Pontius is a parabola in its one variable, whose powers are exact; Longley has all columns.
    let design = rows.map { row in
      name == "pontius" ? [1, row[0], row[0] * row[0]] : Array(row.dropLast())
    }
    let fit = try LeastSquares(Matrix(design), vector: rows.map { $0.last! })
    #expect(fit.solution.count == certified.coefficients.count)
    for (value, expected) in zip(fit.solution, certified.coefficients) {
      #expect(relativeError(value, expected) < 1e-9)
    }
    #expect(relativeError(fit.residualSumOfSquares, certified.residualSumOfSquares) < 1e-9)
  }

  @Test("A solution is good to the last digits where QR alone loses ten", .tags(.unit))
  func hilbert() throws {
    // Integer multiples of a Hilbert matrix, condition 1e10, with an integer solution.
    let size = 8
    let multiple = 360_360.0
    var matrix = Matrix(rows: size, columns: size)
    for i in 0..<size { for j in 0..<size { matrix[i, j] = multiple / Double(i + j + 1) } }
    let expected = (0..<size).map { Double($0 % 3 - 1) }
    // Every element and every partial sum is an integer, so b is exact.
    let fit = try LeastSquares(matrix, vector: matrix * expected)
    #expect(distance(fit.solution, expected) < 1e-20)
    #expect(distance(fit.factorization.solveLeastSquares(matrix * expected), expected) > 1e-10)
    #expect(fit.residuals.allSatisfy { abs($0) < 1e-12 })
  }

  @Test("The lower parts of the matrix count", .tags(.unit))
  func lowerParts() throws {
    let matrix = Matrix([[1], [1]])
    let fit = try LeastSquares(matrix, lowerParts: [0x1p-60, 0x1p-60], vector: [1, 1])
    let product = fit.refinedSolution[0] * (DoubleDouble(1) + DoubleDouble(0x1p-60))
    #expect(abs((product - DoubleDouble(1)).value) < 0x1p-100)
  }

  @Test("Dependent columns are reported, not thrown", .tags(.unit))
  func dependent() throws {
    let fit = try LeastSquares(Matrix([[1, 1], [1, 1], [1, 1]]), vector: [1, 2, 3])
    #expect(fit.factorization.reciprocalCondition < 1e-15)
  }

  @Test("What is not finite is refused", .tags(.unit))
  func notFinite() {
    #expect(throws: LinearAlgebraError.notFinite(routine: "dgeqrf")) {
      try LeastSquares(Matrix([[1], [.nan]]), vector: [1, 2])
    }
  }
}
