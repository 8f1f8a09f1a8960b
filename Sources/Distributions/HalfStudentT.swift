import Foundation
import Randomness
import SpecialFunctions

/// The half Student t distribution: the absolute value of a ``StudentT`` variable around zero.
///
/// ```
/// p(x) = 2 c / scale (1 + (x / scale)^2 / df)^(-(df + 1) / 2),   x >= 0
/// ```
///
/// with the c of ``StudentT``; sampled, and its tails computed, as there. The mean is finite for
/// df > 1, the variance for df > 2.
public struct HalfStudentT: ContinuousDistribution, ParametricDistribution {
  /// Positive.
  public let degreesOfFreedom: Double
  /// Positive.
  public let scale: Double
  @usableFromInline let whole: StudentT

  /// - Parameters:
  ///   - degreesOfFreedom: in [1e-3, 1e100].
  ///   - scale: in [1e-300, 1e300].
  public init(degreesOfFreedom: Double, scale: Double) throws(ParameterError) {
    try StudentT.requireDegrees(degreesOfFreedom, of: "HalfStudentT")
    try ParameterError.requireScale(scale, "scale", of: "HalfStudentT")
    self.degreesOfFreedom = degreesOfFreedom
    self.scale = scale
    whole = try StudentT(degreesOfFreedom: degreesOfFreedom, scale: scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    abs(whole.sample(using: &generator))
  }

  public func logDensity(of value: Double) -> Double {
    value >= 0 ? log(2) + whole.logDensity(of: value) : -.infinity
  }

  public func cdf(_ x: Double) -> Double {
    x <= 0 ? 0 : studentCentral(x / scale, degreesOfFreedom: degreesOfFreedom)
  }

  public func survival(_ x: Double) -> Double {
    x <= 0 ? 1 : 2 * studentUpperTail(x, scale: scale, degreesOfFreedom: degreesOfFreedom)
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    upper
      ? scale * studentUpperQuantile(p / 2, degreesOfFreedom: degreesOfFreedom)
      : p / (2 * exp(whole.logDensity(of: 0)))
  }

  public var mean: Double {
    guard degreesOfFreedom > 1 else { return .infinity }
    let ratio = logGammaStep(degreesOfFreedom / 2, by: 0.5) - 0.5 * log(degreesOfFreedom)
    return 2 * scale * (degreesOfFreedom / (degreesOfFreedom - 1)) * exp(ratio)
      / Double.pi.squareRoot()
  }
  public var variance: Double {
    guard degreesOfFreedom > 2 else { return degreesOfFreedom > 1 ? .infinity : .nan }
    return whole.variance - mean * mean
  }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["degreesOfFreedom", "scale"] }
  public var parameters: [Double] { [degreesOfFreedom, scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(degreesOfFreedom: parameters[0], scale: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = value / scale
    let slope = StudentT.slope(z, degreesOfFreedom) / scale
    partials[0] = slope
    partials[1] = StudentT.partialInDegrees(z, degreesOfFreedom)
    partials[2] = -slope * z - 1 / scale
    return logDensity(of: value)
  }
}
