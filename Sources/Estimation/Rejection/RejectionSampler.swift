import Distributions
import Execution
import Foundation
import Randomness

/// Rejection sampling: exact draws of a target known up to a constant, from a proposal q and an
/// envelope k with p~(x) <= k q(x) everywhere.
///
/// A proposal x is accepted with probability p~(x) / (k q(x)). The constant k is given, or found by
/// maximising log p~ - log q from many starts (``EnvelopeSearch``). Where a proposal stands above the
/// envelope the draws would not be the target's: a given k then stops the run with an error that says
/// which k is needed; a k that was found is raised and the run begins again.
///
/// ```swift
/// let target: @Sendable (Double) -> Double = { -0.5 * $0 * $0 }  // up to a constant
/// let estimate = try await RejectionSampler(proposal: StudentT(degreesOfFreedom: 5), draws: 100_000)
///   .mean(of: { $0 > 2 ? 1 : 0 }, underLogDensity: target, seed: 1)
/// ```
///
/// The estimate's `findings` hold the acceptance rate, the envelope, and the target's integral: k times
/// the acceptance rate.
///
/// ## References
/// J. von Neumann, "Various techniques used in connection with random digits", NBS Applied
/// Mathematics Series 12 (1951).
public struct RejectionSampler<Proposal: Distribution>: UnnormalizedSampler {
  /// q.
  public var proposal: Proposal
  /// Where k comes from.
  public var envelope: EnvelopeChoice
  /// How many accepted draws are wanted.
  public var draws: Int
  /// After that many proposals for one wanted draw, on average over a chunk, the run gives up.
  public var maximumProposalsPerDraw = 10_000
  /// How often a k that was found may be raised.
  public var maximumRestarts = 20

  /// - Parameters:
  ///   - proposal: positive wherever the target is.
  ///   - envelopeConstant: k, positive and finite; checked when it runs, as `draws` is.
  ///   - draws: positive.
  public init(proposal: Proposal, envelopeConstant: Double, draws: Int) {
    self.proposal = proposal
    envelope = .constant(envelopeConstant)
    self.draws = draws
  }

  /// - Parameters:
  ///   - proposal: positive wherever the target is, with tails no lighter than the target's.
  ///   - search: how k is found.
  ///   - draws: positive; checked when it runs.
  public init(proposal: Proposal, search: EnvelopeSearch = EnvelopeSearch(), draws: Int) {
    self.proposal = proposal
    envelope = .search(search)
    self.draws = draws
  }

  public func estimate(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    var setting = try setting(target, seed: seed)
    while true {
      // A run that begins again shall not meet the draws that made it do so.
      let seed =
        setting.restarts == 0
        ? seed : Philox.derivedSeed(from: seed, purpose: UInt64(setting.restarts))
      do {
        let run = Run(self, target, integrand, setting)
        let total = try await run.run(
          draws: draws, seed: seed, workers: workers, progress: progress
        ).total
        return run.estimate(total)
      } catch EstimationError.envelopeViolated(let ratio, let constant, let place) {
        try setting.raise(
          by: ratio, self, .envelopeViolated(ratio: ratio, constant: constant, at: place))
      }
    }
  }

  public func estimate<G: RandomNumberGenerator>(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>,
    using generator: inout G
  ) throws -> VectorEstimate {
    var setting = try setting(target, seed: generator.next())
    while true {
      do {
        let run = Run(self, target, integrand, setting)
        return run.estimate(try run.run(draws: draws, using: &generator).total)
      } catch EstimationError.envelopeViolated(let ratio, let constant, let place) {
        try setting.raise(
          by: ratio, self, .envelopeViolated(ratio: ratio, constant: constant, at: place))
      }
    }
  }

  /// The envelope of one attempt.
  private struct Setting: Sendable {
    var logConstant: Double
    var margin: Double
    var restarts = 0

    /// - Throws: `error` where the constant is the user's, or was raised too often.
    mutating func raise(
      by ratio: Double, _ sampler: RejectionSampler, _ error: EstimationError
    ) throws {
      guard case .search(let search) = sampler.envelope, restarts < sampler.maximumRestarts else {
        throw error
      }
      logConstant += log(ratio) + log(search.margin)
      restarts += 1
    }
  }

  private func setting(_ target: Target<Proposal.Value>, seed: UInt64) throws -> Setting {
    try target.requireFit(proposal)
    switch envelope {
    case .constant(let constant):
      guard constant > 0, constant.isFinite else {
        throw EstimationError.envelopeConstant(constant)
      }
      return Setting(logConstant: log(constant), margin: 1)
    case .search(let search):
      let largest = try search.largestLogRatio(of: target, proposal, seed: seed)
      return Setting(logConstant: largest + log(search.margin), margin: search.margin)
    }
  }

  fileprivate struct Partial: Sendable {
    var average: DrawAverage
    var proposals = 0
    var failures = 0
  }

  private struct Run: SamplingRun {
    let sampler: RejectionSampler
    let target: Target<Proposal.Value>
    let integrand: Integrand<Proposal.Value>
    let setting: Setting
    private let thresholds = SharedThresholds<[TailThresholds]>()

    init(
      _ sampler: RejectionSampler, _ target: Target<Proposal.Value>,
      _ integrand: Integrand<Proposal.Value>, _ setting: Setting
    ) {
      self.sampler = sampler
      self.target = target
      self.integrand = integrand
      self.setting = setting
    }

    struct Workspace {
      var sampler: SamplerWorkspace<Proposal>
      var weights: WeightWorkspace<Proposal>
      var exponentials = [Double](repeating: 0, count: drawsPerBlock)
    }

    func makeWorkspace() -> Workspace {
      Workspace(
        sampler: SamplerWorkspace(
          drawing: sampler.proposal, for: integrand, target: target),
        weights: WeightWorkspace(target))
    }

    var empty: Partial {
      Partial(average: DrawAverage(outputs: integrand.outputs, draws: sampler.draws))
    }

    func partial<G: RandomNumberGenerator>(
      draws range: Range<Int>, using generator: inout G, in workspace: inout Workspace,
      isCancelled: () -> Bool
    ) throws -> Partial {
      var partial = Partial(
        average: DrawAverage(
          outputs: integrand.outputs, draws: sampler.draws, above: thresholds.value))
      while partial.average.count < range.count, !isCancelled() {
        let accepted = partial.average.count
        if partial.proposals / range.count >= sampler.maximumProposalsPerDraw {
          throw EstimationError.acceptanceTooLow(accepted: accepted, proposals: partial.proposals)
        }
        let wanted = range.count - accepted
        let count = proposals(for: wanted, after: partial)
        workspace.sampler.fill(count, from: sampler.proposal, using: &generator)
        workspace.exponentials.withMutableSpan(0..<count) {
          standardExponential.fill(&$0, using: &generator)
        }
        let weighed = try workspace.weights.weigh(
          workspace.sampler.draws, count: count, sampler.proposal, isCancelled: isCancelled)
        partial.failures += workspace.weights.failures
        let kept = try workspace.weights.accept(
          &workspace.sampler.draws, count: weighed, wanted: wanted,
          logConstant: setting.logConstant, exponentials: workspace.exponentials)
        let done = try workspace.sampler.evaluate(
          integrand, count: kept, number: { range.lowerBound + accepted + $0 },
          isCancelled: isCancelled)
        workspace.sampler.add(done, to: &partial.average)
        // Proposals after the last wanted draw do not count.
        let isCut = done < kept || kept == wanted
        partial.proposals +=
          isCut ? (done > 0 ? workspace.weights.block.place(done - 1) + 1 : 0) : weighed
        if done < kept || weighed < count { break }
      }
      return partial
    }

    /// How many proposals to make at a time: about as many as the wanted draws will take.
    private func proposals(for wanted: Int, after partial: Partial) -> Int {
      let accepted = Double(partial.average.count) + 1
      let needed = 1.1 * Double(wanted) * Double(partial.proposals + 1) / accepted
      return max(16, min(drawsPerBlock, needed < Double(drawsPerBlock) ? Int(needed) + 8 : .max))
    }

    func draws(in partial: Partial) -> Int { partial.average.count }

    func merge(_ partial: Partial, into total: inout Partial) {
      total.average.merge(partial.average)
      total.proposals += partial.proposals
      total.failures += partial.failures
      thresholds.value = total.average.outputs.map(\.thresholds)
    }

    func estimate(_ total: Partial) -> VectorEstimate {
      let accepted = Double(total.average.count)
      let acceptance = Proportion(successes: total.average.count, trials: total.proposals)
      var findings = Findings()
      findings.acceptance = acceptance
      findings.envelope = Findings.Envelope(
        constant: exp(setting.logConstant), margin: setting.margin, restarts: setting.restarts)
      findings.logEvidence = Findings.Measurement(
        value: setting.logConstant + log(acceptance.value),
        standardError: ((1 - acceptance.value) / accepted).squareRoot())
      return total.average.estimate(
        evaluations: total.proposals, requested: sampler.draws,
        concerns: total.failures > 0 ? [.failedEvaluations(total.failures)] : [],
        findings: findings)
    }
  }
}

/// Where the constant of an envelope comes from.
public enum EnvelopeChoice: Sendable {
  /// It is given.
  case constant(Double)
  /// It is found.
  case search(EnvelopeSearch)
}

/// Exponential with rate one, which is valid.
private let standardExponential = try! Exponential(rate: 1)
