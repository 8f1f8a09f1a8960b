import Distributions
import Estimation
import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct ConvergenceStudyTests {
  private let target = try! Normal(mean: 0, standardDeviation: 1)

  private func study(_ factor: Double, workers: Int? = nil) async throws -> ConvergenceStudy.Result
  {
    let target = target
    return try await ConvergenceStudy(truth: 0, sizes: [100, 400, 1_600], replicates: 300).run(
      seed: 8, workers: workers
    ) { size, generator in
      var estimate = try MonteCarlo(draws: size)
        .mean(of: { $0 }, under: target, using: &generator)
      estimate.standardError *= factor
      return estimate
    }
  }

  @Test(
    "errors that are stated too small or too large are caught", .tags(.statistical),
    arguments: [(1.0, true), (0.7, false), (1.5, false)])
  func coverage(factor: Double, isConsistent: Bool) async throws {
    let result = try await study(factor)
    #expect(result.coverage(0.9).isConsistent == isConsistent)
    #expect(result.slope.isConsistent(with: -0.5))
    #expect(!result.slope.isConsistent(with: -1))
  }

  @Test("a bias is seen with few replicates too", .tags(.statistical), arguments: [0.0, 5])
  func bias(shift: Double) async throws {
    let target = target
    let result = try await ConvergenceStudy(truth: 0, sizes: [100, 400], replicates: 10).run(
      seed: 8
    ) { size, generator in
      var estimate = try MonteCarlo(draws: size)
        .mean(of: { $0 }, under: target, using: &generator)
      estimate.value += shift * estimate.standardError
      return estimate
    }
    #expect(result.isUnbiased() == (shift == 0))
  }

  @Test("the same on any number of workers, and printed as a table")
  func table() async throws {
    let (one, two) = (try await study(1, workers: 1), try await study(1, workers: 2))
    #expect(one.rows.map(\.estimates) == two.rows.map(\.estimates))
    let lines = "\(one)".split(separator: "\n")
    #expect(lines.count == 2 + 3 + 1)
    #expect(lines[0].contains("RMSE") && lines[0].contains("95 % covered"))
    #expect(lines[5].hasPrefix("slope of log RMSE -0."))
    let row = one.rows[0]
    let square = row.estimates.reduce(0) { $0 + $1.value * $1.value } / 300
    #expect(abs(row.rootMeanSquareError - square.squareRoot()) < 1e-15)
    #expect(row.covered(0.95) > 250)
  }

  @Test(
    "sizes and replicates are checked",
    arguments: [
      ([100], 50), ([100, 100], 50), ([200, 100], 50), ([0, 100], 50), ([100, 200], 9),
    ])
  func badRequests(sizes: [Int], replicates: Int) {
    #expect(throws: EstimationError.self) {
      try ConvergenceStudy(truth: 0, sizes: sizes, replicates: replicates)
    }
  }
}
