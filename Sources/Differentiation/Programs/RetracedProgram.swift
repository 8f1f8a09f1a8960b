public import Densities

/// A function whose operations depend on the values of its tensors: it is recorded anew at each position.
///
/// ```swift
/// let huber = RetracedProgram(dimension: 1) { x in
///   abs(x[0].scalar()) < 1 ? -0.5 * x[0].squared : 0.5 - Tensor.abs(x[0])
/// }
/// let (value, gradient) = try huber.valueAndGradient(at: [2])
/// ```
///
/// Each evaluation calls the function, takes derivatives and runs them, without the passes of a
/// ``Program``: some hundred times slower than one. `Tensor.where` keeps a choice inside a program.
///
/// The derivatives are those of the operations that were recorded: a jump between branches has none.
public struct RetracedProgram: Sendable {
  /// The length of a position.
  public let dimension: Int
  private let body: @Sendable (Tensor) throws -> Tensor

  /// A function of a vector, `[dimension]`, with a result of one element; it is called at each evaluation.
  public init(dimension: Int, _ body: @escaping @Sendable (Tensor) throws -> Tensor) {
    self.dimension = dimension
    self.body = body
  }

  /// The value and the gradient.
  /// - Throws: ``EvaluationFailure``: fatal where an operation was impossible or `body` throws, recoverable
  ///   where a number is not finite.
  public func valueAndGradient(
    at position: [Double]
  ) throws(EvaluationFailure) -> (value: Double, gradient: [Double]) {
    let (trace, parameter, result) = try recorded(position)
    let gradient = Tensor.pullback(
      of: result, covector: Tensor(1).repeated(to: result.shape), to: [parameter])[0]
    let graph = Graph(of: [result, gradient], in: trace)
    let found = Code(graph.withoutDeadCode()).evaluate([0: position])
    let value = try checked(found[0][0], graph, position)
    if value.isFinite, let first = found[1].firstIndex(where: { !$0.isFinite }) {
      throw .recoverable(
        graph.blame("element \(first) of the gradient is \(found[1][first])", at: position))
    }
    return (value, found[1])
  }

  private func recorded(
    _ position: [Double]
  ) throws(EvaluationFailure) -> (trace: Trace, parameter: Tensor, result: Tensor) {
    precondition(
      position.count == dimension, "a [\(position.count)] for a program of dimension \(dimension)")
    let trace = Trace()
    trace.bind(position)
    let parameter = trace.append(.input(0), shape: [dimension])
    let result: Tensor
    do { result = try body(parameter) } catch { throw .fatal("\(error)") }
    if let failure = trace.failure ?? result.failure ?? trace.foreign(result) {
      throw .fatal("\(failure)")
    }
    precondition(
      result.count == 1, "a result of shape \(result.shape) is not a scalar")
    return (trace, parameter, result)
  }

  private func checked(
    _ value: Double, _ graph: Graph, _ position: [Double]
  ) throws(EvaluationFailure) -> Double {
    guard let flaw = flaw(ofValue: value) else { return value }
    throw .recoverable(graph.blame(flaw, at: position))
  }
}

extension RetracedProgram: DifferentiableLogDensity {
  public func makeWorkspace() {}

  public func logDensity(
    at position: Span<Double>, in workspace: inout Void
  ) throws(EvaluationFailure) -> Double {
    let elements = (0..<position.count).map { position[$0] }
    let (trace, _, result) = try recorded(elements)
    let graph = Graph(of: [result], in: trace)
    let value = Code(graph.withoutDeadCode()).evaluate([0: elements])[0][0]
    return try checked(value, graph, elements)
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Void
  ) throws(EvaluationFailure) -> Double {
    precondition(gradient.count == dimension, "a gradient [\(gradient.count)] for \(dimension)")
    let (value, slopes) = try valueAndGradient(at: (0..<position.count).map { position[$0] })
    for i in slopes.indices { gradient[i] = slopes[i] }
    return value
  }
}

extension Tensor {
  /// The value of a tensor with one element, to decide by: of a constant, or while a ``RetracedProgram``
  /// records. A ``Program`` is recorded before there are values: asking for one there is an error that names
  /// this place, as it is to ask a tensor with another number of elements; the number is NaN then.
  public func scalar(file: String = #fileID, line: Int = #line) -> Double {
    if let values, values.count == 1 { return values[0] }
    guard case .traced(let trace, _) = storage else { return .nan }
    guard count == 1 else {
      trace.fail(
        TensorError(
          operation: "scalar", shapes: [shape], reason: "it has more than one element or none",
          site: Site(file, line)))
      return .nan
    }
    if let position = trace.position {
      return Code(Graph(of: [self], in: trace).withoutDeadCode()).evaluate([0: position])[0][0]
    }
    trace.fail(
      TensorError(
        operation: "scalar", shapes: [shape],
        reason:
          "the function depends on a value: record it at each call with RetracedProgram, or keep "
          + "the choice in tensors with `where`", site: Site(file, line)))
    return .nan
  }
}
