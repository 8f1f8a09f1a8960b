import Densities
import Differentiation
import Foundation
import Optimization
import TestSupport
import Testing

private func rosenbrock(_ dimension: Int) throws -> Program {
  try Program(dimension: dimension) { x in
    var sum = Tensor(0)
    for i in 0..<dimension - 1 {
      sum += (1 - x[i]).squared + 100 * (x[i + 1] - x[i].squared).squared
    }
    return -sum
  }
}

/// -1/2 sum_i c_i (x_i - i)^2 with c from 1 to `condition`.
private func quadratic(_ dimension: Int, condition: Double) throws -> Program {
  let curvatures = (0..<dimension).map { pow(condition, Double($0) / Double(dimension - 1)) }
  return try Program(dimension: dimension) { x in
    Tensor(-0.5)
      * (Tensor(curvatures) * (x - Tensor((0..<dimension).map(Double.init))).squared).sum()
  }
}

@Suite struct OptimizerTests {
  @Test("L-BFGS on Rosenbrock's function", arguments: [2, 10, 100])
  func rosenbrockFunction(dimension: Int) throws {
    let start = (0..<dimension).map { $0 % 2 == 0 ? -1.2 : 1.0 }
    let optimum = try LBFGS().maximize(rosenbrock(dimension), from: start)
    #expect(optimum.convergence == .converged)
    // For 10 and more coordinates this start may end in the minimum near (-1, 1, 1, ...) as well.
    if dimension == 2 { #expect(optimum.position.allSatisfy { abs($0 - 1) < 1e-6 }) }
    #expect(optimum.gradientNorm < 1e-6)
    #expect(optimum.evaluations < 20 * dimension + 100)
  }

  @Test("L-BFGS on a quadratic of condition 1e4")
  func quadraticFunction() throws {
    let optimum = try LBFGS().maximize(
      quadratic(20, condition: 1e4), from: [Double](repeating: 0, count: 20))
    #expect(optimum.convergence == .converged)
    for (index, x) in optimum.position.enumerated() { #expect(abs(x - Double(index)) < 1e-6) }
    // SciPy 1.17's L-BFGS-B, with the same memory and tolerance, takes 676.
    #expect(optimum.evaluations < 800)
  }

  @Test("plain gradient descent reaches the optimum that L-BFGS reaches")
  func gradientDescent() throws {
    // Least squares of a line, as a network without hidden layers.
    let x = (0..<20).map { Double($0) / 10 - 1 }
    let density = try Program(dimension: 2) { w in
      let residuals = Tensor(x.map { 2 - 3 * $0 + 0.1 * cos(40 * $0) }) - (Tensor(x) * w[0] + w[1])
      return Tensor(-0.5) * residuals.squared.sum()
    }
    let slow = try GradientDescent(learningRate: 0.05, gradientTolerance: 1e-9)
      .maximize(density, from: [0, 0])
    let fast = try LBFGS().maximize(density, from: [0, 0])
    #expect(slow.convergence == .converged && fast.convergence == .converged)
    #expect(abs(slow.logDensity - fast.logDensity) < 1e-12)
    #expect(zip(slow.position, fast.position).allSatisfy { abs($0 - $1) < 1e-8 })
    #expect(fast.evaluations < slow.evaluations)
  }

  @Test("too large a rate diverges, and is told")
  func divergence() throws {
    let density = try quadratic(2, condition: 100)
    let error = #expect(throws: EvaluationFailure.self) {
      try GradientDescent(learningRate: 1).maximize(density, from: [5, 5])
    }
    #expect(error?.description.contains("learning rate 1.0") == true)
  }

  @Test("a start where the density is not finite is told")
  func badStart() throws {
    let density = try Program(dimension: 1) { Tensor.log($0[0]) }
    for start in [-1.0, 0] {
      #expect(throws: EvaluationFailure.self) { try LBFGS().maximize(density, from: [start]) }
      #expect(throws: EvaluationFailure.self) {
        try GradientDescent(learningRate: 0.1).maximize(density, from: [start])
      }
    }
  }

  @Test("a line search stays out of where the density fails")
  func barrier() throws {
    // log x - x has its maximum at 1, and no value below 0.
    let density = try Program(dimension: 1) { Tensor.log($0[0]) - $0[0] }
    let optimum = try LBFGS().maximize(density, from: [20])
    #expect(abs(optimum.position[0] - 1) < 1e-6)
  }

  @Test("the iterations are limited, and the limit is told")
  func iterationLimit() throws {
    let optimum = try LBFGS(maximumIterations: 3).maximize(rosenbrock(2), from: [-1.2, 1])
    #expect(optimum.convergence == .iterationLimit && optimum.iterations == 3)
  }

  @Test("the higher of two maxima on an interval")
  func goldenSection() {
    let found = GoldenSection().maximize(on: -3...3) {
      exp(-8 * ($0 - 1.3) * ($0 - 1.3)) + 0.9 * exp(-($0 + 2) * ($0 + 2))
    }
    #expect(abs(found.argument - 1.3) < 1e-3)
    let edge = GoldenSection().maximize(on: 0...1) { $0 }
    #expect(edge.argument > 1 - 1e-5)
  }
}
