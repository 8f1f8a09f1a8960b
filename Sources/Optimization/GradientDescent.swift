import Densities
import LinearAlgebra

/// Plain gradient descent on minus the log density (ascent on the log density): x + rate gradient.
///
/// - Complexity: one density with gradient an iteration.
public struct GradientDescent: Sendable {
  /// The step for a gradient of length one; positive.
  public var learningRate: Double
  /// After that many steps it gives up.
  public var maximumIterations: Int
  /// It has converged where the gradient's length is at most this.
  public var gradientTolerance: Double

  public init(
    learningRate: Double, maximumIterations: Int = 10_000, gradientTolerance: Double = 1e-6
  ) {
    precondition(learningRate > 0, "the learning rate \(learningRate) is not positive")
    self.learningRate = learningRate
    self.maximumIterations = maximumIterations
    self.gradientTolerance = gradientTolerance
  }

  /// - Throws: `EvaluationFailure.fatal` where the density is not finite at the start or at a
  ///   later point (the rate is too large); `CancellationError`.
  public func maximize(
    _ density: some DifferentiableLogDensity, from start: [Double]
  ) throws -> Optimum {
    var objective = Objective(density)
    var position = start
    var gradient = [Double](repeating: 0, count: start.count)
    var value = try objective.start(position, gradient: &gradient)
    var iterations = 0
    while norm(gradient) > gradientTolerance, iterations < maximumIterations {
      try Task.checkCancellation()
      for i in position.indices { position[i] -= learningRate * gradient[i] }
      value = try objective(position, gradient: &gradient)
      guard value.isFinite else {
        throw EvaluationFailure.fatal(
          "gradient descent diverged at iteration \(iterations + 1): "
            + "the learning rate \(learningRate) is too large")
      }
      iterations += 1
    }
    let size = norm(gradient)
    return Optimum(
      position: position, logDensity: -value, gradientNorm: size, iterations: iterations,
      evaluations: objective.evaluations,
      convergence: size <= gradientTolerance ? .converged : .iterationLimit)
  }
}
