import Foundation
import LinearAlgebra
import SpecialFunctions

/// The inverse Wishart distribution: the inverse of a Wishart(df, S^-1) matrix.
///
/// ```
/// log p(X) = df / 2 log det S - df d / 2 log 2 - log Gamma_d(df / 2)
///            - (df + d + 1) / 2 log det X - tr(S X^-1) / 2
/// ```
///
/// Sampled as B' B with B the inverse of the triangle that a ``Wishart`` draw is made of, without
/// inverting a draw. The diagonal of X falls as a power, X_ii^-((df - d + 1) / 2 + 1); the mean
/// S / (df - d - 1) exists for df > d + 1.
///
/// - Complexity: O(d^3).
public struct InverseWishart: Distribution {
  /// More than the dimension less one.
  public let degreesOfFreedom: Double
  /// S, `[dimension, dimension]`.
  public let scale: Matrix
  private let factor: CholeskyFactorization
  private let inverse: Wishart
  /// -log Gamma_d(df / 2), without what cancels in `logDensity`.
  private let logNormalization: Double

  /// - Parameters:
  ///   - degreesOfFreedom: above dimension - 1 and at most 1e15.
  ///   - scale: S, symmetric positive definite; the lower triangle is read.
  /// - Throws: ``ParameterError`` or `LinearAlgebraError`.
  public init(degreesOfFreedom: Double, scale: Matrix) throws {
    try requireSquare(scale, named: "scale", of: "InverseWishart")
    try requireDegreesOfFreedom(degreesOfFreedom, dimension: scale.rows, of: "InverseWishart")
    self.degreesOfFreedom = degreesOfFreedom
    factor = try CholeskyFactorization(scale)
    self.scale = factor.lower * factor.lower.transposed
    inverse = try Wishart(degreesOfFreedom: degreesOfFreedom, scale: factor.inverse)
    logNormalization = -logMultivariateGammaRemainder(
      degreesOfFreedom / 2, dimension: scale.rows)
  }

  /// d.
  public var dimension: Int { scale.rows }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Matrix {
    // With S = L L' and the triangle A: X = L A'^-1 A^-1 L' is the inverse of a Wishart(S^-1) matrix.
    let a = inverse.bartlett(using: &generator)
    var b = Matrix(rows: dimension, columns: dimension)  // B' = L A'^-1, row by row
    for i in 0..<dimension {
      let row = a.solveTriangular(factor.lower[row: i].map { $0 }, .lower)
      for (j, value) in row.enumerated() { b[i, j] = value }
    }
    return b * b.transposed
  }

  /// Minus infinity where `value` is not positive definite.
  public func logDensity(of value: Matrix) -> Double {
    precondition(
      value.rows == dimension && value.columns == dimension,
      "a [\(value.rows), \(value.columns)] for a distribution of [\(dimension), \(dimension)]")
    guard let x = try? CholeskyFactorization(value) else { return -.infinity }
    return logNormalization - 0.5 * Double(dimension + 1) * x.logDeterminant
      + 0.5 * degreesOfFreedom * logDetMinusTrace(factor.lower, over: x.lower, degreesOfFreedom)
  }

  /// The partial derivatives of the log density in the value, the degrees of freedom and S; in a matrix
  /// as if all its elements were free, so each is symmetric.
  public func logDensityPartials(
    of value: Matrix
  ) throws -> (value: Matrix, degreesOfFreedom: Double, scale: Matrix) {
    let (x, d) = (try CholeskyFactorization(value), Double(dimension))
    let (xInverse, sInverse) = (x.inverse, factor.inverse)
    var inValue = xInverse * scale * xInverse
    var inScale = sInverse
    for i in inValue.elements.indices {
      inValue.elements[i] =
        0.5 * (inValue.elements[i] - (degreesOfFreedom + d + 1) * xInverse.elements[i])
      inScale.elements[i] =
        0.5 * (degreesOfFreedom * sInverse.elements[i] - xInverse.elements[i])
    }
    let digammas = (0..<dimension).reduce(0.0) {
      $0 + digamma((degreesOfFreedom - Double($1)) / 2)
    }
    return (
      inValue, 0.5 * (factor.logDeterminant - x.logDeterminant - d * log(2) - digammas), inScale
    )
  }

  /// S / (df - d - 1); infinite on the diagonal, NaN beside it, for df <= d + 1.
  public var mean: Matrix {
    let divisor = degreesOfFreedom - Double(dimension) - 1
    var mean = scale
    for i in 0..<dimension {
      for j in 0..<dimension {
        mean[i, j] = divisor > 0 ? scale[i, j] / divisor : i == j ? .infinity : .nan
      }
    }
    return mean
  }

  /// Of each element, for df > d + 3: ((df - d + 1) S_ij^2 + (df - d - 1) S_ii S_jj)
  /// / ((df - d) (df - d - 1)^2 (df - d - 3)); infinite else.
  public var variance: Matrix {
    let m = degreesOfFreedom - Double(dimension)
    var variance = scale
    for i in 0..<dimension {
      for j in 0..<dimension {
        let square = (m + 1) * scale[i, j] * scale[i, j] + (m - 1) * scale[i, i] * scale[j, j]
        variance[i, j] =
          m > 3 ? square / (m * (m - 1) * (m - 1) * (m - 3)) : .infinity
      }
    }
    return variance
  }
}
