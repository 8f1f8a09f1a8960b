import Foundation

/// Whether an estimate and its error can be trusted, as far as its own draws can tell.
public enum Diagnosis: Sendable, Equatable, CustomStringConvertible {
  case reliable
  /// What speaks against it; never empty.
  case unreliable([Concern])

  package init(_ concerns: [Concern]) {
    self = concerns.isEmpty ? .reliable : .unreliable(concerns)
  }

  /// What speaks against it; empty for a reliable one.
  public var concerns: [Concern] {
    if case .unreliable(let concerns) = self { concerns } else { [] }
  }

  /// Whether nothing speaks against it.
  public var isReliable: Bool { self == .reliable }

  public var description: String {
    switch self {
    case .reliable: "reliable"
    case .unreliable(let concerns):
      "unreliable: " + concerns.map(\.description).joined(separator: "; ")
    }
  }
}

/// A reason not to trust an estimate.
public enum Concern: Sendable, Equatable, CustomStringConvertible {
  /// The tail of the weights (or of the averaged values) is so heavy that the error means little.
  case heavyTail(shape: Double, limit: Double)
  /// The target's tails are so much heavier than the proposal's that no number of draws will do: by the
  /// distributions themselves, not by draws.
  case lightProposal(shape: Double, limit: Double)
  /// So much of the expectation lies where the draws of the proposal are not expected to come, in standard
  /// errors: by the distributions themselves, not by draws.
  case unreached(standardErrors: Double)
  /// The proposal is zero where that much of the target lies.
  case missedTarget(probability: Double)
  /// Too few draws to judge the tail of the weights.
  case tooFewDraws(Int)
  /// No draw had a positive weight.
  case noWeight
  /// One draw carries more than a tenth of the weight.
  case dominatingWeight(share: Double)
  /// One draw carries more than a tenth of the sum of weight times |f|.
  case dominatingDraw(share: Double)
  /// The average of so few effective draws is not yet normal.
  case fewEffectiveDraws(Double)
  /// By the distributions themselves, so few effective draws are to be expected; those that are seen
  /// flatter.
  case fewExpectedDraws(Double)
  /// So few draws, or so uneven ones, that the standard error may itself be wrong by that share.
  case uncertainError(relative: Double)
  /// By the distributions themselves, weight times f is so uneven that the standard error is to be
  /// expected wrong by that share.
  case uncertainExpectedError(relative: Double)
  /// Every draw gave the same value, so that the error of zero says nothing.
  case constantValues
  /// The values whose spread gives the error agree to their rounding, so that the error says nothing.
  case errorAtRounding
  /// In the worst of the predictions that were averaged, so few draws carry the density that its
  /// error means little.
  case dominatedPrediction(share: Double)
  /// The density could not be evaluated at some draws, which were given weight zero.
  case failedEvaluations(Int)
  /// A deterministic rule did not reach its tolerance, or found that it cannot be trusted.
  case quadratureFailed(String)
  /// Iterations or repeats of the same integral disagree by more than their errors, by a
  /// chi-squared test with that p-value.
  case inconsistentIterations(chiSquaredPerDegree: Double, pValue: Double)
  /// The Gram matrix of a Gaussian process could only be factored with that much noise, relative to the
  /// squared amplitude, added to its values.
  case illConditioned(jitter: Double)
  /// The values, each predicted from the others by a Gaussian process, lie further from their predictions
  /// than its standard deviations allow: the mean of the squares should be one.
  case inconsistentResiduals(meanSquare: Double, largest: Double)
  /// The fitted length scales are so short that most points tell nothing of their nearest neighbour: the
  /// correlation in the middle of the points.
  case shortLengthScales(nearestCorrelation: Double)
  /// So few points that the kernel of a Gaussian process cannot be fitted well: ten a dimension are
  /// wanted.
  case fewPoints(Int, wanted: Int)
  /// A Gaussian process whose functions have kinks explains the values better than a smooth one, by that
  /// much of the log marginal likelihood.
  case roughFunction(logLikelihoodGain: Double)
  /// Iterations with high values have large errors, so that weighting by the errors moves the
  /// average by that many of its standard errors: rare high values make up the integral.
  case unevenIterations(distance: Double)
  /// The run was cancelled and the estimate covers only a part of the draws asked for.
  case cancelled(completed: Int, requested: Int)

  public var description: String {
    switch self {
    case .heavyTail(let shape, let limit):
      String(format: "heavy tail, k-hat %.2f above %.2f", shape, limit)
    case .lightProposal(let shape, let limit):
      String(
        format: "the proposal's tails are too light, the weights have shape %.2f above %.2f", shape,
        limit)
    case .unreached(let distance):
      String(
        format: "too few draws come where %.1f standard errors of the value lie", distance)
    case .missedTarget(let probability):
      String(format: "the proposal is zero where %.2g of the target lies", probability)
    case .tooFewDraws(let draws): "too few draws (\(draws)) to judge"
    case .noWeight: "no draw has a positive weight"
    case .dominatingWeight(let share):
      String(format: "one draw carries %.0f %% of the weight", 100 * share)
    case .dominatingDraw(let share):
      String(format: "one draw carries %.0f %% of the sum", 100 * share)
    case .fewEffectiveDraws(let size): String(format: "only %.1f effective draws", size)
    case .fewExpectedDraws(let size):
      String(format: "only %.1f effective draws are to be expected", size)
    case .uncertainError(let share):
      String(format: "the standard error itself is uncertain by %.0f %%", 100 * share)
    case .uncertainExpectedError(let share):
      String(
        format: "by the distributions the standard error is uncertain by %.0f %%", 100 * share)
    case .constantValues: "every draw gave the same value"
    case .errorAtRounding: "the error is below the rounding of the values"
    case .dominatedPrediction(let share):
      String(format: "one draw carries %.0f %% of a row's predictive density", 100 * share)
    case .failedEvaluations(let count): "the density failed at \(count) draws"
    case .quadratureFailed(let reason): reason
    case .inconsistentIterations(let chiSquared, let pValue):
      String(
        format: "iterations disagree, chi-squared %.3g per degree of freedom, p = %.1e", chiSquared,
        pValue)
    case .illConditioned(let jitter):
      String(format: "ill-conditioned Gram matrix, noise of %.0e added", jitter)
    case .inconsistentResiduals(let meanSquare, let largest):
      String(
        format:
          "values do not fit the process: residuals of mean square %.3g, up to %.1f deviations",
        meanSquare, largest)
    case .shortLengthScales(let correlation):
      String(
        format: "length scales shorter than the distances of the points, correlation %.2g",
        correlation)
    case .fewPoints(let points, let wanted):
      "only \(points) points to fit a kernel to: \(wanted) are wanted"
    case .roughFunction(let gain):
      String(format: "the function is not smooth, by %.1f of the log likelihood", gain)
    case .unevenIterations(let distance):
      String(
        format: "weighting by the iterations' errors moves the average by %.1f errors", distance)
    case .cancelled(let completed, let requested):
      "cancelled after \(completed) of \(requested) draws"
    }
  }
}

extension Concern {
  /// Whether it is about the tails of two distributions.
  var isOfShape: Bool {
    if case .lightProposal = self { true } else { false }
  }
}
