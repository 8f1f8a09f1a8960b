import Densities
import Differentiation
import Optimization
import TestSupport
import Testing

@Suite("Gradient descent", .tags(.unit))
struct GradientDescentTests {
  @Test("It climbs Rosenbrock's valley, slowly")
  func valley() throws {
    let optimum = try GradientDescent(learningRate: 1e-3, maximumIterations: 100_000)
      .maximize(rosenbrock(), from: [-1.2, 1])
    #expect(optimum.convergence == .converged)
    #expect(distance(optimum.position, [1, 1]) < 1e-5)
  }

  @Test(
    "A quadratic with a condition of ten thousand, at the rate that its largest curvature allows")
  func illConditioned() throws {
    let density = try quadratic(dimension: 3, condition: 1e4)
    let optimum = try GradientDescent(learningRate: 1.9e-4, maximumIterations: 200_000)
      .maximize(density, from: [-3, -3, -3])
    #expect(optimum.convergence == .converged)
    #expect(distance(optimum.position, [0, 1, 2]) < 1e-5)
  }

  @Test("It ends where L-BFGS does")
  func sameOptimum() throws {
    // The logarithm of a product of logistic curves and a bell.
    let density = try Program(dimension: 2) { x in
      let signs = Tensor([1, -1, 1, 1], shape: [2, 2])
      return -Tensor.log(1 + .exp(-signs.matrixProduct(x))).sum() - 0.5 * x.squared.sum()
    }
    let slow = try GradientDescent(learningRate: 0.2, gradientTolerance: 1e-9)
      .maximize(density, from: [2, -2])
    let fast = try LBFGS().maximize(density, from: [2, -2])
    #expect(slow.convergence == .converged && fast.convergence == .converged)
    #expect(distance(slow.position, fast.position) < 1e-6)
    #expect(scaledError(slow.logDensity, fast.logDensity) < 1e-12)
    #expect(slow.evaluations == slow.iterations + 1)
  }

  @Test("One step is the rate times the gradient")
  func oneStep() throws {
    let density = try quadratic(dimension: 2, condition: 4)
    let optimum = try GradientDescent(learningRate: 0.1, maximumIterations: 1)
      .maximize(density, from: [1, 0])
    #expect(distance(optimum.position, [0.9, 0.4]) < 1e-15)
    #expect(optimum.iterations == 1 && optimum.convergence == .iterationLimit)
  }

  @Test("A rate that is too large is found out")
  func divergence() throws {
    #expect {
      try GradientDescent(learningRate: 0.1).maximize(rosenbrock(), from: [-1.2, 1])
    } throws: { error in
      guard case EvaluationFailure.fatal(let reason) = error else { return false }
      return reason.contains("diverged") && reason.contains("0.1")
    }
  }

  @Test("A start that is not finite is refused", arguments: [-1, Double.nan])
  func badStart(start: Double) throws {
    let density = try Program(dimension: 1) { .log($0[0]) }
    #expect {
      try GradientDescent(learningRate: 0.1).maximize(density, from: [start])
    } throws: { error in
      if case EvaluationFailure.fatal(let reason) = error {
        reason.contains("start")
      } else {
        false
      }
    }
  }
}
