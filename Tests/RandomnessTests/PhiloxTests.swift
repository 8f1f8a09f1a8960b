import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Philox", .tags(.unit))
struct PhiloxTests {
  /// Random123's known answers for philox4x32-10.
  @Test("The bijection gives Random123's known answers", .tags(.reference))
  func knownAnswers() {
    let ones = UInt32.max
    #expect(
      philox4x32(counter: (0, 0, 0, 0), key: (0, 0))
        == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      philox4x32(counter: (ones, ones, ones, ones), key: (ones, ones))
        == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      philox4x32(
        counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: (0xa409_3822, 0x299f_31d0))
        == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("The outputs are the words of a block in pairs, the first of a pair below")
  func outputs() {
    var generator = Philox(seed: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)

    // Seed and stream go to the key and the upper half of the counter, lower words first.
    var other = Philox(seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e)
    other.position = 2 * 0x05a3_08d3_243f_6a88
    let words = philox4x32(
      counter: (0x243f_6a88, 0x05a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: (0xa409_3822, 0x299f_31d0))
    #expect(other.next() == UInt64(words.1) << 32 | UInt64(words.0))
    #expect(other.next() == UInt64(words.3) << 32 | UInt64(words.2))
  }

  @Test("A jump lands where drawing leads", arguments: [0, 1, 2, 5, 8, 63])
  func jumps(position: Int) {
    var drawn = Philox(seed: 11, stream: 3)
    for _ in 0..<position { _ = drawn.next() }
    #expect(drawn.position == UInt64(position))
    var jumped = Philox(seed: 11, stream: 3)
    _ = jumped.next()
    jumped.position = UInt64(position)
    #expect(jumped == drawn)
    for _ in 0..<5 { #expect(jumped.next() == drawn.next()) }
  }

  @Test("Positions beyond 32 bits are positions of their own")
  func farJump() {
    var near = Philox(seed: 1)
    var far = Philox(seed: 1)
    far.position = 1 << 33
    #expect(near.next() != far.next())
    far.position = .max
    _ = far.next()
    #expect(far.position == 0)
    #expect(far == Philox(seed: 1))
  }

  @Test("Seeds and streams are not added to one another")
  func independentParts() {
    let pairs: [(UInt64, UInt64)] = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (1 << 32, 0)]
    let firsts = pairs.map { seed, stream in
      var generator = Philox(seed: seed, stream: stream)
      return generator.next()
    }
    #expect(Set(firsts).count == pairs.count)
  }

  @Test("The state of a generator is its place: a fill leaves it where draws one at a time do")
  func stateAfterFill() throws {
    var filled = Philox(seed: 8, stream: 1)
    var drawn = filled
    var values = [Double](repeating: 0, count: 33)
    var span = values.mutableSpan
    filled.fillNormal(&span)
    for _ in 0..<33 { _ = drawn.next() }
    #expect(filled == drawn)
    var restored = try JSONDecoder().decode(Philox.self, from: JSONEncoder().encode(filled))
    #expect(restored.next() == drawn.next())
    span = values.mutableSpan
    var rest = [Double](repeating: 0, count: 33)
    var restSpan = rest.mutableSpan
    restored.fillNormal(&restSpan)
    filled.position += 1
    filled.fillNormal(&span)
    #expect(values == rest)
  }

  @Test("Codable keeps the place, in the middle of a block too", arguments: [0, 1, 4, 7])
  func codable(drawn: Int) throws {
    var generator = Philox(seed: .max, stream: .max - 1)
    for _ in 0..<drawn { _ = generator.next() }
    let data = try JSONEncoder().encode(generator)
    var restored = try JSONDecoder().decode(Philox.self, from: data)
    #expect(restored == generator)
    for _ in 0..<4 { #expect(restored.next() == generator.next()) }
  }

  @Test("Equal generators have one hash, however they came to their place")
  func hashable() {
    var drawn = Philox(seed: 5, stream: 2)
    for _ in 0..<4 { _ = drawn.next() }
    var jumped = Philox(seed: 5, stream: 2)
    jumped.position = 4
    #expect(Set([drawn, jumped]).count == 1)
    _ = jumped.next()
    #expect(Set([drawn, jumped, Philox(seed: 5), Philox(seed: 6)]).count == 4)
  }

  @Test("Derived seeds differ by purpose and by seed")
  func derivedSeeds() {
    var seeds: Set<UInt64> = []
    for seed in UInt64(0)..<20 {
      seeds.insert(seed)
      for purpose in UInt64(0)..<20 {
        seeds.insert(Philox.derivedSeed(from: seed, purpose: purpose))
      }
    }
    #expect(seeds.count == 20 * 21)
    #expect(
      Philox.derivedSeed(from: 1, purpose: 2) == Philox.derivedSeed(from: 1, purpose: 2))
  }
}
