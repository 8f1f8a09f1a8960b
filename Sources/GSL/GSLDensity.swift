/// GSL's densities and probabilities (`gsl_ran_*_pdf`), to compare our own formulas with.
///
/// A NaN becomes a ``GSLError`` that names the function.
package enum GSLDensity {
  /// The density at `x`.
  package static func value(
    of family: GSLContinuous, at x: Double
  ) throws(GSLError) -> Double {
    try family.routines.density(x)
  }

  /// P(X = k).
  package static func value(of family: GSLDiscrete, at k: Int) throws(GSLError) -> Double {
    try family.density(k)
  }
}
