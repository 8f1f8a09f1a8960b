import Synchronization

/// The operations that a ``Program`` is made of.
enum Operation: Sendable {
  /// The position that the program is evaluated at.
  case input
  case constant([Double])
  case map(UnaryFunction)
  case combine(BinaryFunction)
  /// Output element i is operand element indices[i].
  case broadcast([Int])
  /// The operand's memory from `offset` on: no work at all.
  case view(offset: Int)
  case sum
  case matrixProduct
  case sumOf(ScalarFunction, count: Int)
}

package enum UnaryFunction: Sendable, CaseIterable {
  case negate, square, squareRoot, exp, log, tanh
}

package enum BinaryFunction: Sendable, CaseIterable {
  case add, subtract, multiply, divide
}

/// The record of a function of tensors: nodes in the order of their computation.
final class Trace: Sendable {
  struct Node: Sendable {
    let operation: Operation
    let operands: [Int]
    let shape: [Int]
    var count: Int { shape.reduce(1, *) }
  }

  private let storage = Mutex<[Node]>([])

  var nodes: [Node] { storage.withLock { $0 } }

  func append(_ operation: Operation, _ operands: [Int] = [], shape: [Int]) -> Tensor {
    let index = storage.withLock { nodes in
      nodes.append(Node(operation: operation, operands: operands, shape: shape))
      return nodes.count - 1
    }
    return Tensor(shape: shape, storage: .traced(self, index))
  }

  /// The node that stands for `tensor` here; a constant gets one. Nil for another trace's tensor.
  private func node(of tensor: Tensor) -> Int? {
    switch tensor.storage {
    case .traced(let trace, let index): return trace === self ? index : nil
    case .constant(let values):
      if case .traced(_, let index) = append(.constant(values), shape: tensor.shape).storage {
        return index
      }
      return nil
    case .failed: return nil
    }
  }

  /// Applies an operation: at once if every operand is a constant, in the operands' trace else.
  static func record(_ operation: Operation, _ operands: [Tensor], shape: [Int]) -> Tensor {
    if let failure = operands.lazy.compactMap(\.failure).first { return Tensor(failure: failure) }
    let traced = operands.lazy.compactMap { operand -> Trace? in
      if case .traced(let trace, _) = operand.storage { trace } else { nil }
    }.first
    let trace = traced ?? Trace()
    let indices = operands.compactMap { trace.node(of: $0) }
    guard indices.count == operands.count else {
      return Tensor(
        failure: TensorError(
          operation: "operation", shapes: operands.map(\.shape),
          reason: "the operands belong to different programs"))
    }
    let result = trace.append(operation, indices, shape: shape)
    return traced == nil ? Program(evaluating: result).constant : result
  }
}
