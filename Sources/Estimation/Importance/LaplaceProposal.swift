import Approximation
import Densities
import Distributions
import Optimization

extension SelfNormalizedImportanceSampler where Proposal == MultivariateStudentT {
  /// A sampler whose proposal is a Student t distribution at a mode of the target, shaped by its
  /// curvature there.
  ///
  /// One mode is found, the one uphill from `start`; the verdict sees other ones only if draws reach them.
  ///
  /// - Parameters:
  ///   - density: the target, known up to a constant.
  ///   - start: where the climb starts, `[dimension]`.
  ///   - degreesOfFreedom: of the proposal: the fewer, the heavier its tails.
  ///   - draws: positive; checked when it runs.
  /// - Throws: ``EstimationError/setting(_:)`` where no mode is found, `EvaluationFailure` where the density
  ///   cannot be evaluated.
  public static func laplace<Density: DifferentiableLogDensity>(
    of density: Density, from start: [Double], degreesOfFreedom: Double = 5, draws: Int
  ) throws -> SelfNormalizedImportanceSampler {
    try DrawShape.require(
      "the target", DrawShape(dimension: density.dimension), equals: "the start",
      DrawShape(dimension: start.count))
    let optimum = try LBFGS().maximize(density, from: start)
    guard optimum.convergence == .converged else {
      throw EstimationError.setting(
        "no mode of the target was found from \(start): \(optimum.convergence)")
    }
    let approximation = try LaplaceApproximation(of: density, at: optimum.position)
    return SelfNormalizedImportanceSampler(
      proposal: try approximation.studentT(degreesOfFreedom: degreesOfFreedom), draws: draws)
  }
}
