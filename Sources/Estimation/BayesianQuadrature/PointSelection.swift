import Distributions
import Foundation
import LinearAlgebra
import Randomness

extension KernelMeasure {
  /// How far places that fill the space reach beyond a normal: what an integrand does in the tails
  /// has to be seen, not extrapolated.
  private var widening: Double { 1 + 1 / Double(dimension).squareRoot() }

  /// Standardised coordinates from a place in the open unit cube.
  private func stretched(_ unit: [Double], widening: Double) -> [Double] {
    let independent = zip(unit, axes).map { u, axis in
      switch axis {
      case .normal: widening * standardNormal.quantile(u)
      case .uniform: u
      }
    }
    return correlationFactor.map { $0 * independent } ?? independent
  }

  /// Hammersley's points: even along the first axis, radical inverses along the others.
  func spaceFilling(count: Int) -> [[Double]] {
    (0..<count).map { i in
      let unit = axes.indices.map { axis in
        axis == 0
          ? (Double(i) + 0.5) / Double(count) : radicalInverse(i + 1, base: primes[axis - 1])
      }
      return stretched(unit, widening: widening)
    }
  }

  /// Halton's points with these numbers, which start at one.
  func quasiRandom(_ numbers: Range<Int>) -> [[Double]] {
    numbers.map { i in
      stretched(
        axes.indices.map { radicalInverse(i, base: primes[$0]) }, widening: widening)
    }
  }

  /// One place in every slice along each axis.
  func latinHypercube<G: RandomNumberGenerator>(count: Int, using generator: inout G) -> [[Double]]
  {
    let slices = axes.map { _ in generator.nextPermutation(of: count) }
    return (0..<count).map { i in
      stretched(
        slices.map { (Double($0[i]) + generator.nextOpenUnit()) / Double(count) },
        widening: widening)
    }
  }

  /// Independent draws of the measure itself.
  func independent<G: RandomNumberGenerator>(count: Int, using generator: inout G) -> [[Double]] {
    (0..<count).map { _ in
      stretched(axes.map { _ in generator.nextOpenUnit() }, widening: 1)
    }
  }
}

let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71]

/// The digits of `index` in that base, mirrored at the point.
private func radicalInverse(_ index: Int, base: Int) -> Double {
  var (rest, place, result) = (index, 1.0, 0.0)
  while rest > 0 {
    place /= Double(base)
    result += place * Double(rest % base)
    rest /= base
  }
  return result
}

/// Places that could be chosen next, with what the process knows of them, brought up to date one
/// place at a time.
struct Candidates {
  private let places: [[Double]]
  private let kernelMeans: [Double]
  private let measure: KernelMeasure
  /// L^-1 k of each, `[places, capacity]`, and its products with itself, L^-1 z and L^-1 1.
  private var rows: [Double]
  private let capacity: Int
  private var explained: [Double]
  private var means: [Double]
  private var ones: [Double]
  private var seen = 0

  /// - Parameter seen: the places that `process` has seen.
  init(
    _ places: [[Double]], _ measure: KernelMeasure, _ process: GaussianProcess, capacity: Int
  ) {
    (self.places, self.measure, self.capacity) = (places, measure, capacity)
    kernelMeans = places.map { process.embedding.mean(at: $0.span) }
    rows = Array(repeating: 0, count: places.count * capacity)
    explained = Array(repeating: 0, count: places.count)
    (means, ones) = (explained, explained)
    while seen < process.count { add(process) }
  }

  /// Takes in the next place that the process has seen.
  private mutating func add(_ process: GaussianProcess) {
    let row = process.factorRow(seen)
    let kernels = process.kernel(of: seen, at: places)
    let (mean, one) = (process.whitenedMeans[seen], process.whitenedOnes[seen])
    rows.withUnsafeMutableBufferPointer { rows in
      for i in places.indices {
        let base = i * capacity
        var sum = kernels[i]
        for j in 0..<seen { sum -= row[row.startIndex + j] * rows[base + j] }
        sum /= row[row.startIndex + seen]
        rows[base + seen] = sum
        explained[i] += sum * sum
        means[i] += sum * mean
        ones[i] += sum * one
      }
    }
    seen += 1
  }

  /// The place whose value would lower the integral's variance most: the best of the candidates,
  /// moved along the axes as long as that helps. Where every value is known but for the nugget, the
  /// place that is known least.
  mutating func best(_ process: GaussianProcess) -> [Double] {
    while seen < process.count { add(process) }
    // Values that are known to a few nuggets tell nothing new, and rounding decides among them.
    func gain(_ information: (covariance: Double, variance: Double)) -> Double {
      information.variance < 10 * process.nugget
        ? 0 : information.covariance * information.covariance / information.variance
    }
    var (best, bestGain) = (0, 0.0)
    var (vaguest, largestVariance) = (0, 0.0)
    for i in places.indices {
      let information = process.information(
        kernelMean: kernelMeans[i], explained: explained[i], means: means[i], ones: ones[i])
      if gain(information) > bestGain { (best, bestGain) = (i, gain(information)) }
      if information.variance > largestVariance {
        (vaguest, largestVariance) = (i, information.variance)
      }
    }
    guard bestGain > 0 else { return places[vaguest] }
    var place = places[best]
    var step = 0.25
    while step > 0.01 {
      var improved = false
      for axis in place.indices {
        for sign in [-1.0, 1.0] {
          var trial = place
          trial[axis] += sign * step * min(1, process.lengthScales[axis])
          if case .uniform = measure.axes[axis] { trial[axis] = min(1, max(0, trial[axis])) }
          let trialGain = gain(process.information(at: trial))
          if trialGain > bestGain {
            (place, bestGain, improved) = (trial, trialGain, true)
            break
          }
        }
      }
      if !improved { step /= 3 }
    }
    return place
  }
}
