internal import CGSL

/// A failure that GSL reported, or a request that GSL cannot serve.
///
/// GSL's aborting error handler is off from the moment the program is loaded, so a failure inside
/// GSL always arrives as a value of this type.
public struct GSLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// GSL's status code (`GSL_EDOM` is 1, `GSL_EMAXITER` 11, ...).
  public let code: Int
  /// The GSL function that failed.
  public let function: String
  /// What was wrong, in GSL's words or ours.
  public let message: String

  public var description: String { "\(function): \(message)" }

  package init(code: Int, function: String) {
    self.init(code: code, function: function, message: String(cString: gsl_strerror(Int32(code))))
  }

  package init(code: Int, function: String, message: String) {
    self.code = code
    self.function = function
    self.message = message
  }
}

/// Throws the status of a GSL call that did not succeed.
func check(_ status: Int32, _ function: String) throws(GSLError) {
  if status != Int32(GSL_SUCCESS) { throw GSLError(code: Int(status), function: function) }
}

/// Throws when a GSL function that has no status returned NaN.
func checkNumber(
  _ value: Double, _ function: @autoclosure () -> String
) throws(GSLError) -> Double {
  if value.isNaN { throw GSLError(code: GSL_EDOM, function: function()) }
  return value
}

/// Facts about the GSL that is linked.
public enum GSLLibrary {
  /// Whether GSL's aborting error handler is off; it is, from before `main` on.
  public static var errorHandlerIsOff: Bool { cgsl_error_handler_is_off() != 0 }
}
