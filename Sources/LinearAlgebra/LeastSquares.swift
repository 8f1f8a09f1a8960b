/// Linear least squares, min |A x - b|, by QR with iterative refinement: residuals are formed in
/// double-double arithmetic and solution and residual are corrected together, so that the result
/// is good to nearly full precision even where the columns of A are almost dependent.
///
/// ## References
/// A. Bjorck, "Iterative refinement of linear least squares solutions I", BIT 7 (1967),
/// doi:10.1007/BF01939321.
public struct LeastSquares: Sendable {
  /// x, `[columns]`, in double-double.
  public let refinedSolution: [DoubleDouble]
  /// b - A x, `[rows]`.
  public let residuals: [Double]
  /// The factorisation of A rounded to Double.
  public let factorization: QRFactorization

  /// x, `[columns]`, rounded to Double.
  public var solution: [Double] { refinedSolution.map(\.value) }

  /// |b - A x|^2.
  public var residualSumOfSquares: Double { residuals.reduce(0) { $0 + $1 * $1 } }

  /// - Parameters:
  ///   - matrix: A, `[rows, columns]`, rows >= columns.
  ///   - lowerParts: what is to be added to each element of A for its exact value; zeros if nil.
  ///   - vector: b, `[rows]`.
  /// - Throws: ``LinearAlgebraError/notFinite(routine:)``. Dependent columns do not throw: look at
  ///   `factorization.reciprocalCondition`.
  public init(
    _ matrix: Matrix, lowerParts: [Double]? = nil, vector: [Double]
  ) throws(LinearAlgebraError) {
    precondition(
      vector.count == matrix.rows, "a [\(matrix.rows), \(matrix.columns)] for a [\(vector.count)]")
    let (rows, columns) = (matrix.rows, matrix.columns)
    let factorization = try QRFactorization(matrix)
    let upper = factorization.upper
    func element(_ row: Int, _ column: Int) -> DoubleDouble {
      let index = row * columns + column
      return DoubleDouble(high: matrix.elements[index], low: lowerParts?[index] ?? 0)
    }

    var x = [DoubleDouble](repeating: DoubleDouble(0), count: columns)
    var r = [DoubleDouble](repeating: DoubleDouble(0), count: rows)
    var previous = Double.infinity
    // Each pass gains the digits that the condition of A leaves; the first is the plain solution.
    for pass in 0..<8 {
      var primal = [Double](repeating: 0, count: rows)
      var normal = [DoubleDouble](repeating: DoubleDouble(0), count: columns)
      for i in 0..<rows {
        var sum = DoubleDouble(vector[i]) - r[i]
        for j in 0..<columns {
          let a = element(i, j)
          sum += -(a * x[j])
          normal[j] += a * r[i]
        }
        primal[i] = sum.value
      }
      let dual = upper.solveTriangular(normal.map { -$0.value }, .upperTransposed)
      var rotated = factorization.applyQTransposed(primal)
      let step = upper.solveTriangular(zip(rotated, dual).map { $0 - $1 }, .upper)
      for j in 0..<columns { rotated[j] = dual[j] }
      let correction = factorization.applyQ(rotated)
      let size = norm(step)
      guard size.isFinite, pass < 2 || size < previous / 2 else { break }
      for j in 0..<columns { x[j] += DoubleDouble(step[j]) }
      for i in 0..<rows { r[i] += DoubleDouble(correction[i]) }
      if size == 0 || size <= 1e-30 * norm(x.map(\.value)) { break }
      previous = size
    }
    refinedSolution = x
    residuals = r.map(\.value)
    self.factorization = factorization
  }
}
