import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness

/// The Monte Carlo average of p(y | x, theta_s, sigma_s) over weighted draws, at n inputs: a
/// mixture of normal distributions at each.
public struct PredictiveAverage: Sendable {
  let draws: WeightedDraws<[Double]>
  /// The curves of the draws in the target's units, `[n, draws]`.
  private let means: Matrix
  /// The noise of the draws in the target's units, `[draws]`.
  private let deviations: [Double]

  /// - Parameters:
  ///   - standardizedMeans: `[draws, n]`, for the standardised target.
  ///   - logNoise: log sigma, `[draws]`, for the standardised target.
  init(
    draws: WeightedDraws<[Double]>, standardizedMeans: Matrix, logNoise: [Double],
    target: Standardization
  ) {
    self.draws = draws
    var means = standardizedMeans.transposed
    for i in means.elements.indices {
      means.elements[i] = target.mean + target.scale * means.elements[i]
    }
    self.means = means
    deviations = logNoise.map { target.scale * exp($0) }
  }

  /// The number of inputs.
  public var count: Int { means.rows }

  /// The prediction at input `index`: a mixture of one normal distribution a draw.
  public func predictive(_ index: Int) -> NormalMixture {
    NormalMixture(weights: draws.weights, means: Array(means[row: index]), deviations: deviations)
  }

  /// The mean prediction at input `index` with its Monte Carlo error.
  public func mean(_ index: Int) -> Estimate {
    let row = Array(means[row: index])
    return estimate(dot(draws.weights, row)) { row[$0] - $1 }
  }

  /// The predictive density of `y` at input `index` with its Monte Carlo error.
  public func density(of y: Double, _ index: Int) -> Estimate {
    let densities = self.densities(of: y, index)
    return estimate(dot(draws.weights, densities)) { densities[$0] - $1 }
  }

  /// P(Y <= y) at input `index` with its Monte Carlo error.
  public func cdf(_ y: Double, _ index: Int) -> Estimate {
    let row = means[row: index]
    let values = zip(row, deviations).map { 0.5 * erfc(($0 - y) / $1 * 0.5.squareRoot()) }
    return estimate(dot(draws.weights, values)) { values[$0] - $1 }
  }

  private func estimate(_ value: Double, influence: (Int, Double) -> Double) -> Estimate {
    let influences = draws.weights.indices.map { influence($0, value) }
    return Estimate(
      value: value, standardError: draws.standardError(ofInfluences: influences),
      evaluations: draws.values.count, draws: draws.values.count,
      effectiveSampleSize: draws.effectiveSampleSize, diagnosis: draws.diagnosis)
  }

  private func densities(of y: Double, _ index: Int) -> [Double] {
    zip(means[row: index], deviations).map { mean, deviation in
      let z = (y - mean) / deviation
      return exp(-0.5 * z * z) / (deviation * (2 * .pi).squareRoot())
    }
  }

  /// How well the average predicts `y` (`[n]`), with Monte Carlo errors by the delta method.
  public func scores(_ y: [Double]) -> Scores {
    precondition(y.count == count, "\(y.count) targets for \(count) predictions")
    var scores = Scores(y, predictives: { predictive($0) })
    guard let rmse = scores.rootMeanSquareError, let logDensity = scores.logDensity else {
      return scores
    }
    // How each draw moves the two scores, through each row's prediction.
    var moves = (rmse: [Double](repeating: 0, count: deviations.count), logDensity: [Double]())
    moves.logDensity = moves.rmse
    let n = Double(count)
    for index in 0..<count {
      let row = Array(means[row: index])
      let mean = dot(draws.weights, row)
      let densities = self.densities(of: y[index], index)
      let density = dot(draws.weights, densities)
      let slope = rmse > 0 ? -(y[index] - mean) / (n * rmse) : 0
      for s in row.indices {
        moves.rmse[s] += slope * (row[s] - mean)
        if density > 0 { moves.logDensity[s] += (densities[s] / density - 1) / n }
      }
    }
    scores.standardErrors = (
      rootMeanSquareError: draws.standardError(ofInfluences: moves.rmse),
      logDensity: logDensity.isFinite
        ? draws.standardError(ofInfluences: moves.logDensity) : .nan
    )
    return scores
  }
}

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

  /// By the log of the sum, so that it is right in the tails.
  public func logDensity(of value: Double) -> Double {
    var largest = -Double.infinity
    let terms = weights.indices.map { s -> Double in
      guard weights[s] > 0 else { return -.infinity }
      let z = (value - means[s]) / deviations[s]
      let term = log(weights[s]) - 0.5 * z * z - log(deviations[s])
      largest = max(largest, term)
      return term
    }
    guard largest > -.infinity else { return largest }
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) }) - 0.5 * log(2 * .pi)
  }

  public func cdf(_ x: Double) -> Double { tail(x, sign: -1) }
  public func survival(_ x: Double) -> Double { tail(x, sign: 1) }

  private func tail(_ x: Double, sign: Double) -> Double {
    var sum = 0.0
    for s in weights.indices where weights[s] > 0 {
      sum += weights[s] * 0.5 * erfc(sign * (x - means[s]) / deviations[s] * 0.5.squareRoot())
    }
    return min(1, sum)
  }

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
