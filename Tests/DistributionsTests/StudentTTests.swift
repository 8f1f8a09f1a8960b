import Distributions
import Foundation
import TestSupport
import Testing

@Suite("StudentT", .tags(.unit))
struct StudentTTests {
  @Test("Moments exist where they should")
  func moments() throws {
    #expect(try StudentT(degreesOfFreedom: 1, location: 3).mean.isNaN)
    #expect(try StudentT(degreesOfFreedom: 1).variance.isNaN)
    #expect(try StudentT(degreesOfFreedom: 1.5, location: 3).mean == 3)
    #expect(try StudentT(degreesOfFreedom: 2).variance == .infinity)
    #expect(try relativeError(StudentT(degreesOfFreedom: 5, scale: 3).variance, 15) < 1e-15)
  }

  @Test("One degree of freedom is Cauchy's distribution")
  func cauchy() throws {
    let cauchy = try StudentT(degreesOfFreedom: 1)
    for x in [-1e8, -30, -1, -0.01, 0, 0.5, 3, 1e4] {
      #expect(scaledError(cauchy.logDensity(of: x), -log(.pi) - log1p(x * x)) < 1e-13)
      let survival = x > 0 ? atan(1 / x) / .pi : 0.5 - atan(x) / .pi
      #expect(relativeError(cauchy.survival(x), survival) < 1e-12)
    }
  }

  @Test("Many degrees of freedom are the normal distribution")
  func normalLimit() throws {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    let student = try StudentT(degreesOfFreedom: 1e12)
    for x in [-6.0, -1, 0, 0.3, 4] {
      #expect(scaledError(student.logDensity(of: x), normal.logDensity(of: x)) < 1e-9)
      #expect(relativeError(student.cdf(x), normal.cdf(x)) < 1e-9)
    }
  }

  @Test("Quantiles lead back", arguments: [0.1, 0.5, 1, 3, 29, 31, 200, 1e4, 1e8])
  func quantiles(degreesOfFreedom: Double) throws {
    let student = try StudentT(degreesOfFreedom: degreesOfFreedom)
    for p in [1e-12, 1e-8, 0.01, 0.3, 0.499_999, 0.5, 0.8, 0.99, 1 - 1e-8] {
      let x = student.quantile(p)
      let error = abs(p < 0.5 ? student.cdf(x) - p : student.survival(x) - (1 - p))
      #expect(error <= 1e-9 * min(p, 1 - p), "at \(p)")
    }
  }

  @Test("Where z^2 overflows, the density is its tail and quantiles are infinite")
  func overflow() throws {
    let cauchy = try StudentT(degreesOfFreedom: 1)
    for x in [1e149, 1e151, -1e200, .greatestFiniteMagnitude] {
      #expect(scaledError(cauchy.logDensity(of: x), -log(.pi) - 2 * log(abs(x))) < 1e-14)
    }
    #expect(cauchy.logDensity(of: .infinity) == -.infinity)
    let heavy = try StudentT(degreesOfFreedom: 0.01, location: 5)
    #expect(heavy.quantile(1e-8) == -.infinity && heavy.quantile(1 - 1e-8) == .infinity)
  }

  @Test("The tails end at the ends")
  func ends() throws {
    let student = try StudentT(degreesOfFreedom: 3)
    #expect(student.cdf(-.infinity) == 0 && student.cdf(.infinity) == 1)
    #expect(student.survival(-.infinity) == 1 && student.survival(.infinity) == 0)
    #expect(student.quantile(0.5) == 0)
  }
}
