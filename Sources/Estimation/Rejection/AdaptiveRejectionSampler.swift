import Distributions
import Execution
import Foundation
import Randomness

/// Adaptive rejection sampling: exact draws of a density of one variable that is log-concave and known
/// up to a constant, from a hat of tangents that is fitted to it.
///
/// ```
/// squeeze(x) <= p(x) <= hat(x),   (integral of squeeze) / (integral of hat) >= 0.99
/// ```
///
/// ```swift
/// let sampler = try AdaptiveRejectionSampler(
///   logDensity: { 1.5 * log($0) - $0 }, derivative: { 1.5 / $0 - 1 }, support: 0 ... .infinity)
/// let estimate = try await sampler.mean(of: { $0 * $0 }, draws: 1_000_000, seed: 1)
/// ```
///
/// All adaptation is done when the sampler is made. From then on it is a value that many threads may
/// draw from, a draw depends on its random numbers alone, and the density is only looked at where a draw
/// falls between squeeze and hat, one time in a hundred. The hat is made of tangents of 1 / sqrt(p), or
/// of secants where no derivative is given; both bound a log-concave density.
///
/// ## When the density is not log-concave
/// Making a sampler looks at the density on many scales, and throws
/// ``EstimationError/notConcave(at:reason:)``, with the place, where it is below the chord of its
/// neighbours or above a tangent. No finite number of places proves a closure concave: a narrow bump
/// between them is seen only when a draw finds the density above the hat or below the squeeze. So this is
/// not a `Distribution`, whose draws cannot fail and whose users could not be told: everything that
/// draws is a call here that throws when one of its draws was such a violation, and hands out nothing.
///
/// A tail that does not fall is ``EstimationError/divergentIntegral(toward:reason:)``.
///
/// - Complexity: some hundreds of evaluations of the density to make; a draw takes one 64-bit number, and
///   about 1.01 times that with its rejections.
///
/// ## References
/// W. R. Gilks, P. Wild, "Adaptive rejection sampling for Gibbs sampling", Applied Statistics 41
/// (1992), doi:10.2307/2347565; W. R. Gilks, "Derivative-free adaptive rejection sampling for Gibbs
/// sampling", Bayesian Statistics 4 (1992); W. Hörmann, J. Leydold, G. Derflinger, "Automatic nonuniform
/// random variate generation" (2004), doi:10.1007/978-3-662-05946-3.
public struct AdaptiveRejectionSampler: Sendable {
  /// What makes the density concave.
  public enum Transform: Sendable, Hashable {
    /// log p: normal, gamma of a shape from one, beta of shapes from one, logistic, and so on.
    case logarithm
    /// -1 / sqrt(p): all of these, and Student t from one degree of freedom.
    case inverseSquareRoot

    var name: String {
      switch self {
      case .logarithm: "log p"
      case .inverseSquareRoot: "-1 / sqrt(p)"
      }
    }
  }

  /// Outside of which the density is zero.
  public let support: ClosedRange<Double>
  /// What is concave.
  public let transform: Transform
  /// The integral of the squeezes over that of the hat: the share of the proposals that are accepted
  /// without a look at the density. Their acceptance rate is higher.
  public let squeezeRatio: Double
  /// Where hat and density touch, rising.
  public let points: [Double]
  /// How often the density was evaluated to make the sampler.
  public let evaluations: Int
  private let curve: LogCurve
  private let top: Double
  private let table: HatTable

  /// - Parameters:
  ///   - logDensity: log p up to a constant; minus infinity where p is zero. It is not evaluated outside
  ///     the support.
  ///   - derivative: of `logDensity`; nil where it is not known.
  ///   - support: of any finite, half-infinite or infinite width.
  ///   - startingPoints: inside the support, at least one of them where the density is positive; none for
  ///     places on many scales about zero, or between the ends.
  ///   - transform: what is concave.
  ///   - squeezeRatio: inside (0, 1): how well the hat is to fit. The default is the fastest for densities
  ///     that take some tens of nanoseconds. With 500 points, some 0.9997, it stays below what was asked
  ///     for.
  /// - Throws: ``EstimationError``, and what the closures throw.
  public init(
    logDensity: @escaping @Sendable (Double) throws -> Double,
    derivative: (@Sendable (Double) throws -> Double)? = nil,
    support: ClosedRange<Double> = -.infinity ... .infinity,
    startingPoints: [Double] = [], transform: Transform = .logarithm, squeezeRatio: Double = 0.99
  ) throws {
    guard squeezeRatio > 0, squeezeRatio < 1 else {
      throw EstimationError.setting("the squeeze ratio \(squeezeRatio) is not inside (0, 1)")
    }
    try LogCurve.check(support: support, points: startingPoints)
    curve = LogCurve(function: logDensity, support: support)
    let hull = try ConcaveHull(
      curve, derivative: derivative, transform: transform, startingPoints: startingPoints,
      squeezeRatio: squeezeRatio)
    self.support = support
    self.transform = transform
    self.squeezeRatio = hull.squeezeRatio
    points = hull.nodes.map(\.x)
    evaluations = hull.evaluations
    top = hull.top
    table = HatTable(hull.pieces, support: support)
  }

  /// The logarithm of the hat at x, on the scale of the log density.
  public func logHat(at x: Double) -> Double {
    piece(at: x).map { top - 2 * log($0.root(at: x)) } ?? -.infinity
  }

  /// The logarithm of the squeeze at x, on the scale of the log density.
  public func logSqueeze(at x: Double) -> Double {
    piece(at: x).map { top - 2 * log($0.root(at: x)) + log($0.share) } ?? -.infinity
  }

  /// The logarithm of the integral of p, as ``NumericalInversion`` computes it: good to some ten digits.
  ///
  /// - Complexity: some thousand evaluations of the density.
  public func logIntegral() throws -> Double {
    // From the highest of the points.
    let start = try curve.start(points).x
    let density = try DensityPanels(curve, startingPoints: [start], resolution: 1e-10)
    return density.top + log(density.total)
  }

  private func piece(at x: Double) -> ConcaveHull.Piece? {
    guard support.contains(x) else { return nil }
    return table.pieces.last { $0.low <= x } ?? table.pieces.first
  }

  // MARK: Expectations

  /// The expectation of `integrand`, as ``MonteCarlo`` has it: the same bits on any number of workers.
  ///
  /// - Throws: ``EstimationError/notConcave(at:reason:)`` if a draw violated the hat or the squeeze, and
  ///   what ``MonteCarlo`` throws.
  @inlinable @inline(__always)
  public func mean(
    of integrand: @escaping @Sendable (Double) throws -> Double, draws: Int, seed: UInt64,
    workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), draws: draws, seed: seed, workers: workers, progress: progress)[0]
  }

  /// The same on any generator, on one worker.
  @inlinable @inline(__always)
  public func mean<G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (Double) throws -> Double, draws: Int,
    using generator: inout G
  ) throws -> Estimate {
    try means(of: Integrand(integrand), draws: draws, using: &generator)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time.
  public func means(
    of integrand: Integrand<Double>, draws: Int, seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    let target = CheckedHat(self)
    let estimate = try await MonteCarlo(draws: draws).means(
      of: integrand, under: target, seed: seed, workers: workers, progress: progress)
    try target.violations.check()
    return estimate
  }

  /// The same on any generator, on one worker.
  public func means<G: RandomNumberGenerator>(
    of integrand: Integrand<Double>, draws: Int, using generator: inout G
  ) throws -> VectorEstimate {
    let target = CheckedHat(self)
    let estimate = try MonteCarlo(draws: draws).means(
      of: integrand, under: target, using: &generator)
    try target.violations.check()
    return estimate
  }

  // MARK: Draws

  /// Independent draws, those that ``mean(of:draws:seed:workers:progress:)`` averages over; the first of
  /// more draws are the same.
  public func draws(_ count: Int, seed: UInt64) throws -> [Double] {
    guard count > 0 else { throw EstimationError.noDraws(count) }
    let target = CheckedHat(self)
    var values = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { values in
      for (chunk, start) in stride(from: 0, to: count, by: drawsPerChunk).enumerated() {
        var generator = StreamPartition(seed: seed)[chunk]
        target.fill(
          UnsafeMutableBufferPointer(
            rebasing: values[start..<min(count, start + drawsPerChunk)]), &generator)
      }
    }
    try target.violations.check()
    return values
  }

  /// Independent draws of any generator.
  public func draws<G: RandomNumberGenerator>(
    _ count: Int, using generator: inout G
  ) throws -> [Double] {
    guard count > 0 else { throw EstimationError.noDraws(count) }
    var values = [Double](repeating: 0, count: count)
    var memory = values.mutableSpan
    try fill(&memory, using: &generator)
    return values
  }

  /// Independent draws into the caller's memory, to be thrown away if it throws.
  ///
  /// From a `Philox` a draw takes one position, and the further attempts of one that was rejected come
  /// from a seed of their own, so that a fill may be cut anywhere without changing a draw.
  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) throws {
    let target = CheckedHat(self)
    target.fill(&values, using: &generator)
    try target.violations.check()
  }

  // MARK: The draws themselves

  /// A draw that lies between the squeeze and the hat of a piece, or one in its place.
  ///
  /// Where hat or squeeze is violated the draw means nothing and is only there to go on with.
  @inline(never)
  fileprivate func settle<G: RandomNumberGenerator>(
    _ x: Double, gap: Int, using generator: inout G, _ reader: HatTable.Reader,
    _ violations: Violations
  ) -> Double {
    var (x, gap) = (x, gap)
    while gap >= 0 {
      let piece = table.pieces[gap]
      do {
        let value = try curve(x)
        let excess = value - top + 2 * log(piece.root(at: x))
        let noise = LogCurve.noise(value, top)
        if excess > noise {
          throw EstimationError.notConcave(
            at: x, reason: "\(transform.name): log p is \(value), above the hat by \(excess)")
        }
        if excess < log(piece.share) - noise {
          throw EstimationError.notConcave(
            at: x,
            reason: "\(transform.name): log p is \(value), below the squeeze by "
              + "\(log(piece.share) - excess)")
        }
        let height = piece.share + (1 - piece.share) * generator.nextUnit()
        if height < exp(excess) { return x }
      } catch {
        violations.record(error, at: x)
        return x
      }
      (x, gap) = reader.draw(generator.next())
    }
    return x
  }

  /// The sampler as a distribution whose draws are void if one of them was a violation.
  private struct CheckedHat: Distribution {
    let sampler: AdaptiveRejectionSampler
    let violations = Violations()

    init(_ sampler: AdaptiveRejectionSampler) { self.sampler = sampler }

    func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
      sampler.table.withReader { reader in
        let (x, gap) = reader.draw(generator.next())
        if gap < 0 { return x }
        guard let philox = generator as? Philox else {
          return sampler.settle(x, gap: gap, using: &generator, reader, violations)
        }
        var attempts = attempts(of: philox)
        attempts.position = (philox.position &- 1) &<< 12
        return sampler.settle(x, gap: gap, using: &attempts, reader, violations)
      }
    }

    func fill<G: RandomNumberGenerator>(
      _ values: inout MutableSpan<Double>, using generator: inout G
    ) {
      guard var philox = generator as? Philox else {
        for i in values.indices { values[i] = sample(using: &generator) }
        return
      }
      values.withUnsafeMutableBufferPointer { fill($0, &philox) }
      generator = philox as! G
    }

    /// Where the further attempts of rejected draws come from: two streams, or two draws, share no
    /// position.
    private func attempts(of generator: Philox) -> Philox {
      Philox(
        seed: Philox.derivedSeed(from: generator.seed, purpose: 0x4152_5300),
        stream: generator.stream)
    }

    func fill(_ values: UnsafeMutableBufferPointer<Double>, _ generator: inout Philox) {
      var attempts = attempts(of: generator)
      let block = 512
      sampler.table.withReader { reader in
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: block) { words in
          withUnsafeTemporaryAllocation(of: (place: Int, piece: Int).self, capacity: block) {
            gaps in
            words.initialize(repeating: 0)
            for start in stride(from: 0, to: values.count, by: block) {
              let part = UnsafeMutableBufferPointer(
                rebasing: values[start..<min(values.count, start + block)])
              let position = generator.position
              var span = MutableSpan(
                _unsafeElements: UnsafeMutableBufferPointer(rebasing: words[0..<part.count]))
              generator.fillBits(&span)
              let count = reader.draw(words.baseAddress!, part, gaps.baseAddress!)
              for k in 0..<count {
                let (place, piece) = gaps[k]
                attempts.position = (position &+ UInt64(place)) &<< 12
                part[place] = sampler.settle(
                  part[place], gap: piece, using: &attempts, reader, violations)
              }
            }
          }
        }
      }
    }

    func logDensity(of value: Double) -> Double {
      (try? sampler.curve(value)) ?? -.infinity
    }
  }
}

/// What spoils a run; of several the one that is farthest left, so that it is the same on any number of
/// workers.
private final class Violations: Sendable {
  private let worst: Locked<(x: Double, error: any Error)?> = Locked(nil)

  func record(_ error: any Error, at x: Double) {
    worst.withLock { if $0 == nil || x < $0!.x { $0 = (x, error) } }
  }

  func check() throws {
    if let error = worst.withLock({ $0?.error }) { throw error }
  }
}
