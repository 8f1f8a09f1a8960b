import Foundation
import Synchronization

/// Work on `count` items, cut into chunks whose size does not depend on the number of workers.
///
/// Chunk k draws from stream k of a `StreamPartition`, and the partial results come back in chunk
/// order, so the combined result is the same on any number of workers. This is the only place in the
/// package that creates tasks.
///
/// ```swift
/// let streams = StreamPartition(seed: 1)
/// let sums = try await ChunkedWork(count: 1_000_000, chunkSize: 10_000).run(makeWorkspace: {}) {
///   chunk, _ in
///   var generator = streams[chunk.index]
///   return chunk.items.reduce(0.0) { sum, _ in sum + generator.nextUnit() }
/// }
/// ```
public struct ChunkedWork: Sendable {
  /// How many items there are.
  public let count: Int
  /// How many items a chunk has; the last may have fewer.
  public let chunkSize: Int

  /// - Parameters:
  ///   - count: not negative.
  ///   - chunkSize: positive.
  public init(count: Int, chunkSize: Int) {
    precondition(count >= 0 && chunkSize > 0, "\(count) items in chunks of \(chunkSize)")
    self.count = count
    self.chunkSize = chunkSize
  }

  /// One piece of the work.
  public struct Chunk: Sendable {
    /// Its number, and the number of its random stream.
    public let index: Int
    /// Its items.
    public let items: Range<Int>
    fileprivate var cancellation: CancellationFlag?

    /// Whether the run has been cancelled. A chunk that takes long looks at this now and then, which
    /// costs a read of memory, and returns what it has.
    public var isCancelled: Bool { cancellation?.isSet ?? false }
  }

  /// What a run gave.
  public struct Outcome<Total: Sendable>: Sendable {
    /// The combined results of the longest prefix of items that were done.
    public let total: Total
    /// How many items they cover; fewer than `count` after a cancellation.
    public let completed: Int
  }

  /// How many chunks there are.
  public var chunkCount: Int { count / chunkSize + (count % chunkSize > 0 ? 1 : 0) }

  /// Chunk `index` of 0..<`chunkCount`.
  public func chunk(_ index: Int) -> Chunk {
    Chunk(
      index: index,
      items: index * chunkSize..<index * chunkSize + min(chunkSize, count - index * chunkSize))
  }

  /// Runs `body` once for every chunk and collects what it returns, in the order of the chunks.
  ///
  /// - Parameters:
  ///   - workers: how many chunks run at a time; nil for one per processor.
  ///   - progress: called after each chunk, from the worker that ran it, and once at the end.
  ///   - makeWorkspace: called once by each worker.
  /// - Throws: what `body` threw in the first chunk (by number) that failed.
  /// - Returns: after a cancellation of the surrounding task, the prefix of chunks that finished.
  public func run<Workspace, Partial: Sendable>(
    workers: Int? = nil,
    progress: ProgressHandler? = nil,
    makeWorkspace: @escaping @Sendable () -> Workspace,
    body: @escaping @Sendable (Chunk, inout Workspace) throws -> Partial
  ) async throws -> Outcome<[Partial]> {
    try await run(
      into: [], workers: workers, progress: progress, makeWorkspace: makeWorkspace, body: body
    ) { $0.append($1) }
  }

  /// Runs `body` once for every chunk and merges what it returns into `initial`, in the order of
  /// the chunks and as they come, so that only those are kept whose predecessors are still at work.
  ///
  /// - Parameters:
  ///   - workers: how many chunks run at a time; nil for one per processor.
  ///   - progress: called after each chunk, from the worker that ran it, and once at the end.
  ///   - makeWorkspace: called once by each worker.
  ///   - items: how many of its chunk's items a partial result covers: fewer than all where the chunk
  ///     saw a cancellation and stopped. Nothing is merged after such a one. Nil for always all.
  /// - Throws: what `body` threw in the first chunk (by number) that failed.
  /// - Returns: after a cancellation of the surrounding task, the prefix of items that were done.
  public func run<Workspace, Partial: Sendable, Total: Sendable>(
    into initial: Total,
    workers: Int? = nil,
    progress: ProgressHandler? = nil,
    makeWorkspace: @escaping @Sendable () -> Workspace,
    body: @escaping @Sendable (Chunk, inout Workspace) throws -> Partial,
    items: (@Sendable (Partial) -> Int)? = nil,
    merge: @escaping @Sendable (inout Total, Partial) -> Void
  ) async throws -> Outcome<Total> {
    let workers = max(1, min(workers ?? ProcessInfo.processInfo.activeProcessorCount, chunkCount))
    let state = RunState(total: count)
    let results = OrderedMerge(initial: initial, merge: merge)
    let cancellation = CancellationFlag()
    await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<workers {
          group.addTask {
            var workspace = makeWorkspace()
            var turn = ContinuousClock.now
            while !cancellation.isSet, let index = state.claim(below: chunkCount) {
              var chunk = chunk(index)
              chunk.cancellation = cancellation
              do {
                let partial = try body(chunk, &workspace)
                let done = items?(partial) ?? chunk.items.count
                results.add(partial, index: index, items: done, isWhole: done == chunk.items.count)
                progress?(state.finish(items: done))
              } catch {
                state.fail(chunk: index, error)
                break
              }
              // Whoever is to cancel the run needs a thread too, and the pool may have no other.
              if ContinuousClock.now - turn > .milliseconds(1) {
                await Task.yield()
                turn = ContinuousClock.now
              }
            }
          }
        }
      }
    } onCancel: {
      cancellation.set()
    }
    progress?(state.finalProgress)
    if let error = state.firstError { throw error }
    let (total, completed) = results.result
    return Outcome(total: total, completed: completed)
  }
}

/// Partial results that arrive in any order and are merged in that of their chunks.
private final class OrderedMerge<Total: Sendable, Partial: Sendable>: Sendable {
  private struct State: Sendable {
    var total: Total
    /// The number of the chunk that is merged next; nil once one was left unfinished.
    var next: Int? = 0
    var items = 0
    /// Those whose predecessors are still at work.
    var waiting: [Int: (partial: Partial, items: Int, isWhole: Bool)] = [:]
  }

  private let state: Locked<State>
  private let merge: @Sendable (inout Total, Partial) -> Void

  init(initial: Total, merge: @escaping @Sendable (inout Total, Partial) -> Void) {
    state = Locked(State(total: initial))
    self.merge = merge
  }

  func add(_ partial: Partial, index: Int, items: Int, isWhole: Bool) {
    state.withLock { state in
      state.waiting[index] = (partial, items, isWhole)
      while let number = state.next, let next = state.waiting.removeValue(forKey: number) {
        merge(&state.total, next.partial)
        state.items += next.items
        state.next = next.isWhole ? number + 1 : nil
      }
    }
  }

  var result: (total: Total, items: Int) { state.withLock { ($0.total, $0.items) } }
}

/// Set once, read often.
private final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  func set() { flag.store(true, ordering: .relaxed) }
  var isSet: Bool { flag.load(ordering: .relaxed) }
}

/// What the workers of one run share.
private final class RunState: Sendable {
  private let total: Int
  private let start = ContinuousClock.now
  private let next = Atomic<Int>(0)
  private let completed = Atomic<Int>(0)
  private let failure = Locked<(chunk: Int, error: any Error)?>(nil)

  init(total: Int) { self.total = total }

  /// Chunks are claimed in order, so when one fails, every earlier one has been claimed and runs
  /// to its end: the first failure by number is the same on any number of workers.
  func claim(below count: Int) -> Int? {
    if firstError != nil { return nil }
    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }

  func finish(items: Int) -> WorkProgress {
    progress(completed.wrappingAdd(items, ordering: .relaxed).newValue, isFinal: false)
  }

  var finalProgress: WorkProgress {
    progress(completed.load(ordering: .relaxed), isFinal: true)
  }

  private func progress(_ completed: Int, isFinal: Bool) -> WorkProgress {
    WorkProgress(
      completed: completed, total: total, elapsed: ContinuousClock.now - start, isFinal: isFinal)
  }

  func fail(chunk: Int, _ error: any Error) {
    failure.withLock { if $0 == nil || chunk < $0!.chunk { $0 = (chunk, error) } }
  }

  var firstError: (any Error)? { failure.withLock { $0?.error } }
}
