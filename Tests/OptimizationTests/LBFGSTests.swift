import Densities
import Differentiation
import Optimization
import TestSupport
import Testing

@Suite("L-BFGS", .tags(.unit))
struct LBFGSTests {
  @Test("Rosenbrock's valley", arguments: [[-1.2, 1], [0, 0], [3, -7], [-20, 15]])
  func valley(start: [Double]) throws {
    let optimum = try LBFGS().maximize(rosenbrock(), from: start)
    #expect(distance(optimum.position, [1, 1]) < 1e-6)
    #expect(optimum.convergence == .converged)
    #expect(optimum.logDensity > -1e-12 && optimum.logDensity <= 0)
    #expect(optimum.evaluations >= optimum.iterations)
  }

  @Test("A quadratic with a condition of ten thousand", arguments: [1, 2, 10, 50])
  func illConditioned(dimension: Int) throws {
    let density = try quadratic(dimension: dimension, condition: 1e4)
    let optimum = try LBFGS(maximumIterations: 5_000).maximize(
      density, from: [Double](repeating: -3, count: dimension))
    #expect(optimum.convergence == .converged)
    #expect(distance(optimum.position, (0..<dimension).map(Double.init)) < 1e-6)
    #expect(optimum.gradientNorm < 1e-6)
  }

  @Test("Points outside the support are stepped back from")
  func support() throws {
    // log x - x, at its best at 1: the first steps from 50 may lead below zero.
    let density = try Program(dimension: 1) { .log($0[0]) - $0[0] }
    for start in [1e-3, 50, 1e4] {
      let optimum = try LBFGS().maximize(density, from: [start])
      #expect(distance(optimum.position, [1]) < 1e-6, "from \(start)")
    }
  }

  @Test("The optimum is recognised where it starts")
  func startAtOptimum() throws {
    let optimum = try LBFGS().maximize(rosenbrock(), from: [1, 1])
    #expect(optimum.iterations == 0 && optimum.evaluations == 1)
    #expect(optimum.convergence == .converged)
  }

  @Test("The iterations are limited, and it is said")
  func limit() throws {
    let optimum = try LBFGS(maximumIterations: 3).maximize(rosenbrock(), from: [-1.2, 1])
    #expect(optimum.iterations == 3)
    #expect(optimum.convergence == .iterationLimit)
    #expect("\(optimum.convergence)".contains("ran out"))
  }

  @Test("A start that is not finite is refused", arguments: [-1, Double.nan])
  func badStart(start: Double) throws {
    let density = try Program(dimension: 1) { .log($0[0]) }
    #expect(throws: EvaluationFailure.self) { try LBFGS().maximize(density, from: [start]) }
    #expect {
      try LBFGS().maximize(Hopeless(failure: .recoverable("no")), from: [0])
    } throws: { error in
      if case EvaluationFailure.fatal(let reason) = error {
        reason.contains("start")
      } else {
        false
      }
    }
  }

  @Test("A fatal failure comes out as it is")
  func fatal() {
    #expect(throws: EvaluationFailure.fatal("broken")) {
      try LBFGS().maximize(Hopeless(failure: .fatal("broken")), from: [0])
    }
  }

  @Test("A cancelled task stops")
  func cancellation() async throws {
    let density = try rosenbrock()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try LBFGS().maximize(density, from: [-1.2, 1]).iterations
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
