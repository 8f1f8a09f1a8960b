internal import CKernels
import Foundation
import Randomness
import SpecialFunctions

/// The log-normal distribution: exp of a normal variable.
///
/// ```
/// p(x) = exp(-z^2 / 2) / (x s sqrt(2 pi)),   z = (log x - m) / s,   x > 0
/// ```
///
/// with m the mean and s the standard deviation of the logarithm. Sampled as exp(m + s z); from a
/// `Philox` into memory eight normals side by side. Draws overflow to infinity, or underflow to zero,
/// where the quantiles do.
public struct LogNormal: ContinuousDistribution, ParametricDistribution {
  /// The mean of log x.
  public let logMean: Double
  /// The standard deviation of log x; positive.
  public let logStandardDeviation: Double
  private let logNormalization: Double

  /// - Parameters:
  ///   - logMean: finite.
  ///   - logStandardDeviation: in [1e-300, 1e300].
  public init(logMean: Double, logStandardDeviation: Double) throws(ParameterError) {
    try ParameterError.requireFinite(logMean, "logMean", of: "LogNormal")
    try ParameterError.requireScale(logStandardDeviation, "logStandardDeviation", of: "LogNormal")
    self.logMean = logMean
    self.logStandardDeviation = logStandardDeviation
    logNormalization = -log(logStandardDeviation) - 0.5 * log(2 * .pi)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    exp(logMean + logStandardDeviation * Ziggurat.normal.sample(using: &generator))
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillNormal(&block)
      scale(&block, by: logStandardDeviation, offset: logMean)
      replaceByExponentials(&block)
    }
  }

  private func score(_ x: Double) -> Double { logDifference(x, logMean) / logStandardDeviation }

  public func logDensity(of value: Double) -> Double {
    guard value > 0, value < .infinity else { return -.infinity }
    let z = score(value)
    return -0.5 * z * z - log(value) + logNormalization
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    if logStandardDeviation >= 0.01 {
      logDensities(
        CK_LOG_NORMAL_DENSITY, (logMean, 1 / logStandardDeviation, logNormalization, 0, 0),
        of: values, into: &results)
    } else {
      // The logarithm takes more digits than a Double has.
      requirePlaces(results.count, for: values.count)
      for i in values.indices { results[i] = logDensity(of: values[i]) }
    }
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : normalCDF(score(x)) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : normalCDF(-score(x)) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return expSum(logMean, logStandardDeviation, times: normalQuantile(p))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return expSum(logMean, logStandardDeviation, times: -normalQuantile(q))
  }

  public var mean: Double { exp(logMean + 0.5 * logStandardDeviation * logStandardDeviation) }
  public var variance: Double {
    let square = logStandardDeviation * logStandardDeviation
    // Together, because one factor may overflow while the other vanishes.
    return exp(2 * logMean + square + (square > 700 ? square : log(expm1(square))))
  }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["logMean", "logStandardDeviation"] }
  public var parameters: [Double] { [logMean, logStandardDeviation] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(logMean: parameters[0], logStandardDeviation: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = score(value)
    partials[0] = -(1 + z / logStandardDeviation) / value
    partials[1] = z / logStandardDeviation
    partials[2] = (z * z - 1) / logStandardDeviation
    return logDensity(of: value)
  }
}
