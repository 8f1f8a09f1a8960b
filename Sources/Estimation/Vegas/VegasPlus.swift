import Densities
import Distributions
import Execution
import Foundation
import LinearAlgebra

/// VEGAS with adaptive stratification: the integral of f over a box, for f that is peaked, kinked or
/// rough, in up to some twenty dimensions.
///
/// ```
/// I = int f(x) dx = int f(x(y)) |dx/dy| dy over the unit cube,   I ~ sum_h V_h mean_h f(x(y)) |dx/dy|
/// ```
///
/// Each iteration draws in the hypercubes h of y, at least two places in each. What it saw moves the map
/// x(y), axis by axis, so that f times Jacobian is as flat as a map of separate axes can make it
/// (importance sampling), and shares out the next iteration's evaluations among the hypercubes by their
/// standard deviations (stratified sampling), which helps where f's structure lies across the axes.
/// Iterations are averaged by steadied inverse variances; see `findings.chiSquaredPerDegree` for whether
/// they agree.
///
/// Against Lepage's package `vegas`: more and smaller hypercubes; as many increments as the noise in
/// the data allows, none much longer than its neighbours, so that the far side of a jump is still seen;
/// variances of hypercubes that are remembered from iteration to iteration; weights that do not follow
/// the chance in an iteration's own variance. `Benchmarks/peers/estimation/vegas_genz.py` compares the
/// two.
///
/// The verdict: iterations that disagree (p < 0.001), a heavy tail of what the evaluations add to the
/// error, an error that few evaluations make up, fewer than 100 evaluations. No draw can show a peak
/// that no iteration met.
///
/// ```swift
/// let estimate = try await VegasPlus(evaluationsPerIteration: 10_000)
///   .integral(of: { exp(-$0[0] * $0[0] - $0[1] * $0[1]) }, over: [-.infinity ... .infinity, 0...1], seed: 1)
/// ```
///
/// Ranges may be infinite: x = a + t / (1 - t) on [a, infinity), x = s / (1 - s^2) with s = 2 t - 1 on
/// the whole line, t in [0, 1]; f must vanish faster than 1 / x^2 there, near enough.
///
/// ## References
/// G. P. Lepage, "Adaptive multidimensional integration: VEGAS enhanced", J. Comput. Phys. 439 (2021)
/// 110386, doi:10.1016/j.jcp.2021.110386. G. P. Lepage, J. Comput. Phys. 27 (1978),
/// doi:10.1016/0021-9991(78)90004-9.
public struct VegasPlus: Sendable {
  /// How many evaluations of the integrand an iteration takes.
  public var evaluationsPerIteration: Int
  /// How many iterations are averaged.
  public var iterations: Int
  /// How many iterations come before, which adapt and are not averaged.
  public var warmUpIterations: Int
  /// alpha: how far the map moves after an iteration; 0 leaves it alone.
  public var damping = 0.5
  /// beta: how unevenly the hypercubes share the evaluations; 0 shares them equally, 1 in proportion to
  /// the standard deviations, as they were seen.
  public var redistribution = 0.75

  /// - Parameters:
  ///   - evaluationsPerIteration: at least 2, and a thousand for f of no great difficulty; checked when
  ///     it runs, as all is.
  ///   - iterations: positive.
  ///   - warmUpIterations: not negative. The first iterations see f through a map that knows nothing of
  ///     it: for a narrow peak take five.
  public init(evaluationsPerIteration: Int, iterations: Int = 10, warmUpIterations: Int = 1) {
    self.evaluationsPerIteration = evaluationsPerIteration
    self.iterations = iterations
    self.warmUpIterations = warmUpIterations
  }

  /// The integral of a function over a box, on Philox streams: the same bits on any number of workers.
  ///
  /// - Parameters:
  ///   - integrand: f at a place, `[dimension]`; finite.
  ///   - box: a range for each axis, finite or not.
  ///   - seed: of the streams.
  ///   - workers: how many chunks of an iteration run at a time; nil for one per processor.
  ///   - progress: told of the evaluations done, as they come.
  /// - Throws: ``IntegrandFailure`` for what f throws, ``EstimationError`` where it is not finite and for
  ///   settings and boxes that make no sense, `CancellationError` if no iteration after the warm-up was
  ///   done before a cancellation; else the finished iterations are kept.
  /// - Complexity: (iterations + warm-up) evaluations an iteration; O(dimension) each. Memory for at
  ///   most 2^20 hypercubes and a chunk of some 10^4 evaluations for each worker.
  public func integral(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, over box: [ClosedRange<Double>],
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await integrals(PointIntegrand(function: integrand), box, seed, workers, progress)[0]
  }

  /// The same on any generator, on one worker.
  public func integral<G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, over box: [ClosedRange<Double>],
    using generator: inout G
  ) throws -> Estimate {
    let outcome = try makeRun(PointIntegrand(function: integrand), box).run(using: &generator)
    return estimate(outcome)[0]
  }

  /// The same for a function that is given many places at a time.
  ///
  /// - Parameter rows: is given `[count, dimension]` coordinates, for any count, and fills `[count]`
  ///   values.
  public func integral(
    ofRows rows: @escaping @Sendable (Span<Double>, inout MutableSpan<Double>) throws -> Void,
    over box: [ClosedRange<Double>], seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await integrals(BatchIntegrand(function: rows), box, seed, workers, progress)[0]
  }

  /// Several integrals from the same places, with the covariance of their errors. The map and the
  /// hypercubes adapt to the first output, as in the package `vegas`: put the one that matters, or the one
  /// that is hardest, there.
  public func integrals(
    of integrand: Integrand<[Double]>, over box: [ClosedRange<Double>],
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await integrals(VectorIntegrand(integrand: integrand), box, seed, workers, progress)
  }

  /// The expectation of f under a density p on a box that is known up to a constant: the ratio of the
  /// integrals of p f and p from the same places, with the delta method's error. The log of the integral
  /// of p is in `findings.logEvidence`.
  ///
  /// Map and hypercubes adapt to p and to p (f - mean), which makes up the error of the ratio, half and
  /// half: so an f that lives in a tail of p draws its evaluations there.
  ///
  /// - Throws: as `integral(of:over:seed:workers:progress:)`; `EvaluationFailure.fatal` of the density.
  ///   Recoverable failures of the density count as zeros and are named in the verdict.
  public func mean(
    of integrand: @escaping @Sendable ([Double]) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable ([Double]) throws -> Double,
    over box: [ClosedRange<Double>], seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), underLogDensity: logDensity, over: box, seed: seed,
      workers: workers, progress: progress)[0]
  }

  /// The same for a target that is a `LogDensity`.
  public func mean<Density: LogDensity>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: Density,
    over box: [ClosedRange<Double>], seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), under: target, over: box, seed: seed, workers: workers,
      progress: progress)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time, with the
  /// covariance of their errors. Map and hypercubes adapt to p and each p (f - mean) alike.
  public func means(
    of integrand: Integrand<[Double]>,
    underLogDensity logDensity: @escaping @Sendable ([Double]) throws -> Double,
    over box: [ClosedRange<Double>], seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await means(integrand, Target(logDensity: logDensity), box, seed, workers, progress)
  }

  /// The same for a target that is a `LogDensity`.
  public func means<Density: LogDensity>(
    of integrand: Integrand<[Double]>, under target: Density, over box: [ClosedRange<Double>],
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    guard box.count == target.dimension else {
      throw EstimationError.setting(
        "the box has \(box.count) axes, the target \(target.dimension) coordinates")
    }
    return try await means(integrand, Target(target), box, seed, workers, progress)
  }

  private func makeRun<I: RowIntegrand>(
    _ integrand: I, _ box: [ClosedRange<Double>]
  ) throws -> VegasRun<I> {
    guard evaluationsPerIteration >= 2 else {
      throw EstimationError.setting(
        "\(evaluationsPerIteration) evaluations an iteration are fewer than 2")
    }
    guard iterations >= 1, warmUpIterations >= 0 else {
      throw EstimationError.setting(
        "\(iterations) iterations after \(warmUpIterations) of warm-up are not a run")
    }
    guard damping >= 0, damping.isFinite else {
      throw EstimationError.setting("the damping \(damping) is not in [0, infinity)")
    }
    guard redistribution >= 0, redistribution <= 1 else {
      throw EstimationError.setting("the redistribution \(redistribution) is not in [0, 1]")
    }
    return VegasRun(integrand: integrand, axes: try IntegrationAxis.axes(of: box), settings: self)
  }

  private func integrals<I: RowIntegrand>(
    _ integrand: I, _ box: [ClosedRange<Double>], _ seed: UInt64, _ workers: Int?,
    _ progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    estimate(
      try await makeRun(integrand, box).run(seed: seed, workers: workers, progress: progress))
  }

  private func estimate<I>(_ outcome: VegasRun<I>.Outcome) -> VectorEstimate {
    let results = outcome.iterations
    let outputs = results[0].values.count
    let averages = (0..<outputs).map { s in
      IterationAverage(
        values: results.map { $0.values[s] },
        variances: results.map { $0.covariance[s * outputs + s] },
        uncertainties: results.map { $0.uncertainty[s] })
    }
    let exponents = outcome.exponents
    var covariance = Matrix(rows: outputs, columns: outputs)
    for s in 0..<outputs {
      for t in 0..<outputs {
        var sum = 0.0
        for (k, result) in results.enumerated() {
          sum +=
            averages[s].weights[k] * averages[t].weights[k] * result.covariance[s * outputs + t]
        }
        covariance[s, t] = scalbn(sum, exponents[s] + exponents[t])
      }
    }
    return VectorEstimate(
      values: (0..<outputs).map { scalbn(averages[$0].value, exponents[$0]) },
      covariance: covariance,
      standardErrors: (0..<outputs).map {
        scalbn(averages[$0].variance.squareRoot(), exponents[$0])
      },
      errorModel: errorModel(averages), evaluations: outcome.evaluations,
      draws: results.reduce(0) { $0 + $1.evaluations }, effectiveSampleSizes: nil,
      diagnoses: (0..<outputs).map {
        Diagnosis(
          concerns(
            outcome, averages[$0], size: abs(averages[$0].value),
            shape: results.last!.tailShapes[$0]))
      },
      findings: averages.map {
        var findings = Findings()
        findings.chiSquaredPerDegree = $0.chiSquaredPerDegree
        return findings
      })
  }

  private func means(
    _ integrand: Integrand<[Double]>, _ target: Target<[Double]>, _ box: [ClosedRange<Double>],
    _ seed: UInt64, _ workers: Int?, _ progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    let outcome = try await makeRun(
      DensityIntegrand(target: target, integrand: integrand), box
    ).run(seed: seed, workers: workers, progress: progress)
    let results = outcome.iterations
    let centers = results.last!.centers
    let (functions, outputs) = (integrand.outputs, integrand.outputs + 1)
    let evidence = IterationAverage(
      values: results.map { $0.values[0] }, variances: results.map { $0.covariance[0] },
      uncertainties: results.map { $0.uncertainty[0] })
    let draws = results.reduce(0) { $0 + $1.evaluations }
    guard evidence.value > 0 else {
      var findings = Findings()
      findings.chiSquaredPerDegree = evidence.chiSquaredPerDegree
      findings.logEvidence = Findings.Measurement(value: -.infinity, standardError: .infinity)
      var concerns = interruptions(outcome) + [Concern.noWeight]
      if draws < fewestDraws { concerns.append(.tooFewDraws(draws)) }
      return VectorEstimate(
        values: [Double](repeating: .nan, count: functions),
        covariance: Matrix(
          rows: functions, columns: functions,
          elements: [Double](repeating: .nan, count: functions * functions)),
        evaluations: outcome.evaluations, draws: draws, effectiveSampleSizes: nil,
        diagnoses: [Diagnosis](repeating: Diagnosis(concerns), count: functions),
        findings: [Findings](repeating: findings, count: functions))
    }
    // All of a function is relative to 2^exponent of p f; over one of p it is relative to this.
    let exponents = (1...functions).map { outcome.exponents[$0] - outcome.exponents[0] }
    func scaled(_ center: Double, _ k: Int) -> Double { scalbn(center, -exponents[k]) }
    // About the last centers.
    let shifts = results.map { result in
      (0..<functions).map { k in
        let (old, new) = (result.centers[k], centers[k])
        return old == new ? 0 : scaled(old, k) - scaled(new, k)
      }
    }
    // First ratios tell the variances of the residuals p (f - mean), and they the weights.
    let ratios = (0..<functions).map { k in
      results.indices.reduce(0) {
        let (result, shift) = (results[$1], shifts[$1][k])
        return $0 + evidence.weights[$1] * (result.values[k + 1] + shift * result.values[0])
      } / evidence.value
    }
    let rests = zip(results, shifts).map { result, shifts in
      result.moved(by: zip(shifts, ratios).map { $0 - $1 })
    }
    let sizes = (0..<functions).map { abs(scaled(centers[$0], $0) + ratios[$0]) * evidence.value }
    let residuals = (0..<functions).map { k in
      IterationAverage(
        values: rests.map { $0.values[k + 1] },
        variances: rests.map { max(0, $0.covariance[(k + 1) * outputs + k + 1]) },
        uncertainties: rests.map { $0.uncertainty[k + 1] },
        size: sizes[k])
    }
    let masses = residuals.map {
      zip($0.weights, results).reduce(0) { $0 + $1.0 * $1.1.values[0] }
    }
    var errors = Matrix(rows: functions, columns: functions)
    for k in 0..<functions {
      for l in 0...k {
        let sum =
          l == k
          ? residuals[k].variance
          : rests.indices.reduce(0) {
            $0 + residuals[k].weights[$1] * residuals[l].weights[$1]
              * rests[$1].covariance[(k + 1) * outputs + l + 1]
          }
        errors[k, l] = scalbn(sum / (masses[k] * masses[l]), exponents[k] + exponents[l])
        errors[l, k] = errors[k, l]
      }
    }
    return VectorEstimate(
      values: (0..<functions).map {
        centers[$0] + scalbn(ratios[$0] + residuals[$0].value / masses[$0], exponents[$0])
      },
      covariance: errors,
      standardErrors: (0..<functions).map {
        scalbn(residuals[$0].variance.squareRoot() / masses[$0], exponents[$0])
      },
      errorModel: errorModel(residuals), evaluations: outcome.evaluations, draws: draws,
      effectiveSampleSizes: nil,
      diagnoses: (0..<functions).map {
        Diagnosis(
          concerns(
            outcome, residuals[$0], size: sizes[$0],
            shape: results.last!.tailShapes[$0 + 1]))
      },
      findings: residuals.map {
        var findings = Findings()
        findings.chiSquaredPerDegree = $0.chiSquaredPerDegree
        findings.logEvidence = Findings.Measurement(
          value: log(evidence.value) + Double(outcome.exponents[0]) * M_LN2,
          standardError: evidence.variance.squareRoot() / evidence.value)
        return findings
      })
  }

  /// Student t, with the degrees of freedom that the scatter of the squared deviations leaves
  /// (Satterthwaite's).
  private func errorModel(_ averages: [IterationAverage]) -> ErrorModel {
    let uncertainty = averages.map(\.uncertainty).max() ?? 0
    return uncertainty > 0 ? .studentT(degreesOfFreedom: max(1, 2 / uncertainty)) : .normal
  }

  /// What kept the run from all its evaluations.
  private func interruptions<I>(_ outcome: VegasRun<I>.Outcome) -> [Concern] {
    var concerns: [Concern] = []
    if outcome.isCancelled {
      concerns.append(
        .cancelled(completed: outcome.evaluations, requested: outcome.requested))
    }
    let failures = outcome.iterations.reduce(0) { $0 + $1.failures }
    if failures > 0 { concerns.append(.failedEvaluations(failures)) }
    return concerns
  }

  /// - Parameter size: what the error is compared with, to see whether it is rounding.
  private func concerns<I>(
    _ outcome: VegasRun<I>.Outcome, _ average: IterationAverage, size: Double, shape: Double?
  ) -> [Concern] {
    var concerns = interruptions(outcome)
    let draws = outcome.iterations.reduce(0) { $0 + $1.evaluations }
    if draws < fewestDraws { concerns.append(.tooFewDraws(draws)) }
    if average.variance.squareRoot() <= 4 * Double.ulpOfOne * size {
      concerns.append(.constantValues)
    }
    concerns += uncertaintyConcerns(average.uncertainty.squareRoot() / 2)
    concerns += tailConcerns([shape], draws: outcome.iterations.last!.evaluations)
    if let pValue = average.pValue, pValue < 0.001 {
      concerns.append(
        .inconsistentIterations(
          chiSquaredPerDegree: average.chiSquaredPerDegree!, pValue: pValue))
    }
    return concerns
  }
}
