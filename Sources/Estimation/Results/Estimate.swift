import Distributions
import Foundation

/// An estimated expectation or integral with its error and a verdict whether to trust it.
///
/// Printed as `0.02279 ± 0.00015` in the digits that its error leaves.
public struct Estimate: Sendable, Equatable {
  /// The estimated expectation.
  public var value: Double
  /// The estimated standard deviation of `value` over repetitions with other random numbers; for a
  /// deterministic rule, its bound on the error (see `errorModel`).
  public var standardError: Double
  /// How `standardError` turns into an interval.
  public var errorModel: ErrorModel
  /// How often the integrand or the density was evaluated, whichever is more.
  public var evaluations: Int
  /// How many draws the value averages; nil where there are none (quadrature).
  public var draws: Int?
  /// How many independent, equally weighted draws of the target would do as well.
  public var effectiveSampleSize: Double?
  /// Whether the value and its error can be trusted.
  public var diagnosis: Diagnosis
  /// What the method found out beside the value.
  public var findings: Findings

  /// Puts an estimate together, for estimators of one's own.
  public init(
    value: Double, standardError: Double, errorModel: ErrorModel = .normal, evaluations: Int,
    draws: Int?, effectiveSampleSize: Double?, diagnosis: Diagnosis, findings: Findings = Findings()
  ) {
    self.value = value
    self.standardError = standardError
    self.errorModel = errorModel
    self.evaluations = evaluations
    self.draws = draws
    self.effectiveSampleSize = effectiveSampleSize
    self.diagnosis = diagnosis
    self.findings = findings
  }

  /// The central interval that contains the truth with that probability, as far as the error can be
  /// trusted; of a deterministic rule the interval of its bound, whatever the level.
  ///
  /// - Parameter level: inside (0, 1).
  public func confidenceInterval(_ level: Double = 0.95) -> ClosedRange<Double> {
    errorModel.interval(value, standardError, level: level)
  }
}

/// How a standard error turns into an interval.
public enum ErrorModel: Sendable, Equatable {
  /// The error is normal, as that of an average of many draws is.
  case normal
  /// The standard error comes from a few replicates: Student t.
  case studentT(degreesOfFreedom: Double)
  /// The standard error is a deterministic rule's bound on the error.
  case bound

  /// By how many standard errors an interval of probability `level` reaches to either side.
  func halfWidth(level: Double) -> Double {
    precondition(level > 0 && level < 1, "\(level) is not a probability inside (0, 1)")
    switch self {
    case .normal: return standardNormal.survivalQuantile((1 - level) / 2)
    case .studentT(let degrees):
      // Valid: replicates are at least two.
      return try! StudentT(degreesOfFreedom: degrees).survivalQuantile((1 - level) / 2)
    case .bound: return 1
    }
  }

  func interval(_ value: Double, _ error: Double, level: Double) -> ClosedRange<Double> {
    let reach = halfWidth(level: level) * error
    guard value.isFinite, reach.isFinite else { return -.infinity ... .infinity }
    return value - reach...value + reach
  }
}

/// N(0, 1), whose parameters are valid.
let standardNormal = try! Normal(mean: 0, standardDeviation: 1)

/// What a method found out beside the value; nil where it does not apply.
public struct Findings: Sendable, Equatable {
  /// The logarithm of the target's integral (importance, self-normalised and rejection samplers,
  /// quadrature).
  public var logEvidence: Measurement?
  /// The share of proposals that were accepted (rejection samplers).
  public var acceptance: Proportion?
  /// The envelope that was used (rejection samplers).
  public var envelope: Envelope?
  /// The estimated bias, of order 1/S (self-normalised importance samplers); it is not subtracted.
  public var bias: Double?
  /// Pareto k-hat of the weights (importance samplers), and of weight times |f|.
  public var weightTailShape: Double?
  public var productTailShape: Double?
  /// Chi-squared per degree of freedom of the iterations or replicates about their average: near one
  /// where they agree (VEGAS, MISER).
  public var chiSquaredPerDegree: Double?
  /// How many times smaller the error's square is than plain Monte Carlo's of as many evaluations
  /// (antithetic, stratified, Latin hypercube and quasi-Monte Carlo); below one it is larger.
  public var varianceReduction: Double?

  public init() {}

  /// A number with its standard error.
  public struct Measurement: Sendable, Equatable, CustomStringConvertible {
    public var value: Double
    public var standardError: Double

    public init(value: Double, standardError: Double) {
      (self.value, self.standardError) = (value, standardError)
    }

    public var description: String { rounded(value, standardError) }
  }

  /// An envelope k q above a target.
  public struct Envelope: Sendable, Equatable {
    /// k.
    public var constant: Double
    /// By what factor k lies above the highest ratio that the search found; 1 for a k that was given.
    public var margin: Double
    /// How often the run began again with a larger k, because a proposal stood above the envelope.
    public var restarts: Int

    public init(constant: Double, margin: Double, restarts: Int) {
      (self.constant, self.margin, self.restarts) = (constant, margin, restarts)
    }
  }
}

/// Successes among trials, where the trials went on until the successes were reached.
public struct Proportion: Sendable, Equatable {
  public var successes: Int
  public var trials: Int

  public init(successes: Int, trials: Int) { (self.successes, self.trials) = (successes, trials) }

  /// successes / trials.
  public var value: Double { Double(successes) / Double(trials) }

  /// The exact central interval (Clopper and Pearson's for trials that stop at the last success).
  public func confidenceInterval(_ level: Double = 0.95) -> ClosedRange<Double> {
    guard successes > 0, trials > 0 else { return 0...1 }
    let tail = (1 - level) / 2
    // Valid: both shapes are positive. P(trials <= n | p) is the chance of at least `successes` among n.
    let low = try! Beta(alpha: Double(successes), beta: Double(trials - successes + 1)).quantile(
      tail)
    guard trials > successes else { return low...1 }
    let high = try! Beta(alpha: Double(successes), beta: Double(trials - successes))
      .survivalQuantile(tail)
    return low...high
  }
}

extension Estimate: CustomStringConvertible {
  /// The value and its error, rounded to two digits of the error: `0.02279 ± 0.00015`.
  public var description: String { rounded(value, standardError) }
}

/// A value in the digits that its error leaves, and the error in two digits.
func rounded(_ value: Double, _ standardError: Double) -> String {
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
