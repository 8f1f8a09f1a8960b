import Foundation

/// Pareto smoothing of importance weights: the largest ones are replaced by the expected order
/// statistics of the generalised Pareto distribution that fits them, and none exceeds the largest raw
/// one. A small bias buys a far smaller variance.
///
/// ## References
/// A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling",
/// JMLR 25 (2024).
public struct ParetoSmoothing: Sendable {
  /// The smoothed log weights, in the order of the raw ones, less the largest raw one.
  public let logWeights: [Double]
  /// k-hat; nil where the tail is too short or too even to be fitted, and the weights are the raw ones.
  public let shape: Double?

  /// - Parameter logWeights: `[draws]`, up to a common constant; minus infinity for weight zero.
  /// - Complexity: O(draws log draws).
  public init(logWeights raw: [Double]) {
    let top = raw.max() ?? -.infinity
    guard top > -.infinity else {
      (logWeights, shape) = (raw, nil)
      return
    }
    var smoothed = raw.map { $0 - top }
    let count = Int(min(Double(raw.count) / 5, 3 * Double(raw.count).squareRoot()).rounded(.up))
    let order = smoothed.indices.sorted { smoothed[$0] < smoothed[$1] }
    guard count > 4, order.count > count else {
      (logWeights, shape) = (smoothed, nil)
      return
    }
    let cutoff = max(smoothed[order[order.count - count - 1]], log(Double.leastNormalMagnitude))
    let tail = order.suffix(count).filter { smoothed[$0] > cutoff }
    guard tail.count > 4 else {
      (logWeights, shape) = (smoothed, nil)
      return
    }
    let base = exp(cutoff)
    let fit = generalizedParetoFit(ascending: tail.map { exp(smoothed[$0]) - base })
    guard fit.shape.isFinite, fit.scale.isFinite else {
      (logWeights, shape) = (smoothed, nil)
      return
    }
    for (rank, draw) in tail.enumerated() {
      let p = (Double(rank) + 0.5) / Double(tail.count)
      let excess =
        abs(fit.shape) < 1e-12
        ? -fit.scale * log1p(-p) : fit.scale * expm1(-fit.shape * log1p(-p)) / fit.shape
      smoothed[draw] = min(0, log(base + excess))
    }
    (logWeights, shape) = (smoothed, fit.shape)
  }
}
