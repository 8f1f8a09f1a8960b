import Distributions
import Estimation
import Foundation
import Synchronization
import TestSupport
import Testing

/// Counts the calls of f, cancels the run in one of them, and counts on.
private final class CancellingCall: Sendable {
  private let number: Int
  private let calls = Atomic<Int>(0)
  private let holder: TaskHolder<Estimate>
  /// How many calls there were when the cancellation had been asked for.
  private let asked = Atomic<Int>(.max)

  init(_ number: Int, of holder: TaskHolder<Estimate>) {
    (self.number, self.holder) = (number, holder)
  }

  func count() {
    guard calls.add(1, ordering: .sequentiallyConsistent).newValue == number else { return }
    holder.cancel()
    asked.store(calls.load(ordering: .sequentiallyConsistent), ordering: .sequentiallyConsistent)
  }

  /// How many calls began afterwards.
  var late: Int {
    calls.load(ordering: .sequentiallyConsistent) - asked.load(ordering: .sequentiallyConsistent)
  }
}

private enum Method: CaseIterable, Sendable {
  case plain, selfNormalized, rejection, quasi, antithetic, vegas, vegasUnderDensity

  /// A run of f that does not end, in replicates and iterations of that many calls.
  func estimate(
    _ size: Int, workers: Int, _ f: @escaping @Sendable (Double) -> Double
  ) async throws -> Estimate {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    let proposal = try StudentT(degreesOfFreedom: 5)
    let logDensity: @Sendable (Double) -> Double = { normal.logDensity(of: $0) }
    switch self {
    case .plain:
      return try await MonteCarlo(draws: 1 << 40)
        .mean(of: f, under: normal, seed: 1, workers: workers)
    case .selfNormalized:
      return try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 1 << 40)
        .mean(of: f, underLogDensity: logDensity, seed: 1, workers: workers)
    case .rejection:
      return try await RejectionSampler(
        proposal: proposal, envelopeConstant: 1.11, draws: 1 << 40
      ).mean(of: f, underLogDensity: logDensity, seed: 1, workers: workers)
    case .quasi:
      return try await QuasiMonteCarlo(points: size, replicates: 1 << 30)
        .mean(of: f, under: normal, seed: 1, workers: workers)
    case .antithetic:
      return try await AntitheticMonteCarlo(pairs: 1 << 39)
        .mean(of: f, under: normal, seed: 1, workers: workers)
    case .vegas:
      return try await VegasPlus(evaluationsPerIteration: size, iterations: 1 << 30)
        .integral(of: { f($0[0]) }, over: [0...1], seed: 1, workers: workers)
    case .vegasUnderDensity:
      return try await VegasPlus(evaluationsPerIteration: size, iterations: 1 << 30).mean(
        of: { f($0[0]) }, underLogDensity: { normal.logDensity(of: $0[0]) }, over: [-3...3],
        seed: 1, workers: workers)
    }
  }
}

/// How soon a run ends, by calls of f and not by a clock, which depends on what else the machine does.
@Suite struct CancellationTests {
  /// - Returns: the estimate, and how many calls of f began after the cancellation.
  private func cancel(
    _ method: Method, _ size: Int, workers: Int, at call: Int,
    _ f: @escaping @Sendable (Double) -> Double
  ) async throws -> (Estimate, late: Int) {
    let holder = TaskHolder<Estimate>()
    let calls = CancellingCall(call, of: holder)
    let task = Task {
      try await method.estimate(size, workers: workers) {
        calls.count()
        return f($0)
      }
    }
    holder.hold(task)
    return (try await task.value, calls.late)
  }

  @Test(
    "of an f that takes 2 ms one call a worker is seen to its end, and what was done is kept",
    arguments: Method.allCases, [1, 2])
  private func slow(method: Method, workers: Int) async throws {
    let (estimate, late) = try await cancel(method, 64, workers: workers, at: 212) {
      Thread.sleep(forTimeInterval: 0.002)
      return $0 * $0
    }
    #expect(late <= workers)
    // A replicate or an iteration that was not finished is lost, and with two workers what one of them did
    // in a later chunk, however much that is.
    #expect(estimate.evaluations >= (workers == 1 ? 212 - 64 : 1))
    #expect(
      estimate.diagnosis.concerns.contains {
        if case .cancelled(let completed, _) = $0 { completed <= 212 + workers } else { false }
      })
  }

  @Test(
    "of a cheap f one block of draws a worker, and what was done is kept",
    arguments: Method.allCases, [1, 2])
  private func cheap(method: Method, workers: Int) async throws {
    let (estimate, late) = try await cancel(method, 8_192, workers: workers, at: 50_000) {
      $0 * $0
    }
    #expect(late <= 512 * workers)
    #expect(estimate.evaluations >= (workers == 1 ? 50_000 - 8_192 * 2 : 1))
    #expect(estimate.value.isFinite && estimate.standardError > 0)
    #expect(
      estimate.diagnosis.concerns.contains {
        if case .cancelled = $0 { true } else { false }
      })
  }

  @Test(
    "a slow f is not waited for where it is asked before the draws", arguments: [false, true])
  private func beforeDraws(isUnbiased: Bool) async throws {
    let holder = TaskHolder<Estimate>()
    let calls = CancellingCall(30, of: holder)
    let normal = try Normal(mean: 0, standardDeviation: 1)
    // Zero over half of the target, where the unbiased sampler asks f as well.
    let proposal = try HalfNormal(scale: 2)
    let f: @Sendable (Double) -> Double = {
      calls.count()
      Thread.sleep(forTimeInterval: 0.002)
      return $0
    }
    let task = Task {
      isUnbiased
        ? try await ImportanceSampler(proposal: proposal, draws: 1 << 40)
          .mean(of: f, under: normal, seed: 1)
        : try await SelfNormalizedImportanceSampler(proposal: proposal, draws: 1 << 40)
          .mean(of: f, under: normal, seed: 1)
    }
    holder.hold(task)
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(calls.late <= 4)
  }
}
