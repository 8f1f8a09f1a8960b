internal import CKernels
internal import SpecialFunctions

/// One operation on the arena that the vector machine does not know. A class, because copies of its
/// arrays' references would take longer than a short operation does.
final class Instruction: Sendable {
  struct Operand: Sendable {
    let offset: Int
    let shape: [Int]
    let count: Int
    /// How often in a row each element is read, from the start again after the last; nil: once and as
    /// often as there are.
    let times: Int?

    init(offset: Int, shape: [Int], times: Int?) {
      (self.offset, self.shape, self.times) = (offset, shape, times)
      count = shape.reduce(1, *)
    }

    /// Which element the result's element i takes.
    @inline(__always)
    func place(_ i: Int) -> Int { times.map { count == 1 ? 0 : i / $0 % count } ?? i }
  }

  private let operation: Operation
  private let operands: [Operand]
  private let output: Int
  private let shape: [Int]
  private let count: Int

  init(_ node: Trace.Node, output: Int, operands: [Operand]) {
    (operation, shape, count) = (node.operation, node.shape, node.count)
    (self.output, self.operands) = (output, operands)
  }

  func run(_ arena: UnsafeMutablePointer<Double>) {
    let y = arena + output
    func operand(_ k: Int) -> UnsafeMutablePointer<Double> { arena + operands[k].offset }
    switch operation {
    case .map(.polygamma(let order)):
      let x = operand(0)
      for i in 0..<count { y[i] = polygamma(order, x[i]) }
    case .sum(let axis): reduce(axis, operand(0), y, from: 0) { $0 + $1 }
    case .maximum(let axis):
      reduce(axis, operand(0), y, from: -.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
    case .cumulativeSum(let axis, let isReversed):
      let x = operand(0)
      let (outer, extent, inner) = split(shape, at: axis)
      for o in 0..<outer {
        for i in 0..<inner {
          var sum = 0.0
          for k in 0..<extent {
            let place = (o * extent + (isReversed ? extent - 1 - k : k)) * inner + i
            sum += x[place]
            y[place] = sum
          }
        }
      }
    case .concatenate(let axis):
      let (outer, extent, inner) = split(shape, at: axis)
      var start = 0
      for k in operands.indices {
        let part = operands[k].shape[axis]
        for o in 0..<outer {
          (y + (o * extent + start) * inner).update(
            from: operand(k) + o * part * inner, count: part * inner)
        }
        start += part
      }
    case .matrixProduct: y.update(repeating: 0, count: count)
    case .scalarFunction(let function, let count): apply(function, count, operand, y)
    case .scalarCurvature(let function, let count): curve(function, count, operand, y)
    case .hiddenMarkov(let model): model.run(operand, y)
    case .linearRecurrence: break
    default: preconditionFailure("no instruction is known for \(operation.name)")
    }
  }

  @inline(__always)
  private func reduce(
    _ axis: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, from start: Double,
    _ step: (Double, Double) -> Double
  ) {
    let (outer, extent, inner) = split(operands[0].shape, at: axis)
    if inner == 1 {
      for o in 0..<outer {
        var value = start
        for k in 0..<extent { value = step(value, x[o * extent + k]) }
        y[o] = value
      }
      return
    }
    y.update(repeating: start, count: count)
    for o in 0..<outer {
      for k in 0..<extent {
        let row = x + (o * extent + k) * inner
        for i in 0..<inner { y[o * inner + i] = step(y[o * inner + i], row[i]) }
      }
    }
  }

  /// The values `[count]`, then the partials `[arity, count]`.
  private func apply(
    _ function: ScalarFunction, _ count: Int, _ operand: (Int) -> UnsafeMutablePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    let arity = function.arity
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * arity) { scratch in
      let arguments = scratch.baseAddress!
      let partials = arguments + arity
      for i in 0..<count {
        for k in 0..<arity { arguments[k] = operand(k)[operands[k].place(i)] }
        y[i] = function.evaluate(arguments, partials)
        for k in 0..<arity { y[(1 + k) * count + i] = partials[k] }
      }
    }
  }

  /// Hessian times direction, by central differences of the partials along it.
  private func curve(
    _ function: ScalarFunction, _ count: Int, _ operand: (Int) -> UnsafeMutablePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    let arity = function.arity
    let directions = operand(0)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * arity) { scratch in
      let arguments = scratch.baseAddress!
      let (above, below) = (arguments + arity, arguments + 2 * arity)
      for i in 0..<count {
        // The step changes each argument by a share of itself at most, so that it
        // stays on its side of zero.
        var step = Double.infinity
        for k in 0..<arity {
          let (x, direction) = (operand(1 + k)[i], abs(directions[k * count + i]))
          if direction > 0 { step = min(step, 6e-6 * (x == 0 ? 1 : abs(x)) / direction) }
        }
        if step == .infinity {
          for k in 0..<arity { y[k * count + i] = 0 }
          continue
        }
        for k in 0..<arity { arguments[k] = operand(1 + k)[i] + step * directions[k * count + i] }
        _ = function.evaluate(arguments, above)
        for k in 0..<arity { arguments[k] = operand(1 + k)[i] - step * directions[k * count + i] }
        _ = function.evaluate(arguments, below)
        for k in 0..<arity { y[k * count + i] = (above[k] - below[k]) / (2 * step) }
      }
    }
  }
}
