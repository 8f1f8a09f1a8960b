import Diagnostics
import Foundation

/// An estimated expectation with its Monte Carlo error and a verdict whether to trust it.
///
/// Printed as `0.02279 ± 0.00015` in the digits that its error leaves.
public struct Estimate: Sendable, Equatable {
  /// The estimated expectation.
  public var value: Double
  /// The estimated standard deviation of `value`, over repetitions with other random numbers.
  public var standardError: Double
  /// How often the integrand or the density was evaluated, whichever is more.
  public var evaluations: Int
  /// How many draws the value averages; nil where there are none (quadrature).
  public var draws: Int?
  /// How many independent, equally weighted draws of the target would do as well.
  public var effectiveSampleSize: Double?
  /// Whether the value and its error can be trusted.
  public var diagnosis: Diagnosis

  /// Puts an estimate together, for estimators of one's own.
  public init(
    value: Double, standardError: Double, evaluations: Int, draws: Int?,
    effectiveSampleSize: Double?, diagnosis: Diagnosis
  ) {
    self.value = value
    self.standardError = standardError
    self.evaluations = evaluations
    self.draws = draws
    self.effectiveSampleSize = effectiveSampleSize
    self.diagnosis = diagnosis
  }
}

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
  /// Too few draws to judge the tail of the weights.
  case tooFewDraws(Int)
  /// No draw had a positive weight.
  case noWeight
  /// One draw carries more than a tenth of the weight.
  case dominatingWeight(share: Double)
  /// The average of so few effective draws is not yet normal.
  case fewEffectiveDraws(Double)
  /// The target stood above the envelope at some proposals, so that the draws are not the target's.
  case envelopeViolated(violations: Int, largestRatio: Double)
  /// So few draws, or so uneven ones, that the standard error may itself be wrong by that share.
  case uncertainError(relative: Double)
  /// Every draw gave the same value, so that the error of zero says nothing.
  case constantValues
  /// In the worst of the predictions that were averaged, so few draws carry the density that its
  /// error means little.
  case dominatedPrediction(share: Double)
  /// The density could not be evaluated at some draws, which were given weight zero.
  case failedEvaluations(Int)
  /// The run was cancelled and the estimate covers only a part of the draws asked for.
  case cancelled(completed: Int, requested: Int)

  public var description: String {
    switch self {
    case .heavyTail(let shape, let limit):
      String(format: "heavy tail, k-hat %.2f above %.2f", shape, limit)
    case .tooFewDraws(let draws): "too few draws (\(draws)) to judge"
    case .noWeight: "no draw has a positive weight"
    case .dominatingWeight(let share):
      String(format: "one draw carries %.0f %% of the weight", 100 * share)
    case .fewEffectiveDraws(let size): String(format: "only %.1f effective draws", size)
    case .envelopeViolated(let violations, let ratio):
      "target above the envelope at \(violations) proposals, by up to "
        + String(format: "%.3g times", ratio)
    case .uncertainError(let share):
      String(format: "the standard error itself is uncertain by %.0f %%", 100 * share)
    case .constantValues: "every draw gave the same value"
    case .dominatedPrediction(let share):
      String(format: "one draw carries %.0f %% of a row's predictive density", 100 * share)
    case .failedEvaluations(let count): "the density failed at \(count) draws"
    case .cancelled(let completed, let requested):
      "cancelled after \(completed) of \(requested) draws"
    }
  }
}

extension Estimate: CustomStringConvertible {
  /// The value and its error, rounded to two digits of the error: `0.02279 ± 0.00015`.
  public var description: String {
    guard value.isFinite, standardError.isFinite, standardError > 0 else {
      return "\(value) \u{b1} \(standardError)"
    }
    let position = Int(log10(standardError).rounded(.down)) - 1
    if position < -12 || position > 5 {
      let leading = value == 0 ? position : Int(log10(abs(value)).rounded(.down))
      return String(
        format: "%.*e \u{b1} %.1e", max(0, leading - position), value, standardError)
    }
    let decimals = max(0, -position)
    return String(format: "%.*f \u{b1} %.*f", decimals, value, decimals, standardError)
  }
}

/// A run that cannot give an estimate.
public enum EstimationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The integrand was not finite at a draw (counted from zero).
  case notFinite(value: Double, draw: Int, at: String)
  /// Not a single draw was asked for.
  case noDraws(Int)
  /// The envelope constant is not positive and finite.
  case envelopeConstant(Double)
  /// The proposals ran out before enough were accepted.
  case acceptanceTooLow(accepted: Int, proposals: Int)
  /// The log density was NaN or +infinity at a draw.
  case densityNotFinite(value: Double, at: String)
  /// A study needs at least that many sizes, increasing, and replicates.
  case study(String)

  public var description: String {
    switch self {
    case .notFinite(let value, let draw, let place):
      "the integrand is \(value) at draw \(draw), \(place)"
    case .noDraws(let count): "the number of draws \(count) is not positive"
    case .envelopeConstant(let constant):
      "the envelope constant \(constant) is not positive and finite"
    case .acceptanceTooLow(let accepted, let proposals):
      "only \(accepted) of \(proposals) proposals were accepted: the envelope is too high"
    case .densityNotFinite(let value, let place): "the log density is \(value) at \(place)"
    case .study(let reason): reason
    }
  }
}
