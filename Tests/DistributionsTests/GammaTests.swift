import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Gamma", .tags(.unit))
struct GammaTests {
  @Test("Scale is the inverse of rate")
  func scale() throws {
    let gamma = try Gamma(shape: 3, scale: 0.25)
    #expect(gamma.rate == 4)
    #expect(gamma.mean == 0.75 && gamma.variance == 0.1875)
  }

  @Test("The edge of the support")
  func edge() throws {
    #expect(try Gamma(shape: 0.5, rate: 1).logDensity(of: 0) == .infinity)
    #expect(try Gamma(shape: 1, rate: 3).logDensity(of: 0) == log(3))
    #expect(try Gamma(shape: 2, rate: 1).logDensity(of: 0) == -.infinity)
    #expect(try Gamma(shape: 2, rate: 1).logDensity(of: -1e-300) == -.infinity)
    #expect(try Gamma(shape: 20, rate: 1).logDensity(of: .infinity) == -.infinity)
    let gamma = try Gamma(shape: 2, rate: 1)
    #expect(gamma.cdf(0) == 0 && gamma.cdf(-1) == 0 && gamma.cdf(.infinity) == 1)
    #expect(gamma.survival(0) == 1 && gamma.survival(.infinity) == 0)
  }

  @Test("Shape one is the exponential distribution")
  func exponential() throws {
    let gamma = try Gamma(shape: 1, rate: 2)
    for x in [1e-300, 1e-10, 0.5, 3, 200] {
      #expect(scaledError(gamma.logDensity(of: x), log(2) - 2 * x) < 1e-14)
      #expect(relativeError(gamma.survival(x), exp(-2 * x)) < 1e-12)
      #expect(relativeError(gamma.cdf(x), -expm1(-2 * x)) < 1e-12)
    }
  }

  @Test("The two forms of the log density meet at shape 10")
  func forms() throws {
    let (below, from) = (try Gamma(shape: 10.0.nextDown, rate: 3), try Gamma(shape: 10, rate: 3))
    for x in [1e-300, 1e-60, 1e-16, 1e-5, 0.1, 1, 3.3, 10, 200] {
      #expect(scaledError(below.logDensity(of: x), from.logDensity(of: x)) < 1e-13, "at \(x)")
    }
  }

  /// GSL's gsl_cdf_gamma is good to about 1e-9 only for a shape of a million.
  @Test(
    "Quantiles lead back for shapes from tiny to huge",
    arguments: [1e-3, 0.01, 0.2, 7, 1e3, 1e5, 1e6, 1e7])
  func quantiles(shape: Double) throws {
    let gamma = try Gamma(shape: shape, rate: 1)
    for p in [1e-8, 0.01, 0.3, 0.5, 0.8, 0.99, 1 - 1e-8] {
      let x = gamma.quantile(p)
      if x == .leastNonzeroMagnitude {
        #expect(gamma.cdf(x) >= p, "at \(p)")
        continue
      }
      let rounding = exp(gamma.logDensity(of: x)) * x.ulp
      let error = abs(p < 0.5 ? gamma.cdf(x) - p : gamma.survival(x) - (1 - p))
      #expect(error <= 1e-8 * min(p, 1 - p) + rounding, "at \(p)")
    }
  }

  @Test("Draws are never negative nor infinite, for tiny shapes too", arguments: [UInt64(3)])
  func draws(seed: UInt64) throws {
    var generator = Philox(seed: seed)
    let gamma = try Gamma(shape: 1e-3, rate: 1)
    for _ in 0..<10_000 {
      let x = gamma.sample(using: &generator)
      #expect(x >= 0 && x < .infinity)
    }
  }

  /// Computed with mpmath's regularised gammainc; GSL's function loses half of the digits there.
  @Test(
    "The cdf near the mean of large shapes", .tags(.reference),
    arguments: [
      (1e6, 997_000.0, 0.0013381041673135997, 0.9986618958326864),
      (1e6, 1_001_000, 0.8413447863683403, 0.15865521363165971),
      (1e5, 101_000, 0.9991915784870744, 0.0008084215129255907),
    ])
  func largeShapes(shape: Double, x: Double, cdf: Double, survival: Double) throws {
    let gamma = try Gamma(shape: shape, rate: 1)
    #expect(relativeError(gamma.cdf(x), cdf) < 1e-12)
    #expect(relativeError(gamma.survival(x), survival) < 1e-12)
    let huge = try Gamma(shape: 1e14, rate: 1)
    #expect(abs(huge.cdf(1e14 + 1e7) - 0.8413447460685429) < 1e-6)
  }
}
