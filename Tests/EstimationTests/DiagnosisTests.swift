import Densities
import Distributions
import Estimation
import Foundation
import Randomness
import TestSupport
import Testing

@Suite struct DiagnosisTests {
  private let target = try! Normal(mean: 0, standardDeviation: 1)

  private func concerns(_ estimate: Estimate) -> [Concern] { estimate.diagnosis.concerns }

  private func selfNormalized(
    proposal: Normal<Double>, draws: Int = 20_000,
    f: @escaping @Sendable (Double) -> Double = { $0 }
  ) throws -> Estimate {
    var generator = Philox(seed: 2)
    return try SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
      .mean(of: f, under: target, using: &generator)
  }

  @Test("a shifted proposal is degenerate: heavy tail or dominating weight", arguments: [4.0, 8.0])
  func shifted(by shift: Double) throws {
    let estimate = try selfNormalized(proposal: Normal(mean: shift, standardDeviation: 1))
    #expect(!estimate.diagnosis.isReliable)
    #expect(
      concerns(estimate).contains {
        switch $0 {
        case .heavyTail, .dominatingWeight: true
        default: false
        }
      }, "\(estimate.diagnosis)")
    #expect(try #require(estimate.effectiveSampleSize) < 200)
  }

  @Test("a good proposal is reliable")
  func wide() throws {
    let estimate = try selfNormalized(proposal: Normal(mean: 0.5, standardDeviation: 1.5))
    #expect(estimate.diagnosis == .reliable)
  }

  @Test("the target's own draws have equal weights")
  func sameDistribution() throws {
    let estimate = try selfNormalized(proposal: target)
    #expect(estimate.diagnosis == .reliable)
    #expect(abs(try #require(estimate.effectiveSampleSize) - 20_000) < 1e-6)
  }

  @Test("no draw where the target is positive")
  func noWeight() throws {
    var generator = Philox(seed: 2)
    let sampler = SelfNormalizedImportanceSampler(
      proposal: try Uniform(lower: 0, upper: 1), draws: 100)
    let target = try Uniform(lower: 2, upper: 3)
    let estimate = try sampler.mean(of: { $0 }, under: target, using: &generator)
    #expect(concerns(estimate).contains(.noWeight))
    #expect(estimate.value.isNaN)
    let unbiased = try ImportanceSampler(proposal: try Uniform(lower: 0, upper: 1), draws: 100)
      .mean(of: { $0 }, under: target, using: &generator)
    #expect(unbiased.value == 0 && concerns(unbiased).contains(.noWeight))
  }

  @Test("f is not asked where the target is zero")
  func integrandOutsideSupport() throws {
    var generator = Philox(seed: 2)
    let estimate = try SelfNormalizedImportanceSampler(
      proposal: try Normal(mean: 0, standardDeviation: 2), draws: 5_000
    ).mean(of: { log($0) }, under: try Gamma(shape: 2, rate: 1), using: &generator)
    #expect(estimate.value.isFinite)
  }

  @Test("an average without a variance is a heavy tail, of either side", arguments: [1.0, -1.0])
  func cauchyMean(sign: Double) throws {
    var generator = Philox(seed: 3)
    let cauchy = try StudentT(degreesOfFreedom: 1)
    let estimate = try MonteCarlo(draws: 50_000)
      .mean(of: { sign * max($0, 0) }, under: cauchy, using: &generator)
    #expect(!estimate.diagnosis.isReliable)
    let shapes = concerns(estimate).compactMap {
      if case .heavyTail(let shape, _) = $0 { shape } else { nil }
    }
    let shape = try #require(shapes.first, "\(estimate.diagnosis)")
    // k-hat's asymptotic standard deviation is (1 + k) / sqrt(values in the tail).
    let deviation = 2 / (3 * 50_000.0.squareRoot()).squareRoot()
    #expect(
      abs(shape - 1)
        < StatisticalTolerance(level: 0.001, comparisons: 2).standardErrors * deviation)
  }

  @Test("values that never change say nothing about the error")
  func constantValues() throws {
    var generator = Philox(seed: 3)
    let estimate = try MonteCarlo(draws: 1_000)
      .mean(of: { $0 > 8 ? 1 : 0 }, under: target, using: &generator)
    #expect(estimate.value == 0 && concerns(estimate) == [.constantValues])
  }

  @Test(
    "an error that rests on a handful of values is uncertain, one that rests on many is not",
    arguments: [(3.5, false), (2.5, true)])
  func rareEvent(threshold: Double, isReliable: Bool) throws {
    // P(X > 3.5) = 2.3e-4: about 5 of 20,000 draws. P(X > 2.5) = 6.2e-3: about 124.
    var generator = Philox(seed: 3)
    let estimate = try MonteCarlo(draws: 20_000)
      .mean(of: { $0 > threshold ? 1 : 0 }, under: target, using: &generator)
    #expect(estimate.value > 0)
    #expect(estimate.diagnosis.isReliable == isReliable, "\(estimate.diagnosis)")
  }

  @Test(
    "the verdict does not depend on the unit of f", arguments: [1e-160, 1e-100, 1, 1e76, 1e140])
  func units(scale: Double) throws {
    // About 5 of 20,000 draws lie beyond 3.5, 124 beyond 2.5.
    for (threshold, isReliable) in [(3.5, false), (2.5, true)] {
      var generator = Philox(seed: 3)
      let estimate = try MonteCarlo(draws: 20_000)
        .mean(of: { $0 > threshold ? scale : 0 }, under: target, using: &generator)
      #expect(estimate.diagnosis.isReliable == isReliable, "\(estimate)")
      #expect(estimate.standardError > 0 && estimate.standardError < estimate.value)
    }
  }

  @Test("a self-normalised estimate, too, tells when a handful of draws make up its error")
  func rareEventSelfNormalized() throws {
    let proposal = try Normal(mean: 0, standardDeviation: 1.05)
    let few = try selfNormalized(proposal: proposal) { $0 > 3.7 ? 1 : 0 }
    #expect(few.value > 0)
    #expect(
      concerns(few).contains { if case .uncertainError = $0 { true } else { false } },
      "\(few.diagnosis)")
    let many = try selfNormalized(proposal: proposal) { $0 > 2 ? 1 : 0 }
    #expect(many.diagnosis == .reliable)

    let draws = WeightedDraws(equallyWeighted: (0..<1_000).map { Double($0) })
    #expect(concerns(try draws.mean { $0 < 0 ? 1 : 0 }) == [.constantValues])
    #expect(!(try draws.mean { $0 < 3 ? 1 : 0 }).diagnosis.isReliable)
    #expect(try draws.mean { $0 < 100 ? 1 : 0 }.diagnosis == .reliable)
  }

  @Test("with a handful of draws there is no verdict", arguments: [1, 2, 3, 10, 99])
  func fewDraws(draws: Int) throws {
    var generator = Philox(seed: 3)
    let estimate = try MonteCarlo(draws: draws).mean(
      of: { $0 }, under: target, using: &generator)
    #expect(concerns(estimate).contains(.tooFewDraws(draws)))
  }

  @Test("importance sampling of a rare event is judged by weight times value, not by the weight")
  func rareEventByImportance() async throws {
    let sampler = ImportanceSampler(
      proposal: try Normal(mean: 5, standardDeviation: 1), draws: 100_000)
    let estimate = try await sampler.mean(of: { $0 > 5 ? 1 : 0 }, under: target, seed: 1)
    #expect(estimate.diagnosis == .reliable, "\(estimate.diagnosis)")
    let truth = 2.866515718791933e-7
    #expect(
      abs(estimate.value - truth)
        < StatisticalTolerance(level: 0.001, comparisons: 1).standardErrors
        * estimate.standardError)
    #expect(estimate.standardError < 0.02 * truth)
  }

  @Test("a handful of draws is too few")
  func tooFewDraws() throws {
    let estimate = try selfNormalized(
      proposal: Normal(mean: 0, standardDeviation: 1.2), draws: 10)
    #expect(concerns(estimate).contains(.tooFewDraws(10)))
  }

  @Test("failed evaluations are counted, fatal ones stop the run")
  func failures() throws {
    var generator = Philox(seed: 3)
    let sampler = SelfNormalizedImportanceSampler(proposal: target, draws: 1_000)
    let estimate = try sampler.mean(
      of: { $0 },
      underLogDensity: { x in
        if x > 1 { throw EvaluationFailure.recoverable("here") }
        return -0.5 * x * x
      }, using: &generator)
    guard case .failedEvaluations(let count) = concerns(estimate).first else {
      Issue.record("\(estimate.diagnosis)")
      return
    }
    // P(X > 1) = 0.1587, give or take four standard deviations.
    #expect(abs(Double(count) - 158.7) < 4 * (1_000 * 0.1587 * 0.8413).squareRoot())
    #expect(throws: EvaluationFailure.fatal("there")) {
      try sampler.mean(
        of: { $0 }, underLogDensity: { _ in throw EvaluationFailure.fatal("there") },
        using: &generator)
    }
    #expect(throws: EstimationError.self) {
      try sampler.mean(of: { $0 }, underLogDensity: { _ in .nan }, using: &generator)
    }
  }

  @Test("bad requests are errors that name the value")
  func badRequests() async throws {
    var generator = Philox(seed: 1)
    #expect(throws: EstimationError.noDraws(0)) {
      try MonteCarlo(draws: 0).mean(of: { $0 }, under: target, using: &generator)
    }
    for constant in [0, -1, .nan, .infinity] {
      #expect(throws: EstimationError.self) {
        try RejectionSampler(proposal: target, envelopeConstant: constant, draws: 10)
          .mean(of: { $0 }, under: target, using: &generator)
      }
    }
    let error = #expect(throws: EstimationError.self) {
      try RejectionSampler(
        proposal: try Uniform(lower: 0, upper: 1), envelopeConstant: 1, draws: 10
      ).mean(of: { $0 }, under: try Uniform(lower: 2, upper: 3), using: &generator)
    }
    guard case .acceptanceTooLow(accepted: 0, let proposals) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // Ten thousand for each draw, and up to one block more.
    #expect(proposals >= 100_000 && proposals < 100_000 + 512)
  }

  @Test(
    "a non-finite value stops the run with its draw, the same on any workers", arguments: [1, 2])
  func nonFiniteIntegrand(workers: Int) async throws {
    let error = await #expect(throws: EstimationError.self) {
      try await MonteCarlo(draws: 50_000).mean(
        of: { $0 > 3.5 ? .infinity : $0 }, under: target, seed: 4, workers: workers)
    }
    // Chunk k draws from stream k, 4,096 draws each.
    var first = 0
    search: while true {
      var generator = Philox(seed: 4, stream: UInt64(first / 4_096))
      var draws = [Double](repeating: 0, count: 4_096)
      var span = draws.mutableSpan
      target.fill(&span, using: &generator)
      if let place = draws.firstIndex(where: { $0 > 3.5 }) {
        first += place
        break search
      }
      first += 4_096
    }
    guard case .notFinite(let value, let draw, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value == .infinity)
    #expect(draw == first)
  }

  @Test("what f throws comes out with its draw", arguments: [1, 2])
  func throwingIntegrand(workers: Int) async throws {
    struct Broken: Error, Equatable {}
    let target = target
    // The draws in their order: chunk k draws from stream k, 4,096 each.
    var draws = [Double](repeating: 0, count: 3 * 4_096)
    for k in 0..<3 {
      var generator = Philox(seed: 1, stream: UInt64(k))
      var part = [Double](repeating: 0, count: 4_096)
      var span = part.mutableSpan
      target.fill(&span, using: &generator)
      draws.replaceSubrange(k * 4_096..<(k + 1) * 4_096, with: part)
    }
    let first = try #require(draws.firstIndex { $0 > 3.5 })
    let failure = await #expect(throws: IntegrandFailure.self) {
      try await MonteCarlo(draws: 100_000).mean(
        of: { if $0 > 3.5 { throw Broken() } else { $0 } }, under: target, seed: 1,
        workers: workers)
    }
    #expect(failure?.draw == first)
    #expect(failure?.place == "\(draws[first])")
    #expect(failure?.underlying is Broken)
  }

  @Test("a cancelled run keeps the chunks that it finished")
  func cancellation() async throws {
    let target = target
    let holder = TaskHolder<Estimate>()
    let task = Task {
      try await MonteCarlo(draws: 2_000_000_000).mean(
        of: { $0 }, under: target, seed: 1, workers: 1,
        progress: { if $0.completed == 3 * 4_096 { holder.cancel() } })
    }
    holder.hold(task)
    let estimate = try await task.value
    let draws = try #require(estimate.draws)
    #expect(draws == 3 * 4_096)
    #expect(concerns(estimate) == [.cancelled(completed: draws, requested: 2_000_000_000)])
  }

  @Test(
    "an estimate prints the digits that its error leaves",
    arguments: [
      (0.0227891, 0.00015, "0.02279 \u{b1} 0.00015"), (1234.5, 21.0, "1234 \u{b1} 21"),
      (0.5, 0, "0.5 \u{b1} 0.0"), (1e-9, 2.5e-12, "1.0000e-09 \u{b1} 2.5e-12"),
    ])
  func printing(value: Double, error: Double, text: String) {
    let estimate = Estimate(
      value: value, standardError: error, evaluations: 1, draws: 1, effectiveSampleSize: 1,
      diagnosis: .reliable)
    #expect("\(estimate)" == text)
  }
}
