internal import CKernels
import LinearAlgebra

/// The Cholesky factor of a covariance or of its inverse: what the elliptical distributions share.
struct ScaleFactor: Sendable {
  /// The matrix that it was made with.
  enum Parameterization { case covariance, precision, cholesky }

  let parameterization: Parameterization
  private let lower: Matrix
  private let isPrecision: Bool
  /// Half the log determinant of the covariance.
  let halfLogDeterminant: Double
  /// The triangle that makes draws of standard normals, or of which the inverse does, row by row without
  /// the zeros. That of a precision is L' read from its last element up, which makes it a lower one.
  private let triangle: [Double]
  private let inverseDiagonal: [Double]

  init(covariance: Matrix, named name: String, of distribution: String) throws {
    try requireSquare(covariance, named: name, of: distribution)
    self.init(try CholeskyFactorization(covariance), .covariance)
  }

  init(precision: Matrix, named name: String, of distribution: String) throws {
    try requireSquare(precision, named: name, of: distribution)
    self.init(try CholeskyFactorization(precision), .precision)
  }

  init(cholesky: Matrix, of distribution: String) throws(ParameterError) {
    try requireSquare(cholesky, named: "cholesky", of: distribution)
    for i in 0..<cholesky.rows {
      guard cholesky[i, i] > 0 else {
        throw ParameterError(
          distribution, "cholesky[\(i), \(i)]", cholesky[i, i], not: "positive")
      }
      for j in 0..<cholesky.rows {
        try ParameterError.requireFinite(cholesky[i, j], "cholesky[\(i), \(j)]", of: distribution)
        guard j <= i || cholesky[i, j] == 0 else {
          throw ParameterError(
            distribution, "cholesky[\(i), \(j)]", cholesky[i, j], not: "zero above the diagonal")
        }
      }
    }
    self.init(CholeskyFactorization(lower: cholesky), .cholesky)
  }

  private init(_ factor: CholeskyFactorization, _ parameterization: Parameterization) {
    self.parameterization = parameterization
    lower = factor.lower
    isPrecision = parameterization == .precision
    halfLogDeterminant = (isPrecision ? -0.5 : 0.5) * factor.logDeterminant
    let (lower, last) = (lower, lower.rows - 1)
    triangle = (0..<lower.rows).flatMap { i in
      (0...i).map { j in
        parameterization == .precision ? lower[last - j, last - i] : lower[i, j]
      }
    }
    inverseDiagonal = (0..<lower.rows).map { i in
      1 / (parameterization == .precision ? lower[last - i, last - i] : lower[i, i])
    }
  }

  /// Calls `body` with the triangle about a centre, and scratch memory for a kernel.
  private func withTriangle<Result>(
    about center: [Double],
    _ body: (UnsafePointer<ck_triangle>, UnsafeMutablePointer<Double>) -> Result
  ) -> Result {
    triangle.withUnsafeBufferPointer { elements in
      inverseDiagonal.withUnsafeBufferPointer { inverseDiagonal in
        center.withUnsafeBufferPointer { center in
          withUnsafeTemporaryAllocation(of: Double.self, capacity: 32 * dimension) { scratch in
            var triangle = ck_triangle(
              elements: elements.baseAddress, inverse_diagonal: inverseDiagonal.baseAddress,
              center: center.baseAddress, size: dimension, is_inverse: isPrecision ? 1 : 0,
              is_reversed: isPrecision ? 1 : 0)
            return body(&triangle, scratch.baseAddress!)
          }
        }
      }
    }
  }

  /// Whole rows of `rows` block after block, so that what is done to them finds them in the first cache.
  func forBlocks(
    of rows: inout MutableSpan<Double>, _ body: (UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let size = max(2_048 / dimension, 32) * dimension
    rows.withUnsafeMutableBufferPointer { buffer in
      for start in stride(from: 0, to: buffer.count, by: size) {
        body(buffer.extracting(start..<min(start + size, buffer.count)))
      }
    }
  }

  /// Turns rows of standard normals into draws about a centre, each stretched by its factor; nil for ones.
  func correlate(
    rows: UnsafeMutableBufferPointer<Double>, stretches: UnsafePointer<Double>?,
    about center: [Double]
  ) {
    guard let memory = rows.baseAddress else { return }
    withTriangle(about: center) {
      ck_elliptical_draws(
        ck_best_instruction_set(), $0, stretches, memory, rows.count / dimension, $1)
    }
  }

  /// The log densities of rows: of a normal distribution, or of a Student t one with those degrees of
  /// freedom. What the kernel cannot tell, `single` does.
  func logDensities(
    rows: Span<Double>, into results: inout MutableSpan<Double>, about center: [Double],
    logNormalization: Double, degreesOfFreedom: Double?, single: ([Double]) -> Double
  ) {
    let size = dimension
    requireRows(rows.count, of: size, for: results.count)
    // A diagonal too small to divide by leaves everything to it.
    var hasOthers = !inverseDiagonal.allSatisfy(\.isFinite)
    if hasOthers {
      for row in results.indices { results[row] = .nan }
    } else {
      hasOthers = rows.withUnsafeBufferPointer { rows in
        results.withUnsafeMutableBufferPointer { results in
          guard let input = rows.baseAddress, let output = results.baseAddress else { return false }
          let constants = (
            logNormalization, degreesOfFreedom.map { 1 / $0 } ?? 0,
            0.5 * ((degreesOfFreedom ?? 0) + Double(size))
          )
          return withTriangle(about: center) { triangle, scratch in
            withUnsafeBytes(of: constants) {
              ck_elliptical_log_densities(
                ck_best_instruction_set(), triangle,
                $0.baseAddress!.assumingMemoryBound(to: Double.self), input, output, results.count,
                scratch) != 0
            }
          }
        }
      }
    }
    guard hasOthers else { return }
    for row in results.indices where results[row].isNaN {
      results[row] = single((0..<size).map { rows[row * size + $0] })
    }
  }

  var dimension: Int { lower.rows }

  var covariance: Matrix {
    isPrecision ? CholeskyFactorization(lower: lower).inverse : lower * lower.transposed
  }

  /// A draw of N(0, covariance) into `value`, whose memory is reused.
  func sampleNormal<G: RandomNumberGenerator>(into value: inout [Double], using generator: inout G)
  {
    let size = dimension
    if value.count != size { value = [Double](repeating: 0, count: size) }
    for i in 0..<size { value[i] = Ziggurat.normal.sample(using: &generator) }
    var span = value.mutableSpan
    correlate(&span, at: 0)
  }

  /// Turns the independent standard normals from place `start` on into a draw of N(0, covariance).
  func correlate(_ values: inout MutableSpan<Double>, at start: Int) {
    let size = dimension
    if isPrecision {  // L' x = z, from the last element up
      for i in stride(from: size - 1, through: 0, by: -1) {
        for j in i + 1..<max(size, i + 1) { values[start + i] -= lower[j, i] * values[start + j] }
        values[start + i] /= lower[i, i]
      }
    } else {  // x = L z, from the last element up, in place
      for i in stride(from: size - 1, through: 0, by: -1) {
        values[start + i] *= lower[i, i]
        for j in 0..<i { values[start + i] += lower[i, j] * values[start + j] }
      }
    }
  }

  /// The root of (value - center)' covariance^-1 (value - center); infinite for an infinite value.
  func distance(from center: [Double], to value: [Double]) -> Double {
    let size = dimension
    precondition(value.count == size, "a [\(value.count)] for a distribution of [\(size)]")
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { z in
      if isPrecision {  // L' d
        for i in 0..<size { z[i] = value[i] - center[i] }
        for i in 0..<size {
          var element = 0.0
          for j in i..<size { element += lower[j, i] * z[j] }
          z[i] = element
        }
      } else {  // L^-1 d
        for i in 0..<size {
          var element = value[i] - center[i]
          for j in 0..<i { element -= lower[i, j] * z[j] }
          z[i] = element / lower[i, i]
        }
      }
      let square = z.reduce(0) { $0 + $1 * $1 }
      if square.isFinite { return square.squareRoot() }
      let largest = z.reduce(0) { max($0, abs($1)) }
      if largest == .infinity || value.contains(where: \.isInfinite) { return .infinity }
      return largest * z.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    }
  }

  /// The partial derivatives of a log density -log det(covariance) / 2 - h(squared distance), with
  /// 2 h' = `weight`.
  func partials(
    from center: [Double], to value: [Double], weight: Double
  ) -> EllipticalPartials {
    let difference = zip(value, center).map { $0 - $1 }
    let pull =
      isPrecision
      ? (lower * (lower.transposed * difference))
      : CholeskyFactorization(lower: lower).solve(difference)
    let size = dimension
    var inMatrix: Matrix
    switch parameterization {
    case .covariance:
      inMatrix = CholeskyFactorization(lower: lower).inverse
      for i in 0..<size {
        for j in 0..<size { inMatrix[i, j] = 0.5 * (weight * pull[i] * pull[j] - inMatrix[i, j]) }
      }
    case .precision:
      inMatrix = covariance
      for i in 0..<size {
        for j in 0..<size {
          inMatrix[i, j] = 0.5 * (inMatrix[i, j] - weight * difference[i] * difference[j])
        }
      }
    case .cholesky:
      let score = lower.transposed * pull
      inMatrix = Matrix(rows: size, columns: size)
      for i in 0..<size {
        for j in 0...i {
          inMatrix[i, j] = weight * pull[i] * score[j] - (i == j ? 1 / lower[i, i] : 0)
        }
      }
    }
    return EllipticalPartials(
      value: pull.map { -weight * $0 }, location: pull.map { weight * $0 }, matrix: inMatrix)
  }
}

/// The partial derivatives of the log density of a ``MultivariateNormal`` or a
/// ``MultivariateStudentT``.
public struct EllipticalPartials: Sendable {
  /// In the value, `[dimension]`.
  public let value: [Double]
  /// In the mean or location, `[dimension]`.
  public let location: [Double]
  /// In the matrix that the distribution was made with, `[dimension, dimension]`: a covariance (scale)
  /// or its inverse as if all its elements were free, so it is symmetric; the lower triangle of a
  /// Cholesky factor.
  public let matrix: Matrix
}

func requireSquare(
  _ matrix: Matrix, named name: String, of distribution: String
) throws(ParameterError) {
  guard matrix.rows >= 1, matrix.rows == matrix.columns else {
    throw ParameterError(
      distribution, "the number of columns of \(name)", Double(matrix.columns),
      not: "its number of rows \(matrix.rows), at least one")
  }
}

func requireLocation(
  _ location: [Double], named parameter: String, fits scale: ScaleFactor, of distribution: String
) throws(ParameterError) {
  guard location.count == scale.dimension else {
    throw ParameterError(
      distribution, "the number of elements of \(parameter)", Double(location.count),
      not: "the scale's dimension \(scale.dimension)")
  }
  for (index, value) in location.enumerated() {
    try ParameterError.requireFinite(value, "\(parameter)[\(index)]", of: distribution)
  }
}
