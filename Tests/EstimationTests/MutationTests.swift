import Distributions
import Estimation
import Foundation
import Randomness
import TestSupport
import Testing

/// Whether an estimator is right, as far as its repetitions tell: its mean is the truth, and its intervals
/// cover. An implementation with a well-known mistake must fail this, and the library's pass.
@Suite("Mistakes that are easily made", .tags(.statistical))
struct MutationTests {
  private static let normal = try! Normal(mean: 0, standardDeviation: 1)
  private static let student = try! StudentT(degreesOfFreedom: 5)

  private func isSound(_ study: ConvergenceStudy.Result) -> Bool {
    study.isUnbiased() && study.coverage(0.9).isConsistent && study.coverage(0.95).isConsistent
  }

  private func study(
    truth: Double, sizes: [Int] = [1_000, 4_000], replicates: Int = 200,
    _ estimator: @escaping @Sendable (Int, inout Philox) throws -> Estimate
  ) async throws -> ConvergenceStudy.Result {
    try await ConvergenceStudy(truth: truth, sizes: sizes, replicates: replicates)
      .run(seed: 91, estimator: estimator)
  }

  /// The mean of some values.
  private static func average(_ values: [Double]) -> Estimate {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return Estimate(
      value: mean, standardError: (square / (count - 1) / count).squareRoot(),
      evaluations: values.count, draws: values.count, effectiveSampleSize: count,
      diagnosis: .reliable)
  }

  // MARK: Weights

  /// E[x^2] under exp(-x^2 / 2), up to a constant, with draws of Student's t.
  private static func weighted(
    _ size: Int, _ generator: inout Philox, isNormalized: Bool
  ) -> Estimate {
    let draws = (0..<size).map { _ in student.sample(using: &generator) }
    let weights = draws.map { exp(-0.5 * $0 * $0 - student.logDensity(of: $0)) }
    guard isNormalized else { return average(zip(weights, draws).map { $0 * $1 * $1 }) }
    let total = weights.reduce(0, +)
    let value = zip(weights, draws).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } / total
    let square = zip(weights, draws).reduce(0) { sum, pair in
      let term = pair.0 * (pair.1 * pair.1 - value)
      return sum + term * term
    }
    return Estimate(
      value: value, standardError: square.squareRoot() / total, evaluations: size, draws: size,
      effectiveSampleSize: Double(size), diagnosis: .reliable)
  }

  @Test("weights that are not normalised")
  func weights() async throws {
    let right = try await study(truth: 1) {
      try SelfNormalizedImportanceSampler(proposal: Self.student, draws: $0)
        .mean(of: { $0 * $0 }, underLogDensity: { -0.5 * $0 * $0 }, using: &$1)
    }
    #expect(isSound(right))
    let same = try await study(truth: 1) { Self.weighted($0, &$1, isNormalized: true) }
    #expect(isSound(same))
    let wrong = try await study(truth: 1) { Self.weighted($0, &$1, isNormalized: false) }
    #expect(!isSound(wrong))
  }

  // MARK: Envelopes

  /// How a rejection sampler treats its envelope.
  private enum Envelope: CaseIterable { case respected, tooLow, ignored }

  /// E[x^2] under N(0, 1) by rejecting draws of Student's t, whose density is up to 1.1015 times
  /// smaller.
  private static func rejected(
    _ size: Int, _ generator: inout Philox, _ envelope: Envelope
  ) -> Estimate {
    let constant = envelope == .tooLow ? 0.7 : 1.11
    var values: [Double] = []
    while values.count < size {
      let x = student.sample(using: &generator)
      let ratio = exp(normal.logDensity(of: x) - student.logDensity(of: x)) / constant
      // Above one it is accepted as at one, and nobody is told.
      if envelope == .ignored || generator.nextUnit() < ratio { values.append(x * x) }
    }
    return average(values)
  }

  @Test("an envelope that is passed over in silence, or ignored")
  func envelope() async throws {
    let right = try await study(truth: 1) {
      try RejectionSampler(proposal: Self.student, envelopeConstant: 1.11, draws: $0)
        .mean(of: { $0 * $0 }, under: Self.normal, using: &$1)
    }
    #expect(isSound(right))
    for envelope in Envelope.allCases {
      let own = try await study(truth: 1) { Self.rejected($0, &$1, envelope) }
      #expect(isSound(own) == (envelope == .respected), "\(envelope)")
    }
    // The same constant stops the library's.
    await #expect(throws: EstimationError.self) {
      try await study(truth: 1) {
        try RejectionSampler(proposal: Self.student, envelopeConstant: 0.7, draws: $0)
          .mean(of: { $0 * $0 }, under: Self.normal, using: &$1)
      }
    }
  }

  // MARK: Jacobians

  /// The integral of exp(-x) (1 + x) from 0 to infinity, which is 2, with x = t / (1 - t).
  private static func mapped(
    _ size: Int, _ generator: inout Philox, hasJacobian: Bool
  ) -> Estimate {
    average(
      (0..<size).map { _ in
        let t = generator.nextOpenUnit()
        let x = t / (1 - t)
        return exp(-x) * (1 + x) * (hasJacobian ? 1 / ((1 - t) * (1 - t)) : 1)
      })
  }

  @Test("a Jacobian that is forgotten, of a half-infinite range and of VEGAS's map")
  func jacobian() async throws {
    let right = try await study(truth: 2) {
      try VegasPlus(evaluationsPerIteration: $0 / 10)
        .integral(of: { exp(-$0[0]) * (1 + $0[0]) }, over: [0 ... .infinity], using: &$1)
    }
    #expect(isSound(right))
    for hasJacobian in [true, false] {
      let own = try await study(truth: 2) { Self.mapped($0, &$1, hasJacobian: hasJacobian) }
      #expect(isSound(own) == hasJacobian)
    }
  }

  /// The integral of 3 x^2 over the unit interval, which is 1, with more places where it is large:
  /// x = y^(1/2), dx/dy = 1 / (2 x).
  private static func concentrated(
    _ size: Int, _ generator: inout Philox, hasJacobian: Bool
  ) -> Estimate {
    average(
      (0..<size).map { _ in
        let x = generator.nextOpenUnit().squareRoot()
        return 3 * x * x * (hasJacobian ? 1 / (2 * x) : 1)
      })
  }

  @Test("a Jacobian that is forgotten, of a map towards where f is large")
  func jacobianOfMap() async throws {
    let right = try await study(truth: 1) {
      try VegasPlus(evaluationsPerIteration: $0 / 10)
        .integral(of: { 3 * $0[0] * $0[0] }, over: [0...1], using: &$1)
    }
    #expect(isSound(right))
    for hasJacobian in [true, false] {
      let own = try await study(truth: 1) { Self.concentrated($0, &$1, hasJacobian: hasJacobian) }
      #expect(isSound(own) == hasJacobian)
    }
  }

  // MARK: Seeds

  /// E[x^2] under N(0, 1) by workers that have an equal share of the draws each.
  private static func shared(
    _ size: Int, _ generator: inout Philox, workers: Int, hasOwnStreams: Bool
  ) -> Estimate {
    let seed = generator.next()
    return average(
      (0..<workers).flatMap { worker in
        var own = hasOwnStreams ? StreamPartition(seed: seed)[worker] : Philox(seed: seed)
        return (0..<size / workers).map { _ in
          let x = normal.sample(using: &own)
          return x * x
        }
      })
  }

  @Test("a seed that the workers share")
  func seed() async throws {
    // Chunks of 4,096 draws, which any worker may take.
    let right = try await ConvergenceStudy(truth: 1, sizes: [8_192, 16_384], replicates: 100)
      .run(seed: 92) { size, seed in
        try await MonteCarlo(draws: size)
          .mean(of: { $0 * $0 }, under: Self.normal, seed: seed, workers: 2)
      }
    #expect(isSound(right))
    for hasOwnStreams in [true, false] {
      let own = try await study(truth: 1) {
        Self.shared($0, &$1, workers: 4, hasOwnStreams: hasOwnStreams)
      }
      #expect(isSound(own) == hasOwnStreams)
    }
  }
}
