import Foundation
import Testing

@Suite struct ConvergeCommandTests {
  @Test("the list names the studies")
  func list() throws {
    let run = try CommandRun(["converge", "--list"])
    #expect(run.status == 0 && run.errors.isEmpty)
    let names = run.output.split(separator: "\n").map { $0.prefix { $0 != ":" } }
    #expect(names == ["tail", "exponential", "gaussian", "banana"])
  }

  @Test("a study prints a table for each method, the same on any number of workers")
  func study() throws {
    let arguments = ["converge", "exponential", "--replicates", "20"]
    let run = try CommandRun(arguments + ["--workers", "1"])
    #expect(run.status == 0 && run.errors.isEmpty)
    for method in ["plain Monte Carlo", "antithetic", "stratified", "quasi-Monte Carlo"] {
      #expect(run.output.contains("\n\(method)"), "\(method)")
    }
    #expect(run.output.components(separatedBy: "slope of log RMSE").count == 6)
    #expect(try CommandRun(arguments + ["--workers", "2"]).output == run.output)
    #expect(try CommandRun(arguments + ["--seed", "2"]).output != run.output)
  }

  @Test("the picture is drawn where it was asked for")
  func plot() throws {
    let folder = try TemporaryFolder()
    let run = try CommandRun(
      ["converge", "tail", "--replicates", "10", "--plots", folder.url.path])
    #expect(run.status == 0, "\(run.errors)")
    #expect(folder.contents == ["tail.svg"])
    let picture = try String(
      contentsOf: folder.url.appendingPathComponent("tail.svg"), encoding: .utf8)
    #expect(picture.contains("root-mean-square error") && picture.contains("coverage of 95"))
  }

  @Test(
    "bad requests are one line that names the value",
    arguments: [
      (["nothing"], "nothing"), (["--replicates", "9"], "9"), (["--replicates", "x"], "x"),
      (["--workers", "0"], "0"), (["--plots", ""], "--plots"), (["--seed", "-1"], "-1"),
    ])
  func badRequests(arguments: [String], name: String) throws {
    let run = try CommandRun(["converge"] + arguments)
    #expect(run.status == 64 && run.output.isEmpty)
    #expect(run.errors.split(separator: "\n").count == 1 && run.errors.contains(name))
  }

  @Test("a folder that does not exist is told before the work")
  func noFolder() throws {
    let run = try CommandRun(["converge", "tail", "--plots", "/no/such/folder"])
    #expect(run.status == 73 && run.output.isEmpty)
    #expect(run.errors.contains("/no/such/folder"))
  }
}
