import Execution
import Foundation
import Randomness
import Synchronization
import TestSupport
import Testing

private struct ChunkFailure: Error, Equatable { let chunk: Int }

/// A number that several threads raise.
private final class Counter: Sendable {
  private let number = Atomic<Int>(0)
  func increment() { number.add(1, ordering: .relaxed) }
  var value: Int { number.load(ordering: .relaxed) }
}

@Sendable private func nothing() {}
@Sendable private func zero() -> Int { 0 }

@Suite("ChunkedWork", .tags(.unit))
struct ChunkedWorkTests {
  static let workerCounts = [1, 2, 7]

  @Test("The chunks cover the items once, in order")
  func chunks() {
    for (count, size) in [(0, 3), (1, 3), (3, 3), (10, 3), (12, 5)] {
      let work = ChunkedWork(count: count, chunkSize: size)
      let items = (0..<work.chunkCount).flatMap { Array(work.chunk($0).items) }
      #expect(items == Array(0..<count))
      #expect((0..<work.chunkCount).allSatisfy { work.chunk($0).index == $0 })
      #expect((0..<work.chunkCount).dropLast().allSatisfy { work.chunk($0).items.count == size })
    }
  }

  @Test("The partial results do not depend on the workers", arguments: workerCounts)
  func partials(workers: Int) async throws {
    let work = ChunkedWork(count: 1_003, chunkSize: 10)
    let outcome = try await work.run(workers: workers, makeWorkspace: zero) { chunk, _ in
      var generator = StreamPartition(seed: 1)[chunk.index]
      return chunk.items.reduce(0.0) { sum, _ in sum + generator.nextUnit() }
    }
    let expected = (0..<work.chunkCount).map { index in
      var generator = Philox(seed: 1, stream: UInt64(index))
      return work.chunk(index).items.reduce(0.0) { sum, _ in sum + generator.nextUnit() }
    }
    #expect(outcome.total == expected)
    #expect(outcome.completed == 1_003)
  }

  @Test("A partition of streams gives the same draws to 1, 2 and 5 workers, each chunk its own")
  func streams() async throws {
    let streams = StreamPartition(seed: 17)
    func draws(workers: Int, chunkSize: Int = 50) async throws -> [[UInt64]] {
      try await ChunkedWork(count: 1_030, chunkSize: chunkSize).run(
        workers: workers, makeWorkspace: nothing
      ) { chunk, _ in
        // The even chunks are late, so that the workers meet the chunks in another order.
        if chunk.index % 2 == 0 { Thread.sleep(forTimeInterval: 0.001) }
        var generator = streams[chunk.index]
        return chunk.items.map { _ in generator.next() }
      }.total
    }
    let alone = try await draws(workers: 1)
    #expect(alone.count == 21)
    #expect(Set(alone.joined()).count == 1_030)
    for workers in [2, 5] { #expect(try await draws(workers: workers) == alone) }
    // The size of the chunks, on the other hand, is part of the result.
    #expect(try await draws(workers: 2, chunkSize: 51).flatMap { $0 } != alone.flatMap { $0 })
  }

  @Test("Partial results are merged in the order of the chunks", arguments: workerCounts)
  func merging(workers: Int) async throws {
    let work = ChunkedWork(count: 200, chunkSize: 1)
    @Sendable func body(_ chunk: ChunkedWork.Chunk, _: inout Void) -> Int {
      // The even chunks are late.
      if chunk.index % 2 == 0 { Thread.sleep(forTimeInterval: 0.0005) }
      return chunk.index
    }
    let outcome = try await work.run(
      into: [-1], workers: workers, makeWorkspace: nothing, body: body,
      merge: { $0.append($1) })
    #expect(outcome.total == Array(-1..<200))
    #expect(outcome.completed == 200)
  }

  @Test("Counts near the largest Int do not overflow")
  func hugeCount() {
    let work = ChunkedWork(count: .max, chunkSize: 1 << 62)
    #expect(work.chunkCount == 2)
    #expect(work.chunk(1).items == 1 << 62 ..< .max)
  }

  @Test("Of several failures the first by number is thrown", arguments: workerCounts)
  func failures(workers: Int) async {
    let work = ChunkedWork(count: 40, chunkSize: 1)
    await #expect(throws: ChunkFailure(chunk: 3)) {
      try await work.run(workers: workers, makeWorkspace: nothing) { chunk, _ in
        if chunk.index == 3 { Thread.sleep(forTimeInterval: 0.02) }
        if [3, 4, 5, 30].contains(chunk.index) { throw ChunkFailure(chunk: chunk.index) }
      }
    }
  }

  @Test("After a failure no more chunks are started")
  func failureStops() async {
    let started = Counter()
    await #expect(throws: ChunkFailure(chunk: 2)) {
      try await ChunkedWork(count: 1_000, chunkSize: 1).run(workers: 1, makeWorkspace: nothing) {
        chunk, _ in
        started.increment()
        if chunk.index == 2 { throw ChunkFailure(chunk: 2) }
      }
    }
    #expect(started.value == 3)
  }

  @Test("A cancelled run keeps the longest prefix of finished chunks", arguments: workerCounts)
  func cancellation(workers: Int) async throws {
    let work = ChunkedWork(count: 5_000, chunkSize: 5)
    let holder = TaskHolder<ChunkedWork.Outcome<[Int]>>()
    let task = Task {
      try await work.run(workers: workers, makeWorkspace: nothing) { chunk, _ in
        if chunk.index == 10 { holder.cancel() }
        // Nobody may run away while the task is being cancelled.
        if chunk.index > 10 { Thread.sleep(forTimeInterval: 0.01) }
        return chunk.index
      }
    }
    holder.hold(task)
    let outcome = try await task.value
    #expect(outcome.total == Array(0..<outcome.total.count))
    #expect(outcome.total.count > 10)
    #expect(outcome.total.count < work.chunkCount)
    #expect(outcome.completed == 5 * outcome.total.count)
    if workers == 1 { #expect(outcome.total.count == 11) }
  }

  @Test("Whoever is to cancel a run has a turn, even where it keeps every thread busy")
  func turns() async throws {
    let work = ChunkedWork(count: 20_000, chunkSize: 1)
    let (started, continuation) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await work.run(
        workers: 8 * ProcessInfo.processInfo.activeProcessorCount, makeWorkspace: nothing
      ) { chunk, _ in
        if chunk.index == 0 { continuation.yield() }
        Thread.sleep(forTimeInterval: 0.0002)
      }
    }
    for await _ in started { break }
    task.cancel()
    #expect(try await task.value.completed < work.count)
  }

  @Test("A run that was cancelled before it began gives nothing")
  func cancelledBefore() async throws {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await ChunkedWork(count: 10, chunkSize: 1).run(
        workers: 2, makeWorkspace: nothing
      ) { chunk, _ in chunk.index }
    }
    let outcome = try await task.value
    #expect(outcome.total.isEmpty)
    #expect(outcome.completed == 0)
  }

  @Test("Progress is told after each chunk and reaches the total", arguments: workerCounts)
  func progress(workers: Int) async throws {
    let told = Mutex<[WorkProgress]>([])
    let tell: ProgressHandler = { step in told.withLock { $0.append(step) } }
    let work = ChunkedWork(count: 103, chunkSize: 10)
    _ = try await work.run(
      workers: workers, progress: tell, makeWorkspace: nothing
    ) { chunk, _ in chunk.index }
    let steps = told.withLock { $0 }
    #expect(steps.count == work.chunkCount + 1)
    #expect(steps.allSatisfy { $0.total == 103 })
    #expect(Set(steps.map(\.completed)).count == work.chunkCount)
    #expect(steps.last?.isFinal == true && steps.dropLast().allSatisfy { !$0.isFinal })
    #expect(steps.map(\.completed).max() == 103)
    #expect(steps.map(\.fraction).max() == 1)
  }

  @Test("Each worker makes one workspace", arguments: workerCounts)
  func workspaces(workers: Int) async throws {
    let made = Counter()
    let outcome = try await ChunkedWork(count: 300, chunkSize: 3).run(
      workers: workers, makeWorkspace: made.increment
    ) { chunk, _ in chunk.index }
    #expect(outcome.total.count == 100)
    #expect(made.value == workers)
  }

  @Test("A workspace is kept from chunk to chunk")
  func workspaceIsKept() async throws {
    let outcome = try await ChunkedWork(count: 5, chunkSize: 1).run(
      workers: 1, makeWorkspace: zero
    ) { _, calls in
      calls += 1
      return calls
    }
    #expect(outcome.total == [1, 2, 3, 4, 5])
  }

  @Test("There are no more workers than chunks, and no work is no trouble")
  func fewChunks() async throws {
    let made = Counter()
    let work = ChunkedWork(count: 2, chunkSize: 1)
    _ = try await work.run(workers: 50, makeWorkspace: made.increment) { _, _ in 0 }
    #expect(made.value == 2)
    let empty = ChunkedWork(count: 0, chunkSize: 1)
    #expect(try await empty.run(makeWorkspace: nothing) { _, _ in 0 }.total.isEmpty)
  }
}
