import Distributions
import Foundation
import LinearAlgebra

/// A distribution under which the squared-exponential kernel integrates in closed form, once and
/// twice: what ``BayesianQuadrature`` takes as a measure.
///
/// `Normal`, `MultivariateNormal`, `Uniform`, and `Independent` of normals, of uniforms, or of both
/// as `Independent<AnyUnivariate<Double>>`.
public protocol ClosedFormMeasure<Value>: Distribution {
  /// - Throws: ``EstimationError`` for a distribution that holds another one without a closed form.
  func kernelMeasure() throws -> KernelMeasure
  /// The value with those coordinates.
  static func value(at place: [Double]) -> Value
}

/// One coordinate of a ``ClosedFormMeasure`` whose coordinates are independent.
public protocol ClosedFormMarginal: ContinuousDistribution {
  /// - Throws: ``EstimationError`` for a distribution that holds another one without a closed form.
  func kernelAxis() throws -> KernelMeasure.Axis
}

extension ClosedFormMeasure where Value == Double {
  public static func value(at place: [Double]) -> Double { place[0] }
}

extension ClosedFormMeasure where Value == [Double] {
  public static func value(at place: [Double]) -> [Double] { place }
}

extension ClosedFormMarginal {
  public func kernelMeasure() throws -> KernelMeasure { KernelMeasure(axes: [try kernelAxis()]) }
}

extension Normal: ClosedFormMarginal, ClosedFormMeasure where Parameter == Double {
  public func kernelAxis() -> KernelMeasure.Axis {
    .normal(mean: mean, standardDeviation: standardDeviation)
  }
}

extension Uniform: ClosedFormMarginal, ClosedFormMeasure {
  public func kernelAxis() -> KernelMeasure.Axis { .uniform(lower: lower, upper: upper) }
}

extension AnyUnivariate: ClosedFormMarginal, ClosedFormMeasure where Value == Double {
  public func kernelAxis() throws -> KernelMeasure.Axis {
    guard let marginal = base as? any ClosedFormMarginal else {
      throw EstimationError.setting(
        "\(type(of: base)) has no kernel mean in closed form: take Normal or Uniform")
    }
    return try marginal.kernelAxis()
  }
}

extension Independent: ClosedFormMeasure where Marginal: ClosedFormMarginal {
  public func kernelMeasure() throws -> KernelMeasure {
    KernelMeasure(axes: try marginals.map { try $0.kernelAxis() })
  }
}

extension MultivariateNormal: ClosedFormMeasure {
  public func kernelMeasure() -> KernelMeasure {
    KernelMeasure(mean: mean, covariance: covariance)
  }
}

/// A normal or uniform measure, for closed-form integrals of a squared-exponential kernel.
///
/// Within, coordinates are standardised: those of a normal have mean 0 and standard deviation 1,
/// those of a uniform run from 0 to 1.
public struct KernelMeasure: Sendable {
  /// One coordinate.
  public enum Axis: Sendable, Equatable {
    case normal(mean: Double, standardDeviation: Double)
    case uniform(lower: Double, upper: Double)

    var offset: Double {
      switch self {
      case .normal(let mean, _): mean
      case .uniform(let lower, _): lower
      }
    }

    /// The unit of the standardised coordinate.
    var scale: Double {
      switch self {
      case .normal(_, let standardDeviation): standardDeviation
      case .uniform(let lower, let upper): upper - lower
      }
    }
  }

  /// `[dimension]`.
  public let axes: [Axis]
  /// Between normal coordinates; nil where they are independent.
  let correlation: Matrix?
  /// Its Cholesky factor.
  let correlationFactor: Matrix?

  /// Independent coordinates.
  public init(axes: [Axis]) {
    (self.axes, correlation, correlationFactor) = (axes, nil, nil)
  }

  init(mean: [Double], covariance: Matrix) {
    let deviations = covariance.diagonal.map { $0.squareRoot() }
    var correlation = covariance
    for i in mean.indices {
      for j in mean.indices { correlation[i, j] /= deviations[i] * deviations[j] }
      correlation[i, i] = 1
    }
    axes = zip(mean, deviations).map { .normal(mean: $0, standardDeviation: $1) }
    if correlation == .identity(mean.count) {
      (self.correlation, correlationFactor) = (nil, nil)
    } else {
      self.correlation = correlation
      correlationFactor = try? CholeskyFactorization(correlation).lower
    }
  }

  var dimension: Int { axes.count }

  /// Standardised coordinates of a place.
  func standardized(_ place: [Double]) -> [Double] {
    zip(place, axes).map { ($0 - $1.offset) / $1.scale }
  }

  /// The place of standardised coordinates.
  func place(_ standardized: [Double]) -> [Double] {
    zip(standardized, axes).map { coordinate, axis in
      switch axis {
      case .normal(let mean, let deviation): mean + deviation * coordinate
      case .uniform(let lower, let upper): min(upper, lower + (upper - lower) * coordinate)
      }
    }
  }
}

/// The integrals under a measure of the kernel k(x, x') = exp(-sum_i (x_i - x'_i)^2 / (2 l_i^2)),
/// all in standardised coordinates.
///
/// ```
/// normal, correlation R, L = diag(l^2):   z(x) = |L|^1/2 |L + R|^-1/2 exp(-x' (L + R)^-1 x / 2)
///                                         d = |L|^1/2 |L + 2 R|^-1/2
/// uniform, one axis:   z(x) = l sqrt(pi / 2) (erf((1 - x) / (l sqrt 2)) + erf(x / (l sqrt 2)))
///                      d = (sqrt(pi) t erf(t) + exp(-t^2) - 1) / t^2,   t = 1 / (l sqrt 2)
/// ```
package struct KernelEmbedding: Sendable {
  private let axes: [KernelMeasure.Axis]
  private let lengthScales: [Double]
  /// Of L + R, and |L|^1/2 |L + R|^-1/2; nil for independent coordinates.
  private let correlated: (factor: Matrix, height: Double)?
  /// d, the kernel averaged over both of its places.
  package let doubleIntegral: Double

  /// - Parameter lengthScales: `[dimension]`, in standardised coordinates.
  package init(_ measure: KernelMeasure, lengthScales: [Double]) throws(LinearAlgebraError) {
    axes = measure.axes
    self.lengthScales = lengthScales
    if let correlation = measure.correlation {
      var (once, twice) = (correlation, correlation)
      for i in twice.elements.indices { twice.elements[i] *= 2 }
      for (i, length) in lengthScales.enumerated() {
        once[i, i] += length * length
        twice[i, i] += length * length
      }
      let factor = try CholeskyFactorization(once)
      let logVolume = lengthScales.reduce(0) { $0 + log($1) }
      correlated = (factor.lower, exp(logVolume - 0.5 * factor.logDeterminant))
      doubleIntegral = exp(logVolume - 0.5 * (try CholeskyFactorization(twice)).logDeterminant)
    } else {
      correlated = nil
      doubleIntegral = zip(axes, lengthScales).reduce(1) { product, pair in
        let (axis, length) = pair
        return switch axis {
        case .normal: product * length / hypot(length, 2.0.squareRoot())
        case .uniform: product * meanOfUniformPairs(length)
        }
      }
    }
  }

  /// z, the kernel averaged over one of its places.
  package func mean(at place: Span<Double>) -> Double {
    if let correlated {
      let whitened = correlated.factor.solveTriangular(
        (0..<place.count).map { place[$0] }, .lower)
      return correlated.height * exp(-0.5 * dot(whitened, whitened))
    }
    var product = 1.0
    for i in axes.indices {
      let (x, length) = (place[i], lengthScales[i])
      switch axes[i] {
      case .normal:
        let width = hypot(length, 1)
        product *= length / width * exp(-0.5 * (x / width) * (x / width))
      case .uniform:
        let t = 1 / (length * 2.0.squareRoot())
        product *= 0.5 * Double.pi.squareRoot() / t * erfDifference(from: -x * t, to: (1 - x) * t)
      }
    }
    return product
  }
}

/// erf(b) - erf(a) for a <= b, without cancellation where both lie in one tail.
private func erfDifference(from a: Double, to b: Double) -> Double {
  if a > 0.5 { return erfc(a) - erfc(b) }
  if b < -0.5 { return erfc(-b) - erfc(-a) }
  return erf(b) - erf(a)
}

/// E exp(-(U - V)^2 / (2 l^2)) of independent uniforms on [0, 1].
private func meanOfUniformPairs(_ length: Double) -> Double {
  let t = 1 / (length * 2.0.squareRoot())
  let square = t * t
  if square > 0.5 { return (Double.pi.squareRoot() * t * erf(t) + expm1(-square)) / square }
  // sum_k (-t^2)^k / ((k + 1)! (2 k + 1)): the closed form cancels.
  var (power, sum) = (1.0, 1.0)
  for k in 1...16 {
    power *= -square / Double(k + 1)
    sum += power / Double(2 * k + 1)
  }
  return sum
}
