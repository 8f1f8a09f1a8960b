import Execution
import Randomness

/// A sampler at work: how one chunk of its draws is made, and how chunks are put together.
protocol SamplingRun: Sendable {
  associatedtype Partial: Sendable
  associatedtype Workspace
  /// Called once by each worker.
  func makeWorkspace() -> Workspace
  /// What is there before the first draw.
  var empty: Partial { get }
  /// What `draws` give, or, once `isCancelled` says so, the first of them.
  func partial<G: RandomNumberGenerator>(
    draws: Range<Int>, using generator: inout G, in workspace: inout Workspace,
    isCancelled: () -> Bool
  ) throws -> Partial
  /// How many draws a partial result covers.
  func draws(in partial: Partial) -> Int
  func merge(_ partial: Partial, into total: inout Partial)
}

/// The draws of one chunk; a constant, because chunk k uses stream k on any number of workers.
let drawsPerChunk = 4096
/// How many draws go through the sampler side by side.
let drawsPerBlock = 512

extension SamplingRun {
  /// On Philox streams and any number of workers: the same result for each number.
  func run(
    draws: Int, seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> (total: Partial, completed: Int) {
    guard draws > 0 else { throw EstimationError.noDraws(draws) }
    if let workers, workers < 1 {
      throw EstimationError.setting("the number of workers \(workers) is not positive")
    }
    let outcome = try await ChunkedWork(count: draws, chunkSize: drawsPerChunk).run(
      into: empty, workers: workers, progress: progress, makeWorkspace: makeWorkspace,
      body: { chunk, workspace in
        var generator = StreamPartition(seed: seed)[chunk.index]
        return try partial(
          draws: chunk.items, using: &generator, in: &workspace,
          isCancelled: { chunk.isCancelled })
      },
      items: { self.draws(in: $0) },
      merge: { merge($1, into: &$0) })
    guard outcome.completed > 0 else { throw CancellationError() }
    return (outcome.total, outcome.completed)
  }

  /// On the caller's generator, in one piece.
  func run<G: RandomNumberGenerator>(
    draws: Int, using generator: inout G
  ) throws -> (total: Partial, completed: Int) {
    guard draws > 0 else { throw EstimationError.noDraws(draws) }
    var workspace = makeWorkspace()
    let partial = try partial(
      draws: 0..<draws, using: &generator, in: &workspace, isCancelled: { Task.isCancelled })
    guard self.draws(in: partial) > 0 else { throw CancellationError() }
    return (partial, self.draws(in: partial))
  }
}

/// What the tails of the results that are merged already pass over, for the workers to pass over too.
/// It changes no result, only how much is carried along.
final class SharedThresholds<Thresholds: Sendable>: Sendable {
  private let shared: Locked<Thresholds?> = Locked(nil)
  var value: Thresholds? {
    get { shared.withLock { $0 } }
    set { shared.withLock { $0 = newValue } }
  }
}
