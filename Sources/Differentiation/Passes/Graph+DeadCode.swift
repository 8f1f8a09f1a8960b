extension Graph {
  /// Without the nodes that no result depends on.
  func withoutDeadCode() -> Graph {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for root in roots { isNeeded[root] = true }
    for index in nodes.indices.reversed() where isNeeded[index] {
      for operand in nodes[index].operands { isNeeded[operand] = true }
    }
    if isNeeded.allSatisfy({ $0 }) { return self }
    var index = 0
    return rewritten { graph, node in
      defer { index += 1 }
      return isNeeded[index] ? graph.keep(node) : -1
    }
  }
}
