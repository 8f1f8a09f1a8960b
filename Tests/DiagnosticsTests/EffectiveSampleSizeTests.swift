import Diagnostics
import TestSupport
import Testing

@Suite("Effective sample size")
struct EffectiveSampleSizeTests {
  @Test("It is the reference's", .tags(.reference))
  func reference() throws {
    for expected in try ParetoReference.committed.get().cases {
      let size = EffectiveSampleSize.ofLogWeights(expected.weights)
      #expect(relativeError(size, expected.effectiveSampleSize) < 1e-12, "\(expected.label)")
    }
  }

  @Test("Its extremes", .tags(.unit))
  func extremes() {
    #expect(EffectiveSampleSize.ofLogWeights([]) == 0)
    #expect(EffectiveSampleSize.ofLogWeights([-.infinity, -.infinity]) == 0)
    #expect(EffectiveSampleSize.ofLogWeights([-.infinity, -3, -.infinity]) == 1)
    #expect(EffectiveSampleSize.ofLogWeights([800, 800, 800]) == 3)
    #expect(EffectiveSampleSize.ofLogWeights([-1_000, -1_000]) == 2)
    #expect(relativeError(EffectiveSampleSize.ofWeights([1, 2, 3, 0]), 36.0 / 14) < 1e-15)
  }
}
