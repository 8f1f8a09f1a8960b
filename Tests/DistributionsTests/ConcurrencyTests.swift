import Distributions
import Randomness
import TestSupport
import Testing

/// Run under the thread sanitizer by `Scripts/test --full`.
@Suite("Concurrent sampling")
struct ConcurrencyTests {
  @Test("one value shared by several tasks gives each what it gives alone", .tags(.unit))
  func shared() async throws {
    for family in Family.all {
      let distribution = try family.make(family.scaled)
      let alone = (0..<4).map { draws(of: distribution, stream: $0) }
      let together = await withTaskGroup(of: (Int, [Double]).self) { group in
        for stream in 0..<4 {
          group.addTask { (stream, draws(of: distribution, stream: stream)) }
        }
        var results = [[Double]](repeating: [], count: 4)
        for await (stream, values) in group { results[stream] = values }
        return results
      }
      #expect(together == alone, "\(family.name)")
    }
  }
}

/// Draws one at a time and filled, and what one asks of a distribution besides.
private func draws(of distribution: any UnivariateDistribution, stream: Int) -> [Double] {
  func open<D: UnivariateDistribution>(_ distribution: D) -> [Double] {
    var generator = Philox(seed: 5, stream: UInt64(stream))
    var values = (0..<50).map { _ in distribution.sample(using: &generator) }
    var span = values.mutableSpan
    distribution.fill(&span, using: &generator)
    values.append(distribution.sample(using: &generator))
    let x = distribution.quantile(0.3)
    return values.map { ($0 as? Double) ?? Double($0 as! Int) }
      + [distribution.logDensity(of: x), distribution.cdf(x), distribution.survival(x)]
  }
  return open(distribution)
}
