import Differentiation
import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing

@Suite("Rejection", .tags(.statistical))
struct RejectionTests {
  @Test("the constant is found, and lies above the largest ratio by the margin")
  func search() async throws {
    // The largest ratio of a standard normal to a t with five degrees is at x = +-1.
    let target = try Normal(mean: 0, standardDeviation: 1)
    let proposal = try StudentT(degreesOfFreedom: 5)
    let largest = exp(target.logDensity(of: 1) - proposal.logDensity(of: 1))
    let estimate = try await RejectionSampler(proposal: proposal, draws: 100_000)
      .mean(of: { $0 * $0 }, underLogDensity: { -0.5 * $0 * $0 }, seed: 3)
    let envelope = try #require(estimate.findings.envelope)
    #expect(envelope.margin == 1.05 && envelope.restarts == 0)
    let logNormalization = 0.5 * log(2 * Double.pi)
    #expect(abs(envelope.constant / (1.05 * largest * exp(logNormalization)) - 1) < 1e-9)
    let z = StatisticalTolerance(level: 0.001, comparisons: 3).standardErrors
    #expect(abs(estimate.value - 1) < z * estimate.standardError)
    let evidence = try #require(estimate.findings.logEvidence)
    #expect(abs(evidence.value - logNormalization) < z * evidence.standardError)
    let acceptance = try #require(estimate.findings.acceptance)
    #expect(acceptance.confidenceInterval(0.999).contains(1 / (1.05 * largest)))
  }

  @Test("several modes, far apart: the highest ratio is found")
  func manyModes() async throws {
    // Spikes of a width of 0.02 on a wide proposal; the fourth is the highest.
    let heights = [1.0, 2, 1.5, 4, 3]
    let target: @Sendable (Double) -> Double = { x in
      log(
        heights.enumerated().reduce(1e-3) { sum, spike in
          let z = (x - Double(spike.offset) * 2 + 4) / 0.02
          return sum + spike.element * exp(-0.5 * z * z)
        }) - 0.02 * x * x
    }
    let proposal = try StudentT(degreesOfFreedom: 3, location: 0, scale: 4)
    let estimate = try await RejectionSampler(
      proposal: proposal, draws: isDebugBuild ? 2_000 : 20_000
    ).mean(of: { $0 > 1 ? 1 : 0 }, underLogDensity: target, seed: 1)
    // The envelope holds everywhere, by a scan.
    let constant = try #require(estimate.findings.envelope?.constant)
    let largest = stride(from: -20_000, through: 20_000, by: isDebugBuild ? 4 : 1).map { i in
      let x = Double(i) / 1_000
      return target(x) - proposal.logDensity(of: x)
    }.max()!
    #expect(largest <= log(constant) + 1e-12)
  }

  @Test("of vectors, with and without a gradient")
  func vectors() async throws {
    let program = try Program(dimension: 2) { x in
      let d = x[1] + Tensor(0.25) * x[0].squared - Tensor(1)
      return Tensor(-0.125) * x[0].squared - Tensor(0.5) * d.squared
    }
    let proposal = try MultivariateStudentT(
      degreesOfFreedom: 3, location: [0, 0], scale: Matrix([[9, 0], [0, 9]]))
    let sampler = RejectionSampler(proposal: proposal, draws: 20_000)
    let traced = try await sampler.means(
      of: Integrand(outputs: 2) { $0 }, under: program, seed: 2)
    let closed = try await sampler.means(
      of: Integrand(outputs: 2) { $0 },
      underLogDensity: { x in
        let d = x[1] + 0.25 * x[0] * x[0] - 1
        return -0.125 * x[0] * x[0] - 0.5 * d * d
      }, seed: 2)
    let constants = [traced, closed].map { $0.findings[0].envelope!.constant }
    #expect(abs(constants[0] / constants[1] - 1) < 1e-5)
    let z = StatisticalTolerance(level: 0.001, comparisons: 5).standardErrors
    for estimate in [traced, closed] {
      #expect(abs(estimate.values[0]) < z * estimate.standardErrors[0])
      #expect(abs(estimate.values[1]) < z * estimate.standardErrors[1])
    }
    // The integral is 2 pi times 2, as a Jacobian of one maps it to a normal.
    let evidence = try #require(traced.findings[0].logEvidence)
    #expect(abs(evidence.value - log(4 * Double.pi)) < z * evidence.standardError)
  }

  @Test("a target with heavier tails than the proposal has no envelope")
  func noEnvelope() async throws {
    let sampler = RejectionSampler(
      proposal: try Normal(mean: 0, standardDeviation: 1), draws: 1_000)
    await #expect(throws: EstimationError.self) {
      try await sampler.mean(of: { $0 }, underLogDensity: { -log1p($0 * $0) }, seed: 1)
    }
  }

  @Test("a k that is found and turns out too small is raised, and the draws are the target's")
  func restart() async throws {
    // A search of one draw cannot see the spike at 3.
    let spike: @Sendable (Double) -> Double = { x in
      let z = (x - 3) / 0.05
      return log(exp(-0.5 * x * x) + 0.2 * exp(-0.5 * z * z))
    }
    let sampler = RejectionSampler(
      proposal: try Normal(mean: 0, standardDeviation: 1.5),
      search: EnvelopeSearch(draws: 1, starts: 1), draws: 200_000)
    let estimate = try await sampler.mean(
      of: { $0 > 2.5 ? 1 : 0 }, underLogDensity: spike, seed: 4)
    #expect(try #require(estimate.findings.envelope).restarts > 0)
    let (bulk, tail) = (
      (2 * Double.pi).squareRoot(), 0.2 * 0.05 * (2 * Double.pi).squareRoot()
    )
    let normal = try Normal(mean: 0, standardDeviation: 1)
    let truth = (bulk * normal.survival(2.5) + tail) / (bulk + tail)
    let z = StatisticalTolerance(level: 0.001, comparisons: 1).standardErrors
    #expect(abs(estimate.value - truth) < z * estimate.standardError)
  }

  @Test("the interval of an acceptance rate covers", arguments: [0.03, 0.4])
  func acceptanceInterval(rate: Double) throws {
    var generator = Philox(seed: 5)
    let target = StatisticalTolerance(level: 0.001, comparisons: 2)
    var covered = 0
    let repetitions = 2_000
    for _ in 0..<repetitions {
      var (successes, trials) = (0, 0)
      while successes < 10 {
        trials += 1
        if generator.nextUnit() < rate { successes += 1 }
      }
      let proportion = Proportion(successes: successes, trials: trials)
      if proportion.confidenceInterval(0.9).contains(rate) { covered += 1 }
    }
    // An exact interval covers at least as often as it says.
    let least =
      0.9 * Double(repetitions) - target.standardErrors * (0.09 * Double(repetitions)).squareRoot()
    #expect(Double(covered) > least && covered < repetitions)
  }

  @Test("bad settings are errors that name the value")
  func badSettings() async throws {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    for search in [
      EnvelopeSearch(margin: 0.9), EnvelopeSearch(margin: .nan), EnvelopeSearch(draws: 0),
      EnvelopeSearch(starts: 0),
    ] {
      await #expect(throws: EstimationError.self) {
        try await RejectionSampler(proposal: normal, search: search, draws: 10)
          .mean(of: { $0 }, under: normal, seed: 1)
      }
    }
    await #expect(throws: EstimationError.self) {
      try await RejectionSampler(proposal: normal, draws: 10)
        .mean(of: { $0 }, underLogDensity: { _ in -.infinity }, seed: 1)
    }
  }
}
