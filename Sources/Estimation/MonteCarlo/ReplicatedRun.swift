import Distributions
import Execution
import LinearAlgebra
import Randomness

/// A set of points in the unit cube that a few random numbers move as a whole, so that each point is
/// uniform.
protocol RandomizedPoints: Sendable {
  associatedtype Randomization: Sendable
  /// How many coordinates a point has.
  var dimension: Int { get }
  func randomization<G: RandomNumberGenerator>(using generator: inout G) -> Randomization
  /// Fills `[count, dimension]` with the points from number `first` on.
  ///
  /// - Parameter generator: for random numbers of each point's own.
  func fill<G: RandomNumberGenerator>(
    _ points: inout MutableSpan<Double>, from first: Int, _ randomization: Randomization,
    using generator: inout G
  )
}

/// Averages over several independent randomisations of one set of points: the averages are independent
/// and of one distribution, so their spread gives the error.
struct ReplicatedRun<D: UnitCubeTransform, Points: RandomizedPoints>: Sendable {
  let target: D
  let integrand: Integrand<D.Value>
  let points: Points
  let pointCount: Int
  let replicates: Int

  /// The unit of work: so many points of one replicate, or what is left of it.
  private static var pointsPerChunk: Int { 8192 }

  init(
    target: D, integrand: Integrand<D.Value>, points: Points, pointCount: Int, replicates: Int
  ) throws(EstimationError) {
    guard pointCount > 0 else { throw .noDraws(pointCount) }
    guard replicates >= 2 else {
      throw .setting("the number of replicates \(replicates) is less than 2 and leaves no error")
    }
    guard !pointCount.multipliedReportingOverflow(by: replicates).overflow else {
      throw .setting("\(replicates) replicates of \(pointCount) points cannot be counted")
    }
    (self.target, self.integrand, self.points) = (target, integrand, points)
    (self.pointCount, self.replicates) = (pointCount, replicates)
  }

  /// One chunk of a replicate.
  private struct Partial: Sendable {
    var spread: CubeSpread
    var endsReplicate: Bool
    /// Whether a cancellation came before its end.
    var isCut = false
  }

  private struct Total: Sendable {
    /// Of the replicates that are complete.
    var spread: CubeSpread
    /// Of the one that is not.
    var current: CubeSpread
    let empty: CubeSpread
    var means: RowMoments
    var isCut = false

    init(outputs: Int, draws: Int) {
      empty = CubeSpread(outputs: outputs, draws: draws)
      (spread, current) = (empty, empty)
      means = RowMoments(columns: outputs, isFull: true)
    }

    mutating func merge(_ partial: Partial) {
      isCut = isCut || partial.isCut
      guard !isCut else { return }
      current.merge(partial.spread)
      guard partial.endsReplicate else { return }
      means.add(rows: current.values.means)
      spread.merge(current)
      current = empty
    }
  }

  private struct Workspace {
    var cube: CubeWorkspace<D>
    var replicate = -1
    var randomization: Points.Randomization?
  }

  private var chunksPerReplicate: Int {
    (pointCount - 1) / Self.pointsPerChunk + 1
  }

  private var empty: Total { Total(outputs: integrand.outputs, draws: replicates * pointCount) }

  /// On Philox streams: replicate r is moved by stream r, chunk k has stream k of another partition.
  func means(
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    let chunks = chunksPerReplicate
    let streams = StreamPartition(seed: seed)
    let empty = empty
    let outcome = try await ChunkedWork(count: replicates * chunks, chunkSize: 1).run(
      into: empty, workers: workers, progress: progress,
      makeWorkspace: { Workspace(cube: CubeWorkspace(target, integrand)) },
      body: { work, workspace in
        let replicate = work.index / chunks
        if workspace.replicate != replicate {
          var generator = streams[replicate]
          workspace.randomization = points.randomization(using: &generator)
          workspace.replicate = replicate
        }
        var generator = streams.derived(for: 1)[work.index]
        return try partial(
          replicate, work.index % chunks, workspace.randomization!, empty.empty, &workspace.cube,
          &generator)
      },
      merge: { $0.merge($1) })
    return try estimate(outcome.total)
  }

  /// One replicate after the other, on the caller's generator.
  func means<G: RandomNumberGenerator>(using generator: inout G) throws -> VectorEstimate {
    var total = empty
    var workspace = CubeWorkspace(target, integrand)
    for replicate in 0..<replicates {
      let randomization = points.randomization(using: &generator)
      for chunk in 0..<chunksPerReplicate {
        total.merge(
          try partial(replicate, chunk, randomization, total.empty, &workspace, &generator))
        if total.isCut { return try estimate(total) }
      }
    }
    return try estimate(total)
  }

  private func partial<G: RandomNumberGenerator>(
    _ replicate: Int, _ chunk: Int, _ randomization: Points.Randomization, _ empty: CubeSpread,
    _ workspace: inout CubeWorkspace<D>, _ generator: inout G
  ) throws -> Partial {
    let start = chunk * Self.pointsPerChunk
    let end = min(start + Self.pointsPerChunk, pointCount)
    var partial = Partial(spread: empty, endsReplicate: end == pointCount)
    for first in stride(from: start, to: end, by: drawsPerBlock) {
      let draw = replicate * pointCount + first
      let count = min(drawsPerBlock, end - first)
      let done = try workspace.evaluate(count: count, firstDraw: draw) {
        points.fill(&$0, from: first, randomization, using: &generator)
      } _: {
        partial.spread.add($0, firstDraw: draw)
      }
      if done < count {
        partial.isCut = true
        break
      }
    }
    return partial
  }

  private func estimate(_ total: Total) throws -> VectorEstimate {
    let done = Int(total.means.count)
    guard done >= 2 else { throw CancellationError() }
    return total.spread.estimate(
      means: total.means.means, covariance: total.means.covarianceOfMeans,
      errorModel: .studentT(degreesOfFreedom: Double(done - 1)), evaluations: done * pointCount,
      requested: replicates * pointCount)
  }
}
