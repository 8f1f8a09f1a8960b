import Foundation
import Randomness

/// The Rayleigh distribution: the length of a vector of two normals with standard deviation `scale`.
///
/// ```
/// p(x) = x / scale^2 exp(-x^2 / (2 scale^2)),   x >= 0
/// ```
///
/// Sampled by inversion, scale sqrt(-2 log u). Both tails are closed forms.
public struct Rayleigh: ContinuousDistribution, ParametricDistribution {
  /// The mode; positive.
  public let scale: Double
  private let logScale: Double

  /// - Parameter scale: in [1e-300, 1e300].
  public init(scale: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "Rayleigh")
    self.scale = scale
    logScale = log(scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    scale * (-2 * log(generator.nextOpenUnit())).squareRoot()
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    philox.fillExponential(&values)
    generator = philox as! G
    values.withUnsafeMutableBufferPointer { buffer in
      for i in buffer.indices { buffer[i] = scale * (2 * buffer[i]).squareRoot() }
    }
  }

  public func logDensity(of value: Double) -> Double {
    guard value >= 0 else { return -.infinity }
    let z = value / scale
    // Where the square overflows, z may too.
    return z < 1e154 ? log(z) - logScale - 0.5 * z * z : -.infinity
  }

  public func cdf(_ x: Double) -> Double {
    let z = x / scale
    return x <= 0 ? 0 : -expm1(-0.5 * z * z)
  }

  public func survival(_ x: Double) -> Double {
    let z = x / scale
    return x <= 0 ? 1 : exp(-0.5 * z * z)
  }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    return scale * (-2 * log1p(-p)).squareRoot()
  }

  public func survivalQuantile(_ q: Double) -> Double {
    requireProbability(q)
    return q == 1 ? 0 : scale * (-2 * log(q)).squareRoot()
  }

  public var mean: Double { scale * (.pi / 2).squareRoot() }
  public var variance: Double { (2 - .pi / 2) * scale * scale }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { ["scale"] }
  public var parameters: [Double] { [scale] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(scale: parameters[0])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = value / scale
    partials[0] = 1 / value - z / scale
    partials[1] = (z * z - 2) / scale
    return logDensity(of: value)
  }
}
