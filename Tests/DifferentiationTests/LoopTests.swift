import Differentiation
import Foundation
import TestSupport
import Testing

/// Loops in user code, which are recorded operation by operation and become vectors again.
@Suite("Loops", .tags(.gradient))
struct LoopTests {
  fileprivate static let y: [Double] = (0..<120).map { 0.1 + sin(1.7 * Double($0)) }

  /// A loop over `count` observations as a function of five numbers, with the same in plain Swift.
  struct LoopCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether the program is as short for many iterations as for few.
    let isVector: Bool
    let body: @Sendable (Tensor, Int) -> Tensor
    let expected: @Sendable ([Double], Int) -> Double

    init(
      _ name: String, isVector: Bool = true, _ body: @escaping @Sendable (Tensor, Int) -> Tensor,
      _ expected: @escaping @Sendable ([Double], Int) -> Double
    ) {
      testDescription = name
      (self.isVector, self.body, self.expected) = (isVector, body, expected)
    }

    private static let y = LoopTests.y
    private static func datum(_ t: Int) -> Tensor { Tensor(y[t]) }

    private static let independentTerms = LoopCase("independent terms") { x, n in
      var sum = Tensor(0)
      for t in 0..<n { sum += Tensor.exp(x[0] * datum(t)) / (1 + x[1].squared) }
      return sum
    } _: { x, n in
      (0..<n).reduce(0) { $0 + exp(x[0] * y[$1]) / (1 + x[1] * x[1]) }
    }

    private static let subtraction = LoopCase("a term that subtracts, a start that is a parameter")
    { x, n in
      var sum = x[2]
      for t in 0..<n { sum = sum - Tensor.sin(x[0] + datum(t)) + x[3] * datum(t) }
      return sum
    } _: { x, n in
      var sum = x[2]
      for t in 0..<n { sum += x[3] * y[t] - sin(x[0] + y[t]) }
      return sum
    }

    private static let indices = LoopCase("parameters by index") { x, n in
      var sum = Tensor(0)
      for t in 0..<n {
        let (a, b) = (x[t * t % 5], x[(t + 1) % 5])
        sum += Tensor.tanh(a * datum(t)) * b
      }
      return sum
    } _: { x, n in
      var sum = 0.0
      for t in 0..<n { sum += tanh(x[t * t % 5] * y[t]) * x[(t + 1) % 5] }
      return sum
    }

    private static let sumsSoFar = LoopCase("sums so far, each of which is used") { x, n in
      var sum = x[0]
      var total = Tensor(0)
      for t in 0..<n {
        sum += x[1] * datum(t)
        total += Tensor.cos(sum)
      }
      return total
    } _: { x, n in
      var sum = x[0]
      var total = 0.0
      for t in 0..<n {
        sum += x[1] * y[t]
        total += cos(sum)
      }
      return total
    }

    private static let movingAverage = LoopCase("moving average: a linear recurrence") { x, n in
      var error = x[0]
      var sum = Tensor(0)
      for t in 1..<n {
        error = datum(t) - (x[1] + x[2] * datum(t - 1) + x[3] * error)
        sum += error.squared
      }
      return sum
    } _: { x, n in
      var (error, sum) = (x[0], 0.0)
      for t in 1..<n {
        error = y[t] - (x[1] + x[2] * y[t - 1] + x[3] * error)
        sum += error * error
      }
      return sum
    }

    private static let garch = LoopCase("GARCH: linear in the square") { x, n in
      var sigma = Tensor.exp(x[0])
      var sum = Tensor(0)
      for t in 1..<n {
        let shock = datum(t - 1) - x[1]
        let news = x[2].squared * shock.squared
        sigma = Tensor.sqrt(0.2 + news + 0.5 * x[3].squared * sigma.squared)
        sum += Tensor.log(sigma) + ((datum(t) - x[1]) / sigma).squared
      }
      return sum
    } _: { x, n in
      var (sigma, sum) = (exp(x[0]), 0.0)
      for t in 1..<n {
        let shock = y[t - 1] - x[1]
        sigma = (0.2 + x[2] * x[2] * shock * shock + 0.5 * x[3] * x[3] * sigma * sigma)
          .squareRoot()
        sum += log(sigma) + ((y[t] - x[1]) / sigma) * ((y[t] - x[1]) / sigma)
      }
      return sum
    }

    private static let changingCoefficients = LoopCase(
      "a recurrence with changing coefficients, divided and negated"
    ) { x, n in
      var state = x[0]
      var sum = Tensor(0)
      for t in 0..<n {
        state = -(state * Tensor(0.4 * y[t]) - x[1]) / (2 + x[2].squared)
        sum += state.squared
      }
      return sum + state
    } _: { x, n in
      var (state, sum) = (x[0], 0.0)
      for t in 0..<n {
        state = -(state * 0.4 * y[t] - x[1]) / (2 + x[2] * x[2])
        sum += state * state
      }
      return sum + state
    }

    private static let product = LoopCase("a product of all factors") { x, n in
      var product = x[0]
      for t in 0..<n { product *= 1 + 0.01 * x[1] * datum(t) }
      return product
    } _: { x, n in
      (0..<n).reduce(x[0]) { $0 * (1 + 0.01 * x[1] * y[$1]) }
    }

    private static let nonlinear = LoopCase(
      "not linear: step by step between vectors", isVector: false
    ) { x, n in
      var state = x[0]
      var sum = Tensor(0)
      for t in 0..<n {
        state = Tensor.sin(x[1] * state + datum(t))
        sum += (state - x[2]).squared
      }
      return sum
    } _: { x, n in
      var (state, sum) = (x[0], 0.0)
      for t in 0..<n {
        state = sin(x[1] * state + y[t])
        sum += (state - x[2]) * (state - x[2])
      }
      return sum
    }

    private static let twoStates = LoopCase("two states that feed each other", isVector: false) {
      x, n in
      var (a, b) = (x[0], x[1])
      var sum = Tensor(0)
      for t in 0..<n {
        (a, b) = (0.5 * a + 0.3 * b + datum(t), 0.2 * a - 0.4 * b + x[2])
        sum += a * b
      }
      return sum
    } _: { x, n in
      var (a, b, sum) = (x[0], x[1], 0.0)
      for t in 0..<n {
        (a, b) = (0.5 * a + 0.3 * b + y[t], 0.2 * a - 0.4 * b + x[2])
        sum += a * b
      }
      return sum
    }

    private static let twoStepsBack = LoopCase("two steps back", isVector: false) { x, n in
      var (last, before) = (x[0], x[1])
      var sum = Tensor(0)
      for t in 0..<n {
        (last, before) = (0.6 * last - 0.2 * before + x[2] * datum(t), last)
        sum += Tensor.exp(0.1 * last)
      }
      return sum
    } _: { x, n in
      var (last, before, sum) = (x[0], x[1], 0.0)
      for t in 0..<n {
        (last, before) = (0.6 * last - 0.2 * before + x[2] * y[t], last)
        sum += exp(0.1 * last)
      }
      return sum
    }

    private static let nested = LoopCase("a loop within a loop") { x, n in
      var sum = Tensor(0)
      for t in 5..<n {
        var mean = x[0]
        for k in 0..<5 { mean += x[k] * datum(t - 1 - k) }
        sum += Tensor.tanh(datum(t) - mean)
      }
      return sum
    } _: { x, n in
      var sum = 0.0
      for t in 5..<n {
        var mean = x[0]
        for k in 0..<5 { mean += x[k] * y[t - 1 - k] }
        sum += tanh(y[t] - mean)
      }
      return sum
    }

    private static let consecutive = LoopCase(
      "one loop after another, which reads what the first made"
    ) { x, n in
      let curve = (0..<n).map { Tensor.sin(x[0] * datum($0)) }
      var sum = Tensor(0)
      for t in 1..<n { sum += curve[t] * curve[t - 1] + x[1] * curve[t] }
      return sum
    } _: { x, n in
      let curve = (0..<n).map { sin(x[0] * y[$0]) }
      var sum = 0.0
      for t in 1..<n { sum += curve[t] * curve[t - 1] + x[1] * curve[t] }
      return sum
    }

    private static let mixture = LoopCase("vectors in each iteration: a mixture") { x, n in
      var sum = Tensor(0)
      for t in 0..<n {
        let first = x[0] - (datum(t) - x[1]).squared
        let second = x[2] - 2 * (datum(t) - x[3]).squared
        sum += Tensor.stacked([first, second]).logSumExp(axis: 0)
      }
      return sum
    } _: { x, n in
      var sum = 0.0
      for t in 0..<n {
        let (a, b) = (y[t] - x[1], y[t] - x[3])
        sum += log(exp(x[0] - a * a) + exp(x[2] - 2 * b * b))
      }
      return sum
    }

    private static let zerosAndOnes = LoopCase("data with zeros and ones among them") { x, n in
      var sum = Tensor(0)
      for t in 0..<n { sum += Tensor(Double(t % 3)) * Tensor.exp(x[0] * Tensor(Double(t % 2))) }
      return sum
    } _: { x, n in
      (0..<n).reduce(0) { $0 + Double($1 % 3) * exp(x[0] * Double($1 % 2)) }
    }

    private static let exception = LoopCase("an iteration that differs from the others") { x, n in
      var sum = Tensor(0)
      for t in 0..<n {
        let term = x[0] * datum(t)
        sum += t == n / 2 ? Tensor.exp(term) : Tensor.sin(term)
      }
      return sum
    } _: { x, n in
      var sum = 0.0
      for t in 0..<n { sum += t == n / 2 ? exp(x[0] * y[t]) : sin(x[0] * y[t]) }
      return sum
    }

    private static let cubic = ScalarFunction(name: "cubic", arity: 2) { x, partials in
      (partials[0], partials[1]) = (x[1] * x[1] * x[1], 3 * x[0] * x[1] * x[1])
      return x[0] * x[1] * x[1] * x[1]
    }

    private static let partials = LoopCase("functions with partials") { x, n in
      var sum = Tensor(0)
      for t in 0..<n { sum += .sum(of: cubic, datum(t), x[0] + x[1] * datum(t)) }
      return sum
    } _: { x, n in
      var sum = 0.0
      for t in 0..<n { sum += y[t] * pow(x[0] + x[1] * y[t], 3) }
      return sum
    }

    static let all = [
      independentTerms, subtraction, indices, sumsSoFar, movingAverage, garch, changingCoefficients,
      product, nonlinear, twoStates, twoStepsBack, nested, consecutive, mixture, zerosAndOnes,
      exception,
      partials,
    ]
  }

  private let position = [0.4, -0.3, 0.7, 0.5, -0.2]

  @Test("a loop is what it is in plain Swift", arguments: LoopCase.all)
  func values(test: LoopCase) throws {
    for count in [6, 40, 113] {
      let program = try Program(dimension: 5) { test.body($0, count) }
      #expect(scaledError(program(position).values![0], test.expected(position, count)) < 1e-12)
      let (values, gradient) = program.evaluatedNodeByNode(at: position)
      let found = try program.valueAndGradient(at: position)
      #expect(scaledError(found.value, values[0]) < 1e-12)
      for (a, b) in zip(found.gradient, gradient) { #expect(scaledError(a, b) < 1e-10) }
    }
    try checkGradient(Program(dimension: 5) { test.body($0, 30) }, at: position)
  }

  @Test("a loop costs as many steps as the array form", arguments: LoopCase.all)
  func steps(test: LoopCase) throws {
    let (few, many) = (
      try Program(dimension: 5) { test.body($0, 30) }.size.steps,
      try Program(dimension: 5) { test.body($0, 110) }.size.steps
    )
    // A vector longer than a block needs no more steps; what is done one by one does.
    #expect(test.isVector ? many <= few + 4 : many > few + 4, "\(few) and \(many) steps")
  }

  @Test("second derivatives of loops", arguments: LoopCase.all)
  func hessian(test: LoopCase) throws {
    let program = try Program(dimension: 5) { test.body($0, 24) }
    #expect(
      differenceError(program.hessian(at: position), position) {
        try! program.valueAndGradient(at: $0).gradient
      } < 1e-6)
  }

  @Test("the listing shows a loop before, and vectors and a recurrence after")
  func listing() throws {
    let average = LoopCase.all[4]
    let (before, after) = try Program(dimension: 5) { average.body($0, 100) }
      .listing(ofValueAlone: true)
    let lines = { (text: String) in text.split(separator: "\n").count }
    #expect(lines(before) > 1000 && lines(after) < 60)
    #expect(after.contains("linearRecurrence(isReversed: false)"))
    #expect(!before.contains("linearRecurrence"))
  }

  @Test("scan: the states that a step leads through")
  func scan() throws {
    let y = Tensor(Self.y)
    let program = try Program(dimension: 3) { x in
      let states = Tensor.scan(over: [y], from: x[0]) { state, inputs in
        x[1] * state + inputs[0] * x[2]
      }
      #expect(states.shape == [120])
      return (states * y).sum()
    }
    var (state, sum) = (0.4, 0.0)
    for value in Self.y {
      state = -0.3 * state + value * 0.7
      sum += state * value
    }
    #expect(scaledError(program([0.4, -0.3, 0.7]).values![0], sum) < 1e-13)
    #expect(program.listing().after.contains("linearRecurrence(isReversed: true)"))
    try checkGradient(program, at: [0.4, -0.3, 0.7])
    // Several states, one of them a vector; inputs of rank two.
    let rows = Tensor((0..<30).map { cos(Double($0)) }, shape: [10, 3])
    let filter = try Program(dimension: 3) { x in
      let states = Tensor.scan(over: [rows], from: [x, x[0]]) { states, inputs in
        [Tensor.tanh(states[0] + inputs[0]), 0.5 * states[1] + states[0].sum()]
      }
      #expect(states.map(\.shape) == [[10, 3], [10]])
      return states[0].squared.sum() + states[1].sum()
    }
    var (vector, scalar, total) = ([0.4, -0.3, 0.7], 0.4, 0.0)
    for t in 0..<10 {
      scalar = 0.5 * scalar + vector.reduce(0, +)
      vector = (0..<3).map { tanh(vector[$0] + cos(Double(3 * t + $0))) }
      total += vector.reduce(0) { $0 + $1 * $1 } + scalar
    }
    #expect(scaledError(filter([0.4, -0.3, 0.7]).values![0], total) < 1e-13)
    try checkGradient(filter, at: [0.4, -0.3, 0.7])
    // Steps that do not fit together.
    let wrong = Tensor.scan(over: [y], from: Tensor([1, 2])) { state, _ in state.sum() }
    #expect(wrong.failure?.reason == "a step changes the shape of the state")
    #expect(
      Tensor.scan(over: [y, Tensor([1])], from: Tensor(0)) { state, _ in state }.failure?.operation
        == "scan")
  }

  @Test("linear recurrences, with one coefficient and with one for each step")
  func recurrences() throws {
    for isShared in [true, false] {
      let program = try Program(dimension: 8) { x in
        let u = Tensor.linearRecurrence(
          x[0..<5], coefficients: isShared ? x[5] : Tensor.tanh(x[4..<8]))
        return (u * Tensor([1, -2, 3, -4, 5])).sum() + u.squared.sum()
      }
      let x = (0..<8).map { 0.3 + 0.2 * Double($0) }
      var (state, sum) = (0.0, 0.0)
      for t in 0..<5 {
        let factor = t == 0 ? 0 : isShared ? x[5] : tanh(x[3 + t])
        state = x[t] + factor * state
        sum += state * [1, -2, 3, -4, 5][t] + state * state
      }
      #expect(scaledError(program(x).values![0], sum) < 1e-14)
      try checkGradient(program, at: x)
      #expect(
        differenceError(program.hessian(at: x), x) {
          try! program.valueAndGradient(at: $0).gradient
        } < 1e-7)
    }
    #expect(
      Tensor.linearRecurrence(Tensor([1, 2, 3]), coefficients: Tensor([1, 2, 3])).failure != nil)
    #expect(
      Tensor.linearRecurrence(Tensor([2]), coefficients: Tensor(3)).values == [2])
  }
}
