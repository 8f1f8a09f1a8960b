import Distributions
import Foundation
import GSL

/// Iterations or repeats of the same integral, each with its own standard error.
struct IndependentResults {
  struct Part {
    let value: Double
    let standardError: Double
    let evaluations: Int
    /// Of so long a sum.
    let rounding: Double

    /// A standard error below the rounding of so long a sum is that.
    init(_ result: GSLMonteCarloResult) {
      value = result.value
      rounding = Double(result.evaluations).squareRoot() * abs(result.value) * 2.3e-16
      standardError = max(result.standardError, rounding)
      evaluations = result.evaluations
    }
  }

  var parts: [Part] = []

  /// The average, and its standard error from the spread.
  var average: (value: Double, standardError: Double) {
    let count = Double(parts.count)
    let mean = parts.reduce(0) { $0 + $1.value / count }
    let squares = parts.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
    let rounding = parts.reduce(0) { hypot($0, $1.rounding) } / count
    return (mean, max((squares / (count - 1) / count).squareRoot(), rounding))
  }

  /// How far the average weighted by the inverse squares of the errors lies from the plain one, in
  /// units of the latter's error by the parts' own.
  var shift: Double {
    guard let least = parts.map(\.standardError).min(), least > 1e-150 else { return 0 }
    // Relative to the smallest error, so that no weight overflows.
    let weights = parts.map { (least / $0.standardError) * (least / $0.standardError) }
    let weighted =
      zip(weights, parts).reduce(0) { $0 + $1.0 * $1.1.value } / weights.reduce(0, +)
    let error = parts.reduce(0) { hypot($0, $1.standardError) } / Double(parts.count)
    return abs(weighted - average.value) / error
  }

  private var degrees: Double { Double(parts.count - 1) }

  /// Chi-squared of the parts about their average.
  private var chiSquared: Double {
    let mean = average.value
    return parts.reduce(0) { sum, part in
      let distance = part.value - mean
      return distance == 0 ? sum : sum + pow(distance / part.standardError, 2)
    }
  }

  /// The chance of a chi-squared as large or larger.
  private var pValue: Double {
    let statistic = chiSquared
    // Valid: there are two parts or more.
    return statistic.isFinite
      ? try! ChiSquared(degreesOfFreedom: degrees).survival(statistic) : 0
  }

  /// What speaks against the parts' being estimates of one number.
  var concerns: [Concern] {
    var concerns: [Concern] = []
    let pValue = pValue
    if pValue < 0.001 {
      concerns.append(
        .inconsistentIterations(chiSquaredPerDegree: chiSquared / degrees, pValue: pValue))
    }
    let shift = shift
    if shift > 1 { concerns.append(.unevenIterations(distance: shift)) }
    return concerns
  }

  /// The same with one variance for all parts, the mean of theirs, whose own scatter counts: single
  /// variances from few evaluations are too noisy to weigh by, and small where the value is.
  var pooledConcerns: (chiSquaredPerDegree: Double, concerns: [Concern]) {
    let largest = parts.reduce(0) { max($0, $1.standardError) }
    guard largest > 0, largest.isFinite else { return (0, []) }
    let count = Double(parts.count)
    let variances = parts.map { pow($0.standardError / largest, 2) }
    let pooled = variances.reduce(0, +) / count
    let scatter = variances.reduce(0) { $0 + ($1 / pooled - 1) * ($1 / pooled - 1) } / degrees
    // The squared relative standard deviation of the pooled variance.
    let noise = scatter / count
    let mean = average.value
    let ratio =
      parts.reduce(0) { $0 + pow(($1.value - mean) / largest, 2) } / degrees / pooled
    var concerns = uncertaintyConcerns(noise.squareRoot() / 2)
    // Valid: there are two parts or more, and the scatter is at most their number.
    let pValue =
      noise > 1e-9
      ? try! FisherF(
        numeratorDegreesOfFreedom: degrees, denominatorDegreesOfFreedom: 2 / noise
      ).survival(ratio)
      : try! ChiSquared(degreesOfFreedom: degrees).survival(degrees * ratio)
    if pValue < 0.001 {
      concerns.append(.inconsistentIterations(chiSquaredPerDegree: ratio, pValue: pValue))
    }
    return (ratio, concerns)
  }

  /// - Parameter chiSquaredPerDegree: nil for that of the parts' own errors.
  func estimate(
    evaluations: Int, concerns: [Concern], chiSquaredPerDegree: Double? = nil
  ) throws -> Estimate {
    let (value, standardError) = average
    let errors = parts.map(\.standardError) + [standardError]
    guard value.isFinite, errors.allSatisfy(\.isFinite) else {
      throw EstimationError.noValue(
        "the integral came out as \(value) \u{b1} \(errors.max() ?? .nan): the squares overflow")
    }
    var concerns = concerns
    if parts.allSatisfy({ $0.value == 0 }) { concerns.append(.constantValues) }
    var estimate = Estimate(
      value: value, standardError: standardError,
      errorModel: .studentT(degreesOfFreedom: degrees), evaluations: evaluations,
      draws: parts.reduce(0) { $0 + $1.evaluations }, effectiveSampleSize: nil,
      diagnosis: Diagnosis(concerns))
    estimate.findings.chiSquaredPerDegree = chiSquaredPerDegree ?? chiSquared / degrees
    return estimate
  }
}
