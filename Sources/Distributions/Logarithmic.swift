import Foundation
import Randomness
import SpecialFunctions

/// The logarithmic (log-series) distribution.
///
/// ```
/// P(k) = -p^k / (k log(1 - p)),   k = 1, 2, ...
/// ```
///
/// Sampled by Kemp's second method, two uniforms a draw at most. Both tails are sums, for large k an
/// integral of the rest; counts beyond Int.max stand as Int.max.
///
/// ## References
/// A. W. Kemp, "Efficient generation of logarithmically distributed pseudo-random variables", Applied
/// Statistics 30 (1981), doi:10.2307/2346348.
public struct Logarithmic: DiscreteDistribution, ParametricDistribution {
  /// p.
  public let probability: Double
  /// log(1 - p).
  @usableFromInline let logComplement: Double

  /// - Parameter probability: in [1e-300, 1 - 1e-6]: nearer to one the tails are too long to be
  ///   summed.
  public init(probability: Double) throws(ParameterError) {
    guard probability >= 1e-300, probability <= 1 - 1e-6 else {
      throw ParameterError("Logarithmic", "probability", probability, not: "in [1e-300, 1 - 1e-6]")
    }
    self.probability = probability
    logComplement = log1p(-probability)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    let v = generator.nextOpenUnit()
    if v >= probability { return 1 }
    let q = -expm1(logComplement * generator.nextOpenUnit())
    if v <= q * q { return max(1, clampedInteger(1 + log(v) / log(q))) }
    return v <= q ? 2 : 1
  }

  public func logDensity(of value: Int) -> Double {
    guard value >= 1 else { return -.infinity }
    let k = Double(value)
    return k * log(probability) - log(k) - log(-logComplement)
  }

  public func cdf(_ x: Int) -> Double { tail(x, upper: false) }
  public func survival(_ x: Int) -> Double { tail(x, upper: true) }

  private func tail(_ x: Int, upper: Bool) -> Double {
    if x < 1 { return upper ? 1 : 0 }
    let rest = upperTail(x)
    return upper ? rest : 1 - rest
  }

  /// P(X > k) = -1 / log(1 - p) int_0^p t^k / (1 - t) dt; with t = p exp(-s) the integrand falls as
  /// exp(-(k + 1) s) / (1 - p exp(-s)).
  private func upperTail(_ x: Int) -> Double {
    let k = Double(x) + 1
    let complement = 1 - probability
    let integral = integrateTail(
      from: 0, to: .infinity,
      rate: { s in k + 1 / (complement - probability * expm1(-s)) },
      logDensity: { s in -k * s - log(complement - probability * expm1(-s)) })
    return min(1, exp(k * log(probability) + log(integral) - log(-logComplement)))
  }

  public func quantile(_ p: Double) -> Int { searchedQuantile(p) }
  public func survivalQuantile(_ q: Double) -> Int { searchedSurvivalQuantile(q) }
  public var mean: Double { probability / (1 - probability) / -logComplement }
  public var variance: Double {
    // -p (p + log(1 - p)) / ((1 - p) log(1 - p))^2.
    let scaled = (1 - probability) * logComplement
    return -probability * log1pMinusTail / (scaled * scaled)
  }
  private var log1pMinusTail: Double { log1pMinus(-probability) }
  public var support: ClosedRange<Int> { 1 ... .max }

  public var parameterNames: [String] { ["probability"] }
  public var parameters: [Double] { [probability] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(probability: parameters[0])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 0
    partials[1] = Double(value) / probability + 1 / ((1 - probability) * logComplement)
    return logDensity(of: value)
  }
}
