import Foundation
import GSL
import TestSupport
import Testing

private struct Refusal: Error {}

@Suite("GSLIntegration", .tags(.unit))
struct GSLIntegrationTests {
  private let workspace = try! GSLIntegrationWorkspace(maximumIntervals: 200)

  private func check(_ integral: GSLIntegral, _ truth: Double) {
    #expect(abs(integral.value - truth) <= max(integral.absoluteError, 1e-14 * abs(truth)))
    #expect(integral.absoluteError <= 1e-9 * max(1, abs(truth)))
    #expect(integral.shortfall == nil)
    #expect(integral.evaluations > 0)
  }

  @Test("every rule of QAG")
  func qag() throws {
    for rule in GSLKronrodRule.allCases {
      check(
        try workspace.qag(
          { cos(30 * $0) }, from: 0, to: 3, rule: rule, absoluteTolerance: 1e-11,
          relativeTolerance: 1e-10), sin(90) / 30)
    }
    check(try workspace.qag({ exp($0) }, from: 1, to: 0, relativeTolerance: 1e-10), 1 - M_E)
  }

  @Test("QAGS, QAGP, QAGI, QAGIU, QAGIL and CQUAD")
  func methods() throws {
    check(try workspace.qags({ log($0) }, from: 0, to: 1, relativeTolerance: 1e-10), -1)
    check(
      try workspace.qagp(
        { $0 < 0.3 ? 1 : 2 }, points: [0, 0.3, 1], relativeTolerance: 1e-10), 1.7)
    check(try workspace.qagi({ 1 / (1 + $0 * $0) }, relativeTolerance: 1e-10), .pi)
    check(try workspace.qagiu({ exp(-$0) }, from: 1, relativeTolerance: 1e-10), 1 / M_E)
    check(try workspace.qagil({ exp($0) }, to: -1, relativeTolerance: 1e-10), 1 / M_E)
    let cquad = try GSLCquadWorkspace()
    check(try cquad.cquad({ abs($0 - 0.3) }, from: 0, to: 1, relativeTolerance: 1e-10), 0.29)
    let one = try GSLIntegrationWorkspace.qk21({ exp($0) }, from: 0, to: 1)
    #expect(abs(one.value - (M_E - 1)) < 1e-14 && one.evaluations == 21)
  }

  @Test("a tolerance that is not reached leaves a value and the reason")
  func shortfall() throws {
    let few = try GSLIntegrationWorkspace(maximumIntervals: 3)
    let integral = try few.qag({ abs(sin(40 * $0)) }, from: 0, to: .pi, relativeTolerance: 1e-10)
    #expect(integral.shortfall?.isMaximumIterations == true)
    #expect(abs(integral.value - 2) < integral.absoluteError)
    let odd = try workspace.qags({ $0 }, from: -1, to: 1, relativeTolerance: 1e-10)
    #expect(odd.shortfall?.isRounding == true && odd.value == 0)
  }

  @Test("a function that throws is not asked again, whatever the routine")
  func throwing() throws {
    final class Count { var value = 0 }
    let count = Count()
    let function: (Double) throws -> Double = { x in
      count.value += 1
      if count.value == 7 { throw Refusal() }
      return abs(sin(40 * x))
    }
    let cquad = try GSLCquadWorkspace()
    let routines: [() throws -> GSLIntegral] = [
      { try workspace.qag(function, from: 0, to: 1, relativeTolerance: 1e-10) },
      { try workspace.qags(function, from: 0, to: 1, relativeTolerance: 1e-10) },
      { try workspace.qagp(function, points: [0, 0.5, 1], relativeTolerance: 1e-10) },
      { try workspace.qagi(function, relativeTolerance: 1e-10) },
      { try workspace.qagiu(function, from: 0, relativeTolerance: 1e-10) },
      { try workspace.qagil(function, to: 0, relativeTolerance: 1e-10) },
      { try cquad.cquad(function, from: 0, to: 1, relativeTolerance: 1e-10) },
    ]
    for routine in routines {
      count.value = 0
      #expect(throws: Refusal.self) { try routine() }
      #expect(count.value == 7)
    }
  }

  @Test("values, ends and tolerances that make no sense carry the routine's name")
  func failures() throws {
    func message(_ body: () throws -> GSLIntegral) -> String {
      do { return "\(try body())" } catch { return "\(error)" }
    }
    #expect(
      message { try workspace.qags({ _ in .nan }, from: 0, to: 1, relativeTolerance: 1e-10) }
        == "gsl_integration_qags: the function is nan at 0.5")
    #expect(
      message { try workspace.qags({ $0 }, from: 0, to: .infinity, relativeTolerance: 1e-10) }
        == "gsl_integration_qags: the end inf of the range is not finite")
    #expect(
      message { try workspace.qagp({ $0 }, points: [0, 2, 1], relativeTolerance: 1e-10) }
        == "gsl_integration_qagp: [0.0, 2.0, 1.0] are not two or more increasing points")
    #expect(
      message { try workspace.qags({ $0 }, from: 0, to: 1, relativeTolerance: 1e-30) }
        .hasPrefix("gsl_integration_qags: "))
    #expect(throws: GSLError.self) { try GSLIntegrationWorkspace(maximumIntervals: 0) }
    #expect(throws: GSLError.self) { try GSLIntegrationWorkspace(maximumIntervals: .max) }
    #expect(throws: GSLError.self) { try GSLCquadWorkspace(intervals: 2) }
  }

  @Test("Gauss rules integrate their polynomials")
  func rules() throws {
    let (nodes, weights) = try GSLGaussRule.jacobi(a: 0, b: 2, alpha: 1, beta: 0).rule(points: 3)
    // The integral of x^5 (2 - x) over 0...2.
    let sum = zip(nodes, weights).reduce(0) { $0 + pow($1.0, 5) * $1.1 }
    #expect(relativeError(sum, 64.0 / 3 - 128.0 / 7) < 1e-13)
    #expect(nodes == nodes.sorted())
    for rule in [
      GSLGaussRule.legendre(a: 0, b: .infinity), .jacobi(a: 0, b: 1, alpha: -1, beta: 0),
      .laguerre(a: 0, b: -1, alpha: 0), .hermite(a: .nan, b: 1, alpha: 0),
      .gegenbauer(a: 0, b: 1, alpha: -2), .chebyshev(a: 1, b: 0),
    ] {
      #expect(throws: GSLError.self, "\(rule)") { try rule.rule(points: 5) }
    }
    #expect(throws: GSLError.self) { try GSLGaussRule.legendre(a: 0, b: 1).rule(points: 0) }
  }
}

@Suite("GSLVegas and GSLMiser", .tags(.unit))
struct GSLMonteCarloTests {
  private let lower = [0.0, 0]
  private let upper = [1.0, 1]

  @Test("an integral within its error", .tags(.statistical))
  func integrals() throws {
    var generator = try GSLGenerator("mt19937", seed: 1)
    let z = StatisticalTolerance(level: 0.001, comparisons: 2).standardErrors
    let truth = pow(1 - 1 / M_E, 2)
    let vegas = try GSLVegas(dimension: 2).integrate(
      { exp(-($0[0] + $0[1])) }, lower: lower, upper: upper, calls: 1_000, using: &generator)
    #expect(abs(vegas.value - truth) < z * vegas.standardError)
    #expect(vegas.evaluations <= 5_000 && vegas.standardError < 1e-3)
    let miser = try GSLMiser(dimension: 2).integrate(
      { exp(-($0[0] + $0[1])) }, lower: lower, upper: upper, calls: 5_000, using: &generator)
    #expect(abs(miser.value - truth) < z * miser.standardError)
    #expect(miser.evaluations <= 5_000 && miser.standardError < 1e-2)
  }

  @Test("iterations one by one are those of a single call")
  func iterations() throws {
    let function: ([Double]) -> Double = { exp(-50 * ($0[0] - 0.3) * ($0[0] - 0.3)) * $0[1] }
    var (one, other) = (try GSLGenerator("mt19937", seed: 3), try GSLGenerator("mt19937", seed: 3))
    let together = try GSLVegas(dimension: 2)
    let whole = try together.integrate(
      function, lower: lower, upper: upper, calls: 1_000, iterations: 4, using: &one)
    let single = try GSLVegas(dimension: 2)
    let parts = try (0..<4).map {
      try single.integrate(
        function, lower: lower, upper: upper, calls: 1_000, iterations: 1,
        stage: $0 == 0 ? .newGrid : .newAverages, using: &other)
    }
    let weights = parts.map { 1 / ($0.standardError * $0.standardError) }
    let sum = weights.reduce(0, +)
    let value = zip(weights, parts).reduce(0) { $0 + $1.0 * $1.1.value } / sum
    #expect(relativeError(whole.value, value) < 1e-12)
    #expect(relativeError(whole.standardError, 1 / sum.squareRoot()) < 1e-12)
    let chiSquared = zip(weights, parts).reduce(0) { $0 + $1.0 * pow($1.1.value - value, 2) }
    #expect(relativeError(together.chiSquaredPerDegree, chiSquared / 3) < 1e-9)
    #expect(one == other)
  }

  @Test("a function that throws is not asked again; a value that is not finite has its place")
  func failures() throws {
    final class Count { var value = 0 }
    let count = Count()
    let function: ([Double]) throws -> Double = { x in
      count.value += 1
      if count.value == 50 { throw Refusal() }
      return x[0]
    }
    var generator = try GSLGenerator("mt19937", seed: 1)
    #expect(throws: Refusal.self) {
      try GSLVegas(dimension: 2).integrate(
        function, lower: lower, upper: upper, calls: 1_000, using: &generator)
    }
    #expect(count.value == 50)
    count.value = 0
    #expect(throws: Refusal.self) {
      try GSLMiser(dimension: 2).integrate(
        function, lower: lower, upper: upper, calls: 1_000, using: &generator)
    }
    #expect(count.value == 50)
    #expect {
      try GSLMiser(dimension: 2).integrate(
        { _ in .nan }, lower: lower, upper: upper, calls: 1_000, using: &generator)
    } throws: { error in
      "\(error)".hasPrefix("gsl_monte_miser_integrate: the function is nan at [0.")
    }
  }

  @Test("boxes and numbers that make no sense")
  func badInput() throws {
    var generator = try GSLGenerator("mt19937", seed: 1)
    let vegas = try GSLVegas(dimension: 1)
    for (low, high, calls, iterations) in [
      (1.0, 0.0, 100, 1), (0, .nan, 100, 1), (0, .infinity, 100, 1), (0, 1, 1, 1), (0, 1, 100, 0),
    ] {
      #expect(throws: GSLError.self) {
        try vegas.integrate(
          { _ in 1 }, lower: [low], upper: [high], calls: calls, iterations: iterations,
          using: &generator)
      }
    }
    #expect(throws: GSLError.self) { try GSLVegas(dimension: 0) }
    #expect(throws: GSLError.self) { try GSLMiser(dimension: 1_000_000) }
  }
}
