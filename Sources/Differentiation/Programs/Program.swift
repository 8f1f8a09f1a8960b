public import Densities
import Synchronization

/// A function of tensors, traced once, optimised and compiled to steps over one block of memory.
///
/// ```swift
/// let rosenbrock = try Program(dimension: 2) { x in
///   -((1 - x[0]).squared + 100 * (x[1] - x[0].squared).squared)
/// }
/// let (value, gradient) = try rosenbrock.valueAndGradient(at: [0.5, 0.5])
/// ```
///
/// The function is called once, with tensors that record what is done with them; loops in it become vectors
/// and recurrences again, and what depends on data alone is computed now. Its control flow must not depend
/// on values: ``Tensor/where(_:_:_:file:line:)`` chooses within a program, ``RetracedProgram`` records anew.
///
/// Derivatives are traced too: reverse mode adds the operations of the gradient to those of the value,
/// and a Hessian those of the gradient's gradient. A program is immutable and may be shared; each worker
/// evaluates it in a ``Workspace`` of its own, and an evaluation allocates nothing.
///
/// ## References
/// A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd edition, SIAM (2008), chapter 3.
public struct Program: Sendable {
  /// The shapes of the tensors that the program is a function of.
  public let parameterShapes: [[Int]]
  /// The number of elements of all of them: the length of a position.
  public let dimension: Int
  /// The shape of the result.
  public let shape: [Int]

  private let isScalar: Bool
  let traced: Traced
  let valueCode: Code
  /// The result, and covector times Jacobian: the covector is input 1, of a scalar result a constant one.
  let reverseCode: Code

  /// What further derivatives are compiled from: the optimised operations.
  struct Traced: Sendable {
    /// The operations as the caller asked for them: where failures are looked for.
    let source: Graph
    let trace: Trace
    let position, result, covector, direction, reverse: Tensor
    let forward = LazyCode()
    let curvature = LazyCode()
    let batchedValue = LazyCode()
    let batchedReverse = LazyCode()

    var valueGraph: Graph {
      Graph(of: [result], in: trace).optimized().sharingWeights().optimized()
    }

    /// The result and the gradient; a scalar's covector is known.
    var reverseGraph: Graph {
      let gradient =
        result.count == 1
        ? Tensor.pullback(
          of: result, covector: Tensor(1).repeated(to: result.shape),
          to: [position])[0] : reverse
      return Graph(of: [result, gradient], in: trace).optimized().sharingWeights().optimized()
    }
  }

  /// Compiled when it is first asked for.
  final class LazyCode: Sendable {
    private let known = Mutex<Code?>(nil)

    func code(_ make: () -> Code) -> Code {
      known.withLock { known in
        if let known { return known }
        let code = make()
        known = code
        return code
      }
    }
  }

  /// Traces and compiles a function of one vector.
  ///
  /// - Throws: ``TensorError`` if an operation was impossible, and what `body` throws.
  /// - Complexity: one call of `body`, and the number of operations it records.
  public init(dimension: Int, _ body: (Tensor) throws -> Tensor) throws {
    try self.init(shapes: [[dimension]]) { try body($0[0]) }
  }

  /// Traces and compiles a function of several tensors; a position is their elements, one tensor after
  /// the other, each row-major.
  ///
  /// - Throws: ``TensorError`` if an operation was impossible, and what `body` throws.
  public init(shapes: [[Int]], _ body: ([Tensor]) throws -> Tensor) throws {
    let recorded = Trace()
    let sizes = shapes.map { $0.reduce(1, *) }
    let dimension = sizes.reduce(0, +)
    let argument = recorded.append(.input(0), shape: [dimension])
    var start = 0
    let parameters = zip(shapes, sizes).map { shape, size in
      defer { start += size }
      return argument.part(start..<start + size, axis: 0).reshaped(shape)
    }
    let asked = try body(parameters)
    if let failure = recorded.failure ?? asked.failure ?? recorded.foreign(asked) { throw failure }
    parameterShapes = shapes
    self.dimension = dimension
    shape = asked.shape
    isScalar = asked.count == 1
    // Derivatives are taken of the optimised operations: those of a recurrence are a recurrence again.
    let source = Graph(of: [asked, argument], in: recorded)
    let optimized = source.vectorized().optimized().reducingToSufficientStatistics().optimized()
    let trace = Trace(optimized.nodes)
    let (result, position) = (
      trace.tensor(optimized.roots[0]), trace.tensor(optimized.roots[1])
    )
    let covector = trace.append(.input(1), shape: result.shape)
    let reverse = Tensor.pullback(of: result, covector: covector, to: [position])[0]
    if let failure = reverse.failure { throw failure }
    traced = Traced(
      source: source, trace: trace, position: position, result: result, covector: covector,
      direction: trace.append(.input(2), shape: [dimension]), reverse: reverse)
    valueCode = Code(traced.valueGraph)
    reverseCode = Code(traced.reverseGraph)
  }

  /// The memory of one worker.
  public final class Workspace {
    let value, reverse: UnsafeMutablePointer<Double>
    /// Made when they are first asked for.
    private var second, values, reverses: UnsafeMutablePointer<Double>?

    init(_ program: Program) {
      value = program.valueCode.makeArena()
      reverse = program.reverseCode.makeArena()
    }

    deinit {
      value.deallocate()
      reverse.deallocate()
      second?.deallocate()
      values?.deallocate()
      reverses?.deallocate()
    }

    /// The arena of the Hessian's products.
    func curvature(_ code: Code) -> UnsafeMutablePointer<Double> { made(&second, code) }
    /// The arenas of batches.
    func batchedValue(_ code: Code) -> UnsafeMutablePointer<Double> { made(&values, code) }
    func batchedReverse(_ code: Code) -> UnsafeMutablePointer<Double> { made(&reverses, code) }

    private func made(
      _ arena: inout UnsafeMutablePointer<Double>?, _ code: Code
    ) -> UnsafeMutablePointer<Double> {
      if let arena { return arena }
      let new = code.makeArena()
      arena = new
      return new
    }
  }

  /// Memory for one worker: the arenas of the value and of the gradient.
  public func makeWorkspace() -> Workspace { Workspace(self) }

  /// The result at `position` (`[dimension]`) into `result` (its elements, row-major).
  public func evaluate(
    at position: Span<Double>, into result: inout MutableSpan<Double>, in workspace: Workspace
  ) {
    runValue(position, workspace)
    let (offset, count) = valueCode.results[0]
    precondition(result.count == count, "\(result.count) elements for a \(shape)")
    for i in 0..<count { result[i] = workspace.value[offset + i] }
  }

  /// The result at `position` as an array, row-major.
  public func values(at position: [Double], in workspace: Workspace) -> [Double] {
    runValue(position.span, workspace)
    let (offset, count) = valueCode.results[0]
    return Array(UnsafeBufferPointer(start: workspace.value + offset, count: count))
  }

  /// The result at `position`.
  public func callAsFunction(_ position: [Double]) -> Tensor {
    Tensor(values(at: position, in: makeWorkspace()), shape: shape)
  }

  /// The gradient of the scalar product of the result and `covector` (`[elements of the result]`),
  /// that is the covector times the Jacobian, into `gradient` (`[dimension]`).
  public func vectorJacobianProduct(
    at position: Span<Double>, covector: Span<Double>, into gradient: inout MutableSpan<Double>,
    in workspace: Workspace
  ) {
    precondition(
      covector.count == shape.reduce(1, *), "a covector [\(covector.count)] for a \(shape)")
    precondition(gradient.count == dimension, "a gradient [\(gradient.count)] for \(dimension)")
    if let offset = reverseCode.covector {
      for i in 0..<covector.count { workspace.reverse[offset + i] = covector[i] }
    }
    runReverse(position, workspace)
    // A scalar's code knows no covector but one.
    let scale = covector.count == 1 ? covector[0] : 1
    for i in 0..<dimension { gradient[i] = scale * workspace.reverse[reverseCode.second + i] }
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

  /// The operations of the value and (unless it is left out) the gradient, a line each, as they were traced and as the passes
  /// left them: for debugging.
  public func listing(ofValueAlone: Bool = false) -> (before: String, after: String) {
    func described(_ graph: Graph) -> String {
      if ofValueAlone { return Graph(keeping: [graph.roots[0]], of: graph).description }
      let trace = Trace(graph.nodes)
      let (result, position) = (trace.tensor(graph.roots[0]), trace.tensor(graph.roots[1]))
      let gradient = Tensor.pullback(
        of: result, covector: Tensor(1).repeated(to: shape), to: [position])[0]
      return Graph(of: [result, gradient], in: trace).description
    }
    if ofValueAlone { return (described(traced.source), traced.valueGraph.description) }
    return (described(traced.source), traced.reverseGraph.description)
  }

  private func runValue(_ position: Span<Double>, _ workspace: Workspace) {
    precondition(
      position.count == dimension, "a [\(position.count)] for a program of dimension \(dimension)")
    position.withUnsafeBufferPointer { valueCode.run(workspace.value, at: $0) }
  }

  private func runReverse(_ position: Span<Double>, _ workspace: Workspace) {
    precondition(
      position.count == dimension, "a [\(position.count)] for a program of dimension \(dimension)")
    position.withUnsafeBufferPointer { reverseCode.run(workspace.reverse, at: $0) }
  }
}

/// A program with a scalar result is a log density.
extension Program: DifferentiableLogDensity {
  public func logDensity(
    at position: Span<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    runValue(position, workspace)
    return try checked(workspace.value[valueCode.first], position)
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    precondition(gradient.count == dimension, "a gradient [\(gradient.count)] for \(dimension)")
    runReverse(position, workspace)
    let value = try checked(workspace.reverse[reverseCode.first], position)
    let slopes = workspace.reverse + reverseCode.second
    // Exponents of ones alone, which infinite numbers and NaN have, carry into the next bit.
    var carry: UInt64 = 0
    for i in 0..<dimension {
      carry |= (slopes[i].bitPattern >> 52 & 0x7ff) &+ 1
    }
    if carry & 0x800 != 0, value.isFinite {
      let first = (0..<dimension).first { !slopes[$0].isFinite }!
      throw .recoverable(
        blame("element \(first) of the gradient is \(slopes[first])", position))
    }
    gradient.withUnsafeMutableBufferPointer { gradient in
      guard let base = gradient.baseAddress else { return }
      base.update(from: slopes, count: dimension)
    }
    return value
  }

  private func checked(
    _ value: Double, _ position: Span<Double>
  ) throws(EvaluationFailure) -> Double {
    precondition(isScalar, "a result of shape \(shape) is not a scalar")
    guard let flaw = flaw(ofValue: value) else { return value }
    throw .recoverable(blame(flaw, position))
  }

  private func blame(_ what: String, _ position: Span<Double>) -> String {
    let elements = (0..<position.count).map { position[$0] }
    let graph = Graph(of: [traced.result, traced.reverse], in: traced.trace)
    return traced.source.blame(what, at: elements, orIn: graph)
  }
}
