import Distributions

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
}
