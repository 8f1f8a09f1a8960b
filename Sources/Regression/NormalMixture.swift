import Distributions
import Foundation
import LinearAlgebra
import Randomness

/// A mixture of normal distributions.
public struct NormalMixture: ContinuousDistribution {
  /// Summing to one, none negative.
  let weights: [Double]
  let means: [Double]
  /// Positive.
  let deviations: [Double]

  package init(weights: [Double], means: [Double], deviations: [Double]) {
    (self.weights, self.means, self.deviations) = (weights, means, deviations)
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    var u = generator.nextUnit()
    var index = 0
    while index < weights.count - 1, u >= weights[index] {
      u -= weights[index]
      index += 1
    }
    let normal = try! Normal(mean: 0, standardDeviation: 1)  // valid
    return means[index] + deviations[index] * normal.sample(using: &generator)
  }

  /// log N(value; mean_s, deviation_s^2), without the weight.
  func componentLogDensity(_ s: Int, at value: Double) -> Double {
    let z = (value - means[s]) / deviations[s]
    return -0.5 * z * z - log(deviations[s]) - 0.5 * log(2 * .pi)
  }

  func componentDensities(at value: Double) -> [Double] {
    weights.indices.map { exp(componentLogDensity($0, at: value)) }
  }

  /// Of each component, P(X <= x) for the sign -1, P(X > x) for the sign 1.
  func componentTails(_ x: Double, sign: Double) -> [Double] {
    weights.indices.map {
      0.5 * erfc(sign * (x - means[$0]) / deviations[$0] * 0.5.squareRoot())
    }
  }

  /// By the log of the sum, so that it is right in the tails.
  public func logDensity(of value: Double) -> Double {
    var largest = -Double.infinity
    let terms = weights.indices.map { s -> Double in
      guard weights[s] > 0 else { return -.infinity }
      let term = log(weights[s]) + componentLogDensity(s, at: value)
      largest = max(largest, term)
      return term
    }
    guard largest > -.infinity else { return largest }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
  }

  public func cdf(_ x: Double) -> Double { min(1, dot(weights, componentTails(x, sign: -1))) }
  public func survival(_ x: Double) -> Double { min(1, dot(weights, componentTails(x, sign: 1))) }

  /// By the Illinois variant of regula falsi, between the components' own quantiles.
  public func quantile(_ p: Double) -> Double {
    precondition(p >= 0 && p <= 1, "\(p) is not a probability")
    let z = try! Normal(mean: 0, standardDeviation: 1).quantile(p)
    if z.isInfinite { return z }
    let quantiles = weights.indices.lazy.filter { weights[$0] > 0 }
      .map { means[$0] + z * deviations[$0] }
    guard var low = quantiles.min(), var high = quantiles.max() else { return .nan }
    var (below, above) = (cdf(low) - p, cdf(high) - p)
    var side = 0
    while high - low > 1e-10 * max(abs(low), abs(high)), below < 0, above > 0 {
      let x = min(max((low * above - high * below) / (above - below), low), high)
      let value = cdf(x) - p
      if value == 0 || x == low || x == high { return x }
      if value < 0 {
        (low, below) = (x, value)
        if side == -1 { above /= 2 }
        side = -1
      } else {
        (high, above) = (x, value)
        if side == 1 { below /= 2 }
        side = 1
      }
    }
    return below >= 0 ? low : above <= 0 ? high : (low + high) / 2
  }

  /// The quantile of the mirror image.
  public func survivalQuantile(_ q: Double) -> Double {
    -NormalMixture(weights: weights, means: means.map { -$0 }, deviations: deviations).quantile(q)
  }

  public var mean: Double { dot(weights, means) }

  public var variance: Double {
    let center = mean
    return weights.indices.reduce(0) {
      $0 + weights[$1]
        * (deviations[$1] * deviations[$1] + (means[$1] - center) * (means[$1] - center))
    }
  }

  public var support: ClosedRange<Double> { -.infinity ... .infinity }
}
