import Foundation
import Randomness
import SpecialFunctions

/// The half-normal distribution: the absolute value of a normal variable around zero.
///
/// ```
/// p(x) = sqrt(2 / pi) / scale exp(-x^2 / (2 scale^2)),   x >= 0
/// ```
///
/// Sampled as |scale z|; from a `Philox` into memory eight normals side by side.
public struct HalfNormal: ContinuousDistribution, ParametricDistribution {
  /// The standard deviation of the normal variable; positive.
  public let scale: Double
  private let logHeight: Double

  /// - Parameter scale: in [1e-300, 1e300].
  public init(scale: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "HalfNormal")
    self.scale = scale
    logHeight = 0.5 * log(2 / .pi) - log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    abs(scale * Ziggurat.normal.sample(using: &generator))
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    philox.fillNormal(&values)
    generator = philox as! G
    values.withUnsafeMutableBufferPointer { buffer in
      for i in buffer.indices { buffer[i] = abs(scale * buffer[i]) }
    }
  }

  public func logDensity(of value: Double) -> Double {
    let z = value / scale
    return value >= 0 ? logHeight - 0.5 * z * z : -.infinity
  }

  public func cdf(_ x: Double) -> Double { x <= 0 ? 0 : erf(x / scale * 0.5.squareRoot()) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : erfc(x / scale * 0.5.squareRoot()) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    // From the middle where p is small, so that no digit of it is lost.
    return scale * 2.0.squareRoot() * erfInverse(p)
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return -scale * normalQuantile(q / 2)
  }

  public var mean: Double { scale * (2 / .pi).squareRoot() }
  public var variance: Double { (1 - 2 / .pi) * scale * scale }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["scale"] }
  public var parameters: [Double] { [scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(scale: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = value / scale
    partials[0] = -z / scale
    partials[1] = (z * z - 1) / scale
    return logDensity(of: value)
  }
}
