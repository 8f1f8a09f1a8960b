import Distributions
import Execution
import Randomness

/// Latin hypercube sampling: in every coordinate of the unit cube the points of a replicate lie one in
/// each of n slices of equal width.
///
/// ```
/// u_ij = (pi_j(i) + v_ij) / n,   pi_j independent random permutations of 0..<n, v_ij uniform
/// E[f(X)] ~ the mean over the points,   standard error  sd(means of R replicates) / sqrt(R)
/// ```
///
/// What f owes to one coordinate at a time is averaged almost without error; the rest as by plain draws.
/// So the variance is at most n / (n - 1) times that of plain draws, and small where f is nearly a sum
/// of functions of one coordinate each: `varianceReduction` among the findings says by how much. Already
/// a hundred points leave nothing of such a sum to gain, so let the replicates be many: intervals are
/// Student's with R - 1 degrees of freedom.
///
/// ```swift
/// let target = Independent(try (0..<5).map { _ in try Uniform(lower: 0, upper: 1) })
/// let estimate = try await LatinHypercube(points: 1_000, replicates: 50)
///   .mean(of: { x in x.reduce(1) { $0 * (1 + $1) } }, under: target, seed: 1)
/// ```
///
/// ## References
/// M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21 (1979), doi:10.1080/00401706.1979.10489755.
/// A. B. Owen, "Monte Carlo variance of scrambled net quadrature", SIAM J. Numer. Anal. 34 (1997),
/// doi:10.1137/S0036142994277468 (the bound).
public struct LatinHypercube: UnitCubeMethod {
  /// n, of each replicate.
  public var points: Int
  /// R.
  public var replicates: Int

  /// - Parameters:
  ///   - points: from 1 to 2^32; checked when it runs, as the replicates are.
  ///   - replicates: at least two.
  public init(points: Int, replicates: Int = 16) {
    self.points = points
    self.replicates = replicates
  }

  /// The expectations of an integrand's outputs under `target`, on Philox streams: the same bits on any
  /// number of workers. After a cancellation they cover the replicates that were done, and say so.
  ///
  /// - Throws: ``EstimationError`` for settings that make no sense and for a value of the integrand that
  ///   is not finite, ``IntegrandFailure`` for what it throws, `CancellationError` if fewer than two
  ///   replicates were done.
  /// - Complexity: `points` times `replicates` evaluations. Memory does not grow with either.
  public func means<D: UnitCubeTransform>(
    of integrand: Integrand<D.Value>, under target: D, seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try await run(integrand, target).means(seed: seed, workers: workers, progress: progress)
  }

  /// The same on any generator, on one worker.
  public func means<D: UnitCubeTransform, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate {
    try run(integrand, target).means(using: &generator)
  }

  private func run<D: UnitCubeTransform>(
    _ integrand: Integrand<D.Value>, _ target: D
  ) throws(EstimationError) -> ReplicatedRun<D, Slices> {
    try requireCoordinates(target.cubeDimension)
    guard points <= 1 << 32 else {
      throw .setting("a Latin hypercube of \(points) points has more than 2^32")
    }
    return try ReplicatedRun(
      target: target, integrand: integrand,
      points: Slices(dimension: target.cubeDimension, count: points), pointCount: points,
      replicates: replicates)
  }

  private struct Slices: RandomizedPoints {
    let dimension: Int
    let count: Int

    func randomization<G: RandomNumberGenerator>(
      using generator: inout G
    ) -> [RandomPermutation] {
      (0..<dimension).map { _ in RandomPermutation(of: count, using: &generator) }
    }

    func fill<G: RandomNumberGenerator>(
      _ points: inout MutableSpan<Double>, from first: Int, _ randomization: [RandomPermutation],
      using generator: inout G
    ) {
      fillOpenUnits(&points, using: &generator)
      let size = Double(count)
      for j in 0..<dimension {
        let permutation = randomization[j]
        for i in 0..<points.count / dimension {
          let place = i * dimension + j
          points[place] = insideUnit((Double(permutation[first + i]) + points[place]) / size)
        }
      }
    }
  }
}

/// A random permutation of 0..<count, element by element: a table for a short one, for a long one eight
/// Feistel rounds on the next power of two, repeated until a number lies below `count`, so that it
/// needs no memory.
///
/// ## References
/// J. Black, P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, doi:10.1007/3-540-45760-7_9.
struct RandomPermutation: Sendable {
  let count: Int
  private let table: [UInt16]
  private let keys: SIMD8<UInt64>
  private let lowBits: UInt64
  private let highBits: UInt64

  init<G: RandomNumberGenerator>(of count: Int, using generator: inout G) {
    self.count = count
    let bits = UInt64(count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 0)
    (lowBits, highBits) = (bits / 2, bits - bits / 2)
    var keys = SIMD8<UInt64>()
    if count <= 4096 {
      table = generator.nextPermutation(of: count).map { UInt16($0) }
    } else {
      table = []
      for round in 0..<8 { keys[round] = generator.next() }
    }
    self.keys = keys
  }

  subscript(index: Int) -> Int {
    if !table.isEmpty { return Int(table[index]) }
    var value = UInt64(index)
    repeat { value = permuted(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func permuted(_ value: UInt64) -> UInt64 {
    var high = value >> lowBits
    var low = value & (1 << lowBits - 1)
    for round in stride(from: 0, to: 8, by: 2) {
      high ^= Self.mixed(low ^ keys[round]) >> (64 - highBits)
      low ^= Self.mixed(high ^ keys[round + 1]) >> (64 - lowBits)
    }
    return high << lowBits | low
  }

  /// The finalizer of SplitMix64.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
