internal import CKernels
import Foundation
import Randomness
import SpecialFunctions

/// The gamma distribution.
///
/// ```
/// p(x) = rate^shape x^(shape - 1) exp(-rate x) / Gamma(shape),   x > 0
/// ```
///
/// Sampled by Marsaglia and Tsang's method; a shape below one is raised by one and the draw
/// multiplied by u^(1 / shape). From a `Philox` into memory eight side by side. The log density goes
/// through Stirling's series for shapes from 10 on, so it keeps its digits at the mode of a large shape.
/// The tails are Boost.Math's incomplete gamma functions (above shapes of 1e8 Temme's expansion).
/// Draws and quantiles of tiny shapes round to zero, and the density at zero is infinite for shapes
/// below one.
///
/// ## References
/// G. Marsaglia, W. W. Tsang, ACM TOMS 26 (2000), doi:10.1145/358407.358414.
public struct Gamma: ContinuousDistribution, ParametricDistribution {
  /// Positive.
  public let shape: Double
  /// One over the scale; positive.
  public let rate: Double
  private let logNormalization: Double
  /// Marsaglia and Tsang's d, and their c = 1 / sqrt(9 d).
  @usableFromInline let center, inverseRoot: Double
  /// Whether it was made with a scale, so that its partials are in the scale.
  private let isByScale: Bool

  /// - Parameters:
  ///   - shape: positive and finite.
  ///   - rate: in [1e-300, 1e300].
  public init(shape: Double, rate: Double) throws(ParameterError) {
    try self.init(shape: shape, rate: rate, isByScale: false)
  }

  /// The same with the scale 1 / rate.
  public init(shape: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requireScale(scale, "scale", of: "Gamma")
    try self.init(shape: shape, rate: 1 / scale, isByScale: true)
  }

  private init(shape: Double, rate: Double, isByScale: Bool) throws(ParameterError) {
    try ParameterError.requirePositive(shape, "shape", of: "Gamma")
    try ParameterError.requireScale(rate, "rate", of: "Gamma")
    self.shape = shape
    self.rate = rate
    self.isByScale = isByScale
    center = (shape < 1 ? shape + 1 : shape) - 1.0 / 3
    inverseRoot = 1 / (9 * center).squareRoot()
    logNormalization =
      shape < 10
      ? shape * log(rate) - logGamma(shape)
      : 0.5 * log(shape) - 0.5 * log(2 * .pi) - stirlingCorrection(shape)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let standard = sampleBoosted(using: &generator)
    return shape < 1
      ? standard * pow(generator.nextOpenUnit(), 1 / shape) / rate : standard / rate
  }

  /// The logarithm of a draw with rate one, which does not underflow for tiny shapes.
  @inlinable
  func sampleLog<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let standard = log(sampleBoosted(using: &generator))
    return shape < 1 ? standard + log(generator.nextOpenUnit()) / shape : standard
  }

  /// A draw with rate one, of the shape raised by one if it is below one.
  @inlinable
  func sampleBoosted<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    while true {
      let z = Ziggurat.normal.sample(using: &generator)
      let root = 1 + inverseRoot * z
      if root <= 0 { continue }
      let v = root * root * root
      let u = generator.nextOpenUnit()
      if u < 1 - 0.0331 * (z * z) * (z * z) || log(u) < 0.5 * z * z + center * (1 - v + log(v)) {
        return center * v
      }
    }
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillBlocks(&values, using: &generator) { block, philox in
      philox.fillGamma(&block, shape: shape)
      Distributions.scale(&block, by: 1 / rate)
    }
  }

  public func logDensity(of value: Double) -> Double {
    if value < 0 || value == .infinity { return -.infinity }
    if value == 0 {
      // The limit from the right.
      return shape < 1 ? .infinity : shape == 1 ? log(rate) : -.infinity
    }
    if shape < 10 { return (shape - 1) * log(value) - rate * value + logNormalization }
    return shape * logMinus(rate * value / shape) + logNormalization - log(value)
  }

  public func logDensities(of values: Span<Double>, into results: inout MutableSpan<Double>) {
    if shape < 10 {
      logDensities(
        CK_GAMMA_DENSITY, (shape - 1, rate, logNormalization, 0, 0), of: values, into: &results)
    } else {
      logDensities(
        CK_LARGE_GAMMA_DENSITY, (shape, rate, logNormalization, 0, 0), of: values, into: &results)
    }
  }

  public func cdf(_ x: Double) -> Double { tail(x, upper: false) }
  public func survival(_ x: Double) -> Double { tail(x, upper: true) }

  private func tail(_ x: Double, upper: Bool) -> Double {
    // For large shapes the rounding of rate x would count.
    regularizedGamma(
      shape: shape, rate * x, excess: (-shape).addingProduct(rate, x) / shape, upper: upper)
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    regularizedGammaInverse(shape: shape, p, upper: upper) / rate
  }

  public var mean: Double { shape / rate }
  public var variance: Double { shape / rate / rate }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] { isByScale ? ["shape", "scale"] : ["shape", "rate"] }
  public var parameters: [Double] { [shape, isByScale ? 1 / rate : rate] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    isByScale
      ? try Self(shape: parameters[0], scale: parameters[1])
      : try Self(shape: parameters[0], rate: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = (shape - 1) / value - rate
    partials[1] = log(rate * value) - digamma(shape)
    partials[2] = isByScale ? (rate * value - shape) * rate : (shape - rate * value) / rate
    return logDensity(of: value)
  }
}
