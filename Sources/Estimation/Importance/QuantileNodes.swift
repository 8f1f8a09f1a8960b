import Distributions
import Foundation

/// Places and weights that integrate over a distribution, far into its tails.
struct QuantileNodes {
  let places: [Double]
  let weights: [Double]

  /// - Parameter reach: how far the logit of the probability goes on both sides.
  init(_ distribution: some UnivariateDistribution<Double>, reach: Double = 36) {
    let count = Int(reach / 0.2)
    let step = reach / Double(count)
    (places, weights) = (-count...count).reduce(into: ([], [])) { nodes, i in
      let near = 1 / (1 + exp(Double(abs(i)) * step))
      nodes.0.append(
        i < 0 ? distribution.quantile(near) : distribution.survivalQuantile(near))
      nodes.1.append(near * (1 - near) * step)
    }
  }
}
