extension Graph {
  /// What depends on constants alone is computed now, by the same code that would compute it later. A
  /// repeated constant stays a repetition: it is read where it lies.
  func foldingConstants() -> Graph {
    rewritten { graph, node in
      switch node.operation {
      case .input, .constant, .broadcast: return graph.keep(node)
      default: break
      }
      let operands = node.operands.map { graph.foldable($0) }
      guard operands.allSatisfy({ $0 != nil }) else { return graph.keep(node) }
      let trace = Trace()
      let numbers = operands.compactMap { operand -> Int? in
        let (values, shape) = operand!
        return trace.node(of: Tensor(values, shape: shape))
      }
      guard numbers.count == operands.count else { return graph.keep(node) }
      let result = trace.append(node.operation, numbers, shape: node.shape)
      let values = Code(Graph(of: [result], in: trace)).evaluate([:])[0]
      return graph.append(.constant(values), shape: node.shape, site: node.site)
    }
  }

  /// The elements of a constant, or of a repeated one.
  private func foldable(_ index: Int) -> (values: [Double], shape: [Int])? {
    let node = nodes[index]
    if let values = constant(index) { return (values, node.shape) }
    guard case .broadcast = node.operation, let source = foldable(node.operands[0]) else {
      return nil
    }
    return (
      broadcastPlaces(from: source.shape, to: node.shape).map { source.values[$0] }, node.shape
    )
  }
}
