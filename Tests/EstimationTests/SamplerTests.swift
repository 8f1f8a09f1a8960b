import Densities
import Differentiation
import Distributions
import Estimation
import Foundation
import GSL
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// P(X > 2) for a standard normal X, by every sampler.
private let truth = 0.02275013194817921

private func exceedsTwo(_ x: Double) -> Double { x > 2 ? 1 : 0 }

private enum Method: String, CaseIterable, Sendable {
  case plain, rejection, importance, selfNormalized
}

private struct TailProbability {
  let target = try! Normal(mean: 0, standardDeviation: 1)
  let proposal = try! StudentT(degreesOfFreedom: 5)
  /// The largest ratio of the densities is 1.1015, at x = +-1.
  let envelope = 1.11

  func estimate(_ method: Method, draws: Int, seed: UInt64, workers: Int?) async throws -> Estimate
  {
    switch method {
    case .plain:
      try await MonteCarlo(draws: draws)
        .mean(of: exceedsTwo, under: target, seed: seed, workers: workers)
    case .rejection:
      try await RejectionSampler(proposal: proposal, envelopeConstant: envelope, draws: draws)
        .mean(of: exceedsTwo, under: target, seed: seed, workers: workers)
    case .importance:
      try await ImportanceSampler(proposal: proposal, draws: draws)
        .mean(of: exceedsTwo, under: target, seed: seed, workers: workers)
    case .selfNormalized:
      try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
        .mean(
          of: exceedsTwo, underLogDensity: { -0.5 * $0 * $0 + 17 }, seed: seed, workers: workers)
    }
  }

  func estimate<G: RandomNumberGenerator>(
    _ method: Method, draws: Int, using generator: inout G
  ) throws -> Estimate {
    switch method {
    case .plain:
      try MonteCarlo(draws: draws).mean(of: exceedsTwo, under: target, using: &generator)
    case .rejection:
      try RejectionSampler(proposal: proposal, envelopeConstant: envelope, draws: draws)
        .mean(of: exceedsTwo, under: target, using: &generator)
    case .importance:
      try ImportanceSampler(proposal: proposal, draws: draws)
        .mean(of: exceedsTwo, under: target, using: &generator)
    case .selfNormalized:
      try SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
        .mean(of: exceedsTwo, underLogDensity: { -0.5 * $0 * $0 + 17 }, using: &generator)
    }
  }
}

@Suite struct SamplerTests {
  private let problem = TailProbability()

  @Test(
    "within its own error of the truth, and reliable", .tags(.statistical),
    arguments: Method.allCases, [UInt64(1), 2, 3])
  private func estimates(method: Method, seed: UInt64) async throws {
    let estimate = try await problem.estimate(method, draws: 100_000, seed: seed, workers: nil)
    let z = StatisticalTolerance(level: 0.001, comparisons: Method.allCases.count * 3)
      .standardErrors
    #expect(abs(estimate.value - truth) < z * estimate.standardError, "\(estimate)")
    #expect(estimate.standardError < 0.001)
    #expect(estimate.diagnosis == .reliable)
    #expect(estimate.draws == 100_000)
    switch method {
    case .plain:
      #expect(estimate.effectiveSampleSize == 100_000 && estimate.evaluations == 100_000)
    case .rejection:
      // Accepted with probability 1 / envelope.
      let rate = 100_000 / Double(estimate.evaluations)
      #expect(abs(rate - 1 / problem.envelope) < z * (0.1 * 0.9 / 111_000).squareRoot())
    case .importance, .selfNormalized:
      let size = try #require(estimate.effectiveSampleSize)
      #expect(size > 80_000 && size < 100_000)
    }
  }

  @Test("the same bits on 1, 2 and 7 workers", arguments: Method.allCases)
  private func workers(method: Method) async throws {
    let one = try await problem.estimate(method, draws: 30_000, seed: 5, workers: 1)
    for workers in [2, 7] {
      #expect(
        try await problem.estimate(method, draws: 30_000, seed: 5, workers: workers) == one)
    }
    #expect(try await problem.estimate(method, draws: 30_000, seed: 6, workers: 2) != one)
  }

  @Test("on a generator of GSL's", .tags(.statistical), arguments: Method.allCases)
  private func generator(method: Method) throws {
    var generator = try GSLGenerator("mt19937", seed: 42)
    let estimate = try problem.estimate(method, draws: 100_000, using: &generator)
    let z = StatisticalTolerance(level: 0.001, comparisons: Method.allCases.count).standardErrors
    #expect(abs(estimate.value - truth) < z * estimate.standardError, "\(estimate)")
    #expect(estimate.diagnosis == .reliable)
  }

  @Test(
    "errors fall as one over the root of the draws and intervals cover", .tags(.statistical),
    arguments: Method.allCases)
  private func convergence(method: Method) async throws {
    let problem = problem
    let study = try await ConvergenceStudy(
      truth: truth, sizes: [2_000, 8_000, 32_000],
      replicates: repetitions(release: 200, debug: 60)
    ).run(seed: 11) { size, generator in
      try problem.estimate(method, draws: size, using: &generator)
    }
    #expect(study.slope.isConsistent(with: -0.5), "\(study.slope)")
    #expect(study.coverage(0.9).isConsistent, "\(study.coverage(0.9))")
    #expect(study.coverage(0.95).isConsistent, "\(study.coverage(0.95))")
    #expect(study.isUnbiased())
  }

  @Test("an importance sampler that forgets its weights fails the same test", .tags(.statistical))
  func forgottenWeights() async throws {
    let problem = problem
    let study = try await ConvergenceStudy(
      truth: truth, sizes: [2_000, 8_000, 32_000],
      replicates: repetitions(release: 200, debug: 60)
    ).run(seed: 11) { size, generator in
      try MonteCarlo(draws: size).mean(of: exceedsTwo, under: problem.proposal, using: &generator)
    }
    #expect(!study.slope.isConsistent(with: -0.5))
    #expect(!study.coverage(0.95).isConsistent)
    #expect(!study.isUnbiased())
  }

  @Test("an envelope that is too low stops the run and tells the constant that is needed")
  func lowEnvelope() throws {
    var generator = Philox(seed: 11)
    let error = #expect(throws: EstimationError.self) {
      try RejectionSampler(proposal: problem.proposal, envelopeConstant: 0.5, draws: 1_000)
        .mean(of: exceedsTwo, under: problem.target, using: &generator)
    }
    guard case .envelopeViolated(let ratio, let constant, let place) = error else {
      Issue.record("the violation is not reported")
      return
    }
    // The ratio of the densities is up to 1.1015.
    #expect(constant == 0.5 && ratio > 1 && ratio < 2.21)
    let x = try #require(Double(place))
    let exact = exp(problem.target.logDensity(of: x) - problem.proposal.logDensity(of: x)) / 0.5
    #expect(abs(ratio - exact) < 1e-12)
  }

  @Test("unbiased and biased at few draws, as the documentation says", .tags(.statistical))
  func bias() async throws {
    // A narrow proposal and f = x^2: the self-normalised estimate of 1 is far too small.
    let problem = problem
    let proposal = try Normal(mean: 0, standardDeviation: 0.8)
    let study = try ConvergenceStudy(
      truth: 1, sizes: [4, 8], replicates: repetitions(release: 20_000, debug: 4_000))
    let unbiased = try await study.run(seed: 1) { size, generator in
      try ImportanceSampler(proposal: proposal, draws: size)
        .mean(of: { $0 * $0 }, under: problem.target, using: &generator)
    }
    let biased = try await study.run(seed: 1) { size, generator in
      try SelfNormalizedImportanceSampler(proposal: proposal, draws: size)
        .mean(of: { $0 * $0 }, under: problem.target, using: &generator)
    }
    #expect(unbiased.isUnbiased())
    #expect(!biased.isUnbiased())
    #expect(biased.rows.allSatisfy { $0.bias < 0 })
  }

  @Test("a program is a target like its closure")
  func programTarget() async throws {
    let program = try Program(dimension: 2) { x in
      Tensor(-0.5) * (x.squared.sum() + x[0] * x[1])
    }
    let proposal = try MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0], scale: .identity(2))
    let sampler = SelfNormalizedImportanceSampler(proposal: proposal, draws: 20_000)
    let traced = try await sampler.mean(of: { $0[0] * $0[1] }, under: program, seed: 3)
    let closed = try await sampler.mean(
      of: { $0[0] * $0[1] },
      underLogDensity: { -0.5 * ($0[0] * $0[0] + $0[1] * $0[1] + $0[0] * $0[1]) }, seed: 3)
    #expect(abs(traced.value - closed.value) < 1e-12)
    // The precision is [[1, 1/2], [1/2, 1]], so the covariance is -2/3.
    #expect(
      abs(traced.value + 2.0 / 3) < StatisticalTolerance(level: 0.001, comparisons: 1)
        .standardErrors
        * traced.standardError)

    let draws = try await sampler.weightedDraws(of: program, seed: 3)
    let mean = try draws.mean { $0[0] * $0[1] }
    #expect(abs(mean.value - traced.value) < 1e-12)
    #expect(abs(mean.standardError / traced.standardError - 1) < 1e-3)
    #expect(abs(draws.effectiveSampleSize - traced.effectiveSampleSize!) < 1e-6)
    // The integral is 2 pi / sqrt(det precision), det = 3/4.
    let logIntegral = log(2 * Double.pi / 0.75.squareRoot())
    #expect(
      abs(draws.logEvidence - logIntegral)
        < StatisticalTolerance(level: 0.001, comparisons: 1).standardErrors
        * draws.logEvidenceStandardError)
  }

  @Test("a target of another dimension than the proposal's is an error that names both")
  func dimensions() async throws {
    let density = try Program(dimension: 3) { Tensor(-0.5) * $0.squared.sum() }
    let normal = try MultivariateNormal(mean: [0, 0, 0], covariance: .identity(3))
    let small = try MultivariateNormal(mean: [0, 0], covariance: .identity(2))
    let proposal = try MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0], scale: .identity(2))
    let large = try MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0, 0], scale: .identity(3))
    let f: @Sendable ([Double]) -> Double = { $0[0] }
    let unbiased = ImportanceSampler(proposal: proposal, draws: 1_000)
    let sampler = SelfNormalizedImportanceSampler(proposal: proposal, draws: 1_000)
    let rejection = RejectionSampler(proposal: proposal, draws: 1_000)
    let adaptive = AdaptiveImportanceSampler(start: proposal, draws: 1_000)
    let several = try MultipleImportanceSampler<[Double]>(
      proposals: [proposal, proposal], draws: [500, 500])
    let number = SelfNormalizedImportanceSampler(
      proposal: try StudentT(degreesOfFreedom: 5), draws: 1_000)
    let matrices = try ImportanceSampler(
      proposal: Wishart(degreesOfFreedom: 4, scale: .identity(2)), draws: 1_000)
    let methods: [(String, () async throws -> Any)] = [
      ("importance", { try await unbiased.mean(of: f, under: normal, seed: 1) }),
      ("self-normalised", { try await sampler.mean(of: f, under: normal, seed: 1) }),
      ("of a density", { try await sampler.mean(of: f, under: density, seed: 1) }),
      (
        "on a generator",
        {
          var generator = Philox(seed: 1)
          return try sampler.mean(of: f, under: density, using: &generator)
        }
      ),
      ("draws", { try await sampler.weightedDraws(of: density, seed: 1) }),
      ("covariance", { try await sampler.covariance(of: Integrand(f), under: normal, seed: 1) }),
      ("rejection", { try await rejection.mean(of: f, under: density, seed: 1) }),
      (
        "of a constant",
        {
          try await RejectionSampler(proposal: proposal, envelopeConstant: 9, draws: 1_000)
            .mean(of: f, under: normal, seed: 1)
        }
      ),
      ("adaptive", { try await adaptive.mean(of: f, under: density, seed: 1) }),
      ("adapted", { try await adaptive.adaptedProposal(to: Target(density), seed: 1) }),
      ("several", { try await several.mean(of: f, under: normal, seed: 1) }),
      (
        "proposals",
        {
          try MultipleImportanceSampler<[Double]>(proposals: [proposal, large], draws: [9, 9])
        }
      ),
      ("mixture", { try DefensiveMixture(proposal, defense: large) }),
      (
        "mode",
        { try SelfNormalizedImportanceSampler.laplace(of: density, from: [0, 0], draws: 9) }
      ),
      (
        "comparison",
        {
          try await MethodComparison().run(of: f, under: density, from: [0, 0], seed: 1)
        }
      ),
      (
        "controls",
        {
          try await MonteCarlo(draws: 1_000).mean(
            of: f, under: small, controls: .stein(of: density, degree: .first), seed: 1)
        }
      ),
      (
        "VEGAS",
        {
          try await VegasPlus(evaluationsPerIteration: 100).mean(
            of: f, under: density, over: [0...1, 0...1], seed: 1)
        }
      ),
      (
        "matrices",
        {
          try await matrices.mean(
            of: { $0[0, 0] }, under: Wishart(degreesOfFreedom: 4, scale: .identity(3)), seed: 1)
        }
      ),
    ]
    for (name, method) in methods {
      let error = await #expect(throws: EstimationError.self, "\(name)") { try await method() }
      guard case .setting(let reason) = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
      #expect(
        reason.contains("2") && reason.contains("3")
          && (reason.contains("has") || reason.contains("dimension")), "\(name): \(reason)"
      )
    }
    let error = await #expect(throws: EstimationError.self) {
      try await number.estimate(
        Integrand { $0 }, Target(density), seed: 1, workers: nil, progress: nil)
    }
    #expect(error == .setting("the target has 3 coordinates, the proposal 1"))
  }

  @Test(
    "a constant in the log density changes nothing, however large", arguments: [-2e4, 1e3, 2e5])
  func constantInDensity(constant: Double) throws {
    func estimate(_ constant: Double) throws -> Estimate {
      var generator = Philox(seed: 9)
      return try SelfNormalizedImportanceSampler(proposal: problem.proposal, draws: 5_000)
        .mean(of: { $0 * $0 }, underLogDensity: { -0.5 * $0 * $0 + constant }, using: &generator)
    }
    let (plain, shifted) = (try estimate(0), try estimate(constant))
    #expect(abs(plain.value - shifted.value) < 1e-9)
    #expect(abs(plain.standardError - shifted.standardError) < 1e-9)
    #expect(shifted.diagnosis == .reliable)
  }
}
