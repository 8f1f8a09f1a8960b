import Distributions
import LinearAlgebra
import Randomness

/// What draws of one type differ in: how many coordinates a vector has, how large a matrix is.
struct DrawShape: Sendable, Equatable, CustomStringConvertible {
  /// One number for a number or a vector, two for a matrix.
  let lengths: [Int]

  init(dimension: Int) { lengths = [dimension] }

  /// Nil where the type tells all, or nothing is known.
  ///
  /// Where nothing else tells, a draw does: those of one distribution have one shape.
  init?<D: Distribution>(of distribution: D) {
    if let vectors = distribution as? any MultivariateDistribution {
      lengths = [vectors.dimension]
      return
    }
    if D.Value.self == Double.self {
      lengths = [1]
      return
    }
    guard
      D.Value.self == [Double].self || D.Value.self == [Int].self || D.Value.self == Matrix.self
    else { return nil }
    var generator = Philox(seed: 0)
    switch distribution.sample(using: &generator) {
    case let draw as [Double]: lengths = [draw.count]
    case let draw as [Int]: lengths = [draw.count]
    case let draw as Matrix: lengths = [draw.rows, draw.columns]
    default: return nil
    }
  }

  /// As in "the target has 3 coordinates".
  var description: String {
    switch lengths {
    case [1]: "1 coordinate"
    case let lengths where lengths.count == 1: "\(lengths[0]) coordinates"
    default: "draws of \(lengths)"
    }
  }

  /// - Throws: ``EstimationError/setting(_:)`` where two that are known are not the same.
  static func require(
    _ name: String, _ shape: DrawShape?, equals otherName: String, _ other: DrawShape?
  ) throws(EstimationError) {
    guard let shape, let other, shape != other else { return }
    let size = other.lengths.count == 1 ? "\(other.lengths[0])" : "\(other.lengths)"
    throw .setting("\(name) has \(shape), \(otherName) \(size)")
  }
}

extension Target {
  /// Nil where it is not known: of a closure.
  var shape: DrawShape? {
    if let dimension { return DrawShape(dimension: dimension) }
    return distribution.flatMap { DrawShape(of: $0) }
  }

  /// Told once before a run: a density is not to be asked at draws that it cannot take.
  ///
  /// - Throws: ``EstimationError/setting(_:)`` where the draws of the proposal are of another size.
  func requireFit(_ proposal: some Distribution<Value>) throws(EstimationError) {
    try DrawShape.require("the target", shape, equals: "the proposal", DrawShape(of: proposal))
  }
}
