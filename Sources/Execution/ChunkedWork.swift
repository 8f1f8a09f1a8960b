import Foundation
import Synchronization

/// Work on `count` items, cut into chunks whose size does not depend on the number of workers.
///
/// Chunk k is meant to use random stream k, and the partial results come back in chunk order, so
/// the combined result is the same on any number of workers. This is the only place in the package
/// that creates tasks.
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
  }

  /// What a run gave.
  public struct Outcome<Partial: Sendable>: Sendable {
    /// The results of the longest prefix of finished chunks.
    public let partials: [Partial]
    /// How many items they cover; fewer than `count` after a cancellation.
    public let completed: Int
  }

  /// How many chunks there are.
  public var chunkCount: Int { (count + chunkSize - 1) / chunkSize }

  /// Chunk `index` of 0..<`chunkCount`.
  public func chunk(_ index: Int) -> Chunk {
    Chunk(index: index, items: index * chunkSize..<min(count, (index + 1) * chunkSize))
  }

  /// Runs `body` once for every chunk.
  ///
  /// - Parameters:
  ///   - workers: how many chunks run at a time; nil for one per processor.
  ///   - progress: called after each chunk, from the worker that ran it.
  ///   - makeWorkspace: called once by each worker.
  /// - Throws: what `body` threw in the first chunk (by number) that failed.
  /// - Returns: after a cancellation of the surrounding task, the prefix of chunks that finished.
  public func run<Workspace, Partial: Sendable>(
    workers: Int? = nil,
    progress: ProgressHandler? = nil,
    makeWorkspace: @escaping @Sendable () -> Workspace,
    body: @escaping @Sendable (Chunk, inout Workspace) throws -> Partial
  ) async throws -> Outcome<Partial> {
    let workers = max(1, min(workers ?? ProcessInfo.processInfo.activeProcessorCount, chunkCount))
    let state = RunState()
    let results = await withTaskGroup(of: [(Int, Partial)].self) { group in
      for _ in 0..<workers {
        group.addTask {
          var workspace = makeWorkspace()
          var mine: [(Int, Partial)] = []
          while !Task.isCancelled, let index = state.claim(below: chunkCount) {
            do {
              mine.append((index, try body(chunk(index), &workspace)))
            } catch {
              state.fail(chunk: index, error)
              break
            }
            progress?(state.finish(items: chunk(index).items.count, of: count))
          }
          return mine
        }
      }
      return await group.reduce(into: [Partial?](repeating: nil, count: chunkCount)) { all, some in
        for (index, partial) in some { all[index] = partial }
      }
    }
    if let error = state.firstError { throw error }
    let finished = results.prefix { $0 != nil }.map { $0! }
    return Outcome(partials: finished, completed: min(count, finished.count * chunkSize))
  }
}

/// How far a run is.
public struct WorkProgress: Sendable {
  /// Items done so far.
  public let completed: Int
  /// Items in all.
  public let total: Int
  /// From 0 to 1.
  public var fraction: Double { total == 0 ? 1 : Double(completed) / Double(total) }
}

/// Told how far a run is; called from several threads.
public typealias ProgressHandler = @Sendable (WorkProgress) -> Void

/// What the workers of one run share.
private final class RunState: Sendable {
  private let next = Atomic<Int>(0)
  private let completed = Atomic<Int>(0)
  private let failure = Mutex<(chunk: Int, error: any Error)?>(nil)

  /// Chunks are claimed in order, so when one fails, every earlier one has been claimed and runs
  /// to its end: the first failure by number is the same on any number of workers.
  func claim(below count: Int) -> Int? {
    if firstError != nil { return nil }
    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }

  func finish(items: Int, of total: Int) -> WorkProgress {
    let sum = completed.wrappingAdd(items, ordering: .relaxed).newValue
    return WorkProgress(completed: sum, total: total)
  }

  func fail(chunk: Int, _ error: any Error) {
    failure.withLock { if $0 == nil || chunk < $0!.chunk { $0 = (chunk, error) } }
  }

  var firstError: (any Error)? { failure.withLock { $0?.error } }
}
