extension Graph {
  /// The first operation whose result is not finite although its operands are, with its place, when the
  /// graph is evaluated node by node; infinite constants do not count. Nil if there is none.
  func firstNotFinite(at position: [Double]) -> String? {
    let graph = withoutDeadCode()
    var all = graph
    all.roots = Array(graph.nodes.indices)
    let covectors = graph.nodes.reduce(into: [Int: [Double]]()) { inputs, node in
      if case .input(let number) = node.operation {
        inputs[number] = number == 0 ? position : [Double](repeating: 1, count: node.count)
      }
    }
    let values = Code(all).evaluate(covectors)
    func isFinite(_ index: Int) -> Bool { values[index].allSatisfy(\.isFinite) }
    let index = graph.nodes.indices.first { index in
      if case .constant = graph.nodes[index].operation { return false }
      return !isFinite(index) && graph.nodes[index].operands.allSatisfy(isFinite)
    }
    guard let index else { return nil }
    let node = graph.nodes[index]
    let wrong = values[index].first { !$0.isFinite }!
    return "\(node.operation.name) gave \(wrong.isNaN ? .nan : wrong)"
      + (node.site.map { " at \($0)" } ?? "")
  }
}
