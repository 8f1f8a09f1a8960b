import Foundation

/// Count, mean and sum of squared deviations of a stream, mergeable.
///
/// ## References
/// T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", The
/// American Statistician 37 (1983), doi:10.1080/00031305.1983.10483115.
struct MeanAccumulator: Sendable {
  var count = 0.0
  var mean = 0.0
  var sumOfSquaredDeviations = 0.0

  @inline(__always)
  mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / count
    sumOfSquaredDeviations += difference * (value - mean)
  }

  mutating func merge(_ other: MeanAccumulator) {
    guard other.count > 0 else { return }
    let total = count + other.count
    let difference = other.mean - mean
    mean += difference * other.count / total
    sumOfSquaredDeviations +=
      other.sumOfSquaredDeviations + difference * difference * count * other.count / total
    count = total
  }

  /// What the accumulator would hold had every value been multiplied by `factor`.
  mutating func scale(by factor: Double) {
    mean *= factor
    sumOfSquaredDeviations *= factor * factor
  }

  /// The estimated standard deviation of the mean.
  var standardError: Double {
    count > 1 ? (sumOfSquaredDeviations / (count - 1) / count).squareRoot() : .nan
  }
}

/// Mean and sum of squared deviations of a stream with weights, mergeable.
struct WeightedMeanAccumulator: Sendable {
  var sumOfWeights = 0.0
  var mean = 0.0
  var sumOfSquaredDeviations = 0.0

  @inline(__always)
  mutating func add(_ value: Double, weight: Double) {
    guard weight > 0 else { return }
    sumOfWeights += weight
    let difference = value - mean
    mean += difference * weight / sumOfWeights
    sumOfSquaredDeviations += weight * difference * (value - mean)
  }

  mutating func merge(_ other: WeightedMeanAccumulator) {
    guard other.sumOfWeights > 0 else { return }
    let total = sumOfWeights + other.sumOfWeights
    let difference = other.mean - mean
    mean += difference * other.sumOfWeights / total
    sumOfSquaredDeviations +=
      other.sumOfSquaredDeviations
      + difference * difference * sumOfWeights * other.sumOfWeights / total
    sumOfWeights = total
  }

  /// What the accumulator would hold had every weight been multiplied by `factor`.
  mutating func scaleWeights(by factor: Double) {
    sumOfWeights *= factor
    sumOfSquaredDeviations *= factor
  }
}

/// What importance sampling sums up, on the log scale: weights are kept relative to the largest
/// one so far, so that none overflows.
struct ImportanceAccumulator: Sendable {
  private(set) var count = 0
  private(set) var positive = 0
  private(set) var largestLogWeight = -Double.infinity
  /// Values weighted by w, and by w^2, for the self-normalised estimate and its error.
  private(set) var byWeight = WeightedMeanAccumulator()
  private(set) var bySquare = WeightedMeanAccumulator()
  /// w f, and w alone, for the unbiased estimate and the evidence.
  private(set) var products = MeanAccumulator()
  private(set) var weights = MeanAccumulator()

  mutating func add(_ value: Double, logWeight: Double) {
    count += 1
    guard logWeight > -.infinity else {
      products.add(0)
      weights.add(0)
      return
    }
    positive += 1
    if logWeight > largestLogWeight { rescale(to: logWeight) }
    let weight = exp(logWeight - largestLogWeight)
    byWeight.add(value, weight: weight)
    bySquare.add(value, weight: weight * weight)
    products.add(weight * value)
    weights.add(weight)
  }

  mutating func merge(_ other: ImportanceAccumulator) {
    var other = other
    let top = max(largestLogWeight, other.largestLogWeight)
    if top > largestLogWeight { rescale(to: top) }
    if top > other.largestLogWeight { other.rescale(to: top) }
    count += other.count
    positive += other.positive
    byWeight.merge(other.byWeight)
    bySquare.merge(other.bySquare)
    products.merge(other.products)
    weights.merge(other.weights)
  }

  private mutating func rescale(to top: Double) {
    let factor = largestLogWeight > -.infinity ? exp(largestLogWeight - top) : 0
    largestLogWeight = top
    byWeight.scaleWeights(by: factor)
    bySquare.scaleWeights(by: factor * factor)
    products.scale(by: factor)
    weights.scale(by: factor)
  }

  /// (sum w)^2 / sum w^2.
  var effectiveSampleSize: Double {
    positive == 0
      ? 0 : byWeight.sumOfWeights * byWeight.sumOfWeights / bySquare.sumOfWeights
  }

  /// The share of the largest weight in the sum.
  var largestShare: Double { positive == 0 ? 0 : 1 / byWeight.sumOfWeights }

  /// sum w f / sum w, and the delta method's standard error of that ratio.
  var selfNormalized: (value: Double, standardError: Double) {
    guard positive > 0 else { return (.nan, .nan) }
    let shift = bySquare.mean - byWeight.mean
    let spread = bySquare.sumOfSquaredDeviations + bySquare.sumOfWeights * shift * shift
    return (byWeight.mean, spread.squareRoot() / byWeight.sumOfWeights)
  }

  /// The mean of w f and its standard error.
  var unbiased: (value: Double, standardError: Double) {
    guard positive > 0 else { return (0, 0) }
    let scale = exp(largestLogWeight)
    return (scale * products.mean, scale * products.standardError)
  }

  /// The log of the mean weight and, by the delta method, its standard error.
  var logEvidence: (value: Double, standardError: Double) {
    guard positive > 0 else { return (-.infinity, .nan) }
    return (largestLogWeight + log(weights.mean), weights.standardError / weights.mean)
  }
}
