import Densities
import Differentiation
import Foundation
import Randomness
import TestSupport
import Testing

/// Compiled programs against the same operations carried out one by one, each in memory of its own: what
/// the passes, the order of the steps and the second use of memory must not change.
@Suite("Compiled programs against node by node", .tags(.gradient))
struct CompilerTests {
  /// A random function of 24 numbers: vectors shorter and longer than a block of the machine, matrices,
  /// rows and columns, sums along every axis, parts and products.
  private struct RandomProgram {
    let steps: [(kind: Int, a: Int, b: Int)]
    let widths: (short: Int, long: Int, rows: Int, columns: Int)

    init<G: RandomNumberGenerator>(using generator: inout G) {
      widths = (
        [2, 5, 8, 11][generator.nextIndex(below: 4)],
        [257, 300, 512, 700][generator.nextIndex(below: 4)],
        [2, 3, 30][generator.nextIndex(below: 3)], [3, 8, 10, 24][generator.nextIndex(below: 4)]
      )
      steps = (0..<6 + generator.nextIndex(below: 30)).map { k in
        (
          generator.nextIndex(below: 22), generator.nextIndex(below: 4 + k),
          generator.nextIndex(below: 4 + k)
        )
      }
    }

    /// Bounded, so that nothing grows beyond measure.
    private func tame(_ x: Tensor) -> Tensor { x / .sqrt(1 + 0.1 * x.squared) }

    /// Any tensor brought into a shape.
    private func fitted(_ x: Tensor, _ shape: [Int]) -> Tensor {
      let count = shape.reduce(1, *)
      if x.count == count { return x.reshaped(shape) }
      if x.count == 1 { return x.reshaped([]).broadcast(to: shape) }
      return x.reshaped([x.count]).gathered((0..<count).map { $0 * 7 % x.count })
        .reshaped(shape)
    }

    func evaluate(_ x: Tensor) -> Tensor {
      let (short, long, rows, columns) = widths
      let data = Tensor((0..<long).map { sin(Double($0)) })
      var values = [
        x[0], x[1..<(1 + short)], fitted(x, [rows, columns]), data * x[2] + x[3],
      ]
      for step in steps {
        let (a, b) = (values[step.a], values[step.b])
        let next: Tensor =
          switch step.kind {
          case 0: a + fitted(b, a.shape)
          case 1: a - fitted(b, a.shape)
          case 2: tame(a * fitted(b, a.shape))
          case 3: a / (2 + fitted(b, a.shape).squared)
          case 4: .tanh(a)
          case 5: .exp(-a.squared)
          case 6: .softplus(a)
          case 7: tame(a.squared)
          case 8: .where(fitted(b, a.shape) .< 0.3, a, 2 * a)
          case 9: tame(a.sum())
          case 10: a.rank > 0 ? tame(a.sum(axis: 0)) : -a
          case 11: a.rank > 1 ? tame(a.sum(axis: 1)) : .sin(a)
          case 12: a.rank > 1 ? a + fitted(b, [a.shape[0], 1]) : .logistic(a)
          case 13: a.rank > 1 ? tame(a * fitted(b, [a.shape[1]])) : a + 1
          case 14: a.rank > 1 ? a.transposed() : a.reshaped([a.count, 1])
          case 15: a.rank > 0 && a.shape[0] > 1 ? a[1...] : .cos(a)
          case 16:
            .concatenated(
              [a.reshaped([a.count]), b.reshaped([b.count])][..<2].map { $0[0..<min(3, $0.count)] })
          case 17: a.rank == 2 ? tame(a.matrixProduct(fitted(b, [a.shape[1], 4]))) : a
          case 18:
            a.rank == 2
              ? tame(a.transposed().matrixProduct(fitted(b, [a.shape[0], 3])) + x[0..<3]) : a
          case 19: a.count > 1 ? tame(a.reshaped([a.count]).cumulativeSum(axis: 0)) : a
          case 20: .max(a, fitted(b, a.shape))
          default:
            a.count > 1
              ? tame(
                .linearRecurrence(0.1 * a.reshaped([a.count]), coefficients: 0.5 * .tanh(b.sum())))
              : a
          }
        values.append(next)
      }
      return values.suffix(4).map { $0.sum() }.reduce(0, +)
    }
  }

  @Test("random programs", arguments: [UInt64(11), 12, 13, 14])
  func randomPrograms(seed: UInt64) throws {
    var generator = Philox(seed: seed)
    let count = fullTest ? 2_500 : draws(release: 400, debug: 40)
    for number in 0..<count {
      let random = RandomProgram(using: &generator)
      let program = try Program(dimension: 24) { random.evaluate($0) }
      let position = (0..<24).map { _ in 2 * generator.nextUnit() - 1 }
      let expected = program.evaluatedNodeByNode(at: position)
      // Twice: the second evaluation finds the memory as the first left it.
      var workspace = program.makeWorkspace()
      var gradient = [Double](repeating: .nan, count: 24)
      for _ in 0..<2 {
        var span = gradient.mutableSpan
        let value = try program.logDensity(
          at: position.span, gradient: &span, in: &workspace)
        let size = expected.gradient.reduce(1) { max($0, abs($1)) }
        #expect(scaledError(value, expected.values[0]) < 1e-11, "seed \(seed), program \(number)")
        for (found, slope) in zip(gradient, expected.gradient) {
          #expect(abs(found - slope) < 1e-9 * size, "seed \(seed), program \(number)")
        }
        let alone = try program.logDensity(at: position.span, in: &workspace)
        #expect(scaledError(alone, value) < 1e-13)
      }
    }
  }

  @Test("every operation in a batch is the operation alone", arguments: OperationCase.all)
  func batches(test: OperationCase) throws {
    let dimension = test.position.count
    let program = try Program(dimension: dimension) { x in
      let y = test.body(x)
      return (y * Tensor((0..<y.count).map { 1 + 0.5 * Double($0) }, shape: y.shape)).sum()
    }
    // More than one vector of positions, and not whole vectors.
    let count = 11
    let positions = (0..<count).flatMap { k in
      test.position.enumerated().map { $1 * (1 + 0.01 * cos(Double(7 * k + $0))) }
    }
    var (values, gradients) = (
      [Double](repeating: .nan, count: count), [Double](repeating: .nan, count: count * dimension)
    )
    var again = values
    var workspace = program.makeWorkspace()
    do {
      var first = values.mutableSpan
      var second = gradients.mutableSpan
      var third = again.mutableSpan
      try program.logDensities(
        at: positions.span, into: &first, gradients: &second, in: &workspace)
      try program.logDensities(at: positions.span, into: &third, in: &workspace)
    }
    for k in 0..<count {
      let rows = k * dimension..<(k + 1) * dimension
      let (value, gradient) = try program.valueAndGradient(at: Array(positions[rows]))
      #expect(scaledError(values[k], value) < 1e-12)
      #expect(scaledError(again[k], value) < 1e-12)
      let size = gradient.reduce(1) { max($0, abs($1)) }
      for (a, b) in zip(gradients[rows], gradient) { #expect(abs(a - b) < 1e-11 * size) }
    }
  }

  @Test("a batch says which evaluation failed and why")
  func failingBatch() throws {
    let program = try Program(dimension: 1) { Tensor.log($0[0]) }
    var workspace = program.makeWorkspace()
    var values = [0.0, 0, 0]
    #expect(throws: EvaluationFailure.recoverable("the value is not a number, since log gave nan"))
    {
      var span = values.mutableSpan
      try program.logDensities(at: [1, -1, 2].span, into: &span, in: &workspace)
    }
  }

  @Test("every instruction set gives the same", arguments: OperationCase.all)
  func instructionSets(test: OperationCase) throws {
    let program = try Program(dimension: test.position.count) { test.body($0).sum() }
    let found = program.valuesAndGradientsByInstructionSet(at: test.position)
    for (value, gradient) in found.dropFirst() {
      #expect(scaledError(value, found[0].value) < 1e-13)
      for (a, b) in zip(gradient, found[0].gradient) { #expect(scaledError(a, b) < 1e-11) }
    }
  }

  @Test("vectors of every length up to three blocks, with every tail")
  func lengths() throws {
    for count in Array(1...40) + [255, 256, 257, 263, 264, 511, 512, 513, 700] {
      let data = (0..<count).map { cos(Double($0)) }
      let program = try Program(dimension: 2) { x in
        let y = Tensor.exp(Tensor(data) * x[0]) + x[1]
        return (y * Tensor.sin(y)).sum() + y.max()
      }
      var expected = 0.0
      for d in data {
        let y = exp(d * 0.7) + 0.2
        expected += y * sin(y)
      }
      expected += data.map { exp($0 * 0.7) + 0.2 }.max()!
      #expect(scaledError(program([0.7, 0.2]).values![0], expected) < 1e-13, "\(count)")
      try checkGradient(program, at: [0.7, 0.2])
    }
  }

  /// Sums over the rows of long matrices, which are done some rows at a time.
  struct RowCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The loss of inputs [rows, 3] with responses [rows], by 40 parameters.
    let loss: @Sendable (_ x: Tensor, _ y: Tensor, _ parameters: Tensor) -> Tensor

    private static func layer(_ x: Tensor, _ p: Tensor, _ outputs: Int, from start: Int) -> Tensor {
      let inputs = x.shape[1]
      let end = start + inputs * outputs
      return x.matrixProduct(p[start..<end].reshaped([inputs, outputs])) + p[end..<end + outputs]
    }

    static let all: [RowCase] = [
      .init(testDescription: "a network of two layers") { x, y, p in
        let hidden = Tensor.tanh(layer(x, p, 5, from: 0))
        let output = layer(hidden, p, 1, from: 20).reshaped([x.shape[0]])
        return (y - output).squared.sum()
      },
      .init(testDescription: "a network of three layers") { x, y, p in
        let first = Tensor.tanh(layer(x, p, 3, from: 0))
        let second = Tensor.logistic(layer(first, p, 4, from: 12))
        let output = layer(second, p, 1, from: 28).reshaped([x.shape[0]])
        return Tensor.softplus(y * output).sum() + output.sum()
      },
      .init(testDescription: "classes: sums and largest elements of rows") { x, y, p in
        let scores = layer(x, p, 4, from: 0)
        let weights = scores.softmax(axis: 1)
        return (scores.logSumExp(axis: 1) * y).sum() + (weights * weights).sum()
      },
      .init(testDescription: "columns, rows and scalars among the operands") { x, y, p in
        let hidden = Tensor.tanh(layer(x, p, 6, from: 0))
        let scaled = hidden * y.reshaped([y.count, 1]) + p[24..<30] * p[31]
        let back = scaled.matrixProduct(p[0..<18].reshaped([3, 6]).transposed())
        return (back * x).sum() + (scaled * scaled).sum(axis: 1).squared.sum()
      },
      .init(testDescription: "what needs a sum over the rows is done after them") { x, y, p in
        let hidden = Tensor.tanh(layer(x, p, 7, from: 0))
        let mean = hidden.sum(axis: 0)
        return mean.squared.sum() + hidden.matrixProduct(p[28..<35].reshaped([7, 1])).sum()
      },
    ]
  }

  @Test("rows at a time", arguments: RowCase.all, [512, 1003, 5000])
  func rows(test: RowCase, count: Int) throws {
    let inputs = (0..<count * 3).map { sin(Double($0 * $0 % 1009)) }
    let responses = (0..<count).map { cos(Double($0)) }
    let parameters = (0..<40).map { 0.4 * sin(Double(3 * $0)) }
    let program = try Program(dimension: 40) { p in
      test.loss(Tensor(inputs, shape: [count, 3]), Tensor(responses), p) / Tensor(Double(count))
    }
    let found = try program.valueAndGradient(at: parameters)
    // In the order of the operations, on other memory: short matrices are not divided.
    var (value, gradient) = (0.0, [Double](repeating: 0, count: 40))
    let isSum = test.testDescription != RowCase.all.last!.testDescription
    let part = isSum ? 211 : count
    for start in stride(from: 0, to: count, by: part) {
      let end = min(start + part, count)
      let piece = try Program(dimension: 40) { p in
        test.loss(
          Tensor(Array(inputs[start * 3..<end * 3]), shape: [end - start, 3]),
          Tensor(Array(responses[start..<end])), p) / Tensor(Double(count))
      }
      let (own, slopes) =
        isSum
        ? try piece.valueAndGradient(at: parameters)
        : (
          piece.evaluatedNodeByNode(at: parameters).values[0],
          piece.evaluatedNodeByNode(at: parameters).gradient
        )
      value += own
      for k in 0..<40 { gradient[k] += slopes[k] }
    }
    #expect(scaledError(found.value, value) < 1e-12)
    let size = gradient.reduce(1e-3) { max($0, abs($1)) }
    for (a, b) in zip(found.gradient, gradient) { #expect(abs(a - b) < 1e-11 * size) }
    try checkGradient(program, at: parameters)
  }

  @Test("memory is used again")
  func memory() throws {
    func arena(_ layers: Int) throws -> Int {
      try Program(dimension: 1000) { x in
        // Without intermediate values that the gradient needs.
        var y = x
        for k in 1...layers { y = 2 * y + Tensor((0..<1000).map { Double($0 * k % 7) }) }
        return y.squared.sum()
      }.size.arena - layers * 1000
    }
    // Each layer brings its own data and nothing else.
    #expect(try arena(20) - arena(5) < 1000)
  }
}
