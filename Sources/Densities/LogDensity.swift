/// A density known through its logarithm, up to a constant: the contract between whatever defines
/// a density and whatever samples, optimises or integrates it.
///
/// Minus infinity means outside the support. NaN is never a value: an implementation throws
/// instead. Constants may be dropped, so that two densities of the same target may differ by one.
/// Memory belongs to the caller (the spans) or to a workspace that each worker makes once; an
/// evaluation allocates nothing.
public protocol LogDensity: Sendable {
  /// Scratch memory of one worker.
  associatedtype Workspace

  /// The number of coordinates of a position.
  var dimension: Int { get }

  func makeWorkspace() -> Workspace

  /// The log density at `position` (`[dimension]`).
  /// - Throws: ``EvaluationFailure``: `.recoverable` if this point failed, `.fatal` to stop.
  func logDensity(
    at position: Span<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double

  /// The log densities at `positions` (`[count, dimension]`, row-major) into `values` (`[count]`).
  func logDensities(
    at positions: Span<Double>, into values: inout MutableSpan<Double>,
    in workspace: inout Workspace
  ) throws(EvaluationFailure)
}

/// A ``LogDensity`` with its gradient.
public protocol DifferentiableLogDensity: LogDensity {
  /// The log density at `position`, and its gradient into `gradient` (both `[dimension]`).
  /// The gradient is meaningful only where the returned value is finite.
  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double
}

/// A ``DifferentiableLogDensity`` with products of its Hessian and a direction.
public protocol TwiceDifferentiableLogDensity: DifferentiableLogDensity {
  func hessianVectorProduct(
    at position: Span<Double>, direction: Span<Double>, into product: inout MutableSpan<Double>,
    in workspace: inout Workspace
  ) throws(EvaluationFailure)
}

/// Why a density could not be evaluated.
public enum EvaluationFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// This point failed; a sampler may go on elsewhere.
  case recoverable(String)
  /// The run cannot go on.
  case fatal(String)

  public var description: String {
    switch self {
    case .recoverable(let reason), .fatal(let reason): reason
    }
  }
}

extension LogDensity {
  public func logDensities(
    at positions: Span<Double>, into values: inout MutableSpan<Double>,
    in workspace: inout Workspace
  ) throws(EvaluationFailure) {
    precondition(
      positions.count == values.count * dimension,
      "\(positions.count) coordinates for \(values.count) positions of dimension \(dimension)")
    for index in 0..<values.count {
      let position = positions.extracting(index * dimension..<(index + 1) * dimension)
      values[index] = try logDensity(at: position, in: &workspace)
    }
  }
}

extension LogDensity where Workspace == Void {
  public func makeWorkspace() {}
}
