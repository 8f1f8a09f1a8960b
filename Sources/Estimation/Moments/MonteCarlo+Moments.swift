import Distributions
import Execution
import Randomness

extension MonteCarlo {
  /// The mean of `target` itself.
  public func mean<D: Distribution<Double>>(
    of target: D, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await mean(
      of: { $0 }, under: target, seed: seed, workers: workers, progress: progress)
  }

  /// The means of the elements of `target` itself.
  public func means<D: MultivariateDistribution>(
    of target: D, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await means(
      of: .elements(target.dimension), under: target, seed: seed, workers: workers,
      progress: progress)
  }

  /// The variance of `target` itself.
  public func variance<D: Distribution<Double>>(
    of target: D, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await variance(
      of: { $0 }, under: target, seed: seed, workers: workers, progress: progress)
  }

  /// The covariance matrix of `target` itself.
  public func covariance<D: MultivariateDistribution>(
    of target: D, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> CovarianceEstimate {
    try await covariance(
      of: .elements(target.dimension), under: target, seed: seed, workers: workers,
      progress: progress)
  }

  /// The variance of f under `target`, sum (f - mean)^2 / (S - 1), and by the delta method its error.
  ///
  /// A first run over up to 1,000 draws looks for the center of f, so that nothing cancels.
  public func variance<D: Distribution>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await covariance(
      of: Integrand(integrand), under: target, seed: seed, workers: workers, progress: progress)[
        0, 0]
  }

  /// The covariance matrix of the outputs of an integrand under `target`, as ``variance(of:under:seed:workers:progress:)``.
  public func covariance<D: Distribution>(
    of integrand: Integrand<D.Value>, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> CovarianceEstimate {
    let pilot = try await MonteCarlo(draws: min(draws, pilotDraws))
      .means(of: integrand, under: target, seed: Philox.derivedSeed(from: seed, purpose: 1 << 33))
    let moments = try await means(
      of: centered(integrand, about: pilot.values), under: target, seed: seed, workers: workers,
      progress: progress)
    let count = Double(moments.draws ?? 0)
    return CovarianceEstimate(
      moments, centers: pilot.values, factor: count > 1 ? count / (count - 1) : .nan)
  }
}

extension Integrand where Value == [Double] {
  /// The elements of a vector.
  static func elements(_ dimension: Int) -> Integrand {
    Integrand(
      outputs: dimension,
      rows: { rows, values in
        for i in rows.indices { values[i] = rows[i] }
      })
  }
}
