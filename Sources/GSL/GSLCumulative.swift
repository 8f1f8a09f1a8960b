/// GSL's cumulative distribution functions and their inverses (`gsl_cdf_*`).
///
/// `upper: true` asks for the upper tail, computed without cancellation. GSL reports no status
/// here; a NaN becomes a ``GSLError`` that names the function. Parameters and arguments are handed on
/// as they are: outside the domain some functions are NaN, others (Rayleigh's, below zero) wrong.
package enum GSLCumulative {
  /// P(X <= x), or P(X > x) with `upper`.
  package static func probability(
    of family: GSLContinuous, at x: Double, upper: Bool = false
  ) throws(GSLError) -> Double {
    try family.routines.probability(x, upper)
  }

  /// The x with P(X <= x) = p, or P(X > x) = p with `upper`.
  package static func quantile(
    of family: GSLContinuous, at p: Double, upper: Bool = false
  ) throws(GSLError) -> Double {
    try family.routines.quantile(p, upper)
  }

  /// P(X <= k), or P(X > k) with `upper`.
  package static func probability(
    of family: GSLDiscrete, at k: Int, upper: Bool = false
  ) throws(GSLError) -> Double {
    try family.probability(k, upper)
  }
}
