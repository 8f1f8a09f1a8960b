extension Graph {
  /// Vectors that are zero but for a part are put together where they are added: the gradient by a
  /// position is the gradients by its parts, one after the other.
  func assemblingParts() -> Graph {
    var readers = [Int](repeating: 0, count: nodes.count)
    for node in nodes { for operand in node.operands { readers[operand] += 1 } }
    for root in roots { readers[root] += 1 }
    // Sums that only a further sum reads belong to that.
    var isInner = [Bool](repeating: false, count: nodes.count)
    for node in nodes where isVectorSum(node) {
      for operand in node.operands where readers[operand] == 1 && isVectorSum(nodes[operand]) {
        isInner[operand] = true
      }
    }
    var terms: [Int: [Int]] = [:]
    var summed: Set<Int> = []
    func collect(_ index: Int, _ list: inout [Int]) {
      for operand in nodes[index].operands {
        if isInner[operand] { collect(operand, &list) } else { list.append(operand) }
      }
    }
    for index in nodes.indices where isVectorSum(nodes[index]) && !isInner[index] {
      var list: [Int] = []
      collect(index, &list)
      guard list.contains(where: { part(nodes[$0]) != nil }) else { continue }
      terms[index] = list
      summed.formUnion(list)
    }
    var numbers: [Int] = []
    var index = 0
    return rewritten { graph, node in
      defer { index += 1 }
      let result: Int
      if let list = terms[index] {
        result = graph.assembled(list.map { numbers[$0] }, count: node.count)
      } else if let start = part(node), !summed.contains(index) {
        result = graph.concatenation([(start, node.operands[0])], count: node.count)
      } else {
        result = graph.keep(node)
      }
      numbers.append(result)
      return result
    }
  }

  private func isVectorSum(_ node: Trace.Node) -> Bool {
    if case .combine(.add) = node.operation { node.shape.count == 1 } else { false }
  }

  /// Where a vector begins among zeros.
  private func part(_ node: Trace.Node) -> Int? {
    if case .embed(let starts, [1]) = node.operation { starts[0] } else { nil }
  }

  /// The sum of terms of which some are parts among zeros: as few concatenations as can be, and the rest.
  private mutating func assembled(_ terms: [Int], count: Int) -> Int {
    var parts: [(start: Int, node: Int)] = []
    var sum: Int?
    func add(_ graph: inout Graph, _ term: Int) {
      sum = sum.map { graph.append(.combine(.add), [$0, term], shape: [count]) } ?? term
    }
    for term in terms {
      if let start = part(nodes[term]) {
        parts.append((start, nodes[term].operands[0]))
      } else {
        add(&self, term)
      }
    }
    parts.sort { $0.start < $1.start }
    while !parts.isEmpty {
      var layer: [(start: Int, node: Int)] = []
      var rest: [(start: Int, node: Int)] = []
      var end = 0
      for part in parts {
        if part.start >= end {
          layer.append(part)
          end = part.start + nodes[part.node].count
        } else {
          rest.append(part)
        }
      }
      add(&self, concatenation(layer, count: count))
      parts = rest
    }
    return sum!
  }

  private mutating func concatenation(_ parts: [(start: Int, node: Int)], count: Int) -> Int {
    var list: [Int] = []
    var end = 0
    func fill(_ graph: inout Graph, to start: Int) {
      if start > end {
        list.append(
          graph.append(
            .constant([Double](repeating: 0, count: start - end)), shape: [start - end]))
      }
    }
    for part in parts {
      fill(&self, to: part.start)
      list.append(part.node)
      end = part.start + nodes[part.node].count
    }
    fill(&self, to: count)
    return list.count == 1 ? list[0] : append(.concatenate(axis: 0), list, shape: [count])
  }
}
