import Differentiation
import Foundation
import SpecialFunctions
import TestSupport
import Testing

/// The operation as a user writes it. No default case: a new function must be given its case here.
func apply(_ function: UnaryFunction, _ x: Tensor) -> Tensor {
  switch function {
  case .negate: -x
  case .absolute: .abs(x)
  case .sign: .where(x .> 0, 1, .where(x .< 0, -1, 0))
  case .square: x.squared
  case .reciprocal: .pow(x, -1)
  case .squareRoot: .sqrt(x)
  case .exp: .exp(x)
  case .expMinusOne: .expMinusOne(x)
  case .log: .log(x)
  case .logOnePlus: .log(onePlus: x)
  case .sin: .sin(x)
  case .cos: .cos(x)
  case .tan: .tan(x)
  case .asin: .asin(x)
  case .acos: .acos(x)
  case .atan: .atan(x)
  case .sinh: .sinh(x)
  case .cosh: .cosh(x)
  case .tanh: .tanh(x)
  case .asinh: .asinh(x)
  case .acosh: .acosh(x)
  case .atanh: .atanh(x)
  case .logistic: .logistic(x)
  case .softplus: .softplus(x)
  case .logOneMinusExp: .log1mExp(x)
  case .erf: .erf(x)
  case .erfc: .erfc(x)
  case .logGamma: .logGamma(x)
  case .polygamma(0): .digamma(x)
  case .polygamma(let order): x.mapped(.polygamma(order))
  }
}

func apply(_ function: UnaryFunction, _ x: Double) -> Double {
  switch function {
  case .negate: -x
  case .absolute: abs(x)
  case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
  case .square: x * x
  case .reciprocal: 1 / x
  case .squareRoot: x.squareRoot()
  case .exp: exp(x)
  case .expMinusOne: expm1(x)
  case .log: log(x)
  case .logOnePlus: log1p(x)
  case .sin: sin(x)
  case .cos: cos(x)
  case .tan: tan(x)
  case .asin: asin(x)
  case .acos: acos(x)
  case .atan: atan(x)
  case .sinh: sinh(x)
  case .cosh: cosh(x)
  case .tanh: tanh(x)
  case .asinh: asinh(x)
  case .acosh: acosh(x)
  case .atanh: atanh(x)
  case .logistic: 1 / (1 + exp(-x))
  case .softplus: max(x, 0) + log1p(exp(-abs(x)))
  case .logOneMinusExp: log(-expm1(x))
  case .erf: erf(x)
  case .erfc: erfc(x)
  case .logGamma: lgamma(x)
  case .polygamma(0): digamma(x)
  case .polygamma(let order):
    order == 1 ? trigamma(x) : .nan
  }
}

func apply(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
  switch function {
  case .add: a + b
  case .subtract: a - b
  case .multiply: a * b
  case .divide: a / b
  case .power: .pow(a, b)
  case .minimum: .min(a, b)
  case .maximum: .max(a, b)
  case .isLess: a .< b
  case .isLessOrEqual: a .<= b
  case .isEqual: a .== b
  }
}

func apply(_ function: BinaryFunction, _ a: Double, _ b: Double) -> Double {
  switch function {
  case .add: a + b
  case .subtract: a - b
  case .multiply: a * b
  case .divide: a / b
  case .power: pow(a, b)
  case .minimum: min(a, b)
  case .maximum: max(a, b)
  case .isLess: a < b ? 1 : 0
  case .isLessOrEqual: a <= b ? 1 : 0
  case .isEqual: a == b ? 1 : 0
  }
}

/// Different factors, so that the elements of a result do not count alike.
private func weights(_ shape: [Int]) -> Tensor {
  let count = shape.reduce(1, *)
  return Tensor((0..<count).map { 0.7 + 0.3 * Double($0) }, shape: shape)
}

/// The program of the weighted sum of the elements of `body`'s result.
private func weighted(_ dimension: Int, _ body: (Tensor) throws -> Tensor) throws -> Program {
  try Program(dimension: dimension) { x in
    let result = try body(x)
    return (result * weights(result.shape)).sum()
  }
}

@Suite("Operations of tensors")
struct TensorOperationsTests {
  @Test(
    "The gradient of every function of one tensor", .tags(.gradient),
    arguments: UnaryFunction.allCases)
  func unary(function: UnaryFunction) throws {
    // All positive, for the logarithm and the root, above or below one where that is the domain; eleven,
    // for the kernels' tails.
    let position = (0..<11).map { i -> Double in
      switch function {
      case .asin, .acos, .atanh: 0.05 + 0.07 * Double(i)
      case .acosh: 1.3 + 0.17 * Double(i)
      case .logOneMinusExp: -0.3 - 0.17 * Double(i)
      default: 0.3 + 0.17 * Double(i)
      }
    }
    try checkGradient(weighted(11) { apply(function, $0) }, at: position)
    try checkGradient(weighted(11) { apply(function, $0) * (1 + $0) }, at: position)
    let values = try Program(dimension: 11) { apply(function, $0) }
    for (value, x) in zip(values.values(at: position, in: values.makeWorkspace()), position) {
      #expect(scaledError(value, apply(function, x)) < 4e-15)
    }
  }

  @Test("Negative arguments, where they are allowed", .tags(.gradient))
  func negativeArguments() throws {
    let position = [-1.5, -0.5, -0.01]
    for function in UnaryFunction.allCases
    where position.allSatisfy({ apply(function, $0).isFinite }) {
      try checkGradient(weighted(3) { apply(function, $0) }, at: position)
    }
  }

  @Test(
    "The gradient of every function of two tensors", .tags(.gradient),
    arguments: BinaryFunction.allCases)
  func binary(function: BinaryFunction) throws {
    // A power takes positive numbers only.
    let sign = function == .power ? 1.0 : -1
    let position = [1.2, sign * 0.4, 0.9, sign * 1.7, 0.6, 2.3]
    try checkGradient(weighted(6) { apply(function, $0[0..<3], $0[3..<6]) }, at: position)
    let constant = Tensor([0.5, sign * 2, 3])
    let three = Array(position[..<3])
    try checkGradient(weighted(3) { apply(function, $0, constant) }, at: three)
    try checkGradient(weighted(3) { apply(function, constant, $0) }, at: three)
    // Both operands are one tensor; the factor, because x / x alone has no gradient.
    try checkGradient(weighted(3) { apply(function, $0, $0) * $0 }, at: three)
    let program = try Program(dimension: 2) { apply(function, $0[0], $0[1]) }
    #expect(
      program.values(at: [position[0], position[1]], in: program.makeWorkspace())[0]
        == apply(function, position[0], position[1]))
  }

  @Test(
    "Broadcasting, in values and gradients", .tags(.gradient),
    arguments: [
      ([3], []), ([], [3]), ([2, 3], [3]), ([3], [2, 3]), ([2, 1], [3]), ([2, 1], [1, 3]),
      ([1], [3]), ([2, 1, 2], [3, 1]),
    ])
  func broadcast(left: [Int], right: [Int]) throws {
    let (m, n) = (left.reduce(1, *), right.reduce(1, *))
    let position = (0..<m + n).map { 0.4 + 0.21 * Double($0) }
    for function in BinaryFunction.allCases {
      let program = try weighted(m + n) { x in
        apply(function, x[0..<m].reshaped(left), x[m..<m + n].reshaped(right))
      }
      try checkGradient(program, at: position)
    }
    // The values, by the rule spelled out for every element.
    let product = try Program(dimension: m + n) { x in
      x[0..<m].reshaped(left) * x[m..<m + n].reshaped(right)
    }
    let values = product.values(at: position, in: product.makeWorkspace())
    let shape = product.shape
    func element(_ index: Int, of operand: [Int], from start: Int) -> Double {
      var (rest, offset, stride) = (index, 0, 1)
      for axis in 0..<shape.count {
        let extent = shape[shape.count - 1 - axis]
        if axis < operand.count {
          let own = operand[operand.count - 1 - axis]
          offset += (own == 1 ? 0 : rest % extent) * stride
          stride *= own
        }
        rest /= extent
      }
      return position[start + offset]
    }
    #expect(values.count == shape.reduce(1, *))
    for (index, value) in values.enumerated() {
      #expect(value == element(index, of: left, from: 0) * element(index, of: right, from: m))
    }
  }

  @Test("Slices, elements and shapes", .tags(.gradient))
  func views() throws {
    let position = [0.5, -1.1, 0.8, 2, -0.3, 1.4]
    try checkGradient(weighted(6) { $0[1..<4].squared }, at: position)
    try checkGradient(Program(dimension: 6) { $0[2] * $0[5].squared }, at: position)
    try checkGradient(weighted(6) { $0.reshaped([2, 3]).squared }, at: position)
    // A view of a view, and one element read twice.
    try checkGradient(
      weighted(6) { $0[1..<5].reshaped([4])[1..<3] * $0[2..<4] }, at: position)
    let whole = try Program(dimension: 6) { $0.reshaped([3, 2]) }
    #expect(whole.shape == [3, 2])
    #expect(whole.values(at: position, in: whole.makeWorkspace()) == position)
    let empty = try Program(dimension: 6) { $0[3..<3].sum() + $0[0] }
    #expect(try empty.valueAndGradient(at: position).gradient == [1, 0, 0, 0, 0, 0])
  }

  @Test("Sums", .tags(.gradient))
  func sums() throws {
    try checkGradient(Program(dimension: 5) { $0.sum().squared }, at: [1, 2, -0.5, 0.25, 3])
    let program = try Program(dimension: 3) { $0.sum() }
    let (value, gradient) = try program.valueAndGradient(at: [1, 2, 4])
    #expect(value == 7 && gradient == [1, 1, 1])
  }

  @Test(
    "Matrix products, in values and gradients", .tags(.gradient),
    arguments: [([2, 3], [3, 4]), ([2, 3], [3]), ([1, 1], [1]), ([5, 1], [1, 5])])
  func matrixProduct(left: [Int], right: [Int]) throws {
    let (m, n) = (left.reduce(1, *), right.reduce(1, *))
    let position = (0..<m + n).map { 0.9 - 0.23 * Double($0) }
    let (a, b) = (Array(position[..<m]), Array(position[m...]))
    try checkGradient(
      weighted(m + n) {
        $0[0..<m].reshaped(left).matrixProduct($0[m..<m + n].reshaped(right))
      }, at: position)
    try checkGradient(
      weighted(m) { $0.reshaped(left).matrixProduct(Tensor(b, shape: right)) }, at: a)
    try checkGradient(
      weighted(n) { Tensor(a, shape: left).matrixProduct($0.reshaped(right)) }, at: b)

    let columns = right.count == 2 ? right[1] : 1
    let values = try #require(
      Tensor(a, shape: left).matrixProduct(Tensor(b, shape: right)).values)
    for i in 0..<left[0] {
      for j in 0..<columns {
        let expected = (0..<left[1]).reduce(0.0) { $0 + a[i * left[1] + $1] * b[$1 * columns + j] }
        #expect(scaledError(values[i * columns + j], expected) < 1e-14)
      }
    }
  }

  @Test("A matrix times itself transposed by hand has both its gradients", .tags(.gradient))
  func sharedProduct() throws {
    try checkGradient(
      weighted(4) { x in
        let matrix = x.reshaped([2, 2])
        return matrix.matrixProduct(matrix)
      }, at: [0.5, -1, 2, 0.3])
  }

  /// x y^2 - z, with its partials.
  private let cubic = ScalarFunction(name: "cubic", arity: 3) { arguments, partials in
    let (x, y) = (arguments[0], arguments[1])
    partials[0] = y * y
    partials[1] = 2 * x * y
    partials[2] = -1
    return x * y * y - arguments[2]
  }

  @Test("Sums of scalar functions, with every argument alone and repeated", .tags(.gradient))
  func scalarFunctions() throws {
    let position = [0.5, -1.1, 0.8, 2, -0.3, 1.4, 0.9, -0.7, 1.9]
    try checkGradient(
      Program(dimension: 9) { .sum(of: cubic, $0[0..<3], $0[3..<6], $0[6..<9]) }, at: position)
    try checkGradient(
      Program(dimension: 9) { .sum(of: cubic, $0[0], $0[1..<5], 2) }, at: position)
    try checkGradient(
      Program(dimension: 9) { .sum(of: cubic, 3, $0[1], $0[5..<9]) }, at: position)
    try checkGradient(
      Program(dimension: 9) { x in
        .sum(of: cubic, x[0..<2].reshaped([2, 1]), x[2..<5], x[5..<7].reshaped([2, 1])).squared
      }, at: position)
    let constant = Tensor.sum(of: cubic, Tensor([1, 2]), Tensor([3, 4]), 1)
    #expect(constant.values == [39])
  }

  @Test("The checker sees a wrong partial derivative", .tags(.gradient))
  func wrongPartial() throws {
    let wrong = ScalarFunction(name: "wrong", arity: 2) { arguments, partials in
      partials[0] = arguments[1]
      partials[1] = arguments[0] * 1.000_01
      return arguments[0] * arguments[1]
    }
    let program = try Program(dimension: 2) { .sum(of: wrong, $0[0], $0[1]) }
    #expect(try gradientError(of: program, at: [1, 2]) > 1e-6)
    let missing = ScalarFunction(name: "missing", arity: 1) { arguments, partials in
      partials[0] = 0
      return arguments[0]
    }
    let flat = try Program(dimension: 1) { .sum(of: missing, $0[0]) }
    #expect(try gradientError(of: flat, at: [1]) == 1)
  }
}
