internal import CKernels

/// Count (or weight), mean and the sums of the second to fourth powers of the deviations of a
/// stream, mergeable. Values are kept in units of a power of two near the first of them, so that
/// fourth powers neither overflow nor vanish; the mean is compensated, so that a billion merges cost
/// it no digits.
///
/// ## References
/// P. Pebay, "Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments", Sandia report SAND2008-6212 (2008).
struct MeanAccumulator: Sendable {
  private(set) var count = 0.0
  private var unit = 0.0
  /// The mean in units, and what rounding left of it.
  private var scaledMean = 0.0
  private var rest = 0.0
  private var squares = 0.0
  private var cubes = 0.0
  private var fourths = 0.0

  init() {}

  /// Of a block of values.
  ///
  /// - Parameter extent: of the same values, all finite.
  init(_ values: Span<Double>, _ extent: Extent) {
    self.init()
    count = Double(values.count)
    let size = max(abs(extent.smallest), abs(extent.largest))
    guard values.count > 0, size > 0 else { return }
    let unit = Self.unit(of: size)
    var center = extent.sum / count
    if !center.isFinite { center = extent.smallest / 2 + extent.largest / 2 }
    self = MeanAccumulator(
      weight: count, unit: unit, center: center / unit,
      powers: values.centralPowers(about: center, scale: 1 / unit))
    // Exactly constant values shall be seen as such.
    if extent.smallest == extent.largest {
      (scaledMean, rest, squares, cubes, fourths) = (extent.smallest / unit, 0, 0, 0, 0)
    }
  }

  /// Of a block of weights, the largest of which is one.
  init(_ weights: Span<Double>, isConstant: Bool) {
    self.init()
    guard weights.count > 0 else { return }
    // Where weights vary little, any of them is near their mean.
    self = MeanAccumulator(
      weight: Double(weights.count), unit: 1, center: weights[0],
      powers: weights.centralPowers(about: weights[0], scale: 1))
    if isConstant { (scaledMean, rest, squares, cubes, fourths) = (1, 0, 0, 0, 0) }
  }

  /// From sums of weighted powers of the deviations from a center that is near the mean.
  init(
    weight: Double, unit: Double, center: Double, powers: (Double, Double, Double, Double)
  ) {
    let shift = powers.0 / weight
    count = weight
    self.unit = unit
    scaledMean = center + shift
    squares = max(0, powers.1 - shift * powers.0)
    cubes = powers.2 - shift * (3 * powers.1 - 2 * shift * powers.0)
    fourths = max(
      0, powers.3 - shift * (4 * powers.2 - shift * (6 * powers.1 - 3 * shift * powers.0)))
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
    if other.unit != 0, other.unit != unit { other.scale(by: other.unit / unit) }
    let (m, n) = (count, other.count)
    let total = m + n
    let d = (other.scaledMean - scaledMean) + (other.rest - rest)
    let step = d / total
    fourths +=
      other.fourths + d * step * step * step * m * n * (m * m - m * n + n * n)
      + 6 * step * step * (m * m * other.squares + n * n * squares)
      + 4 * step * (m * other.cubes - n * cubes)
    cubes +=
      other.cubes + d * step * step * m * n * (m - n)
      + 3 * step * (m * other.squares - n * squares)
    squares += other.squares + d * step * m * n
    let move = step * n
    let moved = scaledMean + move
    let part = moved - scaledMean
    rest += (scaledMean - (moved - part)) + (move - part)
    scaledMean = moved
    count = total
  }

  static func unit(of value: Double) -> Double {
    guard value.isFinite else { return 1 }
    // The inverse of a unit is finite too.
    return Double(sign: .plus, exponent: min(1_000, max(-1_000, value.exponent)), significand: 1)
  }

  /// What the accumulator would hold had every value been multiplied by `factor`.
  mutating func scale(by factor: Double) {
    scaledMean *= factor
    rest *= factor
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

  var mean: Double { unit == 0 ? 0 : (scaledMean + rest) * unit }

  /// The variance of the values, with the divisor of an unbiased one.
  var variance: Double {
    count > 1 ? squares / (count - 1) * (unit == 0 ? 1 : unit * unit) : .nan
  }

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
    let shift = (scaledMean - center / size) + rest
    return (
      squares + count * shift * shift,
      fourths + 4 * shift * cubes + 6 * shift * shift * squares
        + count * shift * shift * shift * shift,
      size
    )
  }
}

/// The sum, smallest and largest of a block of values.
struct Extent {
  let sum: Double
  let smallest: Double
  let largest: Double
  /// Whether every value is finite.
  let isFinite: Bool

  init(_ values: Span<Double>) {
    var output = (0.0, 0.0, 0.0, 0.0)
    values.withUnsafeBufferPointer { values in
      withUnsafeMutablePointer(to: &output) {
        $0.withMemoryRebound(to: Double.self, capacity: 4) {
          ck_extent(values.baseAddress, values.count, $0)
        }
      }
    }
    (sum, _, smallest, largest) = output
    isFinite = output.1 == 0
  }
}

extension Span<Double> {
  /// The sums of the first to fourth powers of (value - center) scale.
  func centralPowers(about center: Double, scale: Double) -> (Double, Double, Double, Double) {
    var output = (0.0, 0.0, 0.0, 0.0)
    withUnsafeBufferPointer { values in
      withUnsafeMutablePointer(to: &output) {
        $0.withMemoryRebound(to: Double.self, capacity: 4) {
          ck_central_powers(values.baseAddress, values.count, center, scale, $0)
        }
      }
    }
    return output
  }
}
