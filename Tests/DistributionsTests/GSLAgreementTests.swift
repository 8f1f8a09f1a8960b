import Distributions
import Foundation
import GSL
import TestSupport
import Testing

/// Where GSL's densities and distribution functions hold, ours are the same. (Where they do not is told
/// in the distributions' own comments, and the committed references judge there.)
@Suite("Agreement with GSL", .tags(.reference))
struct GSLAgreementTests {
  struct Continuous: Sendable, CustomTestStringConvertible {
    let family: GSLContinuous
    let make: @Sendable () throws -> any ContinuousDistribution
    var testDescription: String { "\(family)" }

    init(
      _ family: GSLContinuous, _ make: @escaping @Sendable () throws -> any ContinuousDistribution
    ) {
      (self.family, self.make) = (family, make)
    }

    static let all: [Continuous] = [
      .init(.gaussian(standardDeviation: 2)) { try Normal(mean: 0, standardDeviation: 2) },
      .init(.exponential(mean: 0.5)) { try Exponential(rate: 2) },
      .init(.laplace(scale: 1.5)) { try Laplace(location: 0, scale: 1.5) },
      .init(.cauchy(scale: 3)) { try Cauchy(location: 0, scale: 3) },
      .init(.rayleigh(scale: 2)) { try Rayleigh(scale: 2) },
      .init(.chiSquared(degreesOfFreedom: 7)) { try ChiSquared(degreesOfFreedom: 7) },
      .init(.studentT(degreesOfFreedom: 4.5)) { try StudentT(degreesOfFreedom: 4.5) },
      .init(.logistic(scale: 0.7)) { try Logistic(location: 0, scale: 0.7) },
      .init(.flat(lower: -1, upper: 3)) { try Uniform(lower: -1, upper: 3) },
      .init(.exponentialPower(scale: 2, exponent: 1.5)) {
        try ExponentialPower(location: 0, scale: 2, exponent: 1.5)
      },
      .init(.gamma(shape: 2.5, scale: 0.5)) { try Gamma(shape: 2.5, scale: 0.5) },
      .init(.gamma(shape: 0.3, scale: 2)) { try Gamma(shape: 0.3, scale: 2) },
      .init(.fisherF(numerator: 5, denominator: 8)) {
        try FisherF(numeratorDegreesOfFreedom: 5, denominatorDegreesOfFreedom: 8)
      },
      .init(.beta(alpha: 2, beta: 3)) { try Beta(alpha: 2, beta: 3) },
      .init(.logNormal(zeta: 0.3, sigma: 0.8)) {
        try LogNormal(logMean: 0.3, logStandardDeviation: 0.8)
      },
      .init(.pareto(exponent: 3, scale: 2)) { try Pareto(scale: 2, shape: 3) },
      .init(.weibull(scale: 2, exponent: 1.7)) { try Weibull(scale: 2, shape: 1.7) },
      .init(.gumbel1(a: 2, b: 3)) { try Gumbel(location: log(3) / 2, scale: 0.5) },
      .init(.gumbel2(a: 2, b: 3)) { try GumbelType2(shape: 2, scale: 3) },
    ]
  }

  @Test("densities, tails and quantiles of continuous families", arguments: Continuous.all)
  func continuous(test: Continuous) throws {
    let distribution = try test.make()
    for p in [1e-6, 0.01, 0.2, 0.5, 0.7, 0.95, 0.9999] {
      let x = distribution.quantile(p)
      let density = try GSLDensity.value(of: test.family, at: x)
      #expect(relativeError(exp(distribution.logDensity(of: x)), density) < 1e-11, "at \(x)")
      for (upper, tail) in [(false, distribution.cdf(x)), (true, distribution.survival(x))] {
        let gsl = try GSLCumulative.probability(of: test.family, at: x, upper: upper)
        #expect(relativeError(tail, gsl) < 1e-9, "at \(x), upper \(upper)")
      }
      if let quantile = try? GSLCumulative.quantile(of: test.family, at: p) {
        #expect(scaledError(x, quantile) < 1e-8, "at \(p)")
      }
    }
  }

  struct Discrete: Sendable, CustomTestStringConvertible {
    let family: GSLDiscrete
    let make: @Sendable () throws -> any DiscreteDistribution
    var testDescription: String { "\(family)" }

    init(_ family: GSLDiscrete, _ make: @escaping @Sendable () throws -> any DiscreteDistribution) {
      (self.family, self.make) = (family, make)
    }

    static let all: [Discrete] = [
      .init(.bernoulli(probability: 0.3)) { try Bernoulli(probability: 0.3) },
      .init(.binomial(probability: 0.3, trials: 20)) { try Binomial(trials: 20, probability: 0.3) },
      .init(.poisson(mean: 7.5)) { try Poisson(rate: 7.5) },
      .init(.geometric(probability: 0.2)) { try Geometric(probability: 0.2) },
      .init(.negativeBinomial(probability: 0.4, successes: 2.5)) {
        try NegativeBinomial(successes: 2.5, probability: 0.4)
      },
      .init(.pascal(probability: 0.4, successes: 3)) {
        try NegativeBinomial(successes: 3, probability: 0.4)
      },
      .init(.hypergeometric(first: 12, second: 20, draws: 9)) {
        try Hypergeometric(marked: 12, unmarked: 20, draws: 9)
      },
      .init(.logarithmic(probability: 0.7)) { try Logarithmic(probability: 0.7) },
    ]
  }

  @Test("probabilities and tails of discrete families", arguments: Discrete.all)
  func discrete(test: Discrete) throws {
    let distribution = try test.make()
    for k in 0...15 {
      let probability = try GSLDensity.value(of: test.family, at: k)
      let ours = exp(distribution.logDensity(of: k))
      #expect(abs(ours - probability) <= 1e-11 * probability, "at \(k)")
      for (upper, tail) in [(false, distribution.cdf(k)), (true, distribution.survival(k))] {
        guard
          let gsl = try? GSLCumulative.probability(of: test.family, at: k, upper: upper)
        else { continue }
        #expect(abs(tail - gsl) <= 1e-9 * gsl + 1e-15, "at \(k), upper \(upper)")
      }
    }
  }

  @Test("what GSL gets wrong, and we do not")
  func shortcomings() throws {
    // The logarithm of a density that underflows.
    #expect(try GSLDensity.value(of: .gaussian(standardDeviation: 1), at: 40) == 0)
    #expect(try Normal(mean: 0, standardDeviation: 1).logDensity(of: 40) < -800)
    // Quantiles that end in NaN.
    #expect(throws: GSLError.self) {
      try GSLCumulative.quantile(of: .beta(alpha: 0.1, beta: 0.01), at: 0.3)
    }
    #expect(throws: GSLError.self) {
      try GSLCumulative.quantile(of: .gamma(shape: 1e-3, scale: 1), at: 0.3)
    }
    #expect(inversionError(of: try Beta(alpha: 0.1, beta: 0.01), at: 0.3) == nil)
    #expect(inversionError(of: try Gamma(shape: 1e-3, rate: 1), at: 0.3) == nil)
  }
}
