import Foundation
import SwiftCSV

/// A CSV file with a header: named columns of text, read as numbers on demand.
///
/// The delimiter (comma, semicolon or tab) is told from the header. Rows are counted as a
/// spreadsheet counts them: the header is row 1. Blank lines are passed over.
public struct DataTable: Sendable {
  /// Where it was read from.
  public let path: String
  /// The names of the columns.
  public let header: [String]
  private let rows: [(number: Int, cells: [String])]

  /// - Throws: ``DataTableError``.
  public init(contentsOf path: String) throws(DataTableError) {
    let text: String
    do {
      text = try Self.read(path)
    } catch let error as DataTableError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "the file could not be read")
    }
    guard text.count(where: { $0 == "\"" }) % 2 == 0 else {
      throw .malformed(path: path, row: nil, reason: "a quotation mark is not closed")
    }
    var parsed: [[String]] = []
    do {
      let csv = try CSV<Enumerated>(
        string: text, delimiter: CSVDelimiter.guessed(string: text), loadColumns: false,
        rowLimit: 1)
      try csv.enumerateAsArray(startAt: 0, rowLimit: nil) { parsed.append($0) }
    } catch {
      throw .malformed(path: path, row: parsed.count + 1, reason: "a quotation mark inside a cell")
    }
    guard let header = parsed.first?.map({ $0.trimmingCharacters(in: .whitespaces) }),
      header.contains(where: { !$0.isEmpty })
    else { throw .empty(path: path) }
    var rows: [(number: Int, cells: [String])] = []
    for (index, cells) in parsed.enumerated().dropFirst() where cells != [""] {
      guard cells.count == header.count else {
        throw .ragged(path: path, row: index + 1, cells: cells.count, columns: header.count)
      }
      rows.append((index + 1, cells))
    }
    (self.path, self.header, self.rows) = (path, header, rows)
  }

  private static func read(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DataTableError.unreadable(path: path, reason: "no such file")
    }
    if isFolder.boolValue { throw DataTableError.unreadable(path: path, reason: "it is a folder") }
    // Pipes and devices too, which have no size to ask for.
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw DataTableError.unreadable(path: path, reason: "no permission to read it")
    }
    let data = try handle.readToEnd() ?? Data()
    guard let text = String(bytes: data, encoding: .utf8), !text.contains("\0") else {
      throw DataTableError.malformed(path: path, row: nil, reason: "it is not UTF-8 text")
    }
    // A last line without its end would lose an empty last cell.
    return text.last?.isNewline ?? true ? text : text + "\n"
  }

  /// The number of rows under the header.
  public var count: Int { rows.count }

  /// The row of the file that holds item `index` of a column.
  public func rowNumber(_ index: Int) -> Int { rows[index].number }

  /// A column as numbers.
  /// - Throws: ``DataTableError`` for a missing or doubled column, or a cell that is not a finite
  ///   number.
  public func numbers(_ column: String) throws(DataTableError) -> [Double] {
    let matches = header.indices.filter { header[$0] == column }
    guard let index = matches.first else {
      throw .missingColumn(path: path, column: column, header: header)
    }
    guard matches.count == 1 else { throw .doubledColumn(path: path, column: column) }
    var values: [Double] = []
    for row in rows {
      let cell = row.cells[index].trimmingCharacters(in: .whitespaces)
      guard let value = Double(cell), value.isFinite else {
        throw .notANumber(path: path, row: row.number, column: column, cell: cell)
      }
      values.append(value)
    }
    return values
  }
}

/// A file that cannot be read as a table, or a cell that is not a number.
public enum DataTableError: Error, Sendable, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case empty(path: String)
  case malformed(path: String, row: Int?, reason: String)
  case ragged(path: String, row: Int, cells: Int, columns: Int)
  case missingColumn(path: String, column: String, header: [String])
  case doubledColumn(path: String, column: String)
  case notANumber(path: String, row: Int, column: String, cell: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .empty(let path): "\(path): the file is empty"
    case .malformed(let path, let row, let reason):
      "\(path): \(row.map { "row \($0): " } ?? "")\(reason)"
    case .ragged(let path, let row, let cells, let columns):
      "\(path): row \(row) has \(cells) cells where the header has \(columns)"
    case .missingColumn(let path, let column, let header):
      "\(path): no column '\(column)'; there are \(header.map { "'\($0)'" }.joined(separator: ", "))"
    case .doubledColumn(let path, let column):
      "\(path): more than one column is named '\(column)'"
    case .notANumber(let path, let row, let column, let cell):
      "\(path): row \(row), column '\(column)': '\(shortened(cell))' is not a finite number"
    }
  }

  private func shortened(_ cell: String) -> String {
    cell.count <= 40 ? cell : cell.prefix(40) + "..."
  }
}
