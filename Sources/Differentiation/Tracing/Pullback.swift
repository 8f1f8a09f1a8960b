/// The rules of reverse mode: what a covector of an operation's result is to one of its operands,
/// stated in operations themselves, so that derivatives can be differentiated again.
struct Pullback {
  let node: Trace.Node
  let operands: [Tensor]
  /// What the node computes.
  let value: Tensor

  /// The covector of operand k, nil where it is zero.
  func callAsFunction(_ covector: Tensor, to k: Int) -> Tensor? {
    let x = operands[k]
    switch node.operation {
    case .input, .constant, .stopGradient: return nil
    case .map(let function):
      if function == .negate { return -covector }
      return function.derivative(at: x, value: value).map { covector * $0 }
    case .combine(let function):
      switch (function, k) {
      case (.add, _), (.subtract, 0): return covector
      case (.subtract, _): return -covector
      default:
        return function.derivative(by: k, operands[0], operands[1], value: value)
          .map { covector * $0 }
      }
    case .select:
      return k == 0
        ? nil
        : k == 1 ? .where(operands[0], covector, 0) : .where(operands[0], 0, covector)
    case .broadcast: return covector.summed(to: x.shape)
    case .sum(let axis): return covector.inserting(axis).repeated(to: x.shape)
    case .maximum(let axis):
      let isLargest = x .== value.inserting(axis)
      return isLargest * (covector / isLargest.sum(axis: axis)).inserting(axis)
    case .logSumExp(let axis):
      return covector.inserting(axis) * .exp(x - value.inserting(axis))
    case .cumulativeSum(let axis, let isReversed):
      return Trace.record(
        .cumulativeSum(axis: axis, isReversed: !isReversed), [covector], shape: x.shape)
    case .linearRecurrence(let isReversed):
      let additions = Trace.record(
        .linearRecurrence(isReversed: !isReversed), [operands[0], covector], shape: value.shape)
      if k == 1 { return additions }
      let (later, earlier) = (1..<value.count, 0..<value.count - 1)
      return isReversed
        ? additions.part(earlier, axis: 0) * value.part(later, axis: 0)
        : additions.part(later, axis: 0) * value.part(earlier, axis: 0)
    case .reshape: return covector.reshaped(x.shape)
    case .transpose(let order):
      return covector.transposed(order.indices.map { order.firstIndex(of: $0)! })
    case .slice(let starts, let steps):
      return Trace.record(.embed(starts: starts, steps: steps), [covector], shape: x.shape)
    case .embed(let starts, let steps):
      return covector.sliced(starts, steps: steps, shape: x.shape)
    case .gather(let axis, let indices):
      return covector.scatterAdded(at: indices, extent: x.shape[axis], axis: axis)
    case .scatterAdd(let axis, let indices): return covector.gathered(indices, axis: axis)
    case .concatenate(let axis):
      let start = operands[..<k].reduce(0) { $0 + $1.shape[axis] }
      return covector.part(start..<start + x.shape[axis], axis: axis)
    case .matrixProduct(let transposesLeft, let transposesRight):
      let other = operands[1 - k]
      return switch (k, transposesLeft, transposesRight) {
      case (0, false, _): covector.product(other, transposingRight: !transposesRight)
      case (0, true, _):
        other.product(covector, transposingLeft: transposesRight, transposingRight: true)
      case (_, _, false): other.product(covector, transposingLeft: !transposesLeft)
      default: covector.product(other, transposingLeft: true, transposingRight: transposesLeft)
      }
    case .cholesky: return choleskyPullback(covector)
    case .triangularSolve(let isLower, let isTransposed):
      let inRight = operands[0].triangularSolve(
        covector, lower: isLower, transposed: !isTransposed)
      if k == 1 { return inRight }
      let product =
        isTransposed
        ? value.product(inRight, transposingRight: true)
        : inRight.product(value, transposingRight: true)
      return -product * .triangle(x.shape[0], isLower: isLower)
    case .scalarFunction(let function, let count):
      // The covectors scale the partials; what asks for the partials themselves asks for a curvature.
      let partials = value[count...].reshaped([function.arity, count])
      let values = covector.part(0..<count, axis: 0)
      let first = (values * partials[k]).reshaped(x.shape)
      if covector.isZero(from: count) { return first }
      let directions = covector[count...].reshaped([function.arity, count])
      let second = Trace.record(
        .scalarCurvature(function, count: count), [directions] + operands,
        shape: [function.arity, count])
      return first + second[k].reshaped(x.shape)
    case .hiddenMarkov(let model):
      let first = covector[0] * model.partials(value, by: k).reshaped(x.shape)
      return covector.isZero(from: 1)
        ? first : first + model.secondOrder(covector, operands, by: k)
    case .scalarCurvature(let function, let count):
      // Linear in the directions, with a symmetric matrix.
      return k == 0
        ? Trace.record(
          .scalarCurvature(function, count: count), [covector] + operands.dropFirst(),
          shape: x.shape) : .noThirdDerivative(of: function.name)
    }
  }

  /// I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.
  private func choleskyPullback(_ covector: Tensor) -> Tensor {
    let factor = value
    let size = factor.shape[0]
    // The lower triangle of L' covector with half its diagonal, made symmetric.
    let mask = Tensor.triangle(size, isLower: true) - 0.5 * Tensor.identity(size)
    let inner = factor.product(covector, transposingLeft: true) * mask
    let symmetric = inner + inner.transposed()
    let left = factor.triangularSolve(symmetric, transposed: true)
    let both = factor.triangularSolve(left.transposed(), transposed: true)
    // Only the lower triangle is read: a pair of elements counts there.
    return 0.5 * both * (2 * Tensor.triangle(size, isLower: true) - Tensor.identity(size))
  }
}

extension Tensor {
  /// Whether a covector is zero from an element on, as the operations that made it show.
  fileprivate func isZero(from start: Int) -> Bool {
    if let values { return values.dropFirst(start).allSatisfy { $0 == 0 } }
    guard case .traced(let trace, let index) = storage else { return false }
    let nodes = trace.nodes
    func isZero(_ index: Int) -> Bool {
      switch nodes[index].operation {
      case .constant(let values): values.dropFirst(start).allSatisfy { $0 == 0 }
      case .embed(let starts, let steps):
        starts[0] + steps[0] * (nodes[nodes[index].operands[0]].count - 1) < start
      case .combine(.add): nodes[index].operands.allSatisfy(isZero)
      default: false
      }
    }
    return isZero(index)
  }

  fileprivate static func noThirdDerivative(of name: String) -> Tensor {
    Tensor(
      failure: TensorError(
        operation: name, shapes: [], reason: "it has no third derivatives"))
  }

  /// Summed over the axes along which a tensor of `shape` was repeated.
  func summed(to target: [Int]) -> Tensor {
    if target.allSatisfy({ $0 == 1 }) { return sum().reshaped(target) }
    var result = self
    while result.rank > target.count, result.failure == nil { result = result.sum(axis: 0) }
    for axis in target.indices where target[axis] == 1 && result.shape[axis] != 1 {
      result = result.sum(axis: axis, keepingAxis: true)
    }
    return result.reshaped(target)
  }

  /// With a new axis of extent one.
  func inserting(_ axis: Int) -> Tensor {
    var shape = shape
    shape.insert(1, at: axis)
    return reshaped(shape)
  }

  static func identity(_ size: Int) -> Tensor {
    Tensor((0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 }, shape: [size, size])
  }

  /// Ones in a triangle, the diagonal included.
  static func triangle(_ size: Int, isLower: Bool) -> Tensor {
    let ones = (0..<size * size).map { place -> Double in
      let (i, j) = (place / size, place % size)
      return (isLower ? j <= i : j >= i) ? 1 : 0
    }
    return Tensor(ones, shape: [size, size])
  }
}
