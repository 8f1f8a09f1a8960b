internal import CKernels

/// Compiled operations: steps of the vector machine over one flat arena, and between them instructions
/// for what it does not know.
struct Code: Sendable {
  /// Steps that run one after the other, then an instruction.
  struct Segment: Sendable {
    let steps: Range<Int>
    let instruction: Instruction?
  }

  /// What all copies share: plain memory, never written after this, because short programs feel every count of
  /// a reference.
  private final class Memory: @unchecked Sendable {
    let steps: UnsafeMutableBufferPointer<ck_step>
    /// Places that gathering steps read from.
    let tables: UnsafeMutableBufferPointer<Int32>

    init(_ steps: [ck_step], _ tables: [Int32]) {
      self.steps = .allocate(capacity: steps.count)
      self.tables = .allocate(capacity: tables.count)
      _ = self.steps.initialize(from: steps)
      _ = self.tables.initialize(from: tables)
    }

    deinit {
      steps.deallocate()
      tables.deallocate()
    }
  }

  private let memory: Memory
  private let segments: [Segment]
  /// Whether the machine does it all.
  private let isOneSegment: Bool
  /// How the arena begins, constants in place, and its number of elements.
  let fixed: [Double]
  let size: Int
  /// Where the position, the covector and the direction lie; nil for one that nothing depends on.
  let position, covector, direction: Int?
  /// Where each result lies, and its number of elements.
  let results: [(offset: Int, count: Int)]
  /// Where the first two begin.
  let first, second: Int

  var stepCount: Int { memory.steps.count }

  /// Optimises what the tensors were computed from, and compiles it.
  init(of tensors: [Tensor], in trace: Trace) {
    self.init(Graph(of: tensors, in: trace).optimized())
  }

  init(_ graph: Graph) {
    let schedule = Schedule(graph.turningRightFactors())
    let storage = Storage(schedule)
    var writer = CodeWriter(schedule, storage)
    writer.write()
    memory = Memory(writer.steps, writer.tables)
    segments = writer.segments
    isOneSegment = segments.count == 1 && segments[0].instruction == nil
    (fixed, size) = (storage.fixed, storage.size)
    (position, covector, direction) = (storage.inputs[0], storage.inputs[1], storage.inputs[2])
    results = schedule.graph.roots.map { (storage.offset(of: $0), schedule.graph.nodes[$0].count) }
    (first, second) = (results[0].offset, results.count > 1 ? results[1].offset : 0)
  }

  /// Memory to run in: constants in place, the rest zero.
  func makeArena() -> UnsafeMutablePointer<Double> {
    // Whole vectors lie in one line of the cache.
    let arena = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Double>.stride, alignment: 64
    ).bindMemory(to: Double.self, capacity: size)
    arena.initialize(repeating: 0, count: size)
    arena.update(from: fixed, count: fixed.count)
    return arena
  }

  /// Runs with this position; the kernels are those of the best instruction set that the processor has, or of one of those below.
  func run(
    _ arena: UnsafeMutablePointer<Double>, at input: UnsafeBufferPointer<Double>? = nil,
    on set: ck_instruction_set = ck_best_instruction_set()
  ) {
    let (steps, tables) = (memory.steps.baseAddress!, memory.tables.baseAddress!)
    let (numbers, count) = position == nil ? (nil, 0) : (input?.baseAddress, input?.count ?? 0)
    if isOneSegment {
      ck_run(set, steps, memory.steps.count, tables, arena, numbers, count, position ?? 0)
      return
    }
    ck_run(set, steps, 0, tables, arena, numbers, count, position ?? 0)
    for segment in segments {
      if !segment.steps.isEmpty {
        ck_run(
          set, steps + segment.steps.lowerBound, segment.steps.count, tables, arena, nil, 0, 0)
      }
      segment.instruction?.run(arena)
    }
  }

  /// All results in fresh memory.
  func evaluate(
    _ values: [Int: [Double]], on set: ck_instruction_set = ck_best_instruction_set()
  ) -> [[Double]] {
    let arena = makeArena()
    defer { arena.deallocate() }
    for (number, elements) in values {
      guard let offset = [position, covector, direction][number] else { continue }
      for (i, value) in elements.enumerated() { arena[offset + i] = value }
    }
    run(arena, on: set)
    return results.map { Array(UnsafeBufferPointer(start: arena + $0.offset, count: $0.count)) }
  }
}
