internal import CKernels

// Evaluation without passes, each node in memory of its own: what failures are looked for in, and what the
// compiled programs are compared with.
extension Graph {
  /// The elements of every node; covectors are ones.
  func evaluatedNodeByNode(at position: [Double]) -> [[Double]] {
    let inputs = nodes.reduce(into: [Int: [Double]]()) { inputs, node in
      if case .input(let number) = node.operation {
        inputs[number] = number == 0 ? position : [Double](repeating: 1, count: node.count)
      }
    }
    return Code(Graph(keeping: Array(nodes.indices), of: self)).evaluate(inputs)
  }

  /// A failure, with the operation that produced the first number that is not finite, and its place: of
  /// this graph, or else of one for the derivatives.
  func blame(_ what: String, at position: [Double], orIn derivatives: Graph? = nil) -> String {
    if let node = firstNotFinite(at: position) { return "\(what), since \(node)" }
    guard let node = derivatives?.firstNotFinite(at: position) else { return what }
    return "\(what), since in the derivative \(node)"
  }

  /// The first operation whose result is not finite although its operands are; infinite constants do not
  /// count. Nil if there is none.
  private func firstNotFinite(at position: [Double]) -> String? {
    let graph = withoutDeadCode()
    let values = graph.evaluatedNodeByNode(at: position)
    func isFinite(_ index: Int) -> Bool { values[index].allSatisfy(\.isFinite) }
    let index = graph.nodes.indices.first { index in
      if case .constant = graph.nodes[index].operation { return false }
      return !isFinite(index) && graph.nodes[index].operands.allSatisfy(isFinite)
    }
    guard let index else { return nil }
    let node = graph.nodes[index]
    let wrong = values[index].first { !$0.isFinite }!
    let value = "\(node.operation.name) gave \(wrong.isNaN ? .nan : wrong)"
    if let site = node.site { return "\(value) at \(site)" }
    // Operators have no place of their own.
    let before = graph.nodes[..<index].last { $0.site != nil }?.site
    return before.map { "\(value) after \($0)" } ?? value
  }
}

/// Why a number is no value of a log density; nil if it is one, minus infinity included.
func flaw(ofValue value: Double) -> String? {
  value.isNaN ? "the value is not a number" : value == .infinity ? "the value is +infinity" : nil
}

// What tests compare a program with.
extension Program {
  /// The result and covector times Jacobian, with a covector of ones, of the operations as they were
  /// recorded.
  package func evaluatedNodeByNode(
    at position: [Double]
  ) -> (values: [Double], gradient: [Double]) {
    let trace = Trace(traced.source.nodes)
    let (result, argument) = (
      trace.tensor(traced.source.roots[0]), trace.tensor(traced.source.roots[1])
    )
    let ones = Tensor([Double](repeating: 1, count: result.count), shape: result.shape)
    let gradient = Tensor.pullback(of: result, covector: ones, to: [argument])[0]
    let graph = Graph(of: [result, gradient], in: trace)
    let all = graph.evaluatedNodeByNode(at: position)
    return (all[graph.roots[0]], all[graph.roots[1]])
  }

  /// Value and gradient from the kernels of each instruction set that the processor has, the portable ones
  /// first.
  package func valuesAndGradientsByInstructionSet(
    at position: [Double]
  ) -> [(value: Double, gradient: [Double])] {
    (CK_PORTABLE.rawValue...ck_best_instruction_set().rawValue).map { set in
      let found = reverseCode.evaluate([0: position], on: ck_instruction_set(rawValue: set))
      return (found[0][0], found[1])
    }
  }

  /// The cases of operations that the value, the gradient and the second derivatives are recorded with.
  package var operationKinds: Set<String> {
    _ = curvatureCode
    return Set(
      (traced.source.nodes + traced.trace.nodes).map {
        String("\($0.operation)".prefix { $0 != "(" })
      })
  }

  /// How many steps an evaluation with its gradient takes, and the length of its arena.
  package var size: (steps: Int, arena: Int) { (reverseCode.stepCount, reverseCode.size) }
}
