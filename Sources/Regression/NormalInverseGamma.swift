import Approximation
import Densities
import Differentiation
import Distributions
import Estimation
import Execution
import Foundation
import LinearAlgebra
import Optimization
import Randomness
import SpecialFunctions

/// The conjugate prior of a linear model with unknown noise, for a standardised target:
///
/// ```
/// theta | sigma^2 ~ N(0, s^2 sigma^2 I),   sigma^2 ~ InverseGamma(a, b)
/// ```
public struct NormalInverseGammaPrior: Sendable, Equatable {
  /// s, the standard deviation of the coefficients over that of the noise; nil to take the s in
  /// [1e-3, 1e3] that maximises the evidence.
  public var coefficientScale: Double?
  /// a.
  public var noiseShape: Double
  /// b, in units of the target's variance.
  public var noiseScale: Double

  /// The values, each in [1e-9, 1e9], are checked where the prior is used.
  public init(
    coefficientScale: Double? = nil, noiseShape: Double = 1, noiseScale: Double = 0.1
  ) {
    self.coefficientScale = coefficientScale
    self.noiseShape = noiseShape
    self.noiseScale = noiseScale
  }

  func validate() throws(RegressionError) {
    for (name, value) in [
      ("scale of the coefficients", coefficientScale ?? 1),
      ("shape of the noise", noiseShape), ("scale of the noise", noiseScale),
    ] {
      guard value >= 1e-9, value <= 1e9 else {
        throw .setting("the prior's \(name) \(value) is not in [1e-9, 1e9]")
      }
    }
  }
}

/// The posterior of a polynomial regression under ``NormalInverseGammaPrior``, in closed form.
///
/// ```
/// theta | sigma^2 ~ N(m, sigma^2 (Phi'Phi + I / s^2)^-1),   sigma^2 ~ InverseGamma(a_n, b_n)
/// y(x) ~ StudentT(2 a_n; phi(x)'m, (b_n / a_n) (1 + phi(x)'(Phi'Phi + I / s^2)^-1 phi(x)))
/// ```
///
/// ## References
/// C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), sections 3.3 to 3.5;
/// A. Gelman et al., *Bayesian Data Analysis*, 3rd edition (2013), section 14.2.
public struct NormalInverseGammaPosterior: Sendable {
  /// Of the curve.
  public let basis: PolynomialBasis
  /// s, given or found.
  public let coefficientScale: Double
  /// a_n, b_n (for the standardised target).
  public let shape: Double
  public let scale: Double
  /// The log of the marginal likelihood of the target as given (not standardised).
  public let logEvidence: Double

  private let prior: NormalInverseGammaPrior
  private let target: Standardization
  private let design: Matrix
  private let standardizedY: [Double]
  /// m, for the standardised target.
  private let mean: [Double]
  /// The rows of V, and 1 / (d^2 + 1 / s^2) for each: the posterior covariance over sigma^2.
  private let right: Matrix
  private let variances: [Double]

  init(basis: PolynomialBasis, prior: NormalInverseGammaPrior, _ data: RegressionData) throws {
    try prior.validate()
    let target = Standardization(data.y)
    let z = data.y.map(target.standardize)
    let design = basis.design(data.x)
    let svd = try SingularValueDecomposition(design)
    // The design of more coefficients than rows has a null space, where the prior rules.
    let rank = svd.values.count
    let projected = (0..<rank).map { j in
      (0..<data.count).reduce(0) { $0 + svd.left[$1, j] * z[$1] }
    }
    let outside = max(0, dot(z, z) - dot(projected, projected))
    let n = Double(data.count)
    let shape = prior.noiseShape + n / 2

    func scale(_ s: Double) -> Double {
      var sum = outside
      for (d, u) in zip(svd.values, projected) { sum += u * u / (1 + s * s * d * d) }
      return prior.noiseScale + sum / 2
    }
    func evidence(_ s: Double) -> Double {
      let determinant = svd.values.reduce(0) { $0 + log1p(s * s * $1 * $1) }
      return -n / 2 * log(2 * .pi) - determinant / 2 + prior.noiseShape * log(prior.noiseScale)
        - shape * log(scale(s)) + logGamma(shape) - logGamma(prior.noiseShape)
        - n * log(target.scale)
    }
    let s =
      prior.coefficientScale
      ?? exp(GoldenSection().maximize(on: log(1e-3)...log(1e3)) { evidence(exp($0)) }.argument)

    self.basis = basis
    self.prior = prior
    self.target = target
    self.design = design
    self.shape = shape
    self.scale = scale(s)
    coefficientScale = s
    logEvidence = evidence(s)
    standardizedY = z
    right = svd.rightTransposed
    variances = svd.values.map { s * s / (1 + s * s * $0 * $0) }
    var mean = [Double](repeating: 0, count: basis.count)
    for j in 0..<rank {
      let factor = svd.values[j] * projected[j] * variances[j]
      for k in mean.indices { mean[k] += factor * svd.rightTransposed[j, k] }
    }
    self.mean = mean
  }

  /// phi' (Phi'Phi + I / s^2)^-1 phi.
  private func leverage(_ phi: [Double]) -> Double {
    let inside = right * phi
    var sum = 0.0
    for (u, variance) in zip(inside, variances) { sum += u * u * variance }
    let outside = dot(phi, phi) - dot(inside, inside)
    if right.rows < basis.count {
      sum += max(0, outside) * coefficientScale * coefficientScale
    }
    return sum
  }

  /// The posterior predictive distribution of y at `x`, in closed form.
  /// - Throws: `ParameterError` so far outside the training inputs that the basis overflows.
  public func predictive(at x: Double) throws(ParameterError) -> StudentT {
    let phi = basis(x)
    return try StudentT(
      degreesOfFreedom: 2 * shape, location: target.mean + target.scale * dot(phi, mean),
      scale: target.scale * (scale / shape * (1 + leverage(phi))).squareRoot())
  }

  /// The posterior mean of the coefficients of the powers of x, lowest first.
  public var coefficients: [Double] { inPowers(mean) }

  /// The posterior standard deviations of ``coefficients``; nil where they do not exist.
  public var standardErrors: [Double]? {
    guard shape > 1 else { return nil }
    let conversion = basis.powerMatrix
    return (0..<basis.count).map { j in
      target.scale * (scale / (shape - 1) * leverage(Array(conversion[row: j]))).squareRoot()
    }
  }

  /// The joint mode in (theta, sigma^2): the curve of the posterior mean, with this noise.
  public var modeNoiseStandardDeviation: Double {
    target.scale * (scale / (shape + Double(basis.count) / 2 + 1)).squareRoot()
  }

  /// The plug-in prediction at the mode.
  /// - Throws: `ParameterError` so far outside the training inputs that the basis overflows.
  public func modePredictive(at x: Double) throws(ParameterError) -> Normal<Double> {
    try Normal(
      mean: target.mean + target.scale * dot(basis(x), mean),
      standardDeviation: modeNoiseStandardDeviation)
  }

  /// Turns basis coefficients for the standardised target into powers of x for y.
  func inPowers(_ coefficients: [Double]) -> [Double] {
    var refined = coefficients.map { DoubleDouble.product($0, target.scale) }
    refined[0] += DoubleDouble(target.mean)
    return basis.powers(refined).map(\.value)
  }

  // MARK: Averages over draws

  /// Independent draws of (theta, log sigma), for the standardised target, from this posterior.
  public func draws(_ count: Int, seed: UInt64) -> WeightedDraws<[Double]> {
    var generator = Philox(seed: seed)
    let noise = try! Gamma(shape: shape, rate: scale)  // positive
    let normal = try! Normal(mean: 0, standardDeviation: 1)
    let values = (0..<count).map { _ -> [Double] in
      let sigma = 1 / noise.sample(using: &generator).squareRoot()
      let z = (0..<basis.count).map { _ in normal.sample(using: &generator) }
      // In the directions of the rows of V with their variances, in the rest with s^2.
      let inside = right * z
      var theta = mean
      for k in theta.indices {
        if right.rows < basis.count { theta[k] += sigma * coefficientScale * z[k] }
        for j in inside.indices {
          let deviation =
            variances[j].squareRoot()
            - (right.rows < basis.count ? coefficientScale : 0)
          theta[k] += sigma * deviation * inside[j] * right[j, k]
        }
      }
      return theta + [log(sigma)]
    }
    return WeightedDraws(equallyWeighted: values)
  }

  /// The posterior of (theta, log sigma) as a compiled program, with the constants of likelihood
  /// and prior (for the standardised target), so that its integral is the evidence.
  public func logDensity() throws -> Program {
    let (phi, z) = (Tensor(design.elements, shape: [design.rows, design.columns]), standardizedY)
    let (s, a, b) = (coefficientScale, prior.noiseShape, prior.noiseScale)
    let p = basis.count
    return try Program(dimension: p + 1) { position in
      let (theta, logSigma) = (position[0..<p], position[p])
      let sigma = Tensor.exp(logSigma)
      let likelihood = Normal(mean: phi.matrixProduct(theta), standardDeviation: sigma)
        .logDensity(of: Tensor(z))
      let coefficients = Normal(mean: 0, standardDeviation: Tensor(s) * sigma)
        .logDensity(of: theta)
      // sigma^2 ~ InverseGamma(a, b), with the Jacobian 2 sigma^2 of log sigma.
      let noise =
        Tensor(a * log(b) - logGamma(a) + log(2)) - Tensor(2 * a) * logSigma
        - Tensor(b) * Tensor.exp(Tensor(-2) * logSigma)
      return likelihood + coefficients + noise
    }
  }

  /// The mode of ``logDensity()``.
  public var mode: [Double] {
    mean + [0.5 * log(scale / (shape + Double(basis.count) / 2))]
  }

  /// A Student t(5) proposal around the mode, shaped by the Laplace approximation there.
  public func proposal(for density: Program) throws -> MultivariateStudentT {
    try LaplaceApproximation(of: density, at: mode).studentT(degreesOfFreedom: 5)
  }

  /// Self-normalised importance draws of (theta, log sigma) from ``proposal(for:)``.
  public func importanceDraws(
    _ count: Int, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> WeightedDraws<[Double]> {
    let density = try logDensity()
    return try await SelfNormalizedImportanceSampler(
      proposal: try proposal(for: density), draws: count
    ).weightedDraws(of: density, seed: seed, workers: workers, progress: progress)
  }

  /// The average over draws of (theta, log sigma) of the predictions at `x`.
  public func average(over draws: WeightedDraws<[Double]>, at x: [Double]) -> PredictiveAverage {
    let p = basis.count
    let theta = Matrix(
      rows: draws.values.count, columns: p, elements: draws.values.flatMap { $0.prefix(p) }
    ).transposed
    let basis = basis
    return PredictiveAverage(
      draws: draws, count: x.count, logNoise: draws.values.map { $0[p] }, target: target
    ) { basis.design(Array(x[$0])) * theta }
  }

  /// The log evidence of draws of ``logDensity()``, for the target as given.
  public func logEvidence(of draws: WeightedDraws<[Double]>) -> Double {
    draws.logEvidence - Double(standardizedY.count) * log(target.scale)
  }

  /// The weighted mean and standard deviations of the coefficients of the powers of x.
  public func coefficients(
    of draws: WeightedDraws<[Double]>
  ) -> (means: [Double], standardDeviations: [Double]) {
    let p = basis.count
    var mean = [Double](repeating: 0, count: p)
    for (value, weight) in zip(draws.values, draws.weights) {
      for k in 0..<p { mean[k] += weight * value[k] }
    }
    var covariance = Matrix(rows: p, columns: p)
    for (value, weight) in zip(draws.values, draws.weights) where weight > 0 {
      for i in 0..<p {
        for j in 0..<p {
          covariance[i, j] += weight * (value[i] - mean[i]) * (value[j] - mean[j])
        }
      }
    }
    let conversion = basis.powerMatrix
    let deviations = (0..<p).map { j -> Double in
      let row = Array(conversion[row: j])
      return target.scale * max(0, dot(row, covariance * row)).squareRoot()
    }
    return (inPowers(mean), deviations)
  }
}
