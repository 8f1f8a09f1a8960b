internal import CGSL

/// GSL's cumulative distribution functions and their inverses (`gsl_cdf_*`).
///
/// `upper: true` asks for the upper tail, computed without cancellation. GSL reports no status
/// here; a NaN becomes a ``GSLError`` that names the function.
package enum GSLCumulative {
  package static func normalQuantile(_ p: Double, upper: Bool) throws(GSLError) -> Double {
    upper
      ? try checkNumber(gsl_cdf_ugaussian_Qinv(p), "gsl_cdf_ugaussian_Qinv")
      : try checkNumber(gsl_cdf_ugaussian_Pinv(p), "gsl_cdf_ugaussian_Pinv")
  }

  package static func studentT(
    _ x: Double, degreesOfFreedom: Double, upper: Bool
  ) throws(GSLError) -> Double {
    upper
      ? try checkNumber(gsl_cdf_tdist_Q(x, degreesOfFreedom), "gsl_cdf_tdist_Q")
      : try checkNumber(gsl_cdf_tdist_P(x, degreesOfFreedom), "gsl_cdf_tdist_P")
  }

  package static func studentTQuantile(
    _ p: Double, degreesOfFreedom: Double, upper: Bool
  ) throws(GSLError) -> Double {
    upper
      ? try checkNumber(gsl_cdf_tdist_Qinv(p, degreesOfFreedom), "gsl_cdf_tdist_Qinv")
      : try checkNumber(gsl_cdf_tdist_Pinv(p, degreesOfFreedom), "gsl_cdf_tdist_Pinv")
  }

  package static func gamma(
    _ x: Double, shape: Double, scale: Double, upper: Bool
  ) throws(GSLError) -> Double {
    upper
      ? try checkNumber(gsl_cdf_gamma_Q(x, shape, scale), "gsl_cdf_gamma_Q")
      : try checkNumber(gsl_cdf_gamma_P(x, shape, scale), "gsl_cdf_gamma_P")
  }

  package static func gammaQuantile(
    _ p: Double, shape: Double, scale: Double, upper: Bool
  ) throws(GSLError) -> Double {
    upper
      ? try checkNumber(gsl_cdf_gamma_Qinv(p, shape, scale), "gsl_cdf_gamma_Qinv")
      : try checkNumber(gsl_cdf_gamma_Pinv(p, shape, scale), "gsl_cdf_gamma_Pinv")
  }

  /// P(X <= k), or P(X > k) with `upper`, for X the successes in `trials` trials.
  package static func binomial(
    _ k: Int, trials: Int, probability: Double, upper: Bool
  ) throws(GSLError) -> Double {
    upper
      ? try checkNumber(
        gsl_cdf_binomial_Q(UInt32(k), probability, UInt32(trials)), "gsl_cdf_binomial_Q")
      : try checkNumber(
        gsl_cdf_binomial_P(UInt32(k), probability, UInt32(trials)), "gsl_cdf_binomial_P")
  }
}
