import LinearAlgebra

/// Several expectations that were estimated from the same draws, with the covariance of their errors.
public struct VectorEstimate: Sendable, Equatable {
  /// The estimated expectations, `[outputs]`.
  public var values: [Double]
  /// The estimated covariance of `values` over repetitions with other random numbers,
  /// `[outputs, outputs]`; for a deterministic rule the squares of its bounds on the diagonal.
  public var covariance: Matrix
  /// The roots of the covariance's diagonal, `[outputs]`.
  public var standardErrors: [Double]
  /// How standard errors turn into intervals.
  public var errorModel: ErrorModel
  /// How often the integrand or the density was evaluated, whichever is more.
  public var evaluations: Int
  /// How many draws each value averages; nil where there are none (quadrature).
  public var draws: Int?
  /// How many independent, equally weighted draws of the target would do as well, `[outputs]`.
  public var effectiveSampleSizes: [Double]?
  /// What speaks against each value and its error, `[outputs]`.
  public var diagnoses: [Diagnosis]
  /// What the method found out beside each value, `[outputs]`.
  public var findings: [Findings]

  /// Puts an estimate together, for estimators of one's own.
  ///
  /// - Parameter standardErrors: nil for the roots of the covariance's diagonal; errors below 1e-154 do
  ///   not survive the square.
  public init(
    values: [Double], covariance: Matrix, standardErrors: [Double]? = nil,
    errorModel: ErrorModel = .normal, evaluations: Int,
    draws: Int?, effectiveSampleSizes: [Double]?, diagnoses: [Diagnosis],
    findings: [Findings]? = nil
  ) {
    let count = values.count
    precondition(
      covariance.rows == count && covariance.columns == count && diagnoses.count == count
        && (effectiveSampleSizes?.count ?? count) == count
        && (findings?.count ?? count) == count, "\(count) values with parts of other lengths")
    self.values = values
    self.covariance = covariance
    self.standardErrors = standardErrors ?? covariance.diagonal.map { $0.squareRoot() }
    self.errorModel = errorModel
    self.evaluations = evaluations
    self.draws = draws
    self.effectiveSampleSizes = effectiveSampleSizes
    self.diagnoses = diagnoses
    self.findings = findings ?? [Findings](repeating: Findings(), count: count)
  }

  /// How many expectations there are.
  public var count: Int { values.count }

  /// One of the expectations.
  public subscript(output: Int) -> Estimate {
    Estimate(
      value: values[output], standardError: standardErrors[output],
      errorModel: errorModel, evaluations: evaluations, draws: draws,
      effectiveSampleSize: effectiveSampleSizes?[output], diagnosis: diagnoses[output],
      findings: findings[output])
  }

  /// All of them.
  public var estimates: [Estimate] { values.indices.map { self[$0] } }

  /// What speaks against any of the values.
  public var diagnosis: Diagnosis {
    var concerns: [Concern] = []
    for concern in diagnoses.flatMap(\.concerns) where !concerns.contains(concern) {
      concerns.append(concern)
    }
    return Diagnosis(concerns)
  }

  /// The estimate of a smooth function of the expectations, by its value and gradient there: the delta
  /// method, to first order.
  ///
  /// - Parameter gradient: `[outputs]`, at `values`.
  public func derived(value: Double, gradient: [Double]) -> Estimate {
    let variance = dot(gradient, covariance * gradient)
    return Estimate(
      value: value, standardError: max(0, variance).squareRoot(), errorModel: errorModel,
      evaluations: evaluations, draws: draws, effectiveSampleSize: effectiveSampleSizes?.min(),
      diagnosis: diagnosis)
  }
}

extension VectorEstimate: CustomStringConvertible {
  /// The values and their errors: `[0.02279 ± 0.00015, 1.0021 ± 0.0034]`.
  public var description: String {
    "[" + estimates.map(\.description).joined(separator: ", ") + "]"
  }
}
