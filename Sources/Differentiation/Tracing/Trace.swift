import Synchronization

/// The record of a function of tensors: nodes in the order of their computation.
final class Trace: Sendable {
  struct Node: Sendable, Equatable {
    let operation: Operation
    let operands: [Int]
    let shape: [Int]
    /// Where the caller asked for it; nil of what an operator made.
    let site: Site?
    var count: Int { shape.reduce(1, *) }
  }

  private struct Record {
    var nodes: [Node] = []
    /// Where what is appended without a place comes from.
    var site: Site?
    /// Where the operations are evaluated while they are recorded.
    var position: [Double]?
    /// What makes all of it impossible.
    var failure: TensorError?
  }

  private let storage: Mutex<Record>

  init(_ nodes: [Node] = []) { storage = Mutex(Record(nodes: nodes)) }

  var nodes: [Node] { storage.withLock { $0.nodes } }

  var position: [Double]? { storage.withLock { $0.position } }
  func bind(_ position: [Double]) { storage.withLock { $0.position = position } }

  var failure: TensorError? { storage.withLock { $0.failure } }
  /// The first failure stays.
  func fail(_ failure: TensorError) {
    storage.withLock { $0.failure = $0.failure ?? failure }
  }

  /// Nodes that `body` appends without a place of their own get this one.
  func at<Result>(_ site: Site?, _ body: () -> Result) -> Result {
    let outer = storage.withLock { record in
      defer { record.site = site }
      return record.site
    }
    defer { storage.withLock { $0.site = outer } }
    return body()
  }

  func append(
    _ operation: Operation, _ operands: [Int] = [], shape: [Int], site: Site? = nil
  ) -> Tensor {
    let index = storage.withLock { record in
      record.nodes.append(
        Node(operation: operation, operands: operands, shape: shape, site: site ?? record.site))
      return record.nodes.count - 1
    }
    return Tensor(shape: shape, storage: .traced(self, index))
  }

  /// The tensor that a node stands for.
  func tensor(_ index: Int) -> Tensor {
    Tensor(shape: storage.withLock { $0.nodes[index].shape }, storage: .traced(self, index))
  }

  /// The node that stands for `tensor` here; a constant gets one. Nil for another trace's tensor.
  func node(of tensor: Tensor) -> Int? {
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

  /// The error of a result that another trace recorded; nil for one of this.
  func foreign(_ result: Tensor) -> TensorError? {
    guard case .traced(let trace, _) = result.storage, trace !== self else { return nil }
    return TensorError(
      operation: "Program", shapes: [result.shape],
      reason: "the result belongs to another program", site: .ofCaller())
  }

  /// Applies an operation: at once if every operand is a constant, in the operands' trace else.
  static func record(
    _ operation: Operation, _ operands: [Tensor], shape: [Int], site: Site? = nil
  ) -> Tensor {
    if let failure = operands.lazy.compactMap(\.failure).first { return Tensor(failure: failure) }
    let traced = operands.lazy.compactMap { operand -> Trace? in
      if case .traced(let trace, _) = operand.storage { trace } else { nil }
    }.first
    let trace = traced ?? Trace()
    let indices = operands.compactMap { trace.node(of: $0) }
    guard indices.count == operands.count else {
      return Tensor(
        failure: TensorError(
          operation: operation.name, shapes: operands.map(\.shape),
          reason: "the operands belong to different programs", site: site ?? .ofCaller()))
    }
    let result = trace.append(operation, indices, shape: shape, site: site)
    if traced != nil { return result }
    let code = Code(of: [result], in: trace)
    return Tensor(code.evaluate([:])[0], shape: shape)
  }
}
