#if canImport(Runtime)
  import Runtime
#endif

/// A place in the caller's source.
public struct Site: Sendable, Hashable, CustomStringConvertible {
  /// `Module/File.swift`.
  public let file: String
  public let line: Int

  public init(_ file: String = #fileID, _ line: Int = #line) {
    (self.file, self.line) = (file, line)
  }

  public var description: String { "\(file):\(line)" }

  /// Where this module was called from, for operators, which cannot take a place; nil without debug
  /// information. It takes milliseconds: for errors only.
  static func ofCaller() -> Site? {
    #if canImport(Runtime)
      guard let frames = try? Backtrace.capture().symbolicated()?.frames else { return nil }
      for frame in frames {
        guard let location = frame.symbol?.sourceLocation, location.line > 0 else { continue }
        if location.path.contains("/Sources/Differentiation/") { continue }
        let parts = location.path.split(separator: "/")
        return Site(parts.suffix(2).joined(separator: "/"), location.line)
      }
    #endif
    return nil
  }
}
