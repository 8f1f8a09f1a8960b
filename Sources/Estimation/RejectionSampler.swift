import Densities
import Distributions
import Execution
import Foundation
import Randomness

/// Rejection sampling: exact draws of a target known up to a constant, from a proposal q and an
/// envelope k with p~(x) <= k q(x) everywhere.
///
/// A proposal x is accepted with probability p~(x) / (k q(x)). Where the target stands above the
/// envelope the draws are not the target's; that is counted, and makes the estimate unreliable.
/// The acceptance rate is `draws / evaluations`; times k it estimates the target's integral.
///
/// ## References
/// J. von Neumann, "Various techniques used in connection with random digits", NBS Applied
/// Mathematics Series 12 (1951).
public struct RejectionSampler<Proposal: Distribution>: Sendable {
  /// q.
  public var proposal: Proposal
  /// k.
  public var envelopeConstant: Double
  /// How many accepted draws are wanted.
  public var draws: Int
  /// After that many proposals for one wanted draw, on average over a chunk, the run gives up.
  public var maximumProposalsPerDraw = 10_000

  /// - Parameters:
  ///   - proposal: positive wherever the target is.
  ///   - envelopeConstant: positive and finite; checked when it runs, as `draws` is.
  ///   - draws: positive.
  public init(proposal: Proposal, envelopeConstant: Double, draws: Int) {
    self.proposal = proposal
    self.envelopeConstant = envelopeConstant
    self.draws = draws
  }

  /// The expectation of `integrand` under `target`, on Philox streams.
  /// - Throws: ``EstimationError``, what the integrand throws, `CancellationError`.
  public func mean<D: Distribution<Proposal.Value>>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await mean(integrand, DistributionTarget(distribution: target), seed, workers, progress)
  }

  /// The same for a target given by its log density, known up to a constant that k allows for.
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

  private func mean<Target: SamplingTarget<Proposal.Value>>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target,
    _ seed: UInt64, _ workers: Int?, _ progress: ProgressHandler?
  ) async throws -> Estimate {
    let run = try makeRun(integrand, target)
    return run.estimate(
      try await run.run(draws: draws, seed: seed, workers: workers, progress: progress).total)
  }

  private func mean<Target: SamplingTarget<Proposal.Value>, G: RandomNumberGenerator>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target,
    _ generator: inout G
  ) throws -> Estimate {
    let run = try makeRun(integrand, target)
    return run.estimate(try run.run(draws: draws, using: &generator).total)
  }

  private func makeRun<Target: SamplingTarget<Proposal.Value>>(
    _ integrand: @escaping @Sendable (Proposal.Value) throws -> Double, _ target: Target
  ) throws -> Run<Target> {
    guard envelopeConstant > 0, envelopeConstant.isFinite else {
      throw EstimationError.envelopeConstant(envelopeConstant)
    }
    return Run(sampler: self, target: target, integrand: integrand)
  }

  private struct Partial: Sendable {
    var average: ValueAverage
    var proposals = 0
    var violations = 0
    var largestLogRatio = 0.0
    var failures = 0
  }

  private struct Run<Target: SamplingTarget<Proposal.Value>>: SamplingRun {
    let sampler: RejectionSampler
    let target: Target
    let integrand: @Sendable (Proposal.Value) throws -> Double

    func makeWorkspace() -> Target.Workspace { target.makeWorkspace() }
    var empty: Partial { Partial(average: ValueAverage(draws: sampler.draws)) }

    func partial<G: RandomNumberGenerator>(
      draws range: Range<Int>, using generator: inout G, in workspace: inout Target.Workspace
    ) throws -> Partial {
      let (proposal, logEnvelope) = (sampler.proposal, log(sampler.envelopeConstant))
      var partial = empty
      var value = proposal.sample(using: &generator)
      var isFirst = true
      var accepted = 0
      while accepted < range.count {
        if !isFirst { proposal.sample(into: &value, using: &generator) }
        isFirst = false
        if partial.proposals / range.count >= sampler.maximumProposalsPerDraw {
          throw EstimationError.acceptanceTooLow(accepted: accepted, proposals: partial.proposals)
        }
        partial.proposals += 1
        let logTarget = try target.logDensity(
          of: value, in: &workspace, failures: &partial.failures)
        let logRatio = logTarget - proposal.logDensity(of: value) - logEnvelope
        // A ratio of one can come out a few roundings above it.
        if logRatio > 1e-12 {
          partial.violations += 1
          partial.largestLogRatio = max(partial.largestLogRatio, logRatio)
        }
        if log(generator.nextOpenUnit()) < logRatio {
          partial.average.add(try evaluate(integrand, value, draw: range.lowerBound + accepted))
          accepted += 1
        }
      }
      return partial
    }

    func merge(_ partial: Partial, into total: inout Partial) {
      total.average.merge(partial.average)
      total.proposals += partial.proposals
      total.violations += partial.violations
      total.largestLogRatio = max(total.largestLogRatio, partial.largestLogRatio)
      total.failures += partial.failures
    }

    func estimate(_ total: Partial) -> Estimate {
      var concerns: [Concern] = []
      if total.violations > 0 {
        concerns.append(
          .envelopeViolated(
            violations: total.violations, largestRatio: exp(total.largestLogRatio)))
      }
      if total.failures > 0 { concerns.append(.failedEvaluations(total.failures)) }
      return total.average.estimate(
        evaluations: total.proposals, requested: sampler.draws, concerns: concerns)
    }
  }
}
