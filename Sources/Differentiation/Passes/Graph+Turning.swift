extension Graph {
  /// The right factor of a long product is transposed once, not for every stretch of rows.
  func turningRightFactors() -> Graph {
    guard nodes.contains(where: isLong) else { return self }
    return rewritten { graph, node in
      guard graph.isLong(node), case .matrixProduct(let left, _) = node.operation else {
        return graph.keep(node)
      }
      let shape = graph.nodes[node.operands[1]].shape
      let turned = graph.append(
        .transpose([1, 0]), [node.operands[1]], shape: [shape[1], shape[0]])
      return graph.append(
        .matrixProduct(transposesLeft: left, transposesRight: false), [node.operands[0], turned],
        shape: node.shape, site: node.site)
    }
  }

  private func isLong(_ node: Trace.Node) -> Bool {
    guard case .matrixProduct(false, true) = node.operation, node.shape.count == 2,
      node.shape[0] >= 512
    else { return false }
    return nodes[node.operands[1]].shape.allSatisfy { $0 > 1 }
  }
}
