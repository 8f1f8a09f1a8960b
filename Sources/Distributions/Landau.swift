import Foundation

/// The Landau distribution of energy losses in thin absorbers.
///
/// ```
/// p(x) = 1 / (pi scale) * integral over t > 0 of exp(-t log t - z t) sin(pi t),
/// z = (x - location) / scale
/// ```
///
/// A stable law of exponent one and skewness one. The mode lies at z = -0.2228; there is no mean. The
/// lower tail falls as exp(-exp(-z - 1)), the upper one as 1 / z^2. Sampled by the method of Chambers,
/// Mallows and Stuck; density, tails and quantiles are Zolotarev's integrals of ``LevySkewStable``, ours:
/// GSL has a density to seven digits and no cdf.
///
/// ## References
/// L. Landau, J. Phys. USSR 8 (1944); K. S. Koelbig, B. Schorr, Comput. Phys. Commun. 31 (1984),
/// doi:10.1016/0010-4655(84)90085-7.
public struct Landau: ContinuousDistribution, ParametricDistribution {
  /// Of z = 0, which is beside the mode.
  public let location: Double
  /// Positive.
  public let scale: Double
  private let stable: LevySkewStable

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-299, 1e299].
  public init(location: Double = 0, scale: Double = 1) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "Landau")
    guard scale >= 1e-299, scale <= 1e299 else {
      throw ParameterError("Landau", "scale", scale, not: "in [1e-299, 1e299]")
    }
    self.location = location
    self.scale = scale
    stable = try LevySkewStable(scale: .pi / 2, exponent: 1, skewness: 1)
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    location + scale * stable.sample(using: &generator)
  }

  private func score(_ x: Double) -> Double { standardized(x, location, scale) }

  public func logDensity(of value: Double) -> Double {
    stable.logDensity(of: score(value)) - log(scale)
  }
  public func cdf(_ x: Double) -> Double { stable.cdf(score(x)) }
  public func survival(_ x: Double) -> Double { stable.survival(score(x)) }

  public func quantile(_ p: Double) -> Double { inverted(p, upper: false) }
  public func survivalQuantile(_ q: Double) -> Double { inverted(q, upper: true) }

  private func inverted(_ p: Double, upper: Bool) -> Double {
    invertedQuantile(p, upper: upper) { p, upper in
      location + scale * (upper ? stable.survivalQuantile(p) : stable.quantile(p))
    }
  }

  /// It does not exist.
  public var mean: Double { .nan }
  /// It does not exist.
  public var variance: Double { .nan }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale"] }
  public var parameters: [Double] { [location, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = score(value)
    let slope = stable.valuePartial(at: z) / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = -slope * z - 1 / scale
    return logDensity(of: value)
  }
}
