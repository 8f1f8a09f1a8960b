import Distributions
import Execution

/// Importance sampling with a normalised target: the average of f(x) p(x) / q(x) over draws of the
/// proposal q. Unbiased.
///
/// ```
/// E_p[f] ~ 1/S sum_s w_s f(x_s),   w_s = p(x_s) / q(x_s)
/// ```
///
/// The verdict looks at the tail of w |f| and at the kurtosis of w f: where few draws make up the
/// variance, the error is itself uncertain. No draw of q can show a region that q never visits.
///
/// ## References
/// A. B. Owen, *Monte Carlo theory, methods and examples* (2013), chapter 9.
public struct ImportanceSampler<Proposal: Distribution>: Sendable {
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

  /// The expectation of `integrand` under `target`, on Philox streams: the same bits on any number
  /// of workers.
  /// - Throws: ``EstimationError``, what the integrand throws, `CancellationError`.
  public func mean<D: Distribution<Proposal.Value>>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    let run = makeRun(integrand, DistributionTarget(distribution: target))
    return run.estimate(
      try await run.run(draws: draws, seed: seed, workers: workers, progress: progress))
  }

  /// The same for a target given by its log density, which must be normalised.
  public func mean(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double,
    underNormalizedLogDensity logDensity: @escaping @Sendable (Proposal.Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    let run = makeRun(integrand, ClosureTarget(closure: logDensity))
    return run.estimate(
      try await run.run(draws: draws, seed: seed, workers: workers, progress: progress))
  }

  /// On any generator, on one worker.
  public func mean<D: Distribution<Proposal.Value>, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double, under target: D,
    using generator: inout G
  ) throws -> Estimate {
    let run = makeRun(integrand, DistributionTarget(distribution: target))
    return run.estimate(try run.run(draws: draws, using: &generator))
  }

  /// On any generator, on one worker.
  public func mean<G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double,
    underNormalizedLogDensity logDensity: @escaping @Sendable (Proposal.Value) throws -> Double,
    using generator: inout G
  ) throws -> Estimate {
    let run = makeRun(integrand, ClosureTarget(closure: logDensity))
    return run.estimate(try run.run(draws: draws, using: &generator))
  }

  private func makeRun<Target: SamplingTarget<Proposal.Value>>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target
  ) -> ImportanceRun<Proposal, Target> {
    ImportanceRun(
      proposal: proposal, target: target, integrand: integrand, draws: draws,
      normalization: .exact)
  }
}
