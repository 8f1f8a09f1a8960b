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
  func partial<G: RandomNumberGenerator>(
    draws: Range<Int>, using generator: inout G, in workspace: inout Workspace
  ) throws -> Partial
  func merge(_ partial: Partial, into total: inout Partial)
}

/// The draws of one chunk; a constant, because chunk k uses stream k on any number of workers.
let drawsPerChunk = 4096

extension SamplingRun {
  /// On Philox streams and any number of workers: the same result for each number.
  func run(
    draws: Int, seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> (total: Partial, completed: Int) {
    guard draws > 0 else { throw EstimationError.noDraws(draws) }
    let outcome = try await ChunkedWork(count: draws, chunkSize: drawsPerChunk).run(
      into: empty, workers: workers, progress: progress, makeWorkspace: makeWorkspace,
      body: { chunk, workspace in
        var generator = StreamPartition(seed: seed)[chunk.index]
        return try partial(draws: chunk.items, using: &generator, in: &workspace)
      },
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
    return (try partial(draws: 0..<draws, using: &generator, in: &workspace), draws)
  }
}

/// The integrand at a draw.
func evaluate<Value>(
  _ integrand: (Value) throws -> Double, _ value: Value, draw: Int
) throws -> Double {
  let result = try integrand(value)
  guard result.isFinite else {
    throw EstimationError.notFinite(value: result, draw: draw, at: "\(value)")
  }
  return result
}
