import Foundation
import Randomness
import TestSupport
import Testing

@Suite("StreamPartition", .tags(.unit))
struct StreamPartitionTests {
  @Test("Part k draws from stream k of the seed, from its start")
  func streams() {
    let streams = StreamPartition(seed: 9)
    for part in [0, 1, 2, 1_000_000] {
      #expect(streams[part] == Philox(seed: 9, stream: UInt64(part)))
    }
  }

  @Test("Parts, seeds and purposes have streams of their own")
  func separation() {
    var firsts: Set<UInt64> = []
    for seed in UInt64(0)..<10 {
      let streams = StreamPartition(seed: seed)
      let partitions = [streams] + (UInt64(0)..<5).map { streams.derived(for: $0) }
      for partition in partitions {
        for part in 0..<20 {
          var generator = partition[part]
          firsts.insert(generator.next())
        }
      }
    }
    #expect(firsts.count == 10 * 6 * 20)
  }

  @Test("Neighbouring parts and neighbouring seeds are uncorrelated", .tags(.statistical))
  func independence() {
    let count = draws(release: 200_000, debug: 20_000)
    let pairs = [
      (StreamPartition(seed: 1)[0], StreamPartition(seed: 1)[1]),
      (StreamPartition(seed: 0)[1], StreamPartition(seed: 1)[1]),
      (StreamPartition(seed: 1)[1], StreamPartition(seed: 2)[0]),
    ]
    let limit = StatisticalTolerance(comparisons: pairs.count).standardErrors
    for (first, second) in pairs {
      var (first, second) = (first, second)
      var sum = 0.0
      for _ in 0..<count { sum += (first.nextUnit() - 0.5) * (second.nextUnit() - 0.5) }
      #expect(abs(12 * sum / Double(count)) < limit / Double(count).squareRoot())
    }
  }

  @Test("Codable keeps the seed")
  func codable() throws {
    let streams = StreamPartition(seed: .max)
    let data = try JSONEncoder().encode(streams)
    #expect(try JSONDecoder().decode(StreamPartition.self, from: data) == streams)
  }
}
