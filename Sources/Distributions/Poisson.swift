import Foundation
import Randomness
import SpecialFunctions

/// The Poisson distribution.
///
/// ```
/// P(k) = exp(-rate) rate^k / k!,   k = 0, 1, ...
/// ```
///
/// Sampled below a rate of 12 by inversion along the probabilities, above by Hormann's transformed
/// rejection PTRS. From a `Philox` into memory by the alias method up to a rate of 48. The log
/// probability is a deviance from the mean (Loader 2000); the tails
/// are incomplete gamma functions.
///
/// ## References
/// W. Hormann, "The transformed rejection method for generating Poisson random variables", Insurance:
/// Mathematics and Economics 12 (1993), doi:10.1016/0167-6687(93)90997-4.
public struct Poisson: DiscreteDistribution, ParametricDistribution {
  /// The mean.
  public let rate: Double
  private let logRate: Double
  private let isByLogRate: Bool

  /// - Parameter rate: in [0, 2^53].
  public init(rate: Double) throws(ParameterError) {
    guard rate >= 0, rate <= 0x1p53 else {
      throw ParameterError("Poisson", "rate", rate, not: "in [0, 2^53]")
    }
    self.init(rate: rate, logRate: log(rate), isByLogRate: false)
  }

  /// - Parameter logRate: at most log 2^53 = 36.7; minus infinity is a rate of zero.
  public init(logRate: Double) throws(ParameterError) {
    guard logRate <= 53 * log(2) else {
      throw ParameterError("Poisson", "logRate", logRate, not: "at most 36.7")
    }
    self.init(rate: exp(logRate), logRate: logRate, isByLogRate: true)
  }

  private init(rate: Double, logRate: Double, isByLogRate: Bool) {
    self.rate = rate
    self.logRate = logRate
    self.isByLogRate = isByLogRate
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    poissonDraw(rate, using: &generator)
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Int>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    philox.fillPoisson(&values, mean: rate)
    generator = philox as! G
  }

  public func logDensity(of value: Int) -> Double {
    value >= 0 ? logPoissonProbability(Double(value), rate, logRate: logRate) : -.infinity
  }

  public func cdf(_ x: Int) -> Double { tail(x, upper: false) }
  public func survival(_ x: Int) -> Double { tail(x, upper: true) }

  private func tail(_ x: Int, upper: Bool) -> Double {
    if x < 0 || rate == 0 { return (x < 0) == upper ? 1 : 0 }
    return regularizedGamma(shape: Double(x) + 1, rate, upper: !upper)
  }

  public func quantile(_ p: Double) -> Int { searchedQuantile(p) }
  public func survivalQuantile(_ q: Double) -> Int { searchedSurvivalQuantile(q) }
  public var mean: Double { rate }
  public var variance: Double { rate }
  public var support: ClosedRange<Int> { 0 ... .max }

  public var parameterNames: [String] { isByLogRate ? ["logRate"] : ["rate"] }
  public var parameters: [Double] { [isByLogRate ? logRate : rate] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    isByLogRate ? try Self(logRate: parameters[0]) : try Self(rate: parameters[0])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 0
    partials[1] = isByLogRate ? Double(value) - rate : (value == 0 ? 0 : Double(value) / rate) - 1
    return logDensity(of: value)
  }
}

/// A Poisson draw of any rate, without a table; Int.max where it lies beyond.
func poissonDraw<G: RandomNumberGenerator>(_ rate: Double, using generator: inout G) -> Int {
  if rate > 0x1p53 {
    return clampedInteger(rate + rate.squareRoot() * Ziggurat.normal.sample(using: &generator))
  }
  if rate < 12 {
    // Inversion along the probabilities.
    while true {
      var (k, probability) = (0, exp(-rate))
      var u = generator.nextUnit()
      while u >= probability, k < 200 {
        u -= probability
        k += 1
        probability *= rate / Double(k)
      }
      if k < 200 { return k }
    }
  }
  return poissonDrawByRejection(rate, using: &generator)
}

/// PTRS, for rates from 10 on.
func poissonDrawByRejection<G: RandomNumberGenerator>(
  _ rate: Double, using generator: inout G
) -> Int {
  let b = 0.931 + 2.53 * rate.squareRoot()
  let a = -0.059 + 0.02483 * b
  let logInverseAlpha = log(1.1239 + 1.1328 / (b - 3.4))
  let height = 0.9277 - 3.6224 / (b - 2)
  let logRate = log(rate)
  while true {
    let u = generator.nextOpenUnit() - 0.5
    let v = generator.nextOpenUnit()
    let us = 0.5 - abs(u)
    let k = ((2 * a / us + b) * u + rate + 0.43).rounded(.down)
    if k < 0 || k > 0x1p62 { continue }
    if us >= 0.07, v <= height { return Int(k) }
    if log(v) + logInverseAlpha - log(a / (us * us) + b)
      <= logPoissonProbability(k, rate, logRate: logRate)
    {
      return Int(k)
    }
  }
}
