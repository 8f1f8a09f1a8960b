/// Where in the arena each node of a schedule lies. Memory is used again once nobody reads it any more;
/// constants, inputs and results keep theirs.
struct Storage {
  /// How the arena begins: constants and inputs in place.
  private(set) var fixed: [Double] = []
  /// The number of elements of the arena.
  private(set) var size = 0
  private(set) var inputs: [Int: Int] = [:]
  /// Nodes of which only one run at a time exists.
  private(set) var isLocal: [Bool]
  /// Nodes of which only the rows of one time exist, in a repetition.
  private(set) var isRowLocal: [Bool]
  /// Within a repetition: memory of such nodes that can be used again, and other nodes to be released at its end.
  private var freeRows: [Int: [Int]] = [:]
  private var waiting: [Int] = []

  private let schedule: Schedule
  private var offsets: [Int?]
  /// The concatenation in which a node lies from the start, and at which element.
  private var homes: [(node: Int, offset: Int)?]
  private var lastUses: [Int]
  private var unitOf: [Int]
  private var free: [Int: [Int]] = [:]

  init(_ schedule: Schedule) {
    self.schedule = schedule
    let nodes = schedule.graph.nodes
    isLocal = nodes.map { _ in false }
    isRowLocal = nodes.map { _ in false }
    offsets = nodes.map { _ in nil }
    homes = nodes.map { _ in nil }
    lastUses = nodes.map { _ in -1 }
    unitOf = nodes.map { _ in -1 }
    for (number, unit) in schedule.units.enumerated() {
      for node in unit.nodes { unitOf[node] = number }
    }
    placeFixed()
    size = fixed.count
    findHomes()
    findLastUses()
    for (number, unit) in schedule.units.enumerated() {
      place(unit, number)
      if let repetition = schedule.repetition(of: number),
        number == repetition.units.upperBound - 1
      {
        endRepetition()
      }
    }
    // The last array may be read as whole vectors.
    size += 8
  }

  /// The place of a node's first element.
  func offset(of node: Int) -> Int {
    let root = schedule.roots[node]
    return offset(ofRoot: root.node) + root.offset
  }

  private func offset(ofRoot node: Int) -> Int {
    if let home = homes[node] { return offset(ofRoot: home.node) + home.offset }
    return offsets[node]!
  }

  /// Whether a node fills whole vectors, or its memory goes on to them.
  func isPadded(_ node: Int) -> Bool {
    let count = schedule.graph.nodes[node].count
    return count > 0 && count % 8 == 0
      || schedule.roots[node].node == node && homes[node] == nil && count > 1
  }

  /// The node whose memory this root lies in.
  private func owner(_ node: Int) -> Int { homes[node].map { owner($0.node) } ?? node }

  private mutating func placeFixed() {
    let nodes = schedule.graph.nodes
    let used = Set(
      nodes.indices.flatMap { schedule.jobs[$0].operands.map { schedule.roots[$0.node].node } }
        + schedule.graph.roots.map { schedule.roots[$0].node })
    // Single numbers lie close together, arrays begin at whole vectors.
    func place(_ isSingle: Bool) {
      for (index, node) in nodes.enumerated()
      where used.contains(index) && (node.count == 1) == isSingle {
        let values: [Double]
        switch node.operation {
        case .input(let number):
          values = [Double](repeating: 0, count: node.count)
          inputs[number] = fixed.count
        case .constant(let elements): values = elements
        default: continue
        }
        offsets[index] = fixed.count
        fixed += values
        fixed += [Double](repeating: 0, count: padded(node.count) - node.count)
      }
    }
    place(true)
    fixed += [Double](repeating: 0, count: (8 - fixed.count % 8) % 8)
    place(false)
  }

  /// A part that is computed for a concatenation is put there at once.
  private mutating func findHomes() {
    let nodes = schedule.graph.nodes
    for (index, node) in nodes.enumerated() {
      guard case .concatenate = node.operation, case .whole = schedule.jobs[index].work else {
        continue
      }
      var start = 0
      for operand in node.operands {
        defer { start += nodes[operand].count }
        let root = schedule.roots[operand]
        guard root.offset == 0, nodes[root.node].count == nodes[operand].count,
          unitOf[root.node] >= 0, homes[root.node] == nil, nodes[operand].count > 0
        else { continue }
        homes[root.node] = (index, start)
      }
    }
  }

  private mutating func findLastUses() {
    let forever = Int.max
    for index in schedule.jobs.indices where unitOf[index] >= 0 {
      lastUses[index] = max(lastUses[index], unitOf[index])
      for operand in schedule.jobs[index].operands {
        let root = schedule.roots[operand.node].node
        lastUses[root] = max(lastUses[root], unitOf[index])
      }
    }
    for result in schedule.graph.roots { lastUses[schedule.roots[result].node] = forever }
    // A concatenation lives as long as its longest-lived part.
    for index in homes.indices where homes[index] != nil {
      lastUses[owner(index)] = max(lastUses[owner(index)], lastUses[index])
    }
  }

  private mutating func place(_ unit: Schedule.Unit, _ number: Int) {
    let nodes = schedule.graph.nodes
    var released: Set<Int> = []
    // What members of a group have done with, run by run, only those that go along with them can take.
    var inStep: [Int] = []
    let repetition = schedule.repetition(of: number)
    defer { for root in inStep { release(root, unit, repetition) } }
    for (position, index) in unit.nodes.enumerated() {
      let job = schedule.jobs[index]
      // Read for the last time element for element, an operand's memory can take the result.
      if job.isElementwise {
        for operand in job.operands where operand.access == .each {
          let root = schedule.roots[operand.node]
          let isReadLater = unit.nodes[(position + 1)...].contains { later in
            schedule.jobs[later].operands.contains {
              schedule.roots[$0.node].node == root.node
            }
          }
          if root.offset == 0, nodes[root.node].count == job.total, lastUses[root.node] == number,
            isReusable(root.node), !isReadLater, isReadEachOnly(root.node, in: unit),
            repetition.map({ isReadAlongRows(root.node, $0) }) ?? true,
            released.insert(root.node).inserted
          {
            inStep.append(root.node)
          }
        }
      }
      let owner = owner(index)
      guard offsets[owner] == nil else { continue }
      isRowLocal[index] = repetition.map { isRowLocal(index, $0) } ?? false
      isLocal[index] = isLocal(index, unit, repetition)
      if job.isElementwise, owner == index,
        let reused = inStep.lastIndex(where: {
          isLocal[$0] == isLocal[index] && isRowLocal[$0] == isRowLocal[index]
            && nodes[$0].count == nodes[index].count
        })
      {
        offsets[owner] = offsets[inStep.remove(at: reused)]
      } else {
        offsets[owner] = allocate(
          size(owner, unit, repetition),
          amongRows: repetition != nil && (isLocal[owner] || isRowLocal[owner]))
      }
    }
    // The rest of what nobody reads any more.
    var roots = Set(unit.nodes)
    for index in unit.nodes {
      for operand in schedule.jobs[index].operands {
        roots.insert(schedule.roots[operand.node].node)
      }
    }
    for root in roots.sorted() {
      let owner = owner(root)
      if owner == root || unitOf[owner] <= number, lastUses[owner] == number,
        isReusable(owner), released.insert(owner).inserted
      {
        release(owner, unit, repetition)
      }
    }
  }

  /// The elements that exist of a node.
  private func size(
    _ node: Int, _ unit: Schedule.Unit, _ repetition: Schedule.Repetition?
  ) -> Int {
    if isLocal[node] { return unit.run! }
    let count = schedule.graph.nodes[node].count
    guard isRowLocal[node], let repetition else { return count }
    return count / repetition.rows * repetition.block
  }

  /// Whether a node moves along the rows and is read by other members of the repetition only, along them.
  private func isRowLocal(_ index: Int, _ repetition: Schedule.Repetition) -> Bool {
    guard homes[index] == nil, lastUses[index] < repetition.units.upperBound,
      schedule.advances(of: index, in: repetition, rows: 1).result > 0
    else { return false }
    return isReadAlongRows(index, repetition)
  }

  /// Whether all of a repetition that read a node go along its rows: none needs all of it each time.
  private func isReadAlongRows(_ root: Int, _ repetition: Schedule.Repetition) -> Bool {
    repetition.units.allSatisfy { number in
      schedule.units[number].nodes.allSatisfy { reader in
        let advances = schedule.advances(of: reader, in: repetition, rows: 1).operands
        return zip(schedule.jobs[reader].operands, advances).allSatisfy { operand, advance in
          schedule.roots[operand.node].node != root || advance > 0
        }
      }
    }
  }

  private mutating func endRepetition() {
    for (size, places) in freeRows { free[size, default: []] += places }
    freeRows = [:]
    for node in waiting {
      free[padded(schedule.graph.nodes[node].count), default: []].append(offsets[node]!)
    }
    waiting = []
  }

  private func isReusable(_ node: Int) -> Bool {
    unitOf[node] >= 0 && homes[node] == nil && offsets[node] != nil
  }

  private func isReadEachOnly(_ root: Int, in unit: Schedule.Unit) -> Bool {
    unit.nodes.allSatisfy { index in
      schedule.jobs[index].operands.allSatisfy {
        schedule.roots[$0.node].node != root
          || $0.access == .each && schedule.roots[$0.node].offset == 0
      }
    }
  }

  /// Whether a member of a group is read by other members only, element for element.
  private func isLocal(
    _ index: Int, _ unit: Schedule.Unit, _ repetition: Schedule.Repetition?
  ) -> Bool {
    let total = repetition.map { unit.total / $0.rows * $0.block } ?? unit.total
    guard let run = unit.run, run < total, schedule.jobs[index].isElementwise,
      homes[index] == nil, lastUses[index] == unitOf[index]
    else { return false }
    return isReadEachOnly(index, in: unit)
  }

  private mutating func release(
    _ node: Int, _ unit: Schedule.Unit, _ repetition: Schedule.Repetition?
  ) {
    let size = padded(size(node, unit, repetition))
    if repetition == nil {
      free[size, default: []].append(offsets[node]!)
    } else if isLocal[node] || isRowLocal[node] {
      freeRows[size, default: []].append(offsets[node]!)
    } else {
      // Other rows of it are read the next time.
      waiting.append(node)
    }
  }

  private mutating func allocate(_ count: Int, amongRows: Bool) -> Int {
    let size = padded(count)
    if amongRows, let offset = freeRows[size]?.popLast() { return offset }
    if let offset = free[size]?.popLast() { return offset }
    if size == 1 {
      // Eight single numbers take a vector.
      free[1, default: []] += (1..<8).reversed().map { self.size + $0 }
    }
    defer { self.size += max(size, 8) }
    return self.size
  }

  /// Arrays take whole vectors; scalars lie close together.
  private func padded(_ count: Int) -> Int { count < 2 ? 1 : (count + 7) / 8 * 8 }
}
