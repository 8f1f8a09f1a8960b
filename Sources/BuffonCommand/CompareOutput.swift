import Foundation
import Regression

/// The JSON object that `buffon compare --format json` prints. What does not apply is null.
struct CompareOutput: Encodable {
  struct DataSummary: Encodable {
    let n: Int
    let train: Int
    let test: Int
    let x: String
    let y: String

    init(n: Int, _ train: RegressionData, _ test: RegressionData, x: String, y: String) {
      (self.n, self.train, self.test, self.x, self.y) = (n, train.count, test.count, x, y)
    }
  }

  enum Degree: Encodable {
    case single(Int)
    case range(String)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .single(let degree): try container.encode(degree)
      case .range(let degrees): try container.encode(degrees)
      }
    }
  }

  let data: DataSummary
  let degree: Degree
  let seed: UInt64
  /// For one degree.
  var fits: [Fit]?
  /// For a range of degrees.
  var table: [TableRow]?

  init(data: DataSummary, degree: Degree, seed: UInt64, fits: [FitReport]) {
    (self.data, self.degree, self.seed) = (data, degree, seed)
    self.fits = fits.map(Fit.init)
  }

  init(
    data: DataSummary, degree: Degree, seed: UInt64, table: [(degree: Int, fit: FitReport)]
  ) {
    (self.data, self.degree, self.seed) = (data, degree, seed)
    self.table = table.map(TableRow.init)
  }

  struct Fit: Encodable {
    let fit: FitReport

    enum Key: String, CodingKey {
      case model, method, coefficients
      case standardErrors = "standard_errors"
      case residualSumOfSquares = "residual_sum_of_squares"
      case noise = "noise_sd"
      case trainError = "train_rmse"
      case testError = "test_rmse"
      case testLogDensity = "test_log_density"
      case coverage = "coverage_90"
      case logEvidence = "log_evidence"
      case effectiveSampleSize = "effective_sample_size"
      case monteCarloError = "mc_standard_error"
      case diagnosis
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(fit.model.rawValue, forKey: .model)
      try container.encode(fit.method.rawValue, forKey: .method)
      try container.encode(fit.coefficients.flatMap(finite), forKey: .coefficients)
      try container.encode(fit.standardErrors.flatMap(finite), forKey: .standardErrors)
      try container.encode(finite(fit.residualSumOfSquares), forKey: .residualSumOfSquares)
      try container.encode(finite(fit.noiseStandardDeviation), forKey: .noise)
      try container.encode(finite(fit.train.rootMeanSquareError), forKey: .trainError)
      try container.encode(finite(fit.test.rootMeanSquareError), forKey: .testError)
      try container.encode(finite(fit.test.logDensity), forKey: .testLogDensity)
      try container.encode(finite(fit.test.coverage90), forKey: .coverage)
      try container.encode(finite(fit.logEvidence), forKey: .logEvidence)
      try container.encode(finite(fit.effectiveSampleSize), forKey: .effectiveSampleSize)
      try container.encode(
        fit.diagnosis.map { _ in MonteCarloError(scores: fit.test) }, forKey: .monteCarloError)
      try container.encode(fit.verdict, forKey: .diagnosis)
    }
  }

  struct MonteCarloError: Encodable {
    let scores: Scores

    enum Key: String, CodingKey {
      case testError = "test_rmse"
      case testLogDensity = "test_log_density"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(
        finite(scores.standardErrors?.rootMeanSquareError), forKey: .testError)
      try container.encode(finite(scores.standardErrors?.logDensity), forKey: .testLogDensity)
    }
  }

  struct TableRow: Encodable {
    let degree: Int
    let fit: FitReport

    init(_ row: (degree: Int, fit: FitReport)) { (degree, fit) = row }

    enum Key: String, CodingKey {
      case degree, method
      case trainError = "train_rmse"
      case testError = "test_rmse"
      case testLogDensity = "test_log_density"
      case logEvidence = "log_evidence"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(degree, forKey: .degree)
      try container.encode(fit.method.rawValue, forKey: .method)
      try container.encode(finite(fit.train.rootMeanSquareError), forKey: .trainError)
      try container.encode(finite(fit.test.rootMeanSquareError), forKey: .testError)
      try container.encode(finite(fit.test.logDensity), forKey: .testLogDensity)
      try container.encode(finite(fit.logEvidence), forKey: .logEvidence)
    }
  }

  /// Sorted keys, so that the same object is the same bytes.
  static func encode(_ output: CompareOutput) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(output), as: UTF8.self)
  }
}

/// JSON has no infinities: such a number is null.
private func finite(_ value: Double?) -> Double? {
  value.flatMap { $0.isFinite ? $0 : nil }
}

private func finite(_ values: [Double]) -> [Double]? {
  values.allSatisfy(\.isFinite) ? values : nil
}
