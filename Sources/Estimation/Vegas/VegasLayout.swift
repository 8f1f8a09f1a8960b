import Foundation

/// How many strata and increments the axes have.
struct VegasLayout: Sendable {
  /// Strata along each axis, `[dimension]`.
  let strata: [Int]
  /// The most increments of each axis: a multiple or a divisor of its strata, so that no increment ends
  /// inside a stratum that it should not cut.
  let increments: [Int]
  private let evaluations: Int

  /// The most strata: their variances are kept in memory.
  private static let mostStrata = 1 << 20
  /// The share of the evaluations that is spread evenly, two in each stratum; the rest goes where the
  /// variance is.
  private static let evenShare = 0.6

  init(evaluations: Int, dimension: Int) {
    let target = min(
      Double(Self.mostStrata), max(1, Double(evaluations) * Self.evenShare / 2))
    let root = Int(pow(target, 1 / Double(dimension)) + 1e-9)
    var strata = [Int](repeating: max(1, root), count: dimension)
    var product = pow(Double(strata[0]), Double(dimension))
    for axis in 0..<dimension {
      let next = product / Double(strata[axis]) * Double(strata[axis] + 1)
      guard next <= target else { break }
      strata[axis] += 1
      product = next
    }
    let wanted = max(1, min(evaluations / 10, 1_000))
    var increments: [Int] = []
    for axis in 0..<dimension {
      if strata[axis] <= wanted {
        increments.append(wanted / strata[axis] * strata[axis])
      } else {
        let share = strata[axis] / wanted
        increments.append(strata[axis] / share)
        strata[axis] = increments[axis] * share
      }
    }
    (self.strata, self.increments, self.evaluations) = (strata, increments, evaluations)
  }

  /// How many increments an axis should have: B of them leave steps of relative size 1 / B in the map and
  /// noise of variance about `noise` B / evaluations, which balance at B ~ (evaluations / noise)^(1/3).
  /// Genz's integrands set the factor and the floor.
  func increments(_ axis: Int, noise: Double) -> Int {
    let wanted = max(16, 4 * pow(Double(evaluations) / max(noise, 1e-9), 1.0 / 3))
    if wanted >= Double(increments[axis]) { return increments[axis] }
    let count = Int(wanted)
    if count >= strata[axis] { return count / strata[axis] * strata[axis] }
    return (1...count).last { strata[axis] % $0 == 0 }!
  }
}
