import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Combinators", .tags(.unit))
struct CombinatorTests {
  let normal = try! Normal(mean: 1, standardDeviation: 2)

  @Test("a truncation that keeps everything, or half")
  func truncated() throws {
    let all = try normal.truncated(to: -.infinity ... .infinity)
    #expect(all.logDensity(of: 0.3) == normal.logDensity(of: 0.3))
    #expect(all.cdf(2) == normal.cdf(2) && all.quantile(1) == .infinity)
    let half = try Normal(mean: 0, standardDeviation: 1).truncated(to: 0 ... .infinity)
    let same = try HalfNormal(scale: 1)
    for x in [0.1, 1, 5, 30] {
      #expect(scaledError(half.logDensity(of: x), same.logDensity(of: x)) < 1e-14)
      #expect(relativeError(half.survival(x), same.survival(x)) < 1e-13)
    }
    #expect(relativeError(half.mean, same.mean) < 1e-9)
    #expect(relativeError(half.variance, same.variance) < 1e-9)
    #expect(half.support == 0 ... .infinity)
  }

  @Test("a truncation that keeps nothing is refused, with its probability")
  func nothing() {
    #expect {
      try normal.truncated(to: 200...300)
    } throws: { error in
      (error as? ParameterError)?.value == 0
        && "\(error)".contains("the probability of 200.0...300.0")
    }
    #expect(throws: ParameterError.self) { try normal.truncated(to: 1...1) }
    #expect(throws: ParameterError.self) { try Poisson(rate: 3).truncated(to: -5 ... -1) }
  }

  @Test("integers truncated: both ends belong to the interval")
  func truncatedIntegers() throws {
    let die = try DiscreteUniform(lower: 1, upper: 6).truncated(to: 2...4)
    #expect([1, 2, 3, 4, 5].map(die.cdf).map { ($0 * 3).rounded() } == [0, 1, 2, 3, 3])
    #expect([1, 2, 3, 4, 5].map(die.survival).map { ($0 * 3).rounded() } == [3, 2, 1, 0, 0])
    #expect(relativeError(die.mean, 3) < 1e-14 && relativeError(die.variance, 2.0 / 3) < 1e-14)
    let one = try Poisson(rate: 500).truncated(to: 5...5)
    #expect(abs(one.logDensity(of: 5)) < 1e-12 && one.quantile(0.3) == 5 && one.support == 5...5)
    // Wide: by the scale of probabilities.
    let wide = try Poisson(rate: 1e14).truncated(to: 0 ... .max)
    #expect(relativeError(wide.mean, 1e14) < 1e-12 && relativeError(wide.variance, 1e14) < 1e-6)
  }

  @Test("components of different families: counts with too many zeros")
  func zeroInflated() throws {
    let counts = try Mixture(
      [DiscreteUniform(lower: 0, upper: 0), Poisson(rate: 3)], weights: [0.25, 0.75])
    #expect(relativeError(exp(counts.logDensity(of: 0)), 0.25 + 0.75 * exp(-3)) < 1e-14)
    #expect(relativeError(counts.mean, 2.25) < 1e-14)
    #expect(counts.quantile(0.2) == 0 && counts.support == 0 ... .max)
    let pair = Independent([counts, counts])
    #expect(pair.logDensity(of: [0, 2]) == counts.logDensity(of: 0) + counts.logDensity(of: 2))
  }

  @Test("shifted and scaled, around the other way too")
  func affine() throws {
    let turned = try normal.scaled(by: -3).shifted(by: 5)
    let same = try Normal(mean: 2, standardDeviation: 6)
    for x in [-20, 0, 2, 9.5] {
      #expect(scaledError(turned.logDensity(of: x), same.logDensity(of: x)) < 1e-14)
      #expect(relativeError(turned.cdf(x), same.cdf(x)) < 1e-13)
    }
    #expect(turned.mean == 2 && turned.variance == 36)
    #expect(turned.parameterNames == ["shift", "factor", "mean", "standardDeviation"])
    #expect(throws: ParameterError.self) { try normal.scaled(by: 0) }
    #expect(throws: ParameterError.self) { try normal.shifted(by: .nan) }
  }

  @Test("a mixture needs as many weights as components")
  func mixture() throws {
    #expect(throws: ParameterError.self) { try Mixture([normal], weights: [0.5, 0.5]) }
    #expect(throws: ParameterError.self) { try Mixture([normal], weights: [0.9]) }
    let one = try Mixture(
      [normal, Normal(mean: 1e9, standardDeviation: 1)], logits: [2, -.infinity])
    #expect(one.quantile(0.3) == normal.quantile(0.3))
    #expect(one.support == -.infinity ... .infinity && one.mean == 1)
  }

  @Test("independent variables, of one family and of several")
  func independent() throws {
    let pair = Independent([normal, normal])
    #expect(pair.logDensity(of: [0, 3]) == normal.logDensity(of: 0) + normal.logDensity(of: 3))
    let gamma = try Gamma(shape: 2, rate: 3)
    let mixed = Independent([normal, gamma])
    #expect(mixed.logDensity(of: [0, 3]) == normal.logDensity(of: 0) + gamma.logDensity(of: 3))
    #expect(mixed.mean == [1, gamma.mean] && mixed.variance == [4, gamma.variance])
    var (first, second) = (Philox(seed: 4), Philox(seed: 4))
    let draw = mixed.sample(using: &first)
    #expect(draw == [normal.sample(using: &second), gamma.sample(using: &second)])
  }

  @Test("an empirical distribution, with ties and weights")
  func empirical() throws {
    let ties = try Empirical([3, 1, 3, 2])
    #expect(ties.atoms == [1, 2, 3] && ties.probabilities == [0.25, 0.25, 0.5])
    #expect([0.5, 1, 2.5, 3].map(ties.cdf) == [0, 0.25, 0.5, 1])
    #expect([0.5, 1, 2.5, 3].map(ties.survival) == [1, 0.75, 0.5, 0])
    #expect([0, 0.25, 0.26, 0.5, 0.51, 1].map(ties.quantile) == [1, 1, 2, 2, 3, 3])
    #expect(ties.logDensity(of: 3) == log(0.5) && ties.logDensity(of: 2.5) == -.infinity)
    #expect(ties.mean == 2.25 && ties.variance == 0.6875)
    let weighted = try Empirical([5, 7], weights: [0, 2])
    #expect(weighted.atoms == [7] && weighted.support == 7...7)
    for bad in [
      { try Empirical([]) }, { try Empirical([.nan]) }, { try Empirical([1], weights: [-1]) },
    ] {
      #expect(throws: ParameterError.self) { try bad() }
    }
  }

  @Test(
    "bootstrap draws have the weights of the draws", .tags(.statistical), arguments: [UInt64(3)])
  func bootstrap(seed: UInt64) throws {
    let given = [2.0, 5, 9]
    let weights = [1.0, 2, 5]
    let count = draws(release: 200_000, debug: 20_000)
    let values = sample(try Empirical(given, weights: weights), count: count, seed: seed)
    let counts = given.map { x in values.count { $0 == x } }
    #expect(
      chiSquaredStatistic(counts: counts, expected: weights.map { $0 / 8 * Double(count) })
        < StatisticalTolerance().chiSquared(degreesOfFreedom: 2))
  }
}
