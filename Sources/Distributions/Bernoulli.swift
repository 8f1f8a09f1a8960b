import Foundation
import Randomness
import SpecialFunctions

/// The Bernoulli distribution on 0 and 1: P(1) = probability.
///
/// Made by the probability or by its logit log(p / (1 - p)), which reaches probabilities as near to one
/// as to zero. Sampled by comparing a uniform with the smaller of the two.
public struct Bernoulli: DiscreteDistribution, ParametricDistribution {
  /// P(1).
  public let probability: Double
  /// P(0), which 1 - `probability` need not give to the last digit.
  public let complement: Double
  /// log(p / (1 - p)).
  public let logit: Double
  private let isByLogit: Bool

  /// - Parameter probability: in [0, 1].
  public init(probability: Double) throws(ParameterError) {
    try ParameterError.requireProbability(probability, "probability", of: "Bernoulli")
    self.probability = probability
    complement = 1 - probability
    logit = log(probability) - log1p(-probability)
    isByLogit = false
  }

  /// - Parameter logit: any number but NaN; the infinities are P(1) = 0 and 1.
  public init(logit: Double) throws(ParameterError) {
    guard !logit.isNaN else { throw ParameterError("Bernoulli", "logit", logit, not: "a number") }
    self.logit = logit
    probability = logistic(logit)
    complement = logistic(-logit)
    isByLogit = true
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    let u = generator.nextUnit()
    return probability < 0.5 ? (u < probability ? 1 : 0) : (u < complement ? 0 : 1)
  }

  public func logDensity(of value: Int) -> Double {
    switch value {
    case 0: isByLogit ? -log1pExp(logit) : log1p(-probability)
    case 1: isByLogit ? -log1pExp(-logit) : log(probability)
    default: -.infinity
    }
  }

  public func cdf(_ x: Int) -> Double { x < 0 ? 0 : x == 0 ? complement : 1 }
  public func survival(_ x: Int) -> Double { x < 0 ? 1 : x == 0 ? probability : 0 }

  public func quantile(_ p: Double) -> Int {
    requireProbability(p)
    return p <= complement ? 0 : 1
  }

  public func survivalQuantile(_ q: Double) -> Int {
    requireProbability(q)
    return probability <= q ? 0 : 1
  }

  public var mean: Double { probability }
  public var variance: Double { probability * complement }
  public var support: ClosedRange<Int> { 0...1 }

  public var parameterNames: [String] { isByLogit ? ["logit"] : ["probability"] }
  public var parameters: [Double] { [isByLogit ? logit : probability] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    isByLogit ? try Self(logit: parameters[0]) : try Self(probability: parameters[0])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 0
    partials[1] =
      isByLogit
      ? (value == 1 ? complement : -probability) : (value == 1 ? 1 / probability : -1 / complement)
    return logDensity(of: value)
  }
}
