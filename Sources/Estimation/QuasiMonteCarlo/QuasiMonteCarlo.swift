import Distributions
import Execution
import GSL

/// Randomised quasi-Monte Carlo: the average of f over points that fill the unit cube evenly, moved at
/// random as a whole, several times over.
///
/// ```
/// E[f(X)] ~ 1/R sum_r 1/N sum_i f(T(u_ri)),   standard error  sd(means of R replicates) / sqrt(R)
/// ```
///
/// Each randomisation makes every point uniform, so that the estimate is unbiased, and keeps the points
/// evenly spread, so that of an f with few important coordinates the error falls nearly as 1/N, and with
/// scrambling of a smooth f nearly as N^(-3/2). Intervals are Student's with R - 1 degrees of freedom.
/// The effective sample size is f's variance over the squared error: it may exceed the evaluations many
/// times.
///
/// Take a power of two of points of a sequence in base 2 (Sobol's and Niederreiter's, whose origin, which
/// GSL leaves out of Sobol's, is counted in): only then is every box of a halved cube given its share. With
/// another number the estimate stays unbiased and its error right, but larger, often by ten times. And
/// rather more points than more replicates, above some ten of these.
///
/// ```swift
/// let target = Independent(try (0..<5).map { _ in try Normal(mean: 0, standardDeviation: 1) })
/// let estimate = try await QuasiMonteCarlo(sequence: .sobol, points: 1 << 12)
///   .mean(of: { x in exp(x.reduce(0, +) / 5) }, under: target, seed: 1)
/// ```
///
/// ## References
/// A. B. Owen, "Scrambled net variance for integrals of smooth functions", Ann. Statist. 25 (1997),
/// doi:10.1214/aos/1031594731. W.-L. Loh, "On the asymptotic distribution of scrambled net quadrature",
/// Ann. Statist. 31 (2003), doi:10.1214/aos/1059655914. R. Cranley, T. N. L. Patterson, SIAM J. Numer.
/// Anal. 13 (1976), doi:10.1137/0713071. P. L'Ecuyer, M. K. Nakayama, A. B. Owen, B. Tuffin, "Confidence
/// intervals for randomized quasi-Monte Carlo estimators", WSC 2023,
/// doi:10.1109/WSC60868.2023.10408613.
public struct QuasiMonteCarlo: UnitCubeMethod {
  /// How the points are moved.
  public enum Randomization: String, Sendable, Hashable, CaseIterable {
    /// A random number for each coordinate is added to its digits, without carry, in the sequence's base.
    case digitalShift
    /// In base 2 each digit is flipped at random, by all those above it (Owen's nested scrambling); in
    /// Halton's other bases the digits are multiplied by random numbers and shifted.
    case scrambling
    /// A random vector is added modulo one (Cranley and Patterson): it keeps what is even about any
    /// points, but not what is even about a net in base 2.
    case shift
  }

  /// Which points.
  public var sequence: QuasiRandomSequence.Kind
  /// N, of each replicate.
  public var points: Int
  /// R.
  public var replicates: Int
  /// How the replicates differ.
  public var randomization: Randomization

  /// - Parameters:
  ///   - sequence: the target's `cubeDimension` may be up to its `largestDimension`; checked when it runs,
  ///     as the others are.
  ///   - points: from 1 to 2^30; a power of two, or the error suffers.
  ///   - replicates: at least two.
  ///   - randomization: scrambling gives the smallest errors.
  public init(
    sequence: QuasiRandomSequence.Kind = .sobol, points: Int, replicates: Int = 16,
    randomization: Randomization = .scrambling
  ) {
    self.sequence = sequence
    self.points = points
    self.replicates = replicates
    self.randomization = randomization
  }

  /// The expectations of an integrand's outputs under `target`, on Philox streams: the same bits on any
  /// number of workers. After a cancellation they cover the replicates that were done, and say so.
  ///
  /// - Throws: ``EstimationError`` for a target of more coordinates than the sequence has, for other
  ///   settings that make no sense and for a value of the integrand that is not finite,
  ///   ``IntegrandFailure`` for what it throws, `CancellationError` if fewer than two replicates were
  ///   done.
  /// - Complexity: `points` times `replicates` evaluations. Memory does not grow with either.
  public func means<D: UnitCubeTransform>(
    of integrand: Integrand<D.Value>, under target: D, seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    switch sequence {
    case .sobol, .niederreiter:
      try await run(integrand, target, binaryNet(target.cubeDimension))
        .means(seed: seed, workers: workers, progress: progress)
    case .halton, .reverseHalton:
      try await run(integrand, target, haltonPoints(target.cubeDimension))
        .means(seed: seed, workers: workers, progress: progress)
    }
  }

  /// The same on any generator, on one worker.
  public func means<D: UnitCubeTransform, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate {
    switch sequence {
    case .sobol, .niederreiter:
      try run(integrand, target, binaryNet(target.cubeDimension)).means(using: &generator)
    case .halton, .reverseHalton:
      try run(integrand, target, haltonPoints(target.cubeDimension)).means(using: &generator)
    }
  }

  private func run<D: UnitCubeTransform, Points: RandomizedPoints>(
    _ integrand: Integrand<D.Value>, _ target: D, _ set: Points
  ) throws(EstimationError) -> ReplicatedRun<D, Points> {
    try ReplicatedRun(
      target: target, integrand: integrand, points: set, pointCount: points,
      replicates: replicates)
  }

  private func binaryNet(_ dimension: Int) throws(EstimationError) -> BinaryNet {
    try requireFit(dimension)
    do {
      return BinaryNet(
        columns: try QuasiRandomSequence.generatingColumns(sequence, dimension: dimension),
        dimension: dimension, method: randomization)
    } catch {
      throw .setting(error.message)
    }
  }

  private func haltonPoints(_ dimension: Int) throws(EstimationError) -> HaltonPoints {
    try requireFit(dimension)
    return HaltonPoints(
      dimension: dimension, count: points, isReverse: sequence == .reverseHalton,
      method: randomization)
  }

  private func requireFit(_ dimension: Int) throws(EstimationError) {
    try requireCoordinates(dimension)
    guard dimension <= sequence.largestDimension else {
      throw .setting(
        "the \(sequence) sequence has up to \(sequence.largestDimension) coordinates, "
          + "and a draw of the target takes \(dimension)")
    }
    guard points > 0 else { throw .noDraws(points) }
    guard points <= 1 << 30 else {
      throw .setting("\(points) points are more than the 2^30 of the \(sequence) sequence")
    }
  }
}
