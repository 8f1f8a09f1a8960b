import Estimation
import Foundation

extension MethodComparison.Result: CustomStringConvertible {
  /// A row for each method, what speaks against single ones, which was chosen, and whether they agree.
  public var description: String {
    var table = TextTable([
      ("method", .left), ("value", .left), ("effective size", .right), ("evaluations", .right),
      ("ms", .right), ("verdict", .left),
    ])
    for row in rows {
      let milliseconds = String(format: "%.1f", row.time / .milliseconds(1))
      guard let estimate = row.estimate else {
        table.append([row.method, "-", "-", "-", milliseconds, "does not apply"])
        continue
      }
      let isBound = estimate.errorModel == .bound
      table.append([
        row.method, isBound ? bounded(estimate) : estimate.description,
        estimate.effectiveSampleSize.flatMap {
          // An error of zero has no size to go by.
          estimate.standardError > 1e-15 * abs(estimate.value) ? String(format: "%.3g", $0) : nil
        } ?? "-",
        "\(estimate.evaluations)", milliseconds,
        estimate.diagnosis.isReliable ? "reliable" : "unreliable",
      ])
    }
    return ([table.description, ""] + notes).joined(separator: "\n")
  }

  /// What is to be said below the table, one line each.
  public var notes: [String] {
    var notes = rows.compactMap { row -> String? in
      if let failure = row.failure { return "\(row.method): \(failure)" }
      guard let diagnosis = row.estimate?.diagnosis, !diagnosis.isReliable else { return nil }
      return "\(row.method): \(diagnosis)"
    }
    guard let chosen else { return notes + ["no method is reliable"] }
    notes.append("chosen: \(chosen.method), \(chosen.estimate!)")
    guard rows.count(where: { $0.estimate?.diagnosis.isReliable == true }) > 1 else {
      return notes + ["no other method is reliable, to compare it with"]
    }
    let others = disagreeing
    notes.append(
      others.isEmpty
        ? "the reliable methods agree within their errors"
        : "beyond their errors from the most precise one: "
          + others.map(\.method).joined(separator: ", "))
    return notes
  }

  private func bounded(_ estimate: Estimate) -> String {
    String(format: "%.10g, error at most %.1e", estimate.value, estimate.standardError)
  }
}
