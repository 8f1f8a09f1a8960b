import Differentiation
import Foundation
import Randomness
import TestSupport
import Testing

/// Programs against the same function of constants, whose operations are carried out at once, one by one.
@Suite("Programs against eager evaluation", .tags(.gradient))
struct EagerTests {
  private static func data(_ count: Int, _ phase: Double = 0) -> [Double] {
    (0..<count).map { sin(1.3 * Double($0) + phase) }
  }

  private func check(
    _ dimension: Int, _ body: @escaping (Tensor) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let position = Self.data(dimension, 0.4)
    let program = try Program(dimension: dimension) { body($0).sum() }
    func eager(_ x: [Double]) -> Double { body(Tensor(x)).sum().values![0] }
    let found = try program.valueAndGradient(at: position)
    #expect(scaledError(found.value, eager(position)) < 1e-11, sourceLocation: sourceLocation)
    // The slope along one direction, by the best of differences of eager values.
    let direction = Self.data(dimension, 2)
    let slope = zip(found.gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    let error = [1e-3, 1e-4, 1e-5, 1e-6].map { step -> Double in
      let above = eager(zip(position, direction).map { $0 + step * $1 })
      let below = eager(zip(position, direction).map { $0 - step * $1 })
      return abs(slope - (above - below) / (2 * step))
    }.min()!
    let size = max(1, abs(slope), abs(found.value))
    #expect(error < 1e-7 * size, sourceLocation: sourceLocation)
  }

  @Test("eight elements again and again, beside runs that are not whole vectors")
  func lanes() throws {
    try check(14) { x in x[0..<8].reshaped([2, 4]) + x[8..<14].reshaped([3, 2, 1]) }
    let (a, b) = (
      Tensor(Self.data(320), shape: [40, 8]), Tensor(Self.data(320, 1), shape: [64, 5])
    )
    try check(13) { x in Tensor.exp(a * x[0..<8]).sum() + Tensor.sin(b + x[8..<13]).sum() }
  }

  @Test("loops that read more than one thing of the iteration before")
  func starts() throws {
    let y = Self.data(20)
    try check(2) { x in
      var s = x[0]
      for i in 0..<10 { s = s + s + Tensor(y[i]) }
      return s * x[1]
    }
    try check(4) { x in
      var (a, b) = (x[0], x[1])
      var total = Tensor(0)
      for i in 0..<20 {
        let s = x[2] * a + x[3] * b + Tensor(y[i])
        (a, b) = (s, s)
        total += s.squared
      }
      return total
    }
    try check(1) { x in
      var total = Tensor(0)
      for i in 0..<20 { total += Tensor.exp(x[0] * Tensor(y[i])) * Tensor.exp(x[0] * Tensor(y[0])) }
      return total
    }
    // A second loop that reads a longer first one some places before.
    try check(2) { x in
      let curve = (0..<20).map { Tensor.sin(x[0] * Tensor(y[$0])) }
      var total = Tensor(0)
      for i in 0..<5 { total += curve[i + 12] * x[1] + curve[i] }
      return total
    }
  }

  @Test("matrices of which all is read for some rows, and rows that are still summed up")
  func repetitions() throws {
    let x = Tensor(Self.data(512 * 512), shape: [512, 512]) * 0.05
    let y = Tensor(Self.data(512 * 64, 1), shape: [512, 64])
    // So many elements that rows are done some at a time.
    try check(65) { p in
      let b = Tensor.sin(y + p[0])
      let t = Tensor.tanh(x.matrixProduct(b) + b)
      return t.matrixProduct(p[1..<65].reshaped([64, 1])).squared.sum()
        + t.gathered([1, 2, 511, 3]).sum()
    }
    let z = Tensor(Self.data(1000 * 6), shape: [1000, 6])
    try check(30) { p in
      let r = Tensor.tanh(z.matrixProduct(p.reshaped([6, 5])))
      return 0.01 * (r.transposed().matrixProduct(r) + r.sum(axis: 0))
    }
  }

  @Test("numbers near the ends of their range stay what they are")
  func range() throws {
    let large = try Program(dimension: 1) { 1e200 * (1e200 * $0[0]) }
    #expect(large([1e-300]).values == [1e100] && large([0]).values == [0])
    #expect(try Program(dimension: 1) { $0[0] / 0x1p-1030 }([0]).values == [0])
    let zeros = try Program(dimension: 1) { $0[0] / Tensor([0, -0.0]) }
    #expect(zeros([1]).values == [.infinity, -.infinity])
  }

  @Test("long chains compile in time that grows with their length")
  func chains() throws {
    let steps = draws(release: 10_000, debug: 300)
    let program = try Program(dimension: 2) { x in
      var s = x[0]
      for _ in 0..<steps { s = s + 0.001 * x[1] * s * (1 - s) }
      return s
    }
    var s = 0.1
    for _ in 0..<steps { s += 0.001 * 0.5 * s * (1 - s) }
    #expect(scaledError(program([0.1, 0.5]).values![0], s) < 1e-12)
  }

  /// A loop over up to 16 iterations, whose body is drawn: parameters, elements of the position, data, states,
  /// results of this iteration and of the first.
  private struct RandomLoop {
    enum Source {
      case element
      case parameter(Int)
      case datum, first
      case state(Int)
      case term(Int)
      case old(Int)
    }
    let count, states: Int
    let terms: [(kind: Int, a: Source, b: Source)]
    let updates: [(kind: Int, term: Int)]
    let starts: [Int]
    let y: [Double]

    init<G: RandomNumberGenerator>(using generator: inout G) {
      func pick(_ n: Int) -> Int { generator.nextIndex(below: n) }
      count = 5 + pick(12)
      states = 1 + pick(3)
      let states = states
      func source(_ k: Int) -> Source {
        switch pick(9) {
        case 0: .element
        case 1: .parameter(pick(4))
        case 2: .datum
        case 3, 4: .state(pick(states))
        case 5 where k > 0: .old(pick(k))
        case 6: .first
        default: k > 0 ? .term(pick(k)) : .element
        }
      }
      terms = (0..<2 + pick(6)).map { (pick(8), source($0), source($0)) }
      let size = terms.count
      updates = (0..<states).map { _ in (pick(3), pick(size)) }
      starts = (0..<states).map { _ in pick(3) }
      y = (0..<count).map { _ in 2 * generator.nextUnit() - 1 }
    }

    func evaluate(_ x: Tensor) -> Tensor {
      var state = starts.enumerated().map { k, start -> Tensor in
        start == 0 ? 0 : start == 1 ? x[count + k] : x[k]
      }
      var old: [Tensor] = []
      var total = Tensor(0)
      for i in 0..<count {
        var values: [Tensor] = []
        func get(_ source: Source) -> Tensor {
          switch source {
          case .element: x[i]
          case .parameter(let k): x[count + k]
          case .datum: Tensor(y[i])
          case .first: Tensor(y[0])
          case .state(let k): state[k]
          case .term(let k): values[k]
          case .old(let k): i == 0 ? values[k] : old[k]
          }
        }
        for term in terms {
          let (a, b) = (get(term.a), get(term.b))
          let value: Tensor =
            switch term.kind {
            case 0: a + b
            case 1: a - b
            case 2: 0.5 * a * b
            case 3: .tanh(a)
            case 4: .exp(-a.squared) + b
            case 5: a / (2 + b.squared)
            case 6: 0.3 * a + 0.4 * b
            default: .sin(a)
            }
          values.append(value)
        }
        if i == 0 { old = values }
        for (k, update) in updates.enumerated() {
          let term = values[update.term]
          state[k] =
            update.kind == 0
            ? 0.5 * state[k] + term : update.kind == 1 ? term : 0.1 * (state[k] + term)
        }
        total += values.last!
      }
      return total + state.reduce(Tensor(0)) { $0 + $1 }
    }
  }

  @Test("random loops", arguments: [UInt64(21), 22, 23, 24])
  func randomLoops(seed: UInt64) throws {
    var generator = Philox(seed: seed)
    for number in 0..<(fullTest ? 3_000 : draws(release: 500, debug: 25)) {
      let loop = RandomLoop(using: &generator)
      let dimension = loop.count + 4
      let position = (0..<dimension).map { _ in 2 * generator.nextUnit() - 1 }
      let program = try Program(dimension: dimension) { loop.evaluate($0) }
      let expected = loop.evaluate(Tensor(position)).values![0]
      guard expected.isFinite, abs(expected) < 1e6 else { continue }
      let found = try program.valueAndGradient(at: position)
      #expect(scaledError(found.value, expected) < 1e-9, "seed \(seed), loop \(number)")
      let (_, gradient) = program.evaluatedNodeByNode(at: position)
      let size = gradient.reduce(1) { max($0, abs($1)) }
      for (a, b) in zip(found.gradient, gradient) {
        #expect(abs(a - b) < 1e-9 * size, "seed \(seed), loop \(number)")
      }
    }
  }
}
