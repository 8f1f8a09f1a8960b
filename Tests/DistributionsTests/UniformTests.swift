import Distributions
import Foundation
import TestSupport
import Testing

@Suite("Uniform", .tags(.unit))
struct UniformTests {
  @Test("The ends belong to it, and no draw leaves it")
  func ends() throws {
    let uniform = try Uniform(lower: -1, upper: 3)
    #expect(uniform.logDensity(of: -1) == -log(4) && uniform.logDensity(of: 3) == -log(4))
    #expect(uniform.logDensity(of: (-1.0).nextDown) == -.infinity)
    #expect(uniform.logDensity(of: 3.0.nextUp) == -.infinity)
    #expect(uniform.cdf(-5) == 0 && uniform.cdf(7) == 1)
    #expect(uniform.survival(-5) == 1 && uniform.survival(7) == 0)
    #expect(uniform.mean == 1 && relativeError(uniform.variance, 16.0 / 12) < 1e-15)
    var (zeros, ones) = (ScriptedGenerator(0), ScriptedGenerator(.max))
    #expect(uniform.sample(using: &zeros) == -1)
    #expect(uniform.sample(using: &ones) <= 3)
    // Here rounding would carry the largest draw past the upper end.
    let narrow = try Uniform(lower: 1, upper: 1.0.nextUp)
    #expect(uniform.support.contains(uniform.sample(using: &ones)))
    #expect(narrow.support.contains(narrow.sample(using: &ones)))
  }
}
