internal import CKernels

/// What has to be done for each node of a graph, and in which order: elementwise work on many elements
/// is gathered into groups, which the machine does run by run, so that what lies between stays in the
/// first-level cache.
struct Schedule {
  /// How a step reads an operand.
  enum Access {
    /// Element for element.
    case each
    /// One element for all.
    case scalar
    /// The same run of elements for each run of the result.
    case row
    /// One element for each run of the result.
    case column
    /// Eight elements, again and again.
    case lanes
    /// As the operation needs it.
    case whole
  }

  struct Operand {
    let node: Int
    let access: Access
  }

  enum Work {
    /// Nothing is done: an input, a constant, or another view of an operand.
    case none
    /// An operation of the machine on one element after the other.
    case elementwise(ck_operation)
    /// One that puts elements together: all of them, those of each run, or those in one place of all runs.
    case reduction(ck_operation, isByRun: Bool)
    /// Steps that need their operands as a whole.
    case whole
    /// An instruction outside the machine.
    case instruction
    /// Done by the node that reads it.
    case absorbed
  }

  struct Job {
    var work: Work
    var operands: [Operand]
    /// The number of elements it runs over, and how many in a row where that matters.
    var total: Int
    var run: Int?
  }

  /// Jobs that are done together, run by run; one alone has no run.
  struct Unit {
    var nodes: [Int]
    var total = 0
    var run: Int?
  }

  /// Units that are done together for some rows at a time: what a product of long matrices leaves is read
  /// while it still is in the second-level cache.
  struct Repetition {
    let units: Range<Int>
    /// All rows, and those of one time.
    let rows, block: Int
  }

  /// Elements in a row where nothing else decides: 2 KB, of which several arrays fit into the cache.
  static let block = 256

  let graph: Graph
  /// The matrix product that a sum of one and a row carries out.
  private(set) var products: [Int: Int] = [:]
  private(set) var jobs: [Job] = []
  private(set) var units: [Unit] = []
  private(set) var repetitions: [Repetition] = []
  /// The nodes that read each.
  private(set) var readers: [[Int]] = []
  /// The node and element where the memory of a node begins: another one's for a view.
  private(set) var roots: [(node: Int, offset: Int)] = []

  init(_ graph: Graph) {
    self.graph = graph
    let nodes = graph.nodes
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for root in graph.roots { isNeeded[root] = true }
    jobs = nodes.map { _ in Job(work: .none, operands: [], total: 0) }
    for index in nodes.indices.reversed() where isNeeded[index] {
      jobs[index] = job(of: index)
      for operand in jobs[index].operands { isNeeded[operand.node] = true }
    }
    readers = nodes.map { _ in [] }
    for index in nodes.indices {
      for operand in jobs[index].operands { readers[operand.node].append(index) }
    }
    absorbProducts()
    for index in nodes.indices {
      if let offset = viewOffset(of: index), isNeeded[index] {
        let source = roots[nodes[index].operands[0]]
        roots.append((source.node, source.offset + offset))
      } else {
        roots.append((index, 0))
      }
    }
    order()
    repeatByRows()
  }

  // MARK: What is to be done

  private func job(of index: Int) -> Job {
    let node = graph.nodes[index]
    let whole = node.operands.map { Operand(node: $0, access: .whole) }
    let instruction = Job(work: .instruction, operands: whole, total: node.count)
    switch node.operation {
    case .input, .constant: return Job(work: .none, operands: [], total: node.count)
    case .map(let function):
      guard let code = function.code else { return instruction }
      return elementwise(code, node.operands, node.shape)
    case .combine(let function): return elementwise(function.code, node.operands, node.shape)
    case .select: return elementwise(CK_SELECT, node.operands, node.shape)
    case .broadcast:
      let source = graph.nodes[node.operands[0]].shape
      guard let (access, run) = pattern(of: source, in: node.shape) else {
        return Job(work: .whole, operands: whole, total: node.count)
      }
      return Job(
        work: .elementwise(CK_IDENTITY), operands: [.init(node: node.operands[0], access: access)],
        total: node.count, run: run)
    case .sum(let axis): return reduction(CK_SUM, axis, node) ?? instruction
    case .maximum(let axis): return reduction(CK_LARGEST, axis, node) ?? instruction
    case .logSumExp: return Job(work: .whole, operands: whole, total: node.count)
    case .cumulativeSum(let axis, _):
      let (outer, extent, inner) = split(node.shape, at: axis)
      guard outer == 1, inner == 1, extent > 0 else { return instruction }
      return Job(work: .whole, operands: whole, total: node.count)
    case .linearRecurrence:
      guard node.count > 0 else { return instruction }
      let coefficients =
        graph.repeatedScalar(node.operands[0]).map { Operand(node: $0, access: .scalar) }
        ?? whole[0]
      return Job(work: .whole, operands: [coefficients, whole[1]], total: node.count)
    case .reshape, .stopGradient:
      return Job(work: .none, operands: whole, total: node.count)
    case .slice:
      return Job(
        work: viewOffset(of: index) == nil ? .whole : .none, operands: whole, total: node.count)
    case .transpose, .gather, .embed, .scatterAdd:
      return Job(work: .whole, operands: whole, total: node.count)
    case .concatenate(let axis):
      return split(node.shape, at: axis).outer == 1
        ? Job(work: .whole, operands: whole, total: node.count) : instruction
    case .matrixProduct(let transposesLeft, _):
      let left = graph.nodes[node.operands[0]].shape
      guard left[left.count - (transposesLeft ? 2 : 1)] > 0, node.count > 0 else {
        return instruction
      }
      return Job(work: .whole, operands: whole, total: node.count)
    case .cholesky, .triangularSolve:
      return Job(work: .whole, operands: whole, total: node.count)
    case .scalarCurvature, .hiddenMarkov: return instruction
    case .scalarFunction:
      // The only instruction that reads repeated elements where they lie.
      let operands = node.operands.map { operand -> Operand in
        guard case .broadcast = graph.nodes[operand].operation else {
          return Operand(node: operand, access: .whole)
        }
        let source = graph.nodes[operand].operands[0]
        let isSimple =
          pattern(of: graph.nodes[source].shape, in: graph.nodes[operand].shape) != nil
        return Operand(node: isSimple ? source : operand, access: .whole)
      }
      return Job(work: .instruction, operands: operands, total: node.count)
    }
  }

  /// Operands repeated along axes are read where they lie, if the patterns of all fit together.
  private func elementwise(_ code: ck_operation, _ operands: [Int], _ shape: [Int]) -> Job {
    var job = Job(work: .elementwise(code), operands: [], total: shape.reduce(1, *))
    for operand in operands {
      if case .broadcast = graph.nodes[operand].operation {
        let source = graph.nodes[operand].operands[0]
        if let (access, run) = pattern(of: graph.nodes[source].shape, in: shape),
          run == nil || job.run == nil || run == job.run
        {
          var joint = job
          joint.run = job.run ?? run
          joint.operands.append(Operand(node: source, access: access))
          // Otherwise it is written out.
          if joint.fits(run: joint.run) {
            job = joint
            continue
          }
        }
      }
      job.operands.append(Operand(node: operand, access: .each))
    }
    return job
  }

  /// How the elements of a source are read for its broadcast form; nil where the pattern is another one.
  private func pattern(of source: [Int], in target: [Int]) -> (Access, run: Int?)? {
    let total = target.reduce(1, *)
    let count = source.reduce(1, *)
    if count == total { return (.each, nil) }
    if count == 1 { return (.scalar, nil) }
    let padded = [Int](repeating: 1, count: target.count - source.count) + source
    // Ones, then whole axes, then ones.
    let first = padded.firstIndex { $0 != 1 }!
    let last = padded.lastIndex { $0 != 1 }!
    guard count > 0, (first...last).allSatisfy({ padded[$0] == target[$0] }) else { return nil }
    let times = target[(last + 1)...].reduce(1, *)
    if times == 1 { return count == 8 ? (.lanes, nil) : (.row, count) }
    return count * times == total ? (.column, times) : nil
  }

  private func reduction(_ code: ck_operation, _ axis: Int, _ node: Trace.Node) -> Job? {
    let (outer, extent, inner) = split(graph.nodes[node.operands[0]].shape, at: axis)
    let operands = [Operand(node: node.operands[0], access: .each)]
    let total = outer * extent * inner
    if total == 0 { return nil }
    if outer == 1, inner == 1 {
      return Job(work: .reduction(code, isByRun: false), operands: operands, total: total)
    }
    if inner == 1 {
      return Job(
        work: .reduction(code, isByRun: true), operands: operands, total: total, run: extent)
    }
    guard outer == 1 else { return nil }
    // Many short rows are summed in registers.
    if code == CK_SUM, inner < Self.block / 2, total > Self.block {
      return Job(work: .whole, operands: operands, total: total)
    }
    let rows = code == CK_SUM ? CK_SUM_ROWS : CK_LARGEST_ROWS
    return Job(
      work: .reduction(rows, isByRun: false), operands: operands, total: total, run: inner)
  }

  /// Where the memory of a node begins in that of its operand; nil if it has memory of its own.
  private func viewOffset(of index: Int) -> Int? {
    let node = graph.nodes[index]
    switch node.operation {
    case .reshape, .stopGradient: return 0
    case .slice(let starts, let steps):
      return contiguousOffset(
        starts, steps, node.shape, in: graph.nodes[node.operands[0]].shape)
    default: return nil
    }
  }

  // MARK: Products that the reader carries out

  /// A product that only one sum or one addition reads is part of that.
  private mutating func absorbProducts() {
    for index in jobs.indices {
      if absorbMatrixProduct(index) { continue }
      switch jobs[index].work {
      case .reduction(CK_SUM, let isByRun):
        guard let factors = absorbable(jobs[index].operands[0], jobs[index]) else { continue }
        absorb(0, of: index, factors, as: .reduction(CK_DOT, isByRun: isByRun))
      case .elementwise(CK_MULTIPLY):
        // A product with the reciprocal that nobody else reads is a quotient.
        for k in 0...1 {
          guard jobs[index].operands.count == 2,
            let divisor = absorbable(jobs[index].operands[k], jobs[index], [CK_RECIPROCAL])
          else { continue }
          if k == 0 { jobs[index].operands.swapAt(0, 1) }
          absorb(1, of: index, divisor, as: .elementwise(CK_DIVIDE))
          break
        }
      case .elementwise(let code) where code == CK_ADD || code == CK_SUBTRACT:
        if let factors = absorbable(jobs[index].operands[0], jobs[index]) {
          absorb(
            0, of: index, factors,
            as: .elementwise(code == CK_ADD ? CK_MULTIPLY_ADD : CK_MULTIPLY_SUBTRACT))
        } else if let factors = absorbable(jobs[index].operands[1], jobs[index]) {
          jobs[index].operands.swapAt(0, 1)
          absorb(
            0, of: index, factors,
            as: .elementwise(code == CK_ADD ? CK_MULTIPLY_ADD : CK_SUBTRACT_PRODUCT))
        }
      default: break
      }
    }
  }

  /// A product of matrices to which a row is added begins with that row.
  private mutating func absorbMatrixProduct(_ index: Int) -> Bool {
    guard case .elementwise(CK_ADD) = jobs[index].work else { return false }
    let operands = jobs[index].operands
    for k in 0...1 {
      let product = operands[k].node
      guard case .each = operands[k].access, case .whole = jobs[product].work,
        case .matrixProduct = graph.nodes[product].operation,
        graph.nodes[product].shape.count == 2,
        graph.nodes[product].shape == graph.nodes[index].shape,
        readers[product].count == 1, !graph.roots.contains(product)
      else { continue }
      let row = operands[1 - k]
      let width = graph.nodes[row.node].count
      guard width == graph.nodes[product].shape[1] else { continue }
      switch row.access {
      case .row: break
      case .scalar where width == 1: break
      default: continue
      }
      let factors = jobs[product].operands
      products[index] = product
      jobs[index] = Job(
        work: .whole, operands: factors + [Operand(node: row.node, access: .whole)],
        total: jobs[index].total)
      handOver(product, to: index, factors)
      return true
    }
    return false
  }

  /// The job of an operand that only this reader reads, if it is one of those, with its factors.
  private func absorbable(
    _ operand: Operand, _ reader: Job, _ codes: [ck_operation] = [CK_MULTIPLY, CK_SQUARE]
  ) -> Job? {
    guard operand.access == .each, readers[operand.node].count == 1,
      !graph.roots.contains(operand.node)
    else { return nil }
    let job = jobs[operand.node]
    guard case .elementwise(let code) = job.work, job.total == reader.total,
      job.run == nil || reader.run == nil || job.run == reader.run, job.fits(run: reader.run),
      reader.fits(run: job.run)
    else { return nil }
    guard codes.contains(code) else { return nil }
    if code != CK_SQUARE { return job }
    var product = job
    product.operands.append(job.operands[0])
    return product
  }

  private mutating func absorb(_ k: Int, of index: Int, _ factors: Job, as work: Work) {
    let product = jobs[index].operands[k].node
    jobs[index].operands.replaceSubrange(k...k, with: factors.operands)
    jobs[index].run = jobs[index].run ?? factors.run
    jobs[index].work = work
    handOver(product, to: index, factors.operands)
  }

  /// The reader of a product reads its factors from now on.
  private mutating func handOver(_ product: Int, to reader: Int, _ factors: [Operand]) {
    for factor in Set(factors.map(\.node)) { readers[factor].removeAll { $0 == product } }
    for factor in factors { readers[factor.node].append(reader) }
    jobs[product] = Job(work: .absorbed, operands: [], total: 0)
  }

  // MARK: Order

  private mutating func order() {
    var isDone = jobs.map { job -> Bool in
      switch job.work {
      case .none, .absorbed: true
      default: false
      }
    }
    for index in jobs.indices where !isDone[index] {
      guard isGrouped(jobs[index]) else {
        isDone[index] = true
        units.append(Unit(nodes: [index]))
        continue
      }
      var unit = Unit(nodes: [], total: jobs[index].total)
      var members: Set<Int> = []
      // Later nodes may come forward if all they read is there; a whole operand must be complete.
      for next in index..<min(index + 2_000, jobs.count) where !isDone[next] {
        let job = jobs[next]
        guard isGrouped(job), job.total == unit.total,
          job.run == nil || unit.run == nil || job.run == unit.run,
          job.fits(run: job.run ?? unit.run),
          unit.nodes.allSatisfy({ jobs[$0].fits(run: job.run) }),
          job.operands.allSatisfy({ operand in
            let root = roots[operand.node]
            if members.contains(root.node) {
              return operand.access == .each && root.offset == 0 && jobs[root.node].isElementwise
                && jobs[root.node].total == unit.total
            }
            return isDone[root.node]
          })
        else { continue }
        unit.run = unit.run ?? job.run
        unit.nodes.append(next)
        members.insert(next)
        if unit.nodes.count == 2_000 { break }
      }
      for node in unit.nodes { isDone[node] = true }
      unit.run = unit.run ?? Self.block
      units.append(unit)
    }
  }

  private func isGrouped(_ job: Job) -> Bool {
    switch job.work {
    case .elementwise, .reduction: job.run != nil || job.total > Self.block
    default: false
    }
  }
}

// MARK: Rows at a time

extension Schedule {
  /// Fewer rows are not worth it, and so many elements of an array are done at a time.
  private static let fewestRows = 512
  private static let elementsAtATime = 6_144
  private static let mostSteps = 200

  /// How an operand of a job goes along with rows: by so many elements a row, or not at all.
  private enum Movement: Equatable {
    case fixed
    case byRow(Int)
  }

  /// Puts units together that go along the same rows, where a product of matrices is among them.
  fileprivate mutating func repeatByRows() {
    var lengths: [Int] = []
    for unit in units {
      for node in unit.nodes {
        if let rows = productRows(node), rows >= Self.fewestRows, !lengths.contains(rows) {
          lengths.append(rows)
        }
      }
    }
    for rows in lengths { repeatUnits(along: rows) }
  }

  /// The long extent of a product: of its rows, or of what it sums over.
  private func productRows(_ node: Int) -> Int? {
    guard let product = matrixProduct(node) else { return nil }
    return product.transposesLeft
      ? graph.nodes[product.left].shape[0] : graph.nodes[product.node].shape[0]
  }

  /// A product of two matrices that a node stands for.
  private func matrixProduct(
    _ node: Int
  ) -> (node: Int, left: Int, right: Int, transposesLeft: Bool)? {
    guard case .whole = jobs[node].work else { return nil }
    let product = products[node] ?? node
    guard case .matrixProduct(let left, let right) = graph.nodes[product].operation,
      graph.nodes[product].shape.count == 2, !(left && right)
    else { return nil }
    let operands = graph.nodes[product].operands
    return (product, operands[0], operands[1], left)
  }

  /// How the operands and the result of a node move along so many rows; nil if it cannot be done for some
  /// rows alone. A result that is fixed is a sum over all rows.
  private func movements(of node: Int, along rows: Int) -> (operands: [Movement], result: Movement)?
  {
    let job = jobs[node]
    func width(_ count: Int) -> Movement? {
      count > 0 && count % rows == 0 ? .byRow(count / rows) : nil
    }
    func each() -> [Movement]? {
      var list: [Movement] = []
      for operand in job.operands {
        switch operand.access {
        case .each:
          guard let own = width(job.total) else { return nil }
          list.append(own)
        case .scalar, .lanes, .row: list.append(.fixed)
        case .column:
          guard job.total / job.run! == rows else { return nil }
          list.append(.byRow(1))
        case .whole: return nil
        }
      }
      return list
    }
    switch job.work {
    case .elementwise:
      guard let own = width(job.total), let operands = each(),
        job.run.map({ job.total / $0 % rows == 0 }) ?? true
      else { return nil }
      return (operands, own)
    case .reduction(_, let isByRun):
      guard let operands = each() else { return nil }
      guard isByRun else {
        return job.run.map({ job.total / $0 % rows == 0 }) ?? true ? (operands, .fixed) : nil
      }
      return width(job.total / job.run!).map { (operands, $0) }
    case .whole:
      if case .sum = graph.nodes[node].operation {
        let count = graph.nodes[graph.nodes[node].operands[0]].count
        guard count / graph.nodes[node].count % rows == 0 else { return nil }
        return width(count).map { ([$0], .fixed) }
      }
      if case .logSumExp(let axis) = graph.nodes[node].operation {
        let source = graph.nodes[graph.nodes[node].operands[0]]
        guard split(source.shape, at: axis).outer % rows == 0 else { return nil }
        guard let own = width(source.count), let result = width(graph.nodes[node].count) else {
          return nil
        }
        return ([own], result)
      }
      guard let product = matrixProduct(node), productRows(node) == rows else { return nil }
      let left = Movement.byRow(graph.nodes[product.left].count / rows)
      if product.transposesLeft {
        // A row that it begins with may still be summed up.
        guard products[node] == nil else { return nil }
        return ([left, .byRow(graph.nodes[product.right].count / rows)], .fixed)
      }
      return (
        [left] + jobs[node].operands.dropFirst().map { _ in .fixed },
        .byRow(graph.nodes[product.node].shape[1])
      )
    default: return nil
    }
  }

  private mutating func repeatUnits(along rows: Int) {
    let taken = Set(repetitions.flatMap { Array($0.units) })
    guard
      let seed = units.indices.first(where: { unit in
        !taken.contains(unit) && units[unit].nodes.count == 1
          && productRows(units[unit].nodes[0]) == rows
          && movements(of: units[unit].nodes[0], along: rows) != nil
      }), taken.isEmpty
    else { return }
    // What is there before: inputs, constants, and the units up to the first.
    var isDone = jobs.map { job -> Bool in
      switch job.work {
      case .none, .absorbed: true
      default: false
      }
    }
    for unit in units[..<seed] { for node in unit.nodes { isDone[node] = true } }
    var moving: Set<Int> = []
    var summed: Set<Int> = []
    var members: [Int] = []
    var before: [Int] = []
    var steps = 0
    var widest = 1
    for unit in seed..<units.count {
      var inside: Set<Int> = moving
      var own: [Int] = []
      let fits = units[unit].nodes.allSatisfy { node in
        guard let (operands, result) = movements(of: node, along: rows) else { return false }
        let areThere = zip(jobs[node].operands, operands).allSatisfy { operand, movement in
          let root = roots[operand.node]
          if inside.contains(root.node) {
            return movement != .fixed && root.offset == 0
              && graph.nodes[root.node].count == graph.nodes[operand.node].count
          }
          return isDone[root.node] && !summed.contains(root.node)
        }
        if case .byRow = result { inside.insert(node) } else { own.append(node) }
        return areThere
      }
      guard fits, steps + units[unit].nodes.count + 1 <= Self.mostSteps else {
        // What needs nothing of these rows comes before them, for those that need it.
        let isIndependent = units[unit].nodes.allSatisfy { node in
          jobs[node].operands.allSatisfy { operand in
            let root = roots[operand.node].node
            return isDone[root] || units[unit].nodes.contains(root)
          }
        }
        if isIndependent {
          before.append(unit)
          for node in units[unit].nodes { isDone[node] = true }
        }
        continue
      }
      moving = inside
      summed.formUnion(own)
      members.append(unit)
      steps += units[unit].nodes.count + 1
      for node in units[unit].nodes {
        if case .byRow(let width)? = movements(of: node, along: rows)?.result {
          widest = max(widest, width)
        }
      }
    }
    // Alone a product gains nothing, and what is small is in the cache anyway.
    guard members.count > 2, rows * widest > 4 * Self.elementsAtATime else { return }
    let others = (seed..<units.count).filter { !members.contains($0) && !before.contains($0) }
    let order = before + members + others
    units = Array(units[..<seed]) + order.map { units[$0] }
    let first = seed + before.count
    repetitions.append(
      Repetition(
        units: first..<first + members.count, rows: rows,
        block: min(rows, max(16, Self.elementsAtATime / widest / 8 * 8))))
  }

  /// The repetition that a unit belongs to.
  func repetition(of unit: Int) -> Repetition? {
    repetitions.first { $0.units.contains(unit) }
  }

  /// How far the operands and the result of a node are from one time to the next.
  func advances(
    of node: Int, in repetition: Repetition, rows: Int
  ) -> (operands: [Int], result: Int) {
    let (operands, result) = movements(of: node, along: repetition.rows)!
    func elements(_ movement: Movement) -> Int {
      if case .byRow(let width) = movement { width * rows } else { 0 }
    }
    return (operands.map(elements), elements(result))
  }
}

extension Schedule.Job {
  var isElementwise: Bool { if case .elementwise = work { true } else { false } }

  /// Whether its operands can be read in runs of that length: eight elements again and again begin with the
  /// first in each.
  func fits(run: Int?) -> Bool {
    guard let run, run % 8 != 0 else { return true }
    return !operands.contains { if case .lanes = $0.access { true } else { false } }
  }
}

/// Where a slice begins, if its elements lie one after the other.
func contiguousOffset(
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

extension UnaryFunction {
  /// As the machine knows it.
  fileprivate var code: ck_operation? {
    switch self {
    case .negate: CK_NEGATE
    case .absolute: CK_ABSOLUTE
    case .sign: CK_SIGN
    case .square: CK_SQUARE
    case .reciprocal: CK_RECIPROCAL
    case .squareRoot: CK_SQUARE_ROOT
    case .exp: CK_EXP
    case .expMinusOne: CK_EXPM1
    case .log: CK_LOG
    case .logOnePlus: CK_LOG1P
    case .sin: CK_SIN
    case .cos: CK_COS
    case .tan: CK_TAN
    case .asin: CK_ASIN
    case .acos: CK_ACOS
    case .atan: CK_ATAN
    case .sinh: CK_SINH
    case .cosh: CK_COSH
    case .tanh: CK_TANH
    case .asinh: CK_ASINH
    case .acosh: CK_ACOSH
    case .atanh: CK_ATANH
    case .logistic: CK_LOGISTIC
    case .softplus: CK_SOFTPLUS
    case .logOneMinusExp: CK_LOG1MEXP
    case .erf: CK_ERF
    case .erfc: CK_ERFC
    case .logGamma: CK_LGAMMA
    case .polygamma: nil
    }
  }
}

extension BinaryFunction {
  fileprivate var code: ck_operation {
    switch self {
    case .add: CK_ADD
    case .subtract: CK_SUBTRACT
    case .multiply: CK_MULTIPLY
    case .divide: CK_DIVIDE
    case .power: CK_POWER
    case .minimum: CK_MINIMUM
    case .maximum: CK_MAXIMUM
    case .isLess: CK_LESS
    case .isLessOrEqual: CK_LESS_OR_EQUAL
    case .isEqual: CK_EQUAL
    }
  }
}
