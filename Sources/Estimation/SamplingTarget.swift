import Densities
import Distributions

/// What a sampler needs of its target: a log density, normalised or not, at a draw.
protocol SamplingTarget<Value>: Sendable {
  associatedtype Value: Sendable
  associatedtype Workspace
  func makeWorkspace() -> Workspace
  /// Throws ``EvaluationFailure`` for a failed evaluation.
  func logDensity(of value: Value, in workspace: inout Workspace) throws -> Double
}

struct DistributionTarget<D: Distribution>: SamplingTarget {
  let distribution: D
  func makeWorkspace() {}
  func logDensity(of value: D.Value, in workspace: inout Void) -> Double {
    distribution.logDensity(of: value)
  }
}

struct ClosureTarget<Value: Sendable>: SamplingTarget {
  let closure: @Sendable (Value) throws -> Double
  func makeWorkspace() {}
  func logDensity(of value: Value, in workspace: inout Void) throws -> Double {
    try closure(value)
  }
}

struct LogDensityTarget<Density: LogDensity>: SamplingTarget {
  let density: Density
  func makeWorkspace() -> Density.Workspace { density.makeWorkspace() }
  func logDensity(of value: [Double], in workspace: inout Density.Workspace) throws -> Double {
    try density.logDensity(at: value.span, in: &workspace)
  }
}

extension SamplingTarget {
  /// The log density at a draw, minus infinity where the evaluation failed recoverably.
  func logDensity(
    of value: Value, in workspace: inout Workspace, failures: inout Int
  ) throws -> Double {
    do {
      let result = try logDensity(of: value, in: &workspace)
      guard result < .infinity else {  // written so that NaN fails
        throw EstimationError.densityNotFinite(value: result, at: "\(value)")
      }
      return result
    } catch EvaluationFailure.recoverable {
      failures += 1
      return -.infinity
    }
  }
}
