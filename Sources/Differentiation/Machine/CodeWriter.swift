internal import CKernels

/// Writes the steps of a schedule whose nodes have their places.
struct CodeWriter {
  private(set) var steps: [ck_step] = []
  private(set) var tables: [Int32] = []
  private(set) var segments: [Code.Segment] = []

  private let schedule: Schedule
  private let storage: Storage
  private var segmentStart = 0

  init(_ schedule: Schedule, _ storage: Storage) {
    (self.schedule, self.storage) = (schedule, storage)
  }

  mutating func write() {
    var number = 0
    while number < schedule.units.count {
      if let repetition = schedule.repetition(of: number) {
        let times = repetition.rows / repetition.block
        write(repetition, first: 0, rows: repetition.block, times: times)
        let rest = repetition.rows - times * repetition.block
        if rest > 0 {
          write(repetition, first: times * repetition.block, rows: rest, times: 1)
        }
        number = repetition.units.upperBound
      } else {
        write(schedule.units[number])
        number += 1
      }
    }
    closeSegment(with: nil)
  }

  private mutating func write(_ unit: Schedule.Unit) {
    guard let run = unit.run else {
      write(unit.nodes[0])
      return
    }
    steps.append(step(CK_GROUP, count: unit.total, a: Int32(unit.nodes.count), b: Int32(run)))
    for node in unit.nodes { writeElementwise(node) }
  }

  /// Some rows, again and again, from the first one on.
  private mutating func write(
    _ repetition: Schedule.Repetition, first: Int, rows: Int, times: Int
  ) {
    let header = steps.count
    steps.append(step(CK_REPEAT, count: times))
    for number in repetition.units {
      let unit = schedule.units[number]
      var place = steps.count
      write(unit)
      if unit.run != nil {
        steps[place].count = Int32(unit.total / repetition.rows * rows)
        place += 1
      }
      for node in unit.nodes {
        adapt(&steps[place], node, repetition, first: first, rows: rows)
        place += 1
      }
    }
    steps[header].a = Int32(steps.count - header - 1)
  }

  /// A step for all rows becomes one for some of them.
  private func adapt(
    _ step: inout ck_step, _ node: Int, _ repetition: Schedule.Repetition, first: Int, rows: Int
  ) {
    let all = schedule.advances(of: node, in: repetition, rows: 1)
    func moves(_ root: Int) -> Bool {
      !storage.isLocal[schedule.roots[root].node] && !storage.isRowLocal[schedule.roots[root].node]
    }
    let operands = zip(schedule.jobs[node].operands, all.operands).map { operand, width in
      moves(operand.node) ? width : 0
    }
    let width = moves(node) ? all.result : 0
    step.output += Int32(first * width)
    step.output_advance = Int32(rows * width)
    func set(
      _ k: Int, _ place: WritableKeyPath<ck_step, Int32>, _ advance: WritableKeyPath<ck_step, Int32>
    ) {
      guard k < operands.count else { return }
      step[keyPath: place] += Int32(first * operands[k])
      step[keyPath: advance] = Int32(rows * operands[k])
    }
    set(0, \.a, \.a_advance)
    set(1, \.b, \.b_advance)
    set(2, \.c, \.c_advance)
    if all.result == 0 {
      step.flags |= CK_SUMS_UP.rawValue
      if first > 0 { step.flags |= CK_CONTINUES.rawValue }
    }
    // Padding belongs to other rows.
    if step.count % 8 != 0 || Int(step.count) / repetition.rows * rows % 8 != 0 {
      step.flags &= ~CK_OUTPUT_PADDED.rawValue
    }
    switch ck_operation(step.operation) {
    case CK_MATRIX_PRODUCT:
      if step.flags & CK_A_TRANSPOSED.rawValue != 0 {
        step.inner = Int32(rows)
      } else {
        step.rows = Int32(rows)
      }
    case CK_SUM_ALL_ROWS, CK_LOG_SUM_EXP:
      step.rows = step.rows / Int32(repetition.rows) * Int32(rows)
    default: step.count = step.count / Int32(repetition.rows) * Int32(rows)
    }
  }

  private mutating func closeSegment(with instruction: Instruction?) {
    segments.append(.init(steps: segmentStart..<steps.count, instruction: instruction))
    segmentStart = steps.count
  }

  private func place(_ node: Int) -> Int32 { Int32(storage.offset(of: node)) }

  private mutating func write(_ index: Int) {
    let job = schedule.jobs[index]
    switch job.work {
    case .none, .absorbed: break
    case .elementwise, .reduction: writeElementwise(index)
    case .whole: writeWhole(index)
    case .instruction:
      let nodes = schedule.graph.nodes
      let node = nodes[index]
      closeSegment(
        with: Instruction(
          node, output: storage.offset(of: index),
          operands: zip(node.operands, job.operands).map { operand, read in
            .init(
              offset: storage.offset(of: read.node), shape: nodes[read.node].shape,
              times: read.node == operand
                ? nil : repetition(of: nodes[read.node].shape, in: nodes[operand].shape))
          }))
    }
  }

  private mutating func writeElementwise(_ index: Int) {
    let job = schedule.jobs[index]
    let moves = [CK_A_MOVES, CK_B_MOVES, CK_C_MOVES]
    let advances = [CK_A_ADVANCES, CK_B_ADVANCES, CK_C_ADVANCES]
    let scalars = [CK_A_SCALAR, CK_B_SCALAR, CK_C_SCALAR]
    let lanes = [CK_A_LANES, CK_B_LANES, CK_C_LANES]
    var flags: UInt32 = 0
    var places: [Int32] = [0, 0, 0]
    for (k, operand) in job.operands.enumerated() {
      places[k] = place(operand.node)
      switch operand.access {
      case .each, .whole:
        if !storage.isLocal[schedule.roots[operand.node].node] { flags |= moves[k].rawValue }
      case .scalar: flags |= scalars[k].rawValue
      case .lanes: flags |= lanes[k].rawValue
      case .row: break
      case .column: flags |= scalars[k].rawValue | advances[k].rawValue
      }
    }
    let code: ck_operation
    switch job.work {
    case .elementwise(let operation):
      code = operation
      if !storage.isLocal[index] { flags |= CK_OUTPUT_MOVES.rawValue }
      if storage.isPadded(index) { flags |= CK_OUTPUT_PADDED.rawValue }
    case .reduction(let operation, let isByRun):
      code = operation
      if isByRun { flags |= CK_OUTPUT_ADVANCES.rawValue }
    default: return
    }
    steps.append(
      step(
        code, flags, count: job.total, output: place(index), a: places[0], b: places[1],
        c: places[2]))
  }

  private mutating func writeWhole(_ index: Int) {
    let nodes = schedule.graph.nodes
    let node = nodes[index]
    let operands = schedule.jobs[index].operands
    let source = node.operands.first.map { nodes[$0] }
    func gather(_ places: [Int]) { appendTable(places, CK_GATHER, index) }
    func scatter(_ places: [Int]) { appendTable(places, CK_SCATTER_ADD, index) }
    switch node.operation {
    case .broadcast: gather(broadcastPlaces(from: source!.shape, to: node.shape))
    case .transpose(let order):
      let steps = strides(of: source!.shape)
      gather(places(node.shape, strides: order.map { steps[$0] }))
    case .slice(let starts, let steps):
      let strides = strides(of: source!.shape)
      gather(
        places(
          node.shape, strides: zip(strides, steps).map { $0 * $1 },
          from: zip(strides, starts).reduce(0) { $0 + $1.0 * $1.1 }))
    case .gather(let axis, let indices):
      gather(placesOfSlices(source!.shape, axis, indices))
    case .embed(let starts, let steps):
      let strides = strides(of: node.shape)
      scatter(
        places(
          source!.shape, strides: zip(strides, steps).map { $0 * $1 },
          from: zip(strides, starts).reduce(0) { $0 + $1.0 * $1.1 }))
    case .scatterAdd(let axis, let indices):
      scatter(placesOfSlices(node.shape, axis, indices))
    case .concatenate:
      var start = storage.offset(of: index)
      for operand in node.operands {
        let count = nodes[operand].count
        if storage.offset(of: operand) != start, count > 0 {
          steps.append(
            step(CK_IDENTITY, count: count, output: Int32(start), a: place(operand)))
        }
        start += count
      }
    case .logSumExp(let axis):
      let (outer, extent, inner) = split(source!.shape, at: axis)
      steps.append(
        step(
          CK_LOG_SUM_EXP, count: node.count, output: place(index), a: place(node.operands[0]),
          rows: outer, inner: extent, columns: inner))
    case .cumulativeSum(_, let isReversed):
      steps.append(
        step(
          isReversed ? CK_REVERSED_CUMULATIVE_SUM : CK_CUMULATIVE_SUM, count: node.count,
          output: place(index), b: place(node.operands[0])))
    case .linearRecurrence(let isReversed):
      var flags: UInt32 = 0
      if case .scalar = operands[0].access { flags = CK_A_SCALAR.rawValue }
      steps.append(
        step(
          isReversed ? CK_REVERSED_RECURRENCE : CK_RECURRENCE, flags, count: node.shape[0],
          output: place(index), a: place(operands[0].node), b: place(operands[1].node),
          columns: node.shape.dropFirst().reduce(1, *)))
    case .matrixProduct: writeProduct(index, product: node, row: nil)
    case .combine:
      let product = nodes[schedule.products[index]!]
      writeProduct(index, product: product, row: operands[2].node)
    case .sum:
      steps.append(
        step(
          CK_SUM_ALL_ROWS, count: node.count, output: place(index), a: place(node.operands[0]),
          rows: source!.count / node.count, columns: node.count))
    case .cholesky:
      steps.append(
        step(
          CK_CHOLESKY, count: node.count, output: place(index), a: place(node.operands[0]),
          rows: node.shape[0]))
    case .triangularSolve(let isLower, let isTransposed):
      var flags: UInt32 = 0
      if !isLower { flags |= CK_A_UPPER.rawValue }
      if isTransposed { flags |= CK_A_TRANSPOSED.rawValue }
      steps.append(
        step(
          CK_TRIANGULAR_SOLVE, flags, count: node.count, output: place(index),
          a: place(node.operands[0]), b: place(node.operands[1]), rows: node.shape[0],
          columns: node.shape[1]))
    default: preconditionFailure("no step is known for \(node.operation.name)")
    }
  }

  private mutating func writeProduct(_ index: Int, product: Trace.Node, row: Int?) {
    guard case .matrixProduct(let transposesLeft, let transposesRight) = product.operation else {
      return
    }
    let left = schedule.graph.nodes[product.operands[0]].shape
    var flags: UInt32 = 0
    if transposesLeft { flags |= CK_A_TRANSPOSED.rawValue }
    if transposesRight { flags |= CK_B_TRANSPOSED.rawValue }
    if row != nil { flags |= CK_C_ROW.rawValue }
    let shape = product.shape
    steps.append(
      step(
        CK_MATRIX_PRODUCT, flags, count: shape.count == 3 ? shape[0] : 1, output: place(index),
        a: place(product.operands[0]), b: place(product.operands[1]),
        c: row.map { place($0) } ?? 0, rows: shape[shape.count - 2],
        inner: left[left.count - (transposesLeft ? 2 : 1)], columns: shape[shape.count - 1]))
  }

  private mutating func appendTable(_ places: [Int], _ code: ck_operation, _ index: Int) {
    let node = schedule.graph.nodes[index]
    steps.append(
      step(
        code, count: places.count, output: place(index), a: place(node.operands[0]),
        b: Int32(tables.count), c: Int32(node.count)))
    tables += places.map { Int32($0) }
  }

  private func placesOfSlices(_ shape: [Int], _ axis: Int, _ indices: [Int]) -> [Int] {
    let (outer, extent, inner) = split(shape, at: axis)
    return (0..<outer).flatMap { o in
      indices.flatMap { index in (0..<inner).map { (o * extent + index) * inner + $0 } }
    }
  }

  private func step(
    _ code: ck_operation, _ flags: UInt32 = 0, count: Int, output: Int32 = 0, a: Int32 = 0,
    b: Int32 = 0, c: Int32 = 0, rows: Int = 0, inner: Int = 0, columns: Int = 0
  ) -> ck_step {
    ck_step(
      operation: code.rawValue, flags: flags, count: Int32(count), output: output,
      a: a, b: b, c: c, rows: Int32(rows), inner: Int32(inner), columns: Int32(columns),
      output_advance: 0,
      a_advance: 0, b_advance: 0, c_advance: 0)
  }
}

/// How often in a row each element of a source occurs in its broadcast form.
private func repetition(of source: [Int], in target: [Int]) -> Int {
  let padded = [Int](repeating: 1, count: target.count - source.count) + source
  let last = padded.lastIndex { $0 != 1 } ?? -1
  return target[(last + 1)...].reduce(1, *)
}
