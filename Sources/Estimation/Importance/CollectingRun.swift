import Distributions

/// Draws of a proposal with their log weights, kept.
struct CollectingRun<Proposal: Distribution>: SamplingRun {
  let proposal: Proposal
  let target: Target<Proposal.Value>

  struct Partial: Sendable {
    var values: [Proposal.Value] = []
    var logWeights: [Double] = []
    var failures = 0
  }

  struct Workspace {
    var sampler: SamplerWorkspace<Proposal>
    var weights: WeightWorkspace<Proposal>
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      sampler: SamplerWorkspace(drawing: proposal, for: nil), weights: WeightWorkspace(target))
  }
  var empty: Partial { Partial() }

  func partial<G: RandomNumberGenerator>(
    draws range: Range<Int>, using generator: inout G, in workspace: inout Workspace,
    isCancelled: () -> Bool
  ) throws -> Partial {
    var partial = empty
    var start = range.lowerBound
    while start < range.upperBound, !isCancelled() {
      let count = min(drawsPerBlock, range.upperBound - start)
      workspace.sampler.fill(count, from: proposal, using: &generator)
      let done = try workspace.weights.weigh(
        workspace.sampler.draws, count: count, proposal, isCancelled: isCancelled)
      partial.values += workspace.sampler.draws.prefix(done)
      partial.logWeights += workspace.weights.logWeights[..<done]
      partial.failures += workspace.weights.failures
      start += count
      if done < count { break }
    }
    return partial
  }

  func draws(in partial: Partial) -> Int { partial.values.count }

  func merge(_ partial: Partial, into total: inout Partial) {
    total.values += partial.values
    total.logWeights += partial.logWeights
    total.failures += partial.failures
  }
}
