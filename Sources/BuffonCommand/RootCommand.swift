public import ArgumentParser
import Foundation

/// `buffon`, the command line.
public struct RootCommand: AsyncParsableCommand {
  /// The name, the version and the subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "buffon",
    abstract: "Monte Carlo estimation, and maximum likelihood beside Bayesian prediction.",
    version: "0.1.0",
    subcommands: [CompareCommand.self, ConvergeCommand.self])

  /// For the argument parser.
  public init() {}

  /// Runs the command line and ends the process: an error is one line on standard error, and the
  /// exit code is that of sysexits.
  public static func execute(_ arguments: [String]? = nil) async -> Never {
    do {
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      Foundation.exit(0)
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess {  // --help, --version
        try? StandardStream.output.write(fullMessage(for: error) + "\n")
        Foundation.exit(0)
      }
      let failure = error as? CommandFailure
      let message = failure?.message ?? Self.message(for: error)
      try? StandardStream.error.write("buffon: \(oneLine(message))\n")
      Foundation.exit(failure?.code.rawValue ?? code.rawValue)
    }
  }
}

/// The text with control characters and line ends made visible, so that it stays one line.
func oneLine(_ text: String) -> String {
  var line = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n": line += line.hasSuffix(" ") ? "" : " "
    case _ where scalar.properties.generalCategory == .control:
      line += "\\u{\(String(scalar.value, radix: 16))}"
    default: line.unicodeScalars.append(scalar)
    }
  }
  return line
}
