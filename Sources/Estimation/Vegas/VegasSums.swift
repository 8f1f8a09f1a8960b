import Diagnostics
import Foundation

/// What an iteration of VEGAS sums up, mergeable in the order of its chunks. All is relative to
/// 2^exponent.
struct VegasSums: Sendable {
  /// Nil while every value was zero.
  var exponent: Int?
  /// The sum over the strata of their means, `[outputs]`.
  var means: [Double]
  /// The sum over the strata of the covariances of their means, `[outputs, outputs]`, the lower
  /// triangle.
  var covariances: [Double]
  /// The sum of the squares of what each evaluation adds to the variance, `[outputs]`: how well that
  /// variance is known.
  var squares: [Double]
  /// For each aim the variances in the strata, and what the map learns.
  var variances: [[Double]]
  var training: [TrainingData]
  /// Of the logarithms of what each evaluation adds to the error, by output.
  var tails: [ParetoTail]
  var failures = 0

  /// - Parameter aims: how many numbers the map and the strata adapt to.
  init(outputs: Int, aims: Int, bins: Int, evaluations: Int) {
    means = [Double](repeating: 0, count: outputs)
    covariances = [Double](repeating: 0, count: outputs * outputs)
    squares = means
    variances = [[Double]](repeating: [], count: aims)
    training = [TrainingData](repeating: TrainingData(bins: bins), count: aims)
    tails = [ParetoTail](
      repeating: ParetoTail(draws: evaluations, isLogarithmic: true), count: outputs)
  }

  mutating func merge(_ other: VegasSums) {
    var other = other
    if let theirs = other.exponent {
      let top = max(exponent ?? theirs, theirs)
      rescale(to: top)
      other.rescale(to: top)
    }
    for s in means.indices {
      means[s] += other.means[s]
      squares[s] += other.squares[s]
      tails[s].merge(other.tails[s])
    }
    for i in covariances.indices { covariances[i] += other.covariances[i] }
    for a in variances.indices {
      variances[a] += other.variances[a]
      training[a].merge(other.training[a])
    }
    failures += other.failures
  }

  private mutating func rescale(to top: Int) {
    defer { exponent = top }
    guard let exponent, exponent != top else { return }
    let unit = scalbn(1, max(exponent - top, -2_000))
    for s in means.indices {
      means[s] *= unit
      squares[s] *= unit * unit * unit * unit
    }
    for i in covariances.indices { covariances[i] *= unit * unit }
    for a in variances.indices {
      for h in variances[a].indices { variances[a][h] *= unit * unit }
      training[a].scale(by: unit)
    }
  }
}

/// What one iteration says of the integrals, relative to 2^exponent.
struct IterationResult: Sendable {
  var exponent: Int
  /// What was taken from the functions under a density, `[outputs - 1]`; empty for plain integrals.
  var centers: [Double]
  /// `[outputs]`.
  var values: [Double]
  /// `[outputs, outputs]`.
  var covariance: [Double]
  /// The squared relative standard deviation of each variance, `[outputs]`.
  var uncertainty: [Double]
  /// Pareto k-hat of what the evaluations add to the error, `[outputs]`.
  var tailShapes: [Double?]
  var evaluations: Int
  var failures: Int

  init(_ sums: VegasSums, centers: [Double], strata: Int, evaluations: Int) {
    self.centers = centers
    let (outputs, count) = (sums.means.count, Double(strata))
    exponent = sums.exponent ?? 0
    values = sums.means.map { $0 / count }
    covariance = sums.covariances.map { $0 / (count * count) }
    for s in 0..<outputs {
      for t in 0..<s { covariance[t * outputs + s] = covariance[s * outputs + t] }
    }
    uncertainty = (0..<outputs).map { s in
      let variance = sums.covariances[s * outputs + s]
      return variance > 0 ? sums.squares[s] / (variance * variance) : 0
    }
    tailShapes = sums.tails.map(\.shape)
    self.evaluations = evaluations
    failures = sums.failures
  }

  /// The same relative to another power of two.
  func scaled(to top: Int) -> IterationResult {
    var result = self
    let unit = scalbn(1, max(exponent - top, -2_000))
    result.exponent = top
    result.values = values.map { $0 * unit }
    result.covariance = covariance.map { $0 * unit * unit }
    return result
  }
  /// The same about other centers.
  func centered(at others: [Double]) -> IterationResult {
    var result = self
    result.centers = others
    let outputs = values.count
    // Row s becomes row s + shift row 0, and columns likewise.
    for (s, shift) in zip(1..., zip(centers, others).map { $0 - $1 }) where shift != 0 {
      result.values[s] += shift * values[0]
      for t in 0..<outputs {
        result.covariance[s * outputs + t] += shift * result.covariance[t]
      }
      for t in 0..<outputs {
        result.covariance[t * outputs + s] += shift * result.covariance[t * outputs]
      }
    }
    return result
  }
}
