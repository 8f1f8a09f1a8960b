extension Graph {
  /// Identities of algebra that save work and change a result by no more than roundings of the operands
  /// would: what is the same for all terms of a sum is taken out of it, factors of squares are squared. Where
  /// an intermediate value would overflow, as in log(exp(x)), the right number comes out; squares of numbers
  /// below 1e-154 or above 1e154 are beyond the range where their quotients were not. The square of a root is
  /// its argument, negative ones included.
  func simplified() -> Graph {
    rewritten { graph, node in graph.simplification(of: node) ?? graph.keep(node) }
  }

  /// The square of a square root, as its argument: the only identity that recurrences need to be linear.
  func withoutRoots() -> Graph {
    guard nodes.contains(where: { $0.operation == .map(.squareRoot) }) else { return self }
    return rewritten { graph, node in
      guard case .map(.square) = node.operation,
        let x = graph.operand(of: node.operands[0], under: .squareRoot)
      else { return graph.keep(node) }
      return x
    }
  }

  private mutating func simplification(of node: Trace.Node) -> Int? {
    let operands = node.operands
    switch node.operation {
    case .constant(let values):
      // One number for all elements is read where it lies.
      guard values.count > 1, values.allSatisfy({ $0.bitPattern == values[0].bitPattern }) else {
        return nil
      }
      return number(values[0], node.shape)
    case .concatenate:
      // What is put together must lie somewhere.
      let parts = operands.map { part in
        uniformConstant(part).flatMap { value in
          constant(part) == nil
            ? append(
              .constant([Double](repeating: value, count: nodes[part].count)),
              shape: nodes[part].shape) : nil
        } ?? part
      }
      return parts == operands
        ? nil : append(node.operation, parts, shape: node.shape, site: node.site)
    case .combine(let function):
      return ofRepeated(node) ?? simplification(of: function, node)
    case .map(let function): return ofRepeated(node) ?? simplification(of: function, node)
    case .sum(let axis): return simplificationOfSum(axis, node)
    case .slice(let starts, let steps): return simplificationOfSlice(starts, steps, node)
    case .reshape:
      if nodes[operands[0]].shape == node.shape { return operands[0] }
      switch nodes[operands[0]].operation {
      case .reshape: return append(.reshape, nodes[operands[0]].operands, shape: node.shape)
      case .broadcast:
        let source = nodes[operands[0]].operands[0]
        return nodes[source].count == 1
          ? append(.broadcast, [scalar(source)], shape: node.shape) : nil
      default: return nil
      }
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

  // MARK: Building blocks

  private mutating func map(_ function: UnaryFunction, _ x: Int) -> Int {
    let node = Trace.Node(
      operation: .map(function), operands: [x], shape: nodes[x].shape, site: nil)
    return simplification(of: node) ?? keep(node)
  }

  private mutating func combine(_ function: BinaryFunction, _ a: Int, _ b: Int) -> Int {
    let node = Trace.Node(
      operation: .combine(function), operands: [a, b], shape: nodes[a].shape, site: nil)
    return simplification(of: node) ?? keep(node)
  }

  private mutating func number(_ value: Double, _ shape: [Int]) -> Int {
    let scalar = append(.constant([value]), shape: [])
    return shape.isEmpty ? scalar : append(.broadcast, [scalar], shape: shape)
  }

  /// The only element of a node, without axes.
  private mutating func scalar(_ index: Int) -> Int {
    nodes[index].shape.isEmpty ? index : append(.reshape, [index], shape: [])
  }

  private mutating func `repeat`(_ index: Int, _ shape: [Int]) -> Int {
    nodes[index].shape == shape ? index : append(.broadcast, [index], shape: shape)
  }

  /// The factors of a product.
  private func factors(_ index: Int) -> (Int, Int)? {
    if case .combine(.multiply) = nodes[index].operation {
      (nodes[index].operands[0], nodes[index].operands[1])
    } else {
      nil
    }
  }

  private func operand(of index: Int, under function: UnaryFunction) -> Int? {
    if case .map(function) = nodes[index].operation { nodes[index].operands[0] } else { nil }
  }

  /// What is the same for all elements is computed for one.
  private mutating func ofRepeated(_ node: Trace.Node) -> Int? {
    let sources = node.operands.compactMap { repeatedScalar($0) }
    guard sources.count == node.operands.count, !sources.isEmpty, node.count > 1 else {
      return nil
    }
    let scalars = sources.map { scalar($0) }
    let once = Trace.Node(
      operation: node.operation, operands: scalars, shape: [], site: node.site)
    let result = simplification(of: once) ?? keep(once)
    return append(.broadcast, [result], shape: node.shape)
  }

  // MARK: Elementwise functions

  private mutating func simplification(of function: UnaryFunction, _ node: Trace.Node) -> Int? {
    let x = node.operands[0]
    if function == .negate {
      if case .combine(.subtract) = nodes[x].operation {
        return combine(.subtract, nodes[x].operands[1], nodes[x].operands[0])
      }
      if let (a, b) = factors(x), isConstant[a] { return combine(.multiply, map(.negate, a), b) }
    }
    guard case .map(let inner) = nodes[x].operation else { return nil }
    let y = nodes[x].operands[0]
    switch (function, inner) {
    case (.negate, .negate), (.square, .squareRoot), (.log, .exp), (.logOnePlus, .expMinusOne):
      return y
    case (.square, .negate), (.square, .absolute): return map(.square, y)
    case (.log, .squareRoot): return combine(.multiply, number(0.5, node.shape), map(.log, y))
    default: return nil
    }
  }

  private mutating func simplification(of function: BinaryFunction, _ node: Trace.Node) -> Int? {
    let (a, b) = (node.operands[0], node.operands[1])
    let (left, right) = (uniformConstant(a), uniformConstant(b))
    func negated(_ x: Int) -> Int? { isConstant[x] ? nil : operand(of: x, under: .negate) }
    switch function {
    case .add:
      if left == 0 { return b }
      if right == 0 { return a }
      if let x = negated(b) { return combine(.subtract, a, x) }
      if let x = negated(a) { return combine(.subtract, b, x) }
    case .subtract:
      if right == 0 { return a }
      if left == 0 { return map(.negate, b) }
      if let x = negated(b) { return combine(.add, a, x) }
    case .multiply:
      if left == 1 { return b }
      if right == 1 { return a }
      if left == -1 { return map(.negate, b) }
      if right == -1 { return map(.negate, a) }
      if a == b { return map(.square, a) }
      // Constants first, then what is repeated.
      if rank(b) < rank(a) { return combine(.multiply, b, a) }
      if let x = negated(b) {
        return isConstant[a]
          ? combine(.multiply, map(.negate, a), x) : map(.negate, combine(.multiply, a, x))
      }
      if let x = negated(a) { return map(.negate, combine(.multiply, x, b)) }
      if let (c, x) = factors(b) {
        // A long constant is not copied for a number's sake.
        if rank(a) < 2, rank(c) == rank(a), rank(a) == 1 || isInRange(a, c),
          node.count <= 256 || (uniformConstant(a) == nil) == (uniformConstant(c) == nil)
        {
          return combine(.multiply, combine(.multiply, a, c), x)
        }
        // A number moves out, where others may take it up; a vector may be shared where it is.
        if uniformConstant(c) != nil, rank(a) > 0 {
          return combine(.multiply, c, combine(.multiply, a, x))
        }
      }
      if let (c, x) = factors(a), uniformConstant(c) != nil, rank(x) > 0, rank(b) > 0 {
        return combine(.multiply, c, combine(.multiply, x, b))
      }
    case .divide:
      if right == 1 { return a }
      if left == 1 { return map(.reciprocal, b) }
      if isConstant[b], hasReciprocal(b) { return combine(.multiply, map(.reciprocal, b), a) }
      if let x = negated(a) { return map(.negate, combine(.divide, x, b)) }
    case .power:
      if right == 1 { return a }
      if right == 2 { return map(.square, a) }
      if right == 0.5 { return map(.squareRoot, a) }
      if right == -1 { return map(.reciprocal, a) }
    case .minimum, .maximum, .isLess, .isLessOrEqual, .isEqual: break
    }
    return nil
  }

  /// The numbers that a constant holds, if they are at hand.
  private func numbers(_ index: Int) -> [Double]? {
    uniformConstant(index).map { [$0] } ?? constant(index)
  }

  /// Whether the reciprocals of a constant are ordinary numbers.
  private func hasReciprocal(_ index: Int) -> Bool {
    numbers(index)?.allSatisfy { (1 / $0).isNormal } ?? false
  }

  /// Whether the products of two constants are ordinary numbers.
  private func isInRange(_ a: Int, _ b: Int) -> Bool {
    guard let first = numbers(a), let second = numbers(b) else { return false }
    let extremes = [first, second].map { list in
      (list.map(\.magnitude).filter { $0 > 0 }.min() ?? 1, list.map(\.magnitude).max() ?? 1)
    }
    return (extremes[0].0 * extremes[1].0).isNormal && (extremes[0].1 * extremes[1].1).isFinite
  }

  /// Constants come before repeated scalars, these before the rest.
  private func rank(_ index: Int) -> Int {
    isConstant[index] ? 0 : repeatedScalar(index) != nil ? 1 : 2
  }

  // MARK: Sums and parts

  private mutating func simplificationOfSum(_ axis: Int, _ node: Trace.Node) -> Int? {
    let x = node.operands[0]
    func sum(_ graph: inout Graph, _ operand: Int) -> Int {
      let inner = Trace.Node(
        operation: node.operation, operands: [operand], shape: node.shape, site: node.site)
      return graph.simplification(of: inner) ?? graph.keep(inner)
    }
    if nodes[x].shape[axis] == 1 { return append(.reshape, [x], shape: node.shape) }
    if nodes[x].count == 0 { return nil }
    if let source = repeatedScalar(x) {
      let once = `repeat`(scalar(source), node.shape)
      return combine(.multiply, number(Double(nodes[x].shape[axis]), node.shape), once)
    }
    if let y = operand(of: x, under: .negate) { return map(.negate, sum(&self, y)) }
    if let (factor, rest) = scalarFactor(x) {
      return combine(.multiply, `repeat`(scalar(factor), node.shape), sum(&self, rest))
    }
    if let (divisor, rest) = scalarDivisor(x) {
      return combine(.divide, sum(&self, rest), `repeat`(scalar(divisor), node.shape))
    }
    if let y = operand(of: x, under: .square) {
      if let (factor, rest) = scalarFactor(y) {
        let square = map(.square, scalar(factor))
        return combine(
          .multiply, `repeat`(square, node.shape), sum(&self, map(.square, rest)))
      }
      if let (divisor, rest) = scalarDivisor(y) {
        let square = map(.square, scalar(divisor))
        return combine(.divide, sum(&self, map(.square, rest)), `repeat`(square, node.shape))
      }
    }
    // What is the same for all elements is added once.
    if case .combine(let function) = nodes[x].operation, function == .add || function == .subtract {
      let (a, b) = (nodes[x].operands[0], nodes[x].operands[1])
      if repeatedScalar(a) != nil || repeatedScalar(b) != nil {
        return combine(function, sum(&self, a), sum(&self, b))
      }
    }
    if case .embed = nodes[x].operation, node.shape.isEmpty {
      let part = nodes[x].operands[0]
      return sum(&self, part)
    }
    return nil
  }

  /// One factor of a product, if it is the same for all elements.
  private func scalarFactor(_ index: Int) -> (factor: Int, rest: Int)? {
    guard let (a, b) = factors(index), let factor = repeatedScalar(a) else { return nil }
    return (factor, b)
  }

  private func scalarDivisor(_ index: Int) -> (divisor: Int, rest: Int)? {
    guard case .combine(.divide) = nodes[index].operation,
      let divisor = repeatedScalar(nodes[index].operands[1])
    else { return nil }
    return (divisor, nodes[index].operands[0])
  }

  private mutating func simplificationOfSlice(
    _ starts: [Int], _ steps: [Int], _ node: Trace.Node
  ) -> Int? {
    let x = node.operands[0]
    if nodes[x].shape == node.shape { return x }
    if let source = repeatedScalar(x) {
      return `repeat`(scalar(source), node.shape)
    }
    guard node.shape.count == 1, steps == [1] else { return nil }
    let (start, end) = (starts[0], starts[0] + node.shape[0])
    switch nodes[x].operation {
    case .slice(let inner, [1]):
      return append(
        .slice(starts: [start + inner[0]], steps: [1]), nodes[x].operands, shape: node.shape)
    case .concatenate:
      // Within one part.
      var first = 0
      for part in nodes[x].operands {
        let count = nodes[part].shape[0]
        if first <= start, end <= first + count {
          if count == node.count { return part }
          return append(
            .slice(starts: [start - first], steps: [1]), [part], shape: node.shape)
        }
        first += count
      }
      return nil
    default: return nil
    }
  }
}
