import Distributions
import Estimation
import Foundation
import GSL
import LinearAlgebra
import Randomness
import TestSupport
import Testing

extension GenzFunction.Family {
  /// Gentler than Genz's sums of difficulties.
  fileprivate func gentle(_ dimension: Int) -> GenzFunction {
    GenzFunction(
      self, a: Array([1.5, 0.7, 1.1, 0.4, 0.9].prefix(dimension)),
      u: Array([0.3, 0.6, 0.45, 0.8, 0.2].prefix(dimension)))
  }

  fileprivate func integrand(_ dimension: Int) -> @Sendable ([Double]) -> Double {
    gentle(dimension).value
  }

  fileprivate func integral(_ dimension: Int) -> Double { gentle(dimension).exact }
}

private func cube(_ dimension: Int) -> Independent<Uniform> {
  Independent((0..<dimension).map { _ in try! Uniform(lower: 0, upper: 1) })
}

private let standardNormal = try! Normal(mean: 0, standardDeviation: 1)

/// The methods, each with about that many evaluations.
private enum Method: String, CaseIterable, Sendable {
  case antithetic, stratified, latinHypercube, sobol, sobolShift, niederreiter, halton,
    reverseHalton

  func make(_ draws: Int) -> any UnitCubeMethod {
    switch self {
    case .antithetic: AntitheticMonteCarlo(pairs: draws / 2)
    case .stratified: StratifiedMonteCarlo(draws: draws)
    case .latinHypercube: LatinHypercube(points: draws / 32, replicates: 32)
    case .sobol: QuasiMonteCarlo(points: draws / 16)
    case .sobolShift: QuasiMonteCarlo(points: draws / 16, randomization: .digitalShift)
    case .niederreiter: QuasiMonteCarlo(sequence: .niederreiter, points: draws / 16)
    case .halton:
      QuasiMonteCarlo(sequence: .halton, points: draws / 16, randomization: .shift)
    case .reverseHalton: QuasiMonteCarlo(sequence: .reverseHalton, points: draws / 16)
    }
  }
}

/// Draws one after the other, of a run on one worker.
private final class Recorder: @unchecked Sendable {
  var points: [[Double]] = []
}

/// The points of the cube that a method chooses.
private func points<G: RandomNumberGenerator>(
  of method: some UnitCubeMethod, dimension: Int, using generator: inout G
) throws -> [[Double]] {
  let recorder = Recorder()
  _ = try method.mean(
    of: {
      recorder.points.append($0)
      return $0[0]
    }, under: cube(dimension), using: &generator)
  return recorder.points
}

private func setting(_ text: String) -> @Sendable (any Error) -> Bool {
  { ($0 as? EstimationError) == .setting(text) }
}

private func slopeIsBelow(_ limit: Double, _ slope: ConvergenceStudy.Slope) -> Bool {
  slope.value + StatisticalTolerance(level: 0.001).standardErrors * slope.standardError < limit
}

/// Whether exact binomial tests accept how often the intervals of 50, 90 and 95 % cover.
private func covers(_ estimates: [Estimate], _ truth: Double, level: Double) -> Bool {
  [0.5, 0.9, 0.95].allSatisfy { nominal in
    let covered = estimates.count { $0.confidenceInterval(nominal).contains(truth) }
    let counts = try! Binomial(trials: estimates.count, probability: nominal)
    return 2 * min(counts.cdf(covered), counts.survival(covered - 1)) > level / 3
  }
}

@Suite struct CubeMethodTests {
  @Test(
    "integrals of Genz's functions", .tags(.statistical), arguments: Method.allCases, [1, 2, 5])
  private func genz(method: Method, dimension: Int) async throws {
    for function in GenzFunction.Family.allCases {
      let estimate = try await method.make(1 << 14)
        .mean(of: function.integrand(dimension), under: cube(dimension), seed: 1)
      // A jump has its variance in one of all intervals: two draws say little of that.
      if method == .stratified, dimension == 1, function == .discontinuous {
        #expect(!estimate.diagnosis.isReliable)
        continue
      }
      let level = StatisticalTolerance(level: 0.001, comparisons: 3 * 6 * Method.allCases.count)
        .levelOfOne
      let interval = estimate.confidenceInterval(1 - level)
      #expect(interval.contains(function.integral(dimension)), "\(function): \(estimate)")
      #expect(estimate.diagnosis == .reliable, "\(function)")
      #expect(estimate.standardError < 0.02 && estimate.standardError > 0)
      let size = try #require(estimate.effectiveSampleSize)
      let reduction = try #require(estimate.findings.varianceReduction)
      #expect(scaledError(size, reduction * Double(estimate.evaluations)) < 1e-12)
    }
  }

  @Test("a jump that no draw in its stratum shows is not missed in silence")
  func hiddenJump() async throws {
    // Both draws of the one stratum at the jump fall on its same side half the time.
    let jump = GenzFunction(.discontinuous, dimension: 1)
    var (missed, reliable) = (0, 0)
    for seed in 1...50 {
      let estimate = try await StratifiedMonteCarlo(draws: 2_000)
        .mean(of: jump.value, under: cube(1), seed: UInt64(seed))
      if !estimate.confidenceInterval(0.9999).contains(jump.exact) { missed += 1 }
      if estimate.diagnosis.isReliable { reliable += 1 }
    }
    #expect(missed > 0)
    #expect(reliable == 0)
    // In many strata, and where there is none, they are trusted.
    for (function, dimension) in [
      (GenzFunction.Family.discontinuous, 2), (.continuous, 1), (.productPeak, 1),
    ] {
      let estimate = try await StratifiedMonteCarlo(draws: 2_000)
        .mean(of: function.integrand(dimension), under: cube(dimension), seed: 1)
      #expect(estimate.diagnosis == .reliable, "\(function)")
    }
  }

  @Test("errors fall faster than one over the root of the draws", .tags(.statistical))
  func rates() async throws {
    let truth = GenzFunction.Family.productPeak.integral(2)
    let f = GenzFunction.Family.productPeak.integrand(2)
    func slope(
      _ sizes: [Int], _ make: @escaping @Sendable (Int) -> any UnitCubeMethod
    ) async throws -> ConvergenceStudy.Slope {
      try await ConvergenceStudy(truth: truth, sizes: sizes, replicates: 100).run(seed: 3) {
        try make($0).mean(of: f, under: cube(2), using: &$1)
      }.slope
    }
    let powers = [32, 64, 128, 256, 512]
    let nets: [QuasiRandomSequence.Kind] = isDebugBuild ? [.sobol] : [.sobol, .niederreiter]
    for sequence in nets {
      for method in [QuasiMonteCarlo.Randomization.scrambling, .digitalShift] {
        let found = try await slope(powers) {
          QuasiMonteCarlo(sequence: sequence, points: $0, replicates: 4, randomization: method)
        }
        #expect(slopeIsBelow(-0.75, found), "\(sequence) \(method) \(found)")
      }
    }
    let digits: [QuasiRandomSequence.Kind] = isDebugBuild ? [.halton] : [.halton, .reverseHalton]
    for sequence in digits {
      for method in QuasiMonteCarlo.Randomization.allCases {
        let found = try await slope(powers) {
          QuasiMonteCarlo(sequence: sequence, points: $0, replicates: 4, randomization: method)
        }
        #expect(slopeIsBelow(-0.75, found), "\(sequence) \(method) \(found)")
      }
    }
    // Two coordinates: N^(-1/2 - 1/2).
    let stratified = try await slope([128, 512, 2_048, 8_192]) { StratifiedMonteCarlo(draws: $0) }
    #expect(stratified.isConsistent(with: -1), "\(stratified)")
    let antithetic = try await slope(powers) { AntitheticMonteCarlo(pairs: $0) }
    #expect(antithetic.isConsistent(with: -0.5), "\(antithetic)")
    // Beyond what single coordinates explain, a hypercube is plain draws.
    let hypercube = try await slope(powers) { LatinHypercube(points: $0, replicates: 4) }
    #expect(hypercube.isConsistent(with: -0.5), "\(hypercube)")
    let additive = try await ConvergenceStudy(truth: 5, sizes: powers, replicates: 100).run(seed: 3)
    {
      try LatinHypercube(points: $0, replicates: 4)
        .mean(of: { $0[0] * $0[0] * 6 + $0[1] * 6 }, under: cube(2), using: &$1)
    }
    #expect(additive.slope.isConsistent(with: -1.5), "\(additive.slope)")
  }

  @Test("scrambling a smooth function in one dimension comes near N^(-3/2)", .tags(.statistical))
  func smoothRate() async throws {
    let study = try await ConvergenceStudy(
      truth: exp(1) - 1, sizes: [16, 64, 256, 1_024], replicates: 200
    ).run(seed: 4) {
      try QuasiMonteCarlo(points: $0, replicates: 2)
        .mean(of: { exp($0[0]) }, under: cube(1), using: &$1)
    }
    #expect(study.slope.isConsistent(with: -1.5), "\(study.slope)")
  }

  @Test(
    "intervals cover", .tags(.statistical), arguments: Method.allCases,
    isDebugBuild ? [1_024] : [1_024, 8_192])
  private func coverage(method: Method, draws: Int) async throws {
    let f = GenzFunction.Family.gaussian.integrand(5)
    let truth = GenzFunction.Family.gaussian.integral(5)
    let replicates = repetitions(release: 400, debug: 40)
    let study = try await ConvergenceStudy(
      truth: truth, sizes: [draws / 2, draws], replicates: replicates
    )
    .run(seed: 5) { try method.make($0).mean(of: f, under: cube(5), using: &$1) }
    for row in study.rows {
      let level = StatisticalTolerance(level: 0.001, comparisons: 4 * Method.allCases.count)
        .levelOfOne
      let counts = [0.5, 0.9, 0.95].map { level in
        row.estimates.count { $0.confidenceInterval(level).contains(truth) }
      }
      #expect(covers(row.estimates, truth, level: level), "\(row.size): \(counts) of \(replicates)")
    }
    #expect(study.isUnbiased())
  }

  /// Gives the same few numbers again and again: those that one replicate's shift takes.
  private struct Repeating: RandomNumberGenerator {
    let words: [UInt64]
    var drawn = 0
    mutating func next() -> UInt64 {
      defer { drawn += 1 }
      return words[drawn % words.count]
    }
  }

  @Test(
    "replicates that share one shift fail the same test, and are found out", .tags(.statistical))
  func sharedShift() async throws {
    let truth = GenzFunction.Family.gaussian.integral(5)
    let f = GenzFunction.Family.gaussian.integrand(5)
    let study = try await ConvergenceStudy(truth: truth, sizes: [64, 256], replicates: 100)
      .run(seed: 5) { size, generator in
        var repeating = Repeating(words: (0..<5).map { _ in generator.next() })
        return try QuasiMonteCarlo(points: size, randomization: .digitalShift)
          .mean(of: f, under: cube(5), using: &repeating)
      }
    for row in study.rows {
      #expect(!covers(row.estimates, truth, level: 0.001))
      #expect(row.estimates.allSatisfy { $0.diagnosis.concerns.contains(.errorAtRounding) })
    }
  }

  @Test(
    "antithetic pairs that are counted as independent draws fail the same test", .tags(.statistical)
  )
  func countedTwice() async throws {
    // Of an even function the two are equal.
    let study = try await ConvergenceStudy(truth: 1, sizes: [512, 1_024], replicates: 400)
      .run(seed: 6) { size, generator in
        try AntitheticMonteCarlo(pairs: size)
          .mean(of: { $0 * $0 }, under: standardNormal, using: &generator)
      }
    for row in study.rows {
      #expect(covers(row.estimates, 1, level: 0.0005))
      let wrong = row.estimates.map { estimate in
        var estimate = estimate
        estimate.standardError *= estimate.findings.varianceReduction!.squareRoot()
        return estimate
      }
      #expect(!covers(wrong, 1, level: 0.0005))
      #expect(row.estimates.allSatisfy { abs($0.findings.varianceReduction! - 0.5) < 0.01 })
    }
  }

  @Test("the same bits on 1, 2 and 7 workers, with progress or without", arguments: Method.allCases)
  private func workers(method: Method) async throws {
    let target = Independent([standardNormal, standardNormal])
    let integrand = Integrand<[Double]>(outputs: 2) { [exp($0[0]), $0[0] * $0[1] + $0[1]] }
    // Replicates of more than one chunk.
    let sampler = method.make(1 << 18)
    let one = try await sampler.means(
      of: integrand, under: target, seed: 5, workers: 1, progress: nil)
    for workers in isDebugBuild ? [7] : [2, 7] {
      let other = try await sampler.means(
        of: integrand, under: target, seed: 5, workers: workers, progress: { _ in })
      #expect(other == one)
    }
    let another = try await sampler.means(
      of: integrand, under: target, seed: 6, workers: 2, progress: nil)
    #expect(another != one)
    #expect(
      try await sampler.mean(of: { exp($0[0]) }, under: target, seed: 5).value == one.values[0])
  }

  @Test("the covariance of several outputs", arguments: Method.allCases)
  private func vector(method: Method) async throws {
    let integrand = Integrand<[Double]>(outputs: 3) { x in
      let f = exp(x[0] + x[1] * x[1])
      return [f, -3 * f, x[1]]
    }
    let estimate = try await method.make(1 << 13).means(
      of: integrand, under: cube(2), seed: 2, workers: nil, progress: nil)
    let single = try await method.make(1 << 13)
      .mean(of: { exp($0[0] + $0[1] * $0[1]) }, under: cube(2), seed: 2)
    #expect(estimate.values[0] == single.value)
    let variance = single.standardError * single.standardError
    for (i, j, factor) in [(0, 0, 1.0), (0, 1, -3), (1, 0, -3), (1, 1, 9)] {
      #expect(relativeError(estimate.covariance[i, j], factor * variance) < 1e-6)
    }
    #expect(estimate.covariance[0, 2] == estimate.covariance[2, 0])
    #expect(
      abs(estimate.covariance[0, 2]) <= 1.0000001 * estimate.standardErrors[0]
        * estimate.standardErrors[2])
    #expect(estimate.diagnoses[0] == single.diagnosis)
  }

  @Test(
    "a large constant, and values near the ends of the Doubles, change nothing else",
    arguments: Method.allCases)
  private func scales(method: Method) async throws {
    let sampler = method.make(4_096)
    let f: @Sendable ([Double]) -> Double = { $0[0] + $0[1] * $0[1] + $0[0] * $0[1] }
    let plain = try await sampler.mean(of: f, under: cube(2), seed: 9)
    let high = try await sampler.mean(of: { f($0) + 0x1p30 }, under: cube(2), seed: 9)
    #expect(abs(high.value - 0x1p30 - plain.value) < 1e-6)
    // f is rounded to 2^-23 there, 2^-29 in the mean of 4,096, where the errors are above 2^-20.
    #expect(plain.standardError > 0x1p-20)
    #expect(relativeError(high.standardError, plain.standardError) < 0x1p-6)
    // The same values but for the constant: only the means are rounded, to 2^-33.
    let rounded = try await sampler.mean(
      of: { (f($0) + 0x1p20) - 0x1p20 }, under: cube(2), seed: 9)
    let shifted = try await sampler.mean(of: { f($0) + 0x1p20 }, under: cube(2), seed: 9)
    #expect(abs(shifted.value - 0x1p20 - rounded.value) <= 0x1p-32)
    #expect(relativeError(shifted.standardError, rounded.standardError) < 0x1p-12)
    for exponent in [-1000, 1000] {
      let factor = Double(sign: .plus, exponent: exponent, significand: 1)
      let scaled = try await sampler.mean(of: { factor * f($0) }, under: cube(2), seed: 9)
      #expect(relativeError(scaled.value, factor * plain.value) < 1e-14)
      // The square of an error of 1e-300 is zero.
      if exponent > 0 { continue }
      #expect(scaled.effectiveSampleSize != nil && !scaled.effectiveSampleSize!.isNaN)
    }
  }

  @Test("sequences have limits, and the errors name both numbers")
  func limits() async throws {
    for (sequence, name, largest) in [
      (QuasiRandomSequence.Kind.sobol, "Sobol", 40), (.niederreiter, "Niederreiter", 12),
      (.halton, "Halton", 1229), (.reverseHalton, "reverse Halton", 1229),
    ] {
      let method = QuasiMonteCarlo(sequence: sequence, points: 4, replicates: 2)
      let value = try await method.mean(of: { $0[largest - 1] }, under: cube(largest), seed: 1)
        .value
      #expect(value > 0 && value < 1)
      await #expect(
        performing: {
          try await method.mean(of: { $0[0] }, under: cube(largest + 1), seed: 1)
        },
        throws: setting(
          "the \(name) sequence has up to \(largest) coordinates, and a draw of the target takes "
            + "\(largest + 1)"))
    }
    // A Student t draw takes a coordinate for its radius.
    let student = try MultivariateStudentT(
      degreesOfFreedom: 5, location: [Double](repeating: 0, count: 40), scale: .identity(40))
    await #expect(
      performing: {
        try await QuasiMonteCarlo(points: 4).mean(of: { $0[0] }, under: student, seed: 1)
      },
      throws: setting(
        "the Sobol sequence has up to 40 coordinates, and a draw of the target takes 41"))
  }

  @Test("settings that make no sense are one clear line")
  func settings() async throws {
    func fails(_ method: some UnitCubeMethod, _ dimension: Int, _ text: String) async {
      await #expect(
        performing: {
          try await method.mean(of: { _ in 1 }, under: cube(dimension), seed: 1)
        }, throws: { "\($0)" == text })
    }
    await fails(AntitheticMonteCarlo(pairs: 0), 1, "the number of draws 0 is not positive")
    await fails(
      AntitheticMonteCarlo(pairs: 1), 1,
      "the number of pairs 1 is not between 2 and 4611686018427387903")
    await fails(
      LatinHypercube(points: 10, replicates: 1), 1,
      "the number of replicates 1 is less than 2 and leaves no error")
    await fails(LatinHypercube(points: 0), 1, "the number of draws 0 is not positive")
    await fails(
      QuasiMonteCarlo(points: 1 << 31), 1,
      "2147483648 points are more than the 2^30 of the Sobol sequence")
    await fails(
      QuasiMonteCarlo(points: 8, replicates: .max), 1,
      "9223372036854775807 replicates of 8 points cannot be counted")
    await fails(
      StratifiedMonteCarlo(draws: 1_000), 12,
      "1000 draws do not give two to each of 2^12 strata: take another method or fewer coordinates")
    await fails(
      StratifiedMonteCarlo(draws: 1_000, strataPerCoordinate: 30), 2,
      "1000 draws do not give two to each of 30^2 strata")
    await fails(
      StratifiedMonteCarlo(draws: 10, strataPerCoordinate: 0), 1,
      "the number of strata per coordinate 0 is not positive")
    await fails(
      LatinHypercube(points: 10), 0,
      "the target has no coordinates, so there is no cube to choose points in")
  }

  @Test("an integrand that fails stops the run with its draw", arguments: Method.allCases)
  private func failures(method: Method) async throws {
    struct Refusal: Error {}
    // The only draws beyond 0.999 of some thousand, found in their order on one worker and on two.
    for workers in [1, 2] {
      await #expect(
        performing: {
          try await method.make(1 << 16).mean(
            of: { x in
              if x[0] > 0.999 { throw Refusal() }
              return 1
            }, under: cube(1), seed: 1, workers: workers)
        },
        throws: {
          guard let failure = $0 as? IntegrandFailure,
            let value = Double(failure.place.dropFirst().dropLast())
          else { return false }
          return value > 0.999 && failure.underlying is Refusal && failure.draw >= 0
        })
      await #expect(
        performing: {
          try await method.make(1 << 16).mean(
            of: { $0[0] > 0.999 ? .nan : 1 }, under: cube(1), seed: 1, workers: workers)
        },
        throws: {
          guard case EstimationError.notFinite(let value, let draw, let place) = $0 else {
            return false
          }
          return value.isNaN && draw >= 0 && place.hasPrefix("[0.999")
        })
    }
    let recorder = Recorder()
    var generator = Philox(seed: 1)
    #expect(throws: IntegrandFailure.self) {
      do {
        _ = try method.make(1 << 12).mean(
          of: { x in
            if recorder.points.count == 700 { throw Refusal() }
            recorder.points.append(x)
            return 1
          }, under: cube(1), using: &generator)
      } catch let failure as IntegrandFailure {
        #expect(failure.draw == 700)
        throw failure
      }
    }
  }

  @Test("a place that a batch leaves out is not the last block's value")
  func unfilled() async throws {
    let integrand = Integrand<[Double]> {
      (draws: Span<[Double]>, values: inout MutableSpan<Double>) in
      for i in draws.indices where draws[i][0] < 0.999 { values[i] = draws[i][0] }
    }
    await #expect(
      performing: {
        try await LatinHypercube(points: 512).means(of: integrand, under: cube(1), seed: 1)
      },
      throws: {
        guard case EstimationError.notFinite(let value, _, let place) = $0 else { return false }
        return value.isNaN && place.hasPrefix("[0.999")
      })
  }

  @Test("a cancelled run ends with its block of draws", arguments: Method.allCases)
  private func cancellation(method: Method) async throws {
    let counter = Counter()
    func run() async throws -> Estimate {
      try await method.make(1 << 28).mean(
        of: {
          if counter.next() == 20_000 { withUnsafeCurrentTask { $0?.cancel() } }
          return $0 * $0
        }, under: standardNormal, seed: 1, workers: 1)
    }
    if method == .antithetic {
      let estimate = try await run()
      #expect(
        estimate.diagnosis.concerns == [
          .cancelled(completed: estimate.evaluations, requested: 1 << 28)
        ])
      // Of an odd number of draws the last is half a pair.
      #expect(estimate.evaluations == counter.count / 2 * 2)
      #expect(estimate.draws == estimate.evaluations)
    } else {
      await #expect(throws: CancellationError.self) { try await run() }
    }
    #expect(counter.count >= 20_000 && counter.count <= 20_512)
  }

  /// Of evaluations on one worker.
  private final class Counter: @unchecked Sendable {
    private(set) var count = 0
    func next() -> Int {
      count += 1
      return count
    }
  }

  @Test("replicates that were done before a cancellation are kept")
  func keptReplicates() async throws {
    let counter = Counter()
    let task = Task {
      try await LatinHypercube(points: 10_000, replicates: 100).mean(
        of: {
          if counter.next() == 45_000 { withUnsafeCurrentTask { $0?.cancel() } }
          return $0
        }, under: try Uniform(lower: 0, upper: 1), seed: 1, workers: 1)
    }
    // On one worker the task that is cancelled is the worker's own, which stops at its next block.
    let estimate = try await task.value
    let done = try #require(estimate.draws)
    #expect(done == 40_000)
    #expect(
      estimate.diagnosis.concerns == [.cancelled(completed: done, requested: 1_000_000)])
    #expect(estimate.errorModel == .studentT(degreesOfFreedom: 3))
  }

  @Test(
    "every image of the points is a net still",
    arguments: [
      QuasiMonteCarlo.Randomization.digitalShift, .scrambling,
    ])
  func nets(randomization: QuasiMonteCarlo.Randomization) throws {
    var generator = Philox(seed: 3)
    for sequence in [QuasiRandomSequence.Kind.sobol, .niederreiter] {
      let found = try points(
        of: QuasiMonteCarlo(
          sequence: sequence, points: 1_024, replicates: 2, randomization: randomization),
        dimension: 5, using: &generator)
      for replicate in [found.prefix(1_024), found.suffix(1_024)] {
        // Niederreiter's later coordinates are of lower quality: their parameter t is not zero.
        for j in 0..<(sequence == .sobol ? 5 : 2) {
          #expect(Set(replicate.map { Int($0[j] * 1_024) }).count == 1_024)
        }
        for width in 0...10 {
          let boxes = replicate.map { point in
            [Int(point[0] * Double(1 << width)), Int(point[1] * Double(1 << (10 - width)))]
          }
          #expect(Set(boxes).count == 1_024, "2^\(width) by 2^\(10 - width)")
        }
      }
      #expect(found.prefix(1_024) != found.suffix(1_024))
    }
    for sequence in [QuasiRandomSequence.Kind.halton, .reverseHalton] {
      let found = try points(
        of: QuasiMonteCarlo(
          sequence: sequence, points: 324, replicates: 2, randomization: randomization),
        dimension: 2, using: &generator)
      for replicate in [found.prefix(324), found.suffix(324)] {
        // 4 * 81 points, one in each box.
        #expect(Set(replicate.map { [Int($0[0] * 4), Int($0[1] * 81)] }).count == 324)
      }
    }
  }

  @Test(
    "scrambled digits below a net's own are those of one point and coordinate", .tags(.statistical),
    arguments: [QuasiRandomSequence.Kind.sobol, .niederreiter])
  func lowerDigits(sequence: QuasiRandomSequence.Kind) throws {
    var generator = Philox(seed: 5)
    let found = try points(
      of: QuasiMonteCarlo(sequence: sequence, points: 4_096, replicates: 2), dimension: 3,
      using: &generator)
    // What is left of x 2^32, about its mean.
    let rests = found.map { $0.map { $0 * 0x1p32 - ($0 * 0x1p32).rounded(.down) - 0.5 } }
    let count = Double(rests.count)
    let limit = StatisticalTolerance(level: 1e-3, comparisons: 24).standardErrors
    for j in 0..<3 {
      let mean = rests.reduce(0) { $0 + $1[j] } / count
      #expect(abs(mean) < limit * (1 / (12 * count)).squareRoot(), "\(j)")
      let square = rests.reduce(0) { $0 + $1[j] * $1[j] } / count
      #expect(abs(square - 1.0 / 12) < limit * (1 / (180 * count)).squareRoot(), "\(j)")
      let next = zip(rests, rests.dropFirst()).reduce(0) { $0 + $1.0[j] * $1.1[j] } / count
      #expect(abs(next) < limit * (1 / (144 * count)).squareRoot(), "\(j)")
      let other = rests.reduce(0) { $0 + $1[j] * $1[(j + 1) % 3] } / count
      #expect(abs(other) < limit * (1 / (144 * count)).squareRoot(), "\(j)")
    }
  }

  @Test("shifted points are GSL's, shifted", arguments: QuasiRandomSequence.Kind.allCases)
  func shifts(sequence: QuasiRandomSequence.Kind) throws {
    var generator = Philox(seed: 3)
    // Across the blocks and the chunks of a run.
    let found = try points(
      of: QuasiMonteCarlo(
        sequence: sequence, points: 9_000, replicates: 2, randomization: .shift),
      dimension: 5, using: &generator)
    var reference = try QuasiRandomSequence(sequence, dimension: 5)
    if sequence == .niederreiter { _ = try reference.next() }
    for place in 1..<9_000 {
      let point = try reference.next()
      for j in 0..<5 {
        let moved = (found[place][j] - found[0][j] - point[j] + 2).truncatingRemainder(
          dividingBy: 1)
        #expect(min(moved, 1 - moved) < 1e-12, "\(place) \(j)")
      }
    }
  }

  @Test(
    "each point is uniform", .tags(.statistical), arguments: QuasiRandomSequence.Kind.allCases,
    QuasiMonteCarlo.Randomization.allCases)
  func uniform(sequence: QuasiRandomSequence.Kind, randomization: QuasiMonteCarlo.Randomization)
    throws
  {
    var generator = Philox(seed: 8)
    let replicates = repetitions(release: 4_000, debug: 500)
    let found = try points(
      of: QuasiMonteCarlo(
        sequence: sequence, points: 4, replicates: replicates, randomization: randomization),
      dimension: 3, using: &generator)
    let limit = StatisticalTolerance(level: 0.001, comparisons: 12 * 12).kolmogorovSmirnov(
      draws: replicates)
    for place in 0..<4 {
      for j in 0..<3 {
        let sample = stride(from: place, to: found.count, by: 4).map { found[$0][j] }
        #expect(kolmogorovSmirnovStatistic(of: sample) { $0 } < limit)
      }
    }
  }

  @Test(
    "one point in every slice of a Latin hypercube", arguments: [1, 2, 100, 4_096, 4_097, 20_000])
  func slices(count: Int) throws {
    var generator = Philox(seed: 4)
    let found = try points(
      of: LatinHypercube(points: count, replicates: 2), dimension: 3, using: &generator)
    #expect(found.count == 2 * count)
    for replicate in [found.prefix(count), found.suffix(count)] {
      for j in 0..<3 { #expect(Set(replicate.map { Int($0[j] * Double(count)) }).count == count) }
    }
  }

  @Test(
    "neighbours in a hypercube are independent", .tags(.statistical), arguments: [100, 5_000])
  func permutations(count: Int) throws {
    var generator = Philox(seed: 5)
    let replicates = 400_000 / count
    let found = try points(
      of: LatinHypercube(points: count, replicates: replicates), dimension: 1, using: &generator)
    // Of two of n different slices each pair of tenths has n / 10 (n / 10 - (1 if equal)) / (n (n - 1)).
    var counts = [Int](repeating: 0, count: 100)
    for pair in stride(from: 0, to: found.count, by: 2) {
      counts[Int(found[pair][0] * 10) * 10 + Int(found[pair + 1][0] * 10)] += 1
    }
    let (n, tenth) = (Double(count), Double(count) / 10)
    let expected = (0..<100).map { cell in
      tenth * (tenth - (cell % 11 == 0 ? 1 : 0)) / (n * (n - 1)) * Double(found.count / 2)
    }
    let limit = StatisticalTolerance(level: 0.001, comparisons: 2).chiSquared(degreesOfFreedom: 99)
    #expect(chiSquaredStatistic(counts: counts, expected: expected) < limit)
  }

  @Test(
    "as many draws in every stratum",
    arguments: [(200, nil as Int?, 10), (4_000, 2, 2), (90, 3, 3)])
  func strata(draws: Int, given: Int?, perCoordinate: Int) throws {
    var generator = Philox(seed: 4)
    let found = try points(
      of: StratifiedMonteCarlo(draws: draws, strataPerCoordinate: given), dimension: 2,
      using: &generator)
    var counts = [Int](repeating: 0, count: perCoordinate * perCoordinate)
    for point in found {
      counts[
        Int(point[0] * Double(perCoordinate)) * perCoordinate
          + Int(point[1] * Double(perCoordinate))] += 1
    }
    #expect(found.count == draws)
    #expect(counts.allSatisfy { $0 == draws / counts.count })
  }

  @Test("moments of distributions through the cube", .tags(.statistical))
  func targets() async throws {
    let covariance = Matrix([[2, 0.6, -0.3], [0.6, 1, 0.2], [-0.3, 0.2, 0.5]])
    let precision = try CholeskyFactorization(covariance).inverse
    let mean = [1, -2, 0.5]
    let method = QuasiMonteCarlo(points: 4_096)
    let moments = Integrand<[Double]>(outputs: 9) { x in
      x + [
        (x[0] - 1) * (x[0] - 1), (x[0] - 1) * (x[1] + 2), (x[0] - 1) * (x[2] - 0.5),
        (x[1] + 2) * (x[1] + 2), (x[1] + 2) * (x[2] - 0.5), (x[2] - 0.5) * (x[2] - 0.5),
      ]
    }
    func check(_ estimate: VectorEstimate, factor: Double) {
      let truth = mean + [2, 0.6, -0.3, 1, 0.2, 0.5].map { $0 * factor }
      for (k, value) in truth.enumerated() {
        #expect(estimate[k].confidenceInterval(1 - 1e-5).contains(value), "\(k): \(estimate[k])")
        #expect(estimate[k].standardError < 0.02)
      }
    }
    check(
      try await method.means(
        of: moments, under: MultivariateNormal(mean: mean, covariance: covariance), seed: 1),
      factor: 1)
    check(
      try await method.means(
        of: moments, under: MultivariateNormal(mean: mean, precision: precision), seed: 1),
      factor: 1)
    check(
      try await method.means(
        of: moments,
        under: MultivariateStudentT(degreesOfFreedom: 10, location: mean, scale: covariance),
        seed: 1),
      factor: 1.25)
    let counts = try await method.mean(
      of: { Double($0) }, under: Poisson(rate: 3.5), seed: 1)
    #expect(counts.confidenceInterval(0.9999).contains(3.5) && counts.standardError < 0.01)
    let mixed = Independent(
      [
        try Exponential(rate: 2), try Gamma(shape: 3, rate: 1),
      ] as [any UnivariateDistribution<Double>])
    let product = try await method.mean(of: { $0[0] * $0[1] }, under: mixed, seed: 1)
    #expect(product.confidenceInterval(0.9999).contains(1.5) && product.standardError < 0.01)
  }

  @Test("a variance that does not exist is not reliable", arguments: Method.allCases)
  private func heavyTails(method: Method) async throws {
    let target = try Cauchy(location: 0, scale: 1)
    let estimate = try await method.make(1 << 14).mean(of: { abs($0) }, under: target, seed: 1)
    #expect(
      estimate.diagnosis.concerns.contains {
        if case .heavyTail = $0 { true } else { false }
      })
  }

  @Test(
    "constants, and odd functions of pairs, have no error to speak of", arguments: Method.allCases)
  private func constants(method: Method) async throws {
    let estimate = try await method.make(4_096).mean(of: { _ in 0.1 }, under: cube(1), seed: 1)
    #expect(abs(estimate.value - 0.1) <= 0.1.ulp && estimate.standardError <= 0.1.ulp)
    #expect(estimate.diagnosis.concerns == [.constantValues])
    #expect(estimate.effectiveSampleSize == Double(estimate.evaluations))
    let odd = try await AntitheticMonteCarlo(pairs: 1_000)
      .mean(of: { 3 + $0 * $0 * $0 }, under: standardNormal, seed: 1)
    #expect(abs(odd.value - 3) < 1e-14)
    #expect(odd.diagnosis.concerns == [.errorAtRounding])
    #expect(odd.effectiveSampleSize! > 1e20)
  }
}
