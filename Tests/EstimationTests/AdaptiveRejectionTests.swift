import Distributions
import Estimation
import Foundation
import GSL
import Randomness
import Synchronization
import TestSupport
import Testing

/// A log-concave density known up to a constant, and its cumulative probability.
private struct LogConcave: CustomStringConvertible, Sendable {
  let description: String
  let support: ClosedRange<Double>
  let logDensity: @Sendable (Double) -> Double
  let derivative: @Sendable (Double) -> Double
  let cdf: @Sendable (Double) -> Double
  /// Most of the probability, for grids.
  let body: ClosedRange<Double>
  /// The logarithm of the integral of what `logDensity` is the logarithm of.
  let logIntegral: Double

  static let whole = -Double.infinity ... .infinity
  static let half = 0...Double.infinity
}

private let densities: [LogConcave] = {
  let normal = try! Normal(mean: 0, standardDeviation: 1)
  let gamma = try! Gamma(shape: 2.5, rate: 1)
  let beta = try! Beta(alpha: 2, beta: 3)
  let logistic = try! Logistic(location: 0, scale: 1)
  let tail = try! normal.truncated(to: 8 ... .infinity)
  let quartic = try! Gamma(shape: 0.25, rate: 1)
  let exponential = try! Exponential(rate: 1)
  let laplace = try! Laplace(location: 0, scale: 1)
  let weibull = try! Weibull(scale: 1, shape: 2)
  let gumbel = try! Gumbel(location: 0, scale: 1)
  let narrow = try! Normal(mean: 3e-9, standardDeviation: 1e-8)
  let wide = try! Normal(mean: 3e8, standardDeviation: 1e8)
  let tiny = try! Gamma(shape: 3, rate: 1e8)
  let huge = try! Gamma(shape: 3, rate: 1e-8)
  func normalIntegral(_ scale: Double) -> Double { log(scale) + 0.5 * log(2 * .pi) }
  return [
    LogConcave(
      description: "standard normal", support: LogConcave.whole,
      logDensity: { -0.5 * $0 * $0 }, derivative: { -$0 }, cdf: normal.cdf, body: -8...8,
      logIntegral: normalIntegral(1)),
    LogConcave(
      description: "Gamma(2.5)", support: LogConcave.half,
      logDensity: { 1.5 * log($0) - $0 }, derivative: { 1.5 / $0 - 1 }, cdf: gamma.cdf,
      body: 1e-9...50, logIntegral: lgamma(2.5)),
    LogConcave(
      description: "Beta(2, 3)", support: 0...1,
      logDensity: { log($0) + 2 * log1p(-$0) }, derivative: { 1 / $0 - 2 / (1 - $0) },
      cdf: beta.cdf, body: 1e-9...0.999_999, logIntegral: -log(12)),
    LogConcave(
      description: "logistic", support: LogConcave.whole,
      logDensity: { -abs($0) - 2 * log1p(exp(-abs($0))) }, derivative: { -tanh($0 / 2) },
      cdf: logistic.cdf, body: -40...40, logIntegral: 0),
    LogConcave(
      description: "normal beyond 8", support: 8 ... .infinity,
      logDensity: { -0.5 * $0 * $0 }, derivative: { -$0 }, cdf: tail.cdf, body: 8...12,
      logIntegral: normalIntegral(1) + log(normal.survival(8))),
    LogConcave(
      description: "exp(-x^4)", support: LogConcave.whole,
      logDensity: { -$0 * $0 * $0 * $0 }, derivative: { -4 * $0 * $0 * $0 },
      cdf: { 0.5 + ($0 < 0 ? -0.5 : 0.5) * quartic.cdf($0 * $0 * $0 * $0) }, body: -2.6...2.6,
      logIntegral: log(2) + lgamma(1.25)),
    LogConcave(
      description: "exponential", support: LogConcave.half, logDensity: { -$0 },
      derivative: { _ in -1 }, cdf: exponential.cdf, body: 0...40, logIntegral: 0),
    LogConcave(
      description: "uniform", support: -2...5, logDensity: { _ in 3 }, derivative: { _ in 0 },
      cdf: { min(1, max(0, ($0 + 2) / 7)) }, body: -2...5, logIntegral: 3 + log(7)),
    LogConcave(
      description: "Laplace", support: LogConcave.whole, logDensity: { -abs($0) },
      derivative: { $0 == 0 ? 0 : $0 < 0 ? 1 : -1 }, cdf: laplace.cdf, body: -40...40,
      logIntegral: log(2)),
    LogConcave(
      description: "Weibull(2)", support: LogConcave.half, logDensity: { log($0) - $0 * $0 },
      derivative: { 1 / $0 - 2 * $0 }, cdf: weibull.cdf, body: 1e-9...6, logIntegral: -log(2)),
    LogConcave(
      description: "Gumbel", support: LogConcave.whole, logDensity: { -$0 - exp(-$0) },
      derivative: { -1 + exp(-$0) }, cdf: gumbel.cdf, body: -4...40, logIntegral: 0),
    LogConcave(
      description: "normal of scale 1e-8", support: LogConcave.whole,
      logDensity: { -0.5 * (($0 - 3e-9) / 1e-8) * (($0 - 3e-9) / 1e-8) },
      derivative: { -($0 - 3e-9) / 1e-16 }, cdf: narrow.cdf, body: -8e-8...8e-8,
      logIntegral: normalIntegral(1e-8)),
    LogConcave(
      description: "normal of scale 1e8", support: LogConcave.whole,
      logDensity: { -0.5 * (($0 - 3e8) / 1e8) * (($0 - 3e8) / 1e8) },
      derivative: { -($0 - 3e8) / 1e16 }, cdf: wide.cdf, body: -5e8...11e8,
      logIntegral: normalIntegral(1e8)),
    LogConcave(
      description: "gamma of scale 1e-8", support: LogConcave.half,
      logDensity: { 2 * log($0) - 1e8 * $0 }, derivative: { 2 / $0 - 1e8 }, cdf: tiny.cdf,
      body: 1e-14...5e-7, logIntegral: log(2) - 3 * log(1e8)),
    LogConcave(
      description: "gamma of scale 1e8", support: LogConcave.half,
      logDensity: { 2 * log($0) - 1e-8 * $0 }, derivative: { 2 / $0 - 1e-8 }, cdf: huge.cdf,
      body: 1...5e9, logIntegral: log(2) + 3 * log(1e8)),
  ]
}()

extension LogConcave {
  fileprivate func sampler(
    withDerivative: Bool, squeezeRatio: Double = 0.99
  ) throws -> AdaptiveRejectionSampler {
    try AdaptiveRejectionSampler(
      logDensity: logDensity, derivative: withDerivative ? derivative : nil, support: support,
      squeezeRatio: squeezeRatio)
  }
}

@Suite struct AdaptiveRejectionTests {
  private static let tolerance = StatisticalTolerance(comparisons: 2 * densities.count)

  @Test("draws follow the density", .tags(.statistical), arguments: densities, [true, false])
  private func draws(density: LogConcave, withDerivative: Bool) throws {
    let count = TestSupport.draws(release: 1_000_000, debug: 20_000)
    let sampler = try density.sampler(withDerivative: withDerivative)
    #expect(sampler.squeezeRatio >= 0.99)
    let sample = try sampler.draws(count, seed: 1)
    #expect(sample.allSatisfy { density.support.contains($0) })
    let distance = kolmogorovSmirnovStatistic(
      of: sample, evaluations: 100_000, against: density.cdf)
    #expect(distance < Self.tolerance.kolmogorovSmirnov(draws: count))
  }

  @Test("draws of any generator follow the density", .tags(.statistical), arguments: densities)
  private func generator(density: LogConcave) throws {
    let count = TestSupport.draws(release: 100_000, debug: 10_000)
    var generator = try GSLGenerator("mt19937", seed: 3)
    let sample = try density.sampler(withDerivative: true).draws(count, using: &generator)
    let distance = kolmogorovSmirnovStatistic(of: sample, against: density.cdf)
    let tolerance = StatisticalTolerance(comparisons: densities.count)
    #expect(distance < tolerance.kolmogorovSmirnov(draws: count))
  }

  @Test(
    "a squeeze that is taken for the hat is noticed by the same test", .tags(.statistical),
    arguments: [true, false])
  private func squeezeForHat(withDerivative: Bool) throws {
    let density = densities[0]
    let sampler = try density.sampler(withDerivative: withDerivative, squeezeRatio: 0.6)
    let count = 100_000
    var generator = Philox(seed: 5)
    // Draws of the density, kept as often as the squeeze is high: draws of the squeeze.
    let sample = try sampler.draws(count, seed: 4).filter {
      log(generator.nextOpenUnit()) < sampler.logSqueeze(at: $0) - density.logDensity($0)
    }
    let distance = kolmogorovSmirnovStatistic(of: sample, against: density.cdf)
    #expect(sample.count > count / 2 && sample.count < 9 * count / 10)
    #expect(distance > Self.tolerance.kolmogorovSmirnov(draws: sample.count))
  }

  @Test("hat >= density >= squeeze", arguments: densities, [true, false])
  private func bounds(density: LogConcave, withDerivative: Bool) throws {
    for ratio in [0.5, 0.99, 0.999] {
      let sampler = try density.sampler(withDerivative: withDerivative, squeezeRatio: ratio)
      #expect(sampler.squeezeRatio >= ratio)
      let (low, high) = (density.body.lowerBound, density.body.upperBound)
      var (above, below) = (-Double.infinity, -Double.infinity)
      let steps = isDebugBuild ? 2_000 : 20_000
      for k in 0...steps {
        let x = k == steps ? high : low + (high - low) * Double(k) / Double(steps)
        let value = density.logDensity(x)
        above = max(above, value - sampler.logHat(at: x))
        below = max(below, sampler.logSqueeze(at: x) - value)
      }
      #expect(above < 1e-11 && below < 1e-11, "\(ratio)")
    }
  }

  @Test("the integral of the density", arguments: densities)
  private func integral(density: LogConcave) throws {
    let sampler = try density.sampler(withDerivative: true)
    #expect(abs(try sampler.logIntegral() - density.logIntegral) < 1e-10)
  }

  @Test("few evaluations make a sampler", arguments: densities, [true, false])
  private func evaluations(density: LogConcave, withDerivative: Bool) throws {
    let sampler = try density.sampler(withDerivative: withDerivative)
    #expect(sampler.evaluations < 1_000)
    #expect(sampler.points.count < 200)
    #expect(zip(sampler.points, sampler.points.dropFirst()).allSatisfy(<))
  }

  @Test("starting points, where none of our own has a density")
  func startingPoints() throws {
    @Sendable func normal(_ x: Double) -> Double {
      abs(x - 12_345.6) < 1 ? -0.5 * (x - 12_345.6) * (x - 12_345.6) / 1e-4 : -.infinity
    }
    #expect(throws: EstimationError.self) {
      try AdaptiveRejectionSampler(logDensity: normal)
    }
    let sampler = try AdaptiveRejectionSampler(
      logDensity: normal, startingPoints: [12_345, 12_346.2])
    let sample = try sampler.draws(10_000, seed: 1)
    let mean = sample.reduce(0, +) / 10_000
    #expect(abs(mean - 12_345.6) < 0.01 * StatisticalTolerance().standardErrors / 100)
  }

  // MARK: What is not log-concave

  @Test("what is not log-concave is refused, with the place", arguments: [true, false])
  func refused(withDerivative: Bool) throws {
    typealias Function = @Sendable (Double) -> Double
    let mixture: (Double) -> (Function, Function) = { shift in
      // cosh(shift x) exp(-x^2 / 2), which is log-convex where cosh(shift x) < shift.
      (
        { -0.5 * $0 * $0 + abs(shift * $0) + log1p(exp(-2 * abs(shift * $0))) },
        { -$0 + shift * tanh(shift * $0) }
      )
    }
    let student: (Double) -> (Function, Function) = { degrees in
      // Log-convex beyond sqrt(degrees).
      (
        { -0.5 * (degrees + 1) * log1p($0 * $0 / degrees) },
        { -(degrees + 1) * $0 / (degrees + $0 * $0) }
      )
    }
    let cases:
      [(
        name: String, functions: (Function, Function), support: ClosedRange<Double>,
        place: (Double) -> Bool
      )] = [
        ("near modes", mixture(1.5), LogConcave.whole, { abs($0) < 1.5 }),
        ("far modes", mixture(50), LogConcave.whole, { abs($0) < 50 }),
        ("Student t(5)", student(5), LogConcave.whole, { abs($0) > 1.5 }),
        ("Student t(1000)", student(1000), LogConcave.whole, { abs($0) > 20 }),
        ("Cauchy", student(1), LogConcave.whole, { abs($0) > 0.7 }),
        ("half Cauchy", student(1), LogConcave.half, { $0 > 0.7 }),
        (
          "Gamma(0.5)", ({ -0.5 * log($0) - $0 }, { -0.5 / $0 - 1 }), LogConcave.half,
          { $0 >= 0 }
        ),
        (
          "Beta(0.5, 0.5)",
          ({ -0.5 * log($0 * (1 - $0)) }, { -0.5 / $0 + 0.5 / (1 - $0) }), 0...1,
          { $0 >= 0 && $0 <= 1 }
        ),
      ]
    for (name, functions, support, isPlace) in cases {
      do {
        _ = try AdaptiveRejectionSampler(
          logDensity: functions.0, derivative: withDerivative ? functions.1 : nil,
          support: support)
        Issue.record("\(name) is accepted")
      } catch EstimationError.notConcave(let place, let reason) {
        #expect(isPlace(place), "\(name) at \(place): \(reason)")
        #expect(reason.hasPrefix("log p: "))
      }
    }
  }

  @Test(
    "Student t and Cauchy by the other transform", .tags(.statistical), arguments: [1.0, 5, 1000])
  func inverseSquareRoot(degrees: Double) throws {
    let student = try StudentT(degreesOfFreedom: degrees)
    let count = TestSupport.draws(release: 1_000_000, debug: 20_000)
    for derivative: (@Sendable (Double) -> Double)? in [
      nil, { -(degrees + 1) * $0 / (degrees + $0 * $0) },
    ] {
      let sampler = try AdaptiveRejectionSampler(
        logDensity: { -0.5 * (degrees + 1) * log1p($0 * $0 / degrees) }, derivative: derivative,
        transform: .inverseSquareRoot)
      let distance = kolmogorovSmirnovStatistic(
        of: try sampler.draws(count, seed: 2), evaluations: 100_000, against: student.cdf)
      #expect(
        distance < StatisticalTolerance(comparisons: 6).kolmogorovSmirnov(draws: count))
    }
    #expect(throws: EstimationError.self) {
      try AdaptiveRejectionSampler(
        logDensity: { -0.3 * (1 + 1) * log1p($0 * $0) }, transform: .inverseSquareRoot)
    }
  }

  @Test("a wrong derivative is refused")
  func wrongDerivative() throws {
    for factor in [0.5, 2, -1] {
      #expect(throws: EstimationError.self, "\(factor)") {
        try AdaptiveRejectionSampler(
          logDensity: { -0.5 * ($0 - 0.3) * ($0 - 0.3) }, derivative: { -factor * ($0 - 0.3) })
      }
    }
  }

  @Test("what has no integral is refused, with the end")
  func improper() throws {
    func end(
      _ support: ClosedRange<Double>, _ logDensity: @escaping @Sendable (Double) -> Double,
      _ derivative: (@Sendable (Double) -> Double)?
    ) -> Double? {
      do {
        _ = try AdaptiveRejectionSampler(
          logDensity: logDensity, derivative: derivative, support: support)
        return nil
      } catch EstimationError.divergentIntegral(let end, _) {
        return end
      } catch { return nil }
    }
    let cases: [(ClosedRange<Double>, @Sendable (Double) -> Double, @Sendable (Double) -> Double)] =
      [
        (LogConcave.half, { _ in 0 }, { _ in 0 }), (LogConcave.half, { $0 }, { _ in 1 }),
        (-.infinity...0, { -$0 }, { _ in -1 }), (LogConcave.whole, { _ in 0 }, { _ in 0 }),
      ]
    for (support, logDensity, derivative) in cases {
      for given in [derivative, nil] {
        let place = end(support, logDensity, given)
        #expect(place?.isInfinite == true)
        #expect(place.map(support.contains) == true)
      }
    }
  }

  /// A normal density that changes once the sampler is made.
  private final class Switch: Sendable {
    let shift = Atomic<Int>(0)
    func value(_ x: Double) -> Double {
      -0.5 * x * x + Double(shift.load(ordering: .relaxed))
    }
  }

  @Test("a draw above the hat or below the squeeze is an error", arguments: [1, -1, -1000])
  func violation(shift: Int) async throws {
    let density = Switch()
    let sampler = try AdaptiveRejectionSampler(logDensity: { density.value($0) })
    #expect(try sampler.draws(20_000, seed: 1).count == 20_000)
    density.shift.store(shift, ordering: .relaxed)
    var generator = SystemRandomNumberGenerator()
    #expect(throws: EstimationError.self) { try sampler.draws(20_000, seed: 1) }
    #expect(throws: EstimationError.self) { try sampler.draws(20_000, using: &generator) }
    #expect(throws: EstimationError.self) {
      try sampler.mean(of: { $0 }, draws: 20_000, using: &generator)
    }
    var messages: Set<String> = []
    for workers in [1, 2, 7] {
      do {
        _ = try await sampler.mean(of: { $0 }, draws: 20_000, seed: 1, workers: workers)
        Issue.record("the violation is not reported")
      } catch EstimationError.notConcave(let place, let reason) {
        messages.insert("\(place) \(reason)")
        #expect(reason.contains(shift > 0 ? "above the hat" : "below the squeeze"))
      }
    }
    #expect(messages.count == 1)
  }

  private struct Refusal: Error {}

  @Test("what the closures throw or give that is no number")
  func closures() throws {
    #expect(throws: Refusal.self) {
      try AdaptiveRejectionSampler(logDensity: { _ in throw Refusal() })
    }
    #expect(throws: Refusal.self) {
      try AdaptiveRejectionSampler(
        logDensity: { -$0 * $0 }, derivative: { _ in throw Refusal() })
    }
    #expect(throws: EstimationError.self) {
      try AdaptiveRejectionSampler(logDensity: { $0 > 1 ? .nan : -$0 * $0 })
    }
    #expect(throws: EstimationError.self) {
      try AdaptiveRejectionSampler(logDensity: { -$0 * $0 }, derivative: { _ in .nan })
    }
    for support in [1.0...1.0, .infinity ... .infinity] {
      #expect(throws: EstimationError.self) {
        try AdaptiveRejectionSampler(logDensity: { -$0 * $0 }, support: support)
      }
    }
    for ratio in [0, 1, Double.nan] {
      #expect(throws: EstimationError.self) {
        try AdaptiveRejectionSampler(logDensity: { -$0 * $0 }, squeezeRatio: ratio)
      }
    }
    for point in [0, -1, Double.nan, .infinity] {
      #expect(throws: EstimationError.self) {
        try AdaptiveRejectionSampler(
          logDensity: { -$0 * $0 }, support: 0 ... .infinity, startingPoints: [point])
      }
    }
    #expect(throws: EstimationError.noDraws(0)) {
      try AdaptiveRejectionSampler(logDensity: { -$0 * $0 }).draws(0, seed: 1)
    }
  }

  // MARK: The same bits

  @Test("a fill may be cut anywhere, and draws are the first of more", arguments: [0.3, 0.99])
  func cuts(ratio: Double) throws {
    let sampler = try AdaptiveRejectionSampler(
      logDensity: { 1.5 * log($0) - $0 }, support: 0 ... .infinity, squeezeRatio: ratio)
    let whole = try sampler.draws(10_000, seed: 9)
    for size in [1, 7, 512, 4_095] {
      var values: [Double] = []
      var generator = Philox(seed: 9)
      while values.count < drawsOfAChunk {
        values += try sampler.draws(min(size, drawsOfAChunk - values.count), using: &generator)
      }
      #expect(values == Array(whole[..<drawsOfAChunk]), "\(size)")
      #expect(generator.position == UInt64(drawsOfAChunk))
    }
    #expect(try sampler.draws(6_000, seed: 9) == Array(whole[..<6_000]))
    #expect(try sampler.draws(6_000, seed: 10) != Array(whole[..<6_000]))
    // Made again it is the same.
    let again = try AdaptiveRejectionSampler(
      logDensity: { 1.5 * log($0) - $0 }, support: 0 ... .infinity, squeezeRatio: ratio)
    #expect(try again.draws(6_000, seed: 9) == Array(whole[..<6_000]))
  }

  private var drawsOfAChunk: Int { 4_096 }

  @Test(
    "an expectation with its error, the same bits on any number of workers", .tags(.statistical))
  func mean() async throws {
    let sampler = try densities[1].sampler(withDerivative: true)
    let one = try await sampler.mean(of: { $0 * $0 }, draws: 50_000, seed: 5, workers: 1)
    // shape (shape + 1)
    let z = StatisticalTolerance().standardErrors
    #expect(abs(one.value - 8.75) < z * one.standardError, "\(one)")
    #expect(one.diagnosis == .reliable)
    for workers in [2, 7] {
      let more = try await sampler.mean(
        of: { $0 * $0 }, draws: 50_000, seed: 5, workers: workers)
      #expect(more == one)
    }
    let draws = try sampler.draws(50_000, seed: 5)
    #expect(abs(draws.reduce(0) { $0 + $1 * $1 } / 50_000 - one.value) < 1e-12 * one.value)
  }

  @Test("several expectations with the covariance of their errors", .tags(.statistical))
  func means() async throws {
    let sampler = try densities[1].sampler(withDerivative: true)
    let moments = Integrand<Double>(outputs: 2) { [$0, $0 * $0] }
    let one = try await sampler.means(of: moments, draws: 50_000, seed: 5, workers: 1)
    // Of a gamma of shape 2.5: E[x^k] is shape (shape + 1) ...
    let z = StatisticalTolerance(comparisons: 3).standardErrors
    for (output, truth) in [2.5, 8.75].enumerated() {
      #expect(abs(one.values[output] - truth) < z * one.standardErrors[output], "\(one)")
    }
    // cov(x, x^2) = E[x^3] - E[x] E[x^2] = 17.5; a draw's product of deviations has variance 3456.
    let covariance = one.covariance[0, 1] * 50_000
    #expect(abs(covariance - 17.5) < z * (3456.0 / 50_000).squareRoot(), "\(covariance)")
    let square = try await sampler.mean(of: { $0 * $0 }, draws: 50_000, seed: 5)
    #expect(one[1] == square)
    #expect(try await sampler.means(of: moments, draws: 50_000, seed: 5, workers: 7) == one)
    var (a, b) = (Philox(seed: 6), Philox(seed: 6))
    let vector = try sampler.means(of: moments, draws: 5_000, using: &a)
    #expect(try vector[0] == sampler.mean(of: { $0 }, draws: 5_000, using: &b))
    let changing = Switch()
    let broken = try AdaptiveRejectionSampler(logDensity: { changing.value($0) })
    changing.shift.store(1, ordering: .relaxed)
    await #expect(throws: EstimationError.self) {
      try await broken.means(of: Integrand { $0 }, draws: 20_000, seed: 1)
    }
  }
}
