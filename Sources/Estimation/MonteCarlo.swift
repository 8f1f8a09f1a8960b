import Diagnostics
import Distributions
import Execution

/// Plain Monte Carlo: the average of f over independent draws of the target.
///
/// ```
/// E[f(X)] ~ 1/S sum_s f(x_s),   standard error  sd(f) / sqrt(S)
/// ```
///
/// Unbiased. The verdict looks at the tails of f's values (where k-hat is high, the variance may not
/// exist and the error means little) and at their kurtosis: where few values make up the variance,
/// the error is itself uncertain.
public struct MonteCarlo: Sendable {
  /// S.
  public var draws: Int

  /// - Parameter draws: positive; checked when it runs.
  public init(draws: Int) { self.draws = draws }

  /// The expectation of `integrand` under `target`, on Philox streams: the same bits on any number
  /// of workers.
  ///
  /// - Throws: ``EstimationError`` for a non-finite value of the integrand, what it throws itself,
  ///   and `CancellationError` if nothing was done before a cancellation.
  /// - Complexity: `draws` draws and evaluations of the integrand.
  public func mean<D: Distribution>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    let run = Run(target: target, integrand: integrand, draws: draws)
    return run.estimate(
      try await run.run(draws: draws, seed: seed, workers: workers, progress: progress))
  }

  /// The same on any generator, on one worker.
  public func mean<D: Distribution, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    using generator: inout G
  ) throws -> Estimate {
    let run = Run(target: target, integrand: integrand, draws: draws)
    return run.estimate(try run.run(draws: draws, using: &generator))
  }

  private struct Run<D: Distribution>: SamplingRun {
    let target: D
    let integrand: @Sendable (D.Value) throws -> Double
    let draws: Int

    func makeWorkspace() {}
    var empty: ValueAverage { ValueAverage(draws: draws) }

    func partial<G: RandomNumberGenerator>(
      draws range: Range<Int>, using generator: inout G, in workspace: inout Void
    ) throws -> ValueAverage {
      var average = empty
      var value = target.sample(using: &generator)
      for draw in range {
        if draw > range.lowerBound { target.sample(into: &value, using: &generator) }
        average.add(try evaluate(integrand, value, draw: draw))
      }
      return average
    }

    func merge(_ partial: ValueAverage, into total: inout ValueAverage) { total.merge(partial) }

    func estimate(_ result: (total: ValueAverage, completed: Int)) -> Estimate {
      result.total.estimate(evaluations: result.completed, requested: draws, concerns: [])
    }
  }
}

/// With fewer draws no verdict is possible: a tail of 20 values, a fifth of them, is the least.
let fewestDraws = 100

/// Whether a standard error is known well enough, to about 15 %.
func uncertaintyConcerns(_ share: Double) -> [Concern] {
  share > 0.15 ? [.uncertainError(relative: share)] : []
}

/// The average of equally weighted values, with what its verdict needs.
struct ValueAverage: Sendable {
  private var moments = MeanAccumulator()
  private var upper: ParetoTail
  private var lower: ParetoTail

  init(draws: Int) {
    upper = ParetoTail(draws: draws, isLogarithmic: false)
    lower = upper
  }

  mutating func add(_ value: Double) {
    moments.add(value)
    upper.insert(value)
    lower.insert(-value)
  }

  mutating func merge(_ other: ValueAverage) {
    moments.merge(other.moments)
    upper.merge(other.upper)
    lower.merge(other.lower)
  }

  func estimate(evaluations: Int, requested: Int, concerns: [Concern]) -> Estimate {
    var concerns = concerns
    let count = Int(moments.count)
    if count < requested { concerns.append(.cancelled(completed: count, requested: requested)) }
    if count < fewestDraws { concerns.append(.tooFewDraws(count)) }
    if moments.isConstant { concerns.append(.constantValues) }
    concerns += uncertaintyConcerns(moments.relativeErrorOfStandardError)
    let limit = ParetoTail.shapeLimit(draws: count)
    let shape = max(upper.shape ?? -.infinity, lower.shape ?? -.infinity)
    if count >= fewestDraws, shape > limit {
      concerns.append(.heavyTail(shape: shape, limit: limit))
    }
    return Estimate(
      value: moments.mean, standardError: moments.standardError, evaluations: evaluations,
      draws: count, effectiveSampleSize: moments.count, diagnosis: Diagnosis(concerns))
  }
}
