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
    let densities = try predictive(index).componentDensities(at: y)
    return estimate(densities, concern: draws.concern(averaging: densities))
  }

  /// P(Y <= y) at input `index` with its Monte Carlo error.
  public func cdf(_ y: Double, _ index: Int) throws -> Estimate {
    try estimate(predictive(index).componentTails(y, sign: -1))
  }

  /// The weighted mean of one value a draw.
  private func estimate(_ values: [Double], concern: Concern? = nil) -> Estimate {
    let mean = dot(draws.weights, values)
    return draws.estimate(mean, influences: values.map { $0 - mean }, concern: concern)
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
    return outcome.total.flatMap { $0 }
  }

  /// How well the average predicts `y` (`[n]`), with Monte Carlo errors by the delta method, of
  /// the root-mean-square error to second order.
  /// - Complexity: O(n draws) time, O(draws) memory.
  public func scores(
    _ y: [Double], workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Scores {
    precondition(y.count == count, "\(y.count) targets for \(count) predictions")
    guard count > 0 else { return Scores() }
    let outcome = try await ChunkedWork(count: count, chunkSize: 16).run(
      into: ScoreSums(draws: draws.values.count), workers: workers, progress: progress,
      makeWorkspace: {},
      body: { chunk, _ in
        var sums = ScoreSums(draws: draws.values.count)
        for (index, mixture) in zip(chunk.items, try mixtures(chunk.items)) {
          sums.add(y[index], mixture, draws)
        }
        return sums
      },
      merge: { $0.merge($1) })
    guard outcome.completed == count else { throw CancellationError() }
    return outcome.total.scores(draws)
  }

  /// Sums over inputs, and for each draw how it moves two of them.
  private struct ScoreSums: Sendable {
    private var count = 0.0
    private var squaredErrors = 0.0
    private var logDensities = 0.0
    private var covered = 0.0
    /// sum_i Var(m_i), the Monte Carlo variances of the predictive means.
    private var meanVariances = 0.0
    /// The worst row's.
    private var concern: Concern?
    /// sum_i (y_i - m_i) (m_is - m_i) and sum_i (p_is / p_i - 1), `[draws]`.
    private var meanMoves: [Double]
    private var densityMoves: [Double]

    init(draws: Int) {
      meanMoves = [Double](repeating: 0, count: draws)
      densityMoves = meanMoves
    }

    mutating func add(_ y: Double, _ mixture: NormalMixture, _ draws: WeightedDraws<[Double]>) {
      let mean = mixture.mean
      let logDensity = mixture.logDensity(of: y)
      count += 1
      squaredErrors += (y - mean) * (y - mean)
      logDensities += logDensity
      if abs(mixture.cdf(y) - 0.5) <= 0.45 { covered += 1 }
      var ratios = meanMoves
      var variance = 0.0
      for s in meanMoves.indices {
        let move = mixture.means[s] - mean
        meanMoves[s] += (y - mean) * move
        variance += draws.weights[s] * draws.weights[s] * move * move
        ratios[s] = exp(mixture.componentLogDensity(s, at: y) - logDensity)
        densityMoves[s] += ratios[s] - 1
      }
      meanVariances += variance
      note(draws.concern(averaging: ratios))
    }

    mutating func merge(_ other: ScoreSums) {
      count += other.count
      squaredErrors += other.squaredErrors
      logDensities += other.logDensities
      covered += other.covered
      meanVariances += other.meanVariances
      for s in meanMoves.indices {
        meanMoves[s] += other.meanMoves[s]
        densityMoves[s] += other.densityMoves[s]
      }
      note(other.concern)
    }

    private mutating func note(_ new: Concern?) {
      guard case .dominatedPrediction(let share) = new else { return }
      if case .dominatedPrediction(let worst) = concern, worst >= share { return }
      concern = new
    }

    func scores(_ draws: WeightedDraws<[Double]>) -> Scores {
      let error = (squaredErrors / count).squareRoot()
      var scores = Scores(
        rootMeanSquareError: error, logDensity: logDensities / count, coverage90: covered / count)
      // The square of the error moves by -2 sum r_i e_i + sum e_i^2 with e_i the errors of the
      // means. The second term has the expectation sum Var(e_i) and at most, where the e_i are
      // proportional, twice its square as variance.
      let first = draws.standardError(ofInfluences: meanMoves)
      let square = 4 * first * first + 3 * meanVariances * meanVariances
      scores.standardErrors = (
        rootMeanSquareError: square.squareRoot() / (2 * error * count),
        logDensity: draws.standardError(ofInfluences: densityMoves) / count
      )
      scores.concern = concern ?? draws.tailConcern(ofInfluences: densityMoves)
      return scores
    }
  }
}
