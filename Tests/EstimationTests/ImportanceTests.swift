import Densities
import Differentiation
import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// Two normals far apart, 0.3 N((-4, 0), I) + 0.7 N((4, 1), I / 4), up to a constant.
@Sendable private func twoModes(_ x: [Double]) -> Double {
  let a = (x[0] + 4) * (x[0] + 4) + x[1] * x[1]
  let b = 4 * ((x[0] - 4) * (x[0] - 4) + (x[1] - 1) * (x[1] - 1))
  return log(0.3 * exp(-0.5 * a) + 0.7 * 4 * exp(-0.5 * b))
}

@Suite("Importance", .tags(.statistical))
struct ImportanceTests {
  private let normal = try! Normal(mean: 0, standardDeviation: 1)

  @Test(
    "the normal tail beyond 6 from 10^5 draws of 6 + Exponential(6)", arguments: [UInt64(1), 2, 3])
  func farTail(seed: UInt64) async throws {
    let proposal = try Exponential(rate: 6).shifted(by: 6)
    let estimate = try await ImportanceSampler(proposal: proposal, draws: 100_000)
      .mean(of: { $0 > 6 ? 1 : 0 }, under: normal, seed: seed)
    let truth = normal.survival(6)
    #expect(abs(truth / 9.865876450376946e-10 - 1) < 1e-12)
    #expect(abs(estimate.value - truth) < 4 * estimate.standardError)
    #expect(estimate.standardError < 0.003 * truth)
    #expect(estimate.diagnosis == .reliable, "\(estimate.diagnosis)")
  }

  @Test("the bias of the self-normalised estimate is what it says")
  func bias() async throws {
    let proposal = try Normal(mean: 1, standardDeviation: 1.5)
    let target = normal
    let repetitions = draws(release: 20_000, debug: 2_000)
    let study = try await ConvergenceStudy(
      truth: 0, sizes: [20, 40], replicates: repetitions
    ).run(seed: 1) { size, generator in
      try SelfNormalizedImportanceSampler(proposal: proposal, draws: size)
        .mean(of: { $0 }, under: target, using: &generator)
    }
    let pilot = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 200_000)
      .mean(of: { $0 }, under: target, seed: 5)
    let perDraw = try #require(pilot.findings.bias) * 200_000
    for row in study.rows {
      let expected = perDraw / Double(row.size)
      let error = row.rootMeanSquareError / Double(repetitions).squareRoot()
      if repetitions >= 20_000 { #expect(abs(row.bias) > 5 * error) }
      // The next order is a fifth of the first at these sizes.
      #expect(abs(row.bias - expected) < 0.3 * abs(expected) + 4 * error, "\(row.bias) \(expected)")
    }
  }

  @Test("a defensive mixture bounds the weights of a narrow proposal")
  func defense() async throws {
    let narrow = try Normal(mean: 0, standardDeviation: 0.4)
    let mixture = try DefensiveMixture(narrow, defense: StudentT(degreesOfFreedom: 3), share: 0.2)
    let alone = try await SelfNormalizedImportanceSampler(proposal: narrow, draws: 20_000)
      .mean(of: { $0 * $0 }, under: normal, seed: 1)
    let estimate = try await SelfNormalizedImportanceSampler(proposal: mixture, draws: 20_000)
      .mean(of: { $0 * $0 }, under: normal, seed: 1)
    #expect(!alone.diagnosis.isReliable)
    #expect(estimate.diagnosis == .reliable, "\(estimate.diagnosis)")
    #expect(abs(estimate.value - 1) < 4 * estimate.standardError)
    // One value and many give the same density.
    let places = [-3.0, 0, 0.7, 40]
    var many = [Double](repeating: 0, count: 4)
    var span = many.mutableSpan
    mixture.logDensities(of: places.span, into: &span)
    for (place, value) in zip(places, many) {
      #expect(scaledError(value, mixture.logDensity(of: place)) < 1e-13)
      let direct = log(
        0.8 * exp(narrow.logDensity(of: place))
          + 0.2 * exp(try StudentT(degreesOfFreedom: 3).logDensity(of: place)))
      #expect(scaledError(value, direct) < 1e-12)
    }
    #expect(throws: EstimationError.self) {
      try DefensiveMixture(narrow, defense: normal, share: 1)
    }
  }

  @Test("several proposals with the balance heuristic: intervals cover")
  func balance() async throws {
    let sampler = try MultipleImportanceSampler(
      proposals: [
        try Normal(mean: -3, standardDeviation: 1), try StudentT(degreesOfFreedom: 4),
        try Normal(mean: 2, standardDeviation: 0.5),
      ], draws: [300, 500, 200])
    // Half N(-3, 1), half N(2, 1/4): mean -1/2.
    let target: @Sendable (Double) -> Double = { x in
      log(exp(-0.5 * (x + 3) * (x + 3)) + 2 * exp(-2 * (x - 2) * (x - 2)))
    }
    var (covered, errors) = (0, 0.0)
    let repetitions = draws(release: 1_000, debug: 100)
    var reliable = 0
    for seed in 0..<repetitions {
      let estimate = try await sampler.mean(
        of: { $0 }, underLogDensity: target, seed: UInt64(seed))
      if estimate.confidenceInterval(0.9).contains(-0.5) { covered += 1 }
      if estimate.diagnosis.isReliable { reliable += 1 }
      errors += estimate.value + 0.5
    }
    #expect(reliable >= repetitions * 95 / 100)
    let tolerance = StatisticalTolerance(level: 0.001, comparisons: 2)
    let spread = (0.09 * Double(repetitions)).squareRoot()
    #expect(abs(Double(covered) - 0.9 * Double(repetitions)) < tolerance.standardErrors * spread)
    let one = try await sampler.mean(of: { $0 }, underLogDensity: target, seed: 1)
    let mean = errors / Double(repetitions)
    #expect(
      abs(mean)
        < tolerance.standardErrors * one.standardError / Double(repetitions).squareRoot() * 1.1)
    let evidence = try #require(one.findings.logEvidence)
    #expect(
      abs(evidence.value - log(2 * (2 * Double.pi).squareRoot())) < 5 * evidence.standardError)
  }

  @Test("an adaptive mixture finds two modes that its start hardly meets")
  func adaptive() async throws {
    let sampler = AdaptiveImportanceSampler(
      start: try MultivariateStudentT(
        degreesOfFreedom: 3, location: [0, 0], scale: Matrix([[16, 0], [0, 16]])),
      draws: 20_000)
    let z = StatisticalTolerance(level: 0.001, comparisons: 6).standardErrors
    for seed in UInt64(1)...2 {
      let estimate = try await sampler.means(
        of: Integrand(outputs: 2) { $0 }, underLogDensity: twoModes, seed: seed)
      #expect(estimate.diagnosis.isReliable, "\(estimate.diagnosis)")
      #expect(abs(estimate.values[0] - 1.6) < z * estimate.standardErrors[0])
      #expect(abs(estimate.values[1] - 0.7) < z * estimate.standardErrors[1])
      // Half of the draws count, where those of the start are a few in a hundred.
      #expect(estimate.effectiveSampleSizes![0] > 10_000)
      let evidence = estimate.findings[0].logEvidence!
      #expect(abs(evidence.value - log(2 * Double.pi)) < z * evidence.standardError)
    }
    let plain = try await SelfNormalizedImportanceSampler(proposal: sampler.start, draws: 20_000)
      .mean(of: { $0[0] }, underLogDensity: twoModes, seed: 1)
    #expect(plain.effectiveSampleSize! < 3_000)
  }

  @Test("adapting is the same on any number of workers, and needs a start that meets the target")
  func adaptiveWorkers() async throws {
    let start = try MultivariateStudentT(
      degreesOfFreedom: 3, location: [0, 0], scale: Matrix([[16, 0], [0, 16]]))
    let sampler = AdaptiveImportanceSampler(start: start, rounds: 3, draws: 5_000)
    let one = try await sampler.mean(
      of: { $0[0] }, underLogDensity: twoModes, seed: 1, workers: 1)
    let seven = try await sampler.mean(
      of: { $0[0] }, underLogDensity: twoModes, seed: 1, workers: 7)
    #expect(one == seven)
    await #expect(throws: EstimationError.self) {
      try await sampler.mean(of: { $0[0] }, underLogDensity: { _ in -.infinity }, seed: 1)
    }
    await #expect(throws: EstimationError.self) {
      try await AdaptiveImportanceSampler(start: start, components: 0, draws: 10)
        .mean(of: { $0[0] }, underLogDensity: twoModes, seed: 1)
    }
  }

  @Test("a Laplace proposal fits a density with a gradient")
  func laplace() async throws {
    let program = try Program(dimension: 2) { x in
      // A logistic regression of two rows with a normal prior.
      Tensor(-0.5) * x.squared.sum() - Tensor.softplus(-x[0] - x[1])
        - Tensor.softplus(x[0] - Tensor(2) * x[1])
    }
    let sampler = try SelfNormalizedImportanceSampler.laplace(
      of: program, from: [3, -3], draws: 20_000)
    let estimate = try await sampler.means(of: program, seed: 1)
    #expect(estimate.diagnosis.isReliable)
    #expect(estimate.effectiveSampleSizes![0] > 12_000)
    // Against many plain weighted draws of the prior.
    let wide = try await SelfNormalizedImportanceSampler(
      proposal: try MultivariateStudentT(
        degreesOfFreedom: 5, location: [0, 0], scale: .identity(2)), draws: 400_000
    ).means(of: program, seed: 2)
    for k in 0..<2 {
      let error =
        (estimate.covariance[k, k] + wide.covariance[k, k]).squareRoot()
      #expect(abs(estimate.values[k] - wide.values[k]) < 4 * error)
    }
  }

  @Test(
    "resampling keeps each draw on average as often as its weight says",
    arguments: ResamplingScheme.allCases)
  func resampling(scheme: ResamplingScheme) throws {
    let weights = [0.5, 0, 0.21, 0.04, 0.25]
    let draws = WeightedDraws(values: [0, 1, 2, 3, 4], logWeights: weights.map { log($0) })
    var generator = Philox(seed: 1)
    let (repetitions, count) = (4_000, 7)
    var totals = [Double](repeating: 0, count: 5)
    var (areWhole, areClose) = (true, true)
    for _ in 0..<repetitions {
      let copies = try draws.copies(count, scheme: scheme, using: &generator)
      areWhole = areWhole && copies.reduce(0, +) == count && copies[1] == 0
      for i in 0..<5 {
        let (copies, expected) = (Double(copies[i]), 7 * weights[i])
        totals[i] += copies
        // Systematic resampling is never off by one, residual never short by one.
        areClose =
          areClose && (scheme != .systematic || abs(copies - expected) < 1)
          && (scheme != .residual || copies >= expected.rounded(.down))
      }
    }
    #expect(areWhole && areClose)
    let z = StatisticalTolerance(level: 0.001, comparisons: 16).standardErrors
    for i in 0..<5 {
      let expected = Double(repetitions * count) * weights[i]
      let spread = (expected * (1 - weights[i])).squareRoot()
      #expect(abs(totals[i] - expected) <= z * spread, "\(i)")
    }
    let values = try draws.resampled(7, scheme: scheme, using: &generator)
    #expect(values.count == 7 && values == values.sorted())
    #expect(throws: EstimationError.self) {
      try draws.copies(0, scheme: scheme, using: &generator)
    }
    #expect(throws: EstimationError.self) {
      try WeightedDraws(values: [1], logWeights: [-.infinity])
        .copies(1, scheme: scheme, using: &generator)
    }
  }

  @Test("smoothed weights have the smaller error where the tail is heavy")
  func smoothing() async throws {
    // A proposal of 0.6 times the width: k-hat about 0.64.
    let proposal = try Normal(mean: 0, standardDeviation: 0.6)
    let (raw, smoothed) = try await meanSquares(
      proposal, repetitions: draws(release: 300, debug: 100))
    #expect(smoothed < 0.8 * raw, "\(smoothed) \(raw)")
  }

  private func meanSquares(
    _ proposal: Normal<Double>, repetitions: Int
  ) async throws -> (raw: Double, smoothed: Double) {
    var (raw, smoothed) = (0.0, 0.0)
    var generator = Philox(seed: 4)
    var isBounded = true
    for _ in 0..<repetitions {
      let values = (0..<1_000).map { _ in proposal.sample(using: &generator) }
      let draws = WeightedDraws(
        values: values,
        logWeights: values.map { normal.logDensity(of: $0) - proposal.logDensity(of: $0) })
      let even = draws.paretoSmoothed()
      raw += pow(exp(draws.logEvidence) - 1, 2)
      smoothed += pow(exp(even.logEvidence) - 1, 2)
      // The order of the draws stays, and none exceeds the largest raw one.
      let scale = exp(even.logEvidence - draws.logEvidence)
      isBounded =
        isBounded && even.values == draws.values
        && even.weights.max()! * scale <= draws.weights.max()! * (1 + 1e-9)
    }
    #expect(isBounded)
    return (raw / Double(repetitions), smoothed / Double(repetitions))
  }

  @Test(
    "tails are compared before a draw: normals of different widths have shape 1 - s^2",
    arguments: [0.3, 0.5, 0.55, 0.8, 1, 1.5])
  func normalTails(width: Double) throws {
    let proposal = try Normal(mean: 0.3, standardDeviation: width)
    let comparison = TailComparison(target: normal, proposal: proposal)
    let shape = try #require(comparison.shape)
    #expect(comparison.missed == 0)
    // Shifted means and logarithms of distance leave a little at tails of 1e-24.
    #expect(abs(shape - (1 - width * width)) < 0.06 * max(1, width * width), "\(shape)")
    let matrix = Matrix([[width * width, 0], [0, 4]])
    let narrowest = min(width * width, 4)
    let vectors = TailComparison(
      target: try MultivariateNormal(mean: [0, 0], covariance: .identity(2)),
      proposal: try MultivariateNormal(mean: [0, 0], covariance: matrix))
    #expect(abs(try #require(vectors.shape) - (1 - narrowest)) < 1e-12)
  }

  @Test("tails of other families")
  func otherTails() throws {
    let student = try StudentT(degreesOfFreedom: 3)
    #expect(try #require(TailComparison(target: student, proposal: normal).shape) > 0.9)
    #expect(try #require(TailComparison(target: normal, proposal: student).shape) < 0)
    let cauchy = try Cauchy(location: 0, scale: 1)
    // 1 - 1/3 for tails of index 1 under index 3.
    #expect(
      abs(try #require(TailComparison(target: cauchy, proposal: student).shape) - 2.0 / 3) < 0.01)
    let half = try Exponential(rate: 1)
    let missed = TailComparison(target: normal, proposal: half).missed
    #expect(abs(try #require(missed) - 0.5) < 1e-12)
    let poisson = TailComparison(
      target: try Poisson(rate: 4), proposal: try Geometric(probability: 0.2))
    // A geometric variable is at least one.
    #expect(try #require(poisson.shape) < 0)
    #expect(abs(try #require(poisson.missed) - exp(-4)) < 1e-15)
  }

  @Test("the second moment of the weights, of normal vectors and of independent elements")
  func secondMoments() throws {
    // s^2 / sqrt(2 s^2 - 1) exp(m^2 / (2 s^2 - 1)) for a standard normal from N(m, s^2).
    func exact(_ m: Double, _ s: Double) -> Double {
      let r = 2 * s * s - 1
      return s * s / r.squareRoot() * exp(m * m / r)
    }
    let places = [(0.3, 0.8), (0.0, 1.4), (-0.5, 1.0)]
    let expected = places.reduce(1) { $0 * exact($1.0, $1.1) }
    let elements = TailComparison(
      target: Independent([Normal<Double>](repeating: normal, count: 3)),
      proposal: Independent(try places.map { try Normal(mean: $0.0, standardDeviation: $0.1) }))
    // A sum over quantiles of the target from 1e-16 on.
    #expect(abs(try #require(elements.secondMoment) / expected - 1) < 1e-5)
    // The same, turned: x = A z.
    let turn = Matrix([[0.6, -0.8, 0], [0.8, 0.6, 0], [0.5, 0, 2]])
    func turned(_ mean: [Double], _ widths: [Double]) throws -> MultivariateNormal {
      var covariance = Matrix(rows: 3, columns: 3)
      for i in 0..<3 {
        for j in 0..<3 {
          covariance[i, j] = (0..<3).reduce(0) {
            $0 + turn[i, $1] * widths[$1] * widths[$1] * turn[j, $1]
          }
        }
      }
      return try MultivariateNormal(
        mean: (0..<3).map { i in (0..<3).reduce(0) { $0 + turn[i, $1] * mean[$1] } },
        covariance: covariance)
    }
    let vectors = TailComparison(
      target: try turned([0, 0, 0], [1, 1, 1]),
      proposal: try turned(places.map(\.0), places.map(\.1)))
    #expect(abs(try #require(vectors.secondMoment) / expected - 1) < 1e-9)
    let narrow = TailComparison(
      target: try turned([0, 0, 0], [1, 1, 1]), proposal: try turned([0, 0, 0], [1, 0.7, 1]))
    #expect(narrow.secondMoment == .infinity)
  }

  @Test("how much lies beyond the reach of the draws", arguments: [(0.5, 1_000), (0.6, 10_000)])
  func reach(width s: Double, draws: Int) async throws {
    let proposal = try Normal(mean: 0, standardDeviation: s)
    let estimate = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
      .mean(of: { $0 * $0 }, under: normal, seed: 1)
    let distances = estimate.diagnosis.concerns.compactMap {
      if case .unreached(let distance) = $0 { distance } else { nil }
    }
    // For f = x^2: what lies beyond +-a is 2 a phi(a), and the variance is an integral over [-a, a].
    let a = proposal.survivalQuantile(1 / Double(draws))
    let missing = 2 * a * exp(-a * a / 2) / (2 * Double.pi).squareRoot()
    func term(_ x: Double) -> Double {
      let d = x * x - 1
      return d * d * exp(2 * normal.logDensity(of: x) - proposal.logDensity(of: x))
    }
    let variance = try Quadrature().integral(of: term, over: -a...a).value
    let expected = missing / (variance / Double(draws)).squareRoot()
    #expect(distances.count == 1)
    #expect(abs(distances[0] / expected - 1) < 0.05, "\(distances) \(expected)")
  }

  /// What the verdict expects of the error's uncertainty, if it is too much.
  private func expectedUncertainty(_ estimate: Estimate) throws -> Double {
    try #require(
      estimate.diagnosis.concerns.compactMap {
        if case .uncertainExpectedError(let share) = $0 { share } else { nil }
      }.first, "\(estimate.diagnosis)")
  }

  @Test("how uncertain an error is to be expected, by integrals of the fourth power")
  func uncertainError() async throws {
    let draws = 1_000
    func integral(_ term: @escaping @Sendable (Double) -> Double, _ range: ClosedRange<Double>)
      throws -> Double
    {
      try Quadrature().integral(of: term, over: range).value
    }
    // The mean from a shifted normal, normalised by the weights.
    let normal = self.normal
    let shifted = try Normal(mean: 2.5, standardDeviation: 1)
    let mean = try await SelfNormalizedImportanceSampler(proposal: shifted, draws: draws)
      .mean(of: { $0 }, under: normal, seed: 1)
    let rest = 1 / Double(draws)
    let reach = shifted.quantile(rest)...shifted.survivalQuantile(rest)
    func power(_ k: Double, _ q: Normal<Double>) -> @Sendable (Double) -> Double {
      { x in
        pow(abs(x), k) * exp(k * normal.logDensity(of: x) - (k - 1) * q.logDensity(of: x))
      }
    }
    let (second, fourth) = (
      try integral(power(2, shifted), reach), try integral(power(4, shifted), reach)
    )
    let expected = (fourth / Double(draws)).squareRoot() / (2 * second)
    // The power is steep where reach ends, between two nodes.
    #expect(abs(try expectedUncertainty(mean) / expected - 1) < 0.1, "\(expected)")

    // A tail from a narrow normal, unbiased: about the mean of f p / q, which most draws leave at zero.
    let narrow = try Normal(mean: 0, standardDeviation: 0.7)
    let tail = try await ImportanceSampler(proposal: narrow, draws: draws)
      .mean(of: { $0 > 2 ? 1 : 0 }, under: normal, seed: 1)
    let far = 2...narrow.survivalQuantile(rest)
    func moment(_ k: Double) throws -> Double {
      try integral(
        { x in exp(k * normal.logDensity(of: x) - (k - 1) * narrow.logDensity(of: x)) }, far)
    }
    let (m, m2, m3, m4) = (try moment(1), try moment(2), try moment(3), try moment(4))
    let spread = m2 - m * m
    let around = m4 - 4 * m * m3 + 6 * m * m * m2 - 3 * m * m * m * m
    let tailExpected = (around / Double(draws)).squareRoot() / (2 * spread)
    #expect(abs(try expectedUncertainty(tail) / tailExpected - 1) < 0.05, "\(tailExpected)")

    // Integers, both ways; all places that matter are within reach but the last.
    let (target, rare) = (try Poisson(rate: 4), try Poisson(rate: 2))
    let square: @Sendable (Int) -> Double = { Double($0 * $0) }
    let places = (0...60).filter { $0 == 0 || rare.survival($0 - 1) >= rest }
    func sum(_ center: Double, _ k: Double, about shift: Double) -> Double {
      places.reduce(0) { total, x in
        let q = exp(rare.logDensity(of: x))
        let ratio = exp(target.logDensity(of: x)) / q
        return total + q * pow(ratio * (square(x) - center) - shift, k)
      }
    }
    for isUnbiased in [false, true] {
      let estimate =
        isUnbiased
        ? try await ImportanceSampler(proposal: rare, draws: draws)
          .mean(of: square, under: target, seed: 1)
        : try await SelfNormalizedImportanceSampler(proposal: rare, draws: draws)
          .mean(of: square, under: target, seed: 1)
      let center = isUnbiased ? 0.0 : 20
      let shift = isUnbiased ? sum(0, 1, about: 0) : 0
      let expected =
        (sum(center, 4, about: shift) / Double(draws)).squareRoot()
        / (2 * sum(center, 2, about: shift))
      #expect(abs(try expectedUncertainty(estimate) / expected - 1) < 0.02, "\(expected)")
    }

    // One of 500 draws falls where the target is zero, and has a weight of zero; half of those are within
    // the reach of 1,000 draws.
    let whole = try Uniform(lower: 0, upper: 1)
    let most = try Uniform(lower: 0, upper: 0.998)
    let one = try await ImportanceSampler(proposal: whole, draws: draws)
      .mean(of: { _ in 1 }, under: most, seed: 1)
    // The kurtosis of a Bernoulli variable is 1 / (p (1 - p)) - 3.
    let bernoulli = (0.001 * (1 / (0.999 * 0.001) - 3)).squareRoot() / 2
    // The jump falls between two nodes, a fifth of its logit apart: a tenth of the rest on either side.
    #expect(abs(try expectedUncertainty(one) / bernoulli - 1) < 0.11, "\(bernoulli)")
  }

  @Test(
    "what two known distributions tell does not depend on the unit of f",
    arguments: [1e-160, 1e-100, 1, 1e77, 1e140])
  func unitsOfKnown(scale: Double) async throws {
    for (width, isReliable) in [(0.6, false), (1.5, true)] {
      let proposal = try Normal(mean: 0, standardDeviation: width)
      let estimate = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 1_000)
        .mean(of: { scale * $0 * $0 }, under: normal, seed: 1)
      let unbiased = try await ImportanceSampler(proposal: proposal, draws: 1_000)
        .mean(of: { scale * $0 * $0 }, under: normal, seed: 1)
      for estimate in [estimate, unbiased] {
        let isKnown = estimate.diagnosis.concerns.contains {
          if case .unreached = $0 { true } else { false }
        }
        #expect(isKnown == !isReliable, "\(estimate.diagnosis)")
        #expect(estimate.diagnosis.isReliable == isReliable, "\(estimate.diagnosis)")
      }
    }
  }

  @Test("ideal proposals of the unbiased estimate are reliable, whatever they do not reach")
  func idealReach() async throws {
    // f p / q is constant, or nearly.
    let exponential = try Exponential(rate: 1)
    for draws in [1_000, 100_000] {
      let moment = try await ImportanceSampler(
        proposal: try Gamma(shape: 2.2, rate: 1), draws: draws
      ).mean(of: { $0 }, under: exponential, seed: 1)
      #expect(moment.diagnosis == .reliable, "\(moment.diagnosis)")
      let growth = try await ImportanceSampler(
        proposal: try Normal(mean: 1, standardDeviation: 1.1), draws: draws
      ).mean(of: { exp($0) }, under: normal, seed: 1)
      #expect(growth.diagnosis == .reliable, "\(growth.diagnosis)")
      let offset = try await ImportanceSampler(proposal: normal, draws: draws)
        .mean(of: { 100 + $0 }, under: normal, seed: 1)
      #expect(offset.diagnosis == .reliable, "\(offset.diagnosis)")
      let far = try await ImportanceSampler(proposal: normal, draws: draws)
        .mean(of: { 1.7e9 + $0 }, under: normal, seed: 1)
      #expect(far.diagnosis == .reliable, "\(far.diagnosis)")
    }
  }

  @Test("f is not asked where the target is zero")
  func zeroTarget() async throws {
    let table = (0..<1_000).map { Double($0) }
    let proposal = try Normal(mean: 1, standardDeviation: 2)
    let estimate = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 20_000)
      .mean(of: { table[Int($0)] }, under: try Exponential(rate: 1), seed: 1)
    // The mean of the integer part is 1 / (e - 1).
    let z = StatisticalTolerance(level: 0.001, comparisons: 2).standardErrors
    #expect(abs(estimate.value - 1 / (exp(1) - 1)) < z * estimate.standardError, "\(estimate)")
    let unbiased = try await ImportanceSampler(proposal: proposal, draws: 20_000)
      .mean(of: { table[Int($0)] }, under: try Exponential(rate: 1), seed: 2)
    #expect(abs(unbiased.value - 1 / (exp(1) - 1)) < z * unbiased.standardError, "\(unbiased)")
  }

  @Test("vectors of which the weights have just no variance, and elements without a tail")
  func edgesOfTails() throws {
    let two = TailComparison(
      target: try MultivariateNormal(mean: [0], covariance: Matrix([[2]])),
      proposal: try MultivariateNormal(mean: [0], covariance: Matrix([[1]])))
    #expect(two.secondMoment == .infinity)
    #expect(abs(try #require(two.shape) - 0.5) < 1e-12)
    let mixed = TailComparison(
      target: Independent([
        AnyUnivariate(try Uniform(lower: 0, upper: 1)),
        AnyUnivariate(try Normal(mean: 0, standardDeviation: 1)),
        AnyUnivariate(try Uniform(lower: -1, upper: 1)),
      ]),
      proposal: Independent([
        AnyUnivariate(try Normal(mean: 0, standardDeviation: 1)),
        AnyUnivariate(try Normal(mean: 0, standardDeviation: 0.5)),
        AnyUnivariate(try Uniform(lower: 0, upper: 1)),
      ]))
    #expect(try #require(mixed.shape) > 0.7)
    #expect(abs(try #require(mixed.missed) - 0.5) < 1e-12)
  }

  @Test("what the distributions say is in the verdict of a run that draws alone would trust")
  func upFront() async throws {
    let narrow = SelfNormalizedImportanceSampler(
      proposal: try Normal(mean: 0, standardDeviation: 0.5), draws: 200)
    let estimate = try await narrow.mean(of: { $0 * $0 }, under: normal, seed: 1)
    #expect(
      estimate.diagnosis.concerns.contains {
        if case .unreached = $0 { true } else { false }
      })
    // What the two sides lack of an odd function cancels, and its intervals cover.
    let odd = try await narrow.mean(of: { $0 }, under: normal, seed: 1)
    #expect(
      !odd.diagnosis.concerns.contains {
        if case .unreached = $0 { true } else { false }
      })
    let vectors = try await SelfNormalizedImportanceSampler(
      proposal: try MultivariateNormal(mean: [0, 0], covariance: Matrix([[0.4, 0], [0, 1]])),
      draws: 200
    ).mean(
      of: { $0[0] }, under: try MultivariateNormal(mean: [0, 0], covariance: .identity(2)), seed: 1)
    #expect(
      vectors.diagnosis.concerns.contains {
        if case .lightProposal = $0 { true } else { false }
      })
    let half = try await SelfNormalizedImportanceSampler(
      proposal: try Exponential(rate: 1), draws: 10_000
    ).mean(of: { $0 }, under: normal, seed: 1)
    #expect(
      half.diagnosis.concerns.contains {
        if case .missedTarget(let p) = $0 { abs(p - 0.5) < 1e-12 } else { false }
      })
    // The unbiased estimate does not mind a place where f is zero too.
    let positive = try await ImportanceSampler(proposal: try Exponential(rate: 1), draws: 10_000)
      .mean(of: { max(0, $0) }, under: normal, seed: 1)
    #expect(positive.diagnosis == .reliable)
    let both = try await ImportanceSampler(proposal: try Exponential(rate: 1), draws: 10_000)
      .mean(of: { $0 * $0 }, under: normal, seed: 1)
    #expect(!both.diagnosis.isReliable)
  }

  @Test("a forecast of the draws that an error needs is kept", arguments: [0.75, 1.0, 2.0])
  func forecast(width: Double) async throws {
    let proposal = try Normal(mean: 0.5, standardDeviation: width)
    let target = normal
    var kept = 0
    var forecasts: [Int] = []
    let repetitions = draws(release: 40, debug: 5)
    for seed in 0..<repetitions {
      let pilot = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 1_000)
        .mean(of: { $0 }, under: target, seed: UInt64(seed))
      let wanted = pilot.standardError / 5
      // Nothing is said where k-hat is near one, which for the narrow one happens now and then.
      guard let needed = pilot.drawsNeeded(forStandardError: wanted) else { continue }
      // At least the 25 times of a light tail.
      #expect(needed >= 25_000)
      forecasts.append(needed)
      let then = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: needed)
        .mean(of: { $0 }, under: target, seed: UInt64(1_000 + seed))
      if then.standardError <= 1.1 * wanted { kept += 1 }
    }
    // Over 400 pilots 94, 100 and 100 % have a forecast, and at least 84, 94 and 100 % of those are kept. At
    // width 0.7 three of four are kept, at 0.65 four of seven, at 0.6 three of seven: those are not here.
    #expect(forecasts.count >= repetitions * 9 / 10)
    #expect(kept >= forecasts.count * 8 / 10, "\(kept) of \(forecasts.count)")
    // And mostly not ten times as many as a light tail needs.
    #expect(width < 1 || forecasts.sorted()[forecasts.count / 2] < 250_000)
  }

  @Test("a seed that is used again for every chunk is seen by the errors")
  func reusedSeed() async throws {
    // 40 chunks of the same 4,096 draws: the error that is stated is far too small.
    let target = normal
    let study = try await ConvergenceStudy(
      truth: 0, sizes: [4_096, 8 * 4_096, 40 * 4_096], replicates: 200
    ).run(seed: 9) { size, generator in
      var values = [Double](repeating: 0, count: 4_096)
      var span = values.mutableSpan
      target.fill(&span, using: &generator)
      let empirical = values
      let n = Double(size)
      let mean = empirical.reduce(0, +) / 4_096
      let variance = empirical.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4_095
      return Estimate(
        value: mean, standardError: (variance / n).squareRoot(), evaluations: size, draws: size,
        effectiveSampleSize: n, diagnosis: .reliable)
    }
    #expect(!study.coverage(0.95).isConsistent)
    #expect(!study.slope.isConsistent(with: -0.5))
  }
}
