import Foundation

/// A table of text with a rule under its header; columns of numbers are aligned to the right.
public struct TextTable: Sendable, CustomStringConvertible {
  /// On which side a column's cells line up.
  public enum Alignment: Sendable { case left, right }

  private let header: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table without rows.
  public init(_ columns: [(title: String, alignment: Alignment)]) {
    header = columns.map(\.title)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row of as many cells as there are columns.
  public mutating func append(_ row: [String]) {
    precondition(row.count == header.count, "\(row.count) cells for \(header.count) columns")
    rows.append(row)
  }

  /// The table, its lines without trailing spaces.
  public var description: String {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      var text = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        text += alignments[column] == .left ? cell + padding : padding + cell
        text += "  "
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
  }
}

extension TextTable {
  /// A number as people read it: four significant digits, a dash for what does not exist.
  public static func number(_ value: Double?, digits: Int = 4) -> String {
    guard let value, !value.isNaN else { return "-" }
    guard value.isFinite else { return "\(value)" }
    if value == 0 { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    if exponent < -4 || exponent > 6 { return String(format: "%.*e", digits - 1, value) }
    return String(format: "%.*f", max(0, digits - 1 - exponent), value)
  }
}
