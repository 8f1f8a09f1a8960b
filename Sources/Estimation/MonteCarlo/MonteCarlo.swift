import Distributions
import Execution

/// Plain Monte Carlo: the average of f over independent draws of the target.
///
/// ```
/// E[f(X)] ~ 1/S sum_s f(x_s),   standard error  sd(f) / sqrt(S)
/// ```
///
/// ```swift
/// let target = try Normal(mean: 0, standardDeviation: 1)
/// let estimate = try await MonteCarlo(draws: 1_000_000)
///   .mean(of: { $0 > 2 ? $0 * $0 : 0 }, under: target, seed: 1)
/// ```
///
/// Unbiased. The verdict looks at the tails of f's values (where k-hat is high, the variance may not
/// exist and the error means little) and at their kurtosis: where few values make up the variance,
/// the error is itself uncertain.
///
/// With a `seed` the draws come from Philox streams, and the result has the same bits on any number of
/// workers; `using` takes any generator, on one worker.
///
/// - Complexity: `draws` draws and evaluations of f; memory of a few times sqrt(`draws`) numbers.
public struct MonteCarlo: Sendable {
  /// S.
  public var draws: Int

  /// - Parameter draws: positive; checked when it runs.
  public init(draws: Int) { self.draws = draws }

  /// The expectation of `integrand` under `target`.
  ///
  /// - Throws: ``EstimationError`` for a non-finite value of the integrand, ``IntegrandFailure`` for
  ///   what it throws itself, and `CancellationError` if nothing was done before a cancellation.
  @inlinable @inline(__always)
  public func mean<D: Distribution>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), under: target, seed: seed, workers: workers, progress: progress)[0]
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<D: Distribution, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    using generator: inout G
  ) throws -> Estimate {
    try means(of: Integrand(integrand), under: target, using: &generator)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time.
  public func means<D: Distribution>(
    of integrand: Integrand<D.Value>, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    let run = Run(target: target, integrand: integrand, draws: draws)
    let (total, completed) = try await run.run(
      draws: draws, seed: seed, workers: workers, progress: progress)
    return total.estimate(evaluations: completed, requested: draws)
  }

  /// The same on any generator, on one worker.
  public func means<D: Distribution, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate {
    let run = Run(target: target, integrand: integrand, draws: draws)
    let (total, completed) = try run.run(draws: draws, using: &generator)
    return total.estimate(evaluations: completed, requested: draws)
  }

  private struct Run<D: Distribution>: SamplingRun {
    let target: D
    let integrand: Integrand<D.Value>
    let draws: Int
    private let thresholds = SharedThresholds<[TailThresholds]>()

    init(target: D, integrand: Integrand<D.Value>, draws: Int) {
      (self.target, self.integrand, self.draws) = (target, integrand, draws)
    }

    func makeWorkspace() -> SamplerWorkspace<D> {
      SamplerWorkspace(drawing: target, for: integrand)
    }

    var empty: DrawAverage { DrawAverage(outputs: integrand.outputs, draws: draws) }

    func partial<G: RandomNumberGenerator>(
      draws range: Range<Int>, using generator: inout G, in workspace: inout SamplerWorkspace<D>,
      isCancelled: () -> Bool
    ) throws -> DrawAverage {
      var average = DrawAverage(
        outputs: integrand.outputs, draws: draws, above: thresholds.value)
      var start = range.lowerBound
      while start < range.upperBound, !isCancelled() {
        let count = min(drawsPerBlock, range.upperBound - start)
        workspace.fill(count, from: target, using: &generator)
        let done = try workspace.evaluate(
          integrand, count: count, number: { start + $0 }, isCancelled: isCancelled)
        workspace.add(done, to: &average)
        start += count
        if done < count { break }
      }
      return average
    }

    func draws(in partial: DrawAverage) -> Int { partial.count }

    func merge(_ partial: DrawAverage, into total: inout DrawAverage) {
      total.merge(partial)
      thresholds.value = total.outputs.map(\.thresholds)
    }
  }
}
