internal import CKernels
internal import LinearAlgebra

/// Compiled operations: instructions over one flat arena, in the order of their execution.
struct Code: Sendable {
  let instructions: [Instruction]
  /// The arena at the start: constants in place, the rest zero.
  let template: [Double]
  /// Where each input lies, by its number.
  let inputs: [Int: Int]
  /// Where each result lies, and its number of elements.
  let results: [(offset: Int, count: Int)]

  /// Optimises what the tensors were computed from, and compiles it.
  init(of tensors: [Tensor], in trace: Trace) {
    self.init(Graph(of: tensors, in: trace).optimized())
  }

  init(_ graph: Graph) {
    let (roots, nodes) = (graph.roots, graph.nodes)
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for root in roots { isNeeded[root] = true }
    var operands = [[(node: Int, reading: Reading)]](repeating: [], count: nodes.count)
    for index in nodes.indices.reversed() where isNeeded[index] {
      operands[index] = readings(of: nodes[index], in: nodes)
      for operand in operands[index] { isNeeded[operand.node] = true }
    }
    var offsets = [Int](repeating: 0, count: nodes.count)
    var arena: [Double] = []
    var list: [Instruction] = []
    var inputs: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() where isNeeded[index] {
      switch node.operation {
      case .reshape, .stopGradient:
        offsets[index] = offsets[node.operands[0]]
        continue
      case .slice(let starts, let steps):
        let source = nodes[node.operands[0]].shape
        if let offset = contiguousOffset(starts, steps, node.shape, in: source) {
          offsets[index] = offsets[node.operands[0]] + offset
          continue
        }
      default: break
      }
      offsets[index] = arena.count
      switch node.operation {
      case .input(let number):
        inputs[number] = arena.count
        arena += [Double](repeating: 0, count: node.count)
      case .constant(let values): arena += values
      default:
        arena += [Double](repeating: 0, count: node.count)
        list.append(
          Instruction(
            node, output: offsets[index],
            operands: operands[index].map {
              .init(offset: offsets[$0.node], shape: nodes[$0.node].shape, reading: $0.reading)
            }))
      }
    }
    instructions = list
    template = arena
    self.inputs = inputs
    results = roots.map { (offsets[$0], nodes[$0].count) }
  }

  func run(_ arena: UnsafeMutablePointer<Double>) {
    for instruction in instructions { instruction.run(arena) }
  }

  /// All results in fresh memory.
  func evaluate(_ values: [Int: [Double]]) -> [[Double]] {
    var arena = template
    return arena.withUnsafeMutableBufferPointer { buffer in
      for (number, elements) in values {
        guard let offset = inputs[number] else { continue }
        for (i, value) in elements.enumerated() { buffer[offset + i] = value }
      }
      if let base = buffer.baseAddress { run(base) }
      return results.map { Array(buffer[$0.offset..<$0.offset + $0.count]) }
    }
  }

  /// The first instruction whose result is not finite.
  func firstNotFinite(_ arena: UnsafeMutablePointer<Double>) -> Instruction? {
    instructions.first { instruction in
      (0..<instruction.count).contains { !arena[instruction.output + $0].isFinite }
    }
  }
}

/// How the elements of an operand are read for those of a result, row-major.
enum Reading: Sendable, Equatable {
  /// One for one.
  case each
  /// Each this many times, then from the start again: element i of the result takes
  /// (i / times) % count.
  case repeated(times: Int)
}

/// The operands of a node; a broadcast one that an elementwise operation can read as it is stands for
/// itself.
private func readings(
  of node: Trace.Node, in nodes: [Trace.Node]
) -> [(node: Int, reading: Reading)] {
  let plain = node.operands.map { (node: $0, reading: Reading.each) }
  let isElementwise: Bool
  switch node.operation {
  case .combine, .scalarFunction: isElementwise = true
  default: isElementwise = false
  }
  guard isElementwise else { return plain }
  var blocks: [Int] = []
  return plain.map { operand in
    guard case .broadcast = nodes[operand.node].operation else { return operand }
    let source = nodes[operand.node].operands[0]
    guard
      let times = repetition(of: nodes[source].shape, in: node.operationShape(nodes)),
      // A run of one length serves both operands of a combination.
      nodes[source].count == 1 || blocks.isEmpty
    else { return operand }
    if nodes[source].count != 1 { blocks.append(times) }
    return (source, .repeated(times: times))
  }
}

extension Trace.Node {
  /// The shape of the elements that an elementwise operation runs over.
  fileprivate func operationShape(_ nodes: [Trace.Node]) -> [Int] {
    if case .scalarFunction = operation { return nodes[operands[0]].shape }
    return shape
  }
}

/// How often in a row each element of a source occurs in its broadcast form; nil where the pattern is
/// another one.
private func repetition(of source: [Int], in target: [Int]) -> Int? {
  let padded = [Int](repeating: 1, count: target.count - source.count) + source
  // Ones, then whole axes, then ones.
  let first = padded.indices.first { padded[$0] != 1 } ?? padded.count
  let last = padded.indices.last { padded[$0] != 1 } ?? -1
  guard first <= last else { return max(1, target.reduce(1, *)) }
  guard (first...last).allSatisfy({ padded[$0] == target[$0] }) else { return nil }
  return target[(last + 1)...].reduce(1, *)
}

/// Where a slice begins, if its elements lie one after the other.
private func contiguousOffset(
  _ starts: [Int], _ steps: [Int], _ shape: [Int], in source: [Int]
) -> Int? {
  // From the first axis that is more than one place on, all must be whole.
  let first = shape.firstIndex { $0 != 1 } ?? shape.count
  guard
    shape.indices.dropFirst(first).allSatisfy({ axis in
      steps[axis] == 1 && (axis == first || shape[axis] == source[axis])
    })
  else { return nil }
  return zip(starts, strides(of: source)).reduce(0) { $0 + $1.0 * $1.1 }
}

/// One operation on the arena. A class, because copies of its arrays' references would take longer than a
/// short operation does.
final class Instruction: Sendable {
  struct Operand: Sendable {
    let offset: Int
    let shape: [Int]
    let count: Int
    let reading: Reading

    init(offset: Int, shape: [Int], reading: Reading) {
      (self.offset, self.shape, self.reading) = (offset, shape, reading)
      count = shape.reduce(1, *)
    }

    /// Which element the result's element i takes.
    @inline(__always)
    func place(_ i: Int) -> Int {
      switch reading {
      case .each: i
      case .repeated(let times): count == 1 ? 0 : i / times % count
      }
    }
  }

  let operation: Operation
  let operands: [Operand]
  let output: Int
  let shape: [Int]
  let count: Int
  let site: Site?
  /// For what moves elements: where each of them comes from or goes to.
  private let places: [Int]

  init(_ node: Trace.Node, output: Int, operands: [Operand]) {
    (operation, shape, count, site) = (node.operation, node.shape, node.count, node.site)
    (self.output, self.operands) = (output, operands)
    switch node.operation {
    case .broadcast: places = broadcastPlaces(from: operands[0].shape, to: node.shape)
    case .transpose(let order):
      let steps = strides(of: operands[0].shape)
      places = Differentiation.places(node.shape, strides: order.map { steps[$0] })
    case .slice(let starts, let steps):
      let source = strides(of: operands[0].shape)
      places = Differentiation.places(
        node.shape, strides: zip(source, steps).map { $0 * $1 },
        from: zip(source, starts).reduce(0) { $0 + $1.0 * $1.1 })
    case .embed(let starts, let steps):
      let target = strides(of: node.shape)
      places = Differentiation.places(
        operands[0].shape, strides: zip(target, steps).map { $0 * $1 },
        from: zip(target, starts).reduce(0) { $0 + $1.0 * $1.1 })
    default: places = []
    }
  }

  func run(_ arena: UnsafeMutablePointer<Double>) {
    let y = arena + output
    func operand(_ k: Int) -> UnsafeMutablePointer<Double> { arena + operands[k].offset }
    switch operation {
    case .input, .constant, .reshape, .stopGradient: break
    case .map(let function): function.evaluate(operand(0), into: y, count: count)
    case .combine(let function): combine(function, operand(0), operand(1), y)
    case .select:
      let (condition, a, b) = (operand(0), operand(1), operand(2))
      for i in 0..<count { y[i] = condition[i] != 0 ? a[i] : b[i] }
    case .broadcast, .transpose, .slice:
      let x = operand(0)
      if operands[0].count == 1 {
        y.update(repeating: x[0], count: count)
      } else {
        places.withUnsafeBufferPointer { places in for i in 0..<count { y[i] = x[places[i]] } }
      }
    case .embed:
      let x = operand(0)
      y.update(repeating: 0, count: count)
      places.withUnsafeBufferPointer { places in
        for i in places.indices { y[places[i]] = x[i] }
      }
    case .sum(let axis): reduce(axis, operand(0), y, from: 0) { $0 + $1 }
    case .maximum(let axis):
      reduce(axis, operand(0), y, from: -.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
    case .cumulativeSum(let axis, let isReversed):
      let x = operand(0)
      let (outer, extent, inner) = split(shape, at: axis)
      for o in 0..<outer {
        for i in 0..<inner {
          var sum = 0.0
          for k in 0..<extent {
            let place = (o * extent + (isReversed ? extent - 1 - k : k)) * inner + i
            sum += x[place]
            y[place] = sum
          }
        }
      }
    case .gather(let axis, let indices):
      let x = operand(0)
      let (outer, extent, inner) = split(operands[0].shape, at: axis)
      for o in 0..<outer {
        for (k, index) in indices.enumerated() {
          (y + (o * indices.count + k) * inner).update(
            from: x + (o * extent + index) * inner, count: inner)
        }
      }
    case .scatterAdd(let axis, let indices):
      let x = operand(0)
      y.update(repeating: 0, count: count)
      let (outer, extent, inner) = split(shape, at: axis)
      for o in 0..<outer {
        for (k, index) in indices.enumerated() {
          let (from, to) = (
            x + (o * indices.count + k) * inner, y + (o * extent + index) * inner
          )
          for i in 0..<inner { to[i] += from[i] }
        }
      }
    case .concatenate(let axis):
      let (outer, extent, inner) = split(shape, at: axis)
      var start = 0
      for k in operands.indices {
        let part = operands[k].shape[axis]
        for o in 0..<outer {
          (y + (o * extent + start) * inner).update(
            from: operand(k) + o * part * inner, count: part * inner)
        }
        start += part
      }
    case .matrixProduct(let transposesLeft, let transposesRight):
      let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
      let left = operands[0].shape
      let inner = left[left.count - (transposesLeft ? 2 : 1)]
      let batch = shape.count == 3 ? shape[0] : 1
      if inner == 0 { y.update(repeating: 0, count: count) }
      for b in 0..<batch where inner > 0 {
        multiply(
          operand(0) + b * rows * inner, transposingLeft: transposesLeft,
          operand(1) + b * inner * columns, transposingRight: transposesRight,
          into: y + b * rows * columns, rows: rows, inner: inner, columns: columns)
      }
    case .cholesky:
      let size = shape[0]
      y.update(from: operand(0), count: count)
      if size > 0, ck_cholesky(y, Int32(size)) != 0 { y.update(repeating: .nan, count: count) }
      for i in 0..<size { for j in i + 1..<max(size, i + 1) { y[i * size + j] = 0 } }
    case .triangularSolve(let isLower, let isTransposed):
      let (size, columns) = (shape[0], shape[1])
      y.update(from: operand(1), count: count)
      if count > 0 {
        ck_solve_triangular_matrix(
          operand(0), isLower ? 1 : 0, isTransposed ? 1 : 0, Int32(size), Int32(columns), y)
      }
    case .scalarFunction(let function, let count): sum(function, count, operand, y)
    case .scalarCurvature(let function, let count): curve(function, count, operand, y)
    }
  }

  private func combine(
    _ function: BinaryFunction, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    switch function {
    case .add: combine(a, b, y) { $0 + $1 }
    case .subtract: combine(a, b, y) { $0 - $1 }
    case .multiply: combine(a, b, y) { $0 * $1 }
    case .divide: combine(a, b, y) { $0 / $1 }
    default: combine(a, b, y) { function($0, $1) }
    }
  }

  /// Run by run: in each an operand either moves on with the result or stays.
  @inline(__always)
  private func combine(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
    _ function: (Double, Double) -> Double
  ) {
    func run(_ operand: Operand) -> (length: Int, stays: Bool) {
      switch operand.reading {
      case .each: (count, false)
      case .repeated(let times):
        operand.count == 1 ? (count, true) : times == 1 ? (operand.count, false) : (times, true)
      }
    }
    let ((first, aStays), (second, bStays)) = (run(operands[0]), run(operands[1]))
    let length = min(first, second)
    for start in stride(from: 0, to: count, by: max(length, 1)) {
      let (p, q, z) = (a + operands[0].place(start), b + operands[1].place(start), y + start)
      switch (aStays, bStays) {
      case (false, false): for i in 0..<length { z[i] = function(p[i], q[i]) }
      case (false, true):
        let q = q[0]
        for i in 0..<length { z[i] = function(p[i], q) }
      case (true, false):
        let p = p[0]
        for i in 0..<length { z[i] = function(p, q[i]) }
      case (true, true):
        let value = function(p[0], q[0])
        for i in 0..<length { z[i] = value }
      }
    }
  }

  @inline(__always)
  private func reduce(
    _ axis: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, from start: Double,
    _ step: (Double, Double) -> Double
  ) {
    let (outer, extent, inner) = split(operands[0].shape, at: axis)
    if inner == 1 {
      for o in 0..<outer {
        var value = start
        for k in 0..<extent { value = step(value, x[o * extent + k]) }
        y[o] = value
      }
      return
    }
    y.update(repeating: start, count: count)
    for o in 0..<outer {
      for k in 0..<extent {
        let row = x + (o * extent + k) * inner
        for i in 0..<inner { y[o * inner + i] = step(y[o * inner + i], row[i]) }
      }
    }
  }

  /// The sum, then the partials `[arity, count]`.
  private func sum(
    _ function: ScalarFunction, _ count: Int, _ operand: (Int) -> UnsafeMutablePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    let arity = function.arity
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * arity) { scratch in
      let arguments = scratch.baseAddress!
      let partials = arguments + arity
      var sum = 0.0
      for i in 0..<count {
        for k in 0..<arity { arguments[k] = operand(k)[operands[k].place(i)] }
        sum += function.evaluate(arguments, partials)
        for k in 0..<arity { y[1 + k * count + i] = partials[k] }
      }
      y[0] = sum
    }
  }

  /// Hessian times direction, by central differences of the partials along it.
  private func curve(
    _ function: ScalarFunction, _ count: Int, _ operand: (Int) -> UnsafeMutablePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    let arity = function.arity
    let directions = operand(0)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * arity) { scratch in
      let arguments = scratch.baseAddress!
      let (above, below) = (arguments + arity, arguments + 2 * arity)
      for i in 0..<count {
        var (length, size) = (0.0, 1.0)
        for k in 0..<arity {
          length = max(length, abs(directions[k * count + i]))
          size = max(size, abs(operand(1 + k)[i]))
        }
        if length == 0 {
          for k in 0..<arity { y[k * count + i] = 0 }
          continue
        }
        let step = 6e-6 * size / length
        for k in 0..<arity { arguments[k] = operand(1 + k)[i] + step * directions[k * count + i] }
        _ = function.evaluate(arguments, above)
        for k in 0..<arity { arguments[k] = operand(1 + k)[i] - step * directions[k * count + i] }
        _ = function.evaluate(arguments, below)
        for k in 0..<arity { y[k * count + i] = (above[k] - below[k]) / (2 * step) }
      }
    }
  }
}
