import Estimation
import Foundation

extension ConvergenceStudy.Result: CustomStringConvertible {
  /// Bias, error and coverage by size, and the slope under them.
  public var description: String {
    var table = TextTable([
      ("size", .right), ("bias", .right), ("RMSE", .right), ("mean standard error", .right),
      ("50 % covered", .right), ("90 % covered", .right), ("95 % covered", .right),
      ("reliable", .right),
    ])
    for row in rows {
      let count = Double(row.estimates.count)
      func percent(_ part: Int) -> String { String(format: "%.1f %%", 100 * Double(part) / count) }
      table.append([
        "\(row.size)", TextTable.number(row.bias, digits: 2),
        TextTable.number(row.rootMeanSquareError),
        TextTable.number(row.meanStandardError), percent(row.covered(0.5)),
        percent(row.covered(0.9)),
        percent(row.covered(0.95)), percent(row.reliable),
      ])
    }
    let line = String(
      format: "slope of log RMSE %.3f \u{b1} %.3f, %d replicates at each size, truth %.10g",
      slope.value, slope.standardError, rows[0].estimates.count, truth)
    return "\(table)\n\(line)"
  }
}
