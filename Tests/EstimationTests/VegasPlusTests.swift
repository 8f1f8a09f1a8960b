import Densities
import Distributions
import Estimation
import Foundation
import Randomness
import TestSupport
import Testing

@Suite struct VegasPlusTests {
  private func cube(_ dimension: Int) -> [ClosedRange<Double>] {
    [ClosedRange<Double>](repeating: 0...1, count: dimension)
  }

  private func distance(_ estimate: Estimate, _ truth: Double) -> Double {
    abs(estimate.value - truth) / estimate.standardError
  }

  private let limit = StatisticalTolerance(level: 1e-3, comparisons: 1).standardErrors

  @Test(
    "Genz's families in 1, 2, 5 and 10 dimensions", .tags(.statistical),
    arguments: GenzFunction.Family.allCases, [1, 2, 5, 10])
  func genz(family: GenzFunction.Family, dimension: Int) async throws {
    let genz = GenzFunction(family, dimension: dimension)
    let vegas = VegasPlus(evaluationsPerIteration: draws(release: 10_000, debug: 2_000))
    let estimate = try await vegas.integral(of: genz.value, over: cube(dimension), seed: 1)
    let tolerance = StatisticalTolerance(level: 1e-3, comparisons: 24)
    #expect(
      estimate.confidenceInterval(1 - tolerance.levelOfOne).contains(genz.exact),
      "\(estimate), \(genz.exact)")
    #expect(estimate.standardError < 0.1 * abs(genz.exact))
    // In one dimension all the variance of the jump is that of one stratum, and so uncertain.
    if family != .discontinuous || dimension > 1 {
      #expect(estimate.diagnosis.isReliable, "\(estimate.diagnosis)")
    }
    #expect(estimate.evaluations == 11 * vegas.evaluationsPerIteration)
  }

  /// exp(-|x - c|^2 / (2 w^2)) at several centres, and its integral.
  private struct Peaks: Sendable {
    let centers: [[Double]]
    let width: Double

    func value(_ x: [Double]) -> Double {
      var sum = 0.0
      for center in centers {
        var square = 0.0
        for (x, c) in zip(x, center) { square += (x - c) * (x - c) }
        sum += exp(-square / (2 * width * width))
      }
      return sum
    }

    var exact: Double {
      let scale: Double = 1 / (width * 2.0.squareRoot())
      let height: Double = (Double.pi / 2).squareRoot() * width
      var sum = 0.0
      for center in centers {
        var product = 1.0
        for c in center { product *= height * (erf(scale * (1 - c)) + erf(scale * c)) }
        sum += product
      }
      return sum
    }
  }

  @Test("a sharp peak in four dimensions", .tags(.statistical))
  func sharpPeak() async throws {
    let peak = Peaks(centers: [[0.31, 0.72, 0.45, 0.6]], width: 0.02)
    let estimate = try await VegasPlus(
      evaluationsPerIteration: draws(release: 20_000, debug: 4_000), warmUpIterations: 6
    ).integral(of: peak.value, over: cube(4), seed: 2)
    #expect(distance(estimate, peak.exact) < limit, "\(estimate), \(peak.exact)")
    #expect(estimate.standardError < 0.01 * peak.exact)
    #expect(estimate.diagnosis == .reliable)
  }

  @Test("two peaks on the diagonal, which no map of separate axes can follow", .tags(.statistical))
  func diagonal() async throws {
    let peaks = Peaks(
      centers: [[Double](repeating: 0.23, count: 4), [Double](repeating: 0.74, count: 4)],
      width: 0.05)
    var vegas = VegasPlus(
      evaluationsPerIteration: draws(release: 40_000, debug: 4_000), warmUpIterations: 6)
    let adaptive = try await vegas.integral(of: peaks.value, over: cube(4), seed: 3)
    vegas.redistribution = 0
    let even = try await vegas.integral(of: peaks.value, over: cube(4), seed: 3)
    for estimate in [adaptive, even] {
      #expect(distance(estimate, peaks.exact) < limit, "\(estimate), \(peaks.exact)")
    }
    #expect(adaptive.standardError < 0.75 * even.standardError, "\(adaptive), \(even)")
  }

  private static let smooth: [(String, GenzFunction)] = [
    ("Gaussian", GenzFunction(.gaussian, dimension: 2)),
    ("oscillatory", GenzFunction(.oscillatory, dimension: 5)),
    ("product peak", GenzFunction(.productPeak, dimension: 3)),
  ]

  @Test(
    "intervals cover, at 10^3 and at 10^5 evaluations", .tags(.statistical), arguments: 0..<3)
  func coverage(integrand: Int) async throws {
    let genz = Self.smooth[integrand].1
    let box = cube(genz.dimension)
    let study = try ConvergenceStudy(
      truth: genz.exact, sizes: [1_000, draws(release: 100_000, debug: 3_000)],
      replicates: draws(release: 200, debug: 50))
    let result = try await study.run(seed: 5) { size, generator in
      try VegasPlus(evaluationsPerIteration: size / 10, iterations: 8, warmUpIterations: 2)
        .integral(of: genz.value, over: box, using: &generator)
    }
    for nominal in [0.5, 0.9, 0.95] {
      let coverage = result.coverage(nominal)
      #expect(coverage.isConsistent, "\(nominal): \(coverage.cells)")
    }
    for row in result.rows {
      #expect(Double(row.reliable) >= 0.95 * Double(row.estimates.count))
    }
  }

  @Test("chunks draw from streams of their own: errors are as large as stated", .tags(.statistical))
  func independentChunks() async throws {
    // Six chunks an iteration. With the same numbers in each the errors would be sqrt(6) times as large.
    var vegas = VegasPlus(evaluationsPerIteration: 24_000, iterations: 1, warmUpIterations: 0)
    vegas.redistribution = 0
    let repetitions = draws(release: 200, debug: 30)
    var sum = 0.0
    for seed in 1...repetitions {
      let estimate = try await vegas.integral(
        of: { $0.reduce(0, +) }, over: cube(8), seed: UInt64(seed))
      sum += pow(distance(estimate, 4), 2)
    }
    let tolerance = StatisticalTolerance(level: 1e-3, comparisons: 2)
    #expect(sum < tolerance.chiSquared(degreesOfFreedom: repetitions), "\(sum)")
    #expect(sum > 0.3 * Double(repetitions), "\(sum)")
  }

  @Test("iterations draw from streams of their own", .tags(.statistical))
  func independentIterations() async throws {
    var vegas = VegasPlus(evaluationsPerIteration: 500, iterations: 10, warmUpIterations: 0)
    vegas.redistribution = 0
    vegas.damping = 0
    var chiSquared = 0.0
    for seed in 1...40 {
      let estimate = try await vegas.integral(
        of: { $0.reduce(0, +) }, over: cube(4), seed: UInt64(seed))
      chiSquared += 9 * (try #require(estimate.findings.chiSquaredPerDegree))
    }
    let tolerance = StatisticalTolerance(level: 1e-3, comparisons: 2)
    #expect(chiSquared < tolerance.chiSquared(degreesOfFreedom: 360))
    #expect(chiSquared > 360 - 4 * 720.0.squareRoot())
  }

  @Test("the same bits on any number of workers, by rows, with progress or without")
  func workers() async throws {
    let genz = GenzFunction(.productPeak, dimension: 5)
    let vegas = VegasPlus(evaluationsPerIteration: 30_000, iterations: 2)
    let one = try await vegas.integral(of: genz.value, over: cube(5), seed: 4, workers: 1)
    let rows: @Sendable (Span<Double>, inout MutableSpan<Double>) throws -> Void = {
      rows, values in
      for i in values.indices { values[i] = genz.value((0..<5).map { rows[5 * i + $0] }) }
    }
    for workers in [2, 7] {
      let many = try await vegas.integral(
        of: genz.value, over: cube(5), seed: 4, workers: workers, progress: { _ in })
      #expect(many == one)
    }
    #expect(try await vegas.integral(ofRows: rows, over: cube(5), seed: 4) == one)
    let vector = try await vegas.integrals(
      of: Integrand(outputs: 2) { [genz.value($0), -3 * genz.value($0)] }, over: cube(5), seed: 4,
      workers: 2)
    #expect(vector[0].value == one.value && vector[0].standardError == one.standardError)
    let again = try await vegas.integrals(
      of: Integrand(outputs: 2) { [genz.value($0), -3 * genz.value($0)] }, over: cube(5), seed: 4,
      workers: 7)
    #expect(vector == again)
  }

  @Test("several integrals, and the covariance of their errors", .tags(.statistical))
  func vector() async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 2_000)
    let estimate = try await vegas.integrals(
      of: Integrand(outputs: 3) { [$0[0] * $0[1], -2 * $0[0] * $0[1], $0[0] * $0[0]] },
      over: [0...1, 0...2], seed: 6)
    for (output, truth) in [1, -2, 2.0 / 3].enumerated() {
      #expect(distance(estimate[output], truth) < limit, "\(estimate)")
    }
    #expect(abs(estimate.values[1] + 2 * estimate.values[0]) < 1e-12)
    let expected = -2 * estimate.covariance[0, 0]
    #expect(abs(estimate.covariance[0, 1] / expected - 1) < 1e-9)
    let sum = estimate.derived(
      value: 2 * estimate.values[0] + estimate.values[1], gradient: [2, 1, 0])
    #expect(sum.standardError < 1e-6 * estimate.standardErrors[0])
  }

  private struct Ranged: Sendable {
    let range: ClosedRange<Double>
    let truth: Double
    let f: @Sendable (Double) -> Double
  }

  private static let ranged = [
    Ranged(range: -.infinity ... .infinity, truth: Double.pi.squareRoot()) { exp(-$0 * $0) },
    Ranged(range: 1 ... .infinity, truth: exp(-1)) { exp(-$0) },
    Ranged(range: -.infinity ... -1, truth: exp(-1)) { exp($0) },
    Ranged(range: -.infinity ... .infinity, truth: .pi) { 1 / (1 + $0 * $0) },
    Ranged(range: -2...3, truth: 35.0 / 3) { $0 * $0 },
  ]

  @Test("infinite ranges", .tags(.statistical), arguments: 0..<5)
  func ranges(index: Int) async throws {
    let ranged = Self.ranged[index]
    let estimate = try await VegasPlus(evaluationsPerIteration: 2_000)
      .integral(of: { ranged.f($0[0]) }, over: [ranged.range], seed: 7)
    let tolerance = StatisticalTolerance(level: 1e-3, comparisons: 5)
    #expect(
      distance(estimate, ranged.truth) < tolerance.standardErrors, "\(estimate), \(ranged.truth)")
    #expect(estimate.standardError < 1e-3 * ranged.truth)
  }

  @Test(
    "expectations under a density known up to a constant, however large", .tags(.statistical),
    arguments: [0, -2e4, 3e5])
  func density(constant: Double) async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 4_000, warmUpIterations: 3)
    let plane = [ClosedRange<Double>](repeating: -.infinity ... .infinity, count: 2)
    // The precision is [[1, 1/2], [1/2, 1]], so the covariance is -2/3.
    let estimate = try await vegas.mean(
      of: { $0[0] * $0[1] },
      underLogDensity: {
        constant - 0.5 * ($0[0] * $0[0] + $0[1] * $0[1] + $0[0] * $0[1])
      }, over: plane, seed: 8)
    let tolerance = StatisticalTolerance(level: 1e-3, comparisons: 6).standardErrors
    #expect(distance(estimate, -2.0 / 3) < tolerance, "\(estimate)")
    #expect(estimate.standardError < 0.02)
    #expect(estimate.diagnosis == .reliable)
    let evidence = try #require(estimate.findings.logEvidence)
    let truth = constant + log(2 * Double.pi / 0.75.squareRoot())
    #expect(abs(evidence.value - truth) < tolerance * evidence.standardError, "\(evidence)")
    #expect(evidence.standardError < 0.02)
  }

  @Test(
    "a function that lives in the tail of the density draws its evaluations there",
    .tags(.statistical))
  func tailOfDensity() async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 10_000, warmUpIterations: 5)
    let line = [-Double.infinity ... .infinity]
    let estimate = try await vegas.mean(
      of: { $0[0] > 6 ? 1 : 0 }, underLogDensity: { -0.5 * $0[0] * $0[0] }, over: line, seed: 11)
    let truth = 9.865_876_450_376_98e-10
    #expect(distance(estimate, truth) < limit, "\(estimate)")
    // Adapted to the density alone it is the ratio of two integrals.
    let both = try await vegas.integrals(
      of: Integrand(outputs: 2) {
        let p = exp(-0.5 * $0[0] * $0[0])
        return [p, $0[0] > 6 ? p : 0]
      }, over: line, seed: 11)
    let ratio = both.derived(
      value: both.values[1] / both.values[0],
      gradient: [-both.values[1] / (both.values[0] * both.values[0]), 1 / both.values[0]])
    // Half of ideal draws lie in the tail, where p |f - mean| / q is at most 4 truth.
    let ideal = 4 * truth / Double(try #require(estimate.draws)).squareRoot()
    #expect(estimate.standardError < min(ideal, ratio.standardError / 5), "\(estimate), \(ratio)")
    // And the evidence is still known.
    let evidence = try #require(estimate.findings.logEvidence)
    #expect(abs(evidence.value - 0.5 * log(2 * .pi)) < limit * evidence.standardError)
    #expect(evidence.standardError < 0.01)
  }

  @Test(
    "several expectations under a density, with the covariance of their errors", .tags(.statistical)
  )
  func meansUnderDensity() async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 2_000, warmUpIterations: 3)
    let plane = [ClosedRange<Double>](repeating: -.infinity ... .infinity, count: 2)
    let density: @Sendable ([Double]) -> Double = {
      -0.5 * ($0[0] * $0[0] + $0[1] * $0[1] + $0[0] * $0[1])
    }
    let functions = Integrand<[Double]>(outputs: 3) {
      [$0[0] * $0[1], -2 * $0[0] * $0[1], 1e6 + $0[0]]
    }
    let estimate = try await vegas.means(
      of: functions, underLogDensity: density, over: plane, seed: 12, workers: 1)
    for (output, truth) in [-2.0 / 3, 4.0 / 3, 1e6].enumerated() {
      #expect(distance(estimate[output], truth) < limit, "\(estimate)")
      #expect(estimate.standardErrors[output] < 0.05)
    }
    #expect(abs(estimate.values[1] + 2 * estimate.values[0]) < 1e-12)
    #expect(abs(estimate.covariance[0, 1] / (-2 * estimate.covariance[0, 0]) - 1) < 1e-9)
    #expect(estimate.covariance[0, 2] == estimate.covariance[2, 0])
    #expect(
      abs(estimate.covariance[0, 2])
        <= 1.0000001 * estimate.standardErrors[0] * estimate.standardErrors[2])
    let rows = Integrand<[Double]>(
      outputs: 3,
      rows: { rows, values in
        for i in 0..<values.count / 3 {
          let (x, y) = (rows[2 * i], rows[2 * i + 1])
          (values[3 * i], values[3 * i + 1], values[3 * i + 2]) = (x * y, -2 * x * y, 1e6 + x)
        }
      })
    #expect(
      try await vegas.means(of: rows, underLogDensity: density, over: plane, seed: 12, workers: 7)
        == estimate)
    let single = try await vegas.mean(
      of: { $0[0] * $0[1] }, underLogDensity: density, over: plane, seed: 12)
    let alone = try await vegas.means(
      of: Integrand { $0[0] * $0[1] }, underLogDensity: density, over: plane, seed: 12)
    #expect(alone.count == 1 && alone[0] == single)
  }

  @Test("where the density is zero the function is not asked, and a failure names its own place")
  func zeroDensity() async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 1_000)
    let half: @Sendable ([Double]) -> Double = { $0[0] < 0.5 ? -.infinity : 0 }
    let estimate = try await vegas.mean(
      of: { $0[0] < 0.5 ? .nan : $0[0] }, underLogDensity: half, over: cube(2), seed: 1)
    #expect(distance(estimate, 0.75) < limit, "\(estimate)")
    let failure = await #expect(throws: IntegrandFailure.self) {
      try await vegas.mean(
        of: {
          if $0[0] > 0.99 { throw Broken() }
          return 1
        }, underLogDensity: half, over: cube(2), seed: 1)
    }
    #expect(failure?.place.hasPrefix("[0.99") == true)
    let constant = try await vegas.mean(
      of: { _ in 3 }, underLogDensity: { -$0[0] }, over: cube(2), seed: 1)
    #expect(abs(constant.value - 3) < 1e-12)
    #expect(constant.diagnosis.concerns == [.constantValues])
  }

  @Test("a density without weight, and one that fails in places")
  func brokenDensities() async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 500)
    let nothing = try await vegas.mean(
      of: { $0[0] }, underLogDensity: { _ in -.infinity }, over: cube(2), seed: 1)
    #expect(nothing.value.isNaN && nothing.diagnosis.concerns == [.noWeight])
    let partly = try await vegas.mean(
      of: { $0[0] },
      underLogDensity: {
        if $0[0] > 0.5 { throw EvaluationFailure.recoverable("here") }
        return 0
      }, over: cube(2), seed: 1)
    let failing = try await VegasPlus(evaluationsPerIteration: 5, iterations: 3).mean(
      of: { $0[0] }, underLogDensity: { _ in throw EvaluationFailure.recoverable("nowhere") },
      over: cube(2), seed: 1)
    #expect(failing.value.isNaN && failing.standardError.isNaN)
    #expect(
      failing.diagnosis.concerns == [.failedEvaluations(15), .noWeight, .tooFewDraws(15)])
    #expect(failing.findings.logEvidence?.value == -.infinity)
    guard case .failedEvaluations(let count) = partly.diagnosis.concerns.first else {
      Issue.record("\(partly.diagnosis)")
      return
    }
    #expect(count > 0 && count < 5_000)
    await #expect(throws: EvaluationFailure.fatal("there")) {
      try await vegas.mean(
        of: { $0[0] }, underLogDensity: { _ in throw EvaluationFailure.fatal("there") },
        over: cube(2), seed: 1)
    }
    await #expect(throws: EstimationError.self) {
      try await vegas.mean(of: { $0[0] }, underLogDensity: { _ in .nan }, over: cube(2), seed: 1)
    }
  }

  @Test("the unit of f changes nothing but the unit of the result", arguments: [-900, 900])
  func units(exponent: Int) async throws {
    let genz = GenzFunction(.gaussian, dimension: 2)
    let unit = scalbn(1.0, exponent)
    let vegas = VegasPlus(evaluationsPerIteration: 1_000)
    let plain = try await vegas.integral(of: genz.value, over: cube(2), seed: 9)
    let scaled = try await vegas.integral(of: { unit * genz.value($0) }, over: cube(2), seed: 9)
    #expect(scaled.value == unit * plain.value)
    #expect(scaled.standardError == unit * plain.standardError)
    #expect(scaled.diagnosis == plain.diagnosis)
    #expect(scaled.findings == plain.findings)
  }

  @Test(
    "the unit of f changes nothing under a density",
    arguments: [-1_000, -900, -260, 260, 900, 1_023])
  func unitsUnderDensity(exponent: Int) async throws {
    let unit = scalbn(1.0, exponent)
    let plane = [ClosedRange<Double>](repeating: -.infinity ... .infinity, count: 2)
    let density: @Sendable ([Double]) -> Double = {
      -0.5 * ($0[0] * $0[0] + $0[1] * $0[1] + $0[0] * $0[1])
    }
    // Of both signs and up to one, so that the difference of two values is above the largest Double.
    let functions = Integrand<[Double]>(outputs: 2) { [unit * tanh(5 * $0[0]), $0[1]] }
    let units = [unit, 1]
    let vegas = VegasPlus(evaluationsPerIteration: 1_000, iterations: 5)
    let plain = try await vegas.means(
      of: Integrand(outputs: 2) { [tanh(5 * $0[0]), $0[1]] }, underLogDensity: density, over: plane,
      seed: 9)
    let scaled = try await vegas.means(
      of: functions, underLogDensity: density, over: plane, seed: 9)
    for k in 0..<2 {
      #expect(abs(scaled.values[k] / units[k] - plain.values[k]) < 1e-12)
      #expect(abs(scaled.standardErrors[k] / units[k] / plain.standardErrors[k] - 1) < 1e-12)
      #expect(scaled.diagnoses[k] == plain.diagnoses[k])
    }
  }

  @Test("a constant that is added to f changes neither the error nor what is known of it")
  func addedConstant() async throws {
    // Without a warm-up the only center is zero; few evaluations make up the error of f.
    let vegas = VegasPlus(evaluationsPerIteration: 1_000, iterations: 1, warmUpIterations: 0)
    func estimate(_ constant: Double) async throws -> Estimate {
      try await vegas.mean(
        of: { constant + exp(-400 * ($0[0] - 0.5) * ($0[0] - 0.5)) * $0[1] },
        underLogDensity: { log1p($0[0]) + log1p($0[1]) }, over: cube(2), seed: 13)
    }
    let (plain, shifted) = (try await estimate(0), try await estimate(20))
    #expect(abs(shifted.value - 20 - plain.value) < 1e-12)
    #expect(abs(shifted.standardError / plain.standardError - 1) < 1e-8)
    guard case .studentT(let degrees) = plain.errorModel,
      case .studentT(let others) = shifted.errorModel
    else {
      Issue.record("\(plain.errorModel), \(shifted.errorModel)")
      return
    }
    #expect(abs(others / degrees - 1) < 1e-5)
  }

  @Test("a constant is integrated exactly, and its error says nothing")
  func constant() async throws {
    let estimate = try await VegasPlus(evaluationsPerIteration: 1_000)
      .integral(of: { _ in 3 }, over: [0...2, -1...1], seed: 1)
    #expect(abs(estimate.value - 12) < 1e-12)
    #expect(estimate.diagnosis.concerns == [.constantValues])
  }

  @Test("a needle that some iterations meet and others miss is not believed", .tags(.statistical))
  func needle() async throws {
    let needle = Peaks(centers: [[0.3, 0.6, 0.8]], width: 0.01)
    var unreliable = 0
    var inconsistent = 0
    for seed in 1...20 {
      let estimate = try await VegasPlus(
        evaluationsPerIteration: 1_000, iterations: 10, warmUpIterations: 0
      ).integral(of: { 1 + 1e5 * needle.value($0) }, over: cube(3), seed: UInt64(seed))
      if !estimate.diagnosis.isReliable { unreliable += 1 }
      if estimate.diagnosis.concerns.contains(where: {
        if case .inconsistentIterations(_, let p) = $0 { p < 0.001 } else { false }
      }) {
        inconsistent += 1
      }
    }
    #expect(unreliable == 20)
    #expect(inconsistent > 0)
  }

  @Test("few evaluations are no basis for a verdict")
  func fewEvaluations() async throws {
    let estimate = try await VegasPlus(evaluationsPerIteration: 9)
      .integral(of: { $0[0] }, over: cube(1), seed: 1)
    #expect(estimate.diagnosis.concerns.contains(.tooFewDraws(90)))
  }

  private struct Broken: Error, Equatable {}

  /// How often a function was called.
  private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var calls = 0

    func count() -> Int {
      lock.withLock {
        calls += 1
        return calls
      }
    }
  }

  @Test("what f throws comes out with its draw, the same on any workers")
  func throwingIntegrand() async throws {
    let vegas = VegasPlus(evaluationsPerIteration: 20_000)
    // On one worker the calls come in the order of the draws.
    let counter = Counter()
    await #expect(throws: IntegrandFailure.self) {
      try await vegas.integral(
        of: {
          let call = counter.count()
          if $0[0] > 0.9999, $0[1] > 0.5 { throw Broken() }
          return Double(call % 7)
        }, over: cube(2), seed: 10, workers: 1)
    }
    let calls = counter.count() - 1
    for workers in [1, 2] {
      let failure = await #expect(throws: IntegrandFailure.self) {
        try await vegas.integral(
          of: {
            if $0[0] > 0.9999, $0[1] > 0.5 { throw Broken() }
            return 1
          }, over: cube(2), seed: 10, workers: workers)
      }
      #expect(failure?.draw == calls - 1)
      #expect(failure?.underlying as? Broken == Broken())
      #expect(failure?.place.hasPrefix("[0.9999") == true)
      let error = await #expect(throws: EstimationError.self) {
        try await vegas.integral(
          of: { $0[0] > 0.9999 && $0[1] > 0.5 ? -.infinity : 1 }, over: cube(2), seed: 10,
          workers: workers)
      }
      guard case .notFinite(let value, let draw, let place) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(value == -.infinity && draw == calls - 1 && place == failure?.place)
    }
  }

  @Test("a cancelled run keeps the iterations that it finished")
  func cancellation() async throws {
    let box = cube(2)
    let (parts, continuation) = AsyncStream.makeStream(of: Int.self)
    let task = Task {
      try await VegasPlus(evaluationsPerIteration: 1_000, iterations: 10_000_000).integral(
        of: { $0[0] * $0[1] }, over: box, seed: 1, workers: 1,
        progress: { continuation.yield($0.completed) })
    }
    for await completed in parts where completed >= 4_000 { break }
    task.cancel()
    let estimate = try await task.value
    #expect(estimate.evaluations >= 4_000 && estimate.evaluations % 1_000 == 0)
    #expect(
      estimate.diagnosis.concerns == [
        .cancelled(completed: estimate.evaluations, requested: 10_000_001_000)
      ])
    #expect(estimate.draws == estimate.evaluations - 1_000)

    let (others, other) = AsyncStream.makeStream(of: Int.self)
    let nothing = Task {
      try await VegasPlus(evaluationsPerIteration: 1_000, iterations: 10_000_000).mean(
        of: { $0[0] }, underLogDensity: { _ in -.infinity }, over: box, seed: 1, workers: 1,
        progress: { other.yield($0.completed) })
    }
    for await completed in others where completed >= 4_000 { break }
    nothing.cancel()
    let none = try await nothing.value
    #expect(
      none.diagnosis.concerns == [
        .cancelled(completed: none.evaluations, requested: 10_000_001_000), .noWeight,
      ])

    let long = Task {
      try await VegasPlus(evaluationsPerIteration: 100_000_000).integral(
        of: { $0[0] * $0[1] }, over: box, seed: 1, workers: 1,
        progress: { continuation.yield(-1 - $0.completed) })
    }
    for await completed in parts where completed < 0 { break }
    long.cancel()
    await #expect(throws: CancellationError.self) { try await long.value }
  }

  @Test("bad requests are errors that name the value")
  func badRequests() async throws {
    let cases: [(VegasPlus, [ClosedRange<Double>], String)] = [
      (VegasPlus(evaluationsPerIteration: 0), cube(1), "0 evaluations"),
      (VegasPlus(evaluationsPerIteration: 1), cube(1), "1 evaluations"),
      (VegasPlus(evaluationsPerIteration: 100, iterations: 0), cube(1), "0 iterations"),
      (
        VegasPlus(evaluationsPerIteration: 100, warmUpIterations: -1), cube(1), "-1 of warm-up"
      ),
      (VegasPlus(evaluationsPerIteration: 100), [], "no axes"),
      (VegasPlus(evaluationsPerIteration: 100), [0...1, 2...2], "axis 1, 2.0...2.0"),
      (VegasPlus(evaluationsPerIteration: 100), [-1.5e308...1.5e308], "too wide"),
      (VegasPlus(evaluationsPerIteration: 100), [.infinity ... .infinity], "inf...inf"),
    ]
    for (vegas, box, part) in cases {
      let error = await #expect(throws: EstimationError.self) {
        try await vegas.integral(of: { $0[0] }, over: box, seed: 1)
      }
      #expect("\(error!)".contains(part), "\(error!)")
    }
    var vegas = VegasPlus(evaluationsPerIteration: 100)
    vegas.damping = .nan
    await #expect(throws: EstimationError.self) {
      try await vegas.integral(of: { $0[0] }, over: cube(1), seed: 1)
    }
    vegas.damping = 0.5
    vegas.redistribution = 1.5
    await #expect(throws: EstimationError.self) {
      try await vegas.integral(of: { $0[0] }, over: cube(1), seed: 1)
    }
  }
}
