import LinearAlgebra

/// An estimated covariance matrix, each entry with its error.
public struct CovarianceEstimate: Sendable, Equatable {
  /// `[outputs, outputs]`.
  public let matrix: Matrix
  /// Of each entry, `[outputs, outputs]`.
  public let standardErrors: Matrix
  /// The means, from the same draws.
  public let means: VectorEstimate
  private let diagnoses: [Diagnosis]

  /// What speaks against any of the entries.
  public var diagnosis: Diagnosis {
    var concerns = means.diagnosis.concerns
    for concern in diagnoses.flatMap(\.concerns) where !concerns.contains(concern) {
      concerns.append(concern)
    }
    return Diagnosis(concerns)
  }

  /// One entry; a variance where both are the same.
  public subscript(row: Int, column: Int) -> Estimate {
    let (high, low) = (max(row, column), min(row, column))
    return Estimate(
      value: matrix[row, column], standardError: standardErrors[row, column],
      errorModel: means.errorModel, evaluations: means.evaluations, draws: means.draws,
      effectiveSampleSize: means.effectiveSampleSizes.map { min($0[row], $0[column]) },
      diagnosis: diagnoses[high * (high + 1) / 2 + low], findings: means.findings[row])
  }

  /// From the means of `centered(integrand, about: centers)`.
  ///
  /// - Parameter factor: what makes the estimate of a covariance by plain averages unbiased.
  init(_ moments: VectorEstimate, centers: [Double], factor: Double) {
    let count = centers.count
    let deviations = Array(moments.values[..<count])
    var (matrix, errors) = (
      Matrix(rows: count, columns: count), Matrix(rows: count, columns: count)
    )
    var diagnoses: [Diagnosis] = []
    for i in 0..<count {
      for j in 0...i {
        let place = count + diagnoses.count
        var gradient = [Double](repeating: 0, count: moments.count)
        gradient[place] = 1
        gradient[i] -= deviations[j]
        gradient[j] -= deviations[i]
        let entry = moments.derived(
          value: moments.values[place] - deviations[i] * deviations[j], gradient: gradient)
        for (row, column) in [(i, j), (j, i)] {
          matrix[row, column] = factor * entry.value
          errors[row, column] = factor * entry.standardError
        }
        diagnoses.append(moments.diagnoses[place])
      }
    }
    self.matrix = matrix
    standardErrors = errors
    self.diagnoses = diagnoses
    var covariance = Matrix(rows: count, columns: count)
    for i in 0..<count { for j in 0..<count { covariance[i, j] = moments.covariance[i, j] } }
    means = VectorEstimate(
      values: zip(deviations, centers).map { $0 + $1 }, covariance: covariance,
      standardErrors: Array(moments.standardErrors[..<count]), errorModel: moments.errorModel,
      evaluations: moments.evaluations, draws: moments.draws,
      effectiveSampleSizes: moments.effectiveSampleSizes.map { Array($0[..<count]) },
      // A constant is no concern for a mean that is wanted beside a covariance.
      diagnoses: Array(moments.diagnoses[..<count]),
      findings: Array(moments.findings[..<count]))
  }
}

/// The deviations of an integrand's outputs from some centers, then the products of every two of them:
/// d_0, d_1, ..., d_0 d_0, d_1 d_0, d_1 d_1, ...
///
/// With centers near the means the covariances do not cancel.
func centered<Value>(_ integrand: Integrand<Value>, about centers: [Double]) -> Integrand<Value> {
  let count = integrand.outputs
  let all = count + count * (count + 1) / 2
  return Integrand(outputs: all, isOneByOne: true) { draws, values in
    try withUnsafeTemporaryAllocation(of: Double.self, capacity: draws.count * count) { memory in
      memory.initialize(repeating: .nan)
      var inner = memory.mutableSpan
      try integrand.body(draws, &inner)
      for draw in draws.indices {
        for k in 0..<count { values[draw * all + k] = memory[draw * count + k] - centers[k] }
        var place = draw * all + count
        for i in 0..<count {
          for j in 0...i {
            values[place] = values[draw * all + i] * values[draw * all + j]
            place += 1
          }
        }
      }
    }
  }
}

/// How many draws look for the centers first.
let pilotDraws = 1_000
