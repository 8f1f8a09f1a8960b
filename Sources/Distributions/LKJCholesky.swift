import Foundation
import LinearAlgebra
import SpecialFunctions

/// The distribution of Lewandowski, Kurowicka and Joe of a correlation matrix, of its Cholesky factor L.
///
/// ```
/// log p(L) = sum_k (d - k + 2 shape - 2) log L_kk - log Z,   k = 2, ..., d
/// ```
///
/// which is det(L L')^(shape - 1) with the Jacobian of the factorisation. Shape 1 is uniform over
/// correlation matrices; the larger, the nearer to the identity. Every correlation has the law of
/// 2 B - 1 with B from Beta(shape - 1 + d / 2, the same). Sampled by the onion method, row by row: a
/// direction and a squared length.
///
/// - Complexity: O(d^2) a draw.
///
/// ## References
/// D. Lewandowski, D. Kurowicka, H. Joe, J. Multivar. Anal. 100 (2009), doi:10.1016/j.jmva.2009.04.008.
public struct LKJCholesky: Distribution {
  /// d.
  public let dimension: Int
  /// Positive.
  public let shape: Double
  private let logNormalization: Double
  /// The laws of the two parts of each row's length, from row 1 on.
  private let lengths: [(inside: Gamma, diagonal: Gamma)]

  /// - Parameters:
  ///   - dimension: at least one.
  ///   - shape: in [1e-3, 1e15].
  public init(dimension: Int, shape: Double) throws(ParameterError) {
    guard dimension >= 1 else {
      throw ParameterError("LKJCholesky", "dimension", Double(dimension), not: "positive")
    }
    guard shape >= 1e-3, shape <= 1e15 else {
      throw ParameterError("LKJCholesky", "shape", shape, not: "in [1e-3, 1e15]")
    }
    self.dimension = dimension
    self.shape = shape
    var (lengths, sum) = ([(inside: Gamma, diagonal: Gamma)](), 0.0)
    for k in 1..<max(dimension, 1) {
      let rest = Double(dimension - 1 - k) / 2
      lengths.append(
        (
          try Gamma(shape: Double(k) / 2, rate: 1), try Gamma(shape: shape + rest, rate: 1)
        ))
      // The surface of the sphere in k dimensions, and the law of the squared length on it.
      sum +=
        Double(k) / 2 * log(.pi) - logGamma(Double(k) / 2) + logBeta(Double(k) / 2, shape + rest)
    }
    self.lengths = lengths
    logNormalization = sum
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Matrix {
    var lower = Matrix(rows: dimension, columns: dimension)
    lower[0, 0] = 1
    for k in 1..<max(dimension, 1) {
      var square = 0.0
      for j in 0..<k {
        lower[k, j] = Ziggurat.normal.sample(using: &generator)
        square += lower[k, j] * lower[k, j]
      }
      // By logarithms, because gammas of tiny shapes underflow.
      let inside = lengths[k - 1].inside.sampleLog(using: &generator)
      let diagonal = lengths[k - 1].diagonal.sampleLog(using: &generator)
      let length = (1 / (1 + exp(diagonal - inside)) / square).squareRoot()
      for j in 0..<k { lower[k, j] *= length }
      lower[k, k] = (1 / (1 + exp(inside - diagonal))).squareRoot()
    }
    return lower
  }

  /// Minus infinity where `value` is not the lower Cholesky factor of a correlation matrix: rows of
  /// length one within 1e-9, a positive diagonal.
  public func logDensity(of value: Matrix) -> Double {
    precondition(
      value.rows == dimension && value.columns == dimension,
      "a [\(value.rows), \(value.columns)] for a distribution of [\(dimension), \(dimension)]")
    var sum = -logNormalization
    for k in 0..<dimension {
      let square = (0...k).reduce(0.0) { $0 + value[k, $1] * value[k, $1] }
      guard value[k, k] > 0, abs(square - 1) <= 1e-9 else { return -.infinity }
      for j in k + 1..<max(dimension, k + 1) where value[k, j] != 0 { return -.infinity }
      if k > 0 { sum += exponent(k) * log(value[k, k]) }
    }
    return sum
  }

  /// That of the diagonal element of row k, counted from 0.
  private func exponent(_ k: Int) -> Double { Double(dimension - 1 - k) + 2 * (shape - 1) }

  /// The partial derivatives of the log density in the diagonal of L, as if it were free, and in the
  /// shape.
  public func logDensityPartials(of value: Matrix) -> (diagonal: [Double], shape: Double) {
    var (diagonal, inShape) = ([Double](repeating: 0, count: dimension), 0.0)
    for k in 1..<max(dimension, 1) {
      let a = Double(k) / 2
      let b = shape + Double(dimension - 1 - k) / 2
      diagonal[k] = exponent(k) / value[k, k]
      inShape += 2 * log(value[k, k]) + digammaStep(b, by: a)
    }
    return (diagonal, inShape)
  }
}
