import Randomness

/// The chi-squared distribution: Gamma(df / 2, rate: 1/2), the sum of df squared standard normals.
///
/// ```
/// p(x) = x^(df / 2 - 1) exp(-x / 2) / (2^(df / 2) Gamma(df / 2)),   x > 0
/// ```
///
/// Sampled, and its tails computed, as those of ``Gamma``.
public struct ChiSquared: ContinuousDistribution, ParametricDistribution {
  /// Positive, not necessarily whole.
  public let degreesOfFreedom: Double
  @usableFromInline let gamma: Gamma

  /// - Parameter degreesOfFreedom: positive and finite, and so its half.
  public init(degreesOfFreedom: Double) throws(ParameterError) {
    guard degreesOfFreedom / 2 > 0, degreesOfFreedom < .infinity else {
      throw ParameterError(
        "ChiSquared", "degreesOfFreedom", degreesOfFreedom, not: "positive and finite")
    }
    self.degreesOfFreedom = degreesOfFreedom
    gamma = try Gamma(shape: degreesOfFreedom / 2, rate: 0.5)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    gamma.sample(using: &generator)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    gamma.fill(&values, using: &generator)
  }

  public func logDensity(of value: Double) -> Double { gamma.logDensity(of: value) }
  public func cdf(_ x: Double) -> Double { gamma.cdf(x) }
  public func survival(_ x: Double) -> Double { gamma.survival(x) }
  public func quantile(_ p: Double) -> Double { gamma.quantile(p) }
  public func survivalQuantile(_ q: Double) -> Double { gamma.survivalQuantile(q) }
  public var mean: Double { degreesOfFreedom }
  public var variance: Double { 2 * degreesOfFreedom }
  public var support: ClosedRange<Double> { gamma.support }

  public var parameterNames: [String] { ["degreesOfFreedom"] }
  public var parameters: [Double] { [degreesOfFreedom] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(degreesOfFreedom: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let partialsOfGamma = gamma.logDensityPartials(of: value)
    partials[0] = partialsOfGamma.value
    partials[1] = partialsOfGamma.parameters[0] / 2
    return logDensity(of: value)
  }
}
