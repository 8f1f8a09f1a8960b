import Distributions
import Estimation
import Foundation
import GSL
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// A method at an integral that is no trouble to it, of about as many evaluations as it is given.
struct CoverageCase: Sendable, CustomTestStringConvertible {
  let name: String
  let truth: Double
  let estimate: @Sendable (_ size: Int, _ generator: inout Philox) throws -> Estimate

  var testDescription: String { name }

  private init(
    _ name: String, _ truth: Double,
    _ estimate: @escaping @Sendable (_ size: Int, _ generator: inout Philox) throws -> Estimate
  ) {
    (self.name, self.truth, self.estimate) = (name, truth, estimate)
  }

  /// The integral of exp(x) over the unit interval.
  private static let euler = exp(1.0) - 1
  private static let unit = try! Uniform(lower: 0, upper: 1)
  private static let square = Independent([unit, unit])
  private static let normal = try! Normal(mean: 0, standardDeviation: 1)
  private static let student = try! StudentT(degreesOfFreedom: 5)

  static let all: [CoverageCase] = draws + cube + proposals + boxes

  private static let draws = [
    CoverageCase("plain", 1) {
      try MonteCarlo(draws: $0).mean(of: { $0 * $0 }, under: normal, using: &$1)
    },
    CoverageCase("control variates", euler) {
      let controls = ControlVariates<Double>(means: [0.5]) { [$0] }
      return try MonteCarlo(draws: $0)
        .mean(of: { exp($0) }, under: unit, controls: controls, using: &$1)
    },
    CoverageCase("Stein control variates", exp(0.125)) {
      try MonteCarlo(draws: $0).mean(
        of: { exp($0 / 2) }, under: normal, controls: .stein(of: normal, degree: .first), using: &$1
      )
    },
  ]

  /// exp(x) over the unit interval.
  private static func interval(
    _ name: String, _ make: @escaping @Sendable (Int) -> any UnitCubeMethod
  ) -> CoverageCase {
    CoverageCase(name, euler) { try make($0).mean(of: { exp($0) }, under: unit, using: &$1) }
  }

  private static let cube =
    [
      interval("antithetic") { AntitheticMonteCarlo(pairs: $0 / 2) },
      interval("stratified") { StratifiedMonteCarlo(draws: $0) },
      interval("Latin hypercube") { LatinHypercube(points: $0 / 16) },
    ]
    + [QuasiRandomSequence.Kind.sobol, .halton].map { sequence in
      // exp(x + y) over the unit square.
      CoverageCase("quasi-Monte Carlo, \(sequence)", euler * euler) {
        try QuasiMonteCarlo(sequence: sequence, points: 1 << Int(log2(Double($0 / 16)).rounded()))
          .mean(of: { exp($0[0] + $0[1]) }, under: square, using: &$1)
      }
    }

  private static let proposals = [
    CoverageCase("rejection", 1) {
      try RejectionSampler(proposal: student, envelopeConstant: 1.11, draws: $0)
        .mean(of: { $0 * $0 }, under: normal, using: &$1)
    },
    CoverageCase("importance", 1) {
      try ImportanceSampler(proposal: student, draws: $0)
        .mean(of: { $0 * $0 }, under: normal, using: &$1)
    },
    CoverageCase("self-normalised", 1) {
      try SelfNormalizedImportanceSampler(proposal: student, draws: $0)
        .mean(of: { $0 * $0 }, underLogDensity: { -0.5 * $0 * $0 }, using: &$1)
    },
    // The precision is [[1, 1/2], [1/2, 1]], so the covariance is -2/3.
    CoverageCase("adaptive importance", -2.0 / 3) {
      let start = try MultivariateStudentT(
        degreesOfFreedom: 5, location: [1, -1], scale: Matrix([[9, 0], [0, 9]]))
      let perRound = max(100, $0 / 100)
      return try AdaptiveImportanceSampler(
        start: start, rounds: 4, drawsPerRound: perRound, draws: $0 - 4 * perRound
      ).mean(
        of: { $0[0] * $0[1] },
        underLogDensity: { -0.5 * ($0[0] * $0[0] + $0[1] * $0[1] + $0[0] * $0[1]) }, using: &$1)
    },
  ]

  private static let boxes: [CoverageCase] = {
    let genz = GenzFunction(.gaussian, dimension: 2)
    let box = [0.0...1, 0...1]
    return [
      CoverageCase("VEGAS, adaptive strata", genz.exact) {
        try VegasPlus(evaluationsPerIteration: $0 / 11)
          .integral(of: genz.value, over: box, using: &$1)
      }
    ]
  }()
}

@Suite("Intervals", .tags(.statistical))
struct CoverageTests {
  private static let nominal = [0.5, 0.9, 0.95]
  /// Shared among the methods, their intervals and two studies of each.
  private static let tolerance = StatisticalTolerance(
    level: 1e-3, comparisons: 2 * nominal.count * CoverageCase.all.count)

  private func check(
    _ method: CoverageCase, sizes: [Int], replicates: Int, seed: UInt64
  ) async throws {
    let study = try await ConvergenceStudy(
      truth: method.truth, sizes: sizes, replicates: replicates
    ).run(seed: seed, estimator: method.estimate)
    for nominal in Self.nominal {
      let coverage = study.coverage(nominal)
      #expect(
        coverage.isConsistent(level: Self.tolerance.levelOfOne),
        "\(nominal): \(coverage.cells.map { "\($0.covered) of \($0.replicates) at \($0.size)" })")
    }
    for row in study.rows {
      #expect(row.reliable >= replicates * 95 / 100, "\(row.reliable) at \(row.size)")
    }
  }

  @Test("of 50, 90 and 95 % cover as often as they say", arguments: CoverageCase.all)
  func coverage(method: CoverageCase) async throws {
    #if DEBUG
      try await check(method, sizes: [1_000, 2_000], replicates: 20, seed: 81)
    #else
      if fullTest {
        try await check(method, sizes: [1_000, 100_000], replicates: 1_000, seed: 81)
      } else {
        try await check(method, sizes: [1_000, 1_500], replicates: 1_000, seed: 81)
        try await check(method, sizes: [1_000, 100_000], replicates: 200, seed: 82)
      }
    #endif
  }
}
