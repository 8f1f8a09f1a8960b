import Distributions
import GSL
import Randomness
import TestSupport
import Testing

@Suite("GSLRandom")
struct GSLRandomTests {
  /// The routine of that name, driven by any generator.
  static func draw<G: RandomNumberGenerator>(
    _ routine: String, _ parameters: [Double], using generator: inout G
  ) -> Double? {
    switch routine {
    case "gsl_ran_gaussian":
      GSLRandom.gaussian(standardDeviation: parameters[0], using: &generator)
    case "gsl_ran_gaussian_ziggurat":
      GSLRandom.gaussianZiggurat(standardDeviation: parameters[0], using: &generator)
    case "gsl_ran_flat":
      GSLRandom.flat(lower: parameters[0], upper: parameters[1], using: &generator)
    case "gsl_ran_exponential": GSLRandom.exponential(mean: parameters[0], using: &generator)
    case "gsl_ran_laplace": GSLRandom.laplace(scale: parameters[0], using: &generator)
    case "gsl_ran_tdist":
      GSLRandom.studentT(degreesOfFreedom: parameters[0], using: &generator)
    case "gsl_ran_gamma":
      GSLRandom.gamma(shape: parameters[0], scale: parameters[1], using: &generator)
    default: nil
    }
  }

  // Most routines go through libm, whose last bits differ between systems.
  #if os(Linux)
    @Test("Driven by GSLGenerator, the draws are a C program's bit for bit", .tags(.reference))
    func sameBits() throws {
      var compared: Set<String> = []
      for expected in try GSLReference.committed.get().draws {
        var generator = try GSLGenerator(expected.generator, seed: expected.seed)
        for (index, value) in expected.values.compactMap(\.real).enumerated() {
          guard
            let draw = Self.draw(expected.routine, expected.parameters, using: &generator)
          else { break }
          compared.insert(expected.routine)
          #expect(
            draw.bitPattern == value.bitPattern, "\(expected.testDescription), draw \(index)")
        }
      }
      #expect(compared.count == 7)
    }
  #endif

  struct Case: Sendable, CustomTestStringConvertible {
    let routine: String
    let parameters: [Double]
    let distribution: any ContinuousDistribution
    var testDescription: String { "\(routine) \(parameters)" }

    static let all: [Case] = [
      .init(
        routine: "gsl_ran_gaussian", parameters: [2],
        distribution: try! Normal(mean: 0, standardDeviation: 2)),
      .init(
        routine: "gsl_ran_gaussian_ziggurat", parameters: [2],
        distribution: try! Normal(mean: 0, standardDeviation: 2)),
      .init(
        routine: "gsl_ran_flat", parameters: [-1, 3],
        distribution: try! Uniform(lower: -1, upper: 3)),
      .init(
        routine: "gsl_ran_exponential", parameters: [2],
        distribution: try! Gamma(shape: 1, scale: 2)),
      .init(
        routine: "gsl_ran_laplace", parameters: [1.5],
        distribution: try! Laplace(location: 0, scale: 1.5)),
      .init(
        routine: "gsl_ran_tdist", parameters: [5],
        distribution: try! StudentT(degreesOfFreedom: 5)),
      .init(
        routine: "gsl_ran_gamma", parameters: [2.5, 0.5],
        distribution: try! Gamma(shape: 2.5, scale: 0.5)),
      .init(
        routine: "gsl_ran_gamma", parameters: [0.3, 2],
        distribution: try! Gamma(shape: 0.3, scale: 2)),
    ]
  }

  @Test(
    "Driven by Philox, the draws have their distribution", .tags(.statistical),
    arguments: Case.all, [UInt64(1)])
  func distribution(of test: Case, seed: UInt64) throws {
    let count = draws(release: 100_000, debug: 20_000)
    var generator = Philox(seed: seed)
    let sample = try (0..<count).map { _ in
      try #require(Self.draw(test.routine, test.parameters, using: &generator))
    }
    let tolerance = StatisticalTolerance(comparisons: Case.all.count)
    let statistic = kolmogorovSmirnovStatistic(of: sample) { test.distribution.cdf($0) }
    #expect(statistic < tolerance.kolmogorovSmirnov(draws: count))
  }

  @Test("A draw leaves the generator where its own outputs do", .tags(.unit))
  func generatorAdvances() {
    var generator = Philox(seed: 3)
    var other = generator
    let u = GSLRandom.flat(lower: 0, upper: 1, using: &generator)
    #expect(u == other.nextUnit())
    #expect(generator == other)
  }
}
