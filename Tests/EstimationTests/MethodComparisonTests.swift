import Differentiation
import Distributions
import Estimation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Method comparison", .tags(.statistical))
struct MethodComparisonTests {
  private let comparison = MethodComparison(evaluations: isDebugBuild ? 5_000 : 20_000)

  private func check(
    _ result: MethodComparison.Result, truth: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let z = StatisticalTolerance(level: 0.001, comparisons: 100).levelOfOne
    for row in result.rows {
      guard let estimate = row.estimate, estimate.diagnosis.isReliable else { continue }
      let interval = estimate.confidenceInterval(1 - z)
      let slack = 1e-12 * abs(truth)
      #expect(
        interval.lowerBound - slack <= truth && truth <= interval.upperBound + slack,
        "\(row.method): \(estimate), \(truth)", sourceLocation: sourceLocation)
    }
  }

  @Test("every method under a normal, and all that are reliable agree")
  func oneVariable() async throws {
    let target = try Normal(mean: 0, standardDeviation: 1)
    let result = try await comparison.run(of: { $0 * $0 }, under: target, seed: 1)
    check(result, truth: 1)
    #expect(result.rows.count >= 13)
    #expect(result.rows.allSatisfy { $0.failure == nil })
    #expect(result.rows.count { $0.estimate?.diagnosis.isReliable == true } >= 11)
    #expect(result.disagreeing.isEmpty)
    #expect(result.chosen?.method == "adaptive quadrature")
  }

  @Test("a method that does not apply says why")
  func gamma() async throws {
    // Not log-concave, infinite at zero.
    let target = try Gamma(shape: 0.5, rate: 1)
    let result = try await comparison.run(of: { $0 }, under: target, seed: 1)
    check(result, truth: 0.5)
    let row = try #require(result.rows.first { $0.method == "adaptive rejection" })
    #expect(row.estimate == nil && row.failure != nil)
    #expect(result.rows.allSatisfy { $0.method != "Stein control variates" })
  }

  @Test("vectors, with their covariance")
  func vectors() async throws {
    let target = try MultivariateNormal(
      mean: [1, 2], covariance: Matrix([[1, 0.5], [0.5, 2]]))
    let result = try await comparison.run(of: { $0[0] * $0[1] }, under: target, seed: 1)
    check(result, truth: 2.5)
    #expect(result.rows.count >= 9)
    #expect(result.disagreeing.isEmpty)
  }

  @Test("a banana known up to a constant")
  func banana() async throws {
    let program = try Program(dimension: 2) { x in
      let d = x[1] + Tensor(0.25) * x[0].squared - Tensor(1)
      return Tensor(-0.125) * x[0].squared - Tensor(0.5) * d.squared
    }
    let result = try await comparison.run(
      of: { $0[1] }, under: program, from: [0.5, 0.5], seed: 2)
    check(result, truth: 0)
    #expect(result.rows.count == 4)
    #expect(result.chosen != nil && result.disagreeing.isEmpty)
  }

  @Test("a box")
  func box() async throws {
    let result = try await comparison.run(
      of: { exp(-$0[0] * $0[1]) }, over: [0...1, 0...2], seed: 1)
    // The sum of (-1)^k 2^(k+1) / ((k + 1)! (k + 1)).
    var (truth, term) = (0.0, 1.0)
    for k in 1...30 {
      term *= -2 / Double(k)
      truth -= term / Double(k)
    }
    check(result, truth: truth)
    #expect(result.rows.count >= 10)
    #expect(result.disagreeing.isEmpty)
  }

  @Test("where the first choice is unreliable the next one is tried")
  func untilReliable() async throws {
    // A banana, bent too much for a proposal of its mode's shape; E[Y] = 1 - E[X^2] / 2 = -1.
    let banana = try Program(dimension: 2) { x in
      -0.5 * (x[0] / 2).squared - 0.5 * (x[1] + 0.5 * x[0].squared - 1).squared
    }
    var chain = MethodComparison(evaluations: 20_000)
    chain.extent = .untilReliable
    let result = try await chain.run(of: { $0[1] }, under: banana, from: [0.5, 0.5], seed: 1)
    #expect(result.rows.count >= 2)
    #expect(result.rows[0].estimate?.diagnosis.isReliable != true)
    #expect(result.chosen?.method == result.rows.last?.method)
    let chosen = try #require(result.chosen?.estimate)
    let z = StatisticalTolerance(level: 0.001, comparisons: 1).standardErrors
    #expect(abs(chosen.value + 1) < z * chosen.standardError, "\(chosen)")
    let normal = try await chain.run(
      of: { $0 }, under: try Normal(mean: 0, standardDeviation: 1), seed: 1)
    #expect(normal.rows.count == 1)
  }

  @Test("too few evaluations, a start of another length")
  func badSettings() async throws {
    let target = try Normal(mean: 0, standardDeviation: 1)
    await #expect(throws: EstimationError.self) {
      try await MethodComparison(evaluations: 999).run(of: { $0 }, under: target, seed: 1)
    }
    let program = try Program(dimension: 1) { -$0[0].squared }
    await #expect(throws: EstimationError.self) {
      try await MethodComparison().run(of: { $0[0] }, under: program, from: [1, 2], seed: 1)
    }
  }
}
