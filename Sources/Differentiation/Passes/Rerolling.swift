extension OperationSequence {
  /// Unrolled loops as vectors: what an iteration computes from data and parameters alone is computed for
  /// all iterations at once, before and after; what depends on the iteration before is a linear recurrence
  /// or a sum where it is one, and stays unrolled where it is not.
  ///
  /// R. Allen, K. Kennedy, *Optimizing Compilers for Modern Architectures*, Morgan Kaufmann (2001),
  /// chapter 2 (loop distribution).
  func rerolled(_ loops: [Loop]) -> Graph {
    var rewriting = Rerolling(self)
    for loop in loops {
      rewriting.copy(until: loop.start)
      rewriting.write(loop)
    }
    return rewriting.finished()
  }
}

/// The new graph on its way.
struct Rerolling {
  let sequence: OperationSequence
  var graph = Graph()
  /// What stands for each node of the old graph.
  var numbers: [Int]
  var position = 0
  /// For each member, which members after it read it, views seen through; the results count as one more.
  let readers: [[Int]]

  init(_ sequence: OperationSequence) {
    self.sequence = sequence
    var readers = sequence.members.map { _ in [Int]() }
    func note(_ operand: Int, by reader: Int) {
      if let position = sequence.position(of: sequence.elements[operand].root) {
        readers[position].append(reader)
      }
    }
    for (position, member) in sequence.members.enumerated() {
      for operand in sequence.graph.nodes[member].operands { note(operand, by: position) }
    }
    for root in sequence.graph.roots { note(root, by: sequence.members.count) }
    self.readers = readers
    numbers = [Int](repeating: -1, count: sequence.graph.nodes.count)
    for (index, node) in sequence.graph.nodes.enumerated() {
      switch node.operation {
      case .input, .constant: numbers[index] = graph.keep(node)
      default: break
      }
    }
  }

  /// A node of the new graph with these elements.
  mutating func view(_ element: Loop.Element) -> Int {
    part(of: numbers[element.root], element.offset, element.shape)
  }

  private mutating func part(of node: Int, _ offset: Int, _ shape: [Int]) -> Int {
    let count = shape.reduce(1, *)
    let source = graph.nodes[node]
    if source.shape == shape { return node }
    if source.count == count { return graph.append(.reshape, [node], shape: shape) }
    let flat = graph.append(.reshape, [node], shape: [source.count])
    let slice = graph.append(.slice(starts: [offset], steps: [1]), [flat], shape: [count])
    return graph.append(.reshape, [slice], shape: shape)
  }

  mutating func copy(until end: Int) {
    while position < end {
      let member = sequence.members[position]
      let node = sequence.graph.nodes[member]
      let operands = node.operands.map { view(sequence.elements[$0]) }
      numbers[member] = graph.append(
        node.operation, operands, shape: node.shape, site: node.site)
      position += 1
    }
  }

  mutating func finished() -> Graph {
    copy(until: sequence.members.count)
    graph.roots = sequence.graph.roots.map { view(sequence.elements[$0]) }
    return graph
  }

  // MARK: A loop

  mutating func write(_ loop: Loop) {
    var writer = LoopWriter(loop: loop, sequence: sequence, lanes: Lanes(count: loop.count))
    let end = loop.start + loop.period * loop.count
    for component in loop.components {
      if component.count == 1, !loop.readsItself(component[0]) {
        writeVector(component[0], &writer)
      } else if !writeRecurrence(component, &writer, end) {
        writeUnrolled(component, &writer)
      }
    }
    // What others read of it.
    for position in loop.start..<end
    where readers[position].contains(where: { $0 >= end }) {
      let (iteration, body) = (position - loop.start).quotientAndRemainder(dividingBy: loop.period)
      numbers[sequence.members[position]] = instance(body, iteration, &writer)
    }
    position = end
  }

  /// What one iteration computed.
  private mutating func instance(_ body: Int, _ iteration: Int, _ writer: inout LoopWriter) -> Int {
    if let known = writer.instances[body]?[iteration] { return known }
    switch writer.values[body]! {
    case .same(let index): return index
    case .varying(let index): return graph.appendLane(iteration, of: index)
    }
  }

  /// An operand in all iterations.
  mutating func operand(
    _ body: Int, _ k: Int, _ writer: inout LoopWriter
  ) -> Lanes.Operand {
    let loop = writer.loop
    let places = (0..<loop.count).map { writer.element(body, k, iteration: $0) }
    let shape = places[0].shape
    let size = shape.reduce(1, *)
    switch loop.body[body][k] {
    case .outside(let element): return .same(view(element))
    case .constants:
      let values = places.map { place in
        Array(sequence.graph.constant(place.root)![place.offset..<place.offset + size])
      }
      if values.allSatisfy({ $0 == values[0] }) {
        return .same(graph.append(.constant(values[0]), shape: shape))
      }
      let elements = (0..<size).flatMap { e in values.map { $0[e] } }
      return .varying(graph.append(.constant(elements), shape: shape + [loop.count]))
    case .indexed(let root):
      let source = numbers[root]
      let flat = graph.append(.reshape, [source], shape: [graph.nodes[source].count])
      let step = places[1].offset - places[0].offset
      let isEven = places.indices.dropFirst().allSatisfy {
        places[$0].offset - places[$0 - 1].offset == step
      }
      let chosen: Int
      if size == 1, isEven, step > 0 {
        chosen = graph.append(
          .slice(starts: [places[0].offset], steps: [step]), [flat], shape: [loop.count])
      } else {
        let indices = (0..<size).flatMap { e in places.map { $0.offset + e } }
        chosen = graph.append(
          .gather(axis: 0, indices: indices), [flat], shape: [size * loop.count])
      }
      return .varying(graph.append(.reshape, [chosen], shape: shape + [loop.count]))
    case .inside(let source, let distance, let element):
      if case .same(let index) = writer.values[source]!, distance == 0 {
        return .same(part(of: index, element.offset, shape))
      }
      let all = spread(source, &writer)
      let count = graph.nodes[all].shape.dropLast().reduce(1, *)
      let rows = graph.append(.reshape, [all], shape: [count, loop.count])
      let chosen = graph.append(
        .slice(starts: [element.offset, 0], steps: [1, 1]), [rows], shape: [size, loop.count])
      if distance == 0 {
        return .varying(graph.append(.reshape, [chosen], shape: shape + [loop.count]))
      }
      let kept = graph.append(
        .slice(starts: [0, 0], steps: [1, 1]), [chosen], shape: [size, loop.count - distance])
      let first = (0..<distance).map {
        graph.append(.reshape, [view(places[$0])], shape: [size, 1])
      }
      let shifted = graph.append(
        .concatenate(axis: 1), first + [kept], shape: [size, loop.count])
      return .varying(graph.append(.reshape, [shifted], shape: shape + [loop.count]))
    }
  }

  mutating func spread(_ body: Int, _ writer: inout LoopWriter) -> Int {
    writer.lanes.spread(writer.values[body]!, to: &graph)
  }

  private mutating func writeVector(_ body: Int, _ writer: inout LoopWriter) {
    let node = writer.node(body)
    let operands = node.operands.indices.map { operand(body, $0, &writer) }
    let same = operands.compactMap { operand -> Int? in
      if case .same(let index) = operand { index } else { nil }
    }
    if same.count == operands.count {
      writer.values[body] = .same(
        graph.append(node.operation, same, shape: node.shape, site: node.site))
    } else if let all = writer.lanes.append(node, operands, to: &graph) {
      writer.values[body] = .varying(all)
    } else {
      writeUnrolled([body], &writer)
    }
  }

  /// Iteration by iteration.
  private mutating func writeUnrolled(_ component: [Int], _ writer: inout LoopWriter) {
    let loop = writer.loop
    // Operands from elsewhere, as vectors.
    var others: [Int: [Int: Lanes.Operand]] = [:]
    for body in component {
      for k in loop.body[body].indices {
        if case .inside(let source, _, _) = loop.body[body][k], component.contains(source) {
          continue
        }
        others[body, default: [:]][k] = operand(body, k, &writer)
      }
      writer.instances[body] = []
    }
    for iteration in 0..<loop.count {
      for body in component {
        let node = writer.node(body)
        let operands = node.operands.indices.map { k -> Int in
          let place = writer.element(body, k, iteration: iteration)
          switch others[body]?[k] {
          case .same(let index): return index
          case .varying(let index):
            let count = place.shape.reduce(1, *)
            let rows = graph.append(.reshape, [index], shape: [count, loop.count])
            let column = graph.append(
              .slice(starts: [0, iteration], steps: [1, 1]), [rows], shape: [count, 1])
            return graph.append(.reshape, [column], shape: place.shape)
          case nil:
            guard case .inside(let source, let distance, let element) = loop.body[body][k],
              iteration >= distance
            else { return view(place) }
            return part(
              of: writer.instances[source]![iteration - distance], element.offset, place.shape)
          }
        }
        writer.instances[body]!.append(
          graph.append(node.operation, operands, shape: node.shape, site: node.site))
      }
    }
    for body in component {
      let shape = writer.node(body).shape
      let columns = writer.instances[body]!.map {
        graph.append(.reshape, [$0], shape: shape + [1])
      }
      writer.values[body] = .varying(
        graph.append(.concatenate(axis: shape.count), columns, shape: shape + [loop.count]))
    }
  }
}

/// What has been written of a loop.
struct LoopWriter {
  let loop: Loop
  let sequence: OperationSequence
  let lanes: Lanes
  /// What each operation of the body computes, in all iterations.
  var values: [Int: Lanes.Operand] = [:]
  /// Or in each of them.
  var instances: [Int: [Int]] = [:]

  init(loop: Loop, sequence: OperationSequence, lanes: Lanes) {
    (self.loop, self.sequence, self.lanes) = (loop, sequence, lanes)
  }

  func node(_ body: Int) -> Trace.Node {
    sequence.graph.nodes[sequence.members[loop.start + body]]
  }

  func element(_ body: Int, _ k: Int, iteration: Int) -> Loop.Element {
    let member = sequence.members[loop.start + iteration * loop.period + body]
    return sequence.elements[sequence.graph.nodes[member].operands[k]]
  }
}

extension Loop {
  fileprivate func readsItself(_ body: Int) -> Bool {
    self.body[body].contains {
      if case .inside(body, _, _) = $0 { true } else { false }
    }
  }

  /// Operations that depend on each other from one iteration to the next, in an order in which all can be
  /// computed.
  ///
  /// R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972).
  fileprivate var components: [[Int]] {
    var result: [[Int]] = []
    var number = [Int](repeating: -1, count: period)
    var lowest = number
    var isOpen = [Bool](repeating: false, count: period)
    var stack: [Int] = []
    var next = 0
    func visit(_ body: Int) {
      number[body] = next
      lowest[body] = next
      next += 1
      stack.append(body)
      isOpen[body] = true
      for case .inside(let source, _, _) in self.body[body] {
        if number[source] < 0 {
          visit(source)
          lowest[body] = min(lowest[body], lowest[source])
        } else if isOpen[source] {
          lowest[body] = min(lowest[body], number[source])
        }
      }
      guard lowest[body] == number[body] else { return }
      let first = stack.lastIndex(of: body)!
      let component = stack[first...].sorted()
      for member in component { isOpen[member] = false }
      stack.removeSubrange(first...)
      result.append(component)
    }
    for body in 0..<period where number[body] < 0 { visit(body) }
    return result
  }
}
