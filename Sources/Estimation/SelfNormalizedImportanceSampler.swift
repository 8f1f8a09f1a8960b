import Densities
import Distributions
import Execution

/// Self-normalised importance sampling: the target need only be known up to a constant.
///
/// ```
/// E_p[f] ~ sum_s w_s f(x_s) / sum_s w_s,   w_s = p~(x_s) / q(x_s)
/// ```
///
/// Consistent, with a bias of order 1/S. The standard error is the delta method's,
/// sqrt(sum w^2 (f - estimate)^2) / sum w. The verdict looks at the tails of w and of w |f|, at
/// the largest weight's share, at the effective size and at how many draws make up the error. No draw of q can show a region that q
/// never visits.
///
/// ## References
/// A. B. Owen, *Monte Carlo theory, methods and examples* (2013), section 9.2.
public struct SelfNormalizedImportanceSampler<Proposal: Distribution>: Sendable {
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
    try await mean(integrand, DistributionTarget(distribution: target), seed, workers, progress)
  }

  /// The same for a target given by its log density, known up to a constant.
  public func mean(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable (Proposal.Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await mean(integrand, ClosureTarget(closure: logDensity), seed, workers, progress)
  }

  /// The same for a target that is a `LogDensity`.
  public func mean<Density: LogDensity>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: Density,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate where Proposal.Value == [Double] {
    try await mean(integrand, LogDensityTarget(density: target), seed, workers, progress)
  }

  /// On any generator, on one worker.
  public func mean<D: Distribution<Proposal.Value>, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double, under target: D,
    using generator: inout G
  ) throws -> Estimate {
    try mean(integrand, DistributionTarget(distribution: target), &generator)
  }

  /// On any generator, on one worker.
  public func mean<G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable (Proposal.Value) throws -> Double,
    using generator: inout G
  ) throws -> Estimate {
    try mean(integrand, ClosureTarget(closure: logDensity), &generator)
  }

  /// On any generator, on one worker.
  public func mean<Density: LogDensity, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: Density,
    using generator: inout G
  ) throws -> Estimate where Proposal.Value == [Double] {
    try mean(integrand, LogDensityTarget(density: target), &generator)
  }

  /// Keeps the draws and their weights instead of averaging one integrand, on Philox streams.
  ///
  /// - Complexity: `draws` densities; the memory of `draws` values.
  public func weightedDraws<Density: LogDensity>(
    of target: Density, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> WeightedDraws<[Double]> where Proposal.Value == [Double] {
    let run = CollectingRun(proposal: proposal, target: LogDensityTarget(density: target))
    let (total, completed) = try await run.run(
      draws: draws, seed: seed, workers: workers, progress: progress)
    return WeightedDraws(
      values: total.values, logWeights: total.logWeights, failures: total.failures,
      completed: completed, requested: draws)
  }

  private func mean<Target: SamplingTarget<Proposal.Value>>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target,
    _ seed: UInt64, _ workers: Int?, _ progress: ProgressHandler?
  ) async throws -> Estimate {
    let run = makeRun(integrand, target)
    return run.estimate(
      try await run.run(draws: draws, seed: seed, workers: workers, progress: progress))
  }

  private func mean<Target: SamplingTarget<Proposal.Value>, G: RandomNumberGenerator>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target,
    _ generator: inout G
  ) throws -> Estimate {
    let run = makeRun(integrand, target)
    return run.estimate(try run.run(draws: draws, using: &generator))
  }

  private func makeRun<Target: SamplingTarget<Proposal.Value>>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target
  ) -> ImportanceRun<Proposal, Target> {
    ImportanceRun(
      proposal: proposal, target: target, integrand: integrand, draws: draws,
      normalization: .selfNormalized)
  }
}

/// Draws of a proposal with their log weights, kept.
private struct CollectingRun<Proposal: Distribution, Target: SamplingTarget<Proposal.Value>>:
  SamplingRun
{
  let proposal: Proposal
  let target: Target

  struct Partial: Sendable {
    var values: [Proposal.Value] = []
    var logWeights: [Double] = []
    var failures = 0
  }

  func makeWorkspace() -> Target.Workspace { target.makeWorkspace() }
  var empty: Partial { Partial() }

  func partial<G: RandomNumberGenerator>(
    draws range: Range<Int>, using generator: inout G, in workspace: inout Target.Workspace
  ) throws -> Partial {
    var partial = empty
    for _ in range {
      let value = proposal.sample(using: &generator)
      partial.logWeights.append(
        try importanceLogWeight(
          of: value, proposal, target, &workspace, failures: &partial.failures))
      partial.values.append(value)
    }
    return partial
  }

  func merge(_ partial: Partial, into total: inout Partial) {
    total.values += partial.values
    total.logWeights += partial.logWeights
    total.failures += partial.failures
  }
}
