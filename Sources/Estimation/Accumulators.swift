import Foundation

/// Count (or weight), mean and the sums of the second to fourth powers of the deviations of a
/// stream, mergeable. Values are kept in units of a power of two near the first of them, so that
/// fourth powers neither overflow nor vanish.
///
/// ## References
/// P. Pebay, "Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments", Sandia report SAND2008-6212 (2008).
struct MeanAccumulator: Sendable {
  private(set) var count = 0.0
  private var unit = 0.0
  private var scaledMean = 0.0
  private var squares = 0.0
  private var cubes = 0.0
  private var fourths = 0.0

  @inline(__always)
  mutating func add(_ value: Double) {
    if unit == 0, value != 0 { unit = Self.unit(of: value) }
    let before = count
    count += 1
    let difference = (unit == 0 ? 0 : value / unit) - scaledMean
    let step = difference / count
    let square = difference * step * before
    scaledMean += step
    fourths +=
      square * step * step * (count * count - 3 * count + 3) + 6 * step * step * squares
      - 4 * step * cubes
    cubes += square * step * (count - 2) - 3 * step * squares
    squares += square
  }

  /// Adds a value that counts `weight` times.
  mutating func add(_ value: Double, weight: Double) {
    guard weight > 0 else { return }
    var point = MeanAccumulator()
    point.count = weight
    point.unit = value == 0 ? 0 : Self.unit(of: value)
    point.scaledMean = value == 0 ? 0 : value / point.unit
    merge(point)
  }

  mutating func merge(_ other: MeanAccumulator) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    var other = other
    if unit == 0 { unit = other.unit }
    if other.unit != 0 { other.scale(by: other.unit / unit) }
    let (m, n) = (count, other.count)
    let total = m + n
    let d = other.scaledMean - scaledMean
    let step = d / total
    fourths +=
      other.fourths + d * step * step * step * m * n * (m * m - m * n + n * n)
      + 6 * step * step * (m * m * other.squares + n * n * squares)
      + 4 * step * (m * other.cubes - n * cubes)
    cubes +=
      other.cubes + d * step * step * m * n * (m - n)
      + 3 * step * (m * other.squares - n * squares)
    squares += other.squares + d * step * m * n
    scaledMean += step * n
    count = total
  }

  private static func unit(of value: Double) -> Double {
    value.isFinite ? Double(sign: .plus, exponent: value.exponent, significand: 1) : 1
  }

  /// What the accumulator would hold had every value been multiplied by `factor`.
  mutating func scale(by factor: Double) {
    scaledMean *= factor
    squares *= factor * factor
    cubes *= factor * factor * factor
    fourths *= factor * factor * factor * factor
  }

  /// What the accumulator would hold had every weight been multiplied by `factor`.
  mutating func scaleWeights(by factor: Double) {
    count *= factor
    squares *= factor
    cubes *= factor
    fourths *= factor
  }

  var mean: Double { unit == 0 ? 0 : scaledMean * unit }

  /// Whether every value was the same.
  var isConstant: Bool { squares == 0 }

  /// The estimated standard deviation of the mean.
  var standardError: Double {
    count > 1 ? (squares / (count - 1) / count).squareRoot() * (unit == 0 ? 1 : unit) : .nan
  }

  /// The relative standard deviation of that estimate: sqrt((kurtosis - 1) / n) / 2. With h values
  /// that differ from an otherwise constant rest it is about 1 / (2 sqrt(h)). Infinite where the
  /// values span more than their powers can hold.
  var relativeErrorOfStandardError: Double {
    guard squares > 0 else { return 0 }
    let kurtosis = count * fourths / squares / squares
    return kurtosis >= 1 - 1e-9 ? (max(0, kurtosis - 1) / count).squareRoot() / 2 : .infinity
  }

  /// The weighted sums of the second and fourth powers of the values' distances from `center`.
  func powers(about center: Double) -> (second: Double, fourth: Double, unit: Double) {
    let size = unit == 0 ? 1 : unit
    let shift = scaledMean - center / size
    return (
      squares + count * shift * shift,
      fourths + 4 * shift * cubes + 6 * shift * shift * squares
        + count * shift * shift * shift * shift,
      size
    )
  }
}

/// What importance sampling sums up, on the log scale: weights are kept relative to the largest
/// one so far, so that none overflows.
struct ImportanceAccumulator: Sendable {
  private(set) var count = 0
  private(set) var positive = 0
  private(set) var largestLogWeight = -Double.infinity
  /// Values weighted by w, by w^2 and by w^4: the self-normalised estimate, its error, and how well
  /// that error is known.
  private(set) var byWeight = MeanAccumulator()
  private(set) var bySquare = MeanAccumulator()
  private(set) var byFourth = MeanAccumulator()
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
    byFourth.add(value, weight: weight * weight * weight * weight)
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
    byFourth.merge(other.byFourth)
    products.merge(other.products)
    weights.merge(other.weights)
  }

  private mutating func rescale(to top: Double) {
    let factor = largestLogWeight > -.infinity ? exp(largestLogWeight - top) : 0
    largestLogWeight = top
    byWeight.scaleWeights(by: factor)
    bySquare.scaleWeights(by: factor * factor)
    byFourth.scaleWeights(by: factor * factor * factor * factor)
    products.scale(by: factor)
    weights.scale(by: factor)
  }

  /// (sum w)^2 / sum w^2.
  var effectiveSampleSize: Double {
    positive == 0
      ? 0 : byWeight.count * byWeight.count / bySquare.count
  }

  /// The share of the largest weight in the sum.
  var largestShare: Double { positive == 0 ? 0 : 1 / byWeight.count }

  /// sum w f / sum w, and the delta method's standard error of that ratio.
  var selfNormalized: (value: Double, standardError: Double) {
    guard positive > 0 else { return (.nan, .nan) }
    let (second, _, unit) = bySquare.powers(about: byWeight.mean)
    return (byWeight.mean, second.squareRoot() * unit / byWeight.count)
  }

  /// How far that standard error may itself be wrong: with g = w (f - estimate) the relative standard
  /// deviation of sum g^2 is at most sqrt(sum g^4) / sum g^2.
  var relativeErrorOfSelfNormalizedError: Double {
    let square = bySquare.powers(about: byWeight.mean)
    guard square.second > 0 else { return 0 }
    let fourth = byFourth.powers(about: byWeight.mean)
    let scale = fourth.unit / square.unit
    let ratio = fourth.fourth.squareRoot() * scale * scale / square.second / 2
    return ratio.isNaN ? .infinity : ratio
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
