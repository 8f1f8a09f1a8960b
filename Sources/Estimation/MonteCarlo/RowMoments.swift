import LinearAlgebra

/// Count, means and central moments of a stream of rows of numbers, `[count, columns]`, mergeable.
///
/// A block of rows is summed up with its rounding errors and measured about its own mean, then merged;
/// each column is kept in units of a power of two near its largest value, so that no power of a value
/// overflows.
///
/// ## References
/// T. F. Chan, G. H. Golub, R. J. LeVeque, Technical Report STAN-CS-79-773 (1979). P. Pebay, Sandia report
/// SAND2008-6212 (2008).
struct RowMoments: Sendable {
  let columns: Int
  /// Whether there are third and fourth moments and products of columns, besides squares.
  let isFull: Bool
  private(set) var count = 0.0
  /// Zero for a column without a value other than zero.
  private var units: [Double]
  /// Of the values in their units: high and low parts of the sums.
  private var sums: [DoubleDouble]
  private var squares: [Double]
  private var cubes: [Double]
  private var fourths: [Double]
  /// `[columns, columns]`, above the diagonal.
  private var products: [Double]

  init(columns: Int, isFull: Bool) {
    (self.columns, self.isFull) = (columns, isFull)
    units = [Double](repeating: 0, count: columns)
    sums = [DoubleDouble](repeating: DoubleDouble(0), count: columns)
    squares = units
    cubes = units
    fourths = units
    products = [Double](repeating: 0, count: isFull ? columns * columns : 0)
  }

  /// - Parameter rows: `[count, columns]`, finite.
  mutating func add(_ rows: Span<Double>) {
    let count = rows.count / columns
    guard count > 0 else { return }
    var block = RowMoments(columns: columns, isFull: isFull)
    block.count = Double(count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * columns) { deviations in
      for column in 0..<columns {
        let part = UnsafeMutableBufferPointer(
          rebasing: deviations[column * count..<(column + 1) * count])
        block.measure(rows, column, into: part)
      }
      guard isFull else { return }
      for i in 0..<columns {
        for j in i + 1..<max(columns, i + 1) {
          var sum = 0.0
          for row in 0..<count { sum += deviations[i * count + row] * deviations[j * count + row] }
          block.products[i * columns + j] = sum
        }
      }
    }
    merge(block)
  }

  /// - Parameter rows: `[count, columns]`, finite.
  mutating func add(rows: [Double]) { add(rows.span) }

  /// The mean of each column.
  var means: [Double] { (0..<columns).map { mean($0) } }

  /// One column of a first block; leaves its deviations from the mean.
  private mutating func measure(
    _ rows: Span<Double>, _ column: Int, into values: UnsafeMutableBufferPointer<Double>
  ) {
    let count = values.count
    rows.withUnsafeBufferPointer { rows in
      for i in 0..<count { values[i] = rows[i * columns + column] }
    }
    // Eight lanes at a time; the last ones are filled up with zeros, or with the mean.
    typealias Lanes = SIMD8<Double>
    let memory = UnsafeMutableRawPointer(values.baseAddress!)
    func lanes(_ i: Int, else filler: Double) -> Lanes {
      if i + 8 <= count { return memory.loadUnaligned(fromByteOffset: 8 * i, as: Lanes.self) }
      var lanes = Lanes(repeating: filler)
      for k in 0..<count - i { lanes[k] = values[i + k] }
      return lanes
    }
    var peaks = Lanes(repeating: 0)
    for i in stride(from: 0, to: count, by: 8) {
      let lane = lanes(i, else: 0)
      let size = lane.replacing(with: -lane, where: lane .< 0)
      peaks = peaks.replacing(with: size, where: size .> peaks)
    }
    let largest = peaks.max()
    guard largest > 0 else { return }
    let exponent = min(1000, max(-1000, Int(largest.exponent)))
    units[column] = Double(sign: .plus, exponent: exponent, significand: 1)
    let inverse = Double(sign: .plus, exponent: -exponent, significand: 1)
    var (high, low) = (Lanes(repeating: 0), Lanes(repeating: 0))
    for i in stride(from: 0, to: count, by: 8) {
      let lane = lanes(i, else: 0) * inverse
      let sum = high + lane
      let part = sum - high
      low += (high - (sum - part)) + (lane - part)
      high = sum
    }
    var total = DoubleDouble(0)
    for k in 0..<8 { total = total + DoubleDouble(high[k]) + DoubleDouble(low[k]) }
    sums[column] = total
    let mean = total.value / Double(count)
    var (second, third, fourth) = (high * 0, high * 0, high * 0)
    for i in stride(from: 0, to: count, by: 8) {
      let deviation = lanes(i, else: mean / inverse) * inverse - mean
      let square = deviation * deviation
      second += square
      guard isFull else { continue }
      third += square * deviation
      fourth += square * square
      for k in 0..<min(8, count - i) { values[i + k] = deviation[k] }
    }
    (squares[column], cubes[column], fourths[column]) = (second.sum(), third.sum(), fourth.sum())
  }

  mutating func merge(_ other: RowMoments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    var other = other
    let (m, n) = (count, other.count)
    let total = m + n
    for k in 0..<columns {
      let unit = max(units[k], other.units[k])
      if unit > 0 {
        rescale(k, to: unit)
        other.rescale(k, to: unit)
      }
    }
    let steps = (0..<columns).map { (other.sums[$0].value / n - sums[$0].value / m) / total }
    for k in 0..<columns {
      let (d, step) = (steps[k] * total, steps[k])
      if isFull {
        fourths[k] +=
          other.fourths[k] + d * step * step * step * m * n * (m * m - m * n + n * n)
          + 6 * step * step * (m * m * other.squares[k] + n * n * squares[k])
          + 4 * step * (m * other.cubes[k] - n * cubes[k])
        cubes[k] +=
          other.cubes[k] + d * step * step * m * n * (m - n)
          + 3 * step * (m * other.squares[k] - n * squares[k])
        for j in k + 1..<max(columns, k + 1) {
          products[k * columns + j] +=
            other.products[k * columns + j] + d * steps[j] * m * n
        }
      }
      squares[k] += other.squares[k] + d * step * m * n
      sums[k] = sums[k] + other.sums[k]
    }
    count = total
  }

  private mutating func rescale(_ k: Int, to unit: Double) {
    defer { units[k] = unit }
    guard units[k] > 0, units[k] != unit else { return }
    let factor = units[k] / unit
    sums[k].high *= factor
    sums[k].low *= factor
    squares[k] *= factor * factor
    cubes[k] *= factor * factor * factor
    fourths[k] *= factor * factor * factor * factor
    guard isFull else { return }
    for i in 0..<k { products[i * columns + k] *= factor }
    for j in k + 1..<max(columns, k + 1) { products[k * columns + j] *= factor }
  }

  func mean(_ k: Int) -> Double { count > 0 ? sums[k].value / count * units[k] : .nan }

  /// A column's sample standard deviation.
  func deviation(_ k: Int) -> Double {
    count > 1 ? (squares[k] / (count - 1)).squareRoot() * units[k] : .nan
  }

  /// The root of a column's mean square, of zeros zero.
  func magnitude(_ k: Int) -> Double {
    guard count > 0, units[k] > 0 else { return 0 }
    let mean = sums[k].value / count
    return (mean * mean + squares[k] / count).squareRoot() * units[k]
  }

  /// The covariance of the means, `[columns, columns]`.
  var covarianceOfMeans: Matrix {
    let ones = [Double](repeating: 1, count: columns)
    return Matrix(rows: columns, columns: columns, elements: covarianceOfMeans(inUnits: ones))
  }

  /// The same of columns that are divided by `units`.
  func covarianceOfMeans(inUnits divisors: [Double]) -> [Double] {
    var matrix = [Double](repeating: 0, count: columns * columns)
    let divisor = count * (count - 1)
    let factors = (0..<columns).map { divisors[$0] > 0 ? units[$0] / divisors[$0] : 0 }
    for i in 0..<columns {
      matrix[i * columns + i] = squares[i] / divisor * factors[i] * factors[i]
      for j in i + 1..<max(columns, i + 1) {
        matrix[i * columns + j] = products[i * columns + j] / divisor * factors[i] * factors[j]
        matrix[j * columns + i] = matrix[i * columns + j]
      }
    }
    return matrix
  }

  /// The relative standard deviation of a column's standard deviation: sqrt((kurtosis - 1) / n) / 2.
  func relativeErrorOfDeviation(_ k: Int) -> Double {
    guard squares[k] > 0 else { return 0 }
    let kurtosis = count * fourths[k] / squares[k] / squares[k]
    return kurtosis.isFinite ? (max(0, kurtosis - 1) / count).squareRoot() / 2 : .infinity
  }
}
