import Densities
import Distributions
import Execution
import LinearAlgebra
import Randomness

/// Functions h whose expectations under the target are known, so that the error of their averages tells
/// something of the error of f's.
///
/// ```
/// E[f] ~ mean(f) - b' (mean(h) - E[h]),   b = cov(h)^-1 cov(h, f)
/// ```
///
/// ```swift
/// let controls = ControlVariates<Double>(means: [0.5]) { [$0] }
/// let estimate = try await MonteCarlo(draws: 10_000)
///   .mean(of: exp, under: Uniform(lower: 0, upper: 1), controls: controls, seed: 1)
/// ```
///
/// ## References
/// S. Asmussen, P. W. Glynn, *Stochastic Simulation* (2007), section V.2.
public struct ControlVariates<Value: Sendable>: Sendable {
  /// h.
  public let functions: Integrand<Value>
  /// E[h] under the target, `[controls]`.
  public let means: [Double]
  /// How many coordinates a draw has, where the functions tell.
  private var dimension: Int?

  /// - Parameters:
  ///   - means: E[h] under the target, `[controls]`, at least one, finite; checked when they are used.
  ///   - functions: h, with as many values.
  public init(means: [Double], _ functions: @escaping @Sendable (Value) throws -> [Double]) {
    precondition(!means.isEmpty, "no control variate")
    self.init(means: means, functions: Integrand(outputs: means.count, functions))
  }

  /// - Parameter functions: h, with as many outputs as there are means.
  public init(means: [Double], functions: Integrand<Value>) {
    precondition(
      functions.outputs == means.count,
      "\(functions.outputs) functions with \(means.count) means")
    (self.means, self.functions) = (means, functions)
  }

  /// - Throws: ``EstimationError/setting(_:)`` where the draws of the target are of another size.
  fileprivate func requireFit(_ target: some Distribution<Value>) throws(EstimationError) {
    try DrawShape.require(
      "the density of the control variates", dimension.map { DrawShape(dimension: $0) },
      equals: "the target", DrawShape(of: target))
  }
}

/// The degree of the polynomials that make Stein's control variates.
public enum SteinDegree: Int, Sendable {
  /// d controls: the derivatives of the log density.
  case first = 1
  /// d (d + 3) / 2 of them: also those of squares and products of two coordinates.
  case second
}

extension ControlVariates where Value == [Double] {
  /// Stein's control variates of a density with a gradient, whose expectations are zero: P'' + P' s for
  /// polynomials P of the coordinates, with s the gradient of the log density.
  ///
  /// Of a normal target they take all variance from polynomials of that degree. The density must fall
  /// to zero at the ends of its support.
  ///
  /// ## References
  /// A. Mira, R. Solgi, D. Imparato, "Zero variance Markov chain Monte Carlo for Bayesian estimators",
  /// Statistics and Computing 23 (2013), doi:10.1007/s11222-012-9344-6.
  public static func stein<Density: DifferentiableLogDensity>(
    of density: Density, degree: SteinDegree
  ) -> ControlVariates {
    let dimension = density.dimension
    let count = steinCount(dimension: dimension, degree: degree)
    // One workspace for a batch: it is made anew for each, which costs what one evaluation does.
    let functions = Integrand<[Double]>(
      outputs: count,
      rows: { rows, values in
        var workspace = density.makeWorkspace()
        var gradient = [Double](repeating: 0, count: dimension)
        for draw in 0..<rows.count / max(dimension, 1) {
          let place = rows.extracting(draw * dimension..<(draw + 1) * dimension)
          var span = gradient.mutableSpan
          _ = try density.logDensity(at: place, gradient: &span, in: &workspace)
          fillStein(place, gradient, degree, into: &values, at: draw * count)
        }
      })
    var controls = ControlVariates(
      means: [Double](repeating: 0, count: count), functions: functions)
    controls.dimension = dimension
    return controls
  }
}

extension ControlVariates where Value == Double {
  /// Stein's control variates of a distribution of one variable, as those of a density of vectors; its
  /// density must fall to zero at the ends of its support.
  public static func stein<D: ParametricDistribution<Double>>(
    of distribution: D, degree: SteinDegree
  ) -> ControlVariates {
    let count = steinCount(dimension: 1, degree: degree)
    let functions = Integrand<Double>(
      outputs: count,
      batch: { draws, values in
        var partials = [Double](repeating: 0, count: 1 + distribution.parameterNames.count)
        for draw in draws.indices {
          var span = partials.mutableSpan
          _ = distribution.logDensity(of: draws[draw], partials: &span)
          let place = [draws[draw]]
          fillStein(place.span, [partials[0]], degree, into: &values, at: draw * count)
        }
      })
    return ControlVariates(means: [Double](repeating: 0, count: count), functions: functions)
  }
}

private func steinCount(dimension: Int, degree: SteinDegree) -> Int {
  degree == .first ? dimension : dimension + dimension * (dimension + 1) / 2
}

/// The controls at one place, from `start` on.
private func fillStein(
  _ place: Span<Double>, _ gradient: [Double], _ degree: SteinDegree,
  into values: inout MutableSpan<Double>, at start: Int
) {
  let dimension = gradient.count
  for i in 0..<dimension { values[start + i] = gradient[i] }
  guard degree == .second else { return }
  var next = start + dimension
  for i in 0..<dimension {
    for j in 0..<i {
      values[next] = place[i] * gradient[j] + place[j] * gradient[i]
      next += 1
    }
    values[next] = 2 + 2 * place[i] * gradient[i]
    next += 1
  }
}

extension MonteCarlo {
  /// The expectation of `integrand` under `target` with control variates.
  ///
  /// A first run over up to 1,000 draws fits their coefficients; the second averages f without what they
  /// explain, and fits the rest. The verdict looks at that rest, and at f itself where the controls explain
  /// less than half of its variance. The bias of fitting is of order 1/S.
  @inlinable @inline(__always)
  public func mean<D: Distribution>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    controls: ControlVariates<D.Value>, seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await mean(
      of: Integrand(integrand), under: target, controls: controls, seed: seed, workers: workers,
      progress: progress)
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<D: Distribution, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    controls: ControlVariates<D.Value>, using generator: inout G
  ) throws -> Estimate {
    try mean(of: Integrand(integrand), under: target, controls: controls, using: &generator)
  }

  @usableFromInline
  func mean<D: Distribution>(
    of integrand: Integrand<D.Value>, under target: D, controls: ControlVariates<D.Value>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> Estimate {
    try controls.requireFit(target)
    let regression = try ControlRegression(integrand, controls, draws: draws)
    let pilot = try await MonteCarlo(draws: regression.pilot)
      .means(
        of: regression.first, under: target,
        seed: Philox.derivedSeed(from: seed, purpose: 1 << 33), workers: workers)
    let coefficients = try regression.coefficients(pilot)
    let result = try await means(
      of: regression.second(coefficients), under: target, seed: seed, workers: workers,
      progress: progress)
    return try regression.estimate(result, pilot: pilot)
  }

  @usableFromInline
  func mean<D: Distribution, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, controls: ControlVariates<D.Value>,
    using generator: inout G
  ) throws -> Estimate {
    try controls.requireFit(target)
    let regression = try ControlRegression(integrand, controls, draws: draws)
    let pilot = try MonteCarlo(draws: regression.pilot)
      .means(of: regression.first, under: target, using: &generator)
    let result = try means(
      of: regression.second(try regression.coefficients(pilot)), under: target, using: &generator)
    return try regression.estimate(result, pilot: pilot)
  }
}

/// The two fits of an integrand by its control variates.
private struct ControlRegression<Value: Sendable> {
  let integrand: Integrand<Value>
  let controls: ControlVariates<Value>
  let pilot: Int

  init(
    _ integrand: Integrand<Value>, _ controls: ControlVariates<Value>, draws: Int
  ) throws(EstimationError) {
    for mean in controls.means where !mean.isFinite {
      throw .setting("the mean \(mean) of a control variate is not finite")
    }
    let needed = 10 * (controls.means.count + 1)
    guard draws >= needed else {
      throw .setting(
        "\(draws) draws for \(controls.means.count) control variates: at least \(needed) are needed"
      )
    }
    self.integrand = integrand
    self.controls = controls
    pilot = min(draws, max(pilotDraws, needed))
  }

  /// f, then the controls less their means, and f again.
  var first: Integrand<Value> {
    second([Double](repeating: 0, count: controls.means.count))
  }

  /// f less what the controls explain, then the controls less their means, and f itself.
  func second(_ coefficients: [Double]) -> Integrand<Value> {
    let (integrand, controls) = (integrand, controls)
    let count = controls.means.count
    return Integrand(outputs: 2 + count, isOneByOne: true) { draws, values in
      try withUnsafeTemporaryAllocation(of: Double.self, capacity: draws.count * (1 + count)) {
        memory in
        memory.initialize(repeating: .nan)
        let (own, others) = (
          UnsafeMutableBufferPointer(rebasing: memory[..<draws.count]),
          UnsafeMutableBufferPointer(rebasing: memory[draws.count...])
        )
        var span = own.mutableSpan
        try integrand.body(draws, &span)
        var rest = others.mutableSpan
        try controls.functions.body(draws, &rest)
        for draw in draws.indices {
          var explained = 0.0
          for k in 0..<count {
            let control = others[draw * count + k] - controls.means[k]
            values[draw * (2 + count) + 1 + k] = control
            explained += coefficients[k] * control
          }
          values[draw * (2 + count)] = own[draw] - explained
          values[draw * (2 + count) + 1 + count] = own[draw]
        }
      }
    }
  }

  /// cov(h)^-1 cov(h, f), by the eigenvalues of the correlations that stand above rounding.
  func coefficients(_ means: VectorEstimate) throws -> [Double] {
    let count = controls.means.count
    let scales = (1...count).map { means.covariance[$0, $0].squareRoot() }
    var correlation = Matrix(rows: count, columns: count)
    var target = [Double](repeating: 0, count: count)
    for i in 0..<count where scales[i] > 0 {
      for j in 0..<count where scales[j] > 0 {
        correlation[i, j] = means.covariance[1 + i, 1 + j] / scales[i] / scales[j]
      }
      target[i] = means.covariance[0, 1 + i] / scales[i]
    }
    let eigen = try SymmetricEigenDecomposition(correlation)
    let floor = 1e-10 * (eigen.values.map(abs).max() ?? 0)
    var projected = eigen.vectors.transposed * target
    for i in 0..<count {
      projected[i] = eigen.values[i] > floor ? projected[i] / eigen.values[i] : 0
    }
    let solution = eigen.vectors * projected
    return zip(solution, scales).map { $1 > 0 ? $0 / $1 : 0 }
  }

  /// The average of the second run, less what the controls explain of it still.
  func estimate(_ result: VectorEstimate, pilot: VectorEstimate) throws -> Estimate {
    let coefficients = try coefficients(result)
    var estimate = result[0]
    var variance = result.covariance[0, 0]
    for (k, coefficient) in coefficients.enumerated() {
      estimate.value -= coefficient * result.values[1 + k]
      variance -= coefficient * result.covariance[0, 1 + k]
    }
    // Controls that explain little leave the error to the tail of f, or, fitted to draws that are missing
    // here, hide that f never changes.
    let last = result.count - 1
    if estimate.diagnosis.isReliable, result.covariance[0, 0] > 0.5 * result.covariance[last, last]
    {
      estimate.diagnosis = result.diagnoses[last]
      estimate.findings = result.findings[last]
    }
    let count = Double(result.draws ?? 0)
    let free = count - 1 - Double(coefficients.count)
    estimate.standardError = (max(0, variance) * (count - 1) / free).squareRoot()
    estimate.errorModel = .studentT(degreesOfFreedom: free)
    estimate.evaluations += pilot.evaluations
    // As many plain draws would be needed for the same error, by the spread of f in the first run.
    let spread = pilot.covariance[0, 0] * Double(pilot.draws ?? 0)
    estimate.effectiveSampleSize =
      estimate.standardError > 0
      ? spread / (estimate.standardError * estimate.standardError) : count
    return estimate
  }
}
