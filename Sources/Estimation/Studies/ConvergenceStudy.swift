import Distributions
import Execution
import Foundation
import Randomness

/// Repeats an estimator at several sizes and compares it with the truth: does the error fall as it
/// should, and do the intervals cover?
///
/// ```swift
/// let study = try await ConvergenceStudy(truth: 0.02275, sizes: [1_000, 4_000, 16_000], replicates: 200)
///   .run(seed: 1) { size, generator in
///     try MonteCarlo(draws: size).mean(of: f, under: target, using: &generator)
///   }
/// #expect(study.slope.isConsistent(with: -0.5))
/// #expect(study.coverage(0.95).isConsistent)
/// ```
public struct ConvergenceStudy: Sendable {
  /// The exact value, or a reference whose own error is negligible.
  public let truth: Double
  /// The sizes (draws, say) at which the estimator is run, increasing.
  public let sizes: [Int]
  /// How often it is run at each.
  public let replicates: Int

  /// - Throws: ``EstimationError/study(_:)`` for fewer than two sizes, sizes that do not increase,
  ///   or fewer than ten replicates.
  public init(truth: Double, sizes: [Int], replicates: Int) throws(EstimationError) {
    guard truth.isFinite else { throw .study("the truth \(truth) is not finite") }
    guard sizes.count >= 2, sizes[0] > 0, zip(sizes, sizes.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw .study("the sizes \(sizes) are not at least two increasing positive numbers") }
    guard replicates >= 10 else {
      throw .study("the number of replicates \(replicates) is less than 10")
    }
    self.truth = truth
    self.sizes = sizes
    self.replicates = replicates
  }

  /// A study against a reference that another method computed.
  ///
  /// - Throws: ``EstimationError/study(_:)`` as above, and where the reference is not reliable.
  public init(reference: Estimate, sizes: [Int], replicates: Int) throws(EstimationError) {
    guard reference.diagnosis.isReliable else {
      throw .study("the reference \(reference) is \(reference.diagnosis)")
    }
    try self.init(truth: reference.value, sizes: sizes, replicates: replicates)
  }

  /// Runs `estimator` for every size and replicate, each on a Philox stream of its own.
  /// - Throws: what the estimator throws; `CancellationError`.
  public func run(
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil,
    estimator: @escaping @Sendable (_ size: Int, _ generator: inout Philox) throws -> Estimate
  ) async throws -> Result {
    let work = ChunkedWork(count: sizes.count * replicates, chunkSize: 1)
    let outcome = try await work.run(
      workers: workers, progress: progress, makeWorkspace: {},
      body: { chunk, _ in
        var generator = StreamPartition(seed: seed)[chunk.index]
        return try estimator(sizes[chunk.index / replicates], &generator)
      })
    guard outcome.completed == work.count else { throw CancellationError() }
    return Result(
      truth: truth,
      rows: sizes.indices.map { index in
        Result.Row(
          size: sizes[index], truth: truth,
          estimates: Array(outcome.total[index * replicates..<(index + 1) * replicates]))
      })
  }

  /// The same for an estimator that takes a seed and brings its own workers: one run after the other,
  /// each with a seed derived from `seed`.
  ///
  /// - Throws: what the estimator throws; `CancellationError`.
  public func run(
    seed: UInt64, progress: ProgressHandler? = nil,
    estimator: (_ size: Int, _ seed: UInt64) async throws -> Estimate
  ) async throws -> Result {
    let start = ContinuousClock.now
    let total = sizes.count * replicates
    func tell(_ completed: Int, isFinal: Bool) {
      progress?(
        WorkProgress(
          completed: completed, total: total, elapsed: ContinuousClock.now - start,
          isFinal: isFinal))
    }
    var completed = 0
    defer { tell(completed, isFinal: true) }
    var rows: [Result.Row] = []
    for size in sizes {
      var estimates: [Estimate] = []
      for _ in 0..<replicates {
        try Task.checkCancellation()
        let own = Philox.derivedSeed(from: seed, purpose: UInt64(completed))
        estimates.append(try await estimator(size, own))
        completed += 1
        tell(completed, isFinal: false)
      }
      rows.append(Result.Row(size: size, truth: truth, estimates: estimates))
    }
    return Result(truth: truth, rows: rows)
  }

  /// What a study found.
  public struct Result: Sendable {
    /// What the estimates were compared with.
    public let truth: Double
    /// One for each size, in order.
    public let rows: [Row]

    /// The estimates at one size.
    public struct Row: Sendable {
      /// What the estimator was given.
      public let size: Int
      /// `[replicates]`.
      public let estimates: [Estimate]
      /// The mean error.
      public let bias: Double
      /// Of the estimates about the truth.
      public let rootMeanSquareError: Double
      /// The mean of the standard errors that the estimates state.
      public let meanStandardError: Double
      /// How many estimates call themselves reliable.
      public let reliable: Int
      let truth: Double

      init(size: Int, truth: Double, estimates: [Estimate]) {
        (self.size, self.truth, self.estimates) = (size, truth, estimates)
        let count = Double(estimates.count)
        let errors = estimates.map { $0.value - truth }
        bias = errors.reduce(0, +) / count
        rootMeanSquareError = (errors.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
        meanStandardError = estimates.reduce(0) { $0 + $1.standardError } / count
        reliable = estimates.count { $0.diagnosis.isReliable }
      }

      /// How many of the central intervals of that nominal probability contain the truth.
      public func covered(_ nominal: Double) -> Int {
        estimates.count { $0.confidenceInterval(nominal).contains(truth) }
      }
    }

    /// The slope of log RMSE against log size: -1/2 for Monte Carlo.
    ///
    /// Its standard error follows from the replicates, taking errors as normal: the variance of
    /// log RMSE over R of them is 1 / (2 R).
    public var slope: Slope {
      let x = rows.map { log(Double($0.size)) }
      let y = rows.map { log($0.rootMeanSquareError) }
      let mean = x.reduce(0, +) / Double(x.count)
      let spread = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return Slope(
        value: zip(x, y).reduce(0) { $0 + ($1.0 - mean) * $1.1 } / spread,
        standardError: (1 / (2 * Double(rows[0].estimates.count)) / spread).squareRoot())
    }

    /// How often the intervals of that nominal probability cover, at each size.
    public func coverage(_ nominal: Double) -> Coverage {
      precondition(nominal > 0 && nominal < 1, "\(nominal) is not a probability inside (0, 1)")
      return Coverage(
        nominal: nominal,
        cells: rows.map {
          Coverage.Cell(
            size: $0.size, covered: $0.covered(nominal), replicates: $0.estimates.count,
            nominal: nominal)
        })
    }

    /// Whether the mean error at every size is what its replicates allow for an unbiased estimator.
    public func isUnbiased(level: Double = 0.001) -> Bool {
      rows.allSatisfy { row in
        let count = Double(row.estimates.count)
        let square = row.rootMeanSquareError * row.rootMeanSquareError - row.bias * row.bias
        let deviation = (max(0, square) * count / (count - 1)).squareRoot()
        // Valid: there are at least ten replicates.
        let t = try! StudentT(degreesOfFreedom: count - 1)
          .quantile(1 - level / Double(rows.count) / 2)
        return abs(row.bias) <= t * deviation / count.squareRoot()
      }
    }
  }

  /// A fitted slope with its standard error.
  public struct Slope: Sendable, Equatable {
    public let value: Double
    public let standardError: Double

    /// The central interval of that probability.
    public func confidenceInterval(_ level: Double = 0.95) -> ClosedRange<Double> {
      ErrorModel.normal.interval(value, standardError, level: level)
    }

    /// Whether a normal test of `level` (two-sided) accepts the expected slope.
    public func isConsistent(with expected: Double, level: Double = 0.001) -> Bool {
      abs(value - expected) <= standardNormal.quantile(1 - level / 2) * standardError
    }
  }

  /// How often intervals cover, against their nominal probability.
  public struct Coverage: Sendable, Equatable {
    /// The probability that the intervals claim.
    public let nominal: Double
    /// One for each size.
    public let cells: [Cell]

    /// The count at one size.
    public struct Cell: Sendable, Equatable {
      public let size: Int
      public let covered: Int
      public let replicates: Int
      /// The probability of a count as far from the nominal one, or farther, on its side, doubled.
      public let pValue: Double

      init(size: Int, covered: Int, replicates: Int, nominal: Double) {
        (self.size, self.covered, self.replicates) = (size, covered, replicates)
        let counts = try! Binomial(trials: replicates, probability: nominal)  // valid
        pValue = min(1, 2 * min(counts.cdf(covered), counts.survival(covered - 1)))
      }
    }

    /// Whether exact binomial tests accept the nominal probability at every size, at a level of
    /// 0.001 shared among the sizes.
    public var isConsistent: Bool { isConsistent(level: 0.001) }

    /// The same at another level.
    public func isConsistent(level: Double) -> Bool {
      cells.allSatisfy { $0.pValue >= level / Double(cells.count) }
    }
  }
}
