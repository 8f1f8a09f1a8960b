import Foundation
import Randomness
import SpecialFunctions

/// The negative binomial distribution: failures before a number n of successes, which need not be
/// whole.
///
/// ```
/// P(k) = Gamma(n + k) / (Gamma(n) k!) p^n (1 - p)^k,   k = 0, 1, ...
/// ```
///
/// Made by n and p (GSL's), or by the mean m and the dispersion phi = n, with p = phi / (phi + m) and
/// variance m + m^2 / phi (the neg_binomial_2 of Stan). Sampled as a Poisson draw whose rate is a gamma
/// draw. The tails are incomplete beta functions; counts beyond Int.max stand as Int.max.
public struct NegativeBinomial: DiscreteDistribution, ParametricDistribution {
  /// n; positive.
  public let successes: Double
  /// p.
  public let probability: Double
  /// 1 - p, which the subtraction need not give to the last digit.
  public let complement: Double
  /// n (1 - p) / p.
  public let mean: Double
  private let isByMean: Bool
  private let gamma: Gamma

  /// - Parameters:
  ///   - successes: n, in [1e-100, 1e15].
  ///   - probability: in (0, 1], at least 1e-100.
  public init(successes: Double, probability: Double) throws(ParameterError) {
    try Self.requireDispersion(successes, "successes")
    guard probability >= 1e-100, probability <= 1 else {
      throw ParameterError("NegativeBinomial", "probability", probability, not: "in [1e-100, 1]")
    }
    self.successes = successes
    self.probability = probability
    complement = 1 - probability
    mean = successes * ((1 - probability) / probability)
    isByMean = false
    gamma = try Gamma(shape: successes, rate: 1)
  }

  /// - Parameters:
  ///   - mean: in [0, 1e100].
  ///   - dispersion: phi, in [1e-100, 1e15]; the smaller, the wider.
  public init(mean: Double, dispersion: Double) throws(ParameterError) {
    try Self.requireDispersion(dispersion, "dispersion")
    guard mean >= 0, mean <= 1e100 else {
      throw ParameterError("NegativeBinomial", "mean", mean, not: "in [0, 1e100]")
    }
    self.mean = mean
    successes = dispersion
    probability = 1 / (1 + mean / dispersion)
    complement = mean == 0 ? 0 : 1 / (1 + dispersion / mean)
    isByMean = true
    gamma = try Gamma(shape: dispersion, rate: 1)
  }

  private static func requireDispersion(
    _ value: Double, _ parameter: String
  ) throws(ParameterError) {
    guard value >= 1e-100, value <= 1e15 else {
      throw ParameterError("NegativeBinomial", parameter, value, not: "in [1e-100, 1e15]")
    }
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    if complement == 0 { return 0 }
    let logOdds = log(complement) - log(probability)
    return poissonDraw(exp(gamma.sampleLog(using: &generator) + logOdds), using: &generator)
  }

  public func logDensity(of value: Int) -> Double {
    guard value >= 0 else { return -.infinity }
    let k = Double(value)
    if complement == 0 { return k == 0 ? 0 : -.infinity }
    if k == 0 { return successes * logProbability }
    // n / (n + k) times the binomial probability of n successes in n + k trials.
    if min(successes, k) >= 10 {
      return log(successes / (successes + k))
        + logBinomialProbability(successes, of: successes + k, probability, complement)
    }
    return successes * logProbability + k * logComplement - log(k) - logBeta(successes, k)
  }

  private var logProbability: Double {
    probability < 0.5 ? log(probability) : log1p(-complement)
  }
  private var logComplement: Double {
    complement < 0.5 ? log(complement) : log1p(-probability)
  }

  public func cdf(_ x: Int) -> Double { tail(x, upper: false) }
  public func survival(_ x: Int) -> Double { tail(x, upper: true) }

  private func tail(_ x: Int, upper: Bool) -> Double {
    if x < 0 { return upper ? 1 : 0 }
    // P(X <= k) = I_p(n, k + 1).
    return regularizedBeta(
      successes, Double(x) + 1, probability, complement: complement, upper: upper)
  }

  public func quantile(_ p: Double) -> Int { searchedQuantile(p) }
  public func survivalQuantile(_ q: Double) -> Int { searchedSurvivalQuantile(q) }
  public var variance: Double { mean / probability }
  public var support: ClosedRange<Int> { 0 ... .max }

  public var parameterNames: [String] {
    isByMean ? ["mean", "dispersion"] : ["successes", "probability"]
  }
  public var parameters: [Double] { isByMean ? [mean, successes] : [successes, probability] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    isByMean
      ? try Self(mean: parameters[0], dispersion: parameters[1])
      : try Self(successes: parameters[0], probability: parameters[1])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    let k = Double(value)
    let rise = k == 0 ? 0 : digammaStep(successes, by: k)
    partials[0] = 0
    if isByMean {
      partials[1] = (k == 0 ? 0 : k / mean) - (k + successes) / (mean + successes)
      partials[2] = rise + logProbability + (mean - k) / (mean + successes)
    } else {
      partials[1] = rise + logProbability
      partials[2] = successes / probability - (k == 0 ? 0 : k / complement)
    }
    return logDensity(of: value)
  }
}
