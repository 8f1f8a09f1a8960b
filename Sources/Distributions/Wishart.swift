import Foundation
import LinearAlgebra
import SpecialFunctions

/// The Wishart distribution of a symmetric positive definite matrix.
///
/// ```
/// log p(X) = (df - d - 1) / 2 log det X - tr(S^-1 X) / 2 - df d / 2 log 2 - df / 2 log det S
///            - log Gamma_d(df / 2)
/// ```
///
/// Sampled by Bartlett's decomposition: X = L A A' L' with S = L L' and A a lower triangle of normals
/// with roots of chi-squared draws on its diagonal.
///
/// The diagonal of X has gamma tails, df S_ii for its mean.
///
/// - Complexity: O(d^3).
///
/// ## References
/// M. S. Bartlett, Proc. R. Soc. Edinb. 53 (1933); W. B. Smith, R. R. Hocking, Applied Statistics 21
/// (1972), doi:10.2307/2346290.
public struct Wishart: Distribution {
  /// More than the dimension less one.
  public let degreesOfFreedom: Double
  /// S, `[dimension, dimension]`.
  public let scale: Matrix
  private let factor: CholeskyFactorization
  private let scaleInverse: Matrix
  /// -log Gamma_d(df / 2), without what cancels in `logDensity`.
  private let logNormalization: Double
  private let squares: [Gamma]

  /// - Parameters:
  ///   - degreesOfFreedom: above dimension - 1 and at most 1e15.
  ///   - scale: S, symmetric positive definite; the lower triangle is read.
  /// - Throws: ``ParameterError`` or `LinearAlgebraError`.
  public init(degreesOfFreedom: Double, scale: Matrix) throws {
    try requireSquare(scale, named: "scale", of: "Wishart")
    try requireDegreesOfFreedom(degreesOfFreedom, dimension: scale.rows, of: "Wishart")
    self.degreesOfFreedom = degreesOfFreedom
    factor = try CholeskyFactorization(scale)
    scaleInverse = factor.inverse
    self.scale = factor.lower * factor.lower.transposed
    logNormalization = -logMultivariateGammaRemainder(
      degreesOfFreedom / 2, dimension: scale.rows)
    squares = try (0..<scale.rows).map {
      try Gamma(shape: (degreesOfFreedom - Double($0)) / 2, rate: 0.5)
    }
  }

  /// d.
  public var dimension: Int { scale.rows }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Matrix {
    let product = factor.lower * bartlett(using: &generator)
    return product * product.transposed
  }

  /// A.
  func bartlett<G: RandomNumberGenerator>(using generator: inout G) -> Matrix {
    var a = Matrix(rows: dimension, columns: dimension)
    for i in 0..<dimension {
      for j in 0..<i { a[i, j] = Ziggurat.normal.sample(using: &generator) }
      a[i, i] = squares[i].sample(using: &generator).squareRoot()
    }
    return a
  }

  /// Minus infinity where `value` is not positive definite.
  public func logDensity(of value: Matrix) -> Double {
    precondition(
      value.rows == dimension && value.columns == dimension,
      "a [\(value.rows), \(value.columns)] for a distribution of [\(dimension), \(dimension)]")
    guard let x = try? CholeskyFactorization(value) else { return -.infinity }
    return logNormalization - 0.5 * Double(dimension + 1) * x.logDeterminant
      + 0.5 * degreesOfFreedom * logDetMinusTrace(x.lower, over: factor.lower, degreesOfFreedom)
  }

  /// The partial derivatives of the log density in the value, the degrees of freedom and S; in a matrix
  /// as if all its elements were free, so each is symmetric.
  public func logDensityPartials(
    of value: Matrix
  ) throws -> (value: Matrix, degreesOfFreedom: Double, scale: Matrix) {
    let (x, inverse, d) = (try CholeskyFactorization(value), scaleInverse, Double(dimension))
    let xInverse = x.inverse
    var inValue = xInverse
    var inScale = inverse * value * inverse
    for i in inValue.elements.indices {
      inValue.elements[i] =
        0.5 * ((degreesOfFreedom - d - 1) * xInverse.elements[i] - inverse.elements[i])
      inScale.elements[i] = 0.5 * (inScale.elements[i] - degreesOfFreedom * inverse.elements[i])
    }
    let digammas = (0..<dimension).reduce(0.0) {
      $0 + digamma((degreesOfFreedom - Double($1)) / 2)
    }
    return (
      inValue, 0.5 * (x.logDeterminant - factor.logDeterminant - d * log(2) - digammas), inScale
    )
  }

  /// df S.
  public var mean: Matrix {
    var mean = scale
    for i in mean.elements.indices { mean.elements[i] *= degreesOfFreedom }
    return mean
  }
  /// Of each element: df (S_ij^2 + S_ii S_jj).
  public var variance: Matrix {
    var variance = scale
    for i in 0..<dimension {
      for j in 0..<dimension {
        variance[i, j] = degreesOfFreedom * (scale[i, j] * scale[i, j] + scale[i, i] * scale[j, j])
      }
    }
    return variance
  }
}

func requireDegreesOfFreedom(
  _ value: Double, dimension: Int, of distribution: String
) throws(ParameterError) {
  guard value > Double(dimension - 1), value <= 1e15 else {
    throw ParameterError(
      distribution, "degreesOfFreedom", value, not: "above \(dimension - 1) and at most 1e15")
  }
}

/// log Gamma_d(x) - d (x log x - x), where log Gamma_d(x) = d (d - 1) / 4 log pi
/// + sum_i log Gamma(x - i / 2), i from 0 to d - 1.
func logMultivariateGammaRemainder(_ x: Double, dimension: Int) -> Double {
  var sum = Double(dimension * (dimension - 1)) / 4 * log(Double.pi)
  for i in 0..<dimension {
    sum += logGammaRemainder(x) + logGammaStep(x, by: -Double(i) / 2)
  }
  return sum
}

/// log det M - tr M + d for M = T T' / df with the triangle T = `denominator`^-1 `numerator`: near the
/// identity, where these cancel, without cancellation.
func logDetMinusTrace(_ numerator: Matrix, over denominator: Matrix, _ df: Double) -> Double {
  var sum = 0.0
  for j in 0..<numerator.rows {
    let column = denominator.solveTriangular((0..<numerator.rows).map { numerator[$0, j] }, .lower)
    sum += logMinus(column[j] * column[j] / df)
    for i in j + 1..<max(numerator.rows, j + 1) { sum -= column[i] * column[i] / df }
  }
  return sum
}
