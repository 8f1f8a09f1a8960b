internal import CKernels
import Differentiation
import Foundation
import Randomness
import SpecialFunctions

/// The normal distribution N(mean, standardDeviation^2).
///
/// ```
/// p(x) = exp(-z^2 / 2) / (sd sqrt(2 pi)),   z = (x - mean) / sd
/// ```
///
/// `Normal<Double>` draws by the ziggurat method, from a `Philox` into memory by the quantile of a
/// uniform, eight side by side; its tails are erfc, its quantiles Boost.Math's inverse of it.
/// `Normal<Tensor>` is a density of traced parameters. The log density is computed without
/// exponentials, so it is good in both tails; a parameter of a `Normal<Tensor>` is not checked.
public struct Normal<Parameter: Sendable>: Sendable {
  /// The centre.
  public let mean: Parameter
  /// The width; positive.
  public let standardDeviation: Parameter
  /// -log(sd sqrt(2 pi)); not used when the parameters are traced.
  @usableFromInline let logNormalization: Double
}

extension Normal where Parameter == Double {
  /// - Parameters:
  ///   - mean: finite.
  ///   - standardDeviation: in [1e-300, 1e300].
  public init(mean: Double, standardDeviation: Double) throws(ParameterError) {
    try ParameterError.requireFinite(mean, "mean", of: "Normal")
    try ParameterError.requireScale(standardDeviation, "standardDeviation", of: "Normal")
    self.mean = mean
    self.standardDeviation = standardDeviation
    logNormalization = -log(standardDeviation) - 0.5 * log(2 * .pi)
  }
}

extension Normal: Distribution, UnitCubeTransform, ContinuousDistribution
where Parameter == Double {
  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    mean + standardDeviation * Ziggurat.normal.sample(using: &generator)
  }

  @inlinable
  public func logDensity(of value: Double) -> Double {
    let z = (value - mean) / standardDeviation
    return -0.5 * z * z + logNormalization
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_NORMAL_DENSITY, (mean, 1 / standardDeviation, logNormalization, 0, 0), of: values,
      into: &results)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillNormal(&block)
      scale(&block, by: standardDeviation, offset: mean)
    }
  }

  public func transform(_ points: Span<Double>, into values: inout MutableSpan<Double>) {
    requirePoints(points.count, for: values.count, cubeDimension: 1)
    normalQuantiles(of: points, into: &values)
    scale(&values, by: standardDeviation, offset: mean)
  }

  public func cdf(_ x: Double) -> Double { normalCDF((x - mean) / standardDeviation) }
  public func survival(_ x: Double) -> Double { normalCDF((mean - x) / standardDeviation) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return mean + standardDeviation * normalQuantile(p)
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return mean - standardDeviation * normalQuantile(q)
  }

  public var variance: Double { standardDeviation * standardDeviation }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }
}

extension Normal: UnivariateDistribution, ParametricDistribution where Parameter == Double {
  public var parameterNames: [String] { ["mean", "standardDeviation"] }
  public var parameters: [Double] { [mean, standardDeviation] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(mean: parameters[0], standardDeviation: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = (value - mean) / standardDeviation
    partials[0] = -z / standardDeviation
    partials[1] = z / standardDeviation
    partials[2] = (z * z - 1) / standardDeviation
    return logDensity(of: value)
  }
}

extension Normal where Parameter == Tensor {
  /// A density of traced parameters, which are not checked here: a standard deviation that is not
  /// positive makes the log density NaN, and an evaluation fails.
  @_disfavoredOverload
  public init(mean: Tensor, standardDeviation: Tensor) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    logNormalization = 0
  }

  /// The sum of the log densities of the elements of `value`, a scalar; value and parameters are
  /// broadcast to one shape.
  public func logDensity(
    of value: Tensor, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    // In operations rather than as one function with partials, so that a compiler sees a sum of squares: of
    // a mean that is linear in the parameters it keeps a triangle instead of all rows.
    let z = (value - mean) / standardDeviation
    guard z.failure == nil else {
      return Tensor.sum(
        of: normalLogDensity, value, mean, standardDeviation, file: file, line: line)
    }
    let share = Tensor(Double(z.count) / Double(max(standardDeviation.count, 1)))
    let constant = Tensor(-0.5 * log(2 * Double.pi) * Double(z.count))
    return constant - 0.5 * z.squared.sum() - share * Tensor.log(standardDeviation).sum()
  }
}

/// Names what is impossible in errors.
private let normalLogDensity = ScalarFunction(
  logDensityOf: try! Normal(mean: 0, standardDeviation: 1))
