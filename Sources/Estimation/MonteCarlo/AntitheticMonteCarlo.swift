import Distributions
import Execution
import LinearAlgebra
import Randomness

/// Antithetic Monte Carlo: the average of f over pairs of draws from opposite points of the unit cube.
///
/// ```
/// E[f(X)] ~ 1/P sum_p (f(T(u_p)) + f(T(1 - u_p))) / 2,   standard error  sd(pair means) / sqrt(P)
/// ```
///
/// The draws of a pair depend on one another, so the pair is what is counted: its variance is
/// (1 + r) / 2 times that of f with the correlation r of the two values. Where f is monotone in every
/// coordinate r is not positive and the pairs do no worse than as many plain draws; an odd f costs
/// nothing at all; of an even one a pair is worth a single draw. `varianceReduction` among the findings
/// says what it came to. The verdict looks at the tails of f's values and at the kurtosis of the pairs.
///
/// ```swift
/// let target = try Normal(mean: 0, standardDeviation: 1)
/// let estimate = try await AntitheticMonteCarlo(pairs: 50_000)
///   .mean(of: { exp($0) }, under: target, seed: 1)
/// ```
///
/// ## References
/// J. M. Hammersley, K. W. Morton, "A new Monte Carlo technique: antithetic variates", Math. Proc.
/// Cambridge Phil. Soc. 52 (1956), doi:10.1017/S0305004100031455.
public struct AntitheticMonteCarlo: UnitCubeMethod {
  /// P; the integrand is evaluated twice as often.
  public var pairs: Int

  /// - Parameter pairs: at least two; checked when it runs.
  public init(pairs: Int) { self.pairs = pairs }

  /// The expectations of an integrand's outputs under `target`, on Philox streams: the same bits on any
  /// number of workers. After a cancellation they cover the pairs that were done, and say so.
  ///
  /// - Throws: ``EstimationError`` for fewer than two pairs and for a value of the integrand that is not
  ///   finite, ``IntegrandFailure`` for what it throws, `CancellationError` if nothing was done.
  /// - Complexity: 2 `pairs` evaluations.
  public func means<D: UnitCubeTransform>(
    of integrand: Integrand<D.Value>, under target: D, seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try requireSettings(target)
    let empty = Partial(outputs: integrand.outputs, pairs: pairs)
    let outcome = try await ChunkedWork(count: pairs, chunkSize: drawsPerChunk / 2).run(
      into: empty, workers: workers, progress: progress,
      makeWorkspace: { CubeWorkspace(target, integrand) },
      body: { chunk, workspace in
        var generator = StreamPartition(seed: seed)[chunk.index]
        return try partial(chunk.items, empty, target.cubeDimension, &workspace, &generator)
      },
      merge: { $0.merge($1) })
    return try estimate(outcome.total)
  }

  /// The same on any generator, on one worker.
  public func means<D: UnitCubeTransform, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate {
    try requireSettings(target)
    var workspace = CubeWorkspace(target, integrand)
    let empty = Partial(outputs: integrand.outputs, pairs: pairs)
    return try estimate(
      partial(0..<pairs, empty, target.cubeDimension, &workspace, &generator))
  }

  private func requireSettings<D: UnitCubeTransform>(_ target: D) throws(EstimationError) {
    guard pairs > 0 else { throw .noDraws(2 * pairs) }
    guard pairs > 1, pairs <= .max / 2 else {
      throw .setting("the number of pairs \(pairs) is not between 2 and \(Int.max / 2)")
    }
    try requireCoordinates(target.cubeDimension)
  }

  private struct Partial: Sendable {
    /// Of the means of the pairs.
    var pairs: RowMoments
    var spread: CubeSpread
    /// Whether a cancellation came before its end.
    var isCut = false

    init(outputs: Int, pairs: Int) {
      self.pairs = RowMoments(columns: outputs, isFull: true)
      spread = CubeSpread(outputs: outputs, draws: 2 * pairs)
    }

    /// Nothing is merged behind a part that was cut.
    mutating func merge(_ other: Partial) {
      guard !isCut else { return }
      pairs.merge(other.pairs)
      spread.merge(other.spread)
      isCut = other.isCut
    }
  }

  private func partial<D, G: RandomNumberGenerator>(
    _ range: Range<Int>, _ empty: Partial, _ dimension: Int, _ workspace: inout CubeWorkspace<D>,
    _ generator: inout G
  ) throws -> Partial {
    var partial = empty
    let outputs = partial.pairs.columns
    var units = [Double](repeating: 0, count: drawsPerBlock / 2 * dimension)
    var means = [Double](repeating: 0, count: drawsPerBlock / 2 * outputs)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: drawsPerBlock / 2) {
      let count = min(drawsPerBlock / 2, range.upperBound - first)
      units.withUnsafeMutableBufferPointer {
        var span = UnsafeMutableBufferPointer(rebasing: $0[..<(count * dimension)]).mutableSpan
        fillOpenUnits(&span, using: &generator)
      }
      let done = try workspace.evaluate(count: 2 * count, firstDraw: 2 * first) { points in
        for pair in 0..<count {
          for i in 0..<dimension {
            let unit = units[pair * dimension + i]
            points[2 * pair * dimension + i] = unit
            points[(2 * pair + 1) * dimension + i] = 1 - unit
          }
        }
      } _: { values in
        let count = values.count / outputs / 2
        partial.spread.add(values.extracting(..<(2 * count * outputs)), firstDraw: 2 * first)
        for pair in 0..<count {
          for k in 0..<outputs {
            // Halves first: their sum cannot overflow.
            means[pair * outputs + k] =
              0.5 * values[2 * pair * outputs + k] + 0.5 * values[(2 * pair + 1) * outputs + k]
          }
        }
        partial.pairs.add(means.span.extracting(..<(count * outputs)))
      }
      if done < 2 * count {
        partial.isCut = true
        break
      }
    }
    return partial
  }

  private func estimate(_ total: Partial) throws -> VectorEstimate {
    let (moments, done) = (total.pairs, Int(total.pairs.count))
    guard done > 1 else { throw CancellationError() }
    return total.spread.estimate(
      means: moments.means, covariance: moments.covarianceOfMeans, errorModel: .normal,
      evaluations: 2 * done, requested: 2 * pairs,
      uncertainties: (0..<moments.columns).map { moments.relativeErrorOfDeviation($0) })
  }
}
