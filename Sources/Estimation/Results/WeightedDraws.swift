import Diagnostics
import Distributions
import Foundation

/// Draws with weights that together stand for a distribution.
public struct WeightedDraws<Value: Sendable>: Sendable {
  /// `[draws]`.
  public let values: [Value]
  /// The weights, `[draws]`, summing to one (all zero if no draw has a positive weight).
  public let weights: [Double]
  /// (sum w)^2 / sum w^2.
  public let effectiveSampleSize: Double
  /// The log of the mean weight before normalising: the log of the target's integral.
  public let logEvidence: Double
  /// The delta method's standard error of `logEvidence`.
  public let logEvidenceStandardError: Double
  /// Pareto k-hat of the weights; nil where it cannot be told.
  public let paretoShape: Double?
  /// Whether averages over the draws can be trusted.
  public let diagnosis: Diagnosis

  /// Weighted draws of a proposal, with log weights up to a constant.
  public init(values: [Value], logWeights: [Double]) {
    self.init(
      values: values, logWeights: logWeights, failures: 0, completed: values.count,
      requested: values.count)
  }

  /// Independent draws of the distribution itself: equal weights, nothing to diagnose.
  public init(equallyWeighted values: [Value]) {
    self.values = values
    weights = [Double](repeating: 1 / Double(values.count), count: values.count)
    effectiveSampleSize = Double(values.count)
    (logEvidence, logEvidenceStandardError, paretoShape) = (0, 0, nil)
    diagnosis = .reliable
  }

  init(values: [Value], logWeights: [Double], failures: Int, completed: Int, requested: Int) {
    precondition(
      values.count == logWeights.count, "\(values.count) values, \(logWeights.count) weights")
    let positive = logWeights.filter { $0 > -.infinity }
    var tail = ParetoTail(draws: values.count, isLogarithmic: true)
    tail.insert(contentsOf: positive.span)
    let top = positive.max() ?? -.infinity
    let ones = positive.map { exp($0 - top) }
    let nothing = [Double](repeating: 0, count: ones.count)
    var products = nothing
    var memory = products.mutableSpan
    let sums = ImportanceAccumulator(
      nothing.span, Extent(nothing.span), weights: ones.span,
      MeanAccumulator(ones.span, Extent(ones.span)), top: top, products: &memory,
      zeros: logWeights.count - ones.count, .selfNormalized)
    let relative = logWeights.map { $0 > -.infinity ? exp($0 - top) : 0 }
    let total = relative.reduce(0, +)
    self.values = values
    weights = total > 0 ? relative.map { $0 / total } : relative
    effectiveSampleSize = sums.effectiveSampleSize
    (logEvidence, logEvidenceStandardError) = sums.logEvidence
    paretoShape = tail.shape
    var concerns = importanceConcerns(
      sums, failures: failures, completed: completed, requested: requested)
    if sums.positive > 0 {
      concerns += sums.weightConcerns + tailConcerns([tail.shape], draws: completed)
    }
    diagnosis = Diagnosis(concerns)
  }

  /// The weighted mean of a function of the draws, and the delta method's standard error.
  /// - Throws: what `integrand` throws, and ``EstimationError`` where it is not finite.
  public func mean(of integrand: (Value) throws -> Double) throws -> Estimate {
    var values: [Double] = []
    for (draw, value) in self.values.enumerated() {
      guard weights[draw] > 0 else {
        values.append(0)
        continue
      }
      let result = try integrand(value)
      guard result.isFinite else {
        throw EstimationError.notFinite(value: result, draw: draw, at: "\(value)")
      }
      values.append(result)
    }
    let mean = dotProduct(weights, values)
    return estimate(mean, influences: values.map { $0 - mean })
  }

  /// A statistic that moves by the weighted mean of `influences` (`[draws]`), with its error and with
  /// what speaks against that besides the weights.
  package func estimate(
    _ value: Double, influences: [Double], concern: Concern? = nil
  ) -> Estimate {
    var (second, fourth) = (0.0, 0.0)
    let largest = zip(weights, influences).reduce(0) { max($0, abs($1.0 * $1.1)) }
    for (weight, influence) in zip(weights, influences) where largest > 0 {
      let square = weight * influence / largest * (weight * influence / largest)
      second += square
      fourth += square * square
    }
    var concerns = diagnosis.concerns + [concern].compactMap { $0 }
    if largest == 0 { concerns.append(.constantValues) }
    if second > 0 { concerns += uncertaintyConcerns(fourth.squareRoot() / second / 2) }
    return Estimate(
      value: value, standardError: standardError(ofInfluences: influences),
      evaluations: values.count, draws: values.count, effectiveSampleSize: effectiveSampleSize,
      diagnosis: Diagnosis(concerns))
  }

  /// What speaks against a weighted mean of positive `values` (`[draws]`): one draw that carries
  /// more than a tenth of it, or fewer than 20 effective draws.
  package func concern(averaging values: [Double]) -> Concern? {
    var (sum, squares, largest) = (0.0, 0.0, 0.0)
    for (weight, value) in zip(weights, values) {
      let product = weight * value
      sum += product
      squares += product * product
      largest = max(largest, product)
    }
    guard sum > 0 else { return .dominatedPrediction(share: 1) }
    let share = largest / sum
    return share > 0.1 || sum * sum < 20 * squares ? .dominatedPrediction(share: share) : nil
  }

  /// Whether the tail of weight times `influences` (`[draws]`) leaves their mean's error a meaning.
  package func tailConcern(ofInfluences influences: [Double]) -> Concern? {
    var tail = ParetoTail(draws: influences.count, isLogarithmic: true)
    for (weight, influence) in zip(weights, influences) where weight * influence != 0 {
      tail.insert(log(abs(weight * influence)))
    }
    return tailConcerns([tail.shape], draws: influences.count).first
  }

  /// The standard error of a statistic that moves by the weighted mean of `influences` (`[draws]`).
  ///
  /// sqrt(S / (S - 1) sum w^2 g^2): for equal weights it is the usual standard error of a mean.
  package func standardError(ofInfluences influences: [Double]) -> Double {
    let sum = zip(weights, influences).reduce(0) { $0 + $1.0 * $1.0 * $1.1 * $1.1 }
    let count = Double(weights.count)
    return (sum * count / (count - 1)).squareRoot()
  }

  private func dotProduct(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
