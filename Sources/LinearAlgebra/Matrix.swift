internal import CKernels

/// A dense matrix of Doubles, `[rows, columns]`, row-major.
public struct Matrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// The elements, row after row.
  public var elements: [Double]

  /// - Parameter elements: row after row; as many as the matrix has places.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(
      elements.count == rows * columns, "\(elements.count) elements for a [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix with the same value in every place.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(
      rows: rows, columns: columns, elements: Array(repeating: value, count: rows * columns))
  }

  /// A matrix from its rows, which must have one length.
  public init(_ rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "rows of different lengths")
    self.init(rows: rows.count, columns: columns, elements: rows.flatMap { $0 })
  }

  /// Ones on the diagonal, zeros elsewhere, `[size, size]`.
  public static func identity(_ size: Int) -> Matrix {
    var matrix = Matrix(rows: size, columns: size)
    for i in 0..<size { matrix[i, i] = 1 }
    return matrix
  }

  /// The element in that place, counted from zero.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// One row.
  public subscript(row row: Int) -> ArraySlice<Double> {
    elements[row * columns..<(row + 1) * columns]
  }

  /// The elements in place (i, i).
  public var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

  /// Rows and columns exchanged.
  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// The matrix product, by BLAS.
  public static func * (left: Matrix, right: Matrix) -> Matrix {
    precondition(
      left.columns == right.rows,
      "a [\(left.rows), \(left.columns)] times a [\(right.rows), \(right.columns)]")
    var result = Matrix(rows: left.rows, columns: right.columns)
    left.elements.withUnsafeBufferPointer { a in
      right.elements.withUnsafeBufferPointer { b in
        result.elements.withUnsafeMutableBufferPointer { c in
          multiply(
            a.baseAddress!, b.baseAddress!, into: c.baseAddress!,
            rows: left.rows, inner: left.columns, columns: right.columns)
        }
      }
    }
    return result
  }

  /// The product with a vector.
  public static func * (matrix: Matrix, vector: [Double]) -> [Double] {
    precondition(
      matrix.columns == vector.count,
      "a [\(matrix.rows), \(matrix.columns)] times a [\(vector.count)]")
    return (0..<matrix.rows).map { row in
      zip(matrix[row: row], vector).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}

/// c = a b, or c += a b, over raw row-major memory; `a` and `b` may be stored transposed.
package func multiply(
  _ a: UnsafePointer<Double>, transposingLeft transposeA: Bool = false,
  _ b: UnsafePointer<Double>, transposingRight transposeB: Bool = false,
  into c: UnsafeMutablePointer<Double>, accumulating: Bool = false,
  rows: Int, inner: Int, columns: Int
) {
  if rows == 0 || columns == 0 { return }
  ck_multiply(
    a, transposeA ? 1 : 0, b, transposeB ? 1 : 0, accumulating ? 1 : 0, c, Int32(rows),
    Int32(inner), Int32(columns))
}

/// The sum of products of two vectors of one length.
package func dot(_ left: [Double], _ right: [Double]) -> Double {
  precondition(left.count == right.count, "a [\(left.count)] dot a [\(right.count)]")
  var sum = 0.0
  for i in left.indices { sum += left[i] * right[i] }
  return sum
}

/// The Euclidean length of a vector, safe from overflow.
package func norm(_ vector: [Double]) -> Double {
  var largest = 0.0
  for element in vector {
    if element.isNaN { return element }
    largest = max(largest, abs(element))
  }
  if largest == 0 || !largest.isFinite { return largest }
  return largest * vector.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
}

/// A linear-algebra routine that could not give its result.
public enum LinearAlgebraError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The leading minor of that order is not positive.
  case notPositiveDefinite(order: Int)
  /// The matrix has an element that is not finite.
  case notFinite(routine: String)
  /// The iteration of the routine did not converge.
  case notConverged(routine: String)

  public var description: String {
    switch self {
    case .notPositiveDefinite(let order):
      "the matrix is not positive definite: its leading minor of order \(order) is not positive"
    case .notFinite(let routine): "\(routine): the matrix has an element that is not finite"
    case .notConverged(let routine): "\(routine) did not converge"
    }
  }
}

/// Which BLAS answers, and how.
public enum BLASLibrary {
  /// The path of the shared library that serves `cblas_dgemm`.
  public static var path: String { String(cString: ck_blas_library()) }
  /// How many threads it uses: one.
  public static var threads: Int { Int(ck_blas_threads()) }
}
