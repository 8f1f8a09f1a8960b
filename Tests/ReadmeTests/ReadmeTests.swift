import Foundation
import Interchange
import Regression
import Testing

@Suite(.serialized) struct ReadmeTests {
  private let readme: Readme

  init() throws { readme = try Readme() }

  /// A package beside a link to this checkout, as `../buffon`; kept from one run to the next.
  private func writePackage() throws -> URL {
    let files = FileManager.default
    let folder = Readme.root.appendingPathComponent(".build/readme")
    let package = folder.appendingPathComponent("example")
    let link = folder.appendingPathComponent("buffon")
    try files.createDirectory(at: package, withIntermediateDirectories: true)
    try? files.removeItem(at: link)
    try files.createSymbolicLink(at: link, withDestinationURL: Readme.root)
    for folder in ["Sources", "Tests"] {
      try? files.removeItem(at: package.appendingPathComponent(folder))
    }
    for block in readme.blocks {
      guard let comment = block.comment, comment.hasPrefix("file: ") else { continue }
      let file = package.appendingPathComponent(String(comment.dropFirst("file: ".count)))
      try files.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      var text = block.text
      if file.lastPathComponent == "Package.swift" {
        text = text.replacing("    .testTarget(", with: documentedTargets + "    .testTarget(")
      }
      try Data((text + "\n").utf8).write(to: file)
    }
    return package
  }

  /// The documentation's programs, as it says that they are to be listed in README's package.
  private var documentedTargets: String {
    readme.documentedPrograms.map {
      """
          .executableTarget(
            name: "\($0)", dependencies: [.product(name: "Buffon", package: "buffon")]),

      """
    }.joined()
  }

  @Test("every code block is run by one of these tests")
  func everyBlockIsKnown() {
    #expect(readme.blocks.count >= 8)
    for block in readme.blocks {
      switch block.language {
      case "swift": #expect(block.comment?.hasPrefix("file: ") == true, "\(block.text)")
      case "text":
        #expect(
          block.comment?.hasPrefix("output of: ") == true
            || block.comment == "the twenty differences", "\(block.text)")
      case "console":
        for line in block.text.split(separator: "\n").filter({ $0.hasPrefix("$ ") }) {
          #expect(
            line.hasPrefix("$ swift run -c release buffon ")
              || ["$ Scripts/demo", "$ Scripts/test"].contains(line), "\(line)")
        }
      default: Issue.record("a block of \(block.language)")
      }
    }
  }

  @Test("the programs build as a package of their own, and print what is shown")
  func programs() throws {
    let package = try writePackage()
    let swift = URL(fileURLWithPath: "/usr/bin/env")
    let build = try ProgramRun(
      swift, ["swift", "build", "-c", "release", "--build-tests"], in: package)
    #expect(build.status == 0, "\(build.output.suffix(3_000)) \(build.errors.suffix(3_000))")
    guard build.status == 0 else { return }
    let names = readme.blocks.compactMap { block in
      block.comment.flatMap { $0.hasPrefix("output of: ") ? String($0.dropFirst(11)) : nil }
    }
    #expect(names.count == 7)
    for name in names {
      let run = try ProgramRun(
        package.appendingPathComponent(".build/release/\(name)"), [], in: package)
      #expect(run.status == 0, "\(run.errors)")
      let shown = try #require(readme.block("output of: \(name)"))
      #expect(untimed(run.output) == untimed(shown.text + "\n"))
    }
    let test = try ProgramRun(
      swift, ["swift", "test", "-c", "release", "--skip-build"], in: package)
    #expect(test.status == 0, "\(test.output.suffix(3_000)) \(test.errors.suffix(3_000))")
    let output = test.output + test.errors
    #expect(output.contains("importanceSamplingConverges() passed"))
    #expect(output.contains("slope of log RMSE"))
  }

  /// Output without the column of milliseconds in a table of methods, which no two runs share.
  private func untimed(_ output: String) -> String {
    let column = /[ ]+(?:ms|-+|[0-9]+\.[0-9])(  (?:verdict|-+|reliable|unreliable|does not apply))$/
    return output.replacing(column.anchorsMatchLineEndings()) { $0.output.1 }
  }

  @Test("the commands print the tables that are shown")
  func commands() throws {
    let executable = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("buffon")
    var shown = 0
    for block in readme.blocks where block.language == "console" {
      let lines = block.text.split(separator: "\n", omittingEmptySubsequences: false)
      guard let first = lines.first, first.hasPrefix("$ swift run -c release buffon ") else {
        continue
      }
      let words = first.split(separator: " ").dropFirst(6).map(String.init)
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("buffon-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let run = try ProgramRun(
        executable,
        words.map { $0.hasPrefix("Models/") ? Readme.root.appendingPathComponent($0).path : $0 },
        in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let printed = run.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(printed.dropLast().compactMap(comparable) == lines.dropFirst().compactMap(comparable))
      for (option, picture) in [("--plot", "demo.svg"), ("--plots", "exponential.svg")]
      where words.contains(option) {
        #expect(FileManager.default.fileExists(atPath: folder.path + "/" + picture))
      }
      shown += 1
    }
    #expect(shown == 3)
  }

  /// A line as far as it is the same on every processor: without the widths of its columns, of a
  /// network's row only what it is, and nothing of a note on it. A network's fit takes thousands of
  /// steps, and BLAS rounds each of them as the processor likes.
  private func comparable(_ line: Substring) -> String? {
    let words = line.split(separator: " ").map { $0.allSatisfy { $0 == "-" } ? "-" : String($0) }
    guard words.first == "network" else { return words.joined(separator: " ") }
    return words[1].hasSuffix(":") ? nil : words.prefix(2).joined(separator: " ")
  }

  @Test("the twenty differences, their median and the count are today's")
  func differences() throws {
    let table = try DataTable(
      contentsOf: Readme.root.appendingPathComponent("Models/Motorcycle/motorcycle.csv").path)
    let data = try RegressionData(
      x: table.numbers("milliseconds"), y: table.numbers("acceleration"))
    let differences = try (UInt64(1)...20).map { seed -> Double in
      var comparison = Comparison(degree: 15)
      comparison.testFraction = 0.5
      comparison.seed = seed
      let fits = try comparison.sweep(degrees: 15...15, data).fits.map(\.fit)
      let bayes = try #require(fits.first { $0.method == .bayes }?.test.logDensity)
      let mle = try #require(fits.first { $0.method == .mle }?.test.logDensity)
      return bayes - mle
    }
    let lines = stride(from: 0, to: 20, by: 5).map { start in
      differences[start..<start + 5].map { difference in
        let text = String(format: "%.3f", difference)
        return String(repeating: " ", count: max(0, 13 - text.count)) + text
      }.joined()
    }
    let shown = try #require(readme.block("the twenty differences"))
    #expect(shown.text == lines.joined(separator: "\n"))

    let sorted = differences.sorted()
    let median = String(format: "%.2f", (sorted[9] + sorted[10]) / 2)
    let text = try String(
      contentsOf: Readme.root.appendingPathComponent("README.md"), encoding: .utf8
    )
    .replacingOccurrences(of: "\n", with: " ")
    let wins = differences.count { $0 > 0 }
    for claim in ["log density in \(wins) of 20.", "has a median of \(median):"] {
      let isStated = text.contains(claim)
      #expect(isStated, "README does not say: \(claim)")
    }
  }
}
