import Foundation
import Randomness
import SpecialFunctions

/// The skew normal distribution (Azzalini's).
///
/// ```
/// p(x) = 2 / scale phi(z) Phi(shape z),   z = (x - location) / scale
/// ```
///
/// Sampled as d |z0| + sqrt(1 - d^2) z1 of two normals, d = shape / sqrt(1 + shape^2). The cdf is
/// Phi(z) - 2 T(z, shape) with Owen's T (Boost.Math's); in the thin tail, where that cancels, the
/// density is integrated instead.
///
/// ## References
/// A. Azzalini, "A class of distributions which includes the normal ones", Scand. J. Stat. 12 (1985).
public struct SkewNormal: ContinuousDistribution, ParametricDistribution {
  /// Where the two halves meet.
  public let location: Double
  /// Positive.
  public let scale: Double
  /// How skew it is; zero for a normal distribution.
  public let shape: Double
  private let logHeight: Double
  @usableFromInline let lean, rest: Double

  /// - Parameters:
  ///   - location: finite.
  ///   - scale: in [1e-300, 1e300].
  ///   - shape: finite, at most 1e100 in magnitude.
  public init(location: Double, scale: Double, shape: Double) throws(ParameterError) {
    try ParameterError.requireFinite(location, "location", of: "SkewNormal")
    try ParameterError.requireScale(scale, "scale", of: "SkewNormal")
    guard abs(shape) <= 1e100 else {
      throw ParameterError("SkewNormal", "shape", shape, not: "at most 1e100 in magnitude")
    }
    self.location = location
    self.scale = scale
    self.shape = shape
    logHeight = log(2) - log(scale) - 0.5 * log(2 * .pi)
    rest = 1 / hypot(1, shape)
    lean = shape * rest
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let half = abs(Ziggurat.normal.sample(using: &generator))
    return location + scale * (lean * half + rest * Ziggurat.normal.sample(using: &generator))
  }

  public func logDensity(of value: Double) -> Double {
    let z = (value - location) / scale
    return z.isFinite ? logHeight - 0.5 * z * z + normalLogCDF(shape * z) : -.infinity
  }

  public func cdf(_ x: Double) -> Double { lowerTail((x - location) / scale, shape) }
  public func survival(_ x: Double) -> Double { lowerTail((location - x) / scale, -shape) }

  private func lowerTail(_ z: Double, _ shape: Double) -> Double {
    if abs(z) > 1e100 { return z < 0 ? 0 : 1 }
    let simple = normalCDF(z) - 2 * owensT(z, shape)
    if shape <= 0 || simple > 0.1 { return min(1, max(0, simple)) }
    // The transition around zero is as narrow as one over the shape.
    let breaks = (0...10).map { Double($0) / shape }
    return integrateTail(
      from: z, to: -.infinity, breaks: breaks,
      rate: { z in
        let hazard = 1 / millsRatio(-shape * z)
        // The slope of the logarithm and the root of its curvature.
        let excess = shape * z < -10 ? 1 / (-shape * z) : hazard + shape * z
        return abs(-z + shape * hazard) + (1 + shape * shape * hazard * max(0, excess)).squareRoot()
      },
      logDensity: { z in log(2) - 0.5 * log(2 * .pi) - 0.5 * z * z + normalLogCDF(shape * z) })
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    mean + variance.squareRoot() * normalQuantile(p) * (upper ? -1 : 1)
  }

  public var mean: Double { location + scale * lean * (2 / .pi).squareRoot() }
  public var variance: Double { scale * scale * (1 - 2 / .pi * lean * lean) }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }

  public var parameterNames: [String] { ["location", "scale", "shape"] }
  public var parameters: [Double] { [location, scale, shape] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(location: parameters[0], scale: parameters[1], shape: parameters[2])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = (value - location) / scale
    let hazard = 1 / millsRatio(-shape * z)
    let slope = (shape * hazard - z) / scale
    partials[0] = slope
    partials[1] = -slope
    partials[2] = -slope * z - 1 / scale
    partials[3] = z * hazard
    return logDensity(of: value)
  }
}
