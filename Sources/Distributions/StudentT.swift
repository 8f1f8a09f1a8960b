internal import CKernels
import Foundation
import Randomness
import SpecialFunctions

/// Student's t distribution with a location and a scale.
///
/// ```
/// p(x) = c / scale (1 + z^2 / df)^(-(df + 1) / 2),   z = (x - location) / scale,
/// c = Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(df pi))
/// ```
///
/// Sampled as a normal over the root of a gamma, from a `Philox` into memory side by side. The tails are incomplete beta functions (Boost.Math's),
/// far out their leading term; they fall as |x|^-(df + 1), and the variance is finite for df > 2.
/// Below df of about 0.01 a part of the draws overflows to infinity, as the quantiles there do.
public struct StudentT: ContinuousDistribution, ParametricDistribution {
  /// Positive.
  public let degreesOfFreedom: Double
  /// The centre.
  public let location: Double
  /// The width; positive.
  public let scale: Double
  private let logNormalization: Double
  @usableFromInline let mixing: Gamma

  /// - Parameters:
  ///   - degreesOfFreedom: in [1e-3, 1e100].
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  public init(
    degreesOfFreedom: Double, location: Double = 0, scale: Double = 1
  ) throws(ParameterError) {
    try Self.requireDegrees(degreesOfFreedom, of: "StudentT")
    try ParameterError.requireFinite(location, "location", of: "StudentT")
    try ParameterError.requireScale(scale, "scale", of: "StudentT")
    self.degreesOfFreedom = degreesOfFreedom
    self.location = location
    self.scale = scale
    logNormalization = Self.logHeight(degreesOfFreedom) - log(scale)
    mixing = try Gamma(shape: degreesOfFreedom / 2, rate: 1)
  }

  static func requireDegrees(_ value: Double, of distribution: String) throws(ParameterError) {
    guard value >= 1e-3, value <= 1e100 else {
      throw ParameterError(distribution, "degreesOfFreedom", value, not: "in [1e-3, 1e100]")
    }
  }

  /// log c.
  static func logHeight(_ degreesOfFreedom: Double) -> Double {
    logGammaStep(degreesOfFreedom / 2, by: 0.5) - 0.5 * log(degreesOfFreedom * .pi)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let z = Ziggurat.normal.sample(using: &generator)
    return location + scale * z * stretch(using: &generator)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: block.count) { memory in
        var stretches = MutableSpan(_unsafeElements: memory)
        philox.stretches(&stretches, shape: degreesOfFreedom / 2, stride: 1)
        philox.fillNormal(&block)
        Distributions.scale(
          &block, byEach: stretches.span, times: scale, offset: location)
      }
    }
  }

  /// The root of df / 2 over a gamma draw, by logarithms where that may underflow.
  @inlinable
  func stretch<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    degreesOfFreedom >= 2
      ? (0.5 * degreesOfFreedom / mixing.sampleBoosted(using: &generator)).squareRoot()
      : (0.5 * degreesOfFreedom).squareRoot() * exp(-0.5 * mixing.sampleLog(using: &generator))
  }

  /// The same with the gamma draw at its quantile p, never infinite.
  func stretch(atQuantile p: Double) -> Double {
    let gamma = mixing.quantile(p)
    // Far below one the cdf is gamma^shape / Gamma(shape + 1).
    let logGammaDraw =
      gamma > 1e-290 ? log(gamma) : (log(p) + logGamma(mixing.shape + 1)) / mixing.shape
    return min(
      (0.5 * degreesOfFreedom).squareRoot() * exp(-0.5 * logGammaDraw), .greatestFiniteMagnitude)
  }

  public func logDensity(of value: Double) -> Double {
    logNormalization
      - Self.bend(standardized(value, location, scale), degreesOfFreedom)
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    logDensities(
      CK_STUDENT_T_DENSITY,
      (
        location, 1 / scale, 1 / degreesOfFreedom.squareRoot(), logNormalization,
        (degreesOfFreedom + 1) / 2
      ), of: values, into: &results)
  }

  /// (df + 1) / 2 log(1 + z^2 / df), where z^2 may overflow.
  static func bend(_ z: Double, _ degreesOfFreedom: Double) -> Double {
    (degreesOfFreedom + 1) / 2 * log1pSquare(z / degreesOfFreedom.squareRoot())
  }

  public func cdf(_ x: Double) -> Double { tail(x, upper: false) }
  public func survival(_ x: Double) -> Double { tail(x, upper: true) }

  private func tail(_ x: Double, upper: Bool) -> Double {
    let difference = x - location
    // Where the difference overflows the location does not count.
    let distance = abs(difference.isFinite || x.isInfinite ? difference : x)
    let tail = studentUpperTail(distance, scale: scale, degreesOfFreedom: degreesOfFreedom)
    return (difference > 0) == upper ? tail : 1 - tail
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    let distance = scale * studentUpperQuantile(p, degreesOfFreedom: degreesOfFreedom)
    return upper ? location + distance : location - distance
  }

  public var mean: Double { degreesOfFreedom > 1 ? location : .nan }
  public var variance: Double {
    if degreesOfFreedom > 2 { return scale * scale * degreesOfFreedom / (degreesOfFreedom - 2) }
    return degreesOfFreedom > 1 ? .infinity : .nan
  }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["degreesOfFreedom", "location", "scale"] }
  public var parameters: [Double] { [degreesOfFreedom, location, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(degreesOfFreedom: parameters[0], location: parameters[1], scale: parameters[2])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = standardized(value, location, scale)
    let slope = Self.slope(z, degreesOfFreedom) / scale
    partials[0] = slope
    partials[1] = Self.partialInDegrees(z, degreesOfFreedom)
    partials[2] = -slope
    partials[3] = -slope * z - 1 / scale
    return logDensity(of: value)
  }

  /// The derivative of -bend.
  static func slope(_ z: Double, _ degreesOfFreedom: Double) -> Double {
    abs(z) > 1
      ? -(degreesOfFreedom + 1) / (z + degreesOfFreedom / z)
      : -(degreesOfFreedom + 1) * z / (degreesOfFreedom + z * z)
  }

  static func partialInDegrees(_ z: Double, _ degreesOfFreedom: Double) -> Double {
    let w = z / degreesOfFreedom.squareRoot()
    let share = abs(w) > 1 ? 1 / (1 + 1 / (w * w)) : w * w / (1 + w * w)
    return 0.5
      * (digammaStep(degreesOfFreedom / 2, by: 0.5) - log1pSquare(w)
        + ((degreesOfFreedom + 1) * share - 1) / degreesOfFreedom)
  }
}
