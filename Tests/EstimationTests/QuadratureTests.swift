import Densities
import Distributions
import Estimation
import Foundation
import GSL
import LinearAlgebra
import TestSupport
import Testing

private struct Refusal: Error, Equatable {}

/// Whether the bound holds, but for the last digits, and the error is as small as asked.
private func check(
  _ estimate: Estimate, _ truth: Double, within tolerance: Double = 1e-8,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let rounding = 4e-15 * max(abs(truth), abs(estimate.value))
  #expect(
    abs(estimate.value - truth) <= estimate.standardError + rounding,
    "\(estimate.value) against \(truth), bound \(estimate.standardError)",
    sourceLocation: sourceLocation)
  #expect(
    estimate.standardError <= tolerance * max(1, abs(truth)), "\(estimate.standardError)",
    sourceLocation: sourceLocation)
  #expect(
    estimate.diagnosis == .reliable, "\(estimate.diagnosis)", sourceLocation: sourceLocation)
  #expect(estimate.draws == nil && estimate.errorModel == .bound, sourceLocation: sourceLocation)
}

/// Whether it says that quadrature failed, with these words.
private func isFailed(_ diagnosis: Diagnosis, _ words: String) -> Bool {
  diagnosis.concerns.contains {
    if case .quadratureFailed(let reason) = $0 { reason.contains(words) } else { false }
  }
}

@Suite struct QuadratureTests {
  @Test(
    "known integrals lie within the bound", .tags(.reference),
    arguments: QuadratureReference.all.integrals)
  func integrals(_ problem: QuadratureReference.Case) throws {
    let estimate = try Quadrature().integral(
      of: problem.function, over: problem.lower...problem.upper, singularPoints: problem.points)
    check(estimate, problem.value)
  }

  @Test("so do those of a vector of them, from fewer evaluations")
  func vector() throws {
    let estimate = try Quadrature().integrals(
      of: Integrand(outputs: 3) { [exp($0), sqrt($0), cos(20 * $0)] }, over: 0...2)
    let truths = [exp(2) - 1, pow(2, 1.5) / 1.5, sin(40) / 20]
    for (part, truth) in zip(estimate.estimates, truths) { check(part, truth) }
    #expect(estimate.covariance[0, 1] == 0)
    let root = try Quadrature().integral(of: { sqrt($0) }, over: 0...2)
    let cosine = try Quadrature().integral(of: { cos(20 * $0) }, over: 0...2)
    #expect(estimate.evaluations < root.evaluations + cosine.evaluations)
  }

  @Test(
    "Genz's functions in one dimension", .tags(.reference),
    arguments: QuadratureReference.all.genz.filter { $0.dimension == 1 })
  func genz(_ problem: QuadratureReference.Genz) throws {
    let points = problem.isSmooth ? [] : problem.u
    let estimate = try Quadrature().integral(
      of: { problem.function([$0]) }, over: 0...1, singularPoints: points)
    check(estimate, problem.value)
    // Without the place of the kink or the jump.
    check(
      try Quadrature(relativeTolerance: 1e-7).integral(
        of: { problem.function([$0]) }, over: 0...1),
      problem.value, within: 1e-6)
  }

  @Test("a tolerance below what the functions need costs evaluations and is met")
  func tolerance() throws {
    let coarse = try Quadrature(relativeTolerance: 1e-3).integral(
      of: { 1 / (1e-4 + $0 * $0) }, over: -1...2)
    let fine = try Quadrature(relativeTolerance: 1e-12).integral(
      of: { 1 / (1e-4 + $0 * $0) }, over: -1...2)
    let truth = 100 * (atan(200) + atan(100.0))
    check(coarse, truth, within: 1e-3)
    check(fine, truth, within: 1e-12)
    #expect(fine.evaluations > coarse.evaluations)
    #expect(coarse.confidenceInterval(0.5) == coarse.confidenceInterval(0.99))
  }

  @Test("a narrow peak is found where it is named, and missed where it is not")
  func namedPeak() throws {
    let peak: @Sendable (Double) -> Double = { exp(-0.5e12 * ($0 - 0.3) * ($0 - 0.3)) }
    let truth = (2 * Double.pi).squareRoot() * 1e-6
    let named = try Quadrature().integral(
      of: peak, over: 0...1, singularPoints: [0.3 - 1e-5, 0.3, 0.3 + 1e-5])
    // The places near 0.3 are rounded to 1e-10 of the width.
    #expect(abs(named.value - truth) <= named.standardError + 1e-10 * truth)
    #expect(named.diagnosis == .reliable)
    // What the documentation says of features between the first points.
    let missed = try Quadrature().integral(of: peak, over: 0...1)
    #expect(missed.value < 0.01 * truth)
  }

  @Test("an integral that diverges is unreliable")
  func divergent() throws {
    for power in [-1.0, -1.5] {
      let estimate = try Quadrature().integral(of: { pow($0, power) }, over: 0...1)
      #expect(!estimate.diagnosis.isReliable, "\(estimate)")
    }
    let tail = try Quadrature().integral(of: { 1 / $0 }, over: 1...Double.infinity)
    #expect(!tail.diagnosis.isReliable, "\(tail)")
    let cauchy = try Quadrature().mean(of: { $0 }, under: Cauchy(location: 0, scale: 1))
    #expect(!cauchy.diagnosis.isReliable, "\(cauchy)")
  }

  @Test("too few intervals are said to be too few, and the bound is that of what was reached")
  func intervals() throws {
    let estimate = try Quadrature(maximumIntervals: 3).integral(
      of: { abs(sin(50 * $0)) }, over: 0...Double.pi)
    #expect(isFailed(estimate.diagnosis, "3 intervals"), "\(estimate.diagnosis)")
    #expect(abs(estimate.value - 2) <= estimate.standardError)
    #expect(estimate.standardError > 1e-9)
  }

  @Test("what the integrand throws arrives with the place, and nothing is evaluated after it")
  func throwing() throws {
    final class Count { var value = 0 }
    let count = Count()
    let error = #expect(throws: IntegrandFailure.self) {
      try Quadrature().integral(
        of: { x in
          count.value += 1
          if count.value == 30 { throw Refusal() }
          return sqrt(x)
        }, over: 0...1)
    }
    #expect(count.value == 30)
    #expect(error?.draw == 29)
    #expect(error?.underlying is Refusal)
    #expect(Double(error?.place ?? "").map { $0 > 0 && $0 < 1 } == true)
    #expect(throws: IntegrandFailure.self) {
      try Quadrature().mean(
        of: { _ in throw Refusal() }, under: Normal(mean: 0, standardDeviation: 1))
    }
    #expect(throws: IntegrandFailure.self) {
      try Quadrature().mean(of: { _ in throw Refusal() }, under: Poisson(rate: 3))
    }
    #expect(throws: IntegrandFailure.self) {
      try Quadrature().integrals(
        of: Integrand(outputs: 2) { _ in throw Refusal() }, over: 0...1)
    }
    #expect(throws: Refusal.self) {
      try Quadrature().mean(
        of: { $0 }, underLogDensity: { _ in throw Refusal() }, over: 0...1)
    }
  }

  @Test("a value that is not finite is an error that names the place")
  func notFinite() throws {
    let error = #expect(throws: EstimationError.self) {
      try Quadrature().integral(of: { $0 > 0.7 ? .nan : 1 }, over: 0...1)
    }
    guard case .notFinite(let value, _, let place)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value.isNaN && Double(place)! > 0.7 && Double(place)! < 1)
    #expect(throws: EstimationError.self) {
      try Quadrature().mean(of: { _ in .infinity }, under: Poisson(rate: 3))
    }
    #expect(throws: EstimationError.self) {
      try Quadrature().mean(
        of: { $0 }, underLogDensity: { $0 > 0.5 ? .nan : 0 }, over: 0...1)
    }
    #expect(throws: EstimationError.self) {
      try Quadrature().mean(of: { $0 }, underLogDensity: { _ in -.infinity }, over: 0...1)
    }
    // The value at a named point does not count.
    let jump = try Quadrature().integral(
      of: { $0 == 0.5 ? .nan : $0 < 0.5 ? 1 : 3 }, over: 0...1, singularPoints: [0.5])
    check(jump, 2)
  }

  @Test("ranges and settings that make no sense are errors that name them")
  func badInput() throws {
    func message(_ body: () throws -> Estimate) -> String {
      do { return "\(try body())" } catch { return "\(error)" }
    }
    let plain = Quadrature()
    #expect(
      message { try plain.integral(of: { $0 }, from: 3, to: 1) }
        == "the range from 3.0 to 1.0 is not one")
    #expect(
      message { try plain.integral(of: { $0 }, from: .nan, to: 1) }
        == "the range from nan to 1.0 is not one")
    #expect(
      message { try plain.integral(of: { $0 }, over: 0...1, singularPoints: [.nan]) }
        == "a singular point is nan")
    #expect(
      message { try plain.integral(of: { $0 }, over: -1e308...1e308) }
        == "the range from -1e+308 to 1e+308 is too wide")
    #expect(
      message { try plain.integral(of: { $0 }, over: Double.infinity ... .infinity) }
        == "the range from inf to inf has no point")
    #expect(
      message { try Quadrature(relativeTolerance: 1e-16).integral(of: { $0 }, over: 0...1) }
        == "the relative tolerance 1e-16 is neither zero nor in 2e-14..<1")
    #expect(
      message { try Quadrature(relativeTolerance: .nan).integral(of: { $0 }, over: 0...1) }
        == "the relative tolerance nan is neither zero nor in 2e-14..<1")
    #expect(
      message { try Quadrature(absoluteTolerance: -1).integral(of: { $0 }, over: 0...1) }
        == "the absolute tolerance -1.0 is not finite and at least zero")
    #expect(
      message { try Quadrature(relativeTolerance: 0).integral(of: { $0 }, over: 0...1) }
        == "both tolerances are zero")
    #expect(
      message { try Quadrature(maximumIntervals: 0).integral(of: { $0 }, over: 0...1) }
        == "the maximum of 0 intervals is not in 1...1000000")
    let point = try plain.integral(of: { $0 }, over: 2...2)
    #expect(point.value == 0 && point.standardError == 0 && point.diagnosis == .reliable)
  }

  @Test("two threads at once get what one gets")
  func threads() async throws {
    let once = try QuadratureReference.all.integrals.map {
      try Quadrature().integral(of: $0.function, over: $0.lower...$0.upper)
    }
    try await withThrowingTaskGroup(of: [Estimate].self) { group in
      for _ in 0..<4 {
        group.addTask {
          try QuadratureReference.all.integrals.map {
            try Quadrature().integral(of: $0.function, over: $0.lower...$0.upper)
          }
        }
      }
      for try await estimates in group { #expect(estimates == once) }
    }
  }

  @Test("a cancelled task stops it")
  func cancellation() async throws {
    let work = Task {
      try Quadrature().integral(
        of: { x in
          withUnsafeCurrentTask { $0?.cancel() }
          return sqrt(x)
        }, over: 0...1)
    }
    await #expect(throws: CancellationError.self) { try await work.value }
  }
}

@Suite struct QuadratureMeanTests {
  private static var continuous: [(String, any ContinuousDistribution)] {
    get throws {
      [
        ("Normal", try Normal(mean: 3, standardDeviation: 2)),
        ("narrow Normal", try Normal(mean: 2, standardDeviation: 1e-6)),
        ("wide Normal", try Normal(mean: -5, standardDeviation: 1e7)),
        ("Gamma", try Gamma(shape: 0.1, rate: 3)),
        ("large Gamma", try Gamma(shape: 5000, rate: 0.1)),
        ("Beta", try Beta(alpha: 0.2, beta: 2.5)),
        ("steep Beta", try Beta(alpha: 400, beta: 2)),
        ("StudentT", try StudentT(degreesOfFreedom: 7, location: -2, scale: 3)),
        ("LogNormal", try LogNormal(logMean: 1, logStandardDeviation: 0.8)),
        ("Weibull", try Weibull(scale: 2, shape: 0.7)),
        ("Gumbel", try Gumbel(location: 1, scale: 4)),
        ("Laplace", try Laplace(location: 5, scale: 0.01)),
        ("Triangular", try Triangular(lower: -1, mode: 0.3, upper: 2)),
        ("Uniform", try Uniform(lower: -7, upper: 1)),
        ("Logistic", try Logistic(location: 2, scale: 3)),
        ("InverseGamma", try InverseGamma(shape: 6, scale: 3)),
        ("Pareto", try Pareto(scale: 2, shape: 6)),
        ("SkewNormal", try SkewNormal(location: 0, scale: 1, shape: 8)),
        (
          "Truncated", try Truncated(Normal(mean: 0, standardDeviation: 1), to: 3...Double.infinity)
        ),
        (
          "Mixture",
          try Mixture(
            [
              Normal(mean: 0, standardDeviation: 1), Normal(mean: 50, standardDeviation: 1e-5),
            ], weights: [0.93, 0.07])
        ),
      ]
    }
  }

  private func moments<D: ContinuousDistribution>(_ name: String, _ target: D) throws {
    let mean = try Quadrature().mean(of: { $0 }, under: target)
    let center = target.mean
    let variance = try Quadrature().mean(of: { ($0 - center) * ($0 - center) }, under: target)
    let one = try Quadrature().mean(of: { _ in 1 }, under: target)
    for (estimate, truth) in [(mean, target.mean), (variance, target.variance), (one, 1)] {
      #expect(
        relativeError(estimate.value, truth) < 1e-8, "\(name): \(estimate.value), \(truth)")
      #expect(
        abs(estimate.value - truth) <= estimate.standardError + 1e-12 * abs(truth),
        "\(name): \(estimate.value) against \(truth), bound \(estimate.standardError)")
      #expect(estimate.diagnosis == .reliable, "\(name): \(estimate.diagnosis)")
    }
    #expect(mean.evaluations < 30_000, "\(name): \(mean.evaluations)")
  }

  @Test("means and variances of continuous distributions are those of their closed forms")
  func continuousMoments() throws {
    for (name, target) in try Self.continuous { try moments(name, target) }
  }

  @Test("a Gaussian tail beyond six, and an expectation far out in the tail")
  func tails() throws {
    let target = try Normal(mean: 0, standardDeviation: 1)
    let tail = try Quadrature().mean(of: { $0 > 6 ? 1 : 0 }, under: target, singularPoints: [6])
    #expect(relativeError(tail.value, target.survival(6)) < 1e-9, "\(tail)")
    #expect(tail.diagnosis == .reliable)
    let far = try Quadrature().mean(of: { exp(15 * $0) }, under: target)
    #expect(relativeError(far.value, exp(112.5)) < 1e-9, "\(far)")
  }

  @Test("the mean and second moment together", .tags(.unit))
  func vector() throws {
    let target = try Gamma(shape: 2.5, rate: 0.5)
    let estimate = try Quadrature().means(
      of: Integrand(outputs: 2) { [$0, $0 * $0] }, under: target)
    check(estimate[0], 5)
    check(estimate[1], 35)
  }

  @Test("where too much probability lies between neighbouring numbers, it is said")
  func crowdedNumbers() throws {
    // The last 1e-16 below one have a probability of 1e-5.
    let target = try Beta(alpha: 0.5, beta: 0.3)
    let estimate = try Quadrature().mean(of: { $0 }, under: target)
    #expect(!estimate.diagnosis.isReliable)
    #expect(abs(estimate.value - target.mean) <= estimate.standardError, "\(estimate)")
    // A little of it is in the bound.
    let some = try Quadrature().mean(
      of: { $0 }, under: Normal(mean: 1000, standardDeviation: 1e-6))
    #expect(abs(some.value - 1000) <= some.standardError && some.diagnosis == .reliable, "\(some)")
    #expect(some.standardError < 1e-3)
    let narrow = try Normal(mean: 1e10, standardDeviation: 1e-5)
    let wrong = try Quadrature().mean(of: { $0 }, under: narrow)
    #expect(isFailed(wrong.diagnosis, "neighbouring"), "\(wrong.diagnosis)")
  }

  @Test("a density that is not normalised is noticed")
  func notNormalized() throws {
    let estimate = try Quadrature().mean(of: { $0 }, under: HalfForgotten())
    #expect(isFailed(estimate.diagnosis, "not to one"), "\(estimate.diagnosis)")
  }

  private static var discrete: [(String, any DiscreteDistribution)] {
    get throws {
      [
        ("Poisson", try Poisson(rate: 4.5)), ("small Poisson", try Poisson(rate: 1e-3)),
        ("large Poisson", try Poisson(rate: 1e6)),
        ("Binomial", try Binomial(trials: 40, probability: 0.3)),
        ("Geometric", try Geometric(probability: 0.01)),
        ("NegativeBinomial", try NegativeBinomial(mean: 12, dispersion: 0.7)),
        ("Logarithmic", try Logarithmic(probability: 0.97)),
        ("BetaBinomial", try BetaBinomial(trials: 30, alpha: 0.5, beta: 2)),
        ("Bernoulli", try Bernoulli(probability: 0.2)),
        ("DiscreteUniform", try DiscreteUniform(lower: -3, upper: 1000)),
      ]
    }
  }

  private func moments<D: DiscreteDistribution>(_ name: String, _ target: D) throws {
    let mean = try Quadrature().mean(of: { Double($0) }, under: target)
    let center = target.mean
    let variance = try Quadrature().mean(
      of: { (Double($0) - center) * (Double($0) - center) }, under: target)
    for (estimate, truth) in [(mean, target.mean), (variance, target.variance)] {
      #expect(
        abs(estimate.value - truth) <= estimate.standardError + 1e-12 * abs(truth),
        "\(name): \(estimate.value) against \(truth), bound \(estimate.standardError)")
      #expect(
        relativeError(estimate.value, truth) < 1e-8, "\(name): \(estimate.value), \(truth)")
      #expect(estimate.diagnosis == .reliable, "\(name): \(estimate.diagnosis)")
    }
  }

  @Test("means and variances of discrete distributions are those of their closed forms")
  func discreteMoments() throws {
    for (name, target) in try Self.discrete { try moments(name, target) }
  }

  @Test("a discrete tail that no term near the median tells of")
  func discreteTail() throws {
    let target = try Poisson(rate: 1)
    let estimate = try Quadrature().mean(of: { $0 > 100 ? 1 : 0 }, under: target)
    #expect(relativeError(estimate.value, target.survival(100)) < 1e-9, "\(estimate)")
    let pair = try Quadrature().means(
      of: Integrand(outputs: 2) { [Double($0), $0 > 20 ? 1 : 0] }, under: target)
    #expect(relativeError(pair[1].value, target.survival(20)) < 1e-9)
    #expect(relativeError(pair[0].value, 1) < 1e-9)
  }

  @Test("a sum that is cut short says so")
  func discreteLimit() throws {
    let estimate = try Quadrature(maximumIntervals: 1).mean(
      of: { Double($0) }, under: Geometric(probability: 1e-5))
    #expect(isFailed(estimate.diagnosis, "terms"), "\(estimate.diagnosis)")
  }

  @Test(
    "densities known up to a constant, with their constant", .tags(.reference),
    arguments: QuadratureReference.all.unnormalized, [0, 800.0, -3000])
  func unnormalized(_ problem: QuadratureReference.Unnormalized, constant: Double) throws {
    let logDensity = problem.logDensity
    let estimate = try Quadrature().means(
      of: Integrand(outputs: 2) { [$0, $0 * $0] },
      underLogDensity: { logDensity($0) + constant },
      over: problem.lower...problem.upper)
    // The constant takes digits of the density.
    let digits = 1e-12 * max(1, abs(constant) / 100)
    for (part, truth) in zip(estimate.estimates, [problem.mean, problem.secondMoment]) {
      #expect(
        abs(part.value - truth) <= part.standardError + digits * max(1, abs(truth)),
        "\(part.value) against \(truth), bound \(part.standardError)")
      #expect(abs(part.value - truth) < 1e-8 * max(1, abs(truth)))
      #expect(part.diagnosis == .reliable, "\(part.diagnosis)")
      let evidence = try #require(part.findings.logEvidence)
      #expect(
        abs(evidence.value - problem.logEvidence - constant) <= evidence.standardError + 10
          * digits,
        "\(evidence.value) against \(problem.logEvidence + constant)")
    }
    #expect(estimate.evaluations < 20_000)
  }

  @Test("a density that fails at some points is zero there, and the estimate says so")
  func failedEvaluations() throws {
    let estimate = try Quadrature().mean(
      of: { $0 },
      underLogDensity: { x in
        if x > 1 { throw EvaluationFailure.recoverable("beyond one") }
        return -x
      }, over: 0...2, singularPoints: [1])
    #expect(abs(estimate.value - (1 - 2 * exp(-1)) / (1 - exp(-1))) < 1e-9, "\(estimate)")
    guard case .failedEvaluations(let count)? = estimate.diagnosis.concerns.first else {
      Issue.record("\(estimate.diagnosis)")
      return
    }
    #expect(count > 10)
  }
}

/// Half a normal density under a normal's distribution function.
private struct HalfForgotten: ContinuousDistribution {
  let normal = try! Normal(mean: 0, standardDeviation: 1)
  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    normal.sample(using: &generator)
  }
  func logDensity(of value: Double) -> Double {
    value < 0 ? normal.logDensity(of: value) : -.infinity
  }
  func cdf(_ x: Double) -> Double { normal.cdf(x) }
  func survival(_ x: Double) -> Double { normal.survival(x) }
  func quantile(_ p: Double) -> Double { normal.quantile(p) }
  func survivalQuantile(_ q: Double) -> Double { normal.survivalQuantile(q) }
  var mean: Double { 0 }
  var variance: Double { 1 }
  var support: ClosedRange<Double> { -.infinity ... .infinity }
}

@Suite struct ProductQuadratureTests {
  @Test(
    "Gauss rules are those of their polynomials", .tags(.reference),
    arguments: QuadratureReference.all.rules)
  func rules(_ reference: QuadratureReference.Rule) throws {
    let parameters = reference.parameters
    let rule: GaussRule =
      switch reference.name {
      case "legendre": try .legendre(over: -1...1)
      case "hermite": try .hermite()
      case "laguerre": try .laguerre(exponent: parameters["alpha"]!)
      case "jacobi":
        try .jacobi(alpha: parameters["alpha"]!, beta: parameters["beta"]!, over: -1...1)
      case "chebyshev": try .chebyshev(over: -1...1)
      default: try .chebyshevSecondKind(over: -1...1)
      }
    let (nodes, weights) = try rule.rule(points: reference.points)
    let total = reference.weights.reduce(0, +)
    for i in nodes.indices {
      #expect(scaledError(nodes[i], reference.nodes[i]) < 1e-13)
      #expect(abs(weights[i] - reference.weights[i]) < 1e-13 * total)
    }
  }

  @Test("rules on other ranges and scales")
  func scales() throws {
    check(try GaussRule.legendre(over: 0...1).integral(of: { exp($0) }, points: 16), M_E - 1)
    // The integral of x^2 (x - 1)^(1/2) exp(-2 (x - 1)) from 1 on, in Gamma functions.
    let laguerre = try GaussRule.laguerre(from: 1, rate: 2, exponent: 0.5)
    let moment = { (k: Double) in tgamma(1.5 + k) / pow(2, 1.5 + k) }
    check(
      try laguerre.integral(of: { $0 * $0 }, points: 8), moment(0) + 2 * moment(1) + moment(2))
    let hermite = try GaussRule.hermite(center: 3, precision: 0.5)
    check(try hermite.integral(of: { $0 }, points: 8), 3 * (2 * Double.pi).squareRoot())
    let jacobi = try GaussRule.jacobi(alpha: 0.5, beta: -0.5, over: 0...2)
    check(try jacobi.integral(of: { _ in 1 }, points: 8), .pi)
    let chebyshev = try GaussRule.chebyshevSecondKind(over: -3...3)
    check(try chebyshev.integral(of: { _ in 1 }, points: 8), 4.5 * .pi)
    let narrow = try GaussRule.chebyshev(over: 1...1.000000000000001)
    check(try narrow.integral(of: { _ in 1 }, points: 8), .pi)
    let density = GaussRule.density(of: try Normal(mean: 2, standardDeviation: 3))
    check(try density.integral(of: { $0 * $0 }, points: 8), 13)
  }

  @Test(
    "smooth functions of Genz's, to four dimensions", .tags(.reference),
    arguments: QuadratureReference.all.genz.filter(\.isSmooth))
  func genz(_ problem: QuadratureReference.Genz) throws {
    let estimate = try ProductQuadrature(relativeTolerance: 1e-7).integral(
      of: problem.function, over: problem.box)
    check(estimate, problem.value, within: 1e-7)
    let fixed = try ProductQuadrature(points: problem.dimension == 4 ? 12 : 24).integral(
      of: problem.function, over: problem.box)
    check(fixed, problem.value, within: 0.01)
  }

  @Test(
    "functions with kinks and jumps are within the bound, which stays above the tolerance",
    .tags(.reference),
    arguments: QuadratureReference.all.genz.filter { !$0.isSmooth && $0.dimension <= 2 })
  func rough(_ problem: QuadratureReference.Genz) throws {
    for limit in [500, 5_000, 50_000] {
      let estimate = try ProductQuadrature(relativeTolerance: 1e-9, maximumEvaluations: limit)
        .integral(of: problem.function, over: problem.box)
      #expect(
        abs(estimate.value - problem.value) <= estimate.standardError,
        "\(estimate.value) against \(problem.value), bound \(estimate.standardError)")
      #expect(isFailed(estimate.diagnosis, "above the tolerance"), "\(estimate.diagnosis)")
      #expect(estimate.evaluations <= limit)
    }
  }

  @Test(
    "means under normals in one to four dimensions", .tags(.reference),
    arguments: QuadratureReference.all.normalMeans)
  func normalMeans(_ problem: QuadratureReference.NormalMean) throws {
    let weights = problem.weights
    let factor = Matrix(problem.factor)
    let target = try MultivariateNormal(
      mean: problem.mean, covariance: factor * factor.transposed)
    let integrand = Integrand<[Double]>(outputs: 2) { x in
      let sum = zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 }
      return [cos(sum), exp(sum)]
    }
    let estimate = try ProductQuadrature(relativeTolerance: 1e-8).means(
      of: integrand, under: target)
    check(estimate[0], problem.cosine, within: 1e-7)
    check(estimate[1], problem.exponential, within: 1e-7)
    let single = try ProductQuadrature(relativeTolerance: 1e-8).mean(
      of: { x in cos(zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 }) }, under: target)
    #expect(abs(single.value - problem.cosine) <= single.standardError)
  }

  @Test("means under independent normals, one closure and batches alike")
  func independent() throws {
    let target = Independent([
      try Normal(mean: 1, standardDeviation: 2), try Normal(mean: -3, standardDeviation: 0.5),
      try Normal(mean: 0, standardDeviation: 1),
    ])
    let rule = ProductQuadrature(points: 6)
    let estimate = try rule.mean(of: { $0[0] * $0[0] * $0[1] + $0[2] }, under: target)
    check(estimate, -15)
    let batched = try rule.means(
      of: Integrand(outputs: 1) { rows, values in
        for i in values.indices {
          let (x, y, z) = (rows[3 * i], rows[3 * i + 1], rows[3 * i + 2])
          values[i] = x * x * y + z
        }
      }, under: target)
    #expect(batched[0].value == estimate.value && batched.evaluations == estimate.evaluations)
  }

  @Test("errors name the place; bad boxes and settings what is wrong")
  func badInput() throws {
    func message(_ body: () throws -> Estimate) -> String {
      do { return "\(try body())" } catch { return "\(error)" }
    }
    let unit = 0.0...1.0
    let plain = ProductQuadrature()
    #expect(
      message { try plain.integral(of: { $0[0] }, over: [unit, unit, unit, unit, unit]) }
        == "a product of rules in 5 dimensions: there are products in 1 to 4")
    #expect(message { try plain.integral(of: { $0[0] }, over: []) } == "a box without dimensions")
    #expect(
      message { try plain.integral(of: { $0[0] }, over: [unit, 0...Double.infinity]) }
        == "side 1 of the box, 0.0...inf, is not finite with a positive width")
    #expect(
      message { try ProductQuadrature(points: 3).integral(of: { $0[0] }, over: [unit]) }
        == "the number of points 3 is not in 4...1000")
    #expect(
      message { try ProductQuadrature(maximumEvaluations: 0).integral(of: { $0[0] }, over: [unit]) }
        == "the maximum of 0 evaluations is not positive")
    #expect(throws: EstimationError.self) { try GaussRule.jacobi(alpha: -1, beta: 0, over: 0...1) }
    #expect(throws: EstimationError.self) { try GaussRule.laguerre(rate: 0) }
    #expect(throws: EstimationError.self) { try GaussRule.hermite(precision: .nan) }
    #expect(throws: EstimationError.self) { try GaussRule.legendre(over: 0...Double.infinity) }

    let failure = #expect(throws: IntegrandFailure.self) {
      try plain.integral(
        of: { x in
          if x[1] > 0.9 { throw Refusal() }
          return x[0]
        }, over: [unit, unit])
    }
    #expect(failure?.underlying is Refusal)
    let vector = #expect(throws: IntegrandFailure.self) {
      try plain.integrals(
        of: Integrand(outputs: 1) { x in
          if x[1] > 0.9 { throw Refusal() }
          return [x[0]]
        }, over: [unit, unit])
    }
    #expect(vector?.draw == failure?.draw && vector?.place == failure?.place)
    let error = #expect(throws: EstimationError.self) {
      try plain.integral(of: { $0[0] > 0.8 ? .nan : 1 }, over: [unit])
    }
    guard case .notFinite(let value, _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(value.isNaN)
  }
}
