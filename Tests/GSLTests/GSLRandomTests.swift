import Foundation
import GSL
import Randomness
import TestSupport
import Testing

/// A routine of GSL's, by its C name, driven by any generator.
enum Routine {
  /// One draw: of a vector all its elements, of a number the number.
  static func draw<G: RandomNumberGenerator>(
    _ name: String, _ p: [Double], using generator: inout G
  ) throws -> [Double] {
    if let real = real(name, p, using: &generator) { return [real] }
    if let integer = integer(name, p, using: &generator) { return [Double(integer)] }
    switch name {
    case "gsl_ran_dirichlet": return GSLRandom.dirichlet(concentrations: p, using: &generator)
    case "gsl_ran_multinomial":
      return GSLRandom.multinomial(trials: 50, weights: p, using: &generator).map { Double($0) }
    case "gsl_ran_bivariate_gaussian":
      let (x, y) = GSLRandom.bivariateGaussian(
        standardDeviations: (p[0], p[1]), correlation: p[2], using: &generator)
      return [x, y]
    case "gsl_ran_discrete":
      let table = try GSLDiscreteTable(weights: p)
      return [Double(GSLRandom.discrete(table, using: &generator))]
    default: throw UnknownRoutine(name: name)
    }
  }

  struct UnknownRoutine: Error { let name: String }

  static func real<G: RandomNumberGenerator>(
    _ name: String, _ p: [Double], using g: inout G
  ) -> Double? {
    switch name {
    case "gsl_ran_gaussian": GSLRandom.gaussian(standardDeviation: p[0], using: &g)
    case "gsl_ran_gaussian_ziggurat":
      GSLRandom.gaussianZiggurat(standardDeviation: p[0], using: &g)
    case "gsl_ran_gaussian_ratio_method":
      GSLRandom.gaussianRatio(standardDeviation: p[0], using: &g)
    case "gsl_ran_gaussian_tail":
      GSLRandom.gaussianTail(lower: p[0], standardDeviation: p[1], using: &g)
    case "gsl_ran_ugaussian_tail": GSLRandom.unitGaussianTail(lower: p[0], using: &g)
    case "gsl_ran_flat": GSLRandom.flat(lower: p[0], upper: p[1], using: &g)
    case "gsl_ran_exponential": GSLRandom.exponential(mean: p[0], using: &g)
    case "gsl_ran_laplace": GSLRandom.laplace(scale: p[0], using: &g)
    case "gsl_ran_exppow": GSLRandom.exponentialPower(scale: p[0], exponent: p[1], using: &g)
    case "gsl_ran_cauchy": GSLRandom.cauchy(scale: p[0], using: &g)
    case "gsl_ran_rayleigh": GSLRandom.rayleigh(scale: p[0], using: &g)
    case "gsl_ran_rayleigh_tail": GSLRandom.rayleighTail(lower: p[0], scale: p[1], using: &g)
    case "gsl_ran_landau": GSLRandom.landau(using: &g)
    case "gsl_ran_levy": GSLRandom.levy(scale: p[0], alpha: p[1], using: &g)
    case "gsl_ran_levy_skew":
      GSLRandom.levySkew(scale: p[0], alpha: p[1], beta: p[2], using: &g)
    case "gsl_ran_tdist": GSLRandom.studentT(degreesOfFreedom: p[0], using: &g)
    case "gsl_ran_gamma": GSLRandom.gamma(shape: p[0], scale: p[1], using: &g)
    case "gsl_ran_gamma_knuth": GSLRandom.gammaKnuth(shape: p[0], scale: p[1], using: &g)
    case "gsl_ran_chisq": GSLRandom.chiSquared(degreesOfFreedom: p[0], using: &g)
    case "gsl_ran_fdist": GSLRandom.fisherF(numerator: p[0], denominator: p[1], using: &g)
    case "gsl_ran_beta": GSLRandom.beta(alpha: p[0], beta: p[1], using: &g)
    case "gsl_ran_logistic": GSLRandom.logistic(scale: p[0], using: &g)
    case "gsl_ran_pareto": GSLRandom.pareto(exponent: p[0], scale: p[1], using: &g)
    case "gsl_ran_weibull": GSLRandom.weibull(scale: p[0], exponent: p[1], using: &g)
    case "gsl_ran_gumbel1": GSLRandom.gumbel1(a: p[0], b: p[1], using: &g)
    case "gsl_ran_gumbel2": GSLRandom.gumbel2(a: p[0], b: p[1], using: &g)
    case "gsl_ran_lognormal": GSLRandom.logNormal(zeta: p[0], sigma: p[1], using: &g)
    default: nil
    }
  }

  static func integer<G: RandomNumberGenerator>(
    _ name: String, _ p: [Double], using g: inout G
  ) -> Int? {
    switch name {
    case "gsl_ran_bernoulli": GSLRandom.bernoulli(probability: p[0], using: &g)
    case "gsl_ran_binomial":
      GSLRandom.binomial(probability: p[0], trials: Int(p[1]), using: &g)
    case "gsl_ran_poisson": GSLRandom.poisson(mean: p[0], using: &g)
    case "gsl_ran_geometric": GSLRandom.geometric(probability: p[0], using: &g)
    case "gsl_ran_negative_binomial":
      GSLRandom.negativeBinomial(probability: p[0], successes: p[1], using: &g)
    case "gsl_ran_pascal": GSLRandom.pascal(probability: p[0], successes: Int(p[1]), using: &g)
    case "gsl_ran_hypergeometric":
      GSLRandom.hypergeometric(first: Int(p[0]), second: Int(p[1]), draws: Int(p[2]), using: &g)
    case "gsl_ran_logarithmic": GSLRandom.logarithmic(probability: p[0], using: &g)
    default: nil
    }
  }

  /// The continuous distribution function of a routine.
  static func cdf(_ name: String, _ p: [Double]) -> (@Sendable (Double) -> Double)? {
    func ofGSL(_ family: GSLContinuous) -> @Sendable (Double) -> Double {
      { (try? GSLCumulative.probability(of: family, at: $0)) ?? .nan }
    }
    let normal: @Sendable (Double) -> Double = { 0.5 * erfc(-$0 * 0.5.squareRoot()) }
    switch name {
    case "gsl_ran_gaussian", "gsl_ran_gaussian_ziggurat", "gsl_ran_gaussian_ratio_method":
      return { normal($0 / p[0]) }
    case "gsl_ran_gaussian_tail": return { 1 - normal(-$0 / p[1]) / normal(-p[0] / p[1]) }
    case "gsl_ran_ugaussian_tail": return { 1 - normal(-$0) / normal(-p[0]) }
    case "gsl_ran_flat": return { ($0 - p[0]) / (p[1] - p[0]) }
    case "gsl_ran_exponential": return { -expm1(-$0 / p[0]) }
    case "gsl_ran_laplace": return ofGSL(.laplace(scale: p[0]))
    case "gsl_ran_exppow": return ofGSL(.exponentialPower(scale: p[0], exponent: p[1]))
    case "gsl_ran_cauchy": return { 0.5 + atan($0 / p[0]) / .pi }
    case "gsl_ran_rayleigh": return { -expm1(-0.5 * $0 * $0 / (p[0] * p[0])) }
    case "gsl_ran_rayleigh_tail":
      return { -expm1(-0.5 * ($0 - p[0]) * ($0 + p[0]) / (p[1] * p[1])) }
    // Of the stable laws those that have another name.
    case "gsl_ran_levy" where p[1] == 1, "gsl_ran_levy_skew" where p[1] == 1 && p[2] == 0:
      return { 0.5 + atan($0 / p[0]) / .pi }
    case "gsl_ran_levy" where p[1] == 2, "gsl_ran_levy_skew" where p[1] == 2:
      return { normal($0 / (2.0.squareRoot() * p[0])) }
    case "gsl_ran_levy_skew" where p[1] == 0.5 && p[2] == 1:
      return { erfc((0.5 * p[0] / $0).squareRoot()) }
    case "gsl_ran_tdist": return ofGSL(.studentT(degreesOfFreedom: p[0]))
    case "gsl_ran_gamma", "gsl_ran_gamma_knuth":
      return ofGSL(.gamma(shape: p[0], scale: p[1]))
    case "gsl_ran_chisq": return ofGSL(.chiSquared(degreesOfFreedom: p[0]))
    case "gsl_ran_fdist": return ofGSL(.fisherF(numerator: p[0], denominator: p[1]))
    case "gsl_ran_beta": return ofGSL(.beta(alpha: p[0], beta: p[1]))
    case "gsl_ran_logistic": return { 1 / (1 + exp(-$0 / p[0])) }
    case "gsl_ran_pareto": return { 1 - pow($0 / p[1], -p[0]) }
    case "gsl_ran_weibull": return { -expm1(-pow($0 / p[0], p[1])) }
    case "gsl_ran_gumbel1": return { exp(-p[1] * exp(-p[0] * $0)) }
    case "gsl_ran_gumbel2": return { exp(-p[1] * pow($0, -p[0])) }
    case "gsl_ran_lognormal": return { normal((log($0) - p[0]) / p[1]) }
    default: return nil
    }
  }

  static func family(_ name: String, _ p: [Double]) -> GSLDiscrete? {
    switch name {
    case "gsl_ran_bernoulli": .bernoulli(probability: p[0])
    case "gsl_ran_binomial": .binomial(probability: p[0], trials: Int(p[1]))
    case "gsl_ran_poisson": .poisson(mean: p[0])
    case "gsl_ran_geometric": .geometric(probability: p[0])
    case "gsl_ran_negative_binomial": .negativeBinomial(probability: p[0], successes: p[1])
    case "gsl_ran_pascal": .pascal(probability: p[0], successes: Int(p[1]))
    case "gsl_ran_hypergeometric":
      .hypergeometric(first: Int(p[0]), second: Int(p[1]), draws: Int(p[2]))
    case "gsl_ran_logarithmic": .logarithmic(probability: p[0])
    default: nil
    }
  }
}

@Suite("GSLRandom")
struct GSLRandomTests {
  // Most routines go through libm, whose last bits differ between systems.
  #if os(Linux)
    @Test("Driven by GSLGenerator, the draws are a C program's bit for bit", .tags(.reference))
    func sameBits() throws {
      let reference = try GSLReference.committed.get().draws
      #expect(reference.count == 53)
      for expected in reference {
        var generator = try GSLGenerator(expected.generator, seed: expected.seed)
        var drawn: [Double] = []
        while drawn.count < expected.values.count {
          drawn += try Routine.draw(expected.routine, expected.parameters, using: &generator)
        }
        #expect(
          drawn.map(\.bitPattern) == expected.values.map(\.number.bitPattern),
          "\(expected.testDescription)")
      }
    }
  #endif

  struct Case: Sendable, CustomTestStringConvertible {
    let routine: String
    let parameters: [Double]
    var testDescription: String { "\(routine) \(parameters)" }

    /// What the reference file draws, once each, and a general stable law.
    static let all: [Case] = {
      let reference = (try? GSLReference.committed.get().draws) ?? []
      return reference.map { Case(routine: $0.routine, parameters: $0.parameters) }
    }()

    static let continuous = all.filter { Routine.cdf($0.routine, $0.parameters) != nil }
    static let discrete = all.filter { Routine.family($0.routine, $0.parameters) != nil }
  }

  @Test("Every routine has a statistical test below")
  func complete() {
    let tested = Set((Case.continuous + Case.discrete).map(\.routine))
    let others: Set = [
      "gsl_ran_landau", "gsl_ran_discrete", "gsl_ran_dirichlet", "gsl_ran_multinomial",
      "gsl_ran_bivariate_gaussian",
    ]
    #expect(tested.isDisjoint(with: others))
    #expect(tested.union(others) == Set(Case.all.map(\.routine)))
    #expect(tested.union(others).count == 39)
  }

  @Test(
    "Driven by Philox, continuous draws have their distribution", .tags(.statistical),
    arguments: Case.continuous, [UInt64(1)])
  func realDistribution(test: Case, seed: UInt64) throws {
    let count = draws(release: 100_000, debug: 20_000)
    let cdf = try #require(Routine.cdf(test.routine, test.parameters))
    var generator = Philox(seed: seed)
    let sample = try (0..<count).map { _ in
      try #require(Routine.real(test.routine, test.parameters, using: &generator))
    }
    let limit = StatisticalTolerance(comparisons: Case.continuous.count)
      .kolmogorovSmirnov(draws: count)
    #expect(kolmogorovSmirnovStatistic(of: sample, against: cdf) < limit)
    // Draws that are a third too wide are seen not to.
    #expect(kolmogorovSmirnovStatistic(of: sample.map { 1.33 * $0 }, against: cdf) > limit)
  }

  @Test(
    "Driven by Philox, integer draws have their distribution", .tags(.statistical),
    arguments: Case.discrete, [UInt64(1)])
  func integerDistribution(test: Case, seed: UInt64) throws {
    let count = draws(release: 100_000, debug: 20_000)
    let family = try #require(Routine.family(test.routine, test.parameters))
    var generator = Philox(seed: seed)
    var counts: [Int: Int] = [:]
    for _ in 0..<count {
      let k = try #require(Routine.integer(test.routine, test.parameters, using: &generator))
      counts[k, default: 0] += 1
    }
    // Neighbours are joined until a cell expects 20; what is left joins the last.
    var (expected, observed) = ([Double](), [Int]())
    var (mass, number) = (0.0, 0)
    for k in 0...(counts.keys.max() ?? 0) + 50 {
      mass += try Double(count) * GSLDensity.value(of: family, at: k)
      number += counts[k] ?? 0
      if mass >= 20 {
        expected.append(mass)
        observed.append(number)
        (mass, number) = (0, 0)
      }
    }
    expected[expected.count - 1] += Double(count) - expected.reduce(0, +)
    observed[observed.count - 1] += number
    let tolerance = StatisticalTolerance(comparisons: Case.discrete.count)
    #expect(
      chiSquaredStatistic(counts: observed, expected: expected)
        < tolerance.chiSquared(degreesOfFreedom: expected.count - 1))
  }

  /// P(X > x) of the Landau distribution:
  ///
  /// ```
  /// 1 / pi  integral over t > 0 of  exp(-t log t - x t) sin(pi t) / t
  /// ```
  static func landauSurvival(_ x: Double) -> Double {
    let step = 1e-3
    var sum = 0.5 * Double.pi
    for i in 1..<30_000 {
      let t = Double(i) * step
      sum += exp(-t * log(t) - x * t) * sin(.pi * t) / t
    }
    return sum * step / .pi
  }

  @Test("Landau draws fall into the cells of a numerical integral", .tags(.statistical))
  func landau() {
    let count = draws(release: 100_000, debug: 20_000)
    let edges = [-2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 2, 4, 8, 20]
    let above = [1] + edges.map(Self.landauSurvival) + [0]
    var generator = Philox(seed: 2)
    var counts = [Int](repeating: 0, count: edges.count + 1)
    for _ in 0..<count {
      let x = GSLRandom.landau(using: &generator)
      counts[edges.firstIndex { x < $0 } ?? edges.count] += 1
    }
    let expected = zip(above, above.dropFirst()).map { Double(count) * ($0 - $1) }
    #expect(
      chiSquaredStatistic(counts: counts, expected: expected)
        < StatisticalTolerance().chiSquared(degreesOfFreedom: edges.count))
  }

  @Test(
    "A stable law is stable: (x + y) / 2^(1 / alpha) is distributed as x", .tags(.statistical),
    arguments: [(0.7, 0.0), (1.3, 0.0), (1.3, 0.8)])
  func stable(alpha: Double, beta: Double) {
    let count = draws(release: 50_000, debug: 10_000)
    var generator = Philox(seed: 3)
    func draw() -> Double {
      beta == 0
        ? GSLRandom.levy(scale: 1, alpha: alpha, using: &generator)
        : GSLRandom.levySkew(scale: 1, alpha: alpha, beta: beta, using: &generator)
    }
    let single = (0..<count).map { _ in draw() }.sorted()
    let sums = (0..<count).map { _ in (draw() + draw()) / pow(2, 1 / alpha) }
    // Two samples of one size: their empirical functions differ by sqrt(2) times as much.
    func empirical(_ x: Double) -> Double {
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        if single[middle] <= x { low = middle + 1 } else { high = middle }
      }
      return Double(low) / Double(count)
    }
    let limit = StatisticalTolerance(comparisons: 3).kolmogorovSmirnov(draws: count)
    #expect(
      kolmogorovSmirnovStatistic(of: sums, against: empirical) < 2.0.squareRoot() * limit)
  }

  @Test("Vectors have the marginal distributions that theory gives", .tags(.statistical))
  func vectors() throws {
    let count = draws(release: 50_000, debug: 10_000)
    let tolerance = StatisticalTolerance(comparisons: 5)
    var generator = Philox(seed: 4)
    let weights = [1.0, 2, 3, 4]

    let points = (0..<count).map { _ in
      GSLRandom.dirichlet(concentrations: weights, using: &generator)
    }
    #expect(points.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-14 })
    #expect(
      kolmogorovSmirnovStatistic(of: points.map { $0[1] }) {
        (try? GSLCumulative.probability(of: .beta(alpha: 2, beta: 8), at: $0)) ?? .nan
      } < tolerance.kolmogorovSmirnov(draws: count))

    var counts = [0, 0, 0, 0]
    let table = try GSLDiscreteTable(weights: weights)
    for _ in 0..<count { counts[GSLRandom.discrete(table, using: &generator)] += 1 }
    let expected = weights.map { Double(count) * $0 / 10 }
    #expect(
      chiSquaredStatistic(counts: counts, expected: expected)
        < tolerance.chiSquared(degreesOfFreedom: 3))

    // Independent rounds of a multinomial add up to one.
    var totals = [0, 0, 0, 0]
    for _ in 0..<count / 10 {
      let round = GSLRandom.multinomial(trials: 10, weights: weights, using: &generator)
      #expect(round.reduce(0, +) == 10)
      for k in 0..<4 { totals[k] += round[k] }
    }
    #expect(
      chiSquaredStatistic(counts: totals, expected: expected)
        < tolerance.chiSquared(degreesOfFreedom: 3))

    let pairs = (0..<count).map { _ in
      GSLRandom.bivariateGaussian(
        standardDeviations: (2, 0.5), correlation: -0.7, using: &generator)
    }
    func normal(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }
    let sums = pairs.map { $0.0 / 2 + $0.1 / 0.5 }  // of variance 2 (1 - 0.7)
    #expect(
      kolmogorovSmirnovStatistic(of: pairs.map { $0.1 / 0.5 }, against: normal)
        < tolerance.kolmogorovSmirnov(draws: count))
    #expect(
      kolmogorovSmirnovStatistic(of: sums) { normal($0 / 0.6.squareRoot()) }
        < tolerance.kolmogorovSmirnov(draws: count))
  }

  @Test("A draw leaves the generator where its own outputs do", .tags(.unit))
  func generatorAdvances() {
    var generator = Philox(seed: 3)
    var other = generator
    let u = GSLRandom.flat(lower: 0, upper: 1, using: &generator)
    #expect(u == other.nextUnit())
    #expect(generator == other)
  }
}
