import Distributions
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// Pins the first draws of every distribution: a seed means the same draws next year. A change here is
/// value-breaking and belongs into the changelog.
///
/// Tests/Reference/first_draws.json is written anew by a run with BUFFON_WRITE_FIRST_DRAWS set. The
/// fills are those of the vector kernels, whose last bits differ from the portable ones': a relative
/// 1e-13 covers both, and `PhiloxFillTests` pins each kernel by itself.
@Suite("First draws of seed 1", .tags(.reference))
struct FirstDrawsTests {
  struct Draws: Codable { let single, filled: [Double] }

  @Test("are those of the reference")
  func firstDraws() throws {
    var found: [String: Draws] = [:]
    for test in SamplerCase.all {
      let distribution = try test.family.make(test.parameters)
      found[test.testDescription] = Draws(
        single: firstDraws(of: distribution, filled: false),
        filled: firstDraws(of: distribution, filled: true))
    }
    for (name, draws) in try vectorsAndMatrices() { found[name] = draws }
    let name = "first_draws.json"
    if ProcessInfo.processInfo.environment["BUFFON_WRITE_FIRST_DRAWS"] != nil {
      try ReferenceData.write(found, to: name)
    }
    let expected: [String: Draws] = try ReferenceData.decode(from: name)
    #expect(Set(expected.keys) == Set(found.keys))
    for (member, draws) in expected {
      guard let now = found[member] else { continue }
      for (a, b) in [(now.single, draws.single), (now.filled, draws.filled)] {
        #expect(
          a.count == b.count && zip(a, b).allSatisfy { relativeError($0, $1) < 1e-13 },
          "\(member): \(a), not \(b)")
      }
    }
  }

  private func firstDraws<D: UnivariateDistribution>(of distribution: D, filled: Bool) -> [Double] {
    var generator = Philox(seed: 1)
    var values = [D.Value](repeating: distribution.support.lowerBound, count: 4)
    if filled {
      var span = values.mutableSpan
      distribution.fill(&span, using: &generator)
    } else {
      for i in values.indices { values[i] = distribution.sample(using: &generator) }
    }
    return values.map { ($0 as? Double) ?? Double($0 as! Int) }
  }

  /// Two draws of each, element by element; filled where there is a fill of rows.
  private func vectorsAndMatrices() throws -> [String: Draws] {
    func draws<D: Distribution>(_ distribution: D, _ elements: (D.Value) -> [Double]) -> Draws {
      var generator = Philox(seed: 1)
      let single = (0..<2).flatMap { _ in elements(distribution.sample(using: &generator)) }
      var filled = [Double](repeating: 0, count: single.count)
      var second = Philox(seed: 1)
      var span = filled.mutableSpan
      (distribution as? any MultivariateDistribution)?.fill(rows: &span, using: &second)
      return Draws(single: single, filled: filled)
    }
    let (mean, scale) = ([1.0, -2], Matrix([[4, -1.9], [-1.9, 1]]))
    let wishart = try Wishart(degreesOfFreedom: 2.5, scale: scale)
    return [
      "MultivariateNormal": draws(try MultivariateNormal(mean: mean, covariance: scale)) { $0 },
      "MultivariateNormal by precision": draws(
        try MultivariateNormal(mean: mean, precision: scale)
      ) { $0 },
      "MultivariateStudentT": draws(
        try MultivariateStudentT(degreesOfFreedom: 3, location: mean, scale: scale)
      ) { $0 },
      "Dirichlet": draws(try Dirichlet(concentration: [0.5, 1, 7])) { $0 },
      "Multinomial": draws(try Multinomial(trials: 50, probabilities: [0.25, 0.5, 0.25])) {
        $0.map(Double.init)
      },
      "Wishart": draws(wishart) { $0.elements },
      "InverseWishart": draws(try InverseWishart(degreesOfFreedom: 2.5, scale: scale)) {
        $0.elements
      },
      "LKJCholesky": draws(try LKJCholesky(dimension: 3, shape: 1.5)) { $0.elements },
      "Independent": draws(
        Independent([
          try Normal(mean: 0, standardDeviation: 1), try Gamma(shape: 2, rate: 1),
        ])
      ) { $0 },
    ]
  }
}
