extension Graph {
  /// The same operation on the same operands is computed once.
  func sharingSubexpressions() -> Graph {
    struct Key: Hashable {
      let operation: Operation
      let operands, shape: [Int]
    }
    var known: [Key: Int] = [:]
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
