import Foundation
import Reporting
import Testing

@Suite struct TextTableTests {
  @Test("columns are as wide as their widest cell, numbers to the right")
  func layout() {
    var table = TextTable([("name", .left), ("value", .right)])
    table.append(["a", "1.5"])
    table.append(["longer", "1000.25"])
    #expect(
      "\(table)" == """
        name      value
        ------  -------
        a           1.5
        longer  1000.25
        """)
  }

  @Test(
    "four significant digits, and a dash for what does not exist",
    arguments: [
      (23.456_78, "23.46"), (0.001_234_5, "0.001234"), (12_345.6, "12346"), (-4.9, "-4.900"),
      (1.5e-7, "1.500e-07"), (2.5e9, "2.500e+09"), (0, "0"), (Double.infinity, "inf"),
    ])
  func numbers(value: Double, text: String) {
    #expect(TextTable.number(value) == text)
    #expect(TextTable.number(nil) == "-")
  }
}

@Suite struct GnuplotTests {
  @Test("a script that fails is an error with gnuplot's words, and leaves no file")
  func failure() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("buffon-\(UUID().uuidString).svg").path
    let error = #expect(throws: PlotError.self) {
      try Gnuplot().render("set terminal svg\nplot nonsense with nothing\n", to: path)
    }
    guard case .failed(let message) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!message.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(
    "a place that cannot be written is told before the work",
    arguments: ["/", "/no/such/folder/plot.svg", "/dev/null/plot.svg"])
  func unwritable(path: String) {
    #expect(throws: PlotError.self) { try Gnuplot.checkWritable(path) }
  }
}
