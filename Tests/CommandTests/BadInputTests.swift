import Foundation
import Testing

/// One way to call `buffon compare` wrongly: what the line must name, and the exit code.
struct BadInput: Sendable, CustomTestStringConvertible {
  var csv: String? = "x,y\n1,2\n2,3\n3,5\n4,4\n5,7\n6,6\n7,8\n8,9\n"
  var arguments = ["--x", "x", "--y", "y", "--degree", "1"]
  let names: [String]
  let status: Int32
  let testDescription: String

  static let all: [BadInput] = [
    .init(csv: nil, names: ["data.csv", "no such file"], status: 66, testDescription: "no file"),
    .init(csv: "", names: ["data.csv", "empty"], status: 65, testDescription: "empty file"),
    .init(csv: "\n\n", names: ["data.csv", "empty"], status: 65, testDescription: "blank file"),
    .init(
      csv: "a,y\n1,2\n2,3\n", names: ["data.csv", "'x'", "'a'"], status: 65,
      testDescription: "missing column"),
    .init(
      csv: "x,y,x\n1,2,3\n2,3,4\n", names: ["data.csv", "'x'"], status: 65,
      testDescription: "doubled column"),
    .init(
      csv: "x,y\n1,2\n2\n3,4\n", names: ["data.csv", "row 3", "1 cells"], status: 65,
      testDescription: "ragged row"),
    .init(
      csv: "x,y\n1,2\n2,3,4\n3,4\n", names: ["data.csv", "row 3", "3 cells"], status: 65,
      testDescription: "long row"),
    .init(
      csv: "x,y\n1,2\n2,abc\n3,4\n", names: ["data.csv", "row 3", "'y'", "'abc'"], status: 65,
      testDescription: "a word for a number"),
    .init(
      csv: "x,y\n1,2\n2,\n3,4", names: ["data.csv", "row 3", "'y'", "''"], status: 65,
      testDescription: "empty cell"),
    .init(
      csv: "x,y\n1,2\ninf,3\n3,4\n", names: ["data.csv", "row 3", "'x'", "'inf'"], status: 65,
      testDescription: "infinite cell"),
    .init(
      csv: "x,y\n1,2\nnan,3\n3,4\n", names: ["data.csv", "row 3", "'x'", "'nan'"], status: 65,
      testDescription: "NaN cell"),
    .init(
      csv: "x,y\n1,2\n2,1e200\n3,4\n4,5\n5,6\n", names: ["data.csv", "row 3", "'y'", "1e+200"],
      status: 65, testDescription: "a number too large to square"),
    .init(csv: "x,y\n1,2\n", names: ["data.csv", "1 row"], status: 65, testDescription: "one row"),
    .init(csv: "x,y\n", names: ["data.csv", "0 rows"], status: 65, testDescription: "no rows"),
    .init(
      csv: "x,y\n1,2\n1,3\n1,4\n1,6\n", names: ["data.csv", "'x'", "1.0"], status: 65,
      testDescription: "constant x"),
    .init(
      csv: "x,y\n1,2\n2,\"3\n4,5\n", names: ["data.csv", "quotation mark"], status: 65,
      testDescription: "open quotation"),
    .init(
      csv: "x,y\n1,2\n2,\"3\"4\n4,5\n", names: ["data.csv", "row 3", "quotation"], status: 65,
      testDescription: "quotation inside a cell"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "-1"], names: ["-1", "--degree"],
      status: 64, testDescription: "negative degree"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "5...2"], names: ["5...2", "--degree"],
      status: 64, testDescription: "reversed range"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1000"], names: ["1000", "--degree"],
      status: 64, testDescription: "huge degree"),
    .init(
      arguments: ["--x", "x", "--y", "y"], names: ["--degree"], status: 64,
      testDescription: "no degree"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--draws", "0"],
      names: ["--draws", "0"], status: 64, testDescription: "zero draws"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--draws", "-5"],
      names: ["--draws", "-5"], status: 64, testDescription: "negative draws"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--draws", "many"],
      names: ["--draws", "many"], status: 64, testDescription: "draws in words"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--test-fraction", "1"],
      names: ["--test-fraction", "1.0"], status: 64, testDescription: "everything for the test"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--test-fraction", "0.99"],
      names: ["data.csv", "0 rows"], status: 65, testDescription: "nothing to train on"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--seed", "-1"],
      names: ["--seed", "-1"], status: 64, testDescription: "negative seed"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--format", "xml"],
      names: ["--format", "xml"], status: 64, testDescription: "unknown format"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--hidden", "10,0"],
      names: ["--hidden", "10,0"], status: 64, testDescription: "empty hidden layer"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1...3", "--hidden", "5"],
      names: ["--hidden", "1...3"], status: 64, testDescription: "a network for a range"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--prior-sd", "0"],
      names: ["--prior-sd", "0.0", "1e-9"], status: 64, testDescription: "prior of width zero"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--workers", "0"],
      names: ["--workers", "0"], status: 64, testDescription: "no workers"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--colour", "red"],
      names: ["--colour"], status: 64, testDescription: "unknown option"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--plot", "FOLDER/no/plot.svg"],
      names: ["no/plot.svg", "does not exist"], status: 73,
      testDescription: "no folder for the plot"),
    .init(
      arguments: ["--x", "x", "--y", "y", "--degree", "1", "--plot", "FOLDER"],
      names: ["it is a folder"], status: 73, testDescription: "the plot is a folder"),
  ]
}

@Suite struct BadInputTests {
  @Test("bad input is one line that names it", arguments: BadInput.all)
  func oneLine(input: BadInput) throws {
    let folder = try TemporaryFolder()
    if let csv = input.csv { _ = try folder.write(csv, to: "data.csv") }
    let before = folder.contents
    let arguments = input.arguments.map {
      $0.replacingOccurrences(of: "FOLDER", with: folder.url.path)
    }
    let file = folder.url.appendingPathComponent("data.csv").path
    let run = try CommandRun(["compare", file] + arguments)
    #expect(run.status == input.status, "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("buffon: ") && run.errors.hasSuffix("\n"))
    #expect(run.errors.count { $0.isNewline } == 1, "\(run.errors)")
    for name in input.names { #expect(run.errors.contains(name), "\(run.errors)") }
    #expect(folder.contents == before)
  }

  @Test("bytes that are no text, and control characters, stay one line")
  func hostileBytes() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("data.csv")
    try Data([0x78, 0x2c, 0x79, 0x0a, 0xff, 0xfe, 0x2c, 0x31, 0x0a]).write(to: file)
    let binary = try CommandRun(["compare", file.path, "--x", "x", "--y", "y", "--degree", "1"])
    #expect(binary.status == 65)
    #expect(binary.errors.contains("UTF-8"))

    let name = try folder.write("x,y\n1,\"a\u{1b}[31m\nb\"\n2,3\n", to: "escape.csv")
    let escape = try CommandRun(["compare", name, "--x", "x", "--y", "y", "--degree", "1"])
    #expect(escape.status == 65)
    #expect(!escape.errors.contains("\u{1b}"))
    #expect(escape.errors.count { $0.isNewline } == 1)
  }

  @Test("without gnuplot the message says which package to install, and nothing is written")
  func gnuplotMissing() throws {
    let folder = try TemporaryFolder()
    let plot = folder.url.appendingPathComponent("plot.svg").path
    let run = try CommandRun(
      [
        "compare", CommandRun.motorcycle, "--x", "milliseconds", "--y", "acceleration",
        "--degree", "3", "--plot", plot,
      ], environment: ["PATH": folder.url.path])
    #expect(run.status == 69)
    #expect(run.errors.contains("gnuplot-nox"))
    #expect(run.errors.count { $0.isNewline } == 1)
    #expect(folder.contents.isEmpty)
  }

  @Test("an unknown subcommand is a usage error, help is not")
  func rootCommand() throws {
    let unknown = try CommandRun(["compara"])
    #expect(unknown.status == 64)
    #expect(unknown.errors.count { $0.isNewline } == 1)
    let help = try CommandRun(["compare", "--help"])
    #expect(help.status == 0)
    #expect(help.errors.isEmpty)
    for option in ["--degree", "--hidden", "--test-fraction", "--draws", "--seed", "--plot"] {
      #expect(help.output.contains(option))
    }
    #expect(try CommandRun(["--version"]).status == 0)
  }
}
