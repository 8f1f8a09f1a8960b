import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing

@Suite("A table of integrals with known answers", .tags(.statistical))
struct IntegralTableTests {
  @Test(
    "every method is within its own error, or says that it is unreliable",
    arguments: IntegralTable.integrals)
  func values(integral: String) async throws {
    let level = IntegralTable.tolerance.levelOfOne
    for row in IntegralTable.all where row.integral == integral {
      let results = try await row.run()
      #expect(results.count == row.count)
      let wrong = results.filter { $0.isReliable && !$0.holds(level: level) }
      #expect(
        wrong.isEmpty,
        "\(row.method): \(wrong.map { "\($0.quantity) \($0.estimate), \($0.truth)" })")
      #expect(
        row.isAsExpected(results),
        "\(row.method): \(results.map { "\($0.quantity) \($0.estimate.diagnosis)" })")
    }
  }

  @Test("the table has every family, dimension and target, and nearly all of it must be reliable")
  func table() {
    let rows = IntegralTable.all
    #expect(IntegralTable.integrals.count == 6 * 4 + 6)
    #expect(Set(rows.map { $0.integral + $0.method }).count == rows.count)
    #expect(rows.count >= 400)
    let funnel = rows.count { $0.integral.hasPrefix("funnel") && $0.verdict == .unreliable }
    #expect(funnel == 5)
    let others = rows.filter { !$0.integral.hasPrefix("funnel") }
    #expect(others.count { $0.verdict != .reliable } <= others.count / 20)
  }

  @Test("a funnel has no envelope of use: rejection gives up and says so")
  func funnelByRejection() async throws {
    let target = Funnel(dimension: 10)
    var scale = Matrix.identity(10)
    for i in 0..<10 { scale[i, i] = 9 }
    var sampler = RejectionSampler(
      proposal: try MultivariateStudentT(
        degreesOfFreedom: 5, location: [Double](repeating: 0, count: 10), scale: scale),
      draws: 100)
    sampler.maximumProposalsPerDraw = 100
    await #expect(throws: EstimationError.self) {
      try await sampler.mean(of: { $0[0] }, underLogDensity: target.logDensity, seed: 1)
    }
  }

  @Test("a process of few points is too sure of a sharp peak")
  func sharpPeak() throws {
    let peak = GenzFunction(.productPeak, dimension: 1)
    let level = IntegralTable.tolerance.levelOfOne
    for points in [15, 20] {
      let estimate = try BayesianQuadrature(points: points)
        .integral(of: peak.value, over: [0...1])
      withKnownIssue("errors of 40 standard deviations, and the residuals do not tell") {
        let interval = estimate.confidenceInterval(1 - level)
        #expect(interval.contains(peak.exact) || !estimate.diagnosis.isReliable)
      }
    }
  }

  @Test("an adaptive sampler says that it lost the neck of a funnel, in 19 runs of 20")
  func funnelAdapted() async throws {
    let target = Funnel(dimension: 10)
    var scale = Matrix.identity(10)
    for i in 0..<10 { scale[i, i] = 9 }
    let start = try MultivariateStudentT(
      degreesOfFreedom: 5, location: [Double](repeating: 0, count: 10), scale: scale)
    let count = draws(release: 1 << 15, debug: 1 << 11)
    let sampler = AdaptiveImportanceSampler(
      start: start, drawsPerRound: max(100, count / 50), draws: count)
    var (missed, reliable) = (0, 0)
    for seed in 1...20 {
      let estimate = try await sampler.mean(
        of: { $0[0] }, underLogDensity: target.logDensity, seed: UInt64(seed))
      if !estimate.confidenceInterval().contains(0) { missed += 1 }
      if estimate.diagnosis.isReliable { reliable += 1 }
    }
    // So many misses show that less than 85 % of the intervals cover. Of 300 runs 94 % miss and
    // 4 % are called reliable; of a verdict that is silent in a third of them one run of 300 passes here.
    let misses = try Binomial(trials: 20, probability: 0.15)
    #expect(missed > 0 && misses.survival(missed - 1) < 1e-3, "\(missed) missed")
    #expect(reliable <= 1, "\(reliable) reliable")
  }

  #if !DEBUG
    @Test("a funnel of two dimensions fools the verdict")
    func funnelOfTwo() throws {
      let target = Funnel(dimension: 2)
      let proposal = try MultivariateNormal(
        mean: [0, 0], covariance: Matrix([[9, 0], [0, 9]]))
      let runs = 40
      let sampler = SelfNormalizedImportanceSampler(proposal: proposal, draws: 65_536)
      var missedInSilence = 0
      for run in 0..<runs {
        var generator = Philox(seed: 5, stream: UInt64(run))
        let estimate = try sampler.mean(
          of: { $0[0] }, underLogDensity: target.logDensity, using: &generator)
        if estimate.diagnosis.isReliable, !estimate.confidenceInterval().contains(0) {
          missedInSilence += 1
        }
      }
      withKnownIssue("four of ten runs trust a mean of v that lacks the mouth of the funnel") {
        #expect(missedInSilence <= runs / 20)
      }
    }
  #endif
}
