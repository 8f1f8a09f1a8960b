internal import CKernels

/// Compiled operations: steps of the vector machine over one flat arena, and between them instructions
/// for what it does not know.
struct Code: Sendable {
  /// Steps that run one after the other, then an instruction.
  struct Segment: Sendable {
    let steps: Range<Int>
    let instruction: Instruction?
  }

  let steps: [ck_step]
  /// Places that gathering steps read from.
  let tables: [Int32]
  let segments: [Segment]
  /// How the arena begins, constants in place, and its number of elements.
  let fixed: [Double]
  let size: Int
  /// Where each input lies, by its number.
  let inputs: [Int: Int]
  /// Where each result lies, and its number of elements.
  let results: [(offset: Int, count: Int)]

  /// Optimises what the tensors were computed from, and compiles it.
  init(of tensors: [Tensor], in trace: Trace) {
    self.init(Graph(of: tensors, in: trace).optimized())
  }

  init(_ graph: Graph) {
    let schedule = Schedule(graph)
    let storage = Storage(schedule)
    var writer = CodeWriter(schedule, storage)
    writer.write()
    (steps, tables, segments) = (writer.steps, writer.tables, writer.segments)
    (fixed, size) = (storage.fixed, storage.size)
    inputs = storage.inputs
    results = graph.roots.map { (storage.offset(of: $0), graph.nodes[$0].count) }
  }

  /// Memory to run in: constants in place, the rest zero.
  func makeArena() -> UnsafeMutablePointer<Double> {
    let arena = UnsafeMutablePointer<Double>.allocate(capacity: size)
    arena.initialize(repeating: 0, count: size)
    arena.update(from: fixed, count: fixed.count)
    return arena
  }

  /// The kernels are those of the best instruction set that the processor has, or of one of those below.
  func run(
    _ arena: UnsafeMutablePointer<Double>,
    on set: ck_instruction_set = ck_best_instruction_set()
  ) {
    steps.withUnsafeBufferPointer { steps in
      tables.withUnsafeBufferPointer { tables in
        for segment in segments {
          if !segment.steps.isEmpty {
            ck_run(
              set, steps.baseAddress! + segment.steps.lowerBound, segment.steps.count,
              tables.baseAddress, arena)
          }
          segment.instruction?.run(arena)
        }
      }
    }
  }

  /// All results in fresh memory.
  func evaluate(
    _ values: [Int: [Double]], on set: ck_instruction_set = ck_best_instruction_set()
  ) -> [[Double]] {
    let arena = makeArena()
    defer { arena.deallocate() }
    for (number, elements) in values {
      guard let offset = inputs[number] else { continue }
      for (i, value) in elements.enumerated() { arena[offset + i] = value }
    }
    run(arena, on: set)
    return results.map { Array(UnsafeBufferPointer(start: arena + $0.offset, count: $0.count)) }
  }
}
