import Densities
import Distributions
import Foundation
import LinearAlgebra

/// The Laplace approximation of a density: the normal distribution at its mode whose precision is
/// the negative Hessian of the log density there.
///
/// The Hessian is taken by central differences of the exact gradient, with a relative error of
/// about 1e-9. Where it is not negative definite (a ridge, or a point that is no mode), its
/// negative eigenvalues are given the other sign, those near zero are raised to a small positive floor,
/// and `raisedEigenvalues` says how many.
///
/// ## References
/// D. J. C. MacKay, "A practical Bayesian framework for backpropagation networks", Neural
/// Computation 4 (1992), doi:10.1162/neco.1992.4.3.448.
public struct LaplaceApproximation: Sendable {
  /// `[dimension]`.
  public let mode: [Double]
  /// The log density at the mode, as the density gives it.
  public let logDensityAtMode: Double
  /// The negative Hessian at the mode, `[dimension, dimension]`.
  public let precision: Matrix
  /// How many eigenvalues of the negative Hessian were changed to make it positive definite.
  public let raisedEigenvalues: Int
  private let logDeterminant: Double

  /// - Parameters:
  ///   - density: the density, known up to a constant.
  ///   - mode: its mode, `[dimension]`, as an optimiser found it.
  /// - Throws: `EvaluationFailure` where the gradient cannot be had; `LinearAlgebraError`.
  /// - Complexity: 2 dimension gradients and O(dimension^3).
  public init(of density: some DifferentiableLogDensity, at mode: [Double]) throws {
    let size = mode.count
    precondition(
      size == density.dimension, "a mode [\(size)] for a density of dimension \(density.dimension)")
    var workspace = density.makeWorkspace()
    func gradient(_ position: [Double]) throws -> (Double, [Double]) {
      var result = [Double](repeating: 0, count: size)
      var span = result.mutableSpan
      let value = try density.logDensity(at: position.span, gradient: &span, in: &workspace)
      return (value, result)
    }

    var hessian = Matrix(rows: size, columns: size)
    for i in 0..<size {
      let step = 6e-6 * max(1, abs(mode[i]))
      var (above, below) = (mode, mode)
      above[i] += step
      below[i] -= step
      let (up, down) = (try gradient(above).1, try gradient(below).1)
      for j in 0..<size {
        let slope = -(up[j] - down[j]) / (above[i] - below[i])
        hessian[i, j] += slope / 2
        hessian[j, i] += slope / 2
      }
    }
    let eigen = try SymmetricEigenDecomposition(hessian)
    let floor = max(1e-10 * (eigen.values.map(abs).max() ?? 1), 1e-300)
    let raised = eigen.values.count { $0 < floor }
    if raised > 0 {
      var scaled = eigen.vectors
      for i in 0..<size { for j in 0..<size { scaled[i, j] *= max(abs(eigen.values[j]), floor) } }
      hessian = scaled * eigen.vectors.transposed
    }
    self.mode = mode
    logDensityAtMode = try gradient(mode).0
    precision = hessian
    raisedEigenvalues = raised
    logDeterminant = eigen.values.reduce(0) { $0 + log(max(abs($1), floor)) }
  }

  /// The approximate log of the density's integral, log p(mode) + d/2 log(2 pi) - log det / 2.
  public var logEvidence: Double {
    logDensityAtMode + 0.5 * Double(mode.count) * log(2 * .pi) - 0.5 * logDeterminant
  }

  /// The approximating normal distribution.
  public func normal() throws -> MultivariateNormal {
    try MultivariateNormal(mean: mode, precision: precision)
  }

  /// A Student t distribution with the same location and scale and heavier tails: a proposal.
  public func studentT(degreesOfFreedom: Double) throws -> MultivariateStudentT {
    try MultivariateStudentT(
      degreesOfFreedom: degreesOfFreedom, location: mode, inverseScale: precision)
  }
}
