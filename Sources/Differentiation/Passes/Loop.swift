/// A stretch of a graph in which the same operations come again and again, as an unrolled loop leaves them.
///
/// Its nodes are `count` iterations of `period` each. Constants and views (reshaped tensors and contiguous
/// slices) are not among them: an operand is known by where its elements lie.
struct Loop {
  /// Positions in the sequence of operations.
  let start, period, count: Int
  /// For each operation of an iteration, what its operands are.
  let body: [[Source]]

  enum Source: Hashable {
    /// Constants, one for each iteration.
    case constants
    /// The same elements of a node from outside.
    case outside(Element)
    /// Elements of a node from outside, other ones in each iteration.
    case indexed(root: Int)
    /// What operation `body` computed `distance` iterations before, or a part of it.
    case inside(body: Int, distance: Int, Element)
  }

  /// Consecutive elements of a node, in some shape.
  struct Element: Hashable {
    var root: Int
    var offset: Int
    let shape: [Int]
  }
}

/// The operations of a graph in their order, with their operands by place.
struct OperationSequence {
  let graph: Graph
  /// The nodes in their order.
  private(set) var members: [Int] = []
  /// The place of a node among the members, or -1.
  private var places: [Int] = []
  /// Where the elements of each node lie.
  private(set) var elements: [Loop.Element] = []
  private let keys: [Int]

  /// What an operand of a member is, for quick comparisons.
  private struct Token {
    let root: Int
    /// The root's place among the members, or -1.
    let position: Int
    let isConstant: Bool
    let offset, shape: Int
  }

  private let tokens: [Token]
  /// Where the operands of each member begin among the tokens; one more at the end.
  private let starts: [Int]

  init(_ graph: Graph) {
    self.graph = graph
    var known: [Key: Int] = [:]
    var keys: [Int] = []
    places = [Int](repeating: -1, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      elements.append(.init(root: index, offset: 0, shape: node.shape))
      switch node.operation {
      case .input, .constant: continue
      case .reshape:
        let source = elements[node.operands[0]]
        elements[index] = .init(root: source.root, offset: source.offset, shape: node.shape)
        continue
      case .slice(let starts, let steps):
        let operand = graph.nodes[node.operands[0]]
        if let offset = contiguousOffset(starts, steps, node.shape, in: operand.shape) {
          let source = elements[node.operands[0]]
          elements[index] = .init(
            root: source.root, offset: source.offset + offset, shape: node.shape)
          continue
        }
      default: break
      }
      places[index] = members.count
      members.append(index)
      let key = Key(operation: node.operation, shape: node.shape)
      keys.append(known[key] ?? known.count)
      known[key] = keys.last!
    }
    self.keys = keys
    var shapes: [[Int]: Int] = [:]
    var tokens: [Token] = []
    var starts = [0]
    for member in members {
      for operand in graph.nodes[member].operands {
        let element = elements[operand]
        let shape = shapes[element.shape] ?? shapes.count
        shapes[element.shape] = shape
        tokens.append(
          Token(
            root: element.root, position: places[element.root],
            isConstant: graph.constant(element.root) != nil, offset: element.offset, shape: shape))
      }
      starts.append(tokens.count)
    }
    (self.tokens, self.starts) = (tokens, starts)
  }

  /// The place of a node among the members; nil for an input, a constant or a view.
  func position(of node: Int) -> Int? { places[node] < 0 ? nil : places[node] }

  private struct Key: Hashable {
    let operation: Operation
    let shape: [Int]
  }

  /// Loops that do not overlap, in their order; the longest stretches come first.
  func loops() -> [Loop] {
    var found: [Loop] = []
    var free = [0..<members.count]
    while let stretch = free.popLast() {
      guard let loop = longestLoop(in: stretch).map({ extended($0, within: stretch) }) else {
        continue
      }
      found.append(loop)
      let end = loop.start + loop.period * loop.count
      free.append(stretch.lowerBound..<loop.start)
      free.append(end..<stretch.upperBound)
    }
    return found.sorted { $0.start < $1.start }
  }

  /// At least this many iterations; fewer save nothing.
  private static let fewest = 4
  private static let longestPeriod = 256

  private func longestLoop(in stretch: Range<Int>) -> Loop? {
    var best: Loop?
    var bestLength = 0
    guard stretch.count >= 2 * Self.fewest else { return nil }
    for period in 1...min(Self.longestPeriod, stretch.count / Self.fewest) {
      var run = 0
      func consider(_ end: Int) {
        // `run` operations before `end` are as those one period later.
        let count = run / period + 1
        let length = count * period
        if count >= Self.fewest, length > bestLength,
          let loop = loop(start: end - run, period: period, count: count)
        {
          let covered = loop.count * period
          if covered > bestLength { (best, bestLength) = (loop, covered) }
        }
      }
      for position in stretch.lowerBound..<(stretch.upperBound - period) {
        if keys[position] == keys[position + period], matches(position, position + period) {
          run += 1
        } else {
          consider(position)
          run = 0
        }
      }
      consider(stretch.upperBound - period)
      // No longer period covers more than twice as much.
      if 2 * bestLength > stretch.count { break }
    }
    return best
  }

  /// With the iteration before, if that differs only in what it takes for the iteration before it: a sum that
  /// starts with zero.
  private func extended(_ loop: Loop, within stretch: Range<Int>) -> Loop {
    let start = loop.start - loop.period
    guard start >= stretch.lowerBound else { return loop }
    for body in 0..<loop.period {
      guard keys[start + body] == keys[loop.start + body] else { return loop }
      let (own, next) = (starts[start + body], starts[loop.start + body])
      for (k, source) in loop.body[body].enumerated() {
        let (first, second) = (tokens[own + k], tokens[next + k])
        guard first.shape == second.shape else { return loop }
        switch source {
        case .constants: if !first.isConstant { return loop }
        case .outside:
          guard first.root == second.root, first.offset == second.offset, first.position < start
          else { return loop }
        case .indexed:
          guard first.root == second.root, first.position < start else { return loop }
        case .inside(_, let distance, _):
          if distance == 0 {
            guard first.position == second.position - loop.period, first.offset == second.offset
            else { return loop }
          } else if first.position >= start || distance > 1 && first.position < 0 {
            return loop
          }
        }
      }
    }
    return Loop(start: start, period: loop.period, count: loop.count + 1, body: loop.body)
  }

  /// Whether two operations may be the same one of two iterations, by their operands.
  private func matches(_ first: Int, _ second: Int) -> Bool {
    let (a, b) = (starts[first], starts[second])
    for k in 0..<starts[first + 1] - a {
      let (p, q) = (tokens[a + k], tokens[b + k])
      guard p.shape == q.shape else { return false }
      if p.root == q.root { continue }
      if p.position < 0 || q.position < 0 {
        guard p.isConstant, q.isConstant else { return false }
      } else if first - p.position != second - q.position || p.offset != q.offset {
        return false
      }
    }
    return true
  }

  private func isConstant(_ index: Int) -> Bool { graph.constant(index) != nil }

  /// The loop with as many of these iterations as have the same kinds of operands throughout.
  private func loop(start: Int, period: Int, count: Int) -> Loop? {
    var count = count
    var body: [[Loop.Source]] = []
    for offset in 0..<period {
      var sources: [Loop.Source] = []
      for k in graph.nodes[members[start + offset]].operands.indices {
        func element(_ iteration: Int) -> Loop.Element {
          elements[graph.nodes[members[start + iteration * period + offset]].operands[k]]
        }
        func inside(_ iteration: Int) -> Int? {
          position(of: element(iteration).root).map { start + iteration * period + offset - $0 }
        }
        let (first, last) = (element(0), element(count - 1))
        let source: Loop.Source
        let holds: (Int) -> Bool
        if isConstant(first.root) {
          source = .constants
          holds = { isConstant(element($0).root) }
        } else if first.root == element(1).root {
          // The root must come before the loop.
          if let position = position(of: first.root), position >= start { return nil }
          source = .outside(first)
          holds = { element($0).root == first.root }
        } else {
          guard let delta = inside(1), delta > 0 else { return nil }
          let place = offset - delta
          let distance = place >= 0 ? 0 : (-place + period - 1) / period
          source = .inside(
            body: place + distance * period, distance: distance,
            .init(root: 0, offset: last.offset, shape: last.shape))
          holds = { inside($0) == delta }
        }
        if let wrong = (0..<count).first(where: { !holds($0) }) { count = wrong }
        if count < Self.fewest { return nil }
        sources.append(source)
      }
      body.append(sources)
    }
    // What was computed so many iterations before must have been within the loop at least once.
    for case .inside(_, let distance, _) in body.joined() where distance >= count { return nil }
    // Which of those from outside stay at one place is known only now.
    for offset in body.indices {
      for (k, source) in body[offset].enumerated() {
        guard case .outside(let first) = source else { continue }
        let stays = (0..<count).allSatisfy { iteration in
          let node = graph.nodes[members[start + iteration * period + offset]]
          return elements[node.operands[k]].offset == first.offset
        }
        if !stays { body[offset][k] = .indexed(root: first.root) }
      }
    }
    // Lanes are the inner axis: what has more elements than lanes is a vector already.
    for position in start..<start + period where graph.nodes[members[position]].count > count {
      return nil
    }
    return Loop(start: start, period: period, count: count, body: body)
  }
}
