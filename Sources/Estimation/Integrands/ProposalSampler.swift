import Densities
import Distributions
import Execution

/// A method that turns draws of a proposal into expectations under a target: rejection and importance
/// sampling. What a user calls is written here once, for all of them.
///
/// With a `seed` the draws come from Philox streams, and the result has the same bits on any number of
/// workers; `using` takes any generator, on one worker.
public protocol ProposalSampler<Value>: Sendable {
  /// A draw.
  associatedtype Value: Sendable

  /// The expectations of `integrand` under `target`, on Philox streams.
  func estimate(
    _ integrand: Integrand<Value>, _ target: Target<Value>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> VectorEstimate

  /// The same on any generator, on one worker.
  func estimate<G: RandomNumberGenerator>(
    _ integrand: Integrand<Value>, _ target: Target<Value>, using generator: inout G
  ) throws -> VectorEstimate
}

/// A ``ProposalSampler`` whose target need only be known up to a constant.
public protocol UnnormalizedSampler<Value>: ProposalSampler {}

extension ProposalSampler {
  /// The expectation of `integrand` under `target`.
  ///
  /// - Throws: ``EstimationError``, ``IntegrandFailure``; `CancellationError` if nothing was done before
  ///   a cancellation.
  @inlinable @inline(__always)
  public func mean<D: Distribution<Value>>(
    of integrand: @escaping @Sendable (Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await estimate(
      Integrand(integrand), Target(target), seed: seed, workers: workers, progress: progress)[0]
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<D: Distribution<Value>, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Value) throws -> Double, under target: D,
    using generator: inout G
  ) throws -> Estimate {
    try estimate(Integrand(integrand), Target(target), using: &generator)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time.
  public func means<D: Distribution<Value>>(
    of integrand: Integrand<Value>, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await estimate(
      integrand, Target(target), seed: seed, workers: workers, progress: progress)
  }

  /// The same on any generator, on one worker.
  public func means<D: Distribution<Value>, G: RandomNumberGenerator>(
    of integrand: Integrand<Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate {
    try estimate(integrand, Target(target), using: &generator)
  }
}

extension UnnormalizedSampler {
  /// The expectation of `integrand` under the target with that log density, known up to a constant.
  @inlinable @inline(__always)
  public func mean(
    of integrand: @escaping @Sendable (Value) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await estimate(
      Integrand(integrand), Target(logDensity: logDensity), seed: seed, workers: workers,
      progress: progress)[0]
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Value) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    using generator: inout G
  ) throws -> Estimate {
    try estimate(Integrand(integrand), Target(logDensity: logDensity), using: &generator)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time.
  @inlinable @inline(__always)
  public func means(
    of integrand: Integrand<Value>,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await estimate(
      integrand, Target(logDensity: logDensity), seed: seed, workers: workers, progress: progress)
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func means<G: RandomNumberGenerator>(
    of integrand: Integrand<Value>,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    using generator: inout G
  ) throws -> VectorEstimate {
    try estimate(integrand, Target(logDensity: logDensity), using: &generator)
  }
}

extension UnnormalizedSampler where Value == [Double] {
  /// The expectation of `integrand` under a density of vectors.
  @inlinable @inline(__always)
  public func mean<Density: LogDensity>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: Density,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await estimate(
      Integrand(integrand), Target(target), seed: seed, workers: workers, progress: progress)[0]
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<Density: LogDensity, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: Density,
    using generator: inout G
  ) throws -> Estimate {
    try estimate(Integrand(integrand), Target(target), using: &generator)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time.
  public func means<Density: LogDensity>(
    of integrand: Integrand<[Double]>, under target: Density,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await estimate(
      integrand, Target(target), seed: seed, workers: workers, progress: progress)
  }

  /// The same on any generator, on one worker.
  public func means<Density: LogDensity, G: RandomNumberGenerator>(
    of integrand: Integrand<[Double]>, under target: Density, using generator: inout G
  ) throws -> VectorEstimate {
    try estimate(integrand, Target(target), using: &generator)
  }
}
