import Densities
import Differentiation
import Foundation
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

  @Test("A single-layer network, tanh(A x + b): plain descent reaches the loss that L-BFGS reaches")
  func singleLayerNetwork() throws {
    // 60 rows of three inputs; two outputs of a network with noise that is no network's.
    let rows = 60
    let inputs = (0..<rows * 3).map { sin(1 + 1.3 * Double($0)) }
    let (weights, bias) = ([0.8, -1.1, 0.4, 0.2, 0.9, -0.6], [0.1, -0.3])
    let targets = (0..<rows).flatMap { row in
      (0..<2).map { unit -> Double in
        var sum = bias[unit]
        for k in 0..<3 { sum += weights[3 * unit + k] * inputs[3 * row + k] }
        return tanh(sum) + 0.1 * cos(7 * Double(2 * row + unit))
      }
    }
    let x = Tensor(inputs, shape: [rows, 3])
    let y = Tensor(targets, shape: [rows, 2])
    let fit = try Program(shapes: [[2, 3], [2]]) { p in
      -0.5 * (y - .tanh(x.matrixProduct(p[0].transposed()) + p[1])).squared.mean()
    }
    let start = [Double](repeating: 0, count: 8)
    let slow = try GradientDescent(
      learningRate: 0.5, maximumIterations: 200_000, gradientTolerance: 1e-9
    ).maximize(fit, from: start)
    let fast = try LBFGS().maximize(fit, from: start)
    #expect(slow.convergence == .converged && fast.convergence == .converged)
    #expect(scaledError(slow.logDensity, fast.logDensity) < 1e-10)
    #expect(distance(slow.position, fast.position) < 1e-4)
    #expect(-slow.logDensity < 0.004)
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
