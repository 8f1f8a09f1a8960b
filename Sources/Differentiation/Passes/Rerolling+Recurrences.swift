extension Rerolling {
  /// An affine function of the iteration before: absent terms are zero, a factor may be one.
  private struct Affine {
    enum Term {
      case zero, one
      case node(Int)
    }
    var factor = Term.zero
    var rest = Term.zero
  }

  /// Scalars of which each is an affine function of one in the iteration before; false if they are not.
  mutating func writeRecurrence(
    _ component: [Int], _ writer: inout LoopWriter, _ end: Int
  ) -> Bool {
    let loop = writer.loop
    // All that is carried from one iteration to the next is one scalar.
    var carried: Int?
    for body in component {
      guard writer.node(body).count == 1 else { return false }
      for case .inside(let source, let distance, _) in loop.body[body]
      where component.contains(source) && distance > 0 {
        guard distance == 1, carried == nil || carried == source else { return false }
        carried = source
      }
    }
    guard let carried else { return false }
    // In the first iteration all of them read one number.
    let starts = firstOperands(carried, component, writer)
    guard starts.allSatisfy({ $0.root == starts[0].root && $0.offset == starts[0].offset }) else {
      return false
    }
    var forms: [Int: Affine] = [:]
    let before = graph
    for body in component.sorted() {
      let operands = loop.body[body].indices.map { k -> Affine in
        if case .inside(let source, let distance, _) = loop.body[body][k],
          component.contains(source)
        {
          return distance == 1 ? Affine(factor: .one) : forms[source]!
        }
        let all = writer.lanes.spread(operand(body, k, &writer), to: &graph)
        return Affine(rest: .node(graph.append(.reshape, [all], shape: [loop.count])))
      }
      guard let form = affine(writer.node(body).operation, operands, loop.count) else {
        graph = before
        return false
      }
      forms[body] = form
    }
    let first = view(starts[0])
    let start = graph.append(.reshape, [first], shape: [1])
    let form = forms[carried]!
    let rest = vector(form.rest, loop.count)
    // Only the last sum is read.
    let isLastAlone = component.allSatisfy { body in
      (0..<loop.count).allSatisfy { iteration in
        let position = loop.start + iteration * loop.period + body
        return readers[position].allSatisfy { reader in
          reader >= end
            ? body == carried && iteration == loop.count - 1
            : component.contains((reader - loop.start) % loop.period)
        }
      }
    }
    if case .one = form.factor, isLastAlone {
      let sum = graph.append(.sum(axis: 0), [rest], shape: [])
      let once = graph.append(.reshape, [start], shape: [])
      let total = graph.append(.combine(.add), [once, sum], shape: [])
      let shape = writer.node(carried).shape
      let last = graph.append(.reshape, [total], shape: shape)
      // The sums before are not read by anyone.
      writer.instances[carried] = [Int](repeating: last, count: loop.count)
      for body in component {
        writer.values[body] = .same(last)
      }
      return true
    }
    let factor = vector(form.factor, loop.count)
    func slice(_ node: Int, _ range: Range<Int>) -> Int {
      graph.append(
        .slice(starts: [range.lowerBound], steps: [1]), [node], shape: [range.count])
    }
    let firstStep = graph.append(
      .combine(.add),
      [
        graph.append(.combine(.multiply), [slice(factor, 0..<1), start], shape: [1]),
        slice(rest, 0..<1),
      ], shape: [1])
    let additions = graph.append(
      .concatenate(axis: 0), [firstStep, slice(rest, 1..<loop.count)], shape: [loop.count])
    let all: Int
    if case .one = form.factor {
      all = graph.append(
        .cumulativeSum(axis: 0, isReversed: false), [additions], shape: [loop.count])
    } else {
      // One factor for all stays one.
      let factors =
        repeatedScalar(factor).map { source in
          graph.append(.broadcast, [source], shape: [loop.count - 1])
        } ?? slice(factor, 1..<loop.count)
      all = graph.append(
        .linearRecurrence(isReversed: false), [factors, additions], shape: [loop.count])
    }
    let previous = graph.append(
      .concatenate(axis: 0), [start, slice(all, 0..<loop.count - 1)], shape: [loop.count])
    for body in component {
      let value: Int
      if body == carried {
        value = all
      } else {
        let form = forms[body]!
        value = graph.append(
          .combine(.add),
          [
            graph.append(
              .combine(.multiply), [vector(form.factor, loop.count), previous],
              shape: [loop.count]),
            vector(form.rest, loop.count),
          ], shape: [loop.count])
      }
      writer.values[body] = .varying(
        graph.append(.reshape, [value], shape: writer.node(body).shape + [loop.count]))
    }
    return true
  }

  /// What the first iteration reads as the one before.
  private func firstOperands(
    _ carried: Int, _ component: [Int], _ writer: LoopWriter
  ) -> [Loop.Element] {
    component.flatMap { body in
      writer.loop.body[body].indices.compactMap { k in
        if case .inside(carried, 1, _) = writer.loop.body[body][k] {
          writer.element(body, k, iteration: 0)
        } else {
          nil
        }
      }
    }
  }

  /// The scalar that a vector repeats, whatever shapes it went through.
  private func repeatedScalar(_ index: Int) -> Int? {
    if case .reshape = graph.nodes[index].operation {
      return repeatedScalar(graph.nodes[index].operands[0])
    }
    return graph.repeatedScalar(index)
  }

  private mutating func vector(_ term: Affine.Term, _ count: Int) -> Int {
    switch term {
    case .node(let index): return index
    case .zero, .one:
      var value = 0.0
      if case .one = term { value = 1 }
      let scalar = graph.append(.constant([value]), shape: [])
      return graph.append(.broadcast, [scalar], shape: [count])
    }
  }

  private mutating func affine(
    _ operation: Operation, _ operands: [Affine], _ lanes: Int
  ) -> Affine? {
    func isZero(_ term: Affine.Term) -> Bool { if case .zero = term { true } else { false } }
    switch operation {
    case .map(.negate):
      return Affine(
        factor: negated(operands[0].factor, lanes), rest: negated(operands[0].rest, lanes))
    case .combine(.add):
      return Affine(
        factor: sum(operands[0].factor, operands[1].factor, lanes),
        rest: sum(operands[0].rest, operands[1].rest, lanes))
    case .combine(.subtract):
      return Affine(
        factor: sum(operands[0].factor, negated(operands[1].factor, lanes), lanes),
        rest: sum(operands[0].rest, negated(operands[1].rest, lanes), lanes))
    case .combine(.multiply):
      let (a, b) =
        isZero(operands[0].factor) ? (operands[1], operands[0]) : (operands[0], operands[1])
      guard isZero(b.factor) else { return nil }
      return Affine(factor: product(a.factor, b.rest, lanes), rest: product(a.rest, b.rest, lanes))
    case .combine(.divide):
      guard isZero(operands[1].factor), case .node(let divisor) = operands[1].rest else {
        return nil
      }
      let inverse = graph.append(
        .map(.reciprocal), [divisor], shape: graph.nodes[divisor].shape)
      return Affine(
        factor: product(operands[0].factor, .node(inverse), lanes),
        rest: product(operands[0].rest, .node(inverse), lanes))
    default: return nil
    }
  }

  private mutating func sum(_ a: Affine.Term, _ b: Affine.Term, _ lanes: Int) -> Affine.Term {
    switch (a, b) {
    case (.zero, _): return b
    case (_, .zero): return a
    default:
      return .node(combined(.add, a, b, lanes))
    }
  }

  private mutating func product(_ a: Affine.Term, _ b: Affine.Term, _ lanes: Int) -> Affine.Term {
    switch (a, b) {
    case (.zero, _), (_, .zero): return .zero
    case (.one, _): return b
    case (_, .one): return a
    default: return .node(combined(.multiply, a, b, lanes))
    }
  }

  private mutating func negated(_ a: Affine.Term, _ lanes: Int) -> Affine.Term {
    switch a {
    case .zero: return .zero
    case .one:
      let scalar = graph.append(.constant([-1]), shape: [])
      return .node(graph.append(.broadcast, [scalar], shape: [lanes]))
    case .node(let index):
      return .node(graph.append(.map(.negate), [index], shape: graph.nodes[index].shape))
    }
  }

  private mutating func combined(
    _ function: BinaryFunction, _ a: Affine.Term, _ b: Affine.Term, _ lanes: Int
  ) -> Int {
    graph.append(
      .combine(function), [vector(a, lanes), vector(b, lanes)], shape: [lanes])
  }
}
