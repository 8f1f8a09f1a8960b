import Densities
import Distributions
import Execution

/// Self-normalised importance sampling: the target need only be known up to a constant.
///
/// ```
/// E_p[f] ~ sum_s w_s f(x_s) / sum_s w_s,   w_s = p~(x_s) / q(x_s)
/// ```
///
/// Consistent, with a bias of order 1/S that is estimated (`findings.bias`) and not subtracted. The
/// standard error is the delta method's, sqrt(sum w^2 (f - estimate)^2) / sum w. The verdict looks at
/// the tails of w and of w |f|, at the largest weight's share, at the effective size and at how many
/// draws make up the error. Where p and q are known distributions it looks at them too, before a draw is
/// made: how much of the expectation lies beyond the reach of S draws, and of vectors, whether the weights have
/// a variance and how many effective draws are to be expected (``TailComparison``). For the first f is
/// evaluated, besides the S times that are counted, at some 450 of their quantiles, at the integers, or at
/// 1,000 draws of a target of several variables. No draw of q can show a region that q never visits.
///
/// ## References
/// A. B. Owen, *Monte Carlo theory, methods and examples* (2013), section 9.2.
public struct SelfNormalizedImportanceSampler<Proposal: Distribution>: UnnormalizedSampler {
  /// q.
  public var proposal: Proposal
  /// S.
  public var draws: Int

  /// - Parameters:
  ///   - proposal: positive wherever the target is.
  ///   - draws: positive; checked when it runs.
  public init(proposal: Proposal, draws: Int) {
    self.proposal = proposal
    self.draws = draws
  }

  public func estimate(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    try target.requireFit(proposal)
    let known = knownConcerns(integrand, target)
    let run = ImportanceRun(proposal, target, integrand, draws: draws, .selfNormalized)
    return try await run.run(draws: draws, seed: seed, workers: workers, progress: progress)
      .total.estimate(requested: draws, known: known)
  }

  public func estimate<G: RandomNumberGenerator>(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>,
    using generator: inout G
  ) throws -> VectorEstimate {
    try target.requireFit(proposal)
    let known = knownConcerns(integrand, target)
    let run = ImportanceRun(proposal, target, integrand, draws: draws, .selfNormalized)
    return try run.run(draws: draws, using: &generator).total
      .estimate(requested: draws, known: known)
  }

  /// What the two distributions tell before a draw is made.
  private func knownConcerns(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>
  ) -> KnownConcerns? {
    target.distribution.map { distribution in
      let comparison = TailComparison(target: distribution, proposal: proposal)
      let reach = Reach(
        target: distribution, proposal: proposal, integrand: integrand, draws: draws,
        .selfNormalized)
      return KnownConcerns(comparison.concerns(draws: draws), reach)
    }
  }

  /// Keeps the draws and their weights instead of averaging one integrand, on Philox streams.
  ///
  /// - Complexity: `draws` densities; the memory of `draws` values.
  public func weightedDraws<Density: LogDensity>(
    of target: Density, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> WeightedDraws<[Double]> where Proposal.Value == [Double] {
    let run = CollectingRun(proposal: proposal, target: Target(target))
    try run.target.requireFit(proposal)
    let (total, completed) = try await run.run(
      draws: draws, seed: seed, workers: workers, progress: progress)
    return WeightedDraws(
      values: total.values, logWeights: total.logWeights, failures: total.failures,
      completed: completed, requested: draws)
  }
}
