import Distributions
import Estimation
import Foundation
import GSL
import Randomness
import TestSupport
import Testing

/// A density known up to a constant, and the distribution that it is.
private struct Known: CustomStringConvertible, Sendable {
  let description: String
  let logDensity: @Sendable (Double) -> Double
  let distribution: any ContinuousDistribution
  let startingPoints: [Double]

  /// By the log density of the distribution itself, `constant` higher.
  init(
    _ description: String, _ distribution: some ContinuousDistribution, constant: Double = 0,
    startingPoints: [Double] = []
  ) {
    self.description = description
    self.distribution = distribution
    self.startingPoints = startingPoints
    logDensity = { distribution.logDensity(of: $0) + constant }
  }

  func inversion(resolution: Double = 1e-10) throws -> NumericalInversion {
    try NumericalInversion(
      logDensity: logDensity, support: distribution.support, startingPoints: startingPoints,
      resolution: resolution)
  }
}

private let known: [Known] = {
  let normal = try! Normal(mean: 0, standardDeviation: 1)
  func modes(_ distance: Double, _ deviation: Double) -> Mixture<Normal<Double>> {
    try! Mixture(
      [normal, Normal(mean: distance, standardDeviation: deviation)], weights: [0.3, 0.7])
  }
  return [
    Known("normal", normal, constant: 17),
    Known("gamma", try! Gamma(shape: 2.5, rate: 1), constant: -300),
    Known("beta", try! Beta(alpha: 2, beta: 3)),
    Known("logistic", try! Logistic(location: 0, scale: 1)),
    Known("normal beyond 8", try! normal.truncated(to: 8 ... .infinity)),
    Known("exponential", try! Exponential(rate: 1)),
    Known("uniform", try! Uniform(lower: -2, upper: 5)),
    Known("Laplace", try! Laplace(location: 0, scale: 1)),
    Known("Gumbel", try! Gumbel(location: 0, scale: 1)),
    Known("triangular", try! Triangular(lower: 0, mode: 0.3, upper: 1)),
    Known("Student t(3)", try! StudentT(degreesOfFreedom: 3)),
    Known("Cauchy", try! Cauchy(location: 0, scale: 1)),
    Known("Pareto(1.5)", try! Pareto(scale: 1, shape: 1.5)),
    Known("Gamma(0.3), a pole", try! Gamma(shape: 0.3, rate: 1)),
    Known("Beta(0.5, 3), a pole", try! Beta(alpha: 0.5, beta: 3)),
    Known("log-normal", try! LogNormal(logMean: 0, logStandardDeviation: 2)),
    Known("two modes", modes(4, 1)),
    Known("two far modes", modes(300, 2)),
    Known("a narrow mode far away", modes(50, 1e-3), startingPoints: [0.1, 50.0001]),
    Known("normal of scale 1e-8", try! Normal(mean: 3e-9, standardDeviation: 1e-8)),
    Known("normal of scale 1e8", try! Normal(mean: 3e8, standardDeviation: 1e8)),
    Known("gamma of scale 1e8", try! Gamma(shape: 3, rate: 1e-8)),
  ]
}()

/// Evenly spaced, and toward both ends.
private let probabilities =
  (1..<10_000).map { Double($0) / 10_000 }
  + (2...52).flatMap { k in
    let p = Double(sign: .plus, exponent: -k, significand: 1.3)
    return [p, 1 - p]
  }

@Suite struct NumericalInversionTests {
  @Test(
    "the error of a probability is below the resolution", .tags(.reference), arguments: known,
    [1e-5, 1e-10, 1e-12])
  private func resolution(known: Known, resolution: Double) throws {
    // Doubles near 50 lie so far apart that a mode of width 1e-3 is no better known.
    if known.description.hasPrefix("a narrow mode"), resolution < 1e-10 {
      #expect(throws: EstimationError.self) { try known.inversion(resolution: resolution) }
      return
    }
    let inversion = try known.inversion(resolution: resolution)
    var largest = 0.0
    // What the reference itself, and the rounding of a wide x, leave.
    let rounding = 2e-14
    for u in probabilities {
      let x = inversion.quantile(u)
      let p = known.distribution.cdf(x)
      largest = max(largest, abs(p - u))
    }
    #expect(largest <= resolution + rounding)
  }

  @Test(
    "density, cdf and moments are those of the distribution", .tags(.reference), arguments: known)
  private func functions(known: Known) throws {
    let (inversion, exact) = (try known.inversion(), known.distribution)
    #expect(inversion.support == exact.support)
    var (cdf, survival, density) = (0.0, 0.0, 0.0)
    for u in probabilities where u > 1e-12 && u < 1 - 1e-12 {
      let x = exact.quantile(u)
      cdf = max(cdf, abs(inversion.cdf(x) - exact.cdf(x)))
      survival = max(survival, abs(inversion.survival(x) - exact.survival(x)))
      density = max(density, abs(inversion.logDensity(of: x) - exact.logDensity(of: x)))
    }
    #expect(cdf < 2e-12 && survival < 2e-12 && density < 2e-12)
    func agree(_ value: Double, _ expected: Double, _ scale: Double) -> Bool {
      expected.isFinite ? abs(value - expected) <= 1e-9 * scale : value.isFinite == false
    }
    let deviation = exact.variance.isFinite ? exact.variance.squareRoot() : abs(exact.mean)
    #expect(
      agree(inversion.mean, exact.mean, deviation), "\(inversion.mean), not \(exact.mean)")
    #expect(
      agree(inversion.variance, exact.variance, exact.variance),
      "\(inversion.variance), not \(exact.variance)")
  }

  @Test("tails to ten digits", .tags(.reference), arguments: [0, 3, 4, 8, 10, 11])
  private func tails(index: Int) throws {
    let (inversion, exact) = (try known[index].inversion(), known[index].distribution)
    for exponent in [-8, -12, -20, -25] {
      let p = pow(10, Double(exponent))
      if exact.support.lowerBound == -.infinity {
        #expect(relativeError(exact.cdf(inversion.quantile(p)), p) < 1e-9, "\(p)")
        #expect(relativeError(inversion.cdf(exact.quantile(p)), p) < 1e-9, "\(p)")
      }
      #expect(relativeError(exact.survival(inversion.survivalQuantile(p)), p) < 1e-9, "\(p)")
      #expect(relativeError(inversion.survival(exact.survivalQuantile(p)), p) < 1e-9, "\(p)")
    }
    #expect(inversion.quantile(0) == exact.support.lowerBound)
    #expect(inversion.quantile(1) == exact.support.upperBound)
    #expect(inversion.survivalQuantile(0) == exact.support.upperBound)
  }

  @Test("quantiles rise", arguments: known)
  private func monotone(known: Known) throws {
    let inversion = try known.inversion()
    let sorted = probabilities.sorted()
    let quantiles = sorted.map(inversion.quantile)
    #expect(zip(quantiles, quantiles.dropFirst()).allSatisfy(<=))
  }

  @Test("draws follow the density", .tags(.statistical), arguments: known)
  private func draws(known: Known) throws {
    let count = TestSupport.draws(release: 1_000_000, debug: 20_000)
    let inversion = try known.inversion()
    var sample = [Double](repeating: 0, count: count)
    var memory = sample.mutableSpan
    var generator = Philox(seed: 1)
    inversion.fill(&memory, using: &generator)
    #expect(sample.allSatisfy { known.distribution.support.contains($0) })
    let exact = known.distribution
    let distance = kolmogorovSmirnovStatistic(of: sample, evaluations: 20_000) { exact.cdf($0) }
    let tolerance = StatisticalTolerance(comparisons: 22)
    #expect(distance < tolerance.kolmogorovSmirnov(draws: count) + 1.0 / 20_000)
  }

  @Test("a draw is the quantile of a uniform, however a fill is cut")
  func bits() throws {
    let inversion = try known[1].inversion()
    var (uniforms, whole) = (Philox(seed: 3), Philox(seed: 3))
    var values = [Double](repeating: 0, count: 5_000)
    var memory = values.mutableSpan
    inversion.fill(&memory, using: &whole)
    #expect(whole.position == 5_000)
    for x in values {
      let u = uniforms.nextOpenUnit()
      if u > 0x1p-20, u < 1 - 0x1p-20 { #expect(x == inversion.quantile(u)) }
    }
    var one = Philox(seed: 3)
    #expect(values == (0..<5_000).map { _ in inversion.sample(using: &one) })
    #expect(try known[1].inversion().quantile(0.3) == inversion.quantile(0.3))
  }

  @Test("an expectation under it", .tags(.statistical))
  func mean() async throws {
    let quartic = try NumericalInversion(logDensity: { -$0 * $0 * $0 * $0 })
    #expect(abs(quartic.logIntegral - log(2 * tgamma(1.25))) < 1e-12)
    #expect(abs(quartic.variance - tgamma(0.75) / tgamma(0.25)) < 1e-12)
    let estimate = try await MonteCarlo(draws: 100_000).mean(
      of: { $0 * $0 }, under: quartic, seed: 1)
    let z = StatisticalTolerance().standardErrors
    #expect(abs(estimate.value - quartic.variance) < z * estimate.standardError)
    #expect(estimate.diagnosis == .reliable)
  }

  @Test("densities with steps and gaps")
  func steps() throws {
    // 1 on [0, 1/3), zero to 2, exp(-x) from there.
    let inversion = try NumericalInversion(
      logDensity: { $0 < 1.0 / 3 ? 0 : $0 < 2 ? -.infinity : -$0 }, support: 0...10)
    let part: Double = exp(-2.0) - exp(-10.0)
    let total = 1.0 / 3 + part
    #expect(abs(inversion.logIntegral - log(total)) < 1e-12)
    for u in probabilities {
      let x = inversion.quantile(u)
      #expect(x <= 1.0 / 3 + 1e-9 || x >= 2 - 1e-9, "\(u)")
      let p = x < 1 ? x / total : (1.0 / 3 + exp(-2.0) - exp(-x)) / total
      #expect(abs(p - u) <= 1e-10)
    }
  }

  @Test("an integral that does not converge is refused, with the end")
  func improper() throws {
    func end(
      _ support: ClosedRange<Double>, _ logDensity: @escaping @Sendable (Double) -> Double
    ) -> Double? {
      do {
        _ = try NumericalInversion(logDensity: logDensity, support: support)
        return nil
      } catch EstimationError.divergentIntegral(let end, _) {
        return end
      } catch {
        Issue.record("\(error)")
        return nil
      }
    }
    #expect(end(0...1) { -log($0) } == 0)
    #expect(end(0...1) { -log1p(-$0) } == 1)
    #expect(end(1 ... .infinity) { -log($0) } == .infinity)
    #expect(end(0 ... .infinity) { -2 * log($0) } == 0)
    #expect(end(-.infinity ... -1) { -log(-$0) } == -.infinity)
    #expect(end(-.infinity ... .infinity) { _ in 0 }?.isInfinite == true)
    #expect(end(-.infinity ... .infinity) { -log1p(abs($0)) }?.isInfinite == true)
    #expect(end(0 ... .infinity) { $0 } == .infinity)
    #expect(end(2 ... .infinity) { -log($0) - 2 * log(log($0)) } == .infinity)
  }

  @Test("a resolution that cannot be reached is refused, with place and error")
  func noise() throws {
    // Digits beyond the sixth are noise.
    let noisy: @Sendable (Double) -> Double = {
      var bits = $0.bitPattern
      bits = (bits ^ bits >> 31) &* 0x9e37_79b9_7f4a_7c15
      return -0.5 * $0 * $0 + 1e-6 * Double(bits >> 40) * 0x1p-24
    }
    do {
      _ = try NumericalInversion(logDensity: noisy, support: -3...3)
      Issue.record("the noise is not noticed")
    } catch EstimationError.resolutionNotReached(let place, let error, let resolution) {
      #expect(place > -3 && place < 3 && error > 0 && resolution == 1e-10)
    }
    // So are the Doubles below a pole at one, where the last of them has 1e-8 of the probability.
    let beta = try Beta(alpha: 3, beta: 0.5)
    do {
      _ = try NumericalInversion(logDensity: { beta.logDensity(of: $0) }, support: 0...1)
      Issue.record("the pole is not noticed")
    } catch EstimationError.resolutionNotReached(let place, let error, _) {
      #expect(abs(place - 1) < 1e-10 && error > 1e-10)
    }
    // It is good enough for less.
    _ = try NumericalInversion(logDensity: noisy, support: -3...3, resolution: 1e-3)
  }

  @Test("bad settings and values that are no numbers")
  func settings() throws {
    for resolution in [0, 1e-13, 0.1, Double.nan] {
      #expect(throws: EstimationError.self) {
        try NumericalInversion(logDensity: { -$0 * $0 }, resolution: resolution)
      }
    }
    #expect(throws: EstimationError.self) {
      try NumericalInversion(logDensity: { -$0 * $0 }, support: 1...1)
    }
    #expect(throws: EstimationError.self) {
      try NumericalInversion(logDensity: { -$0 * $0 }, support: 0...1, startingPoints: [2])
    }
    #expect(throws: EstimationError.self) {
      try NumericalInversion(logDensity: { $0 > 1 ? .nan : -$0 * $0 })
    }
    #expect(throws: EstimationError.self) {
      try NumericalInversion(logDensity: { _ in -.infinity })
    }
  }
}

@Suite struct InverseTransformTests {
  @Test("the table of the lecture: the first value whose cumulative probability exceeds u")
  func table() throws {
    let table = try InverseTransform(probabilities: [0.25, 0, 0.5, 0.25, 0])
    #expect(table.cumulative == [0.25, 0.25, 0.75, 1, 1])
    for (u, value) in [(0, 0), (0.2499, 0), (0.25, 2), (0.7499, 2), (0.75, 3), (1 - 0x1p-53, 3)] {
      #expect(table.value(at: u) == value, "\(u)")
    }
    var generator = ScriptedGenerator(0, 1 << 62, 3 << 62, .max)
    #expect((0..<4).map { _ in table.sample(using: &generator) } == [0, 2, 3, 3])
  }

  @Test("draws of a table follow its probabilities", .tags(.statistical))
  func frequencies() throws {
    let count = TestSupport.draws(release: 1_000_000, debug: 50_000)
    let probabilities = [0.1, 0.2, 0.3, 0.4]
    let table = try InverseTransform(probabilities: probabilities)
    var values = [Int](repeating: 0, count: count)
    var memory = values.mutableSpan
    var generator = Philox(seed: 2)
    table.fill(&memory, using: &generator)
    let counts = (0..<4).map { k in values.count { $0 == k } }
    let statistic = chiSquaredStatistic(
      counts: counts, expected: probabilities.map { $0 * Double(count) })
    #expect(statistic < StatisticalTolerance().chiSquared(degreesOfFreedom: 3))
  }

  @Test("any discrete distribution: the quantile of each uniform")
  func discrete() throws {
    func check<D: DiscreteDistribution>(_ base: D) throws {
      let table = try InverseTransform(base)
      var (uniforms, bulk, single) = (Philox(seed: 4), Philox(seed: 4), Philox(seed: 4))
      var values = [Int](repeating: 0, count: 3_000)
      var memory = values.mutableSpan
      table.fill(&memory, using: &bulk)
      for value in values {
        let u = uniforms.nextUnit()
        #expect(value == table.value(at: u))
        #expect(value == table.sample(using: &single))
        // The smallest value whose cdf has reached u, but for u on a step.
        #expect(value == base.quantile(u), "\(u)")
      }
    }
    try check(Poisson(rate: 3.5))
    try check(Poisson(rate: 1_000))
    try check(Binomial(trials: 40, probability: 0.3))
    try check(Geometric(probability: 0.2))
    try check(DiscreteUniform(lower: -3, upper: 8))
    #expect(throws: EstimationError.self) { try InverseTransform(Poisson(rate: 1e15)) }
  }

  @Test("a continuous one: the quantile of each uniform")
  func continuous() throws {
    let base = try Gamma(shape: 2.5, rate: 2)
    let inverse = InverseTransform(base)
    var (uniforms, bulk, single) = (Philox(seed: 4), Philox(seed: 4), Philox(seed: 4))
    var values = [Double](repeating: 0, count: 1_000)
    var memory = values.mutableSpan
    inverse.fill(&memory, using: &bulk)
    for value in values {
      #expect(value == base.quantile(uniforms.nextOpenUnit()))
      #expect(value == inverse.sample(using: &single))
    }
    #expect(inverse.cumulative.isEmpty)
    #expect(inverse.mean == base.mean && inverse.cdf(1) == base.cdf(1))
  }
}
