internal import CGSL

extension GSLRandom {
  /// `gsl_ran_dirichlet`: a point of the simplex.
  ///
  /// - Parameter concentrations: at least one, positive, with a finite sum.
  public static func dirichlet<G: RandomNumberGenerator>(
    concentrations: [Double], using generator: inout G
  ) -> [Double] {
    precondition(
      !concentrations.isEmpty && concentrations.allSatisfy { $0 > 0 }
        && concentrations.reduce(0, +).isFinite, "\(concentrations) are no concentrations")
    var point = concentrations
    draw(&generator) { gsl_ran_dirichlet($0, concentrations.count, concentrations, &point) }
    return point
  }

  /// `gsl_ran_bivariate_gaussian`: two normals of mean zero with these deviations and this
  /// correlation, in [-1, 1].
  public static func bivariateGaussian<G: RandomNumberGenerator>(
    standardDeviations: (Double, Double), correlation: Double, using generator: inout G
  ) -> (Double, Double) {
    requirePositive(standardDeviations.0, "standard deviation")
    requirePositive(standardDeviations.1, "standard deviation")
    precondition(abs(correlation) <= 1, "\(correlation) is not a correlation")
    return draw(&generator) { rng in
      var (x, y) = (0.0, 0.0)
      gsl_ran_bivariate_gaussian(
        rng, standardDeviations.0, standardDeviations.1, correlation, &x, &y)
      return (x, y)
    }
  }
}
