extension Graph {
  /// The same operation on the same operands is computed once.
  func sharingSubexpressions() -> Graph {
    struct Key: Hashable {
      let operation: Operation
      let operands, shape: [Int]

      func hash(into hasher: inout Hasher) {
        // Constants alone are told apart by what they hold.
        if case .constant(let values) = operation { hasher.combine(values) }
        for operand in operands { hasher.combine(operand) }
        hasher.combine(shape.count)
      }
    }
    var known: [Key: Int] = [:]
    known.reserveCapacity(nodes.count)
    return rewritten { graph, node in
      let operands = node.operation.isCommutative ? node.operands.sorted() : node.operands
      let key = Key(operation: node.operation, operands: operands, shape: node.shape)
      if let index = known[key] { return index }
      let index = graph.keep(node)
      known[key] = index
      return index
    }
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
