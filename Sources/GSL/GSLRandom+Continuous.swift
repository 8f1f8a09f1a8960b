internal import CGSL

/// GSL's continuous variates. Parameters are positive and finite unless it says otherwise.
extension GSLRandom {
  /// `gsl_ran_gaussian`: Normal(0, sd^2) by the polar Box-Muller method.
  public static func gaussian<G: RandomNumberGenerator>(
    standardDeviation: Double, using generator: inout G
  ) -> Double {
    requirePositive(standardDeviation, "standardDeviation")
    return draw(&generator) { gsl_ran_gaussian($0, standardDeviation) }
  }

  /// `gsl_ran_gaussian_ziggurat`: Normal(0, sd^2) by the ziggurat method.
  public static func gaussianZiggurat<G: RandomNumberGenerator>(
    standardDeviation: Double, using generator: inout G
  ) -> Double {
    requirePositive(standardDeviation, "standardDeviation")
    return draw(&generator) { gsl_ran_gaussian_ziggurat($0, standardDeviation) }
  }

  /// `gsl_ran_gaussian_ratio_method`: Normal(0, sd^2) by the ratio of uniforms.
  public static func gaussianRatio<G: RandomNumberGenerator>(
    standardDeviation: Double, using generator: inout G
  ) -> Double {
    requirePositive(standardDeviation, "standardDeviation")
    return draw(&generator) { gsl_ran_gaussian_ratio_method($0, standardDeviation) }
  }

  /// `gsl_ran_gaussian_tail`: Normal(0, sd^2) above `lower`, which is at least zero and at most 1e150
  /// standard deviations: beyond, GSL would try for ever.
  public static func gaussianTail<G: RandomNumberGenerator>(
    lower: Double, standardDeviation: Double, using generator: inout G
  ) -> Double {
    precondition(
      lower >= 0 && lower <= 1e150 * standardDeviation,
      "lower \(lower), standardDeviation \(standardDeviation)")
    requirePositive(standardDeviation, "standardDeviation")
    return draw(&generator) { gsl_ran_gaussian_tail($0, lower, standardDeviation) }
  }

  /// `gsl_ran_ugaussian_tail`: the standard normal above `lower`, from zero to 1e150.
  public static func unitGaussianTail<G: RandomNumberGenerator>(
    lower: Double, using generator: inout G
  ) -> Double {
    precondition(lower >= 0 && lower <= 1e150, "lower \(lower)")
    return draw(&generator) { gsl_ran_ugaussian_tail($0, lower) }
  }

  /// `gsl_ran_flat`: uniform on [lower, upper).
  public static func flat<G: RandomNumberGenerator>(
    lower: Double, upper: Double, using generator: inout G
  ) -> Double {
    precondition(lower < upper && (upper - lower).isFinite, "lower \(lower), upper \(upper)")
    return draw(&generator) { gsl_ran_flat($0, lower, upper) }
  }

  /// `gsl_ran_exponential`.
  public static func exponential<G: RandomNumberGenerator>(
    mean: Double, using generator: inout G
  ) -> Double {
    requirePositive(mean, "mean")
    return draw(&generator) { gsl_ran_exponential($0, mean) }
  }

  /// `gsl_ran_laplace`: exp(-|x| / scale) / (2 scale).
  public static func laplace<G: RandomNumberGenerator>(
    scale: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_laplace($0, scale) }
  }

  /// `gsl_ran_exppow`: exp(-|x / scale|^exponent) / (2 scale Gamma(1 + 1 / exponent)).
  public static func exponentialPower<G: RandomNumberGenerator>(
    scale: Double, exponent: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    requirePositive(exponent, "exponent")
    return draw(&generator) { gsl_ran_exppow($0, scale, exponent) }
  }

  /// `gsl_ran_cauchy`.
  public static func cauchy<G: RandomNumberGenerator>(
    scale: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_cauchy($0, scale) }
  }

  /// `gsl_ran_rayleigh`: the length of a vector of two normals of this deviation.
  public static func rayleigh<G: RandomNumberGenerator>(
    scale: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_rayleigh($0, scale) }
  }

  /// `gsl_ran_rayleigh_tail`: the same above `lower`, whose square must not overflow.
  public static func rayleighTail<G: RandomNumberGenerator>(
    lower: Double, scale: Double, using generator: inout G
  ) -> Double {
    precondition(lower >= 0 && lower <= 1e150 && scale <= 1e150, "lower \(lower), scale \(scale)")
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_rayleigh_tail($0, lower, scale) }
  }

  /// `gsl_ran_landau`.
  public static func landau<G: RandomNumberGenerator>(
    using generator: inout G
  ) -> Double {
    return draw(&generator) { gsl_ran_landau($0) }
  }

  /// `gsl_ran_levy`: the symmetric alpha-stable law, exp(-|scale t|^alpha) its characteristic function.
  /// The draws of a small alpha overflow.
  public static func levy<G: RandomNumberGenerator>(
    scale: Double, alpha: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    precondition(alpha > 0 && alpha <= 2, "alpha \(alpha)")
    return draw(&generator) { gsl_ran_levy($0, scale, alpha) }
  }

  /// `gsl_ran_levy_skew`: the alpha-stable law of skewness `beta` in [-1, 1].
  public static func levySkew<G: RandomNumberGenerator>(
    scale: Double, alpha: Double, beta: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    precondition(alpha > 0 && alpha <= 2, "alpha \(alpha)")
    precondition(abs(beta) <= 1, "beta \(beta)")
    return draw(&generator) { gsl_ran_levy_skew($0, scale, alpha, beta) }
  }

  /// `gsl_ran_gamma`: by Marsaglia and Tsang's method.
  public static func gamma<G: RandomNumberGenerator>(
    shape: Double, scale: Double, using generator: inout G
  ) -> Double {
    requirePositive(shape, "shape")
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_gamma($0, shape, scale) }
  }

  /// `gsl_ran_gamma_knuth`: by Knuth's methods, for shapes up to 1e9.
  public static func gammaKnuth<G: RandomNumberGenerator>(
    shape: Double, scale: Double, using generator: inout G
  ) -> Double {
    precondition(shape > 0 && shape <= 1e9, "shape \(shape)")
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_gamma_knuth($0, shape, scale) }
  }

  /// `gsl_ran_chisq`.
  public static func chiSquared<G: RandomNumberGenerator>(
    degreesOfFreedom: Double, using generator: inout G
  ) -> Double {
    requirePositive(degreesOfFreedom, "degreesOfFreedom")
    return draw(&generator) { gsl_ran_chisq($0, degreesOfFreedom) }
  }

  /// `gsl_ran_fdist`: `numerator` and `denominator` are degrees of freedom.
  public static func fisherF<G: RandomNumberGenerator>(
    numerator: Double, denominator: Double, using generator: inout G
  ) -> Double {
    requirePositive(numerator, "numerator")
    requirePositive(denominator, "denominator")
    return draw(&generator) { gsl_ran_fdist($0, numerator, denominator) }
  }

  /// `gsl_ran_tdist`. Just above two degrees of freedom GSL rejects nearly all it tries, so those
  /// between 2 and 2.000001 are refused.
  public static func studentT<G: RandomNumberGenerator>(
    degreesOfFreedom: Double, using generator: inout G
  ) -> Double {
    requirePositive(degreesOfFreedom, "degreesOfFreedom")
    precondition(
      degreesOfFreedom <= 2 || degreesOfFreedom >= 2.000_001, "degreesOfFreedom \(degreesOfFreedom)"
    )
    return draw(&generator) { gsl_ran_tdist($0, degreesOfFreedom) }
  }

  /// `gsl_ran_beta`, for parameters whose sum does not overflow.
  public static func beta<G: RandomNumberGenerator>(
    alpha: Double, beta: Double, using generator: inout G
  ) -> Double {
    requirePositive(alpha, "alpha")
    requirePositive(beta, "beta")
    precondition((alpha + beta).isFinite, "alpha \(alpha), beta \(beta)")
    return draw(&generator) { gsl_ran_beta($0, alpha, beta) }
  }

  /// `gsl_ran_logistic`.
  public static func logistic<G: RandomNumberGenerator>(
    scale: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_logistic($0, scale) }
  }

  /// `gsl_ran_pareto`: (exponent / scale) (x / scale)^-(exponent + 1) from `scale` on.
  public static func pareto<G: RandomNumberGenerator>(
    exponent: Double, scale: Double, using generator: inout G
  ) -> Double {
    requirePositive(exponent, "exponent")
    requirePositive(scale, "scale")
    return draw(&generator) { gsl_ran_pareto($0, exponent, scale) }
  }

  /// `gsl_ran_weibull`.
  public static func weibull<G: RandomNumberGenerator>(
    scale: Double, exponent: Double, using generator: inout G
  ) -> Double {
    requirePositive(scale, "scale")
    requirePositive(exponent, "exponent")
    return draw(&generator) { gsl_ran_weibull($0, scale, exponent) }
  }

  /// `gsl_ran_gumbel1`: a b exp(-(b exp(-a x) + a x)).
  public static func gumbel1<G: RandomNumberGenerator>(
    a: Double, b: Double, using generator: inout G
  ) -> Double {
    requirePositive(a, "a")
    requirePositive(b, "b")
    return draw(&generator) { gsl_ran_gumbel1($0, a, b) }
  }

  /// `gsl_ran_gumbel2`: a b x^(-a - 1) exp(-b x^-a) for x > 0.
  public static func gumbel2<G: RandomNumberGenerator>(
    a: Double, b: Double, using generator: inout G
  ) -> Double {
    requirePositive(a, "a")
    requirePositive(b, "b")
    return draw(&generator) { gsl_ran_gumbel2($0, a, b) }
  }

  /// `gsl_ran_lognormal`: exp(zeta + sigma z) of a standard normal z.
  public static func logNormal<G: RandomNumberGenerator>(
    zeta: Double, sigma: Double, using generator: inout G
  ) -> Double {
    precondition(zeta.isFinite, "zeta \(zeta)")
    requirePositive(sigma, "sigma")
    return draw(&generator) { gsl_ran_lognormal($0, zeta, sigma) }
  }
}
