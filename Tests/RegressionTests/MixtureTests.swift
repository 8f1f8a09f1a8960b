import Distributions
import Estimation
import Foundation
import Regression
import TestSupport
import Testing

@Suite struct MixtureTests {
  /// A predictive mixture with components far apart and of unequal weight.
  private func mixture() throws -> NormalMixture {
    NormalMixture(weights: [0.7, 0, 0.3], means: [-5, 100, 3], deviations: [1, 1, 0.5])
  }

  @Test("density, cdf and moments are the weighted sums")
  func sums() throws {
    let mixture = try mixture()
    let (a, b) = (
      try Normal(mean: -5, standardDeviation: 1), try Normal(mean: 3, standardDeviation: 0.5)
    )
    for x in stride(from: -9.0, through: 6, by: 0.5) {
      let density = 0.7 * exp(a.logDensity(of: x)) + 0.3 * exp(b.logDensity(of: x))
      #expect(abs(mixture.logDensity(of: x) - log(density)) < 1e-12)
      #expect(abs(mixture.cdf(x) - (0.7 * a.cdf(x) + 0.3 * b.cdf(x))) < 1e-15)
      #expect(abs(mixture.survival(x) + mixture.cdf(x) - 1) < 1e-15)
    }
    #expect(abs(mixture.mean - (0.7 * -5 + 0.3 * 3)) < 1e-14)
    #expect(abs(mixture.variance - (0.7 + 0.3 * 0.25 + 0.7 * 0.3 * 64)) < 1e-12)
    #expect(mixture.logDensity(of: 1_000).isFinite)
  }

  @Test(
    "the quantile inverts the cdf, in the gap too",
    arguments: [1e-6, 0.05, 0.5, 0.6999, 0.7, 0.7001, 0.95, 1 - 1e-6])
  func quantile(p: Double) throws {
    let mixture = try mixture()
    #expect(abs(mixture.cdf(mixture.quantile(p)) - p) < 1e-8)
  }
}
