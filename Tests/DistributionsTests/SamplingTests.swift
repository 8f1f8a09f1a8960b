import Distributions
import Foundation
import Randomness
import SpecialFunctions
import TestSupport
import Testing

/// A sampler, and the distribution its draws should have.
struct SamplerCase: Sendable, CustomTestStringConvertible {
  let family: Family
  let parameters: Family.Parameters
  var testDescription: String {
    family.name + " "
      + parameters.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ")
  }

  static let all = Family.all.flatMap { family in
    family.samplers.map { SamplerCase(family: family, parameters: $0) }
  }

  /// Each is tested one draw at a time and as a fill.
  static let tolerance = StatisticalTolerance(comparisons: 2 * all.count)
}

/// Counts of draws in bins whose edges are quantiles: what chi-squared tests of any distribution
/// stand on. Bin j holds the draws above edge j - 1 and up to edge j.
struct QuantileBins<D: UnivariateDistribution> {
  let distribution: D
  let edges: [D.Value]
  let probabilities: [Double]

  /// - Parameter bins: about how many; an atom takes a bin of its own.
  init(_ distribution: D, bins: Int) {
    self.distribution = distribution
    let inner = (1..<bins).map { distribution.quantile(Double($0) / Double(bins)) }
    let outer = [0.001, 0.0001].flatMap {
      [distribution.quantile($0), distribution.survivalQuantile($0)]
    }
    var edges: [D.Value] = []
    for x in (inner + outer).sorted() where edges.last != x { edges.append(x) }
    // Of a discrete one the last quantile may be the end of the support.
    if let last = edges.last, distribution.survival(last) <= 0 { edges.removeLast() }
    self.edges = edges
    probabilities = Self.probabilities(
      between: edges, cdf: distribution.cdf, survival: distribution.survival)
  }

  /// The probabilities of the bins under other tails.
  static func probabilities(
    between edges: [D.Value], cdf: (D.Value) -> Double, survival: (D.Value) -> Double
  ) -> [Double] {
    guard let first = edges.first, let last = edges.last else { return [1] }
    let inner = zip(edges, edges.dropFirst()).map { low, high in
      cdf(low) < 0.5 ? cdf(high) - cdf(low) : survival(low) - survival(high)
    }
    return [cdf(first)] + inner + [survival(last)]
  }

  func count(_ draws: [D.Value], into counts: inout [Int]) {
    edges.withUnsafeBufferPointer { edges in
      for x in draws {
        var (low, high) = (0, edges.count)
        while low < high {
          let middle = (low + high) / 2
          if edges[middle] < x { low = middle + 1 } else { high = middle }
        }
        counts[low] += 1
      }
    }
  }

  func chiSquared(_ counts: [Int]) -> Double {
    let total = Double(counts.reduce(0, +))
    return chiSquaredStatistic(counts: counts, expected: probabilities.map { $0 * total })
  }
}

@Suite("Samplers", .tags(.statistical))
struct SamplingTests {
  @Test("draws one at a time, and fills, have their distribution", arguments: SamplerCase.all)
  func distribution(test: SamplerCase) throws {
    try open(try test.family.make(test.parameters), test)
  }

  private func open<D: UnivariateDistribution>(_ distribution: D, _ test: SamplerCase) throws {
    // A million in release mode, in every form of the tests: what the bins resolve is known.
    let count = fullTest ? 1_000_000 : draws(release: 1_000_000, debug: 20_000)
    var generator = Philox(seed: 1)
    let single = (0..<count).map { _ in distribution.sample(using: &generator) }
    var filled = single
    var memory = filled.mutableSpan
    distribution.fill(&memory, using: &generator)
    for (values, how) in [(single, "one at a time"), (filled, "filled")] {
      if let real = values as? [Double] {
        let continuous = distribution as! any ContinuousDistribution
        let limit = SamplerCase.tolerance.kolmogorovSmirnov(draws: count)
        let statistic = kolmogorovSmirnovStatistic(
          of: real, evaluations: min(count, test.family.isSlow ? 4_000 : 20_000),
          against: continuous.cdf)
        #expect(statistic < limit, "\(how)")
      } else {
        let bins = QuantileBins(distribution, bins: 100)
        guard bins.edges.count > 0 else {
          #expect(values.allSatisfy { $0 == values[0] && distribution.support.contains($0) })
          continue
        }
        var counts = [Int](repeating: 0, count: bins.probabilities.count)
        bins.count(values, into: &counts)
        let limit = SamplerCase.tolerance.chiSquared(degreesOfFreedom: bins.edges.count)
        #expect(bins.chiSquared(counts) < limit, "\(how)")
      }
    }
  }

  /// Samplers with the mistakes that one makes.
  enum Mistake: String, CaseIterable, Sendable {
    case scaleFivePercentTooLarge, meanOffByThirtiethOfDeviation, gammaWithoutBoost,
      varianceForStandardDeviation
  }

  @Test("The same test sees a broken sampler", arguments: Mistake.allCases, [UInt64(1)])
  func power(of mistake: Mistake, seed: UInt64) throws {
    let count = 200_000
    let (broken, claimed): (any ContinuousDistribution, any ContinuousDistribution) =
      switch mistake {
      case .scaleFivePercentTooLarge:
        (
          try Normal(mean: 0, standardDeviation: 1.05), try Normal(mean: 0, standardDeviation: 1)
        )
      case .meanOffByThirtiethOfDeviation:
        (
          try Normal(mean: 1.0 / 30, standardDeviation: 1),
          try Normal(mean: 0, standardDeviation: 1)
        )
      case .gammaWithoutBoost: (try Gamma(shape: 1.5, rate: 2), try Gamma(shape: 0.5, rate: 2))
      case .varianceForStandardDeviation:
        (
          try Normal(mean: 0, standardDeviation: 4), try Normal(mean: 0, standardDeviation: 2)
        )
      }
    func values<D: ContinuousDistribution>(_ distribution: D) -> [Double] {
      sample(distribution, count: count, seed: seed)
    }
    let statistic = kolmogorovSmirnovStatistic(of: values(broken)) { claimed.cdf($0) }
    #expect(statistic > SamplerCase.tolerance.kolmogorovSmirnov(draws: count))
  }
}

/// Kolmogorov and Smirnov's statistic misses a scale that is wrong by a hundredth in heavy tails.
@Suite("Scales, with ten million draws", .tags(.statistical))
struct ScaleTests {
  static let tolerance = StatisticalTolerance(comparisons: Family.all.count)
  static let count = fullTest ? 10_000_000 : draws(release: 1_000_000, debug: 50_000)
  static let bins = 64

  @Test("a scale wrong by a hundredth would be seen, and is not", arguments: Family.all)
  func scale(family: Family) throws {
    try check(try family.make(family.scaled), family)
  }

  @Test("the same test sees draws that are a hundredth too wide")
  func broken() throws {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    let wide = try Normal(mean: 0, standardDeviation: 1.01)
    let bins = QuantileBins(normal, bins: Self.bins)
    var counts = [Int](repeating: 0, count: bins.probabilities.count)
    bins.count(sample(wide, count: 10_000_000, seed: 2), into: &counts)
    #expect(
      bins.chiSquared(counts) > Self.tolerance.chiSquared(degreesOfFreedom: bins.edges.count))
  }

  private func check<D: UnivariateDistribution>(_ distribution: D, _ family: Family) throws {
    let bins = QuantileBins(distribution, bins: Self.bins)
    let limit = Self.tolerance.chiSquared(degreesOfFreedom: bins.edges.count)
    var counts = [Int](repeating: 0, count: bins.probabilities.count)
    var generator = Philox(seed: 2)
    var part = [D.Value](repeating: distribution.support.lowerBound, count: 50_000)
    for _ in 0..<Self.count / part.count {
      for i in part.indices { part[i] = distribution.sample(using: &generator) }
      bins.count(part, into: &counts)
    }
    let statistic = bins.chiSquared(counts)
    let power = try self.power(bins, limit: limit, family)
    print("\(family.name): power against 1 % with ten million draws \(power)")
    #expect(statistic < limit)
    #expect(power >= 0.99)
  }

  /// The chance that ten million draws that are a hundredth too wide exceed the limit: the tail of a
  /// non-central chi-squared distribution.
  private func power<D: UnivariateDistribution>(
    _ bins: QuantileBins<D>, limit: Double, _ family: Family
  ) throws -> Double {
    let alternative: [Double]
    if let parameters = family.stretched {
      let other = try family.make(parameters) as! D
      alternative = QuantileBins<D>.probabilities(
        between: bins.edges, cdf: other.cdf, survival: other.survival)
    } else {
      let continuous = bins.distribution as! any ContinuousDistribution
      let support = continuous.support
      let center = support.lowerBound.isFinite ? support.lowerBound : continuous.quantile(0.5)
      let edges = (bins.edges as! [Double]).map { center + ($0 - center) / 1.01 }
      alternative = QuantileBins<D>.probabilities(
        between: edges as! [D.Value], cdf: bins.distribution.cdf,
        survival: bins.distribution.survival)
    }
    let shift = zip(alternative, bins.probabilities).reduce(0.0) { sum, pair in
      sum + (pair.0 - pair.1) * (pair.0 - pair.1) / pair.1
    }
    return nonCentralChiSquaredSurvival(
      limit, degreesOfFreedom: bins.edges.count, nonCentrality: 1e7 * shift)
  }
}

/// P(X > x): a Poisson mixture of central ones.
private func nonCentralChiSquaredSurvival(
  _ x: Double, degreesOfFreedom: Int, nonCentrality: Double
) -> Double {
  let half = nonCentrality / 2
  let spread = 12 * half.squareRoot() + 40
  var sum = 0.0
  for j in Int(max(0, half - spread))...Int(half + spread) {
    let weight = exp(xLogY(Double(j), half) - half - logGamma(Double(j) + 1))
    sum +=
      weight
      * regularizedGamma(shape: Double(degreesOfFreedom) / 2 + Double(j), x / 2, upper: true)
  }
  return min(1, sum)
}
