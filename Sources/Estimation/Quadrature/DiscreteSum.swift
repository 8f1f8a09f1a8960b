import Distributions
import Foundation

/// sum_k f(k) p(k) over the support of a discrete distribution, from the median outwards.
struct DiscreteSum<D: DiscreteDistribution> {
  let target: D
  let quadrature: Quadrature
  let outputs: Int
  let integrand: (Int) throws -> [Double]

  func estimates() throws -> [Estimate] {
    let support = target.support
    let median = target.quantile(0.5)
    var state = State(outputs: outputs)
    var isCut = false
    let above = try walk(median...support.upperBound, isUpward: true, &state, &isCut)
    let below =
      median > support.lowerBound
      ? try walk(support.lowerBound...median - 1, isUpward: false, &state, &isCut)
      : Tail(probability: 0, bounds: [Double](repeating: 0, count: outputs))
    // What the probabilities' rounding does to their sum it does to the others.
    let defect = abs(state.mass.total + above.probability + below.probability - 1)
    return try (0..<outputs).map { output in
      let sum = state.sums[output]
      let goal = self.goal(sum.magnitude)
      let error = above.bounds[output] + below.bounds[output] + defect * sum.magnitude
      var concerns: [Concern] = []
      if defect > 1e-6 {
        concerns.append(
          .quadratureFailed("the probabilities sum to one within \(defect) only"))
      }
      if error > goal, isCut || defect * sum.magnitude > goal {
        concerns.append(
          .quadratureFailed(
            String(
              format: "\(state.terms) terms leave a bound of %.2g above the tolerance %.2g", error,
              goal)))
      }
      return try QuadratureOutcome(value: sum.total, error: error, concerns: concerns)
        .estimate(evaluations: state.terms)
    }
  }

  private func goal(_ magnitude: Double) -> Double {
    max(quadrature.absoluteTolerance, quadrature.relativeTolerance * magnitude)
  }

  /// What is left beyond the last term: its probability, and a bound on its part of each sum.
  private struct Tail {
    var probability: Double
    var bounds: [Double]
  }

  private struct State {
    var sums: [CompensatedSum]
    /// The largest |f| so far, `[outputs]`.
    var largest: [Double]
    var mass = CompensatedSum()
    var terms = 0

    init(outputs: Int) {
      sums = [CompensatedSum](repeating: CompensatedSum(), count: outputs)
      largest = [Double](repeating: 0, count: outputs)
    }
  }

  /// Adds the terms of one side, in blocks; after each the tail is judged.
  private func walk(
    _ range: ClosedRange<Int>, isUpward: Bool, _ state: inout State, _ isCut: inout Bool
  ) throws -> Tail {
    let blockSize = 16
    let limit = 1000 * quadrature.maximumIntervals
    var k = isUpward ? range.lowerBound : range.upperBound
    let end = isUpward ? range.upperBound : range.lowerBound
    var before = [Double](repeating: .infinity, count: outputs)
    var block = [Double](repeating: 0, count: outputs)
    var terms = 0
    while true {
      try add(k, &state, &block)
      terms += 1
      if k == end {
        return Tail(probability: 0, bounds: [Double](repeating: 0, count: outputs))
      }
      if terms % blockSize == 0 || terms == limit {
        if Task.isCancelled { throw CancellationError() }
        let tail = isUpward ? target.survival(k) : target.cdf(k - 1)
        let bounds = (0..<outputs).map { output in
          // The largest terms of blocks as a geometric series.
          let ratio = block[output] == 0 ? 0 : block[output] / before[output]
          let series =
            ratio < 1 ? Double(blockSize) * block[output] * ratio / (1 - ratio) : Double.infinity
          return tail == 0 ? 0 : max(series, tail * state.largest[output])
        }
        let isDone = (0..<outputs).allSatisfy { output in
          let magnitude = state.sums[output].magnitude
          return tail == 0 || magnitude > 0 && bounds[output] <= 0.25 * goal(magnitude)
        }
        if isDone || terms == limit {
          isCut = isCut || !isDone
          return Tail(probability: tail, bounds: bounds)
        }
        before = block
        block = [Double](repeating: 0, count: outputs)
      }
      k += isUpward ? 1 : -1
    }
  }

  private func add(_ k: Int, _ state: inout State, _ block: inout [Double]) throws {
    let p = exp(target.logDensity(of: k))
    guard p.isFinite else {
      throw EstimationError.densityNotFinite(value: log(p), at: "\(k)")
    }
    let draw = state.terms
    state.terms += 1
    state.mass.add(p)
    guard p > 0 else { return }
    let row: [Double]
    do {
      row = try integrand(k)
    } catch {
      throw IntegrandFailure(draw: draw, place: "\(k)", underlying: error)
    }
    for output in 0..<outputs {
      guard row[output].isFinite else {
        throw EstimationError.notFinite(value: row[output], draw: draw, at: "\(k)")
      }
      let term = try finiteProduct(p, row[output], at: Double(k))
      state.sums[output].add(term)
      state.largest[output] = max(state.largest[output], abs(row[output]))
      block[output] = max(block[output], abs(term))
    }
  }
}

/// A sum with Neumaier's compensation, and the sum of the absolute values.
struct CompensatedSum: Sendable {
  private var sum = 0.0
  private var compensation = 0.0
  private(set) var magnitude = 0.0

  var total: Double { sum + compensation }

  mutating func add(_ term: Double) {
    let next = sum + term
    compensation += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
    sum = next
    magnitude += abs(term)
  }
}
