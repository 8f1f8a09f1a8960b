import Densities
import Distributions
import Execution
import Randomness

extension ProposalSampler {
  /// The covariance matrix of the outputs of an integrand under a target, and by the delta method the
  /// errors of its entries.
  ///
  /// A first run with the same sampler looks for the centers, so that nothing cancels: it takes as many
  /// draws again.
  func covariance(
    _ integrand: Integrand<Value>, _ target: Target<Value>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> CovarianceEstimate {
    let pilot = try await estimate(
      integrand, target, seed: Philox.derivedSeed(from: seed, purpose: 1 << 33),
      workers: workers, progress: nil)
    let centers = pilot.values.map { $0.isFinite ? $0 : 0 }
    let moments = try await estimate(
      centered(integrand, about: centers), target, seed: seed, workers: workers,
      progress: progress)
    return CovarianceEstimate(moments, centers: centers, factor: 1)
  }

  /// The covariance matrix of the outputs of an integrand under `target`. Takes two runs: the first
  /// looks for the centers, so that nothing cancels.
  public func covariance<D: Distribution<Value>>(
    of integrand: Integrand<Value>, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> CovarianceEstimate {
    try await covariance(
      integrand, Target(target), seed: seed, workers: workers, progress: progress)
  }

  /// The variance of f under `target`; see ``covariance(of:under:seed:workers:progress:)``.
  public func variance<D: Distribution<Value>>(
    of integrand: @escaping @Sendable (Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await covariance(
      Integrand(integrand), Target(target), seed: seed, workers: workers, progress: progress)[0, 0]
  }
}

extension UnnormalizedSampler {
  /// The covariance matrix of the outputs of an integrand under the target with that log density, known
  /// up to a constant. Takes two runs: the first looks for the centers, so that nothing cancels.
  public func covariance(
    of integrand: Integrand<Value>,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> CovarianceEstimate {
    try await covariance(
      integrand, Target(logDensity: logDensity), seed: seed, workers: workers, progress: progress)
  }

  /// The variance of f under the target with that log density.
  public func variance(
    of integrand: @escaping @Sendable (Value) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await covariance(
      Integrand(integrand), Target(logDensity: logDensity), seed: seed, workers: workers,
      progress: progress)[0, 0]
  }
}

extension UnnormalizedSampler where Value == [Double] {
  /// The means of the coordinates of a density of vectors.
  public func means<Density: LogDensity>(
    of target: Density, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await estimate(
      .elements(target.dimension), Target(target), seed: seed, workers: workers,
      progress: progress)
  }

  /// The covariance matrix of the coordinates of a density of vectors. Takes two runs: the first looks
  /// for the centers, so that nothing cancels.
  public func covariance<Density: LogDensity>(
    of target: Density, seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> CovarianceEstimate {
    try await covariance(
      .elements(target.dimension), Target(target), seed: seed, workers: workers,
      progress: progress)
  }
}
