import Distributions
import Randomness
import TestSupport
import Testing

/// A sampler, and the distribution its draws should have.
struct SamplerCase: Sendable, CustomTestStringConvertible {
  let distribution: any ContinuousDistribution
  let seed: UInt64
  var testDescription: String { "\(distribution), seed \(seed)" }

  static let all: [SamplerCase] =
    ([
      try! Normal(mean: 0, standardDeviation: 1), try! Normal(mean: -300, standardDeviation: 0.02),
      try! Normal(mean: 5, standardDeviation: 1e6), try! Uniform(lower: 0, upper: 1),
      try! Uniform(lower: -7.5, upper: -7.25), try! Laplace(location: 0, scale: 1),
      try! Laplace(location: 20, scale: 0.1), try! StudentT(degreesOfFreedom: 0.5),
      try! StudentT(degreesOfFreedom: 1), try! StudentT(degreesOfFreedom: 2.5, location: -4),
      try! StudentT(degreesOfFreedom: 5, location: 10, scale: 0.01),
      try! StudentT(degreesOfFreedom: 200, scale: 30), try! Gamma(shape: 0.05, rate: 1),
      try! Gamma(shape: 0.5, rate: 2), try! Gamma(shape: 0.99, rate: 1),
      try! Gamma(shape: 1, rate: 0.1), try! Gamma(shape: 1.01, rate: 1),
      try! Gamma(shape: 2.5, scale: 3), try! Gamma(shape: 50, rate: 10),
      try! Gamma(shape: 1e4, rate: 2.5),
    ] as [any ContinuousDistribution]).map { .init(distribution: $0, seed: 1) }

  static let tolerance = StatisticalTolerance(comparisons: all.count)
}

func sample<D: Distribution>(_ distribution: D, count: Int, seed: UInt64) -> [D.Value] {
  var generator = Philox(seed: seed)
  return (0..<count).map { _ in distribution.sample(using: &generator) }
}

@Suite("Samplers", .tags(.statistical))
struct SamplingTests {
  @Test("Draws have their distribution", arguments: SamplerCase.all)
  func kolmogorovSmirnov(test: SamplerCase) {
    func statistic<D: ContinuousDistribution>(_ distribution: D, draws count: Int) -> Double {
      kolmogorovSmirnovStatistic(
        of: sample(distribution, count: count, seed: test.seed), against: distribution.cdf)
    }
    let count = draws(release: 200_000, debug: 20_000)
    let limit = SamplerCase.tolerance.kolmogorovSmirnov(draws: count)
    #expect(statistic(test.distribution, draws: count) < limit)
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
    let statistic = kolmogorovSmirnovStatistic(of: sample(broken, count: count, seed: seed)) {
      claimed.cdf($0)
    }
    #expect(statistic > SamplerCase.tolerance.kolmogorovSmirnov(draws: count))
  }

  private func sample(
    _ distribution: any ContinuousDistribution, count: Int, seed: UInt64
  ) -> [Double] {
    func open<D: ContinuousDistribution>(_ distribution: D) -> [Double] {
      DistributionsTests.sample(distribution, count: count, seed: seed)
    }
    return open(distribution)
  }
}
