import Distributions
import Foundation

/// Iterations of one integral, averaged.
///
/// Each iteration is weighted by the inverse of its variance, but of a steadied one. With the variance
/// that an iteration states itself the average is biased, by about the correlation of the two: an
/// iteration that missed a part of the integrand has a small value and a small variance, and so a large
/// weight. So iterations whose variances differ by no more than chance have equal weights, and no
/// iteration has more weight than those after it, whose map is better.
struct IterationAverage {
  /// `[iterations]`, summing to one.
  let weights: [Double]
  let value: Double
  let variance: Double
  /// The squared relative standard deviation of `variance`.
  let uncertainty: Double
  /// sum (value - average)^2 / steadied variance.
  let chiSquared: Double

  /// - Parameters:
  ///   - values: `[iterations]`, at least one.
  ///   - variances: of the values.
  ///   - uncertainties: the squared relative standard deviations of the variances.
  ///   - size: of what the values are the rest of; nil for themselves.
  init(values: [Double], variances: [Double], uncertainties: [Double], size: Double? = nil) {
    let steady = Self.steadied(variances, uncertainties)
    let inverses = steady.map { 1 / $0 }
    let total = inverses.reduce(0, +)
    let weights =
      total.isFinite && total > 0
      ? inverses.map { $0 / total }
      : [Double](repeating: 1 / Double(values.count), count: values.count)
    let value = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
    let shares = zip(weights, variances).map { $0 * $0 * $1 }
    let variance = shares.reduce(0, +)
    self.weights = weights
    self.value = value
    self.variance = variance
    uncertainty =
      variance > 0
      ? zip(shares, uncertainties).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } / (variance * variance) : 0
    // Rounding is no disagreement.
    let floor = 16 * Double.ulpOfOne * (size ?? abs(value))
    chiSquared = zip(values, steady).reduce(0) { sum, iteration in
      let difference = max(0, abs(iteration.0 - value) - floor)
      return difference > 0 ? sum + difference * difference / iteration.1 : sum
    }
  }

  /// Variances that fall from block to block of iterations, and are equal inside a block.
  static func steadied(_ variances: [Double], _ uncertainties: [Double]) -> [Double] {
    struct Block {
      var count: Int
      var sum: Double
      /// The variance of the sum.
      var noise: Double
      var mean: Double { sum / Double(count) }
    }
    // From the last iteration to the first.
    var blocks: [Block] = []
    for (variance, uncertainty) in zip(variances, uncertainties).reversed() {
      var block = Block(count: 1, sum: variance, noise: variance * variance * uncertainty)
      while let later = blocks.last {
        let noise =
          block.noise / Double(block.count * block.count)
          + later.noise / Double(later.count * later.count)
        guard block.mean <= later.mean + 3 * noise.squareRoot() || later.mean == 0 else { break }
        blocks.removeLast()
        block = Block(
          count: block.count + later.count, sum: block.sum + later.sum,
          noise: block.noise + later.noise)
      }
      blocks.append(block)
    }
    return blocks.reversed().flatMap { [Double](repeating: $0.mean, count: $0.count) }
  }

  /// The chance of a chi-squared as large among iterations that agree; nil for a single one.
  var pValue: Double? {
    guard weights.count > 1 else { return nil }
    guard chiSquared.isFinite else { return 0 }
    // Valid: there are at least two iterations.
    return try! Gamma(shape: Double(weights.count - 1) / 2, rate: 0.5).survival(chiSquared)
  }

  var chiSquaredPerDegree: Double? {
    weights.count > 1 ? chiSquared / Double(weights.count - 1) : nil
  }
}
