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
    var sums = ImportanceAccumulator()
    var tail = ParetoTail(draws: values.count, isLogarithmic: true)
    for logWeight in logWeights {
      sums.add(0, logWeight: logWeight)
      tail.insert(logWeight)
    }
    let top = sums.largestLogWeight
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
      values.append(weights[draw] > 0 ? try evaluate(integrand, value, draw: draw) : 0)
    }
    let mean = dotProduct(weights, values)
    return Estimate(
      value: mean, standardError: standardError(ofInfluences: values.map { $0 - mean }),
      evaluations: values.count, draws: values.count, effectiveSampleSize: effectiveSampleSize,
      diagnosis: diagnosis)
  }

  /// What speaks against a weighted mean of positive `values` (`[draws]`): one draw that carries
  /// more than a tenth of it, fewer than 20 effective draws, or a heavy tail of weight times value.
  package func concern(averaging values: [Double]) -> Concern? {
    var tail = ParetoTail(draws: values.count, isLogarithmic: true)
    var (sum, squares, largest) = (0.0, 0.0, 0.0)
    for (weight, value) in zip(weights, values) {
      let product = weight * value
      sum += product
      squares += product * product
      largest = max(largest, product)
      if product > 0 { tail.insert(log(product)) }
    }
    guard sum > 0 else { return .dominatedPrediction(share: 1, shape: nil) }
    let (share, shape) = (largest / sum, tail.shape)
    let isHeavy = shape.map { $0 > ParetoTail.shapeLimit(draws: values.count) } ?? false
    guard share > 0.1 || sum * sum < 20 * squares || isHeavy else { return nil }
    return .dominatedPrediction(share: share, shape: shape)
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
