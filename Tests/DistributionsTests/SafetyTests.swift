import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Any parameters: constructed and sound, or refused")
struct SafetyTests {
  /// 100,000 sets in the full test; at most 10,000 where a set takes milliseconds, and 1,000 where it takes a
  /// tenth of a second.
  static let sets = fullTest ? 100_000 : draws(release: 3_000, debug: 200)

  @Test("random parameter sets", .tags(.unit), arguments: Family.all)
  func randomParameters(family: Family) throws {
    var generator = Philox(seed: 8)
    var (made, wrong) = (0, 0)
    let most = family.isSlow ? 1_000 : family.hasSlowQuantile ? 10_000 : .max
    let sets = min(family.isSlow ? Self.sets / 10 : Self.sets, most)
    for _ in 0..<sets {
      var parameters = Family.Parameters()
      for (name, domain) in family.domain {
        parameters[name] = domain.randomValue(using: &generator)
      }
      guard let distribution = try? family.make(parameters) else { continue }
      made += 1
      if let error = unsoundness(
        of: distribution, slack: family.monotonicitySlack, using: &generator)
      {
        wrong += 1
        if wrong <= 5 { Issue.record("\(parameters): \(error)") }
      }
    }
    #expect(wrong == 0)
    #expect(made > sets / 20, "hardly any set is accepted: \(made)")
  }

  private func unsoundness(
    of distribution: any UnivariateDistribution, slack: Double, using generator: inout Philox
  ) -> String? {
    func draws<D: UnivariateDistribution>(_ distribution: D) -> String? {
      for _ in 0..<4 {
        let x = distribution.sample(using: &generator)
        if !distribution.support.contains(x) { return "\(distribution): a draw is \(x)" }
        let logDensity = distribution.logDensity(of: x)
        if logDensity.isNaN { return "\(distribution): the log density at \(x) is NaN" }
      }
      let edges = distribution.support
      var places = [0.001, 0.3, 0.6, 0.99].map(distribution.quantile)
      places += [edges.lowerBound, edges.upperBound, distribution.sample(using: &generator)]
      if let real = places as? [Double] {
        let next: [Double] = real.map { $0.nextUp } + [-1, 0, 1, .infinity, -.infinity]
        places = (real + next) as! [D.Value]
      }
      places.sort()
      let (lower, upper) = (places.map(distribution.cdf), places.map(distribution.survival))
      for (tail, name) in [(lower, "cdf"), (upper, "survival")] {
        if let bad = tail.first(where: { !($0 >= 0 && $0 <= 1) }) {
          return "\(distribution): a \(name) is \(bad)"
        }
      }
      for i in places.indices.dropFirst() {
        let (fall, rise) = (lower[i - 1] - lower[i], upper[i] - upper[i - 1])
        if fall > max(4 * lower[i - 1].ulp, slack * lower[i - 1])
          || rise > max(4 * upper[i - 1].ulp, slack * upper[i - 1])
        {
          return "\(distribution): not monotone from \(places[i - 1]) to \(places[i]): "
            + "\(lower[i - 1]), \(lower[i]); \(upper[i - 1]), \(upper[i])"
        }
      }
      return nil
    }
    if let error = draws(distribution) { return error }
    for p in [1e-300, 1e-9, 0.04, 0.5, 0.83, 1 - 1e-12] {
      if let error = inversionError(of: distribution, at: p) { return error }
    }
    return nil
  }
}

extension Family.Domain {
  /// Mostly ordinary values, some extreme ones, some nonsense.
  func randomValue<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let specials: [Double] = [
      0, -0.0, 1, -1, 0.5, 2, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
      .leastNormalMagnitude, .greatestFiniteMagnitude, 1 - 0x1p-53, 1 + 0x1p-52, 1e-300, 1e300,
      1e16,
    ]
    let u = generator.nextUnit()
    if u < 0.03 { return specials[generator.nextIndex(below: specials.count)] }
    let sign: Double = self == .real && generator.nextUnit() < 0.5 ? -1 : 1
    let (extreme, wide) = (u < 0.08, u < 0.3)
    let exponent = extreme ? 616 * (generator.nextUnit() - 0.5) : 12 * (generator.nextUnit() - 0.5)
    let magnitude = pow(10, wide ? exponent : exponent / 4)
    switch self {
    case .real, .positive: return sign * magnitude
    case .probability:
      let p = wide ? pow(10, -abs(exponent)) : generator.nextUnit()
      return generator.nextUnit() < 0.5 ? p : 1 - p
    case .count: return magnitude < 1e15 ? (magnitude * 3).rounded() : magnitude
    }
  }
}
