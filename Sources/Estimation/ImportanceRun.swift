import Diagnostics
import Distributions
import Foundation

/// Which of the two importance estimates is asked for.
enum ImportanceNormalization: Sendable {
  /// The mean of w f, with normalised densities.
  case exact
  /// sum w f / sum w, with densities up to a constant.
  case selfNormalized
}

/// Draws of a proposal, weighted towards a target, and averaged as they come.
struct ImportanceRun<Proposal: Distribution, Target: SamplingTarget<Proposal.Value>>: SamplingRun {
  let proposal: Proposal
  let target: Target
  let integrand: @Sendable (Proposal.Value) throws -> Double
  let draws: Int
  let normalization: ImportanceNormalization

  struct Partial: Sendable {
    var sums = ImportanceAccumulator()
    var weightTail: ParetoTail
    var productTail: ParetoTail
    var failures = 0
    /// Whether f or the weight ever changed.
    var firstValue: Double?
    var isConstant = true
  }

  func makeWorkspace() -> Target.Workspace { target.makeWorkspace() }

  var empty: Partial {
    let tail = ParetoTail(draws: draws, isLogarithmic: true)
    return Partial(weightTail: tail, productTail: tail)
  }

  func partial<G: RandomNumberGenerator>(
    draws range: Range<Int>, using generator: inout G, in workspace: inout Target.Workspace
  ) throws -> Partial {
    var partial = empty
    var value = proposal.sample(using: &generator)
    for draw in range {
      if draw > range.lowerBound { proposal.sample(into: &value, using: &generator) }
      let logWeight = try importanceLogWeight(
        of: value, proposal, target, &workspace, failures: &partial.failures)
      // f is not asked where the target is zero: it need not be defined there.
      let f = logWeight > -.infinity ? try evaluate(integrand, value, draw: draw) : 0
      partial.sums.add(f, logWeight: logWeight)
      guard logWeight > -.infinity else { continue }
      partial.weightTail.insert(logWeight)
      if f != 0 { partial.productTail.insert(logWeight + log(abs(f))) }
      if partial.firstValue == nil { partial.firstValue = f }
      if f != partial.firstValue { partial.isConstant = false }
    }
    return partial
  }

  func merge(_ partial: Partial, into total: inout Partial) {
    total.sums.merge(partial.sums)
    total.weightTail.merge(partial.weightTail)
    total.productTail.merge(partial.productTail)
    total.failures += partial.failures
    if let value = partial.firstValue {
      if let first = total.firstValue, first != value { total.isConstant = false }
      total.firstValue = total.firstValue ?? value
      total.isConstant = total.isConstant && partial.isConstant
    }
  }

  func estimate(_ result: (total: Partial, completed: Int)) -> Estimate {
    let (total, completed) = result
    let sums = total.sums
    let (value, error) = normalization == .exact ? sums.unbiased : sums.selfNormalized
    var concerns = importanceConcerns(
      sums, failures: total.failures, completed: completed, requested: draws)
    if sums.positive > 0 {
      // The unbiased estimate lives by w f alone, the self-normalised one by w as well.
      var shapes = [total.productTail.shape]
      switch normalization {
      case .exact: concerns += uncertaintyConcerns(sums.products.relativeErrorOfStandardError)
      case .selfNormalized:
        shapes.append(total.weightTail.shape)
        concerns += sums.weightConcerns
        concerns += uncertaintyConcerns(sums.relativeErrorOfSelfNormalizedError)
      }
      concerns += tailConcerns(shapes, draws: completed)
      if total.isConstant, normalization == .selfNormalized || value == 0 {
        concerns.append(.constantValues)
      }
    }
    return Estimate(
      value: value, standardError: error, evaluations: completed, draws: completed,
      effectiveSampleSize: sums.effectiveSampleSize, diagnosis: Diagnosis(concerns))
  }
}

/// log p(x) - log q(x).
func importanceLogWeight<Proposal: Distribution, Target: SamplingTarget<Proposal.Value>>(
  of value: Proposal.Value, _ proposal: Proposal, _ target: Target,
  _ workspace: inout Target.Workspace, failures: inout Int
) throws -> Double {
  let logTarget = try target.logDensity(of: value, in: &workspace, failures: &failures)
  return logTarget == -.infinity ? logTarget : logTarget - proposal.logDensity(of: value)
}

/// What speaks against importance sampling whatever is averaged.
func importanceConcerns(
  _ sums: ImportanceAccumulator, failures: Int, completed: Int, requested: Int
) -> [Concern] {
  var concerns: [Concern] = []
  if completed < requested {
    concerns.append(.cancelled(completed: completed, requested: requested))
  }
  if failures > 0 { concerns.append(.failedEvaluations(failures)) }
  if sums.positive == 0 { concerns.append(.noWeight) }
  if completed < fewestDraws { concerns.append(.tooFewDraws(completed)) }
  return concerns
}

/// Whether the heaviest of some tails leaves the error a meaning.
func tailConcerns(_ shapes: [Double?], draws: Int) -> [Concern] {
  let limit = ParetoTail.shapeLimit(draws: draws)
  guard draws >= fewestDraws, let shape = shapes.compactMap({ $0 }).max(), shape > limit else {
    return []
  }
  return [.heavyTail(shape: shape, limit: limit)]
}

extension ImportanceAccumulator {
  /// What speaks against the weights.
  var weightConcerns: [Concern] {
    var concerns: [Concern] = []
    if largestShare > 0.1 { concerns.append(.dominatingWeight(share: largestShare)) }
    if effectiveSampleSize < 20 { concerns.append(.fewEffectiveDraws(effectiveSampleSize)) }
    return concerns
  }
}
