import Distributions
import Foundation
import TestSupport
import Testing

@Suite("Laplace", .tags(.unit))
struct LaplaceTests {
  @Test("The lowest bit of an output is the sign, the upper ones the distance")
  func sampling() throws {
    let laplace = try Laplace(location: 2, scale: 3)
    var (even, odd) = (ScriptedGenerator(1 << 63), ScriptedGenerator(1 << 63 | 1))
    let distance = -3 * log(0.5 + 0x1p-53)
    #expect(laplace.sample(using: &even) == 2 + distance)
    #expect(laplace.sample(using: &odd) == 2 - distance)
    var (zeros, ones) = (ScriptedGenerator(0), ScriptedGenerator(.max))
    #expect(laplace.sample(using: &zeros).isFinite && laplace.sample(using: &ones).isFinite)
  }

  @Test("Moments, and the density at the kink")
  func moments() throws {
    let laplace = try Laplace(location: 2, scale: 3)
    #expect(laplace.mean == 2 && laplace.variance == 18)
    #expect(scaledError(laplace.logDensity(of: 2), -log(6)) < 1e-15)
    #expect(laplace.cdf(2) == 0.5 && laplace.survival(2) == 0.5)
    #expect(laplace.quantile(0.5) == 2)
  }
}
