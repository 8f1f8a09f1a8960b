import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Normal")
struct NormalTests {
  let standard = try! Normal(mean: 0, standardDeviation: 1)

  @Test("Moments and symmetry", .tags(.unit))
  func moments() throws {
    let normal = try Normal(mean: 3, standardDeviation: 0.5)
    #expect(normal.mean == 3 && normal.variance == 0.25)
    #expect(standard.cdf(-30) == standard.survival(30))
    #expect(standard.cdf(-30) > 0)
    #expect(standard.logDensity(of: 1e100) == -.infinity || standard.logDensity(of: 1e100) < -1e199)
    #expect(standard.cdf(.infinity) == 1 && standard.survival(-.infinity) == 1)
  }

  @Test("Cells of equal probability get their share", .tags(.statistical), arguments: [UInt64(1)])
  func cells(seed: UInt64) {
    let count = draws(release: 1_000_000, debug: 50_000)
    let cells = 200
    let edges = (1..<cells).map { standard.quantile(Double($0) / Double(cells)) }
    var counts = [Int](repeating: 0, count: cells)
    var generator = Philox(seed: seed)
    for _ in 0..<count {
      let z = standard.sample(using: &generator)
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if edges[middle] < z { low = middle + 1 } else { high = middle }
      }
      counts[low] += 1
    }
    let expected = [Double](repeating: Double(count) / Double(cells), count: cells)
    #expect(
      chiSquaredStatistic(counts: counts, expected: expected)
        < StatisticalTolerance().chiSquared(degreesOfFreedom: cells - 1))
  }

  /// Draws beyond the last layer of the ziggurat come from a branch of their own.
  @Test("The tails have their weight and shape", .tags(.statistical), arguments: [UInt64(2)])
  func tails(seed: UInt64) {
    let count = draws(release: 4_000_000, debug: 400_000)
    let start = 3.654152885361009
    let probability = 2 * standard.survival(start)
    var generator = Philox(seed: seed)
    var beyond: [Double] = []
    for _ in 0..<count {
      let z = standard.sample(using: &generator)
      if abs(z) > start { beyond.append(z) }
    }
    let tolerance = StatisticalTolerance(comparisons: 3)
    let expected = Double(count) * probability
    #expect(abs(Double(beyond.count) - expected) < tolerance.standardErrors * expected.squareRoot())
    let negative = Double(beyond.count { $0 < 0 })
    #expect(
      abs(negative - Double(beyond.count) / 2)
        < tolerance.standardErrors * Double(beyond.count).squareRoot() / 2)
    let statistic = kolmogorovSmirnovStatistic(of: beyond.map(abs)) {
      1 - 2 * standard.survival($0) / probability
    }
    #expect(statistic < tolerance.kolmogorovSmirnov(draws: beyond.count))
  }
}
