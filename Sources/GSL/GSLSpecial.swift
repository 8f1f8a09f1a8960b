internal import CGSL

/// GSL's special functions (`gsl_sf_*`), through the variants that return a status.
public enum GSLSpecial {
  /// log |Gamma(x)|, `gsl_sf_lngamma_e`.
  /// - Throws: ``GSLError`` at zero and the negative integers, and on overflow.
  public static func logGamma(_ x: Double) throws(GSLError) -> Double {
    var result = gsl_sf_result()
    try check(gsl_sf_lngamma_e(x, &result), "gsl_sf_lngamma_e")
    return result.val
  }

  /// The digamma function, the derivative of log Gamma, `gsl_sf_psi_e`.
  /// - Throws: ``GSLError`` at zero and the negative integers.
  public static func digamma(_ x: Double) throws(GSLError) -> Double {
    var result = gsl_sf_result()
    try check(gsl_sf_psi_e(x, &result), "gsl_sf_psi_e")
    return result.val
  }
}
