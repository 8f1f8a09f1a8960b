import Densities
import LinearAlgebra

/// Where an optimiser ended, and why.
public struct Optimum: Sendable {
  /// `[dimension]`.
  public let position: [Double]
  /// The highest log density found.
  public let logDensity: Double
  /// The Euclidean length of the gradient there.
  public let gradientNorm: Double
  /// Steps that were taken.
  public let iterations: Int
  /// Of the density with its gradient.
  public let evaluations: Int
  /// Why it ended.
  public let convergence: Convergence
}

/// How an optimiser ended.
public enum Convergence: Sendable, Equatable, CustomStringConvertible {
  /// The gradient fell below its tolerance, or no Double near the position is better.
  case converged
  /// The iterations ran out.
  case iterationLimit
  /// No step along the search direction improves the density, though the gradient is not small.
  case stalled

  public var description: String {
    switch self {
    case .converged: "converged"
    case .iterationLimit: "not converged: the iterations ran out"
    case .stalled: "not converged: no further step improves the density"
    }
  }
}

/// A density to be maximised, seen as a function to be minimised, with the count of evaluations.
struct Objective<Density: DifferentiableLogDensity> {
  let density: Density
  var workspace: Density.Workspace
  var evaluations = 0

  init(_ density: Density) {
    self.density = density
    workspace = density.makeWorkspace()
  }

  /// Minus the log density, and its gradient into `gradient`; +infinity where the point failed.
  mutating func callAsFunction(
    _ position: [Double], gradient: inout [Double]
  ) throws(EvaluationFailure) -> Double {
    evaluations += 1
    do {
      var span = gradient.mutableSpan
      let value = try density.logDensity(at: position.span, gradient: &span, in: &workspace)
      for i in gradient.indices { gradient[i] = -gradient[i] }
      return gradient.allSatisfy(\.isFinite) ? -value : .infinity
    } catch .recoverable {
      return .infinity
    } catch {
      throw error
    }
  }

  /// The value at a starting point, which must be finite.
  mutating func start(
    _ position: [Double], gradient: inout [Double]
  ) throws(EvaluationFailure) -> Double {
    precondition(
      position.count == density.dimension,
      "a start [\(position.count)] for a density of dimension \(density.dimension)")
    let value = try self(position, gradient: &gradient)
    guard value.isFinite else {
      throw .fatal("the log density or its gradient is not finite at the starting point")
    }
    return value
  }
}
