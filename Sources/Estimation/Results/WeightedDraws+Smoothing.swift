import Diagnostics
import Foundation

extension WeightedDraws {
  /// The same draws with Pareto-smoothed weights; see ``ParetoSmoothing``.
  ///
  /// - Complexity: O(draws log draws).
  public func paretoSmoothed() -> WeightedDraws {
    let largest = weights.max() ?? 0
    guard largest > 0 else { return self }
    // Back to weights whose mean is the target's integral.
    let top = log(largest) + log(Double(weights.count)) + logEvidence
    let smoothing = ParetoSmoothing(logWeights: weights.map { log($0) })
    return WeightedDraws(values: values, logWeights: smoothing.logWeights.map { $0 + top })
  }
}
