import Foundation
import Testing

/// What each target may import of ours: arrows point down only.
private let allowed: [String: Set<String>] = {
  let floors = [
    "CGSL", "CKernels", "CSpecialFunctions", "GSL", "SpecialFunctions", "Randomness",
    "LinearAlgebra", "Densities", "Diagnostics",
    "Execution", "Differentiation", "Distributions", "Optimization", "Approximation",
    "Estimation", "Regression", "Reporting",
  ]
  let optimization: Set = ["Densities", "Execution", "Randomness", "LinearAlgebra"]
  func below(_ target: String) -> Set<String> {
    Set(floors.prefix { $0 != target }).subtracting(["CGSL", "CKernels", "CSpecialFunctions"])
  }
  return [
    "CGSL": [], "CKernels": [], "CSpecialFunctions": [],
    "SpecialFunctions": ["CSpecialFunctions"],
    "GSL": ["CGSL"],
    "LinearAlgebra": ["CKernels"], "Randomness": ["CKernels"],
    "Densities": [], "Diagnostics": [],
    "Execution": ["Randomness"],
    "Differentiation": ["SpecialFunctions", "Densities", "LinearAlgebra", "CKernels"],
    "Distributions": [
      "SpecialFunctions", "Differentiation", "Densities", "Randomness", "LinearAlgebra",
      "CKernels",
    ],
    "Optimization": optimization,
    "Approximation": optimization.union(["Optimization", "Distributions"]),
    "Estimation": [
      "Densities", "Distributions", "Approximation", "Optimization", "Diagnostics", "Execution",
      "Randomness", "LinearAlgebra", "GSL", "SpecialFunctions", "CKernels",
    ],
    "Regression": below("Regression"),
    "Reporting": below("Reporting"), "Interchange": below("Reporting"),
    "Buffon": below("Reporting").union(["Reporting"]),
    "BuffonCommand": below("Reporting").union(["Reporting", "Interchange"]),
    "BuffonTool": ["BuffonCommand"],
  ]
}()

private let sources = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Sources")

private func files(of target: String) throws -> [(name: String, text: String)] {
  let folder = sources.appendingPathComponent(target)
  return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    .filter { name in [".swift", ".c", ".cpp", ".h"].contains { name.hasSuffix($0) } }
    .map {
      (
        target + "/" + $0,
        try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
      )
    }
}

/// The modules that a Swift file imports.
func importedModules(_ text: String) -> [String] {
  let pattern =
    /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|let|var|typealias)\s+)?(\w+)/
  return text.split(whereSeparator: \.isNewline).compactMap {
    $0.firstMatch(of: pattern).map { String($0.1) }
  }
}

@Suite struct ImportTests {
  @Test("every target is in the table, and the table has no other")
  func tableIsComplete() throws {
    let targets = try FileManager.default.contentsOfDirectory(atPath: sources.path)
    #expect(Set(targets) == Set(allowed.keys))
  }

  @Test("a target imports what the table allows", arguments: allowed.keys.sorted())
  func importsPointDown(target: String) throws {
    let files = try files(of: target)
    #expect(!files.isEmpty)
    for file in files where file.name.hasSuffix(".swift") {
      for module in importedModules(file.text) where allowed[module] != nil {
        #expect(allowed[target]!.contains(module), "\(file.name) imports \(module)")
      }
    }
  }

  @Test("the table has no cycle")
  func tableIsAcyclic() {
    var rest = allowed
    while let free = rest.first(where: { $0.value.isDisjoint(with: rest.keys) })?.key {
      rest[free] = nil
    }
    #expect(rest.isEmpty)
  }

  @Test("imports are found however they are written")
  func importsAreFound() {
    let text = """
      import A
      @_exported import B
      internal import C
      @testable public import struct D.Thing
        // import E
      """
    #expect(importedModules(text) == ["A", "B", "C", "D"])
  }

  @Test("only Execution creates tasks")
  func tasksAreCreatedInOnePlace() throws {
    let creation = /TaskGroup\(|Task\s*\{|Task\.detached|async let|DispatchQueue|Thread\s*[({]/
    for target in allowed.keys where target != "Execution" {
      for file in try files(of: target) {
        #expect(file.text.firstMatch(of: creation) == nil, "\(file.name) creates tasks")
      }
    }
    #expect(try files(of: "Execution").contains { $0.text.firstMatch(of: creation) != nil })
  }

  @Test("no public type has its module's name")
  func typesAreNotNamedAfterModules() throws {
    for target in allowed.keys {
      let type = try Regex("public (struct|class|enum|protocol|actor) \(target)\\b")
      for file in try files(of: target) {
        #expect(file.text.firstMatch(of: type) == nil, "\(file.name)")
      }
    }
  }
}
