public import Densities

// Many positions in one call: their numbers lie side by side in the lanes of the vector kernels, and what
// is the same for all of them, dispatch and data, is paid for once.
extension Program {
  /// Positions that are evaluated together.
  static let lanes = 8

  /// The results at `positions` (`[count, dimension]`, row-major) into `results` (`[count, elements of the
  /// result]`).
  ///
  /// Each position is computed by the same operations wherever it stands in a batch; an evaluation of it
  /// alone may differ by rounding, because sums are taken in another order.
  ///
  /// - Complexity: an eighth of the operations of one evaluation for each position, on vectors.
  public func evaluate(
    batch positions: Span<Double>, into results: inout MutableSpan<Double>,
    in workspace: Workspace
  ) {
    let size = shape.reduce(1, *)
    let count = checkedCount(positions, results.count, size)
    let code = batchedValueCode
    let arena = workspace.batchedValue(code)
    for start in stride(from: 0, to: count, by: Self.lanes) {
      write(positions, from: start, count, code, arena)
      code.run(arena)
      let offset = code.results[0].offset
      for lane in 0..<min(Self.lanes, count - start) {
        for i in 0..<size {
          results[(start + lane) * size + i] = arena[offset + i * Self.lanes + lane]
        }
      }
    }
  }

  /// The log densities at `positions` (`[count, dimension]`, row-major) into `values` (`[count]`).
  /// - Throws: ``EvaluationFailure`` where one is not a number.
  public func logDensities(
    at positions: Span<Double>, into values: inout MutableSpan<Double>,
    in workspace: inout Workspace
  ) throws(EvaluationFailure) {
    evaluate(batch: positions, into: &values, in: workspace)
    for index in 0..<values.count where flaw(ofValue: values[index]) != nil {
      try explain(positions, index)
    }
  }

  /// The log densities at `positions` (`[count, dimension]`, row-major) into `values` (`[count]`), with
  /// their gradients into `gradients` (`[count, dimension]`).
  /// - Throws: ``EvaluationFailure`` where a value is not a number, or a gradient is not finite and the
  ///   value is.
  public func logDensities(
    at positions: Span<Double>, into values: inout MutableSpan<Double>,
    gradients: inout MutableSpan<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) {
    let count = checkedCount(positions, values.count, 1)
    precondition(
      gradients.count == positions.count,
      "gradients [\(gradients.count)] for positions [\(positions.count)]")
    let code = batchedReverseCode
    let arena = workspace.batchedReverse(code)
    let (value, gradient) = (code.first, code.second)
    for start in stride(from: 0, to: count, by: Self.lanes) {
      write(positions, from: start, count, code, arena)
      code.run(arena)
      for lane in 0..<min(Self.lanes, count - start) {
        values[start + lane] = arena[value + lane]
        var sum = 0.0
        for i in 0..<dimension {
          let slope = arena[gradient + i * Self.lanes + lane]
          gradients[(start + lane) * dimension + i] = slope
          sum += 0 * slope
        }
        if flaw(ofValue: arena[value + lane]) != nil
          || sum.isNaN && arena[value + lane].isFinite
        {
          try explain(positions, start + lane)
        }
      }
    }
  }

  private func checkedCount(_ positions: Span<Double>, _ results: Int, _ size: Int) -> Int {
    precondition(
      results * dimension == positions.count * size,
      "\(positions.count) coordinates and \(results) results for dimension \(dimension)")
    return results / max(size, 1)
  }

  /// Lane by lane; the last position stands in for those that are missing.
  private func write(
    _ positions: Span<Double>, from start: Int, _ count: Int, _ code: Code,
    _ arena: UnsafeMutablePointer<Double>
  ) {
    guard let offset = code.position else { return }
    for lane in 0..<Self.lanes {
      let first = min(start + lane, count - 1) * dimension
      for i in 0..<dimension { arena[offset + i * Self.lanes + lane] = positions[first + i] }
    }
  }

  /// Throws what an evaluation of that position alone throws.
  private func explain(_ positions: Span<Double>, _ index: Int) throws(EvaluationFailure) {
    var workspace = makeWorkspace()
    var gradient = [Double](repeating: 0, count: dimension)
    var span = gradient.mutableSpan
    let position = positions.extracting(index * dimension..<(index + 1) * dimension)
    _ = try logDensity(at: position, gradient: &span, in: &workspace)
    throw .recoverable("the value is not a number for position \(index) of a batch")
  }

  private var batchedValueCode: Code {
    traced.batchedValue.code { Code(traced.valueGraph.inLanes(Self.lanes).optimized()) }
  }

  private var batchedReverseCode: Code {
    precondition(shape.allSatisfy { $0 == 1 }, "a result of shape \(shape) is not a scalar")
    return traced.batchedReverse.code {
      Code(traced.reverseGraph.inLanes(Self.lanes).optimized())
    }
  }
}

extension Graph {
  /// This graph for that many positions at once: all that depends on an input has a last axis of lanes.
  func inLanes(_ count: Int) -> Graph {
    let lanes = Lanes(count: count)
    var result = Graph()
    var operands: [Lanes.Operand] = []
    for node in nodes {
      let own = node.operands.map { operands[$0] }
      let same = own.compactMap { operand -> Int? in
        if case .same(let index) = operand { index } else { nil }
      }
      if case .input = node.operation {
        operands.append(
          .varying(result.append(node.operation, shape: node.shape + [count])))
      } else if same.count == own.count {
        operands.append(
          .same(result.append(node.operation, same, shape: node.shape, site: node.site)))
      } else {
        operands.append(
          .varying(
            lanes.append(node, own, to: &result) ?? lanes.appendOneByOne(node, own, to: &result)))
      }
    }
    result.roots = roots.map { lanes.spread(operands[$0], to: &result) }
    return result
  }
}
