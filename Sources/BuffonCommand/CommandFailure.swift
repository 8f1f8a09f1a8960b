import Interchange
import Reporting

/// A failure with the exit code that sysexits.h gives it.
struct CommandFailure: Error {
  enum Code: Int32 {
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case io = 74
  }

  let code: Code
  let message: String

  init(code: Code, message: String) { (self.code, self.message) = (code, message) }

  /// Whatever ended a command, with the code of its kind.
  ///
  /// - Parameter file: what the command was about, for errors that do not name a file themselves.
  init(_ error: any Error, about file: String? = nil) {
    if let failure = error as? CommandFailure {
      self = failure
      return
    }
    code =
      switch error {
      case DataTableError.unreadable: .noInput
      case is DataTableError: .data
      case PlotError.gnuplotMissing: .unavailable
      case PlotError.unwritable: .cannotCreate
      default: .software
      }
    let isNamed = error is DataTableError || error is PlotError
    message = (isNamed ? "" : file.map { "\($0): " } ?? "") + "\(error)"
  }
}
