internal import CKernels
internal import LinearAlgebra

/// One step of a ``Program``: what it does to the arena, forward and in reverse.
struct Instruction: Sendable {
  struct Operand: Sendable {
    let offset: Int
    let count: Int
    let shape: [Int]
    /// Whether it depends on the position, so that it has an adjoint.
    let isActive: Bool
  }

  let operation: Operation
  let operands: [Operand]
  let output: Int
  let count: Int
  /// Where a `sumOf` keeps its partials: `[elements, arity]`.
  let partials: Int
  let isActive: Bool

  typealias Arena = UnsafeMutablePointer<Double>

  func forward(_ values: Arena) {
    let y = values + output
    switch operation {
    case .input, .constant, .view: break
    case .map(let function): forwardMap(function, values + operands[0].offset, y)
    case .combine(let function):
      forwardCombine(function, values + operands[0].offset, values + operands[1].offset, y)
    case .broadcast(let indices):
      let x = values + operands[0].offset
      for i in 0..<count { y[i] = x[indices[i]] }
    case .sum:
      let x = values + operands[0].offset
      var sum = 0.0
      for i in 0..<operands[0].count { sum += x[i] }
      y[0] = sum
    case .matrixProduct:
      let size = productSize
      multiply(
        values + operands[0].offset, values + operands[1].offset, into: y,
        rows: size.rows, inner: size.inner, columns: size.columns)
    case .sumOf(let function, let elements):
      y[0] = forwardSum(function, elements, values)
    }
  }

  /// Adds to the operands' adjoints what the output's adjoint implies.
  func reverse(_ values: Arena, _ adjoints: Arena) {
    let dy = adjoints + output
    switch operation {
    case .input, .constant, .view: break
    case .map(let function):
      reverseMap(
        function, values + operands[0].offset, values + output, dy, adjoints + operands[0].offset)
    case .combine(let function): reverseCombine(function, values, adjoints)
    case .broadcast(let indices):
      let dx = adjoints + operands[0].offset
      for i in 0..<count { dx[indices[i]] += dy[i] }
    case .sum:
      let dx = adjoints + operands[0].offset
      for i in 0..<operands[0].count { dx[i] += dy[0] }
    case .matrixProduct: reverseProduct(values, adjoints)
    case .sumOf(let function, let elements): reverseSum(function, elements, values, adjoints)
    }
  }

  private func forwardMap(_ function: UnaryFunction, _ x: Arena, _ y: Arena) {
    switch function {
    case .negate: for i in 0..<count { y[i] = -x[i] }
    case .square: for i in 0..<count { y[i] = x[i] * x[i] }
    case .squareRoot: for i in 0..<count { y[i] = x[i].squareRoot() }
    case .exp: ck_exp(x, y, count)
    case .log: ck_log(x, y, count)
    case .tanh: ck_tanh(x, y, count)
    }
  }

  private func reverseMap(
    _ function: UnaryFunction, _ x: Arena, _ y: Arena, _ dy: Arena, _ dx: Arena
  ) {
    switch function {
    case .negate: for i in 0..<count { dx[i] -= dy[i] }
    case .square: for i in 0..<count { dx[i] += 2 * x[i] * dy[i] }
    case .squareRoot: for i in 0..<count { dx[i] += dy[i] / (2 * y[i]) }
    case .exp: for i in 0..<count { dx[i] += y[i] * dy[i] }
    case .log: for i in 0..<count { dx[i] += dy[i] / x[i] }
    case .tanh: for i in 0..<count { dx[i] += (1 - y[i] * y[i]) * dy[i] }
    }
  }

  private func forwardCombine(_ function: BinaryFunction, _ a: Arena, _ b: Arena, _ y: Arena) {
    switch function {
    case .add: for i in 0..<count { y[i] = a[i] + b[i] }
    case .subtract: for i in 0..<count { y[i] = a[i] - b[i] }
    case .multiply: for i in 0..<count { y[i] = a[i] * b[i] }
    case .divide: for i in 0..<count { y[i] = a[i] / b[i] }
    }
  }

  private func reverseCombine(_ function: BinaryFunction, _ values: Arena, _ adjoints: Arena) {
    let (a, b) = (values + operands[0].offset, values + operands[1].offset)
    let (da, db) = (adjoints + operands[0].offset, adjoints + operands[1].offset)
    let (y, dy) = (values + output, adjoints + output)
    if operands[0].isActive {
      switch function {
      case .add, .subtract: for i in 0..<count { da[i] += dy[i] }
      case .multiply: for i in 0..<count { da[i] += b[i] * dy[i] }
      case .divide: for i in 0..<count { da[i] += dy[i] / b[i] }
      }
    }
    if operands[1].isActive {
      switch function {
      case .add: for i in 0..<count { db[i] += dy[i] }
      case .subtract: for i in 0..<count { db[i] -= dy[i] }
      case .multiply: for i in 0..<count { db[i] += a[i] * dy[i] }
      case .divide: for i in 0..<count { db[i] -= y[i] / b[i] * dy[i] }
      }
    }
  }

  /// [rows, inner] by [inner, columns]; a vector is one column.
  private var productSize: (rows: Int, inner: Int, columns: Int) {
    let right = operands[1].shape
    return (operands[0].shape[0], operands[0].shape[1], right.count == 2 ? right[1] : 1)
  }

  private func reverseProduct(_ values: Arena, _ adjoints: Arena) {
    let (rows, inner, columns) = productSize
    let (left, right) = (operands[0], operands[1])
    let dy = adjoints + output
    if left.isActive {  // dA += dY B'
      multiply(
        dy, values + right.offset, transposingRight: true, into: adjoints + left.offset,
        accumulating: true, rows: rows, inner: columns, columns: inner)
    }
    if right.isActive {  // dB += A' dY
      multiply(
        values + left.offset, transposingLeft: true, dy, into: adjoints + right.offset,
        accumulating: true, rows: inner, inner: rows, columns: columns)
    }
  }

  private func forwardSum(_ function: ScalarFunction, _ elements: Int, _ values: Arena) -> Double {
    let arity = function.arity
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: arity) { arguments in
      var sum = 0.0
      for i in 0..<elements {
        for (k, operand) in operands.enumerated() {
          arguments[k] = values[operand.offset + (operand.count == 1 ? 0 : i)]
        }
        sum += function.evaluate(arguments.baseAddress!, values + partials + i * arity)
      }
      return sum
    }
  }

  private func reverseSum(
    _ function: ScalarFunction, _ elements: Int, _ values: Arena, _ adjoints: Arena
  ) {
    let dy = adjoints[output]
    for (k, operand) in operands.enumerated() where operand.isActive {
      for i in 0..<elements {
        adjoints[operand.offset + (operand.count == 1 ? 0 : i)] +=
          dy * values[partials + i * function.arity + k]
      }
    }
  }
}
