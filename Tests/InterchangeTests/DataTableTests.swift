import Foundation
import Interchange
import Testing

private func table(_ text: String) throws -> DataTable {
  let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("buffon-\(UUID().uuidString).csv")
  try Data(text.utf8).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  return try DataTable(contentsOf: file.path)
}

@Suite struct DataTableTests {
  @Test(
    "columns by name, whatever the dialect",
    arguments: [
      "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a;b\n1;2\n3;4\n", "a\tb\n1\t2\n3\t4\n",
      "\u{feff}a,b\n1,2\n3,4\n", "\"a\",\"b\"\n\"1\",2\n3,\"4\"\n", " a , b \n 1 , 2 \n3,4\n",
      "a,b\n\n1,2\n\n3,4\n\n",
    ])
  func dialects(text: String) throws {
    let table = try table(text)
    #expect(table.header == ["a", "b"])
    #expect(table.count == 2)
    #expect(try table.numbers("a") == [1, 3])
    #expect(try table.numbers("b") == [2, 4])
  }

  @Test("rows are counted as a spreadsheet does, blank lines included")
  func rowNumbers() throws {
    let table = try table("a,b\n1,2\n\n3,x\n")
    #expect(table.rowNumber(1) == 4)
    #expect(
      throws: DataTableError.notANumber(path: table.path, row: 4, column: "b", cell: "x")
    ) { try table.numbers("b") }
  }

  @Test("other columns may hold text, empty cells and line ends")
  func otherColumns() throws {
    let table = try table("a,note\n1,\"two\nlines, and a \"\"quotation\"\"\"\n2,\n")
    #expect(try table.numbers("a") == [1, 2])
  }
}
