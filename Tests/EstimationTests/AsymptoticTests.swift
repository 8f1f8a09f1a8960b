import Distributions
import Estimation
import Foundation
import Randomness
import TestSupport
import Testing

/// A method at an integral that a thousand evaluations do not suffice for.
struct AsymptoticCase: Sendable, CustomTestStringConvertible {
  let name: String
  let truth: Double
  let estimate: @Sendable (_ generator: inout Philox) throws -> Estimate

  var testDescription: String { name }

  private static let normal = try! Normal(mean: 0, standardDeviation: 1)
  private static let pair = Independent([normal, normal])
  private static let size = 1_000

  /// Of a normal variable: what a few draws far out make up.
  private static let rare: [(name: String, truth: Double, f: @Sendable (Double) -> Double)] = [
    ("P(x > 3.2)", normal.survival(3.2), { $0 > 3.2 ? 1 : 0 }),
    ("exp(2.5 x)", exp(3.125), { exp(2.5 * $0) }),
    ("exp(4 x)", exp(8), { exp(4 * $0) }),
  ]

  /// Of two, where no coordinate tells alone.
  private static let rareOfTwo: [(name: String, truth: Double, f: @Sendable ([Double]) -> Double)] =
    [
      (
        "P(x + y > 4.6)", normal.survival(4.6 / 2.0.squareRoot()), { $0[0] + $0[1] > 4.6 ? 1 : 0 }
      ),
      ("exp(2 (x + y))", exp(4), { exp(2 * ($0[0] + $0[1])) }),
      ("exp(3 (x + y))", exp(9), { exp(3 * ($0[0] + $0[1])) }),
    ]

  static let all: [AsymptoticCase] = draws + cube + proposals

  private static var draws: [AsymptoticCase] {
    rare.flatMap { name, truth, f in
      [
        AsymptoticCase(name: "plain, \(name)", truth: truth) {
          try MonteCarlo(draws: size).mean(of: f, under: normal, using: &$0)
        },
        AsymptoticCase(name: "control variates, \(name)", truth: truth) {
          let controls = ControlVariates<Double>(means: [0, 1]) { [$0, $0 * $0] }
          return try MonteCarlo(draws: size)
            .mean(of: f, under: normal, controls: controls, using: &$0)
        },
        AsymptoticCase(name: "Stein control variates, \(name)", truth: truth) {
          try MonteCarlo(draws: size).mean(
            of: f, under: normal, controls: .stein(of: normal, degree: .second), using: &$0)
        },
      ]
    }
  }

  private static var cube: [AsymptoticCase] {
    let methods: [(String, any UnitCubeMethod)] = [
      ("antithetic", AntitheticMonteCarlo(pairs: size / 2)),
      ("stratified", StratifiedMonteCarlo(draws: size)),
      ("Latin hypercube", LatinHypercube(points: size / 16)),
      ("quasi-Monte Carlo, Sobol", QuasiMonteCarlo(sequence: .sobol, points: 64)),
      ("quasi-Monte Carlo, Halton", QuasiMonteCarlo(sequence: .halton, points: 64)),
    ]
    return methods.flatMap { method, sampler in
      rareOfTwo.map { name, truth, f in
        AsymptoticCase(name: "\(method), \(name)", truth: truth) {
          try sampler.mean(of: f, under: pair, using: &$0)
        }
      }
    }
  }

  private static var proposals: [AsymptoticCase] {
    let student = try! StudentT(degreesOfFreedom: 5)
    let start = try! MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0], scale: .identity(2))
    return rare.flatMap { name, truth, f in
      [
        AsymptoticCase(name: "rejection, \(name)", truth: truth) {
          try RejectionSampler(proposal: student, envelopeConstant: 1.11, draws: size)
            .mean(of: f, under: normal, using: &$0)
        },
        AsymptoticCase(name: "importance, \(name)", truth: truth) {
          try ImportanceSampler(proposal: normal, draws: size)
            .mean(of: f, under: normal, using: &$0)
        },
      ]
    }
      + rareOfTwo.prefix(1).map { name, truth, f in
        AsymptoticCase(name: "adaptive importance, \(name)", truth: truth) {
          try AdaptiveImportanceSampler(start: start, rounds: 4, drawsPerRound: 100, draws: 600)
            .mean(
              of: f, underLogDensity: { -0.5 * ($0[0] * $0[0] + $0[1] * $0[1]) }, using: &$0)
        }
      }
  }

  /// Needles in four dimensions, of width w and a height in proportion to w^-4.
  static var needles: [AsymptoticCase] {
    [0.03, 0.01].map { width in
      let scale = 1 / (width * (2 * Double.pi).squareRoot())
      return AsymptoticCase(name: "VEGAS, adaptive strata, needle of width \(width)", truth: 1) {
        try VegasPlus(evaluationsPerIteration: size / 11).integral(
          of: { x in
            x.reduce(1) { product, x in
              product * scale * exp(-0.5 * (x - 0.37) * (x - 0.37) / (width * width))
            }
          }, over: [ClosedRange<Double>](repeating: 0...1, count: 4), using: &$0)
      }
    }
  }
}

@Suite("Intervals that are only asymptotic", .tags(.statistical))
struct AsymptoticTests {
  private static let runs = draws(release: 200, debug: 20)

  private func measure(_ one: AsymptoticCase) throws -> (covered: Int, unreliable: Int) {
    var (covered, unreliable) = (0, 0)
    for run in 0..<Self.runs {
      var generator = Philox(seed: 91, stream: UInt64(run))
      let estimate = try one.estimate(&generator)
      if estimate.confidenceInterval(0.95).contains(one.truth) { covered += 1 }
      if !estimate.diagnosis.isReliable { unreliable += 1 }
    }
    return (covered, unreliable)
  }

  /// The fewest runs that may say so where 95 % should.
  private static var fewest: Double {
    let z = StatisticalTolerance(level: 0.001, comparisons: AsymptoticCase.all.count).standardErrors
    let runs = Double(runs)
    return 0.95 * runs - z * (0.95 * 0.05 * runs).squareRoot()
  }

  @Test(
    "where a thousand draws do not suffice, 19 runs of 20 say so", arguments: AsymptoticCase.all)
  func verdict(one: AsymptoticCase) throws {
    let (covered, unreliable) = try measure(one)
    #expect(Double(covered) < 0.85 * Double(Self.runs), "not a case for this test")
    #expect(Double(unreliable) >= Self.fewest, "\(unreliable) of \(Self.runs)")
  }

  #if !DEBUG
    @Test("VEGAS with 90 evaluations an iteration", arguments: AsymptoticCase.needles)
    func needles(one: AsymptoticCase) throws {
      let (covered, unreliable) = try measure(one)
      #expect(Double(covered) < 0.87 * Double(Self.runs), "not a case for this test")
      withKnownIssue("of needles in four dimensions 17 to 30 % are believed") {
        #expect(Double(unreliable) >= Self.fewest, "\(unreliable) of \(Self.runs)")
      }
    }
  #endif
}
