extension Graph {
  /// Identities of algebra that save work and lose no digits. Where an intermediate value would overflow,
  /// as in log(exp(x)), the right number comes out; the square of a root is its argument, negative ones
  /// included.
  func simplified() -> Graph {
    rewritten { graph, node in graph.simplification(of: node) ?? graph.keep(node) }
  }

  private mutating func simplification(of node: Trace.Node) -> Int? {
    let operands = node.operands
    switch node.operation {
    case .combine(let function): return simplification(of: function, node)
    case .map(let function): return simplification(of: function, node)
    case .reshape:
      if nodes[operands[0]].shape == node.shape { return operands[0] }
      if case .reshape = nodes[operands[0]].operation {
        return append(.reshape, nodes[operands[0]].operands, shape: node.shape)
      }
      return nil
    case .broadcast:
      if nodes[operands[0]].shape == node.shape { return operands[0] }
      if case .broadcast = nodes[operands[0]].operation {
        return append(.broadcast, nodes[operands[0]].operands, shape: node.shape)
      }
      return nil
    case .transpose(let order):
      if case .transpose(let inner) = nodes[operands[0]].operation {
        let both = order.map { inner[$0] }
        let source = nodes[operands[0]].operands[0]
        return both == Array(both.indices)
          ? source : append(.transpose(both), [source], shape: node.shape)
      }
      return nil
    case .matrixProduct(let left, let right):
      // A transposed operand is read transposed.
      func flipped(_ index: Int) -> Int? {
        if case .transpose([1, 0]) = nodes[index].operation {
          nodes[index].operands[0]
        } else {
          nil
        }
      }
      let (a, b) = (flipped(operands[0]), flipped(operands[1]))
      if a == nil, b == nil { return nil }
      return append(
        .matrixProduct(
          transposesLeft: a == nil ? left : !left, transposesRight: b == nil ? right : !right),
        [a ?? operands[0], b ?? operands[1]], shape: node.shape, site: node.site)
    default: return nil
    }
  }

  private mutating func simplification(of function: UnaryFunction, _ node: Trace.Node) -> Int? {
    guard case .map(let inner) = nodes[node.operands[0]].operation else { return nil }
    let x = nodes[node.operands[0]].operands[0]
    switch (function, inner) {
    case (.negate, .negate), (.square, .squareRoot), (.log, .exp), (.logOnePlus, .expMinusOne):
      return x
    case (.square, .negate), (.square, .absolute):
      return append(.map(.square), [x], shape: node.shape)
    case (.log, .squareRoot):
      let log = append(.map(.log), [x], shape: node.shape)
      let half = append(.constant([0.5]), shape: [])
      let halves = append(.broadcast, [half], shape: node.shape)
      return append(.combine(.multiply), [halves, log], shape: node.shape)
    default: return nil
    }
  }

  private mutating func simplification(of function: BinaryFunction, _ node: Trace.Node) -> Int? {
    let (a, b) = (node.operands[0], node.operands[1])
    let (left, right) = (uniformConstant(a), uniformConstant(b))
    func negated(_ x: Int) -> Int? {
      if case .map(.negate) = nodes[x].operation { nodes[x].operands[0] } else { nil }
    }
    switch function {
    case .add:
      if left == 0 { return b }
      if right == 0 { return a }
      if let x = negated(b) { return append(.combine(.subtract), [a, x], shape: node.shape) }
      if let x = negated(a) { return append(.combine(.subtract), [b, x], shape: node.shape) }
    case .subtract:
      if right == 0 { return a }
      if left == 0 { return append(.map(.negate), [b], shape: node.shape) }
      if let x = negated(b) { return append(.combine(.add), [a, x], shape: node.shape) }
    case .multiply:
      if left == 1 { return b }
      if right == 1 { return a }
      if left == -1 { return append(.map(.negate), [b], shape: node.shape) }
      if right == -1 { return append(.map(.negate), [a], shape: node.shape) }
      if a == b { return append(.map(.square), [a], shape: node.shape) }
    case .divide:
      if right == 1 { return a }
      if left == 1 { return append(.map(.reciprocal), [b], shape: node.shape) }
    case .power:
      if right == 1 { return a }
      if right == 2 { return append(.map(.square), [a], shape: node.shape) }
      if right == 0.5 { return append(.map(.squareRoot), [a], shape: node.shape) }
      if right == -1 { return append(.map(.reciprocal), [a], shape: node.shape) }
    case .minimum, .maximum, .isLess, .isLessOrEqual, .isEqual: break
    }
    return nil
  }
}
