internal import CKernels
import LinearAlgebra

/// The means of several variables and the sums of products of the deviations of each two different ones,
/// weighted, mergeable.
///
/// ## References
/// P. Pebay, SAND2008-6212 (2008), as for ``MeanAccumulator``.
struct CoMoments: Sendable {
  private(set) var weight = 0.0
  /// `[outputs]`.
  private var means: [Double]
  /// `[outputs, outputs]`, what lies below the diagonal.
  private var products: [Double]

  init(outputs: Int) {
    means = [Double](repeating: 0, count: outputs)
    products = [Double](repeating: 0, count: outputs * outputs)
  }

  /// Of a block of values.
  ///
  /// - Parameters:
  ///   - columns: `[outputs, count]`, one output after the other.
  ///   - weights: `[count]`; nil for ones.
  init(columns: Span<Double>, outputs: Int, weights: Span<Double>?) {
    self.init(outputs: outputs)
    let count = columns.count / outputs
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { memory in
      memory.initialize(repeating: 1)
      let ones = UnsafeBufferPointer(memory)
      let own = if let weights { weights } else { ones.span }
      columns.withUnsafeBufferPointer { columns in
        own.withUnsafeBufferPointer { own in
          func pair(
            _ x: UnsafePointer<Double>, _ center: Double, _ y: UnsafePointer<Double>,
            _ other: Double
          ) -> Double {
            var sum = 0.0
            ck_pair(own.baseAddress!, x, y, count, center, other, &sum)
            return sum
          }
          guard count > 0, let first = columns.baseAddress, let one = ones.baseAddress else {
            return
          }
          weight = pair(one, 0, one, 0)
          guard weight > 0 else { return }
          for k in 0..<outputs {
            means[k] = pair(first + k * count, 0, one, 0) / weight
            for j in 0..<k {
              products[k * outputs + j] = pair(
                first + k * count, means[k], first + j * count, means[j])
            }
          }
        }
      }
    }
  }

  /// Of draws at which every variable is zero.
  init(zeros: Int, outputs: Int) {
    self.init(outputs: outputs)
    weight = Double(zeros)
  }

  mutating func merge(_ other: CoMoments) {
    guard other.weight > 0 else { return }
    guard weight > 0 else {
      self = other
      return
    }
    let total = weight + other.weight
    let share = other.weight / total
    let count = means.count
    let distances = zip(other.means, means).map { $0 - $1 }
    for k in 0..<count {
      for j in 0..<k {
        products[k * count + j] +=
          other.products[k * count + j] + distances[k] * distances[j] * weight * share
      }
    }
    for k in 0..<count { means[k] += distances[k] * share }
    weight = total
  }

  /// As if every weight had been multiplied by `factor`.
  mutating func scaleWeights(by factor: Double) {
    weight *= factor
    for i in products.indices { products[i] *= factor }
  }

  /// As if every value had been multiplied by `factor`.
  mutating func scaleValues(by factor: Double) {
    for i in means.indices { means[i] *= factor }
    for i in products.indices { products[i] *= factor * factor }
  }

  /// The weighted sums of products of the values' distances from `centers`, `[outputs, outputs]`, with
  /// zeros on the diagonal.
  func products(about centers: [Double]) -> Matrix {
    let count = means.count
    var matrix = Matrix(rows: count, columns: count)
    for k in 0..<count {
      for j in 0..<k {
        let sum =
          products[k * count + j] + weight * (means[k] - centers[k]) * (means[j] - centers[j])
        matrix[k, j] = sum
        matrix[j, k] = sum
      }
    }
    return matrix
  }

  /// The weighted sums of products of deviations from the means, `[outputs, outputs]`, with zeros on the
  /// diagonal.
  var centralProducts: Matrix { products(about: means) }
}
