extension Graph {
  /// The same operation on the same operands is computed once.
  func sharingSubexpressions() -> Graph {
    // The last node with each hash, and for each node the one before it.
    var last: [Int: Int] = [:]
    last.reserveCapacity(nodes.count)
    var previous: [Int] = []
    return rewritten { graph, node in
      let hash = node.sharingHash
      var candidate = last[hash]
      while let index = candidate, index >= 0 {
        if graph.nodes[index].isSame(as: node) { return index }
        candidate = previous[index]
      }
      let index = graph.keep(node)
      previous += [Int](repeating: -1, count: index + 1 - previous.count)
      previous[index] = last.updateValue(index, forKey: hash) ?? -1
      return index
    }
  }
}

extension Trace.Node {
  fileprivate var sharingHash: Int {
    var hasher = Hasher()
    // Constants alone are told apart by what they hold; a few elements will do.
    if case .constant(let values) = operation {
      for value in values.prefix(8) { hasher.combine(value) }
    }
    // Sums, so that the order of operands does not matter.
    hasher.combine(operands.reduce(0, &+))
    hasher.combine(operands.reduce(0) { $0 ^ $1 })
    hasher.combine(shape.count)
    return hasher.finalize()
  }

  fileprivate func isSame(as other: Trace.Node) -> Bool {
    if case .constant(let values) = operation, case .constant(let others) = other.operation {
      // Zeros of both signs are two numbers.
      return shape == other.shape
        && zip(values, others).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
    guard shape == other.shape, operation == other.operation else { return false }
    return operands == other.operands
      || operation.isCommutative && operands == other.operands.reversed()
  }
}

extension Operation {
  fileprivate var isCommutative: Bool {
    switch self {
    case .combine(.add), .combine(.multiply), .combine(.minimum), .combine(.maximum): true
    default: false
    }
  }
}
