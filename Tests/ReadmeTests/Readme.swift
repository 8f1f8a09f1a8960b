import Foundation

/// The code blocks of README.md and of the documentation whose programs are built and run beside it.
struct Readme {
  struct Block {
    /// The file that it stands in.
    let document: String
    /// The HTML comment on the line before the fence, without its marks.
    let comment: String?
    let language: String
    let text: String
  }

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  let blocks: [Block]

  init() throws {
    blocks = try ["README.md", "Documentation/Estimation.md"].flatMap(Self.blocks)
  }

  private static func blocks(of file: String) throws -> [Block] {
    let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
    var blocks: [Block] = []
    var open: (comment: String?, language: String, lines: [Substring])?
    var comment: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(
            Block(
              document: file, comment: block.comment, language: block.language,
              text: block.lines.joined(separator: "\n")))
          open = nil
        } else {
          open = (comment, String(line.dropFirst(3)), [])
        }
        comment = nil
      } else if open != nil {
        open!.lines.append(line)
      } else if line.hasPrefix("<!-- "), line.hasSuffix(" -->") {
        comment = String(line.dropFirst(5).dropLast(4))
      } else {
        comment = nil
      }
    }
    return blocks
  }

  /// The one block whose comment is that.
  func block(_ comment: String) -> Block? { blocks.first { $0.comment == comment } }

  /// The names of the documentation's programs, which are no targets of README's own package.
  var documentedPrograms: [String] {
    blocks.filter { $0.document != "README.md" }.compactMap {
      $0.comment?.wholeMatch(of: /file: Sources\/(\w+)\/main\.swift/).map { String($0.1) }
    }
  }

  /// The lines of console blocks that start with `$`, without it.
  var commands: [String] {
    blocks.filter { $0.language == "console" }
      .flatMap { $0.text.split(separator: "\n") }
      .filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
  }
}

/// What a program printed.
struct ProgramRun {
  let status: Int32
  let output: String
  let errors: String

  init(_ executable: URL, _ arguments: [String], in folder: URL) throws {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let errorFile = FileManager.default.temporaryDirectory
      .appendingPathComponent("buffon-\(UUID().uuidString).log")
    try Data().write(to: errorFile)
    defer { try? FileManager.default.removeItem(at: errorFile) }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errorFile)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    errors = (try? String(contentsOf: errorFile, encoding: .utf8)) ?? ""
    status = process.terminationStatus
  }
}
