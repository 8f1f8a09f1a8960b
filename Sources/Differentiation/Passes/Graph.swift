/// Operations on their way from a trace to code: what the optimisation passes rewrite.
///
/// Nodes come after their operands. `print(graph)` shows a line for each.
struct Graph: Sendable, Equatable, CustomStringConvertible {
  private(set) var nodes: [Trace.Node] = []
  /// Which nodes are constants, or will be folded into one.
  private(set) var isConstant: [Bool] = []
  /// The nodes that are wanted.
  var roots: [Int] = []

  /// An empty graph.
  init() {}

  init(of tensors: [Tensor], in trace: Trace) {
    // Constants among the results get their nodes first.
    roots = tensors.map { trace.node(of: $0)! }
    nodes = trace.nodes
    for node in nodes { isConstant.append(isConstant(node)) }
  }

  private func isConstant(_ node: Trace.Node) -> Bool {
    switch node.operation {
    case .constant: true
    case .broadcast, .reshape, .map, .combine: node.operands.allSatisfy { isConstant[$0] }
    default: false
    }
  }

  /// Another choice of what is wanted of a graph.
  init(keeping roots: [Int], of graph: Graph) {
    (nodes, isConstant, self.roots) = (graph.nodes, graph.isConstant, roots)
  }

  /// Appends a node and returns its number.
  mutating func append(
    _ operation: Operation, _ operands: [Int] = [], shape: [Int], site: Site? = nil
  ) -> Int {
    let node = Trace.Node(operation: operation, operands: operands, shape: shape, site: site)
    isConstant.append(isConstant(node))
    nodes.append(node)
    return nodes.count - 1
  }

  /// A new graph in which each node is what `rewrite` makes of it: it is given the graph so far and the
  /// node, whose operands are those of the new graph, and returns the number of what stands for it.
  func rewritten(_ rewrite: (inout Graph, Trace.Node) -> Int) -> Graph {
    var result = Graph()
    var numbers: [Int] = []
    numbers.reserveCapacity(nodes.count)
    result.nodes.reserveCapacity(nodes.count)
    for node in nodes {
      let moved = Trace.Node(
        operation: node.operation, operands: node.operands.map { numbers[$0] }, shape: node.shape,
        site: node.site)
      numbers.append(rewrite(&result, moved))
    }
    result.roots = roots.map { numbers[$0] }
    return result
  }

  /// Keeps a node as it is.
  mutating func keep(_ node: Trace.Node) -> Int {
    append(node.operation, node.operands, shape: node.shape, site: node.site)
  }

  /// The elements of a constant node.
  func constant(_ index: Int) -> [Double]? {
    if case .constant(let values) = nodes[index].operation { values } else { nil }
  }

  /// The node whose only element is repeated here, constants included.
  func repeatedScalar(_ index: Int) -> Int? {
    guard case .broadcast = nodes[index].operation else { return nil }
    let source = nodes[index].operands[0]
    return nodes[source].count == 1 ? source : nil
  }

  /// The value that all elements of a constant, or of a repeated one, have.
  func uniformConstant(_ index: Int) -> Double? {
    if case .broadcast = nodes[index].operation {
      return uniformConstant(nodes[index].operands[0])
    }
    if case .reshape = nodes[index].operation {
      return uniformConstant(nodes[index].operands[0])
    }
    guard let values = constant(index), let first = values.first,
      values.allSatisfy({ $0.bitPattern == first.bitPattern })
    else { return nil }
    return first
  }

  /// What a traced function is turned into first: loops become vectors while they still are as the caller
  /// wrote them, for what algebra does depends on the data.
  func vectorized() -> Graph {
    var graph = withoutDeadCode().withoutRoots().sharingSubexpressions().withoutDeadCode()
      .withParametersFirst()
    // Vectors that one loop made may be what the next one runs over.
    for _ in 0..<4 {
      let sequence = OperationSequence(graph)
      let loops = sequence.loops()
      if loops.isEmpty { break }
      graph = sequence.rerolled(loops).withoutDeadCode()
    }
    return graph
  }

  /// What depends on no data comes first: computed where a loop asks for it first, it would make the first
  /// iteration differ from the others.
  private func withParametersFirst() -> Graph {
    var isFree = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      if case .constant = node.operation { continue }
      isFree[index] = node.operands.allSatisfy { isFree[$0] }
    }
    let order = nodes.indices.filter { isFree[$0] } + nodes.indices.filter { !isFree[$0] }
    var result = Graph()
    var numbers = [Int](repeating: -1, count: nodes.count)
    for index in order {
      let node = nodes[index]
      numbers[index] = result.append(
        node.operation, node.operands.map { numbers[$0] }, shape: node.shape, site: node.site)
    }
    result.roots = roots.map { numbers[$0] }
    return result
  }

  /// All passes, until none finds anything.
  func optimized() -> Graph {
    var graph = withoutDeadCode()
    for _ in 0..<8 {
      let before = graph
      graph = graph.foldingConstants().simplified().assemblingParts().sharingSubexpressions()
        .withoutDeadCode()
      if graph == before { break }
    }
    return graph
  }

  var description: String {
    nodes.enumerated().map { index, node in
      let operands = node.operands.map { "%\($0)" }.joined(separator: ", ")
      return "%\(index) = \(node.operation.summary)(\(operands)) \(node.shape)"
    }.joined(separator: "\n") + "\nreturn \(roots.map { "%\($0)" }.joined(separator: ", "))"
  }
}

extension Operation {
  /// For the printed graph: no more than four elements of a constant.
  fileprivate var summary: String {
    guard case .constant(let values) = self else {
      switch self {
      case .map, .combine, .hiddenMarkov, .scalarFunction, .scalarCurvature: return name
      default: return "\(self)".prefix(60).description
      }
    }
    let shown = values.prefix(4).map { "\($0)" }.joined(separator: " ")
    return "constant \(shown)\(values.count > 4 ? " ..." : "")"
  }
}
