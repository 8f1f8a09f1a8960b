extension Graph {
  /// Weighted sums of squares, sum((w x)^2) with constant weights, as sums of (w^2 x) x: w^2 x is what the
  /// gradient needs as well.
  func sharingWeights() -> Graph {
    rewritten { graph, node in
      guard case .sum = node.operation,
        case .map(.square) = graph.nodes[node.operands[0]].operation
      else { return graph.keep(node) }
      let y = graph.nodes[node.operands[0]].operands[0]
      guard case .combine(.multiply) = graph.nodes[y].operation,
        let weights = graph.constant(graph.nodes[y].operands[0])
      else { return graph.keep(node) }
      let (x, shape) = (graph.nodes[y].operands[1], graph.nodes[y].shape)
      let squares = graph.append(.constant(weights.map { $0 * $0 }), shape: shape)
      let weighted = graph.append(.combine(.multiply), [squares, x], shape: shape)
      let product = graph.append(.combine(.multiply), [weighted, x], shape: shape)
      return graph.append(node.operation, [product], shape: node.shape, site: node.site)
    }
  }
}
