import Foundation
import Randomness

/// The geometric distribution: trials up to and with the first success, as GSL counts them.
///
/// ```
/// P(k) = p (1 - p)^(k - 1),   k = 1, 2, ...
/// ```
///
/// Sampled by inversion of the exponential; all tails are closed forms. Counts beyond Int.max stand as
/// Int.max.
public struct Geometric: DiscreteDistribution, ParametricDistribution {
  /// p.
  public let probability: Double
  /// log(1 - p).
  @usableFromInline let logComplement: Double

  /// - Parameter probability: in (0, 1], at least 1e-300.
  public init(probability: Double) throws(ParameterError) {
    guard probability >= 1e-300, probability <= 1 else {
      throw ParameterError("Geometric", "probability", probability, not: "in [1e-300, 1]")
    }
    self.probability = probability
    logComplement = log1p(-probability)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    // With p = 1 the quotient is zero.
    let trials = (log(generator.nextOpenUnit()) / logComplement).rounded(.down)
    return trials >= 0x1p62 ? .max : Int(trials) + 1
  }

  public func logDensity(of value: Int) -> Double {
    guard value >= 1 else { return -.infinity }
    return log(probability) + (value == 1 ? 0 : (Double(value) - 1) * logComplement)
  }

  public func cdf(_ x: Int) -> Double { x < 1 ? 0 : -expm1(Double(x) * logComplement) }
  public func survival(_ x: Int) -> Double { x < 1 ? 1 : exp(Double(x) * logComplement) }
  public func quantile(_ p: Double) -> Int {
    requireProbability(p)
    return search(log1p(-p)) { cdf($0) >= p }
  }
  public func survivalQuantile(_ q: Double) -> Int {
    requireProbability(q)
    return search(log(q)) { survival($0) <= q }
  }

  private func search(_ logSurvival: Double, _ hasReached: (Int) -> Bool) -> Int {
    smallestInteger(
      in: support, from: clampedInteger(logSurvival / logComplement), where: hasReached)
  }

  public var mean: Double { 1 / probability }
  public var variance: Double { (1 - probability) / probability / probability }
  public var support: ClosedRange<Int> { 1 ... .max }

  public var parameterNames: [String] { ["probability"] }
  public var parameters: [Double] { [probability] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(probability: parameters[0])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 0
    partials[1] =
      1 / probability - (value == 1 ? 0 : (Double(value) - 1) / (1 - probability))
    return logDensity(of: value)
  }
}
