internal import CKernels
import Foundation
import LinearAlgebra

/// A Gaussian process with a squared-exponential kernel of amplitude one and an unknown constant
/// mean (flat prior), seen at places that are added one at a time; everything in standardised
/// coordinates.
///
/// With C the kernel between the places, G = C + nugget I = L L', z their kernel means, d its
/// double integral and s = 1' G^-1 1:
///
/// ```
/// weights of the integral   w = G^-1 (z + 1 (1 - 1' G^-1 z) / s)
/// its variance              d - z' G^-1 z + (1 - 1' G^-1 z)^2 / s
/// ```
///
/// - Complexity: O(n^2) a place that is added.
///
/// ## References
/// A. O'Hagan, "Bayes-Hermite quadrature", J. Statist. Plann. Inference 29 (1991) 245-260,
/// doi:10.1016/0378-3758(91)90002-V.
package struct GaussianProcess: Sendable {
  package let lengthScales: [Double]
  /// Variance of the noise relative to the squared amplitude.
  package let nugget: Double
  package let embedding: KernelEmbedding
  /// Divided by the length scales, `[count, dimension]`.
  private var scaledPlaces: [Double] = []
  /// L, row after row without what lies above the diagonal.
  private var factor: [Double] = []
  /// L^-1 z and L^-1 1.
  private(set) var whitenedMeans: [Double] = []
  private(set) var whitenedOnes: [Double] = []
  private(set) var explained = 0.0  // z' G^-1 z
  private(set) var onesMeans = 0.0  // 1' G^-1 z
  private(set) var sumOfInverse = 0.0  // 1' G^-1 1

  package var count: Int { whitenedMeans.count }
  private var dimension: Int { lengthScales.count }

  package init(
    _ measure: KernelMeasure, lengthScales: [Double], nugget: Double, places: [[Double]] = []
  ) throws(LinearAlgebraError) {
    self.lengthScales = lengthScales
    self.nugget = nugget
    embedding = try KernelEmbedding(measure, lengthScales: lengthScales)
    factor.reserveCapacity(places.count * (places.count + 1) / 2)
    for place in places { try append(place) }
  }

  /// The kernel between a place and those seen, `[count]`.
  func kernel(at place: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    scaledPlaces.withUnsafeBufferPointer { places in
      for axis in 0..<dimension {
        let x = place[axis] / lengthScales[axis]
        for j in result.indices {
          let distance = x - places[j * dimension + axis]
          result[j] -= 0.5 * distance * distance
        }
      }
    }
    result.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { ck_exp(base, base, buffer.count) }
    }
    return result
  }

  /// The kernel between the place seen as number `index` and others.
  func kernel(of index: Int, at places: [[Double]]) -> [Double] {
    var result = places.map { place in
      var exponent = 0.0
      for axis in 0..<dimension {
        let distance =
          place[axis] / lengthScales[axis] - scaledPlaces[index * dimension + axis]
        exponent -= 0.5 * distance * distance
      }
      return exponent
    }
    result.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { ck_exp(base, base, buffer.count) }
    }
    return result
  }

  /// Row `index` of L, to the diagonal.
  func factorRow(_ index: Int) -> ArraySlice<Double> {
    let start = index * (index + 1) / 2
    return factor[start...start + index]
  }

  /// L^-1 b, in place.
  private func whiten(_ vector: inout [Double]) {
    factor.withUnsafeBufferPointer { factor in
      vector.withUnsafeMutableBufferPointer { x in
        var row = 0
        for i in x.indices {
          var sum = x[i]
          for j in 0..<i { sum -= factor[row + j] * x[j] }
          x[i] = sum / factor[row + i]
          row += i + 1
        }
      }
    }
  }

  /// L^-T b, in place.
  private func unwhiten(_ vector: inout [Double]) {
    factor.withUnsafeBufferPointer { factor in
      vector.withUnsafeMutableBufferPointer { x in
        var row = factor.count
        for i in x.indices.reversed() {
          row -= i + 1
          x[i] /= factor[row + i]
          for j in 0..<i { x[j] -= factor[row + j] * x[i] }
        }
      }
    }
  }

  /// Sees one more place: the factor grows by a row.
  /// - Throws: if the Gram matrix is no longer positive definite.
  package mutating func append(_ place: [Double]) throws(LinearAlgebraError) {
    var row = kernel(at: place)
    whiten(&row)
    let pivot = 1 + nugget - dot(row, row)
    guard pivot > 0, pivot.isFinite else { throw .notPositiveDefinite(order: count + 1) }
    let diagonal = pivot.squareRoot()
    let mean = (embedding.mean(at: place.span) - dot(row, whitenedMeans)) / diagonal
    let one = (1 - dot(row, whitenedOnes)) / diagonal
    factor += row
    factor.append(diagonal)
    for axis in 0..<dimension { scaledPlaces.append(place[axis] / lengthScales[axis]) }
    whitenedMeans.append(mean)
    whitenedOnes.append(one)
    explained += mean * mean
    onesMeans += one * mean
    sumOfInverse += one * one
  }

  /// The weights of the values in the integral, `[count]`.
  package var weights: [Double] {
    let trend = (1 - onesMeans) / sumOfInverse
    var weights = zip(whitenedMeans, whitenedOnes).map { $0 + trend * $1 }
    unwhiten(&weights)
    return weights
  }

  /// The integral's posterior variance, relative to the squared amplitude. Never less than what the
  /// nugget alone gives, which the difference would lose to rounding.
  package var integralVariance: Double {
    let trend = 1 - onesMeans
    let weights = weights
    return max(
      embedding.doubleIntegral - explained + trend * trend / sumOfInverse,
      nugget * dot(weights, weights))
  }

  /// What a value at a place would tell: its covariance with the integral and its own variance
  /// (with nugget), both given what has been seen and relative to the squared amplitude.
  ///
  /// The integral's variance would fall by the square of the one over the other.
  package func information(at place: [Double]) -> (covariance: Double, variance: Double) {
    var row = kernel(at: place)
    whiten(&row)
    return information(
      kernelMean: embedding.mean(at: place.span), explained: dot(row, row),
      means: dot(row, whitenedMeans), ones: dot(row, whitenedOnes))
  }

  func information(
    kernelMean: Double, explained: Double, means: Double, ones: Double
  ) -> (covariance: Double, variance: Double) {
    let trend = (1 - ones) / sumOfInverse
    return (
      kernelMean - means + (1 - onesMeans) * trend, 1 + nugget - explained + (1 - ones) * trend
    )
  }

  /// The posterior given the values, `[count]`.
  package func posterior(_ values: [Double]) -> Posterior {
    precondition(values.count == count, "\(values.count) values for \(count) places")
    var residuals = values
    whiten(&residuals)
    let mean = dot(whitenedOnes, residuals) / sumOfInverse
    for j in residuals.indices { residuals[j] -= mean * whitenedOnes[j] }
    let integral = mean + dot(whitenedMeans, residuals)
    let innovations = residuals
    unwhiten(&residuals)
    return Posterior(
      process: self, constantMean: mean, coefficients: residuals, innovations: innovations,
      integral: integral)
  }

  /// The process given values.
  package struct Posterior: Sendable {
    package let process: GaussianProcess
    /// The constant mean's estimate.
    package let constantMean: Double
    /// G^-1 (values - mean).
    let coefficients: [Double]
    /// L^-1 (values - mean).
    let innovations: [Double]
    /// The integral's posterior mean.
    package let integral: Double

    /// The function's posterior mean at a place, and its variance relative to the squared
    /// amplitude.
    package func prediction(at place: [Double]) -> (mean: Double, variance: Double) {
      let mean = constantMean + dot(process.kernel(at: place), coefficients)
      let variance = process.information(at: place).variance - process.nugget
      return (mean, max(0, variance))
    }

    /// What is left of each value when the others predict it.
    ///
    /// ```
    /// r_i = (G^-1 (y - b 1))_i / (a sqrt(Q_ii)),   Q = G^-1 - G^-1 1 1' G^-1 / s
    /// ```
    package func leaveOneOut(amplitude: Double) -> LeaveOneOut {
      let count = process.count
      guard count > 2 else {
        return LeaveOneOut(residuals: [], influential: [], squaredNorm: 0)
      }
      var lower = Matrix(rows: count, columns: count)
      var position = 0
      for i in 0..<count {
        for j in 0...i {
          lower[i, j] = process.factor[position]
          position += 1
        }
      }
      var precision = CholeskyFactorization(lower: lower).inverse
      var ones = process.whitenedOnes
      process.unwhiten(&ones)
      for i in 0..<count {
        for j in 0..<count { precision[i, j] -= ones[i] * ones[j] / process.sumOfInverse }
      }
      let scales = precision.diagonal.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
      let residuals = zip(coefficients, scales).map { $0 * $1 / amplitude }
      // Without value i the variance grows by w_i^2 / Q_ii.
      let (weights, variance) = (process.weights, process.integralVariance)
      let influential = (0..<count).filter {
        let growth = weights[$0] * scales[$0]
        return growth * growth > 0.01 * variance
      }
      var squaredNorm = 0.0
      for i in influential {
        for j in influential {
          let correlation = precision[i, j] * scales[i] * scales[j]
          squaredNorm += correlation * correlation
        }
      }
      return LeaveOneOut(
        residuals: residuals, influential: influential.map { residuals[$0] },
        squaredNorm: squaredNorm)
    }
  }

  /// What is left of values that are predicted from the others, divided by its standard deviation.
  package struct LeaveOneOut: Sendable {
    /// `[count]`; empty for fewer than three values.
    package let residuals: [Double]
    /// Of the values without which the integral's variance would be more than a hundredth larger.
    package let influential: [Double]
    /// Of these, the sum of the squares of all correlations.
    package let squaredNorm: Double
  }

  /// For each place the largest kernel with another one, in the middle of the places; 1 for fewer
  /// than two.
  var medianNearestCorrelation: Double {
    guard count > 1 else { return 1 }
    let nearest = (0..<count).map { i in
      let place = (0..<dimension).map { scaledPlaces[i * dimension + $0] * lengthScales[$0] }
      return kernel(at: place).enumerated().filter { $0.offset != i }.map(\.element).max()!
    }
    return nearest.sorted()[count / 2]
  }
}
