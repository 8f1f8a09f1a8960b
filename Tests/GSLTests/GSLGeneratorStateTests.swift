import Foundation
import GSL
import Testing

@Suite struct GSLGeneratorStateTests {
  @Test("a generator is saved and resumed to the bit", arguments: GSLGenerator.available)
  func codable(name: String) throws {
    var generator = try GSLGenerator(name, seed: 42)
    for _ in 0..<1_001 { _ = generator.next() }
    let data = try JSONEncoder().encode(generator)
    var restored = try JSONDecoder().decode(GSLGenerator.self, from: data)
    #expect(restored == generator)
    #expect(restored.hashValue == generator.hashValue)
    for _ in 0..<100 { #expect(restored.next() == generator.next()) }
    _ = restored.next()
    #expect(restored != generator)
  }

  @Test(
    "a state that is none is refused",
    arguments: [
      #"{"name":"mt19937","state":[1,2,3]}"#, #"{"name":"minstd","state":[]}"#,
      #"{"name":"nonesuch","state":[]}"#,
    ])
  func refused(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(GSLGenerator.self, from: Data(json.utf8))
    }
  }
}
