/// The symmetric Levy alpha-stable distribution.
///
/// ```
/// E exp(i t X) = exp(i location t - |scale t|^a),   a = exponent
/// ```
///
/// Cauchy's for a = 1, a normal one of variance 2 scale^2 for a = 2; else there is no closed form of the
/// density. It is ``LevySkewStable`` without skewness: sampled by the method of Chambers, Mallows and
/// Stuck, with tails that fall as |x|^-(a + 1) for a < 2.
public struct LevyStable: ContinuousDistribution, ParametricDistribution {
  private let skew: LevySkewStable

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  ///   - exponent: in [0.01, 2].
  public init(location: Double = 0, scale: Double, exponent: Double) throws(ParameterError) {
    skew = try LevySkewStable(
      location: location, scale: scale, exponent: exponent, skewness: 0, of: "LevyStable")
  }

  /// The median.
  public var location: Double { skew.location }
  /// Positive.
  public var scale: Double { skew.scale }
  /// In [0.01, 2].
  public var exponent: Double { skew.exponent }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    skew.sample(using: &generator)
  }
  public func logDensity(of value: Double) -> Double { skew.logDensity(of: value) }
  public func cdf(_ x: Double) -> Double { skew.cdf(x) }
  public func survival(_ x: Double) -> Double { skew.survival(x) }
  public func quantile(_ p: Double) -> Double { skew.quantile(p) }
  public func survivalQuantile(_ q: Double) -> Double { skew.survivalQuantile(q) }
  /// The location for an exponent above one, else NaN.
  public var mean: Double { skew.mean }
  /// 2 scale^2 for an exponent of two; else infinite, where there is a mean.
  public var variance: Double { skew.variance }
  public var support: ClosedRange<Double> { skew.support }

  public var parameterNames: [String] { ["location", "scale", "exponent"] }
  public var parameters: [Double] { [location, scale, exponent] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1], exponent: parameters[2])
  }

  /// That in the exponent is a difference of fourth order, good to some eight digits.
  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    skew.logDensity(of: value, partials: &partials, withSkewness: false)
  }
}
