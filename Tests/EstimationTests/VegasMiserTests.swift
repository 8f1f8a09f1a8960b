import Distributions
import Estimation
import Foundation
import GSL
import Randomness
import TestSupport
import Testing

private struct Refusal: Error {}

private let square = [0.0...1.0, 0.0...1.0]

@Suite struct VegasMiserTests {
  private static let problems = QuadratureReference.all.genz.filter { $0.dimension >= 2 }

  @Test(
    "Genz's functions within their own errors by VEGAS", .tags(.statistical),
    arguments: problems)
  func vegas(_ problem: QuadratureReference.Genz) throws {
    let estimate = try VegasIntegrator(evaluations: 4_000).integral(
      of: problem.function, over: problem.box, seed: 7)
    let interval = estimate.confidenceInterval(1 - 0.001 / Double(Self.problems.count))
    let isRight =
      interval.contains(problem.value) && estimate.standardError < 0.02 * abs(problem.value)
    // GSL's grid loses sight of a part behind a jump; that may be, but not in silence.
    #expect(isRight || problem.family == "discontinuous", "\(estimate)")
    #expect(!estimate.diagnosis.isReliable || isRight, "\(estimate) against \(problem.value)")
    #expect(
      estimate.diagnosis.isReliable || problem.family == "discontinuous", "\(estimate.diagnosis)")
    #expect(estimate.findings.chiSquaredPerDegree != nil)
    let draws = try #require(estimate.draws)
    #expect(draws <= 40_000 && draws > 30_000 && estimate.evaluations > draws)
  }

  @Test(
    "Genz's functions within their own errors by MISER", .tags(.statistical),
    arguments: problems)
  func miser(_ problem: QuadratureReference.Genz) throws {
    let estimate = try MiserIntegrator(evaluations: 4_000).integral(
      of: problem.function, over: problem.box, seed: 7)
    let interval = estimate.confidenceInterval(1 - 0.001 / Double(Self.problems.count))
    #expect(interval.contains(problem.value), "\(estimate) against \(problem.value)")
    #expect(estimate.standardError < 0.05 * abs(problem.value))
    #expect(estimate.errorModel == .studentT(degreesOfFreedom: 9))
  }

  @Test("VEGAS is the average of GSL's iterations")
  func sameAsGSL() throws {
    let problem = Self.problems[0]
    var (one, other) = (try GSLGenerator("mt19937", seed: 3), try GSLGenerator("mt19937", seed: 3))
    let ours = try VegasIntegrator(evaluations: 2_000, iterations: 5, warmUpIterations: 0)
      .integral(of: problem.function, over: problem.box, using: &one)
    let vegas = try GSLVegas(dimension: problem.dimension)
    let theirs = try (0..<5).map {
      try vegas.integrate(
        problem.function, lower: [0, 0], upper: [1, 1], calls: 2_000, iterations: 1,
        stage: $0 == 0 ? .newGrid : .newAverages, using: &other)
    }
    let mean = theirs.reduce(0) { $0 + $1.value } / 5
    #expect(relativeError(ours.value, mean) < 1e-12)
    let chiSquared = theirs.reduce(0) { $0 + pow(($1.value - mean) / $1.standardError, 2) }
    #expect(relativeError(ours.findings.chiSquaredPerDegree!, chiSquared / 4) < 1e-9)
    #expect(ours.draws == theirs.reduce(0) { $0 + $1.evaluations })
    #expect(one == other)
  }

  @Test("a ridge that few evaluations hit makes the iterations disagree, and that is said")
  func ridge() throws {
    // On the diagonal, which no product of step functions follows.
    let ridge: ([Double]) -> Double = { x in exp(-pow((x[0] - x[1]) / 2e-4, 2)) }
    var (vegasSays, miserSays) = (0, 0)
    let runs = repetitions(release: 200, debug: 40)
    for seed in 0..<runs {
      let vegas = try VegasIntegrator(evaluations: 2_000, warmUpIterations: 0, maximumRuns: 1)
        .integral(of: ridge, over: square, seed: UInt64(seed))
      if !vegas.diagnosis.isReliable { vegasSays += 1 }
      let miser = try MiserIntegrator(evaluations: 2_000).integral(
        of: ridge, over: square, seed: UInt64(seed))
      if !miser.diagnosis.isReliable { miserSays += 1 }
    }
    // VEGAS's intervals cover 19 % of the time here, MISER's 56 %: a rate of 98 % or more.
    let law = try Binomial(trials: runs, probability: 0.98)
    let level = StatisticalTolerance(level: 1e-3, comparisons: 2).levelOfOne
    #expect(law.cdf(vegasSays) > level && law.cdf(miserSays) > level, "\(vegasSays) \(miserSays)")
  }

  @Test(
    "of MISER's estimates from few evaluations those that cover are seldom called unreliable",
    .tags(.statistical))
  func miserVerdicts() throws {
    // A kink, a jump and a ridge that every repeat hits, which cover; a needle and a pole, which do not.
    let ridge: ([Double]) -> Double = { x in exp(-pow((x[0] - x[1]) / 1e-2, 2)) }
    let needle: ([Double]) -> Double = { x in
      1 + 1e5 * exp(-5e3 * (pow(x[0] - 0.3, 2) + pow(x[1] - 0.6, 2)))
    }
    let good: [(([Double]) -> Double, Int)] =
      Self.problems.filter { $0.dimension == 2 && $0.family != "oscillatory" }
      .map { ($0.function, 200) } + [(ridge, 400)]
    let bad: [(([Double]) -> Double, Int)] = [(needle, 200), ({ pow($0[0], -0.9) }, 200)]
    let runs = repetitions(release: 400, debug: 100)
    func unreliable(_ problem: (([Double]) -> Double, Int)) throws -> Int {
      try (0..<runs).count { seed in
        try !MiserIntegrator(evaluations: problem.1)
          .integral(of: problem.0, over: square, seed: UInt64(seed)).diagnosis.isReliable
      }
    }
    // A rate of at most 1 % of good estimates; of at least 95 % of bad ones.
    let level = StatisticalTolerance(level: 1e-3, comparisons: good.count + bad.count).levelOfOne
    let alarms = try Binomial(trials: runs, probability: 0.01)
    for problem in good {
      let count = try unreliable(problem)
      #expect(count == 0 || alarms.survival(count - 1) > level, "\(count) of \(runs)")
    }
    let silences = try Binomial(trials: runs, probability: 0.05)
    for problem in bad {
      let count = runs - (try unreliable(problem))
      #expect(count == 0 || silences.survival(count - 1) > level, "\(count) of \(runs) in silence")
    }
  }

  @Test("GSL's average misses behind a jump; ours does not in silence", .tags(.statistical))
  func jump() throws {
    let problem = Self.problems.first { $0.family == "discontinuous" }!
    var (theirs, missed, silent) = (0, 0, 0)
    let seeds = repetitions(release: 100, debug: 30)
    for seed in 0..<seeds {
      var generator = Philox(seed: UInt64(seed))
      let vegas = try GSLVegas(dimension: 2)
      _ = try vegas.integrate(
        problem.function, lower: [0, 0], upper: [1, 1], calls: 300, using: &generator)
      let average = try vegas.integrate(
        problem.function, lower: [0, 0], upper: [1, 1], calls: 300, iterations: 10,
        stage: .newAverages, using: &generator)
      if abs(average.value - problem.value) > 1.96 * average.standardError { theirs += 1 }
      let estimate = try VegasIntegrator(evaluations: 300).integral(
        of: problem.function, over: problem.box, seed: UInt64(seed))
      if !estimate.confidenceInterval().contains(problem.value) {
        missed += 1
        if estimate.diagnosis.isReliable { silent += 1 }
      }
    }
    #expect(theirs > seeds / 2, "\(theirs)")
    #expect(missed < theirs && silent <= 15 * seeds / 100, "\(missed), \(silent) in silence")
  }

  @Test("iterations that disagree are run again on the adapted grid, up to the limit")
  func again() throws {
    let problem = Self.problems.first { $0.family == "discontinuous" }!
    var runs: [Int] = []
    for seed in 0..<10 {
      let integrator = VegasIntegrator(
        evaluations: 300, iterations: 10, warmUpIterations: 0, maximumRuns: 3)
      let estimate = try integrator.integral(
        of: problem.function, over: problem.box, seed: UInt64(seed))
      // One run of ten iterations on 288 places, or three.
      runs.append(estimate.evaluations / 2_880)
      #expect(runs[seed] == 3 || estimate.diagnosis.isReliable, "\(estimate.diagnosis)")
    }
    #expect(runs.contains(3) && runs.allSatisfy { $0 == 1 || $0 == 3 }, "\(runs)")
  }

  @Test("constants, zeros and tiny values")
  func constants() throws {
    for value in [3.0, -1e-200] {
      let vegas = try VegasIntegrator(evaluations: 1_000).integral(
        of: { _ in value }, over: [-1...1, 2...5], seed: 1)
      #expect(vegas.confidenceInterval(0.9999).contains(6 * value), "\(vegas)")
      let miser = try MiserIntegrator(evaluations: 1_000).integral(
        of: { _ in value }, over: [-1...1, 2...5], seed: 1)
      #expect(relativeError(miser.value, 6 * value) < 1e-12, "\(miser)")
    }
    #expect(throws: EstimationError.self) {
      try VegasIntegrator(evaluations: 1_000).integral(of: { _ in 1e200 }, over: square, seed: 1)
    }
    #expect(throws: EstimationError.self) {
      try MiserIntegrator(evaluations: 1_000).integral(of: { _ in 1e200 }, over: square, seed: 1)
    }
    let zero = try VegasIntegrator(evaluations: 1_000).integral(
      of: { _ in 0 }, over: square, seed: 1)
    #expect(zero.value == 0 && zero.diagnosis == .unreliable([.constantValues]))
    let miser = try MiserIntegrator(evaluations: 1_000).integral(
      of: { _ in 0 }, over: square, seed: 1)
    #expect(miser.value == 0 && miser.diagnosis == .unreliable([.constantValues]))
  }

  @Test("one seed one result, any generator")
  func seeds() throws {
    let problem = Self.problems[3]
    let vegas = VegasIntegrator(evaluations: 1_000)
    let miser = MiserIntegrator(evaluations: 1_000)
    #expect(
      try vegas.integral(of: problem.function, over: problem.box, seed: 5)
        == vegas.integral(of: problem.function, over: problem.box, seed: 5))
    #expect(
      try vegas.integral(of: problem.function, over: problem.box, seed: 5)
        != vegas.integral(of: problem.function, over: problem.box, seed: 6))
    #expect(
      try miser.integral(of: problem.function, over: problem.box, seed: 5)
        == miser.integral(of: problem.function, over: problem.box, seed: 5))
    var system = SystemRandomNumberGenerator()
    let any = try miser.integral(of: problem.function, over: problem.box, using: &system)
    #expect(any.value > 0)
  }

  @Test("what the integrand throws, and values that are not finite, end the run with the place")
  func failures() throws {
    for evaluations in [100, 10_000] {
      let thrown = #expect(throws: IntegrandFailure.self) {
        try VegasIntegrator(evaluations: evaluations).integral(
          of: { x in
            if x[0] > 0.9 { throw Refusal() }
            return 1
          }, over: square, seed: 1)
      }
      #expect(thrown?.underlying is Refusal)
      let other = #expect(throws: IntegrandFailure.self) {
        try MiserIntegrator(evaluations: evaluations).integral(
          of: { x in
            if x[0] > 0.9 { throw Refusal() }
            return 1
          }, over: square, seed: 1)
      }
      #expect(other?.underlying is Refusal)
      #expect(throws: EstimationError.self) {
        try VegasIntegrator(evaluations: evaluations).integral(
          of: { $0[0] > 0.9 ? .nan : 1 }, over: square, seed: 1)
      }
      #expect(throws: EstimationError.self) {
        try MiserIntegrator(evaluations: evaluations).integral(
          of: { $0[0] > 0.9 ? .infinity : 1 }, over: square, seed: 1)
      }
    }
  }

  @Test("a cancelled task stops them")
  func cancellation() async throws {
    let work = Task {
      try VegasIntegrator(evaluations: 10_000).integral(
        of: { x in
          withUnsafeCurrentTask { $0?.cancel() }
          return x[0]
        }, over: square, seed: 1)
    }
    await #expect(throws: CancellationError.self) { try await work.value }
  }

  @Test("two threads at once get what one gets")
  func threads() async throws {
    let problem = Self.problems[4]
    let once = try VegasIntegrator(evaluations: 1_000).integral(
      of: problem.function, over: problem.box, seed: 2)
    try await withThrowingTaskGroup(of: Estimate.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try VegasIntegrator(evaluations: 1_000).integral(
            of: problem.function, over: problem.box, seed: 2)
        }
      }
      for try await estimate in group { #expect(estimate == once) }
    }
  }

  @Test("bad boxes and settings are named")
  func badInput() {
    func message(_ body: () throws -> Estimate) -> String {
      do { return "\(try body())" } catch { return "\(error)" }
    }
    let one: ([Double]) -> Double = { _ in 1 }
    #expect(
      message { try VegasIntegrator(evaluations: 1).integral(of: one, over: square, seed: 1) }
        == "the number of evaluations 1 is not in 2...2147483647")
    #expect(
      message {
        try VegasIntegrator(evaluations: 10, iterations: 1).integral(
          of: one, over: square, seed: 1)
      } == "the number of iterations 1 is not in 2...1000000")
    #expect(
      message {
        try MiserIntegrator(evaluations: 10, repeats: 1).integral(of: one, over: square, seed: 1)
      } == "the number of repeats 1 is not in 2...1000000")
    #expect(
      message { try MiserIntegrator(evaluations: 10).integral(of: one, over: [], seed: 1) }
        == "a box without dimensions")
    #expect(
      message {
        try VegasIntegrator(evaluations: 10).integral(
          of: one, over: [0...1, -Double.infinity...0], seed: 1)
      } == "side 1 of the box, -inf...0.0, is not finite with a positive width")
  }
}

@Suite struct VegasMiserCoverageTests {
  @Test(
    "intervals cover, and errors fall at least as the root of the evaluations",
    .tags(.statistical), arguments: [true, false])
  func coverage(isVegas: Bool) async throws {
    let problem = QuadratureReference.all.genz.first {
      $0.family == "gaussian" && $0.dimension == 2
    }!
    let study = try await ConvergenceStudy(
      truth: problem.value, sizes: [3_000, 30_000], replicates: draws(release: 1_000, debug: 60)
    ).run(seed: 4) { size, generator in
      isVegas
        ? try VegasIntegrator(evaluations: size / 15).integral(
          of: problem.function, over: problem.box, using: &generator)
        : try MiserIntegrator(evaluations: size / 10).integral(
          of: problem.function, over: problem.box, using: &generator)
    }
    // Of few repetitions the slope is known to a tenth.
    let slack = isDebugBuild ? 3.3 * study.slope.standardError : 0
    #expect(study.slope.value < -0.45 + slack, "\(study.slope)")
    #expect(study.coverage(0.9).isConsistent, "\(study.coverage(0.9))")
    #expect(study.coverage(0.95).isConsistent, "\(study.coverage(0.95))")
    for row in study.rows {
      #expect(Double(row.reliable) > 0.95 * Double(row.estimates.count), "\(row.reliable)")
    }
  }
}
