import Estimation
import Execution
import Foundation
import LinearAlgebra

/// The Monte Carlo average of p(y | x, theta_s, sigma_s) over weighted draws, at n inputs: a
/// mixture of normal distributions at each.
///
/// The curves of the draws are computed when they are asked for, some inputs at a time, so that
/// memory does not grow with n.
public struct PredictiveAverage: Sendable {
  let draws: WeightedDraws<[Double]>
  /// The number of inputs.
  public let count: Int
  /// The curves of the draws at some of the inputs, `[inputs, draws]`, for the standardised target.
  private let curves: @Sendable (Range<Int>) throws -> Matrix
  /// The noise of the draws in the target's units, `[draws]`.
  private let deviations: [Double]
  private let target: Standardization

  /// - Parameters:
  ///   - logNoise: log sigma, `[draws]`, for the standardised target.
  ///   - curves: gives `[inputs, draws]` for a range of the inputs.
  init(
    draws: WeightedDraws<[Double]>, count: Int, logNoise: [Double], target: Standardization,
    curves: @escaping @Sendable (Range<Int>) throws -> Matrix
  ) {
    self.draws = draws
    self.count = count
    self.curves = curves
    self.target = target
    deviations = logNoise.map { target.scale * exp($0) }
  }

  /// The predictions at the inputs of `range`, one mixture each.
  private func mixtures(_ range: Range<Int>) throws -> [NormalMixture] {
    let block = try curves(range)
    return (0..<range.count).map { row in
      NormalMixture(
        weights: draws.weights, means: block[row: row].map { target.mean + target.scale * $0 },
        deviations: deviations)
    }
  }

  /// The prediction at input `index`: a mixture of one normal distribution a draw.
  public func predictive(_ index: Int) throws -> NormalMixture {
    try mixtures(index..<index + 1)[0]
  }

  /// The mean prediction at input `index` with its Monte Carlo error.
  public func mean(_ index: Int) throws -> Estimate {
    try estimate(predictive(index).means)
  }

  /// The predictive density of `y` at input `index` with its Monte Carlo error.
  public func density(of y: Double, _ index: Int) throws -> Estimate {
    try estimate(predictive(index).componentDensities(at: y))
  }

  /// P(Y <= y) at input `index` with its Monte Carlo error.
  public func cdf(_ y: Double, _ index: Int) throws -> Estimate {
    try estimate(predictive(index).componentTails(y, sign: -1))
  }

  /// The weighted mean of one value a draw.
  private func estimate(_ values: [Double]) -> Estimate {
    let mean = dot(draws.weights, values)
    return Estimate(
      value: mean, standardError: draws.standardError(ofInfluences: values.map { $0 - mean }),
      evaluations: values.count, draws: values.count,
      effectiveSampleSize: draws.effectiveSampleSize, diagnosis: draws.diagnosis)
  }

  /// What `body` makes of the prediction at each input, in order; inputs in parallel.
  func map<Value: Sendable>(
    workers: Int?, progress: ProgressHandler? = nil,
    _ body: @escaping @Sendable (Int, NormalMixture) -> Value
  ) async throws -> [Value] {
    let outcome = try await ChunkedWork(count: count, chunkSize: 16).run(
      workers: workers, progress: progress, makeWorkspace: {},
      body: { chunk, _ in zip(chunk.items, try mixtures(chunk.items)).map(body) })
    guard outcome.completed == count else { throw CancellationError() }
    return outcome.partials.flatMap { $0 }
  }

  /// How well the average predicts `y` (`[n]`), with Monte Carlo errors by the delta method.
  /// - Complexity: O(n draws) time, O(draws) memory.
  public func scores(
    _ y: [Double], workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Scores {
    precondition(y.count == count, "\(y.count) targets for \(count) predictions")
    guard count > 0 else { return Scores() }
    // At most 64 parts, whose sums over draws are kept until the end.
    let work = ChunkedWork(count: count, chunkSize: max(16, (count + 63) / 64))
    let outcome = try await work.run(
      workers: workers, progress: progress, makeWorkspace: {},
      body: { chunk, _ in
        var sums = ScoreSums(draws: draws.values.count)
        for start in stride(from: chunk.items.lowerBound, to: chunk.items.upperBound, by: 16) {
          let block = start..<min(start + 16, chunk.items.upperBound)
          for (index, mixture) in zip(block, try mixtures(block)) { sums.add(y[index], mixture) }
        }
        return sums
      })
    guard outcome.completed == count else { throw CancellationError() }
    var sums = ScoreSums(draws: draws.values.count)
    for partial in outcome.partials { sums.merge(partial) }
    return sums.scores(draws)
  }

  /// Sums over inputs, and for each draw how it moves two of them.
  private struct ScoreSums: Sendable {
    private var count = 0.0
    private var squaredErrors = 0.0
    private var logDensities = 0.0
    private var covered = 0.0
    /// sum_i (y_i - m_i) (m_is - m_i) and sum_i (p_is / p_i - 1), `[draws]`.
    private var meanMoves: [Double]
    private var densityMoves: [Double]

    init(draws: Int) {
      meanMoves = [Double](repeating: 0, count: draws)
      densityMoves = meanMoves
    }

    mutating func add(_ y: Double, _ mixture: NormalMixture) {
      let mean = mixture.mean
      let logDensity = mixture.logDensity(of: y)
      count += 1
      squaredErrors += (y - mean) * (y - mean)
      logDensities += logDensity
      if abs(mixture.cdf(y) - 0.5) <= 0.45 { covered += 1 }
      for s in meanMoves.indices {
        meanMoves[s] += (y - mean) * (mixture.means[s] - mean)
        densityMoves[s] += exp(mixture.componentLogDensity(s, at: y) - logDensity) - 1
      }
    }

    mutating func merge(_ other: ScoreSums) {
      count += other.count
      squaredErrors += other.squaredErrors
      logDensities += other.logDensities
      covered += other.covered
      for s in meanMoves.indices {
        meanMoves[s] += other.meanMoves[s]
        densityMoves[s] += other.densityMoves[s]
      }
    }

    func scores(_ draws: WeightedDraws<[Double]>) -> Scores {
      let error = (squaredErrors / count).squareRoot()
      var scores = Scores(
        rootMeanSquareError: error, logDensity: logDensities / count, coverage90: covered / count)
      scores.standardErrors = (
        rootMeanSquareError: draws.standardError(ofInfluences: meanMoves) / (count * error),
        logDensity: draws.standardError(ofInfluences: densityMoves) / count
      )
      return scores
    }
  }
}
