internal import CKernels
import Densities
import Foundation
import LinearAlgebra
import Optimization

/// The logarithm of the likelihood of some values under a Gaussian process with a kernel of one of
/// three families and an unknown constant mean, integrated over that mean under a flat prior, plus
/// a weak prior of the logarithms of the length scales and the amplitude, which are the position.
///
/// ```
/// -(r' K^-1 r + log|K| + log 1' K^-1 1 + (n - 1) log 2 pi) / 2,   r = y - b 1,
/// K = a^2 (C + jitter I) + noise I,   b = 1' K^-1 y / 1' K^-1 1
/// d/dt = sum_jk W_jk dK_jk/dt / 2,   W = K^-1 r r' K^-1 - K^-1 + K^-1 1 1' K^-1 / 1' K^-1 1
/// ```
///
/// - Complexity: O(n^3) a value; a gradient costs four times as much.
///
/// ## References
/// C. E. Rasmussen, C. K. I. Williams, *Gaussian Processes for Machine Learning* (2006), 2.7 and
/// 5.4.
package struct MarginalLikelihood: DifferentiableLogDensity {
  /// How the correlation falls with the scaled distance r, r^2 = sum_i (x_i - x'_i)^2 / l_i^2.
  package enum Family: Sendable, CaseIterable {
    /// exp(-r^2 / 2): a smooth function.
    case squaredExponential
    /// (1 + sqrt(3) r) exp(-sqrt(3) r), Matern's of order 3/2: a function with kinks.
    case kinked
    /// exp(-r), Matern's of order 1/2: a continuous function, rough everywhere.
    case rough
  }

  /// A normal prior of each coordinate: of log l_i, then of log a.
  package struct Prior: Sendable {
    package var means: [Double]
    package var standardDeviations: [Double]

    package init(means: [Double], standardDeviations: [Double]) {
      (self.means, self.standardDeviations) = (means, standardDeviations)
    }
  }

  /// The axes and the amplitude.
  package let dimension: Int
  package let family: Family
  private let values: [Double]
  /// The squared distances of pairs j < k along each axis, `[axes, pairs]`.
  private let squares: [Double]
  package let jitter: Double
  package let noiseVariance: Double
  package let prior: Prior

  /// - Parameters:
  ///   - places: `[count, axes]`.
  ///   - values: `[count]`.
  ///   - jitter: relative to the squared amplitude.
  package init(
    places: [[Double]], values: [Double], jitter: Double, noiseVariance: Double, prior: Prior,
    family: Family = .squaredExponential
  ) {
    let (count, axes) = (places.count, prior.means.count - 1)
    precondition(count == values.count, "\(count) places with \(values.count) values")
    var squares: [Double] = []
    squares.reserveCapacity(axes * count * (count - 1) / 2)
    for axis in 0..<axes {
      for j in 0..<count {
        for k in 0..<j {
          let distance = places[j][axis] - places[k][axis]
          squares.append(distance * distance)
        }
      }
    }
    dimension = axes + 1
    self.family = family
    (self.values, self.squares, self.prior) = (values, squares, prior)
    (self.jitter, self.noiseVariance) = (jitter, noiseVariance)
  }

  package struct Workspace {
    /// Of pairs: the correlation c, and -2 dc/d(r^2), which times (x_i - x'_i)^2 / l_i^2 is its
    /// derivative in log l_i.
    fileprivate var correlations: [Double]
    fileprivate var slopes: [Double]
    /// Of C + nugget I, then its factor.
    fileprivate var factor: [Double]
    /// Its inverse, by way of that of the factor.
    fileprivate var inverse: [Double]
    fileprivate var inverseFactor: [Double]
    /// (C + nugget I)^-1 r and (C + nugget I)^-1 1.
    fileprivate var residuals: [Double]
    fileprivate var ones: [Double]
    fileprivate var (quadratic, sumOfInverse) = (0.0, 0.0)

    fileprivate init(count: Int) {
      correlations = Array(repeating: 0, count: count * (count - 1) / 2)
      slopes = correlations
      factor = Array(repeating: 0, count: count * count)
      (inverse, inverseFactor) = (factor, factor)
      residuals = Array(repeating: 0, count: count)
      ones = residuals
    }
  }

  package func makeWorkspace() -> Workspace { Workspace(count: values.count) }

  package func logDensity(
    at position: Span<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    let (count, axes) = (values.count, dimension - 1)
    let logAmplitude = position[axes]
    let nugget = jitter + noiseVariance * exp(-2 * logAmplitude)
    correlate(at: position, in: &workspace)
    var pair = 0
    for j in 0..<count {
      for k in 0..<j {
        workspace.factor[j * count + k] = workspace.correlations[pair]
        pair += 1
      }
      workspace.factor[j * count + j] = 1 + nugget
    }
    guard nugget.isFinite, ck_cholesky(&workspace.factor, Int32(count)) == 0 else {
      throw .recoverable("the Gram matrix is not positive definite")
    }
    var logDeterminant = 0.0
    for j in 0..<count { logDeterminant += 2 * log(workspace.factor[j * count + j]) }
    workspace.residuals = values
    for j in 0..<count { workspace.ones[j] = 1 }
    ck_solve_triangular(workspace.factor, 1, 0, Int32(count), &workspace.residuals)
    ck_solve_triangular(workspace.factor, 1, 0, Int32(count), &workspace.ones)
    workspace.sumOfInverse = dot(workspace.ones, workspace.ones)
    let mean = dot(workspace.ones, workspace.residuals) / workspace.sumOfInverse
    for j in 0..<count { workspace.residuals[j] -= mean * workspace.ones[j] }
    workspace.quadratic = dot(workspace.residuals, workspace.residuals)
    let freedom = Double(count - 1)
    var result =
      -0.5
      * (workspace.quadratic * exp(-2 * logAmplitude) + logDeterminant
        + log(workspace.sumOfInverse) + freedom * (2 * logAmplitude + log(2 * .pi)))
    for i in 0..<dimension {
      let z = (position[i] - prior.means[i]) / prior.standardDeviations[i]
      result -= 0.5 * z * z
    }
    guard result.isFinite else { throw .recoverable("the marginal likelihood is not finite") }
    return result
  }

  /// The correlations of the pairs with their slopes.
  private func correlate(at position: Span<Double>, in workspace: inout Workspace) {
    let pairs = workspace.correlations.count
    for p in 0..<pairs { workspace.correlations[p] = 0 }
    for axis in 0..<dimension - 1 {
      let factor = exp(-2 * position[axis])
      for p in 0..<pairs { workspace.correlations[p] += factor * squares[axis * pairs + p] }
    }
    // Of r^2: the exponents, then what stands before the exponential.
    switch family {
    case .squaredExponential:
      for p in 0..<pairs { workspace.correlations[p] *= -0.5 }
    case .kinked:
      for p in 0..<pairs {
        workspace.correlations[p] = -(3 * workspace.correlations[p]).squareRoot()
        workspace.slopes[p] = workspace.correlations[p]
      }
    case .rough:
      for p in 0..<pairs {
        workspace.correlations[p] = -workspace.correlations[p].squareRoot()
        workspace.slopes[p] = workspace.correlations[p]
      }
    }
    workspace.correlations.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { ck_exp(base, base, pairs) }
    }
    switch family {
    case .squaredExponential:
      workspace.slopes = workspace.correlations
    case .kinked:
      for p in 0..<pairs {
        let root = -workspace.slopes[p]
        workspace.slopes[p] = 3 * workspace.correlations[p]
        workspace.correlations[p] *= 1 + root
      }
    case .rough:
      for p in 0..<pairs {
        let root = -workspace.slopes[p]
        // Places that coincide do so at any length scale.
        workspace.slopes[p] = root > 0 ? workspace.correlations[p] / root : 0
      }
    }
  }

  package func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    let value = try logDensity(at: position, in: &workspace)
    let (count, axes, pairs) = (values.count, dimension - 1, workspace.correlations.count)
    let size = Int32(count)
    ck_solve_triangular(workspace.factor, 1, 1, size, &workspace.residuals)
    ck_solve_triangular(workspace.factor, 1, 1, size, &workspace.ones)
    for i in workspace.inverseFactor.indices { workspace.inverseFactor[i] = 0 }
    for j in 0..<count { workspace.inverseFactor[j * count + j] = 1 }
    ck_solve_triangular_matrix(workspace.factor, 1, 0, size, size, &workspace.inverseFactor)
    ck_multiply(
      workspace.inverseFactor, 1, workspace.inverseFactor, 0, 0, &workspace.inverse, size, size,
      size)
    let inverseVariance = exp(-2 * position[axes])
    let inverseSum = 1 / workspace.sumOfInverse
    var trace = 0.0
    var pair = 0
    // The slopes become those of the likelihood.
    for j in 0..<count {
      let (residual, one) = (
        workspace.residuals[j] * inverseVariance, workspace.ones[j] * inverseSum
      )
      for k in 0...j {
        let weight =
          residual * workspace.residuals[k] + one * workspace.ones[k]
          - workspace.inverse[j * count + k]
        if k < j {
          workspace.slopes[pair] *= weight
          pair += 1
        } else {
          trace += weight
        }
      }
    }
    for axis in 0..<axes {
      var sum = 0.0
      for p in 0..<pairs { sum += workspace.slopes[p] * squares[axis * pairs + p] }
      gradient[axis] = sum * exp(-2 * position[axis])
    }
    gradient[axes] =
      workspace.quadratic * inverseVariance - Double(count - 1)
      - noiseVariance * inverseVariance * trace
    for i in 0..<dimension {
      gradient[i] -=
        (position[i] - prior.means[i])
        / (prior.standardDeviations[i] * prior.standardDeviations[i])
    }
    return value
  }
}

extension MarginalLikelihood.Prior {
  /// For values of standard deviation one: length scales about the size of the measure, by a factor
  /// of four and a half either way, and an amplitude about one, by a factor of seven.
  init(_ measure: KernelMeasure) {
    let spread = 0.5 * log(Double(measure.dimension))
    means =
      measure.axes.map { axis in
        switch axis {
        case .normal: log(2) + spread
        case .uniform: log(0.5) + spread
        }
      } + [0]
    standardDeviations = measure.axes.map { _ in 1.5 } + [2]
  }
}

extension MarginalLikelihood {
  /// The highest of the optima that the starts lead to; nil where the Gram matrix failed at all of
  /// them.
  func maximum(from starts: [[Double]]) throws -> Optimum? {
    // Rounding in the Gram matrix leaves no more digits than that.
    let method = LBFGS(maximumIterations: 100, gradientTolerance: 1e-5)
    var best: Optimum?
    for start in starts {
      do {
        let optimum = try method.maximize(self, from: start)
        if optimum.logDensity > best?.logDensity ?? -.infinity { best = optimum }
      } catch is EvaluationFailure {
        continue
      }
    }
    return best
  }

  /// Short, middling and long length scales.
  var starts: [[Double]] {
    [0, -1.2, 1.2].map { shift in prior.means.dropLast().map { $0 + shift } + [prior.means.last!] }
  }

  /// Positions and weights that stand for the posterior of the hyperparameters about its mode: the
  /// mode and two places along each axis of the Hessian, that have the moments of the normal
  /// approximation, weighted by the posterior itself.
  ///
  /// ## References
  /// H. Rue, S. Martino, N. Chopin, "Approximate Bayesian inference for latent Gaussian models by
  /// using integrated nested Laplace approximations", J. R. Statist. Soc. B 71 (2009),
  /// doi:10.1111/j.1467-9868.2008.00700.x, 6.5.
  func nodes(about mode: [Double]) throws -> [(position: [Double], weight: Double)] {
    var workspace = makeWorkspace()
    guard let height = try? logDensity(at: mode.span, in: &workspace) else { return [(mode, 1)] }
    var hessian = Matrix(rows: dimension, columns: dimension)
    let step = 0.02
    for i in 0..<dimension {
      for sign in [-1.0, 1.0] {
        var position = mode
        position[i] += sign * step
        var gradient = [Double](repeating: 0, count: dimension)
        var span = gradient.mutableSpan
        guard
          (try? logDensity(at: position.span, gradient: &span, in: &workspace)) != nil
        else { return [(mode, 1)] }
        for j in 0..<dimension {
          hessian[i, j] -= sign * gradient[j] / (4 * step)
          hessian[j, i] -= sign * gradient[j] / (4 * step)
        }
      }
    }
    guard let eigen = try? SymmetricEigenDecomposition(hessian) else { return [(mode, 1)] }
    let reach = Double(dimension + 1)
    var nodes: [(position: [Double], logWeight: Double)] = [(mode, -log(reach))]
    for i in 0..<dimension {
      // No wider than the prior.
      let precision = zip(eigen.vectors.transposed[row: i], prior.standardDeviations)
        .reduce(0) { $0 + ($1.0 / $1.1) * ($1.0 / $1.1) }
      let distance = (reach / max(eigen.values[i], precision)).squareRoot()
      for sign in [-1.0, 1.0] {
        let position = mode.indices.map { mode[$0] + sign * distance * eigen.vectors[$0, i] }
        guard let value = try? logDensity(at: position.span, in: &workspace) else { continue }
        nodes.append((position, -log(2 * reach) + value - height + 0.5 * reach))
      }
    }
    let largest = nodes.map(\.logWeight).max()!
    let total = nodes.reduce(0) { $0 + exp($1.logWeight - largest) }
    return nodes.map { ($0.position, exp($0.logWeight - largest) / total) }
  }
}
