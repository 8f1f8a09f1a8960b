import Distributions
import Estimation
import Execution
import Foundation
import LinearAlgebra
import Randomness
import Synchronization
import TestSupport
import Testing

/// A number that several threads raise.
private final class Counter: Sendable {
  private let number = Atomic<Int>(0)
  func increment() -> Int { number.add(1, ordering: .relaxed).newValue }
  var value: Int { number.load(ordering: .relaxed) }
}

/// One, several and many at a time: the same numbers.
@Suite struct IntegrandTests {
  private let target = try! Normal(mean: 1, standardDeviation: 2)
  private let proposal = try! StudentT(degreesOfFreedom: 5, location: 0.5, scale: 3)
  private let draws = 20_000

  private let batch = Integrand<Double>(outputs: 2) { draws, values in
    for i in draws.indices {
      values[2 * i] = draws[i]
      values[2 * i + 1] = draws[i] > 2 ? draws[i] * draws[i] : 0
    }
  }
  private let vector = Integrand<Double>(outputs: 2) { [$0, $0 > 2 ? $0 * $0 : 0] }

  @Test("a closure, a vector and a batch give the same bits")
  func forms() async throws {
    let plain = MonteCarlo(draws: draws)
    let first = try await plain.mean(of: { $0 }, under: target, seed: 3)
    let second = try await plain.mean(of: { $0 > 2 ? $0 * $0 : 0 }, under: target, seed: 3)
    for integrand in [batch, vector] {
      let both = try await plain.means(of: integrand, under: target, seed: 3)
      #expect(both[0] == first && both[1] == second)
    }
    let sampler = SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
    let weighted = try await sampler.mean(of: { $0 }, under: target, seed: 3)
    for integrand in [batch, vector] {
      #expect(try await sampler.means(of: integrand, under: target, seed: 3)[0] == weighted)
    }
  }

  private func rowSum(_ x: [Double]) -> Double { x[0] * x[1] + x[2] }

  @Test("rows of vectors are vectors")
  func rows() async throws {
    let target = try MultivariateNormal(
      mean: [1, 2, 3], covariance: Matrix([[2, 0.5, 0], [0.5, 1, 0.2], [0, 0.2, 1]]))
    let one = try await MonteCarlo(draws: 5_000)
      .mean(of: { $0[0] * $0[1] + $0[2] }, under: target, seed: 1)
    let many = try await MonteCarlo(draws: 5_000).means(
      of: Integrand(rows: { rows, values in
        for i in values.indices { values[i] = rows[3 * i] * rows[3 * i + 1] + rows[3 * i + 2] }
      }), under: target, seed: 1)
    #expect(many[0] == one)
  }

  @Test("covariances of the errors agree with those over repetitions", .tags(.statistical))
  func covariances() throws {
    let repetitions = 400
    typealias Method = (inout Philox) throws -> VectorEstimate
    let methods: [(String, Method)] = [
      ("plain", { try MonteCarlo(draws: 1_000).means(of: vector, under: target, using: &$0) }),
      (
        "importance",
        {
          try ImportanceSampler(proposal: proposal, draws: 1_000)
            .means(of: vector, under: target, using: &$0)
        }
      ),
      (
        "self-normalised",
        {
          try SelfNormalizedImportanceSampler(proposal: proposal, draws: 1_000)
            .means(of: vector, under: target, using: &$0)
        }
      ),
    ]
    for (name, method) in methods {
      var generator = Philox(seed: 8)
      let estimates = try (0..<repetitions).map { _ in try method(&generator) }
      let count = Double(repetitions)
      let means = (0..<2).map { k in estimates.reduce(0) { $0 + $1.values[k] } / count }
      func covariance(_ i: Int, _ j: Int) -> Double {
        estimates.reduce(0) {
          $0 + ($1.values[i] - means[i]) * ($1.values[j] - means[j])
        } / (count - 1)
      }
      for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        let stated = estimates.reduce(0) { $0 + $1.covariance[i, j] } / count
        // The variance of a sample covariance of normals is (v_i v_j + c^2) / n.
        let error =
          ((covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j)) / count)
          .squareRoot()
        let z = StatisticalTolerance(level: 0.001, comparisons: 9).standardErrors
        #expect(abs(covariance(i, j) - stated) < z * error, "\(name) \(i) \(j)")
      }
    }
  }

  @Test("the error of a function of two means, by the delta method", .tags(.statistical))
  func derived() async throws {
    let both = try await MonteCarlo(draws: 100_000).means(of: vector, under: target, seed: 5)
    let ratio = both.values[1] / both.values[0]
    let estimate = both.derived(
      value: ratio, gradient: [-ratio / both.values[0], 1 / both.values[0]])
    // E[x^2; x > 2] of N(1, 4), over the mean of 1: with z = 1/2, 5 Q(z) + (2 + 1) 2 phi(z).
    let standard = try Normal(mean: 0, standardDeviation: 1)
    let truth = 5 * standard.survival(0.5) + 6 * exp(standard.logDensity(of: 0.5))
    #expect(abs(ratio - truth) < 4 * estimate.standardError)
    #expect(estimate.standardError > 0.5 * both.standardErrors[1])
  }

  @Test("what a batch throws comes out with its first draw; a bad value with its own")
  func failures() async throws {
    struct Broken: Error {}
    let failing = Integrand<Double> { _, _ in throw Broken() }
    let failure = await #expect(throws: IntegrandFailure.self) {
      try await MonteCarlo(draws: 100).means(of: failing, under: target, seed: 1)
    }
    #expect(failure?.draw == 0 && failure?.underlying is Broken)
    let bad = Integrand<Double> { draws, values in
      for i in draws.indices { values[i] = draws[i] > 5 ? .nan : 0 }
    }
    var generator = Philox(seed: 1, stream: 0)
    var block = [Double](repeating: 0, count: 4_096)
    var span = block.mutableSpan
    target.fill(&span, using: &generator)
    let first = try #require(block.firstIndex { $0 > 5 })
    let error = await #expect(throws: EstimationError.self) {
      try await MonteCarlo(draws: 4_096).means(of: bad, under: target, seed: 1)
    }
    guard case .notFinite(let value, let draw, let place) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value.isNaN && draw == first && place == "\(block[first])")
  }

  @Test("a place that a batch leaves out is an error of every method, not a number from before")
  func leftOut() async throws {
    let values = Integrand<Double> { draws, values in
      for i in draws.indices where draws[i] < 2 { values[i] = draws[i] }
    }
    let fill: @Sendable (Span<Double>, inout MutableSpan<Double>) -> Void = { rows, values in
      for i in values.indices where rows[2 * i] < 0.9 { values[i] = rows[2 * i] }
    }
    let rows = Integrand<[Double]>(rows: fill)
    let vectors = Integrand<[Double]>(
      batch: { draws, values in
        for i in draws.indices where draws[i][0] < 0.9 { values[i] = draws[i][0] }
      })
    let box = [0.0...1, 0...1]
    let vegas = VegasPlus(evaluationsPerIteration: 1_000)
    let logDensity: @Sendable (Double) -> Double = { -0.5 * $0 * $0 }
    let (target, proposal) = (target, proposal)
    let methods: [(String, () async throws -> Any)] = [
      ("VEGAS, rows", { try await vegas.integral(ofRows: fill, over: box, seed: 1) }),
      ("VEGAS, rows of several", { try await vegas.integrals(of: rows, over: box, seed: 1) }),
      ("VEGAS, vectors", { try await vegas.integrals(of: vectors, over: box, seed: 1) }),
      (
        "VEGAS under a density",
        {
          try await vegas.means(of: rows, underLogDensity: { -$0[0] }, over: box, seed: 1)
        }
      ),
      ("Gauss rules", { try ProductQuadrature().integrals(of: vectors, over: box) }),
      (
        "covariance",
        { try await MonteCarlo(draws: 1_000).covariance(of: values, under: target, seed: 1) }
      ),
      (
        "several proposals",
        {
          try await MultipleImportanceSampler(proposals: [proposal, target], draws: [500, 500])
            .means(of: values, under: Target(logDensity: logDensity), seed: 1)
        }
      ),
      (
        "controls",
        {
          try await MonteCarlo(draws: 1_000).mean(
            of: { $0 }, under: target, controls: ControlVariates(means: [0], functions: values),
            seed: 1)
        }
      ),
    ]
    for (name, method) in methods {
      let error = await #expect(throws: EstimationError.self, "\(name)") { try await method() }
      guard case .notFinite(let value, _, _) = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
      #expect(value.isNaN, "\(name)")
    }
  }

  @Test("progress is a sequence that ends, and changes no bit")
  func progress() async throws {
    let reports = ProgressReports()
    let handler = reports.handler
    let target = target
    let watched = Task {
      try await MonteCarlo(draws: 400_000).mean(
        of: { $0 }, under: target, seed: 2, progress: handler)
    }
    var fractions: [Double] = []
    var last: WorkProgress?
    for await report in reports {
      fractions.append(report.fraction)
      last = report
    }
    #expect(last?.isFinal == true && last?.fraction == 1)
    #expect(fractions == fractions.sorted())
    let alone = try await MonteCarlo(draws: 400_000).mean(of: { $0 }, under: target, seed: 2)
    #expect(try await watched.value == alone)
  }

  @Test(
    "a cancellation is seen within 100 calls of an f that takes a millisecond, and keeps what was done"
  )
  func slowIntegrand() async throws {
    let target = target
    let calls = Counter()
    let holder = TaskHolder<Estimate>()
    let task = Task {
      try await MonteCarlo(draws: 100_000).mean(
        of: { x in
          Thread.sleep(forTimeInterval: 0.001)
          if calls.increment() == 300 { holder.cancel() }
          return x
        }, under: target, seed: 2, workers: 1)
    }
    holder.hold(task)
    let estimate = try await task.value
    #expect(calls.value <= 400)
    let draws = try #require(estimate.draws)
    #expect(draws == calls.value && draws >= 300)
    #expect(
      estimate.diagnosis.concerns.contains(.cancelled(completed: draws, requested: 100_000)))
    // What was kept is what as many draws give.
    let same = try await MonteCarlo(draws: draws).mean(of: { $0 }, under: target, seed: 2)
    #expect(same.value == estimate.value && same.standardError == estimate.standardError)
  }

  @Test(
    "values of all sizes: no overflow, nothing lost", arguments: [1e-300, 1e-150, 1, 1e150, 1e300])
  func sizes(size: Double) async throws {
    let target = target
    let unit = try await MonteCarlo(draws: 10_000).mean(of: { $0 }, under: target, seed: 7)
    let scaled = try await MonteCarlo(draws: 10_000).mean(of: { size * $0 }, under: target, seed: 7)
    #expect(abs(scaled.value / size - unit.value) < 1e-14)
    #expect(abs(scaled.standardError / size - unit.standardError) < 1e-14)
    #expect(scaled.diagnosis == unit.diagnosis)
  }

  @Test("a small spread about a large mean keeps its digits")
  func largeMean() async throws {
    let target = target
    let plain = try await MonteCarlo(draws: 100_000).mean(of: { $0 }, under: target, seed: 7)
    let shifted = try await MonteCarlo(draws: 100_000)
      .mean(of: { 1e9 + $0 }, under: target, seed: 7)
    #expect(abs(shifted.value - 1e9 - plain.value) < 1e-6)
    #expect(abs(shifted.standardError / plain.standardError - 1) < 1e-6)
  }
}
