import Distributions
import LinearAlgebra

extension ParameterErrorTests.Case {
  private static func one(
    _ distribution: String, _ parameter: String, _ values: [Double],
    _ make: @escaping @Sendable (Double) throws -> Void
  ) -> Self {
    .init(distribution: distribution, parameter: parameter, values: values, make: make)
  }

  static let closedForms: [Self] = [
    one("Exponential", "rate", notPositive) { _ = try Exponential(rate: $0) },
    one("Exponential", "mean", notPositive) { _ = try Exponential(mean: $0) },
    one("LogNormal", "logMean", notFinite) {
      _ = try LogNormal(logMean: $0, logStandardDeviation: 1)
    },
    one("LogNormal", "logStandardDeviation", notPositive) {
      _ = try LogNormal(logMean: 0, logStandardDeviation: $0)
    },
    one("Cauchy", "location", notFinite) { _ = try Cauchy(location: $0, scale: 1) },
    one("Cauchy", "scale", notPositive) { _ = try Cauchy(location: 0, scale: $0) },
    one("ExponentialPower", "exponent", notPositive + [1e-3, 2e3]) {
      _ = try ExponentialPower(location: 0, scale: 1, exponent: $0)
    },
    one("Rayleigh", "scale", notPositive) { _ = try Rayleigh(scale: $0) },
    one("RayleighTail", "lower", notFinite + [-1, 1e151]) {
      _ = try RayleighTail(lower: $0, scale: 1)
    },
    one("NormalTail", "lower", notFinite + [1e101]) {
      _ = try NormalTail(lower: $0, standardDeviation: 1)
    },
    one("Logistic", "scale", notPositive) { _ = try Logistic(location: 0, scale: $0) },
    one("Pareto", "scale", notPositive) { _ = try Pareto(scale: $0, shape: 1) },
    one("Pareto", "shape", notPositive) { _ = try Pareto(scale: 1, shape: $0) },
    one("Weibull", "scale", notPositive) { _ = try Weibull(scale: $0, shape: 1) },
    one("Weibull", "shape", notPositive) { _ = try Weibull(scale: 1, shape: $0) },
    one("Gumbel", "location", notFinite) { _ = try Gumbel(location: $0, scale: 1) },
    one("GumbelType2", "shape", notPositive) { _ = try GumbelType2(shape: $0, scale: 1) },
    one("HalfNormal", "scale", notPositive) { _ = try HalfNormal(scale: $0) },
    one("HalfCauchy", "scale", notPositive) { _ = try HalfCauchy(scale: $0) },
    one("Triangular", "mode", [.nan, -0.5, 2]) {
      _ = try Triangular(lower: 0, mode: $0, upper: 1)
    },
    one("Triangular", "upper", notFinite) { _ = try Triangular(lower: 0, mode: 0, upper: $0) },
  ]

  static let specialFunctions: [Self] = [
    one("InverseGamma", "shape", notPositive) { _ = try InverseGamma(shape: $0, scale: 1) },
    one("InverseGamma", "scale", notPositive) { _ = try InverseGamma(shape: 1, scale: $0) },
    one("ChiSquared", "degreesOfFreedom", notPositive) {
      _ = try ChiSquared(degreesOfFreedom: $0)
    },
    one("FisherF", "denominatorDegreesOfFreedom", notPositive) {
      _ = try FisherF(numeratorDegreesOfFreedom: 1, denominatorDegreesOfFreedom: $0)
    },
    one("HalfStudentT", "degreesOfFreedom", notPositive) {
      _ = try HalfStudentT(degreesOfFreedom: $0, scale: 1)
    },
    one("Beta", "alpha", notPositive) { _ = try Beta(alpha: $0, beta: 1) },
    one("Beta", "beta", notPositive) { _ = try Beta(alpha: 1, beta: $0) },
    one("VonMises", "direction", notFinite + [3.2]) {
      _ = try VonMises(direction: $0, concentration: 1)
    },
    one("VonMises", "concentration", notFinite + [-1, 1e16]) {
      _ = try VonMises(direction: 0, concentration: $0)
    },
    one("SkewNormal", "shape", notFinite + [1e101]) {
      _ = try SkewNormal(location: 0, scale: 1, shape: $0)
    },
  ]

  private static let notProbability: [Double] = [-0.1, 1.5, .nan, .infinity]

  static let integersAndVectors: [Self] = [
    one("Bernoulli", "probability", notProbability) { _ = try Bernoulli(probability: $0) },
    one("Bernoulli", "logit", [.nan]) { _ = try Bernoulli(logit: $0) },
    one("Binomial", "probability", notProbability) {
      _ = try Binomial(trials: 3, probability: $0)
    },
    one("Binomial", "trials", [-1]) { _ = try Binomial(trials: Int($0), probability: 0.5) },
    one("BetaBinomial", "alpha", notPositive) {
      _ = try BetaBinomial(trials: 3, alpha: $0, beta: 1)
    },
    one("BetaBinomial", "beta", notPositive) {
      _ = try BetaBinomial(trials: 3, alpha: 1, beta: $0)
    },
    one("Poisson", "rate", [-1, .nan, .infinity]) { _ = try Poisson(rate: $0) },
    one("Poisson", "logRate", [.nan, .infinity]) { _ = try Poisson(logRate: $0) },
    one("Geometric", "probability", notProbability + [0]) {
      _ = try Geometric(probability: $0)
    },
    one("Logarithmic", "probability", notProbability + [0, 1]) {
      _ = try Logarithmic(probability: $0)
    },
    one("DiscreteUniform", "upper", [-1]) {
      _ = try DiscreteUniform(lower: 0, upper: Int($0))
    },
    one("Categorical", "probabilities[1]", [-0.1, .nan]) {
      _ = try Categorical(probabilities: [0.5, $0])
    },
    one("Dirichlet", "concentration[1]", notPositive) {
      _ = try Dirichlet(concentration: [1, $0])
    },
    one("Multinomial", "probabilities[0]", [-0.1, 1.5, .nan]) {
      _ = try Multinomial(trials: 2, probabilities: [$0, 0.5])
    },
    one("Multinomial", "trials", [-1]) {
      _ = try Multinomial(trials: Int($0), probabilities: [1])
    },
    one("MultivariateNormal", "mean[1]", notFinite) {
      _ = try MultivariateNormal(mean: [0, $0], covariance: .identity(2))
    },
    one("MultivariateStudentT", "degreesOfFreedom", notPositive) {
      _ = try MultivariateStudentT(degreesOfFreedom: $0, location: [0], scale: .identity(1))
    },
    one("Wishart", "degreesOfFreedom", [1, 0, .nan, .infinity]) {
      _ = try Wishart(degreesOfFreedom: $0, scale: .identity(2))
    },
    one("InverseWishart", "degreesOfFreedom", [1, 0, .nan, .infinity]) {
      _ = try InverseWishart(degreesOfFreedom: $0, scale: .identity(2))
    },
    one("LevyStable", "exponent", notPositive + [2.5]) {
      _ = try LevyStable(scale: 1, exponent: $0)
    },
    one("LevySkewStable", "scale", notPositive) {
      _ = try LevySkewStable(scale: $0, exponent: 1.5, skewness: 0)
    },
    one("LevySkewStable", "skewness", notFinite + [1.1]) {
      _ = try LevySkewStable(scale: 1, exponent: 1.5, skewness: $0)
    },
    one("Landau", "location", notFinite) { _ = try Landau(location: $0) },
    one("Landau", "scale", notPositive) { _ = try Landau(scale: $0) },
    one("LKJCholesky", "dimension", [0, -1]) {
      _ = try LKJCholesky(dimension: Int($0), shape: 1)
    },
    one("LKJCholesky", "shape", notPositive) { _ = try LKJCholesky(dimension: 2, shape: $0) },
  ]
}
