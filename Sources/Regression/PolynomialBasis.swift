import LinearAlgebra

/// Legendre polynomials on the range of the training rows, orthonormal under the uniform
/// distribution there.
///
/// ```
/// phi_k(x) = sqrt(2 k + 1) P_k(t),   t = (2 x - (min + max)) / (max - min),   k = 0...degree
/// ```
///
/// The map and the recurrence run in double-double arithmetic, so that coefficients can be turned
/// into powers of x without losing digits.
public struct PolynomialBasis: Sendable {
  /// The highest degree, of the last function.
  public let degree: Int
  /// The x that map to -1 and 1.
  public let range: ClosedRange<Double>
  private let center: DoubleDouble
  private let halfWidth: DoubleDouble

  /// The basis for those training inputs, which must not be constant.
  public init(degree: Int, fitting x: [Double]) {
    precondition(degree >= 0, "a degree of \(degree)")
    self.degree = degree
    range = x.min()!...x.max()!
    let (low, high) = (DoubleDouble(range.lowerBound), DoubleDouble(range.upperBound))
    center = (low + high) * 0.5
    halfWidth = (high - low) * 0.5
  }

  /// The number of basis functions, degree + 1.
  public var count: Int { degree + 1 }

  /// phi_0(x) ... phi_degree(x).
  public func callAsFunction(_ x: Double) -> [Double] { refined(x).map(\.value) }

  /// The design matrix, `[n, degree + 1]`.
  public func design(_ x: [Double]) -> Matrix {
    Matrix(rows: x.count, columns: count, elements: x.flatMap { self($0) })
  }

  func refined(_ x: Double) -> [DoubleDouble] {
    let t = (DoubleDouble(x) - center) / halfWidth
    var legendre = [DoubleDouble(1), t]
    for k in 1..<max(degree, 1) {
      let next = t * legendre[k] * Double(2 * k + 1) - legendre[k - 1] * Double(k)
      legendre.append(next / DoubleDouble(Double(k + 1)))
    }
    return (0...degree).map { legendre[$0] * Self.normalization($0) }
  }

  /// The coefficients in powers of x, lowest first, of a combination of basis functions.
  func powers(_ coefficients: [DoubleDouble]) -> [DoubleDouble] {
    let zero = [DoubleDouble](repeating: DoubleDouble(0), count: count)
    // In powers of t.
    var inT = zero
    var (previous, current) = (zero, zero)
    current[0] = DoubleDouble(1)
    for k in 0...degree {
      let factor = coefficients[k] * Self.normalization(k)
      for j in 0...k { inT[j] += factor * current[j] }
      var next = zero
      let divisor = DoubleDouble(Double(k + 1))
      for j in 0...degree {
        let shifted = j > 0 ? current[j - 1] * Double(2 * k + 1) : DoubleDouble(0)
        next[j] = (shifted - previous[j] * Double(k)) / divisor
      }
      (previous, current) = (current, next)
    }
    // t = (x - center) / halfWidth, by Horner's rule on polynomials.
    var inX = zero
    for j in stride(from: degree, through: 0, by: -1) {
      var next = zero
      for i in 0...degree {
        let shifted = i > 0 ? inX[i - 1] : DoubleDouble(0)
        next[i] = (shifted - inX[i] * center) / halfWidth
      }
      next[0] += inT[j]
      inX = next
    }
    return inX
  }

  /// The coefficients in powers of x, lowest first, of a combination of basis functions.
  public func powers(_ coefficients: [Double]) -> [Double] {
    powers(coefficients.map { DoubleDouble($0) }).map(\.value)
  }

  /// The matrix that turns basis coefficients into powers of x.
  var powerMatrix: Matrix {
    var matrix = Matrix(rows: count, columns: count)
    for k in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[k] = 1
      for (j, value) in powers(unit).enumerated() { matrix[j, k] = value }
    }
    return matrix
  }

  private static func normalization(_ k: Int) -> Double { Double(2 * k + 1).squareRoot() }
}
