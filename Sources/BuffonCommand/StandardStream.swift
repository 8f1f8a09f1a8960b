import Foundation

/// Standard output and standard error, written without a trap where they are closed or full.
enum StandardStream {
  case output, error

  /// - Throws: ``CommandFailure`` (EX_IOERR) if the text cannot be written whole.
  func write(_ text: String) throws {
    let handle = self == .output ? FileHandle.standardOutput : FileHandle.standardError
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw CommandFailure(code: .io, message: "the output could not be written")
    }
  }
}
