/// Many copies of a computation side by side: a tensor of shape S becomes one of shape S + [lanes], whose
/// last axis tells the copies apart. The iterations of a loop become vectors in this way, and so do the
/// positions of a batch.
struct Lanes {
  let count: Int

  /// An operand of a copied operation: the same in all copies, or with an axis of lanes.
  enum Operand {
    case same(Int)
    case varying(Int)
  }

  /// Appends what `node` is with these operands, all of whose lanes are computed at once; nil where no
  /// rule is known.
  func append(_ node: Trace.Node, _ operands: [Operand], to graph: inout Graph) -> Int? {
    let shape = node.shape + [count]
    func all(_ k: Int) -> Int { spread(operands[k], to: &graph) }
    func add(_ operation: Operation, _ operands: [Int]) -> Int {
      graph.append(operation, operands, shape: shape, site: node.site)
    }
    switch node.operation {
    case .map, .combine, .select:
      return add(node.operation, operands.indices.map { all($0) })
    case .stopGradient, .reshape, .sum, .maximum, .logSumExp, .cumulativeSum, .gather, .scatterAdd:
      return add(node.operation, [all(0)])
    case .linearRecurrence: return add(node.operation, [all(0), all(1)])
    case .scalarFunction(let function, let size):
      let all = graph.append(
        .scalarFunction(function, count: size * count), operands.indices.map { all($0) },
        shape: [node.count * count], site: node.site)
      return graph.append(.reshape, [all], shape: shape)
    case .concatenate: return add(node.operation, operands.indices.map { all($0) })
    case .broadcast:
      let x = all(0)
      let source = graph.nodes[x].shape
      let aligned =
        [Int](repeating: 1, count: shape.count - source.count) + source.dropLast() + [count]
      return add(.broadcast, [graph.append(.reshape, [x], shape: aligned)])
    case .transpose(let order): return add(.transpose(order + [order.count]), [all(0)])
    case .slice(let starts, let steps):
      return add(.slice(starts: starts + [0], steps: steps + [1]), [all(0)])
    case .embed(let starts, let steps):
      return add(.embed(starts: starts + [0], steps: steps + [1]), [all(0)])
    case .matrixProduct(let transposesLeft, let transposesRight):
      return product(node, transposesLeft, transposesRight, operands, &graph)
    default: return nil
    }
  }

  /// An operand with its axis of lanes.
  func spread(_ operand: Operand, to graph: inout Graph) -> Int {
    switch operand {
    case .varying(let index): return index
    case .same(let index):
      let shape = graph.nodes[index].shape
      if let values = graph.constant(index), values.count > 1 {
        return graph.append(
          .constant(values.flatMap { [Double](repeating: $0, count: count) }),
          shape: shape + [count])
      }
      let column = graph.append(.reshape, [index], shape: shape + [1])
      return graph.append(.broadcast, [column], shape: shape + [count])
    }
  }

  /// An operation without a rule, lane by lane.
  func appendOneByOne(
    _ node: Trace.Node, _ operands: [Operand], to graph: inout Graph
  ) -> Int {
    let results = (0..<count).map { lane -> Int in
      let own = operands.map { operand -> Int in
        guard case .varying(let index) = operand else {
          if case .same(let index) = operand { return index }
          return -1
        }
        return graph.appendLane(lane, of: index)
      }
      let result = graph.append(node.operation, own, shape: node.shape, site: node.site)
      return graph.append(.reshape, [result], shape: [1, node.count])
    }
    let rows = graph.append(.concatenate(axis: 0), results, shape: [count, node.count])
    let columns = graph.append(.transpose([1, 0]), [rows], shape: [node.count, count])
    return graph.append(.reshape, [columns], shape: node.shape + [count])
  }

  private func product(
    _ node: Trace.Node, _ transposesLeft: Bool, _ transposesRight: Bool, _ operands: [Operand],
    _ graph: inout Graph
  ) -> Int? {
    guard node.shape.count == 2 else { return nil }
    let (rows, columns) = (node.shape[0], node.shape[1])
    // [m, k] by [k, n lanes]: one product for all lanes.
    if case .same(let left) = operands[0], case .varying(let right) = operands[1],
      !transposesRight
    {
      let inner = graph.nodes[right].shape[0]
      let flat = graph.append(.reshape, [right], shape: [inner, columns * count])
      let product = graph.append(
        .matrixProduct(transposesLeft: transposesLeft, transposesRight: false), [left, flat],
        shape: [rows, columns * count], site: node.site)
      return graph.append(.reshape, [product], shape: [rows, columns, count])
    }
    // A product for each lane.
    func leading(_ k: Int, _ graph: inout Graph) -> Int {
      let x = spread(operands[k], to: &graph)
      let shape = graph.nodes[x].shape
      return graph.append(.transpose([2, 0, 1]), [x], shape: [count, shape[0], shape[1]])
    }
    let (left, right) = (leading(0, &graph), leading(1, &graph))
    let product = graph.append(
      .matrixProduct(transposesLeft: transposesLeft, transposesRight: transposesRight),
      [left, right], shape: [count, rows, columns], site: node.site)
    return graph.append(.transpose([1, 2, 0]), [product], shape: [rows, columns, count])
  }
}

extension Graph {
  /// One of the copies that lie along the last axis of a node.
  mutating func appendLane(_ lane: Int, of index: Int) -> Int {
    let shape = nodes[index].shape
    var starts = shape.map { _ in 0 }
    starts[starts.count - 1] = lane
    let slice = append(
      .slice(starts: starts, steps: shape.map { _ in 1 }), [index], shape: shape.dropLast() + [1])
    return append(.reshape, [slice], shape: Array(shape.dropLast()))
  }
}
