import GSL
import TestSupport
import Testing

@Suite("GSLGenerator", .tags(.unit))
struct GSLGeneratorTests {
  @Test("An unknown name is refused by name")
  func unknownName() {
    #expect {
      try GSLGenerator("mt19938", seed: 1)
    } throws: { error in
      "\(error)".contains("'mt19938'") && "\(error)".hasPrefix("GSLGenerator")
    }
  }

  @Test("A generator that does not fill 32 bits is refused, with its range", .tags(.reference))
  func partialRange() throws {
    let reference = try GSLReference.committed.get()
    let partial = Set(reference.allGenerators).subtracting(reference.fullRangeGenerators)
    #expect(partial.count == reference.allGenerators.count - reference.fullRangeGenerators.count)
    for name in partial {
      #expect {
        try GSLGenerator(name, seed: 1)
      } throws: { error in
        "\(error)".contains("'\(name)'") && "\(error)".contains("4294967295")
      }
    }
    #expect {
      try GSLGenerator("minstd", seed: 1)
    } throws: { error in
      "\(error)".contains("1...2147483646")
    }
  }

  @Test("The available generators are the reference's", .tags(.reference))
  func available() throws {
    #expect(try GSLGenerator.available == GSLReference.committed.get().fullRangeGenerators)
  }

  @Test("Each output joins two of gsl_rng_get, the first above", .tags(.reference))
  func outputs() throws {
    let reference = try GSLReference.committed.get()
    #expect(Set(reference.generators.map(\.name)) == Set(GSLGenerator.available))
    for expected in reference.generators {
      var generator = try GSLGenerator(expected.name, seed: expected.seed)
      #expect(generator.name == expected.name)
      for pair in stride(from: 0, to: expected.outputs.count, by: 2) {
        let joined = expected.outputs[pair] << 32 | expected.outputs[pair + 1]
        #expect(generator.next() == joined, "\(expected.testDescription), output \(pair / 2)")
      }
    }
  }

  @Test("A copy has its own state, whichever of the two draws first")
  func copies() throws {
    var original = try GSLGenerator("mt19937", seed: 7)
    _ = original.next()
    var (first, second) = (original, original)
    let ofFirst = (0..<5).map { _ in first.next() }
    let ofOriginal = (0..<5).map { _ in original.next() }
    let ofSecond = (0..<5).map { _ in second.next() }
    #expect(ofFirst == ofOriginal)
    #expect(ofSecond == ofOriginal)
  }
}
