import Densities
import Differentiation
import Foundation
import TestSupport
import Testing

@Suite("Hidden Markov models", .tags(.gradient))
struct HiddenMarkovTests {
  private func logs(_ count: Int, from start: Double) -> [Double] {
    (0..<count).map { -0.2 - abs(sin(start + 1.3 * Double($0))) }
  }

  private func likelihood(_ states: Int, _ steps: Int) throws -> Program {
    try Program(shapes: [[states], [states, states], [steps, states]]) {
      .hiddenMarkovLogLikelihood(logInitial: $0[0], logTransition: $0[1], logEmissions: $0[2])
    }
  }

  @Test("the sum over all paths, one by one", arguments: [1, 2, 3])
  func paths(states: Int) throws {
    let steps = 5
    let x = logs(states + states * states + steps * states, from: 0.4)
    let (transition, emission) = (states, states + states * states)
    var sum = 0.0
    let paths = (0..<steps).reduce(1) { count, _ in count * states }
    for path in 0..<paths {
      var (rest, last, total) = (path, 0, 0.0)
      for t in 0..<steps {
        let state = rest % states
        rest /= states
        total += t == 0 ? x[state] : x[transition + last * states + state]
        total += x[emission + t * states + state]
        last = state
      }
      sum += exp(total)
    }
    let program = try likelihood(states, steps)
    #expect(scaledError(program(x).values![0], log(sum)) < 1e-14)
    try checkGradient(program, at: x)
    #expect(
      differenceError(program.hessian(at: x), x) {
        try! program.valueAndGradient(at: $0).gradient
      } < 1e-7)
  }

  @Test("far outside the range of exp, logarithms take over", arguments: [0.0, -3_000, 2_000])
  func underflow(shift: Double) throws {
    let (states, steps) = (3, 40)
    var x = logs(states + states * states + steps * states, from: 1)
    let emission = states + states * states
    for i in emission..<x.count { x[i] += shift }
    // The likeliest state of each step is unlikely beyond measure in the next.
    for t in 0..<steps { x[emission + t * states + t % states] -= 900 }
    x[states + 1] = -2_000
    let program = try likelihood(states, steps)
    let loop = try Program(dimension: x.count) { x in
      var alpha = x[0..<states] + x[emission..<(emission + states)]
      let transition = x[states..<emission].reshaped([states, states])
      for t in 1..<steps {
        alpha =
          (alpha.reshaped([states, 1]) + transition).logSumExp(axis: 0)
          + x[(emission + t * states)..<(emission + (t + 1) * states)]
      }
      return alpha.logSumExp(axis: 0)
    }
    let (found, expected) = (
      try program.valueAndGradient(at: x), try loop.valueAndGradient(at: x)
    )
    #expect(scaledError(found.value, expected.value) < 1e-13)
    for (a, b) in zip(found.gradient, expected.gradient) { #expect(abs(a - b) < 1e-10) }
  }

  @Test("a share that is lost for a while may be the likeliest at last")
  func lostShares() throws {
    let program = try likelihood(2, 5)
    for never in [-Double.infinity, -900] {
      let x =
        [log(0.5), log(0.5), 0, never, never, 0, 0, -800] + [-300, 0, -300, 0, -300, 0, -300, 0]
      // The second state all along: 0.5 exp(-800).
      let (value, gradient) = try program.valueAndGradient(at: x)
      #expect(scaledError(value, log(0.5) - 800) < 1e-14)
      #expect(scaledError(gradient[1], 1) < 1e-12 && gradient[0] < 1e-12)
    }
    // What is no number is a failure.
    #expect(throws: EvaluationFailure.self) {
      try program.valueAndGradient(at: [Double](repeating: .nan, count: 16))
    }
  }

  @Test("transitions that cannot be, and one step alone")
  func edges() throws {
    let program = try likelihood(2, 3)
    // From the first state there is no way back.
    let x = [log(1.0), -.infinity, log(0.5), log(0.5), -.infinity, 0] + logs(6, from: 0)
    let e = Array(x[6...])
    let half = log(0.5)
    let paths: [[Double]] = [
      [e[0], half, e[2], half, e[4]], [e[0], half, e[2], half, e[5]], [e[0], half, e[3], e[5]],
    ]
    let expected = log(paths.map { exp($0.reduce(0, +)) }.reduce(0, +))
    let (value, gradient) = try program.valueAndGradient(at: x)
    #expect(scaledError(value, expected) < 1e-14)
    #expect(gradient.allSatisfy(\.isFinite) && gradient[1] == 0 && gradient[4] == 0)
    let single = try likelihood(2, 1)
    let y = [-0.3, -0.9, 0, 0, 0, 0, -1.1, -0.2]
    #expect(
      scaledError(single(y).values![0], log(exp(-0.3 - 1.1) + exp(-0.9 - 0.2))) < 1e-15)
    try checkGradient(single, at: y)
  }

  @Test("shapes that do not fit")
  func shapes() {
    let wrong = Tensor.hiddenMarkovLogLikelihood(
      logInitial: Tensor([0, 0]), logTransition: Tensor([0, 0, 0, 0], shape: [2, 2]),
      logEmissions: Tensor([1, 2, 3], shape: [1, 3]))
    #expect(wrong.failure?.description.contains("[2] and [2, 2] and [1, 3]") == true)
  }
}
