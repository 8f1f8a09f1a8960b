public import Densities

/// A function of a vector, traced once and compiled: a list of instructions over one flat arena.
///
/// ```swift
/// let rosenbrock = try Program(dimension: 2) { x in
///   -((1 - x[0]).squared + 100 * (x[1] - x[0].squared).squared)
/// }
/// let (value, gradient) = try rosenbrock.valueAndGradient(at: [0.5, 0.5])
/// ```
///
/// The forward pass computes every value, and the closed-form partials of densities beside them;
/// the reverse pass walks the same list backward. A program is immutable and may be shared; each
/// worker evaluates it in a ``Workspace`` of its own, and an evaluation allocates nothing.
///
/// ## References
/// A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd edition, SIAM (2008), chapter 3.
public struct Program: Sendable {
  /// The length of the vector that the program is a function of.
  public let dimension: Int
  /// The shape of the result.
  public let shape: [Int]

  let instructions: [Instruction]
  /// The arena as a workspace starts with: constants in place, the rest zero.
  private let template: [Double]
  private let resultOffset: Int

  /// Traces and compiles `body`.
  /// - Throws: ``TensorError`` if an operation was impossible, and what `body` throws.
  /// - Complexity: one call of `body`, and the number of operations it records.
  public init(dimension: Int, _ body: (Tensor) throws -> Tensor) throws {
    let trace = Trace()
    var result = try body(trace.append(.input, shape: [dimension]))
    if let failure = result.failure { throw failure }
    if result.values != nil {
      // A constant function has a gradient too: zero.
      result = Trace.record(
        .combine(.add),
        [
          result, (trace.append(.broadcast([]), [0], shape: [0]).sum()).broadcast(to: result.shape),
        ],
        shape: result.shape)
    }
    self.init(compiling: result, dimension: dimension)
  }

  /// The program that computes one operation on constants.
  init(evaluating tensor: Tensor) { self.init(compiling: tensor, dimension: 0) }

  private init(compiling result: Tensor, dimension: Int) {
    guard case .traced(let trace, let last) = result.storage else {
      preconditionFailure("a program is compiled from a traced tensor")
    }
    let nodes = trace.nodes
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    isNeeded[last] = true
    for index in stride(from: last, through: 0, by: -1) where isNeeded[index] {
      for operand in nodes[index].operands { isNeeded[operand] = true }
    }

    var offsets = [Int](repeating: 0, count: nodes.count)
    var isActive = [Bool](repeating: false, count: nodes.count)
    var arena = [Double](repeating: 0, count: dimension)
    var list: [Instruction] = []
    for (index, node) in nodes.enumerated() where isNeeded[index] {
      isActive[index] = node.operands.contains { isActive[$0] }
      let operands = node.operands.map {
        Instruction.Operand(
          offset: offsets[$0], count: nodes[$0].count, shape: nodes[$0].shape,
          isActive: isActive[$0])
      }
      switch node.operation {
      case .input:
        isActive[index] = true
      case .constant(let values):
        offsets[index] = arena.count
        arena += values
      case .view(let offset):
        offsets[index] = offsets[node.operands[0]] + offset
      case .map, .combine, .broadcast, .sum, .matrixProduct, .sumOf:
        offsets[index] = arena.count
        arena += [Double](repeating: 0, count: node.count)
        let partials = arena.count
        if case .sumOf(let function, let count) = node.operation {
          arena += [Double](repeating: 0, count: count * function.arity)
        }
        list.append(
          Instruction(
            operation: node.operation, operands: operands, output: offsets[index],
            count: node.count, partials: partials, isActive: isActive[index]))
      }
    }
    self.dimension = dimension
    shape = result.shape
    instructions = list
    template = arena
    resultOffset = offsets[last]
  }

  /// The memory of one worker.
  public final class Workspace {
    let values: UnsafeMutablePointer<Double>
    let adjoints: UnsafeMutablePointer<Double>
    let count: Int

    init(template: [Double]) {
      count = template.count
      values = .allocate(capacity: count)
      adjoints = .allocate(capacity: count)
      values.initialize(from: template, count: count)
      adjoints.initialize(repeating: 0, count: count)
    }

    deinit {
      values.deallocate()
      adjoints.deallocate()
    }
  }

  /// Memory for one worker: the arena twice over, for values and adjoints.
  public func makeWorkspace() -> Workspace { Workspace(template: template) }

  /// The result at `position` (`[dimension]`) into `result` (its elements, row-major).
  public func evaluate(
    at position: Span<Double>, into result: inout MutableSpan<Double>, in workspace: Workspace
  ) {
    forward(position, workspace)
    precondition(result.count == shape.reduce(1, *), "\(result.count) elements for a \(shape)")
    for i in 0..<result.count { result[i] = workspace.values[resultOffset + i] }
  }

  /// The result at `position` as an array, row-major.
  public func values(at position: [Double], in workspace: Workspace) -> [Double] {
    forward(position.span, workspace)
    return Array(
      UnsafeBufferPointer(start: workspace.values + resultOffset, count: shape.reduce(1, *)))
  }

  /// The gradient of the scalar product of the result and `covector` (`[elements of the result]`),
  /// that is the covector times the Jacobian, into `gradient` (`[dimension]`).
  public func vectorJacobianProduct(
    at position: Span<Double>, covector: Span<Double>, into gradient: inout MutableSpan<Double>,
    in workspace: Workspace
  ) {
    forward(position, workspace)
    reverse(covector, into: &gradient, workspace)
  }

  /// The value and the gradient of a program with a scalar result.
  /// - Throws: ``EvaluationFailure`` where the value is not a number.
  public func valueAndGradient(
    at position: [Double]
  ) throws(EvaluationFailure) -> (value: Double, gradient: [Double]) {
    var workspace = makeWorkspace()
    var gradient = [Double](repeating: 0, count: dimension)
    var span = gradient.mutableSpan
    let value = try logDensity(at: position.span, gradient: &span, in: &workspace)
    return (value, gradient)
  }

  private func forward(_ position: Span<Double>, _ workspace: Workspace) {
    precondition(
      position.count == dimension, "a [\(position.count)] for a program of dimension \(dimension)")
    for i in 0..<dimension { workspace.values[i] = position[i] }
    for instruction in instructions { instruction.forward(workspace.values) }
  }

  private func reverse(
    _ covector: Span<Double>, into gradient: inout MutableSpan<Double>, _ workspace: Workspace
  ) {
    precondition(gradient.count == dimension, "a gradient [\(gradient.count)] for \(dimension)")
    workspace.adjoints.update(repeating: 0, count: workspace.count)
    for i in 0..<covector.count { workspace.adjoints[resultOffset + i] += covector[i] }
    for instruction in instructions.reversed() where instruction.isActive {
      instruction.reverse(workspace.values, workspace.adjoints)
    }
    for i in 0..<dimension { gradient[i] = workspace.adjoints[i] }
  }

  /// The result as a constant tensor.
  var constant: Tensor {
    Tensor(values(at: [], in: makeWorkspace()), shape: shape)
  }
}

/// A program with a scalar result is a log density.
extension Program: DifferentiableLogDensity {
  public func logDensity(
    at position: Span<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    forward(position, workspace)
    return try scalarResult(workspace)
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    forward(position, workspace)
    let value = try scalarResult(workspace)
    let one = InlineArray<1, Double>(repeating: 1)
    reverse(one.span, into: &gradient, workspace)
    return value
  }

  private func scalarResult(_ workspace: Workspace) throws(EvaluationFailure) -> Double {
    precondition(shape.allSatisfy { $0 == 1 }, "a result of shape \(shape) is not a scalar")
    let value = workspace.values[resultOffset]
    if value.isNaN { throw .recoverable("the value is not a number") }
    if value == .infinity { throw .recoverable("the value is +infinity") }
    return value
  }
}
