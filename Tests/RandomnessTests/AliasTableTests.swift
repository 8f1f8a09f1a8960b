import Randomness
import TestSupport
import Testing

@Suite struct AliasTableTests {
  /// The exact probabilities of a table's draws, by counting through the cells: the k cells of equal
  /// width are probed at the middles of 2^12 parts each.
  static func probabilities(of table: AliasTable) -> [Double] {
    var counts = [Int](repeating: 0, count: table.count)
    let parts = table.count << 12
    for part in 0..<parts {
      let u = (Double(part) + 0.5) / Double(parts)
      var scripted = ScriptedGenerator(UInt64(u * 0x1p64))
      counts[table.sample(using: &scripted)] += 1
    }
    return counts.map { Double($0) / Double(parts) }
  }

  static let weights: [[Double]] = [
    [1], [1, 1], [1, 2, 3, 4], [0, 1], [1, 0, 0], [0, 0, 5, 0, 0], [1e-300, 1e-300],
    [1e300, 1e307],
    (1...10).map { Double($0) }, (0..<100).map { 1 / Double(1 + $0 * $0) },
    [0.1, 0.2, 0.3, 0.15, 0.05, 0.2], [1, 1e-20, 1], .init(repeating: 1, count: 37),
    .init(repeating: .leastNonzeroMagnitude, count: 3),
  ]

  @Test("the cells give each category its share", .tags(.unit), arguments: weights)
  func shares(weights: [Double]) {
    let table = AliasTable(probabilities: weights)
    #expect(table.count == weights.count)
    let sum = weights.reduce(0, +)
    for (share, weight) in zip(Self.probabilities(of: table), weights) {
      #expect(abs(share - weight / sum) < 0x1p-11, "\(weights)")
      if weight == 0 { #expect(share == 0) }
    }
  }

  @Test("a draw takes one output, and the largest output stays in range", .tags(.unit))
  func ends() {
    for count in [1, 2, 3, 7, 1_000, (1 << 20) - 1] {
      let table = AliasTable(probabilities: .init(repeating: 1, count: count))
      var (zeros, ones) = (ScriptedGenerator(0), ScriptedGenerator(.max))
      #expect(table.sample(using: &zeros) == 0)
      #expect(table.sample(using: &ones) == count - 1)
      #expect(zeros.drawn == 1)
    }
  }

  @Test("the draws of weights 1 to 10", .tags(.statistical), arguments: [UInt64(41)])
  func distribution(seed: UInt64) {
    let count = draws(release: 1_000_000, debug: 100_000)
    let table = AliasTable(probabilities: (1...10).map { Double($0) })
    var generator = Philox(seed: seed)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<count { counts[table.sample(using: &generator)] += 1 }
    #expect(
      chiSquaredStatistic(
        counts: counts, expected: (1...10).map { Double(count) * Double($0) / 55 })
        < StatisticalTolerance().chiSquared(degreesOfFreedom: 9))
  }

  @Test("weights that are none are refused", .tags(.unit))
  func refused() async {
    await #expect(processExitsWith: .failure) { _ = AliasTable(probabilities: []) }
    await #expect(processExitsWith: .failure) { _ = AliasTable(probabilities: [0, 0]) }
    await #expect(processExitsWith: .failure) { _ = AliasTable(probabilities: [1, -1, 3]) }
    await #expect(processExitsWith: .failure) { _ = AliasTable(probabilities: [1, .nan]) }
    await #expect(processExitsWith: .failure) { _ = AliasTable(probabilities: [1, .infinity]) }
  }
}
