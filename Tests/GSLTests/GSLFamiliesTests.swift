import Foundation
import GSL
import TestSupport
import Testing

@Suite("GSL's families", .tags(.reference))
struct GSLFamiliesTests {
  static let continuous: [GSLContinuous] = [
    .gaussian(standardDeviation: 2), .exponential(mean: 2), .laplace(scale: 1.5),
    .cauchy(scale: 1.5), .rayleigh(scale: 1.5), .chiSquared(degreesOfFreedom: 3),
    .studentT(degreesOfFreedom: 5), .logistic(scale: 1.5), .flat(lower: -1, upper: 3),
    .exponentialPower(scale: 1.5, exponent: 3), .gamma(shape: 2.5, scale: 0.5),
    .fisherF(numerator: 3, denominator: 7), .beta(alpha: 2, beta: 3),
    .logNormal(zeta: 0.5, sigma: 1.5), .pareto(exponent: 2.5, scale: 1.5),
    .weibull(scale: 1.5, exponent: 2.5), .gumbel1(a: 1.5, b: 2.5), .gumbel2(a: 1.5, b: 2.5),
  ]

  @Test("A density is the slope of both tails, which add up to one", arguments: continuous)
  func densities(family: GSLContinuous) throws {
    let h = 1e-4
    for x in [0.3, 0.6, 0.9, 1.7, 2.8] {
      let lower = try GSLCumulative.probability(of: family, at: x)
      let upper = try GSLCumulative.probability(of: family, at: x, upper: true)
      #expect(abs(lower + upper - 1) < 1e-14)
      let slope =
        try
        (GSLCumulative.probability(of: family, at: x + h)
        - GSLCumulative.probability(of: family, at: x - h)) / (2 * h)
      #expect(try abs(GSLDensity.value(of: family, at: x) - slope) < 1e-6)
    }
  }

  @Test("A quantile is the inverse of its tail", arguments: continuous)
  func quantiles(family: GSLContinuous) throws {
    if case .exponentialPower = family {
      #expect {
        try GSLCumulative.quantile(of: family, at: 0.5)
      } throws: { "\($0)".contains("gsl_cdf_exppow_Pinv") }
      return
    }
    for p in [0.01, 0.3, 0.5, 0.9] {
      for upper in [false, true] {
        let x = try GSLCumulative.quantile(of: family, at: p, upper: upper)
        let back = try GSLCumulative.probability(of: family, at: x, upper: upper)
        #expect(relativeError(back, p) < 1e-8)
      }
    }
  }

  static let discrete: [GSLDiscrete] = [
    .binomial(probability: 0.3, trials: 20), .poisson(mean: 3.5), .geometric(probability: 0.2),
    .negativeBinomial(probability: 0.3, successes: 2.5), .pascal(probability: 0.3, successes: 4),
    .hypergeometric(first: 20, second: 30, draws: 15),
  ]

  @Test("A discrete tail is the sum of its probabilities", arguments: discrete)
  func tails(family: GSLDiscrete) throws {
    var sum = 0.0
    #expect(try GSLCumulative.probability(of: family, at: -1) == 0)
    #expect(try GSLCumulative.probability(of: family, at: -1, upper: true) == 1)
    #expect(try GSLDensity.value(of: family, at: -1) == 0)
    for k in 0...12 {
      sum += try GSLDensity.value(of: family, at: k)
      let lower = try GSLCumulative.probability(of: family, at: k)
      let upper = try GSLCumulative.probability(of: family, at: k, upper: true)
      #expect(abs(lower - sum) < 1e-12)
      #expect(abs(upper - (1 - sum)) < 1e-12)
    }
  }

  @Test("What GSL cannot do is an error that names the function")
  func failures() {
    #expect {
      try GSLCumulative.probability(of: .logarithmic(probability: 0.5), at: 3)
    } throws: { "\($0)".hasPrefix("gsl_cdf_logarithmic_P") }
    #expect {
      try GSLDensity.value(of: .poisson(mean: 3), at: 1 << 40)
    } throws: { "\($0)".contains("gsl_ran_poisson_pdf: 1099511627776") }
    #expect {
      try GSLDensity.value(of: .binomial(probability: 0.5, trials: -1), at: 1)
    } throws: { ($0 as? GSLError)?.function == "gsl_ran_binomial_pdf" }
    #expect {
      try GSLDensity.value(of: .gaussian(standardDeviation: 1), at: .nan)
    } throws: { ($0 as? GSLError)?.function == "gsl_ran_gaussian_pdf" }
  }
}
