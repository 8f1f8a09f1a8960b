import Distributions
import Estimation
import Foundation

/// How well predictions fit a set of rows. What does not exist is nil.
public struct Scores: Sendable {
  /// Of the predictive means.
  public var rootMeanSquareError: Double?
  /// The mean over rows of the log predictive density of the target.
  public var logDensity: Double?
  /// The share of the targets inside the central 90 % predictive interval.
  public var coverage90: Double?
  /// What speaks against the log density of an average, beyond its draws' own diagnosis.
  public var concern: Concern?
  /// The Monte Carlo errors of a prediction that averages draws; nil for the others.
  public var standardErrors: (rootMeanSquareError: Double, logDensity: Double)?

  init(
    rootMeanSquareError: Double? = nil, logDensity: Double? = nil, coverage90: Double? = nil
  ) {
    self.rootMeanSquareError = rootMeanSquareError
    self.logDensity = logDensity
    self.coverage90 = coverage90
  }

  /// The scores of a predictive distribution for each target; all nil without targets.
  init<Predictive: ContinuousDistribution>(
    _ y: [Double], predictives: (Int) -> Predictive?
  ) {
    let distributions = y.indices.compactMap(predictives)
    guard !y.isEmpty, distributions.count == y.count else { return }
    let n = Double(y.count)
    let pairs = zip(y, distributions)
    rootMeanSquareError =
      (pairs.reduce(0) { $0 + ($1.0 - $1.1.mean) * ($1.0 - $1.1.mean) } / n).squareRoot()
    logDensity = pairs.reduce(0) { $0 + $1.1.logDensity(of: $1.0) } / n
    coverage90 = Double(pairs.count { abs($1.cdf($0) - 0.5) <= 0.45 }) / n
  }

  /// The scores of a curve alone, without a noise.
  init(_ y: [Double], means: [Double]) {
    guard !y.isEmpty else { return }
    let sum = zip(y, means).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    rootMeanSquareError = (sum / Double(y.count)).squareRoot()
  }
}
