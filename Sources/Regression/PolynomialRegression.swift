import Distributions
import Foundation
import LinearAlgebra

/// Polynomial regression of one target on one input, y = sum_k theta_k phi_k(x) + noise.
///
/// The basis is ``PolynomialBasis`` on the training rows; y is standardised on them. Fitted by
/// maximum likelihood or as a conjugate Bayesian model.
///
/// ```swift
/// let regression = PolynomialRegression(degree: 5)
/// let fit = try regression.maximumLikelihood(data)
/// let posterior = try regression.posterior(data)
/// let band = posterior.predictive(at: 3.5)          // a StudentT
/// ```
public struct PolynomialRegression: Sendable {
  /// The highest power of x; not negative.
  public var degree: Int
  /// Of the Bayesian model.
  public var prior: NormalInverseGammaPrior

  public init(degree: Int, prior: NormalInverseGammaPrior = NormalInverseGammaPrior()) {
    precondition(degree >= 0, "a degree of \(degree)")
    self.degree = degree
    self.prior = prior
  }

  /// The least-squares fit, by QR on the orthogonal basis with iterative refinement.
  ///
  /// - Throws: ``RegressionError/notIdentified(coefficients:distinctX:)`` where there are fewer
  ///   distinct x than coefficients, `.numericallyDependent` where rounding makes it so.
  /// - Complexity: O(n degree^2).
  public func maximumLikelihood(_ data: RegressionData) throws -> MaximumLikelihoodFit {
    let distinct = Set(data.x).count
    guard distinct > degree else {
      throw RegressionError.notIdentified(coefficients: degree + 1, distinctX: distinct)
    }
    return try MaximumLikelihoodFit(basis: PolynomialBasis(degree: degree, fitting: data.x), data)
  }

  /// The posterior under ``prior``, in closed form.
  /// - Complexity: O(n degree^2).
  public func posterior(_ data: RegressionData) throws -> NormalInverseGammaPosterior {
    try NormalInverseGammaPosterior(
      basis: PolynomialBasis(degree: degree, fitting: data.x), prior: prior, data)
  }
}

/// A polynomial fitted by maximum likelihood.
public struct MaximumLikelihoodFit: Sendable {
  /// Of the curve.
  public let basis: PolynomialBasis
  /// Of the basis functions, `[degree + 1]`.
  public let basisCoefficients: [Double]
  /// Of the powers of x, lowest first, `[degree + 1]`.
  public let coefficients: [Double]
  /// The classical standard errors of ``coefficients``; nil where n = degree + 1.
  public let standardErrors: [Double]?
  /// RSS, on the training rows.
  public let residualSumOfSquares: Double
  /// sqrt(RSS / (n - degree - 1)); nil where n = degree + 1.
  public let noiseStandardDeviation: Double?
  /// Whether the curve goes through every point to rounding, so that there is no noise to see.
  public let isExact: Bool

  init(basis: PolynomialBasis, _ data: RegressionData) throws {
    let refined = data.x.flatMap { basis.refined($0) }
    let design = Matrix(rows: data.count, columns: basis.count, elements: refined.map(\.high))
    let solution = try LeastSquares(design, lowerParts: refined.map(\.low), vector: data.y)
    let condition = solution.factorization.reciprocalCondition
    guard condition > 1e-14 else {
      throw RegressionError.numericallyDependent(reciprocalCondition: condition)
    }
    self.basis = basis
    basisCoefficients = solution.solution
    coefficients = basis.powers(solution.refinedSolution).map(\.value)
    residualSumOfSquares = solution.residualSumOfSquares
    let rounding = Double.ulpOfOne * data.y.reduce(0) { max($0, abs($1)) }
    isExact = residualSumOfSquares <= Double(data.count) * rounding * rounding
    let degreesOfFreedom = data.count - basis.count
    guard degreesOfFreedom > 0 else {
      (standardErrors, noiseStandardDeviation) = (nil, nil)
      return
    }
    let noise = (residualSumOfSquares / Double(degreesOfFreedom)).squareRoot()
    let upper = solution.factorization.upper
    let conversion = basis.powerMatrix
    standardErrors = (0..<basis.count).map { j in
      noise * norm(upper.solveTriangular(Array(conversion[row: j]), .upperTransposed))
    }
    noiseStandardDeviation = noise
  }

  /// The fitted curve at `x`.
  public func mean(at x: Double) -> Double { dot(basis(x), basisCoefficients) }

  /// N(curve, noise^2), the plug-in prediction; nil where the noise cannot be told.
  public func predictive(at x: Double) -> Normal<Double>? {
    isExact
      ? nil
      : noiseStandardDeviation.flatMap { try? Normal(mean: mean(at: x), standardDeviation: $0) }
  }
}
