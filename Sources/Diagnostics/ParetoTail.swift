import Foundation

/// The largest of a stream of values, and the shape of the generalised Pareto distribution that
/// fits their excess over the rest: Pareto k-hat, the diagnostic of importance weights and of
/// averages. The values come as they are, or as logarithms.
///
/// Holds at most twice its capacity whatever the length of the stream; what it holds does not
/// depend on the order of arrival, so parts may be merged.
///
/// ## References
/// A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling",
/// JMLR 25 (2024). J. Zhang, M. A. Stephens, Technometrics 51 (2009),
/// doi:10.1198/tech.2009.08017.
public struct ParetoTail: Sendable {
  /// Whether the values that are inserted are logarithms.
  public let isLogarithmic: Bool
  private let capacity: Int
  private var values: [Double] = []
  /// Values up to this one are passed over: enough larger ones are known.
  public private(set) var threshold: Double

  /// A tail for `draws` values: it keeps the largest min(draws / 5, 3 sqrt(draws)), and the one
  /// that cuts them off.
  ///
  /// - Parameter threshold: that of the tail into which this one will be merged: values up to it would
  ///   be dropped there.
  public init(draws: Int, isLogarithmic: Bool, above threshold: Double = -.infinity) {
    self.isLogarithmic = isLogarithmic
    self.threshold = threshold
    capacity = Int(min(Double(draws) / 5, 3 * Double(draws).squareRoot()).rounded(.up)) + 1
  }

  /// Adds a value, or its logarithm; minus infinity and NaN are passed over.
  @inline(__always)
  public mutating func insert(_ value: Double) {
    if value > threshold {
      values.append(value)
      if values.count >= 2 * capacity { prune() }
    }
  }

  /// Adds values, or logarithms.
  public mutating func insert(contentsOf values: Span<Double>) {
    values.withUnsafeBufferPointer {
      for value in $0 where value > threshold { insert(value) }
    }
  }

  /// Adds the values of another tail for as many draws.
  public mutating func merge(_ other: ParetoTail) {
    for value in other.values { insert(value) }
  }

  private mutating func prune() {
    guard values.count > capacity else { return }
    moveLargestToFront(&values, count: capacity)
    values.removeLast(values.count - capacity)
    threshold = max(threshold, values.min() ?? -.infinity)
  }

  /// k-hat, the shape of the tail: the k-th moment of the values is finite for k below its inverse.
  /// Nil when fewer than five values lie above the cutoff: too few draws, or too many ties.
  public var shape: Double? {
    var pruned = self
    pruned.prune()
    let largest = pruned.values.sorted(by: >)
    guard let top = largest.first else { return nil }
    var cutoff = largest.count < capacity ? -.infinity : largest[capacity - 1]
    if isLogarithmic {
      // Weights below the smallest normal number relative to the largest count as zero.
      cutoff = max(cutoff, top + log(Double.leastNormalMagnitude))
    } else if cutoff == -.infinity {
      return nil
    }
    let tail = largest.prefix(capacity).filter { $0 > cutoff }
    guard tail.count > 4 else { return nil }
    let excess =
      isLogarithmic
      ? tail.map { exp($0 - top) - exp(cutoff - top) }
      : tail.map { ($0 - cutoff) / (top - cutoff) }
    return generalizedParetoShape(ascending: excess.reversed())
  }

  /// The k-hat up to which an average over `draws` draws and its error are worth something.
  public static func shapeLimit(draws: Int) -> Double {
    draws < 11 ? 0 : min(1 - 1 / log10(Double(draws)), 0.7)
  }
}

/// Hoare's selection: the `count` largest first, in any order.
func moveLargestToFront(_ values: inout [Double], count: Int) {
  values.withUnsafeMutableBufferPointer { values in
    var (low, high) = (0, values.count - 1)
    while low < high {
      let (first, middle, last) = (values[low], values[(low + high) / 2], values[high])
      let pivot = max(min(first, middle), min(max(first, middle), last))
      var (i, j) = (low, high)
      while i <= j {
        while values[i] > pivot { i += 1 }
        while values[j] < pivot { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if count - 1 <= j { high = j } else if count - 1 >= i { low = i } else { return }
    }
  }
}

/// Zhang and Stephens's estimate of the shape of a generalised Pareto distribution, with the weak
/// prior of Vehtari et al. (ten draws at 1/2).
func generalizedParetoShape(ascending x: [Double]) -> Double {
  generalizedParetoFit(ascending: x).shape
}

/// Zhang and Stephens's estimates of the shape and scale of a generalised Pareto distribution.
func generalizedParetoFit(ascending x: [Double]) -> (shape: Double, scale: Double) {
  let n = Double(x.count)
  let size = 30 + Int(n.squareRoot())
  let quartile = x[Int(n / 4 + 0.5) - 1]
  var inverseScales: [Double] = []
  var logLikelihoods: [Double] = []
  // The logarithm of eight factors at a time, which neither overflow nor vanish.
  func meanLog(_ b: Double) -> Double {
    var (sum, product) = (0.0, 1.0)
    for i in x.indices {
      product *= 1 - b * x[i]
      if i % 8 == 7 {
        sum += log(product)
        product = 1
      }
    }
    return (sum + log(product)) / n
  }
  for i in 1...size {
    let b =
      (1 - (Double(size) / (Double(i) - 0.5)).squareRoot()) / (3 * quartile) + 1 / x[x.count - 1]
    let k = meanLog(b)
    inverseScales.append(b)
    logLikelihoods.append(n * (log(-(b / k)) - k - 1))
  }
  let largest = logLikelihoods.max()!
  var weights = logLikelihoods.map { exp($0 - largest) }
  let total = weights.reduce(0, +)
  weights = weights.map { $0 / total }.map { $0 >= 10 * Double.ulpOfOne ? $0 : 0 }
  let kept = weights.reduce(0, +)
  let b = zip(inverseScales, weights).reduce(0) { $0 + $1.0 * $1.1 } / kept
  let shape = meanLog(b)
  return ((n * shape + 5) / (n + 10), -shape / b)
}
