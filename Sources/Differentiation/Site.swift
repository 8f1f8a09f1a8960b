/// A place in the caller's source.
public struct Site: Sendable, Hashable, CustomStringConvertible {
  /// `Module/File.swift`.
  public let file: String
  public let line: Int

  public init(_ file: String = #fileID, _ line: Int = #line) {
    (self.file, self.line) = (file, line)
  }

  public var description: String { "\(file):\(line)" }
}
