internal import CGSL

/// A continuous family of GSL's with its parameters, in GSL's parameterisation.
package enum GSLContinuous: Sendable, Hashable {
  case gaussian(standardDeviation: Double)
  case exponential(mean: Double)
  case laplace(scale: Double)
  case cauchy(scale: Double)
  case rayleigh(scale: Double)
  case chiSquared(degreesOfFreedom: Double)
  case studentT(degreesOfFreedom: Double)
  case logistic(scale: Double)
  case flat(lower: Double, upper: Double)
  /// exp(-|x / scale|^exponent) / (2 scale Gamma(1 + 1 / exponent)).
  case exponentialPower(scale: Double, exponent: Double)
  case gamma(shape: Double, scale: Double)
  /// The degrees of freedom of the numerator and of the denominator.
  case fisherF(numerator: Double, denominator: Double)
  case beta(alpha: Double, beta: Double)
  /// exp(zeta + sigma z) of a standard normal z.
  case logNormal(zeta: Double, sigma: Double)
  /// (exponent / scale) (x / scale)^-(exponent + 1) from `scale` on.
  case pareto(exponent: Double, scale: Double)
  case weibull(scale: Double, exponent: Double)
  /// a b exp(-(b exp(-a x) + a x)).
  case gumbel1(a: Double, b: Double)
  /// a b x^(-a - 1) exp(-b x^-a) for x > 0.
  case gumbel2(a: Double, b: Double)

  var routines: ContinuousRoutines {
    switch self {
    case .gaussian(let a):
      ContinuousRoutines(
        "gaussian", a, gsl_ran_gaussian_pdf, gsl_cdf_gaussian_P, gsl_cdf_gaussian_Q,
        gsl_cdf_gaussian_Pinv, gsl_cdf_gaussian_Qinv)
    case .exponential(let a):
      ContinuousRoutines(
        "exponential", a, gsl_ran_exponential_pdf, gsl_cdf_exponential_P, gsl_cdf_exponential_Q,
        gsl_cdf_exponential_Pinv, gsl_cdf_exponential_Qinv)
    case .laplace(let a):
      ContinuousRoutines(
        "laplace", a, gsl_ran_laplace_pdf, gsl_cdf_laplace_P, gsl_cdf_laplace_Q,
        gsl_cdf_laplace_Pinv, gsl_cdf_laplace_Qinv)
    case .cauchy(let a):
      ContinuousRoutines(
        "cauchy", a, gsl_ran_cauchy_pdf, gsl_cdf_cauchy_P, gsl_cdf_cauchy_Q, gsl_cdf_cauchy_Pinv,
        gsl_cdf_cauchy_Qinv)
    case .rayleigh(let a):
      ContinuousRoutines(
        "rayleigh", a, gsl_ran_rayleigh_pdf, gsl_cdf_rayleigh_P, gsl_cdf_rayleigh_Q,
        gsl_cdf_rayleigh_Pinv, gsl_cdf_rayleigh_Qinv)
    case .chiSquared(let a):
      ContinuousRoutines(
        "chisq", a, gsl_ran_chisq_pdf, gsl_cdf_chisq_P, gsl_cdf_chisq_Q, gsl_cdf_chisq_Pinv,
        gsl_cdf_chisq_Qinv)
    case .studentT(let a):
      ContinuousRoutines(
        "tdist", a, gsl_ran_tdist_pdf, gsl_cdf_tdist_P, gsl_cdf_tdist_Q, gsl_cdf_tdist_Pinv,
        gsl_cdf_tdist_Qinv)
    case .logistic(let a):
      ContinuousRoutines(
        "logistic", a, gsl_ran_logistic_pdf, gsl_cdf_logistic_P, gsl_cdf_logistic_Q,
        gsl_cdf_logistic_Pinv, gsl_cdf_logistic_Qinv)
    case .flat(let a, let b):
      ContinuousRoutines(
        "flat", a, b, gsl_ran_flat_pdf, gsl_cdf_flat_P, gsl_cdf_flat_Q, gsl_cdf_flat_Pinv,
        gsl_cdf_flat_Qinv)
    case .exponentialPower(let a, let b):
      ContinuousRoutines("exppow", a, b, gsl_ran_exppow_pdf, gsl_cdf_exppow_P, gsl_cdf_exppow_Q)
    case .gamma(let a, let b):
      ContinuousRoutines(
        "gamma", a, b, gsl_ran_gamma_pdf, gsl_cdf_gamma_P, gsl_cdf_gamma_Q, gsl_cdf_gamma_Pinv,
        gsl_cdf_gamma_Qinv)
    case .fisherF(let a, let b):
      ContinuousRoutines(
        "fdist", a, b, gsl_ran_fdist_pdf, gsl_cdf_fdist_P, gsl_cdf_fdist_Q, gsl_cdf_fdist_Pinv,
        gsl_cdf_fdist_Qinv)
    case .beta(let a, let b):
      ContinuousRoutines(
        "beta", a, b, gsl_ran_beta_pdf, gsl_cdf_beta_P, gsl_cdf_beta_Q, gsl_cdf_beta_Pinv,
        gsl_cdf_beta_Qinv)
    case .logNormal(let a, let b):
      ContinuousRoutines(
        "lognormal", a, b, gsl_ran_lognormal_pdf, gsl_cdf_lognormal_P, gsl_cdf_lognormal_Q,
        gsl_cdf_lognormal_Pinv, gsl_cdf_lognormal_Qinv)
    case .pareto(let a, let b):
      ContinuousRoutines(
        "pareto", a, b, gsl_ran_pareto_pdf, gsl_cdf_pareto_P, gsl_cdf_pareto_Q, gsl_cdf_pareto_Pinv,
        gsl_cdf_pareto_Qinv)
    case .weibull(let a, let b):
      ContinuousRoutines(
        "weibull", a, b, gsl_ran_weibull_pdf, gsl_cdf_weibull_P, gsl_cdf_weibull_Q,
        gsl_cdf_weibull_Pinv, gsl_cdf_weibull_Qinv)
    case .gumbel1(let a, let b):
      ContinuousRoutines(
        "gumbel1", a, b, gsl_ran_gumbel1_pdf, gsl_cdf_gumbel1_P, gsl_cdf_gumbel1_Q,
        gsl_cdf_gumbel1_Pinv, gsl_cdf_gumbel1_Qinv)
    case .gumbel2(let a, let b):
      ContinuousRoutines(
        "gumbel2", a, b, gsl_ran_gumbel2_pdf, gsl_cdf_gumbel2_P, gsl_cdf_gumbel2_Q,
        gsl_cdf_gumbel2_Pinv, gsl_cdf_gumbel2_Qinv)
    }
  }
}

/// A discrete family of GSL's with its parameters.
package enum GSLDiscrete: Sendable, Hashable {
  case bernoulli(probability: Double)
  case binomial(probability: Double, trials: Int)
  case poisson(mean: Double)
  /// Trials up to and with the first success: 1, 2, ...
  case geometric(probability: Double)
  /// Failures before success number `successes`, which need not be whole.
  case negativeBinomial(probability: Double, successes: Double)
  /// Failures before success number `successes`.
  case pascal(probability: Double, successes: Int)
  /// The first kind among `draws` out of `first` of one kind and `second` of another.
  case hypergeometric(first: Int, second: Int, draws: Int)
  /// -p^k / (k log(1 - p)), k = 1, 2, ...
  case logarithmic(probability: Double)

  /// P(X = k).
  func density(_ k: Int) throws(GSLError) -> Double {
    let function = "gsl_ran_\(name)_pdf"
    if k < 0 { return 0 }
    let k = try natural(k, function)
    let value =
      switch self {
      case .bernoulli(let p): gsl_ran_bernoulli_pdf(k, p)
      case .binomial(let p, let n): gsl_ran_binomial_pdf(k, p, try natural(n, function))
      case .poisson(let mean): gsl_ran_poisson_pdf(k, mean)
      case .geometric(let p): gsl_ran_geometric_pdf(k, p)
      case .negativeBinomial(let p, let n): gsl_ran_negative_binomial_pdf(k, p, n)
      case .pascal(let p, let n): gsl_ran_pascal_pdf(k, p, try natural(n, function))
      case .hypergeometric(let first, let second, let draws):
        gsl_ran_hypergeometric_pdf(
          k, try natural(first, function), try natural(second, function),
          try natural(draws, function))
      case .logarithmic(let p): gsl_ran_logarithmic_pdf(k, p)
      }
    return try checkNumber(value, function)
  }

  /// P(X <= k), or P(X > k) with `isUpper`.
  func probability(_ k: Int, _ isUpper: Bool) throws(GSLError) -> Double {
    let function = "gsl_cdf_\(name)_\(isUpper ? "Q" : "P")"
    if k < 0 { return isUpper ? 1 : 0 }
    let k = try natural(k, function)
    let value =
      switch self {
      case .binomial(let p, let n):
        (isUpper ? gsl_cdf_binomial_Q : gsl_cdf_binomial_P)(k, p, try natural(n, function))
      case .poisson(let mean): (isUpper ? gsl_cdf_poisson_Q : gsl_cdf_poisson_P)(k, mean)
      case .geometric(let p): (isUpper ? gsl_cdf_geometric_Q : gsl_cdf_geometric_P)(k, p)
      case .negativeBinomial(let p, let n):
        (isUpper ? gsl_cdf_negative_binomial_Q : gsl_cdf_negative_binomial_P)(k, p, n)
      case .pascal(let p, let n):
        (isUpper ? gsl_cdf_pascal_Q : gsl_cdf_pascal_P)(k, p, try natural(n, function))
      case .hypergeometric(let first, let second, let draws):
        (isUpper ? gsl_cdf_hypergeometric_Q : gsl_cdf_hypergeometric_P)(
          k, try natural(first, function), try natural(second, function),
          try natural(draws, function))
      case .bernoulli, .logarithmic: throw .missing(function)
      }
    return try checkNumber(value, function)
  }

  /// GSL's name of the family.
  private var name: String {
    switch self {
    case .bernoulli: "bernoulli"
    case .binomial: "binomial"
    case .poisson: "poisson"
    case .geometric: "geometric"
    case .negativeBinomial: "negative_binomial"
    case .pascal: "pascal"
    case .hypergeometric: "hypergeometric"
    case .logarithmic: "logarithmic"
    }
  }

  private func natural(_ number: Int, _ function: String) throws(GSLError) -> UInt32 {
    guard let number = UInt32(exactly: number) else {
      throw GSLError(
        code: GSL_EDOM, function: function, message: "\(number) is not in 0...4294967295")
    }
    return number
  }
}

/// What GSL has for a continuous family, and the parameters.
struct ContinuousRoutines {
  typealias OneParameter = @convention(c) (Double, Double) -> Double
  typealias TwoParameters = @convention(c) (Double, Double, Double) -> Double

  /// A function of GSL's with its parameters.
  private enum Function {
    case one(OneParameter, Double)
    case two(TwoParameters, Double, Double)

    func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .one(let function, let a): function(x, a)
      case .two(let function, let a, let b): function(x, a, b)
      }
    }
  }

  private let name: StaticString
  private let pdf, lower, upper: Function
  private let lowerInverse, upperInverse: Function?

  init(
    _ name: StaticString, _ a: Double, _ pdf: OneParameter, _ lower: OneParameter,
    _ upper: OneParameter, _ lowerInverse: OneParameter, _ upperInverse: OneParameter
  ) {
    self.name = name
    self.pdf = .one(pdf, a)
    (self.lower, self.upper) = (.one(lower, a), .one(upper, a))
    (self.lowerInverse, self.upperInverse) = (.one(lowerInverse, a), .one(upperInverse, a))
  }

  init(
    _ name: StaticString, _ a: Double, _ b: Double, _ pdf: TwoParameters, _ lower: TwoParameters,
    _ upper: TwoParameters, _ lowerInverse: TwoParameters? = nil,
    _ upperInverse: TwoParameters? = nil
  ) {
    self.name = name
    self.pdf = .two(pdf, a, b)
    (self.lower, self.upper) = (.two(lower, a, b), .two(upper, a, b))
    self.lowerInverse = lowerInverse.map { .two($0, a, b) }
    self.upperInverse = upperInverse.map { .two($0, a, b) }
  }

  func density(_ x: Double) throws(GSLError) -> Double {
    try checkNumber(pdf(x), "gsl_ran_\(name)_pdf")
  }

  func probability(_ x: Double, _ isUpper: Bool) throws(GSLError) -> Double {
    try checkNumber(isUpper ? upper(x) : lower(x), "gsl_cdf_\(name)_\(isUpper ? "Q" : "P")")
  }

  func quantile(_ p: Double, _ isUpper: Bool) throws(GSLError) -> Double {
    guard let inverse = isUpper ? upperInverse : lowerInverse else {
      throw .missing("gsl_cdf_\(name)_\(isUpper ? "Qinv" : "Pinv")")
    }
    return try checkNumber(inverse(p), "gsl_cdf_\(name)_\(isUpper ? "Qinv" : "Pinv")")
  }
}

extension GSLError {
  /// There is no such function in GSL.
  static func missing(_ function: String) -> GSLError {
    GSLError(code: GSL_EUNIMPL, function: function, message: "GSL has no such function")
  }
}
