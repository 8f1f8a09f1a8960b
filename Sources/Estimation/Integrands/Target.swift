import Densities
import Distributions

/// What a sampler needs of its target: log densities, normalised or not, of many draws at a time.
public struct Target<Value: Sendable>: Sendable {
  /// Log densities of draws; minus infinity where an evaluation failed recoverably. Returns how many
  /// failed.
  @usableFromInline
  typealias Evaluator = (Span<Value>, inout MutableSpan<Double>) throws -> Int

  /// The same from `[count, dimension]` coordinates.
  typealias RowEvaluator = (Span<Double>, inout MutableSpan<Double>) throws -> Int

  /// The gradient of the log density at a draw.
  typealias GradientEvaluator = (Value) throws(EvaluationFailure) -> [Double]

  /// Called once by each worker.
  @usableFromInline let makeEvaluator: @Sendable () -> Evaluator
  /// The same from coordinates, where it takes them; called once by each worker.
  private(set) var makeRowEvaluator: (@Sendable () -> RowEvaluator)?
  /// Where the density has a gradient.
  private(set) var makeGradientEvaluator: (@Sendable () -> GradientEvaluator)?
  /// How many coordinates it has, where it is a density that tells.
  private(set) var dimension: Int?
  /// The target as a distribution, where it is one.
  let distribution: (any Distribution<Value>)?

  @usableFromInline
  init(
    distribution: (any Distribution<Value>)?, makeEvaluator: @escaping @Sendable () -> Evaluator
  ) {
    (self.distribution, self.makeEvaluator) = (distribution, makeEvaluator)
  }

  /// A distribution, whose log density is normalised.
  public init<D: Distribution<Value>>(_ distribution: D) {
    self.init(distribution: distribution) {
      { draws, logDensities in
        distribution.logDensities(of: draws, into: &logDensities)
        return 0
      }
    }
    if let vectors = distribution as? any MultivariateDistribution {
      makeRowEvaluator = {
        { rows, logDensities in
          vectors.logDensities(rows: rows, into: &logDensities)
          return 0
        }
      }
    }
  }

  /// A log density, in general known up to a constant.
  @inlinable @inline(__always)
  public init(logDensity: @escaping @Sendable (Value) throws -> Double) {
    self.init(distribution: nil) {
      { draws, logDensities in
        try draws.withUnsafeBufferPointer { draws in
          try logDensities.withUnsafeMutableBufferPointer { logDensities in
            var failures = 0
            for i in 0..<draws.count {
              do {
                logDensities[i] = try logDensity(draws[i])
              } catch EvaluationFailure.recoverable {
                logDensities[i] = -.infinity
                failures += 1
              }
            }
            return failures
          }
        }
      }
    }
  }

  /// A log density of many draws at a time, in general known up to a constant.
  ///
  /// - Parameter batch: is given `[count]` draws, for any count, and fills `[count]` log densities.
  public init(
    batch: @escaping @Sendable (Span<Value>, inout MutableSpan<Double>) throws -> Void
  ) {
    self.init(distribution: nil) {
      { draws, logDensities in
        try batch(draws, &logDensities)
        return 0
      }
    }
  }
}

extension Target where Value == [Double] {
  /// A density of vectors, in general known up to a constant.
  public init(_ density: some LogDensity) {
    self.init(makeRowEvaluator: { rowEvaluator(of: density) })
    dimension = density.dimension
    if let density = density as? any DifferentiableLogDensity {
      makeGradientEvaluator = gradientEvaluatorMaker(of: density)
    }
  }

  private init(makeRowEvaluator: @escaping @Sendable () -> RowEvaluator) {
    self.init(distribution: nil) {
      let evaluator = makeRowEvaluator()
      return { draws, logDensities in
        try withRows(of: draws) { try evaluator($0, &logDensities) }
      }
    }
    self.makeRowEvaluator = makeRowEvaluator
  }

  /// A log density of many vectors at a time, in general known up to a constant.
  ///
  /// - Parameter rows: is given `[count, dimension]` coordinates, for any count, and fills `[count]` log
  ///   densities.
  public init(
    rows: @escaping @Sendable (Span<Double>, inout MutableSpan<Double>) throws -> Void
  ) {
    self.init(makeRowEvaluator: {
      { coordinates, logDensities in
        try rows(coordinates, &logDensities)
        return 0
      }
    })
  }
}

extension Target where Value == Double {
  /// A density of one dimension, in general known up to a constant: a compiled `Program`, say, which
  /// evaluates many draws side by side.
  public init(_ density: some LogDensity) {
    self.init(distribution: nil) { rowEvaluator(of: density) }
    dimension = density.dimension
  }
}

/// The log densities of rows, of which some may fail.
private func rowEvaluator<Density: LogDensity>(
  of density: Density
) -> (Span<Double>, inout MutableSpan<Double>) throws -> Int {
  var workspace = density.makeWorkspace()
  return { rows, logDensities in
    do {
      try density.logDensities(at: rows, into: &logDensities, in: &workspace)
      return 0
    } catch EvaluationFailure.recoverable {
      // Some of them failed: which?
      var failures = 0
      let size = density.dimension
      for i in logDensities.indices {
        do {
          logDensities[i] = try density.logDensity(
            at: rows.extracting(i * size..<(i + 1) * size), in: &workspace)
        } catch EvaluationFailure.recoverable {
          logDensities[i] = -.infinity
          failures += 1
        }
      }
      return failures
    }
  }
}

/// What one worker needs to evaluate a target.
struct TargetEvaluator<Value: Sendable> {
  let values: Target<Value>.Evaluator
  /// From coordinates, where the target takes them.
  let rows: Target<Value>.RowEvaluator?

  init(_ target: Target<Value>) {
    rows = target.makeRowEvaluator?()
    values = target.makeEvaluator()
  }
}

private func gradientEvaluatorMaker(
  of density: some DifferentiableLogDensity
) -> @Sendable () -> Target<[Double]>.GradientEvaluator {
  {
    var workspace = density.makeWorkspace()
    return { (place) throws(EvaluationFailure) in
      var gradient = [Double](repeating: 0, count: place.count)
      var span = gradient.mutableSpan
      _ = try density.logDensity(at: place.span, gradient: &span, in: &workspace)
      return gradient
    }
  }
}

/// The log density of a target at one draw, minus infinity where the evaluation failed.
func logDensity<Value>(
  of draw: Value, _ target: Target<Value>.Evaluator
) throws -> Double {
  let draws = [draw]
  var results = [0.0]
  var span = results.mutableSpan
  _ = try evaluate(target, on: draws.span, into: &span)
  return results[0]
}

/// The log densities of a target at some draws, checked: below +infinity and not NaN.
///
/// - Returns: how many evaluations failed.
func evaluate<Value>(
  _ target: Target<Value>.Evaluator, on draws: Span<Value>,
  into logDensities: inout MutableSpan<Double>
) throws -> Int {
  fillWithNaN(&logDensities)
  let failures = try target(draws, &logDensities)
  for i in logDensities.indices where !(logDensities[i] < .infinity) {  // NaN too
    throw EstimationError.densityNotFinite(value: logDensities[i], at: "\(draws[i])")
  }
  return failures
}
