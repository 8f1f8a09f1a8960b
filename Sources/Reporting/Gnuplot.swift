import Foundation

/// Draws pictures by running gnuplot.
public struct Gnuplot: Sendable {
  private let executable: URL

  /// - Throws: ``PlotError/gnuplotMissing`` if no `gnuplot` is on the PATH.
  public init() throws(PlotError) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let candidates = folders.map { URL(fileURLWithPath: String($0) + "/gnuplot") }
    guard
      let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else { throw .gnuplotMissing }
    executable = found
  }

  /// Checks that a picture could be written to `path`, before the work that it will show.
  public static func checkWritable(_ path: String) throws(PlotError) {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    let files = FileManager.default
    if files.fileExists(atPath: url.path, isDirectory: &isFolder) {
      if isFolder.boolValue { throw .unwritable(path: path, reason: "it is a folder") }
      if !files.isWritableFile(atPath: url.path) {
        throw .unwritable(path: path, reason: "no permission")
      }
      return
    }
    let folder = url.deletingLastPathComponent().path
    guard files.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw .unwritable(path: path, reason: "its folder does not exist")
    }
    guard isFolder.boolValue, files.isWritableFile(atPath: folder) else {
      throw .unwritable(path: path, reason: "its folder cannot be written")
    }
  }

  /// Runs `script`, which must leave the output to standard output, and writes the picture: whole,
  /// or not at all. Links are followed, and a device is written to.
  public func render(_ script: String, to path: String) throws(PlotError) {
    let picture = try run(script)
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    do {
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      if let type = attributes?[.type] as? FileAttributeType, type != .typeRegular {
        try FileHandle(forWritingTo: url).write(contentsOf: picture)
      } else {
        try picture.write(to: url, options: .atomic)
      }
    } catch {
      throw .unwritable(path: path, reason: "the file could not be written")
    }
  }

  private func run(_ script: String) throws(PlotError) -> Data {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("buffon-\(UUID().uuidString)")
    let (scriptFile, errorFile) = (
      folder.appendingPathComponent("script"), folder.appendingPathComponent("errors")
    )
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    let output = Pipe()
    let picture: Data
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      try Data(script.utf8).write(to: scriptFile)
      try Data().write(to: errorFile)
      process.executableURL = executable
      process.arguments = [scriptFile.path]
      process.standardOutput = output
      process.standardError = try FileHandle(forWritingTo: errorFile)
      process.standardInput = FileHandle.nullDevice
      try process.run()
      picture = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
    } catch {
      throw .failed("its script could not be run from the folder '\(folder.path)'")
    }
    let messages = (try? String(contentsOf: errorFile, encoding: .utf8)) ?? ""
    guard process.terminationStatus == 0, !picture.isEmpty else {
      throw .failed(messages.split(separator: "\n").last.map(String.init) ?? "no output")
    }
    return picture
  }
}

/// A picture that could not be made.
public enum PlotError: Error, Sendable, Equatable, CustomStringConvertible {
  case gnuplotMissing
  case unwritable(path: String, reason: String)
  case failed(String)

  public var description: String {
    switch self {
    case .gnuplotMissing:
      "gnuplot is not installed: install the package gnuplot-nox (Debian) or gnuplot (Homebrew)"
    case .unwritable(let path, let reason): "cannot write the plot to '\(path)': \(reason)"
    case .failed(let message): "gnuplot failed: \(message)"
    }
  }
}

/// A block of rows for gnuplot, with a name to plot it by; nil is a gap.
func gnuplotData(_ name: String, _ rows: [[Double?]]) -> String {
  let lines = rows.map { row in
    row.map { $0.map { $0.isFinite ? "\($0)" : "NaN" } ?? "NaN" }.joined(separator: " ")
  }
  return "$\(name) << EOD\n" + lines.joined(separator: "\n") + "\nEOD\n"
}

/// A string for gnuplot, with nothing in it that gnuplot would act on.
func gnuplotString(_ text: String) -> String {
  let clean = text.filter { !$0.isNewline }
  return "'" + clean.replacingOccurrences(of: "'", with: "''") + "'"
}
