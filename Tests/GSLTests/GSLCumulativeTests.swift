import Foundation
import GSL
import TestSupport
import Testing

@Suite("GSLCumulative", .tags(.reference))
struct GSLCumulativeTests {
  @Test("Binomial tails are sums of binomial terms", arguments: [0.02, 0.3, 0.5, 0.97])
  func binomial(probability: Double) throws {
    let trials = 12
    var terms: [Double] = []
    var choices = 1.0
    for k in 0...trials {
      terms.append(choices * pow(probability, Double(k)) * pow(1 - probability, Double(trials - k)))
      choices *= Double(trials - k) / Double(k + 1)
    }
    for k in 0...trials {
      let family = GSLDiscrete.binomial(probability: probability, trials: trials)
      let lower = try GSLCumulative.probability(of: family, at: k)
      let upper = try GSLCumulative.probability(of: family, at: k, upper: true)
      #expect(relativeError(lower, terms[...k].reduce(0, +)) < 1e-12)
      #expect(relativeError(upper, terms[(k + 1)...].reversed().reduce(0, +)) < 1e-12)
    }
  }
}
