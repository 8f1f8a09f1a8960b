import Foundation

/// Count, mean and the sums of the second to fourth powers of the deviations of a stream, mergeable.
///
/// ## References
/// P. Pebay, "Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments", Sandia report SAND2008-6212 (2008).
struct MeanAccumulator: Sendable {
  private(set) var count = 0.0
  private(set) var mean = 0.0
  private(set) var sumOfSquares = 0.0
  private var sumOfCubes = 0.0
  private var sumOfFourths = 0.0

  @inline(__always)
  mutating func add(_ value: Double) {
    let before = count
    count += 1
    let difference = value - mean
    let step = difference / count
    let square = difference * step * before
    mean += step
    sumOfFourths +=
      square * step * step * (count * count - 3 * count + 3) + 6 * step * step * sumOfSquares
      - 4 * step * sumOfCubes
    sumOfCubes += square * step * (count - 2) - 3 * step * sumOfSquares
    sumOfSquares += square
  }

  mutating func merge(_ other: MeanAccumulator) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let (m, n) = (count, other.count)
    let total = m + n
    let d = other.mean - mean
    let step = d / total
    sumOfFourths +=
      other.sumOfFourths + d * step * step * step * m * n * (m * m - m * n + n * n)
      + 6 * step * step * (m * m * other.sumOfSquares + n * n * sumOfSquares)
      + 4 * step * (m * other.sumOfCubes - n * sumOfCubes)
    sumOfCubes +=
      other.sumOfCubes + d * step * step * m * n * (m - n)
      + 3 * step * (m * other.sumOfSquares - n * sumOfSquares)
    sumOfSquares += other.sumOfSquares + d * step * m * n
    mean += step * n
    count = total
  }

  /// What the accumulator would hold had every value been multiplied by `factor`.
  mutating func scale(by factor: Double) {
    mean *= factor
    sumOfSquares *= factor * factor
    sumOfCubes *= factor * factor * factor
    sumOfFourths *= factor * factor * factor * factor
  }

  /// The estimated standard deviation of the mean.
  var standardError: Double {
    count > 1 ? (sumOfSquares / (count - 1) / count).squareRoot() : .nan
  }

  /// The relative standard deviation of that estimate: sqrt((kurtosis - 1) / n) / 2. With h values
  /// that differ from an otherwise constant rest it is about 1 / (2 sqrt(h)).
  var relativeErrorOfStandardError: Double {
    guard sumOfSquares > 0 else { return 0 }
    let kurtosis = count * sumOfFourths / sumOfSquares / sumOfSquares
    return (max(0, kurtosis - 1) / count).squareRoot() / 2
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
