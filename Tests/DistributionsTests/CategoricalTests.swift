import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Categorical")
struct CategoricalTests {
  static let tables: [[Double]] = [
    [1], [0.5, 0.5], [0.1, 0, 0.2, 0.7, 0], [0, 0, 1, 0], [0, 0.999, 0.001],
    (1...40).map { Double($0) / 820 },
  ]

  @Test("Categories have their probabilities", .tags(.statistical), arguments: tables, [UInt64(4)])
  func frequencies(probabilities: [Double], seed: UInt64) throws {
    let count = TestSupport.draws(release: 200_000, debug: 40_000)
    let values = sample(
      try Categorical(probabilities: probabilities), count: count, seed: seed)
    let possible = probabilities.indices.filter { probabilities[$0] > 0 }
    let counts = possible.map { category in values.count { $0 == category } }
    // Every draw is a possible category: none has probability zero.
    #expect(counts.reduce(0, +) == count)
    guard possible.count > 1 else { return }
    let tolerance = StatisticalTolerance(comparisons: Self.tables.count)
    #expect(
      chiSquaredStatistic(
        counts: counts, expected: possible.map { probabilities[$0] * Double(count) })
        < tolerance.chiSquared(degreesOfFreedom: possible.count - 1))
  }

  /// A generator whose `nextUnit()` is `u`, a multiple of 2^-53.
  private func generator(giving u: Double) -> ScriptedGenerator {
    ScriptedGenerator(UInt64(u * 0x1p53) << 11)
  }

  @Test("A draw is the first category whose cumulative probability exceeds u", .tags(.unit))
  func inverseCumulative() throws {
    let categorical = try Categorical(probabilities: [0.25, 0, 0.5, 0.25])
    let cases: [(Double, Int)] = [
      (0, 0), (0.25 - 0x1p-53, 0), (0.25, 2), (0.5, 2), (0.75 - 0x1p-53, 2), (0.75, 3),
      (1 - 0x1p-53, 3),
    ]
    for (u, category) in cases {
      var generator = generator(giving: u)
      #expect(categorical.sample(using: &generator) == category, "u = \(u)")
    }
    for k in 0...1_000 {
      let u = Double(k) / 1_024
      var generator = generator(giving: u)
      let expected = (0..<4).first { categorical.cdf($0) > u }
      #expect(categorical.sample(using: &generator) == expected)
    }
  }

  @Test("The extreme outputs never give a category of probability zero", .tags(.unit))
  func extremes() throws {
    // Tenths do not add up to one in Doubles: the last possible category takes what is missing.
    let tenths = [Double](repeating: 0.1, count: 10)
    for probabilities in [[0, 0.3, 0.7, 0], [0] + tenths + [0], [0, 1]] {
      let categorical = try Categorical(probabilities: probabilities)
      var (zeros, ones) = (ScriptedGenerator(0), ScriptedGenerator(.max))
      #expect(categorical.sample(using: &zeros) == 1)
      #expect(
        categorical.sample(using: &ones) == probabilities.lastIndex { $0 > 0 })
    }
  }

  @Test("Probabilities, cumulative sums, quantiles and moments", .tags(.unit))
  func table() throws {
    let categorical = try Categorical(probabilities: [0.25, 0, 0.5, 0.25])
    #expect((0..<4).map { exp(categorical.logDensity(of: $0)) } == [0.25, 0, 0.5, 0.25])
    #expect(categorical.logDensity(of: -1) == -.infinity)
    #expect(categorical.logDensity(of: 4) == -.infinity)
    #expect((-1...4).map(categorical.cdf) == [0, 0.25, 0.25, 0.75, 1, 1])
    #expect([0.1, 0.25, 0.26, 0.75, 0.76, 1].map(categorical.quantile) == [0, 0, 2, 2, 3, 3])
    #expect(categorical.mean == 1.75)
    #expect(categorical.variance == 1.1875)
  }
}
