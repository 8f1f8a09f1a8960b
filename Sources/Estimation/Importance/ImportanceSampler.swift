import Distributions
import Execution
import Randomness

/// Importance sampling with a normalised target: the average of f(x) p(x) / q(x) over draws of the
/// proposal q. Unbiased.
///
/// ```
/// E_p[f] ~ 1/S sum_s w_s f(x_s),   w_s = p(x_s) / q(x_s)
/// ```
///
/// The verdict looks at the tail of w |f|, at one draw's share of their sum and at the kurtosis of w f: where
/// few draws make up the variance, the error is itself uncertain. Where p and q are known distributions, it
/// looks at how much of the expectation lies beyond the reach of S draws. For that f is evaluated, besides the
/// S times that are counted, at some 450 of their quantiles, at the integers, or at 1,000 draws of a target of
/// several variables. No draw of q can show a region that q never visits. The mean weight, which should be
/// one, is in `findings.logEvidence`.
///
/// ## References
/// A. B. Owen, *Monte Carlo theory, methods and examples* (2013), chapter 9.
public struct ImportanceSampler<Proposal: Distribution>: ProposalSampler {
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

  /// For a target given by its log density, which must be normalised.
  @inlinable @inline(__always)
  public func mean(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double,
    underNormalizedLogDensity logDensity: @escaping @Sendable (Proposal.Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await estimate(
      Integrand(integrand), Target(logDensity: logDensity), seed: seed, workers: workers,
      progress: progress)[0]
  }

  /// On any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Proposal.Value) throws -> Double,
    underNormalizedLogDensity logDensity: @escaping @Sendable (Proposal.Value) throws -> Double,
    using generator: inout G
  ) throws -> Estimate {
    try estimate(Integrand(integrand), Target(logDensity: logDensity), using: &generator)[0]
  }

  public func estimate(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    try target.requireFit(proposal)
    let known = try knownConcerns(integrand, target)
    let run = ImportanceRun(proposal, target, integrand, draws: draws, .exact)
    return try await run.run(draws: draws, seed: seed, workers: workers, progress: progress)
      .total.estimate(requested: draws, known: known)
  }

  public func estimate<G: RandomNumberGenerator>(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>,
    using generator: inout G
  ) throws -> VectorEstimate {
    try target.requireFit(proposal)
    let known = try knownConcerns(integrand, target)
    let run = ImportanceRun(proposal, target, integrand, draws: draws, .exact)
    return try run.run(draws: draws, using: &generator).total
      .estimate(requested: draws, known: known)
  }

  /// What the two distributions tell before a draw is made. Tails and places where the proposal is zero
  /// matter only where f is not: draws of the target look for such places.
  private func knownConcerns(
    _ integrand: Integrand<Proposal.Value>, _ target: Target<Proposal.Value>
  ) throws -> KnownConcerns? {
    guard let distribution = target.distribution else { return nil }
    let reach = Reach(
      target: distribution, proposal: proposal, integrand: integrand, draws: draws, .exact)
    let comparison = TailComparison(target: distribution, proposal: proposal) { place in
      // A run that was cancelled gives no estimate to warn of.
      if Task.isCancelled { return false }
      let places = [place]
      var values = [Double](repeating: 0, count: integrand.outputs)
      var span = values.mutableSpan
      // A place where f fails counts; a draw would tell.
      let fails =
        (try? evaluate(integrand, on: places.span, into: &span, number: { _ in 0 })) == nil
      return fails || values.contains { $0 != 0 }
    }
    // What the draws weigh where f is zero says nothing.
    var concerns = comparison.concerns()
    if comparison.missed ?? 1 > 0 {
      concerns =
        concerns.filter { $0.isOfShape } + (try missedConcerns(integrand, distribution))
    }
    return KnownConcerns(concerns, reach)
  }

  private func missedConcerns(
    _ integrand: Integrand<Proposal.Value>, _ target: some Distribution<Proposal.Value>
  ) throws -> [Concern] {
    var generator = Philox(seed: 0, stream: .max)
    var missed = 0
    let count = 1_000
    for draw in 0..<count where !Task.isCancelled {
      let place = target.sample(using: &generator)
      guard proposal.logDensity(of: place) == -.infinity else { continue }
      let places = [place]
      var values = [Double](repeating: 0, count: integrand.outputs)
      var span = values.mutableSpan
      try evaluate(integrand, on: places.span, into: &span, number: { _ in draw })
      if values.contains(where: { $0 != 0 }) { missed += 1 }
    }
    return missed > 0 ? [.missedTarget(probability: Double(missed) / Double(count))] : []
  }
}
