import Foundation

/// The committed reference data, found beside the tests' sources.
public enum ReferenceData {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Reference")

  /// Decodes `Tests/Reference/<name>`; keys in snake case become camel case, and the strings
  /// "inf", "-inf" and "nan" numbers.
  public static func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from name: String
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(contentsOf: folder.appending(path: name)))
  }

  /// The rows of numbers below the header of `Tests/Reference/<name>`, a CSV file.
  public static func rows(of name: String) throws -> [[Double]] {
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    return try text.split(whereSeparator: \.isNewline).dropFirst().map { line in
      try line.split(separator: ",").map { field in
        guard let value = Double(field) else { throw CocoaError(.fileReadCorruptFile) }
        return value
      }
    }
  }

  /// Writes `Tests/Reference/<name>`, for values that Buffon itself defines.
  public static func write(_ value: some Encodable, to name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try encoder.encode(value).write(to: folder.appending(path: name))
  }
}
