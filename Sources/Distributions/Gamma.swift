import Foundation
import GSL
import Randomness
import SpecialFunctions

/// The gamma distribution.
///
/// ```
/// p(x) = rate^shape x^(shape - 1) exp(-rate x) / Gamma(shape),   x > 0
/// ```
///
/// Sampled by Marsaglia and Tsang's method; a shape below one is raised by one and the draw
/// multiplied by u^(1 / shape). The log density goes through Stirling's series for shapes from 10
/// on, so it keeps its digits at the mode of a large shape. The cdf is GSL's up to a shape of 1e4, a
/// series or a continued fraction above; the quantile GSL's, polished by Newton steps.
///
/// ## References
/// G. Marsaglia, W. W. Tsang, ACM TOMS 26 (2000), doi:10.1145/358407.358414.
public struct Gamma: ContinuousDistribution {
  /// Positive.
  public let shape: Double
  /// One over the scale; positive.
  public let rate: Double
  private let logNormalization: Double

  /// - Parameters:
  ///   - shape: positive and finite.
  ///   - rate: positive and finite, with a finite inverse.
  public init(shape: Double, rate: Double) throws(ParameterError) {
    try ParameterError.requirePositive(shape, "shape", of: "Gamma")
    try ParameterError.requirePositive(rate, "rate", of: "Gamma")
    guard (1 / rate).isFinite else {
      throw ParameterError("Gamma", "rate", rate, not: "large enough to have a finite inverse")
    }
    self.shape = shape
    self.rate = rate
    logNormalization =
      shape < 10
      ? shape * log(rate) - logGamma(shape)
      : 0.5 * log(shape) - 0.5 * log(2 * .pi) - stirlingCorrection(shape)
  }

  /// The same with the scale 1 / rate.
  public init(shape: Double, scale: Double) throws(ParameterError) {
    try ParameterError.requirePositive(scale, "scale", of: "Gamma")
    try self.init(shape: shape, rate: 1 / scale)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let z = Ziggurat.normal.sample(using: &generator)
      let root = 1 + c * z
      if root <= 0 { continue }
      let v = root * root * root
      let u = generator.nextOpenUnit()
      if u < 1 - 0.0331 * (z * z) * (z * z) || log(u) < 0.5 * z * z + d * (1 - v + log(v)) {
        let standard = shape < 1 ? d * v * pow(generator.nextOpenUnit(), 1 / shape) : d * v
        return standard / rate
      }
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

  public func cdf(_ x: Double) -> Double { tail(x, upper: false) }
  public func survival(_ x: Double) -> Double { tail(x, upper: true) }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    if p == 0 || p == 1 { return p == 0 ? 0 : .infinity }
    let isUpper = p > 0.5
    let q = isUpper ? 1 - p : p
    let start = try? GSLCumulative.gammaQuantile(
      q, shape: shape, scale: 1 / rate, upper: isUpper)
    guard var x = start, x > 0 else { return bisectedQuantile(q, upper: isUpper) }
    for _ in 0..<3 {
      let step = (tail(x, upper: isUpper) - q) / exp(logDensity(of: x)) * (isUpper ? -1 : 1)
      guard step.isFinite, abs(step) < 0.1 * x else { break }
      x -= step
    }
    // GSL's iteration may end far from the quantile, for small shapes above all.
    return abs(tail(x, upper: isUpper) - q) <= 1e-9 * q ? x : bisectedQuantile(q, upper: isUpper)
  }

  /// The x whose tail has that probability, by bisection of the order of the Doubles.
  private func bisectedQuantile(_ q: Double, upper: Bool) -> Double {
    var (low, high) = (0.0.bitPattern, Double.greatestFiniteMagnitude.bitPattern)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      let probability = tail(Double(bitPattern: middle), upper: upper)
      if upper ? probability > q : probability < q { low = middle } else { high = middle }
    }
    return Double(bitPattern: high)
  }

  private func tail(_ x: Double, upper: Bool) -> Double {
    if x <= 0 { return upper ? 1 : 0 }
    if x == .infinity { return upper ? 0 : 1 }
    // Above that GSL's asymptotic expansions lose digits and fail without saying so.
    let value =
      shape <= 1e4
      ? try? GSLCumulative.gamma(x, shape: shape, scale: 1 / rate, upper: upper) : nil
    return min(1, max(0, value ?? tailBySeries(x, upper: upper)))
  }

  /// For large shapes, and where GSL's function gives up: the series of the
  /// lower tail or the continued fraction of the upper one, O(sqrt(shape)) terms; beyond a shape of
  /// 1e12 the normal limit, which is then good to a millionth.
  private func tailBySeries(_ x: Double, upper: Bool) -> Double {
    let z = rate * x
    if shape > 1e12 {
      let score = (z - shape) / shape.squareRoot() * 0.5.squareRoot()
      return 0.5 * erfc(upper ? score : -score)
    }
    let factor = x * exp(logDensity(of: x))
    if z < shape {
      var (term, sum, divisor) = (1 / shape, 1 / shape, shape)
      while term > sum * 1e-17 {
        divisor += 1
        term *= z / divisor
        sum += term
      }
      return upper ? 1 - factor * sum : factor * sum
    }
    // Lentz's method.
    var b = z + 1 - shape
    var (c, d) = (1e300, 1 / b)
    var fraction = d
    for i in 1...10_000_000 {
      let a = -Double(i) * (Double(i) - shape)
      b += 2
      d = 1 / (a * d + b)
      c = b + a / c
      fraction *= c * d
      if abs(c * d - 1) < 1e-16 { break }
    }
    return upper ? factor * fraction : 1 - factor * fraction
  }

  public var mean: Double { shape / rate }
  public var variance: Double { shape / rate / rate }
  public var support: ClosedRange<Double> { 0 ... .infinity }
}
