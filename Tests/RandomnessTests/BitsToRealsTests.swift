import Randomness
import TestSupport
import Testing

@Suite("Bits to reals")
struct BitsToRealsTests {
  @Test("The ends of the ranges", .tags(.unit))
  func ends() {
    var zeros = ScriptedGenerator(0)
    var ones = ScriptedGenerator(.max)
    #expect(zeros.nextUnit() == 0)
    #expect(ones.nextUnit() == 1 - 0x1p-53)
    #expect(zeros.nextOpenUnit() == 0x1p-53)
    #expect(ones.nextOpenUnit() == 1 - 0x1p-53)
    #expect(ones.nextIndex(below: 6) == 5)
    #expect(ones.nextIndex(below: 1) == 0)
    #expect(ones.nextIndex(below: .max) == .max - 1)
  }

  @Test("Only the upper bits count", .tags(.unit))
  func upperBits() {
    var lower = ScriptedGenerator(0x7ff)
    #expect(lower.nextUnit() == 0)
    var half = ScriptedGenerator(1 << 63)
    #expect(half.nextUnit() == 0.5)
    #expect(half.nextOpenUnit() == 0.5 + 0x1p-53)
  }

  @Test("An output that would bias an index is drawn again", .tags(.unit))
  func rejection() {
    // 2^64 mod 6 is 4: the outputs whose product has a low half below 4 are one too many.
    var generator = ScriptedGenerator(0, 1 << 63 | 1)
    #expect(generator.nextIndex(below: 6) == 3)
    #expect(generator.drawn == 2)
  }

  static let bounds = [2, 3, 7, 10, 100]

  @Test("Every index is as likely", .tags(.statistical), arguments: bounds, [UInt64(5)])
  func index(bound: Int, seed: UInt64) {
    let count = draws(release: 200_000, debug: 50_000)
    var generator = Philox(seed: seed)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<count { counts[generator.nextIndex(below: bound)] += 1 }
    let expected = [Double](repeating: Double(count) / Double(bound), count: bound)
    let tolerance = StatisticalTolerance(comparisons: Self.bounds.count)
    #expect(
      chiSquaredStatistic(counts: counts, expected: expected)
        < tolerance.chiSquared(degreesOfFreedom: bound - 1))
  }

  @Test("A large bound has no bias either", .tags(.statistical), arguments: [UInt64(8)])
  func largeBound(seed: UInt64) {
    // Eight outputs for three values: without rejection one of the three would get two.
    let bound = 3 << 61
    let count = draws(release: 50_000, debug: 20_000)
    var generator = Philox(seed: seed)
    var counts = [0, 0, 0]
    for _ in 0..<count { counts[generator.nextIndex(below: bound) % 3] += 1 }
    let expected = [Double](repeating: Double(count) / 3, count: 3)
    #expect(
      chiSquaredStatistic(counts: counts, expected: expected)
        < StatisticalTolerance().chiSquared(degreesOfFreedom: 2))
  }

  @Test("Every permutation is as likely", .tags(.statistical), arguments: [UInt64(9)])
  func permutation(seed: UInt64) {
    let count = draws(release: 120_000, debug: 24_000)
    var generator = Philox(seed: seed)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<count { counts[generator.nextPermutation(of: 4), default: 0] += 1 }
    #expect(counts.count == 24)
    let expected = [Double](repeating: Double(count) / 24, count: counts.count)
    #expect(
      chiSquaredStatistic(counts: Array(counts.values), expected: expected)
        < StatisticalTolerance().chiSquared(degreesOfFreedom: 23))
  }

  @Test("A permutation of nothing, and of one thing", .tags(.unit))
  func smallPermutations() {
    var generator = Philox(seed: 1)
    #expect(generator.nextPermutation(of: 0).isEmpty)
    #expect(generator.nextPermutation(of: 1) == [0])
  }
}
