import Estimation
import Foundation
import Regression

extension Comparison.Result {
  /// The fits as a table: one row for each model and method.
  public var table: TextTable {
    var table = TextTable([
      ("model", .left), ("method", .left), ("train RMSE", .right), ("test RMSE", .right),
      ("test log density", .right), ("90 % coverage", .right), ("log evidence", .right),
      ("effective draws", .right), ("diagnosis", .left),
    ])
    for fit in fits {
      table.append([
        fit.model.rawValue, fit.method.rawValue,
        TextTable.number(fit.train.rootMeanSquareError),
        withError(
          fit.test.rootMeanSquareError, fit.test.standardErrors?.rootMeanSquareError,
          isReliable: fit.weightsAreReliable),
        withError(
          fit.test.logDensity, fit.test.standardErrors?.logDensity,
          isReliable: fit.diagnosis?.isReliable ?? true),
        fit.test.coverage90.map { String(format: "%.1f %%", 100 * $0) } ?? "-",
        fit.logEvidence.map { String(format: "%.2f", $0) } ?? "-",
        fit.effectiveSampleSize.map { String(format: "%.0f", $0) } ?? "-",
        fit.diagnosis.map { $0.isReliable ? "reliable" : "unreliable" } ?? "",
      ])
    }
    return table
  }

  /// What is to be said of single rows, one line each; empty where there is nothing.
  public var notes: [String] {
    fits.compactMap { fit in
      guard let verdict = fit.verdict, verdict != "reliable" else { return nil }
      return "\(fit.model.rawValue) \(fit.method.rawValue): \(verdict)"
    }
  }
}

extension FitReport {
  /// Whether nothing speaks against the weights themselves, whatever speaks against the density of
  /// single rows.
  fileprivate var weightsAreReliable: Bool {
    (diagnosis?.concerns ?? []).allSatisfy { $0 == test.concern }
  }
}

/// A value with its Monte Carlo error, in the digits that the error leaves; with a question mark
/// where the error cannot be trusted either.
private func withError(_ value: Double?, _ error: Double?, isReliable: Bool) -> String {
  guard let value, let error, error.isFinite, error > 0 else { return TextTable.number(value) }
  guard isReliable else { return TextTable.number(value) + " \u{b1} ?" }
  return Estimate(
    value: value, standardError: error, evaluations: 0, draws: nil, effectiveSampleSize: nil,
    diagnosis: .reliable
  ).description
}

extension Comparison.Sweep {
  /// The errors by degree and method.
  public var table: TextTable {
    var table = TextTable([
      ("degree", .right), ("method", .left), ("train RMSE", .right), ("test RMSE", .right),
      ("test log density", .right), ("log evidence", .right), ("remark", .left),
    ])
    for (degree, fit) in fits {
      table.append([
        "\(degree)", fit.method.rawValue, TextTable.number(fit.train.rootMeanSquareError),
        TextTable.number(fit.test.rootMeanSquareError), TextTable.number(fit.test.logDensity),
        fit.logEvidence.map { String(format: "%.2f", $0) } ?? "-", fit.verdict ?? "",
      ])
    }
    return table
  }
}
