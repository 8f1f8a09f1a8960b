import Densities
import Differentiation

/// Minus Rosenbrock's function; its maximum is 0 at (1, 1).
func rosenbrock() throws -> Program {
  try Program(dimension: 2) { x in
    -((1 - x[0]).squared + 100 * (x[1] - x[0].squared).squared)
  }
}

/// -sum c_i (x_i - i)^2 / 2, with curvatures from 1 to `condition`.
func quadratic(dimension: Int, condition: Double) throws -> Program {
  let exponents = (0..<dimension).map { Double($0) / Double(max(1, dimension - 1)) }
  let curvatures = Tensor.exp(Tensor(exponents) * .log(Tensor(condition)))
  let center = Tensor((0..<dimension).map(Double.init))
  return try Program(dimension: dimension) { -0.5 * (curvatures * ($0 - center).squared).sum() }
}

/// A density that fails everywhere, for good.
struct Hopeless: DifferentiableLogDensity {
  let failure: EvaluationFailure
  var dimension: Int { 1 }

  func logDensity(at position: Span<Double>, in workspace: inout Void) throws(EvaluationFailure)
    -> Double
  { throw failure }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Void
  ) throws(EvaluationFailure) -> Double { throw failure }
}

/// The largest distance between two positions along an axis.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).map { abs($0 - $1) }.max() ?? 0
}
