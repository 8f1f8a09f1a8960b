import Densities
import Differentiation
import Foundation
import Randomness
import TestSupport
import Testing

/// An operation as a function of one vector, with a point where it is smooth.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let position: [Double]
  let body: @Sendable (Tensor) -> Tensor

  init(_ name: String, _ dimension: Int, _ body: @escaping @Sendable (Tensor) -> Tensor) {
    testDescription = name
    position = (0..<dimension).map { 0.35 + 0.3 * sin(2.3 * Double($0)) }
    self.body = body
  }

  /// A positive definite matrix made from 9 numbers.
  private static func definite(_ x: Tensor) -> Tensor {
    let a = x.reshaped([3, 3])
    return a.matrixProduct(a.transposed()) + Tensor([2, 0, 0, 0, 2, 0, 0, 0, 2], shape: [3, 3])
  }

  static let all: [OperationCase] = [
    .init("select", 6) { .where($0[0..<3] .< 0.4, $0[0..<3].squared, .exp($0[3..<6])) },
    .init("clamp", 4) { ($0 * 2).clamped(to: 0.3...0.9) },
    .init("broadcast", 3) { $0.reshaped([3, 1]).broadcast(to: [2, 3, 4]) * $0[0] },
    .init("linear recurrence", 7) { .linearRecurrence($0[0..<4], coefficients: $0[4..<7]) },
    .init("linear recurrence, one coefficient", 5) {
      .linearRecurrence($0[0..<4], coefficients: $0[4])
    },
    .init("hidden Markov model", 12) {
      .hiddenMarkovLogLikelihood(
        logInitial: $0[0..<2], logTransition: $0[2..<6].reshaped([2, 2]),
        logEmissions: $0[6..<12].reshaped([3, 2]))
    },
    .init("a function with partials", 4) { .sum(of: .product, $0[0..<2], $0[2..<4]) * $0[0] },
    .init("sum along the first axis", 6) { $0.reshaped([2, 3]).squared.sum(axis: 0) },
    .init("sum along the last axis", 6) { $0.reshaped([2, 3]).squared.sum(axis: 1) },
    .init("sum, axis kept", 6) {
      $0.reshaped([2, 3]) / $0.reshaped([2, 3]).sum(axis: 1, keepingAxis: true)
    },
    .init("mean", 6) { $0.reshaped([3, 2]).mean(axis: 0) * $0.mean() },
    .init("max", 6) { $0.reshaped([2, 3]).max(axis: 1) * $0.max() },
    .init("product", 5) { $0.product() * $0.reshaped([5, 1]).product(axis: 1) },
    .init("logSumExp", 6) { $0.reshaped([2, 3]).logSumExp(axis: 0) + $0.logSumExp() },
    .init("softmax", 6) { $0.reshaped([2, 3]).softmax(axis: 1) },
    .init("cumulativeSum", 6) { $0.reshaped([2, 3]).squared.cumulativeSum(axis: 1) },
    .init("cumulativeSum along the first axis", 6) { .exp($0.reshaped([3, 2]).cumulativeSum()) },
    .init("transpose", 12) {
      $0.reshaped([2, 3, 2]).transposed([2, 0, 1]).squared * Tensor([1, 2, 3])
    },
    .init("slice", 12) { $0.reshaped([3, 4])[1..<3, 1...2].squared * $0.reshaped([3, 4])[0, 2] },
    .init("gather", 4) { $0.gathered([3, 0, 0, 1]).squared },
    .init("scatterAdd", 4) { $0.scatterAdded(at: [2, 0, 2, 1], extent: 4).squared },
    .init("concatenate and stack", 4) {
      .concatenated([.stacked([$0, $0.squared], axis: 1), $0.reshaped([2, 2])]).squared
    },
    .init("matrix products", 12) {
      let (a, b) = ($0[0..<6].reshaped([2, 3]), $0[6..<12].reshaped([3, 2]))
      return a.matrixProduct(b).matrixProduct(a)
    },
    .init("vector by matrix", 6) { $0[0..<2].matrixProduct($0.reshaped([2, 3])) },
    .init("dot and outer", 6) { $0[0..<3].outer($0[3..<6].squared) * $0[0..<3].dot($0[3..<6]) },
    .init("diagonal", 9) { $0.reshaped([3, 3]).diagonal().squared },
    .init("einsum of three", 16) {
      .einsum(
        "ij,jk,il->lk", $0[0..<6].reshaped([2, 3]), $0[6..<12].reshaped([3, 2]),
        $0[12..<16].reshaped([2, 2]))
    },
    .init("einsum over a batch", 24) {
      .einsum("bij,bkj->bik", $0[0..<12].reshaped([2, 3, 2]), $0[12..<24].reshaped([2, 3, 2]))
    },
    .init("einsum of a diagonal", 9) { .einsum("ii->i", $0.reshaped([3, 3])).squared },
    .init("Cholesky", 9) { definite($0).cholesky() },
    .init("log determinant", 9) { definite($0).logDeterminant() },
    .init("triangular solves", 12) {
      let factor = definite($0[0..<9]).cholesky()
      return factor.triangularSolve($0[9..<12])
        * factor.triangularSolve($0[9..<12], transposed: true)
    },
    .init("an upper triangle", 15) {
      definite($0[0..<9]).triangularSolve($0[9..<15].reshaped([3, 2]), lower: false)
    },
    .init("positive definite solve", 12) { definite($0[0..<9]).positiveDefiniteSolve($0[9..<12]) },
    .init("a gradient inside", 3) { x in (x.squared * .exp(x)).sum().gradient(by: x) },
    .init("a root of a negative number", 2) { .root($0 - 2, 3) },
    .init("an empty part", 3) { .concatenated([$0[1..<1], $0.squared]) },
    .init("one element", 1) { .sin($0) },
    .init("a scalar", 1) { .exp($0[0]) },
  ]
}

/// Beside the gradients of `TensorOperationsTests`: what is derived from the rules of reverse mode.
extension ScalarFunction {
  /// x y: its second derivatives are differences without error.
  fileprivate static let product = ScalarFunction(name: "product", arity: 2) { x, partials in
    (partials[0], partials[1]) = (x[1], x[0])
    return x[0] * x[1]
  }
}

/// How far a Jacobian is from the best of central differences, each direction for itself.
func differenceError(
  _ jacobian: Tensor, _ position: [Double], _ f: ([Double]) -> [Double]
) -> Double {
  let dimension = position.count
  let rows = jacobian.count / max(dimension, 1)
  var worst = 0.0
  for k in 0..<dimension {
    var best = Double.infinity
    for exponent in 3...6 {
      let step = pow(10, -Double(exponent))
      var (above, below) = (position, position)
      above[k] += step
      below[k] -= step
      let (high, low) = (f(above), f(below))
      var error = 0.0
      for i in 0..<rows {
        let slope = (high[i] - low[i]) / (above[k] - below[k])
        error = max(error, scaledError(jacobian.values![i * dimension + k], slope))
      }
      best = min(best, error)
    }
    worst = max(worst, best)
  }
  return worst
}

@Suite("Derivatives of every operation", .tags(.gradient))
struct DerivativeTests {
  @Test("Jacobians against differences, rows against columns", arguments: OperationCase.all)
  func jacobian(test: OperationCase) throws {
    let program = try Program(dimension: test.position.count) { test.body($0) }
    let jacobian = program.jacobian(at: test.position)
    #expect(jacobian.shape == program.shape + [test.position.count])
    #expect(
      differenceError(jacobian, test.position) { program($0).values! } < 1e-7)
    // A product with a direction, forward, and with a covector, in reverse.
    let dimension = test.position.count
    let direction = (0..<dimension).map { cos(Double($0)) }
    let rows = jacobian.count / dimension
    let forward = program.jacobianVectorProduct(at: test.position, direction: direction)
    #expect(forward.shape == program.shape)
    let covector = (0..<rows).map { sin(1 + Double($0)) }
    var gradient = [Double](repeating: 0, count: dimension)
    var span = gradient.mutableSpan
    program.vectorJacobianProduct(
      at: test.position.span, covector: covector.span, into: &span, in: program.makeWorkspace())
    for i in 0..<rows {
      let expected = (0..<dimension).reduce(0.0) { sum, k in
        sum + jacobian.values![i * dimension + k] * direction[k]
      }
      #expect(scaledError(forward.values![i], expected) < 1e-12)
    }
    for k in 0..<dimension {
      let expected = (0..<rows).reduce(0.0) { sum, i in
        sum + jacobian.values![i * dimension + k] * covector[i]
      }
      #expect(scaledError(gradient[k], expected) < 1e-12)
    }
  }

  @Test("Hessians against differences of gradients", arguments: OperationCase.all)
  func hessian(test: OperationCase) throws {
    let program = try Program(dimension: test.position.count) { x in
      let y = test.body(x)
      return (y.squared * Tensor((0..<y.count).map { 1 + 0.5 * Double($0) }, shape: y.shape)).sum()
    }
    let hessian = program.hessian(at: test.position)
    let dimension = test.position.count
    #expect(hessian.shape == [dimension, dimension])
    #expect(
      differenceError(hessian, test.position) { try! program.valueAndGradient(at: $0).gradient }
        < 1e-6)
    for i in 0..<dimension {
      for j in 0..<i {
        #expect(
          scaledError(hessian.values![i * dimension + j], hessian.values![j * dimension + i])
            < 1e-11)
      }
    }
    let direction = (0..<dimension).map { cos(Double($0)) }
    let product = program.hessianVectorProduct(at: test.position, direction: direction)
    var again = product.map { _ in Double.nan }
    var workspace = program.makeWorkspace()
    for _ in 0..<2 {
      var span = again.mutableSpan
      try program.hessianVectorProduct(
        at: test.position.span, direction: direction.span, into: &span, in: &workspace)
      #expect(again == product)
    }
    for i in 0..<dimension {
      let expected = (0..<dimension).reduce(0.0) {
        $0 + hessian.values![i * dimension + $1] * direction[$1]
      }
      #expect(scaledError(product[i], expected) < 1e-11)
    }
  }

  @Test("second derivatives of every elementwise function", arguments: UnaryFunction.allCases)
  func second(function: UnaryFunction) throws {
    let x = function == .acosh ? 1.7 : function == .logOneMinusExp ? -0.6 : 0.6
    let program = try Program(dimension: 1) { apply(function, $0)[0] }
    #expect(
      differenceError(program.hessian(at: [x]), [x]) {
        try! program.valueAndGradient(at: $0).gradient
      } < 1e-7)
  }

  @Test("second derivatives of every function of two tensors", arguments: BinaryFunction.allCases)
  func second(function: BinaryFunction) throws {
    let position = [0.6, 1.7, 1.3, 0.4]
    let program = try Program(dimension: 4) { x in
      (apply(function, x[0..<2], x[2..<4]) * Tensor([1, 2])).sum()
    }
    #expect(
      differenceError(program.hessian(at: position), position) {
        try! program.valueAndGradient(at: $0).gradient
      } < 1e-7)
  }

  @Test("products with random directions, at random places", arguments: OperationCase.all)
  func randomDirections(test: OperationCase) throws {
    var generator = Philox(seed: 404)
    let dimension = test.position.count
    let program = try Program(dimension: dimension) { test.body($0) }
    for _ in 0..<5 {
      // Not far: the operations are smooth there.
      let position = test.position.map { $0 * (1 + 0.02 * generator.nextUnit()) }
      let direction = (0..<dimension).map { _ in 2 * generator.nextUnit() - 1 }
      let product = program.jacobianVectorProduct(at: position, direction: direction).values!
      var best = [Double](repeating: .infinity, count: product.count)
      for step in [1e-3, 1e-4, 1e-5, 1e-6] {
        func moved(_ sign: Double) -> [Double] {
          program(zip(position, direction).map { $0 + sign * step * $1 }).values!
        }
        for (i, (above, below)) in zip(moved(1), moved(-1)).enumerated() {
          best[i] = min(best[i], scaledError(product[i], (above - below) / (2 * step)))
        }
      }
      #expect(best.allSatisfy { $0 < 1e-7 })
    }
  }

  /// Extended precision on x86; a graph of up to 30 operations on three numbers.
  @Test(
    "random graphs against differences", arguments: [UInt64(1), 2, 3, 4])
  func randomGraphs(seed: UInt64) throws {
    #if arch(x86_64)
      var generator = Philox(seed: seed)
      let count = fullTest ? 25_000 : draws(release: 2_500, debug: 200)
      var compared = 0
      while compared < count {
        let graph = RandomGraph(using: &generator)
        let position = (0..<3).map { _ in 0.2 + 1.6 * generator.nextUnit() }
        let exact = position.map { Float80($0) }
        let value = graph.evaluate(exact)
        let slopes = (0..<3).map { k -> Float80 in
          var (above, below) = (exact, exact)
          above[k] += 1e-5
          below[k] -= 1e-5
          return (graph.evaluate(above) - graph.evaluate(below)) / 2e-5
        }
        guard ([value] + slopes).allSatisfy({ $0.isFinite && abs($0) < 1e6 }) else { continue }
        compared += 1
        let program = try Program(dimension: 3) { x in graph.evaluate([x[0], x[1], x[2]]) }
        let found = try program.valueAndGradient(at: position)
        #expect(scaledError(found.value, Double(value)) < 1e-9, "\(graph)")
        let size = slopes.reduce(1) { max($0, abs($1)) }
        for k in 0..<3 {
          #expect(abs(found.gradient[k] - Double(slopes[k])) < 1e-7 * Double(size), "\(graph)")
        }
      }
    #endif
  }
}

/// What a random graph is evaluated in.
protocol Scalar {
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static func squareRootOfSum(_ a: Self) -> Self
  static func mapped(_ k: Int, _ a: Self) -> Self
}

extension Tensor: Scalar {
  static func squareRootOfSum(_ a: Tensor) -> Tensor { .sqrt(1 + a.squared) }
  static func mapped(_ k: Int, _ a: Tensor) -> Tensor {
    switch k {
    case 0: .exp(-a.squared)
    case 1: .log(1 + a.squared)
    case 2: .sin(a)
    case 3: .cos(a)
    case 4: .atan(a)
    case 5: .sqrt(1 + a.squared)
    default: 1 / (1 + a.squared)
    }
  }
}

#if arch(x86_64)
  extension Float80: Scalar {
    static func squareRootOfSum(_ a: Float80) -> Float80 { (1 + a * a).squareRoot() }
    static func mapped(_ k: Int, _ a: Float80) -> Float80 {
      switch k {
      case 0: exp(-a * a)
      case 1: log(1 + a * a)
      case 2: sin(a)
      case 3: cos(a)
      case 4: atan(a)
      case 5: (1 + a * a).squareRoot()
      default: 1 / (1 + a * a)
      }
    }
  }
#endif

struct RandomGraph: CustomStringConvertible {
  var steps: [(kind: Int, a: Int, b: Int)] = []

  init<G: RandomNumberGenerator>(using generator: inout G) {
    for k in 0..<3 + generator.nextIndex(below: 28) {
      steps.append(
        (
          generator.nextIndex(below: 12), generator.nextIndex(below: 3 + k),
          generator.nextIndex(below: 3 + k)
        ))
    }
  }

  func evaluate<S: Scalar>(_ inputs: [S]) -> S {
    var values = inputs
    for step in steps {
      let (a, b) = (values[step.a], values[step.b])
      let value: S =
        switch step.kind {
        case 0: a + b
        case 1: a - b
        case 2: a * b
        case 3: a / S.squareRootOfSum(b)
        case 4: S.squareRootOfSum(a) - b
        default: S.mapped(step.kind - 5, a)
        }
      values.append(value)
    }
    return values.last!
  }

  var description: String { steps.map { "\($0.kind)(\($0.a),\($0.b))" }.joined(separator: " ") }
}
