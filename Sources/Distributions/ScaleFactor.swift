import LinearAlgebra

/// The Cholesky factor of a covariance or of its inverse: what the elliptical distributions share.
struct ScaleFactor: Sendable {
  private let lower: Matrix
  private let isPrecision: Bool
  /// Half the log determinant of the covariance.
  let halfLogDeterminant: Double

  init(covariance: Matrix) throws(LinearAlgebraError) {
    let factor = try CholeskyFactorization(covariance)
    (lower, isPrecision, halfLogDeterminant) = (factor.lower, false, factor.logDeterminant / 2)
  }

  init(precision: Matrix) throws(LinearAlgebraError) {
    let factor = try CholeskyFactorization(precision)
    (lower, isPrecision, halfLogDeterminant) = (factor.lower, true, -factor.logDeterminant / 2)
  }

  var dimension: Int { lower.rows }

  var covariance: Matrix {
    isPrecision ? CholeskyFactorization(lower: lower).inverse : lower * lower.transposed
  }

  /// A draw of N(0, covariance) into `value`, whose memory is reused.
  func sampleNormal<G: RandomNumberGenerator>(into value: inout [Double], using generator: inout G)
  {
    let size = dimension
    if value.count != size { value = [Double](repeating: 0, count: size) }
    for i in 0..<size { value[i] = Ziggurat.normal.sample(using: &generator) }
    if isPrecision {  // L' x = z, from the last element up
      for i in stride(from: size - 1, through: 0, by: -1) {
        for j in i + 1..<max(size, i + 1) { value[i] -= lower[j, i] * value[j] }
        value[i] /= lower[i, i]
      }
    } else {  // x = L z, from the last element up, in place
      for i in stride(from: size - 1, through: 0, by: -1) {
        value[i] *= lower[i, i]
        for j in 0..<i { value[i] += lower[i, j] * value[j] }
      }
    }
  }

  /// (value - center)' covariance^-1 (value - center).
  func squaredDistance(from center: [Double], to value: [Double]) -> Double {
    let size = dimension
    precondition(value.count == size, "a [\(value.count)] for a distribution of [\(size)]")
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { z in
      var sum = 0.0
      if isPrecision {  // |L' d|^2
        for i in 0..<size { z[i] = value[i] - center[i] }
        for i in 0..<size {
          var element = 0.0
          for j in i..<size { element += lower[j, i] * z[j] }
          sum += element * element
        }
      } else {  // |L^-1 d|^2
        for i in 0..<size {
          var element = value[i] - center[i]
          for j in 0..<i { element -= lower[i, j] * z[j] }
          z[i] = element / lower[i, i]
          sum += z[i] * z[i]
        }
      }
      return sum
    }
  }
}

func requireLocation(
  _ location: [Double], named parameter: String, fits scale: ScaleFactor, of distribution: String
) throws(ParameterError) {
  guard location.count == scale.dimension else {
    throw ParameterError(
      distribution, "the number of elements of \(parameter)", Double(location.count),
      not: "the scale's dimension \(scale.dimension)")
  }
  for (index, value) in location.enumerated() {
    try ParameterError.requireFinite(value, "\(parameter)[\(index)]", of: distribution)
  }
}
