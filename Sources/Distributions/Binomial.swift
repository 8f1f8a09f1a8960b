import Foundation
import Randomness
import SpecialFunctions

/// The binomial distribution: successes in a number of independent trials.
///
/// ```
/// P(k) = n! / (k! (n - k)!) p^k (1 - p)^(n - k),   k = 0, ..., n
/// ```
///
/// Sampled by inversion along the probabilities while n min(p, 1 - p) < 10, else by Hormann's
/// transformed rejection BTRS; of p > 1/2 the failures are drawn. The log probability is a deviance
/// from the mean (Loader 2000), so large n keep their digits; the tails are incomplete beta functions.
///
/// ## References
/// W. Hormann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46 (1993),
/// doi:10.1080/00949659308811496.
public struct Binomial: DiscreteDistribution, ParametricDistribution {
  /// n.
  public let trials: Int
  /// p.
  public let probability: Double
  /// 1 - p, which the subtraction need not give to the last digit.
  public let complement: Double
  private let logit: Double?

  /// - Parameters:
  ///   - trials: in 0...2^53.
  ///   - probability: in [0, 1].
  public init(trials: Int, probability: Double) throws(ParameterError) {
    try Self.requireTrials(trials, of: "Binomial")
    try ParameterError.requireProbability(probability, "probability", of: "Binomial")
    self.trials = trials
    self.probability = probability
    complement = 1 - probability
    logit = nil
  }

  /// - Parameters:
  ///   - trials: in 0...2^53.
  ///   - logit: log(p / (1 - p)), any number but NaN.
  public init(trials: Int, logit: Double) throws(ParameterError) {
    try Self.requireTrials(trials, of: "Binomial")
    guard !logit.isNaN else { throw ParameterError("Binomial", "logit", logit, not: "a number") }
    self.trials = trials
    self.logit = logit
    probability = logistic(logit)
    complement = logistic(-logit)
  }

  static func requireTrials(_ trials: Int, of distribution: String) throws(ParameterError) {
    guard trials >= 0, trials <= 1 << 53 else {
      throw ParameterError(distribution, "trials", Double(trials), not: "in 0...2^53")
    }
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    binomialDraw(trials, probability, complement, using: &generator)
  }

  public func logDensity(of value: Int) -> Double {
    guard value >= 0, value <= trials else { return -.infinity }
    return logBinomialProbability(Double(value), of: Double(trials), probability, complement)
  }

  public func cdf(_ x: Int) -> Double { tail(x, upper: false) }
  public func survival(_ x: Int) -> Double { tail(x, upper: true) }

  private func tail(_ x: Int, upper: Bool) -> Double {
    if x < 0 || x >= trials { return (x < 0) == upper ? 1 : 0 }
    // P(X > k) = I_p(k + 1, n - k).
    return regularizedBeta(
      Double(x) + 1, Double(trials - x), probability, complement: complement, upper: !upper)
  }

  public func quantile(_ p: Double) -> Int { searchedQuantile(p) }
  public func survivalQuantile(_ q: Double) -> Int { searchedSurvivalQuantile(q) }
  public var mean: Double { Double(trials) * probability }
  public var variance: Double { Double(trials) * probability * complement }
  public var support: ClosedRange<Int> { 0...trials }

  public var parameterNames: [String] { logit == nil ? ["probability"] : ["logit"] }
  public var parameters: [Double] { [logit ?? probability] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    logit == nil
      ? try Self(trials: trials, probability: parameters[0])
      : try Self(trials: trials, logit: parameters[0])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    let k = Double(value)
    let rest = Double(trials) - k
    partials[0] = 0
    partials[1] =
      logit == nil
      ? (k == 0 ? 0 : k / probability) - (rest == 0 ? 0 : rest / complement)
      : k * complement - rest * probability
    return logDensity(of: value)
  }
}

/// A binomial draw with q = 1 - p.
func binomialDraw<G: RandomNumberGenerator>(
  _ trials: Int, _ p: Double, _ q: Double, using generator: inout G
) -> Int {
  if p > 0.5 { return trials - binomialDraw(trials, q, p, using: &generator) }
  let n = Double(trials)
  if p == 0 || trials == 0 { return 0 }
  if n * p < 10 {
    // Inversion: P(k + 1) = P(k) (n - k) / (k + 1) p / q, from P(0) = q^n.
    let first = exp(n * log1p(-p))
    let odds = p / q
    while true {
      var (k, probability) = (0, first)
      var u = generator.nextUnit()
      while u >= probability, k < trials, k < 200 {
        u -= probability
        k += 1
        probability *= (n - Double(k) + 1) / Double(k) * odds
      }
      // What rounding left over beyond any likely value is drawn again.
      if k < 200 { return k }
    }
  }
  let spread = (n * p * q).squareRoot()
  let b = 1.15 + 2.53 * spread
  let a = -0.0873 + 0.0248 * b + 0.01 * p
  let center = n * p + 0.5
  let height = 0.92 - 4.2 / b
  let alpha = (2.83 + 5.1 / b) * spread
  let mode = ((n + 1) * p).rounded(.down)
  let logMode = logBinomialProbability(mode, of: n, p, q)
  while true {
    let u = generator.nextOpenUnit() - 0.5
    let v = generator.nextOpenUnit()
    let us = 0.5 - abs(u)
    let k = ((2 * a / us + b) * u + center).rounded(.down)
    if k < 0 || k > n { continue }
    if us >= 0.07, v <= height { return Int(k) }
    if log(v * alpha / (a / (us * us) + b)) <= logBinomialProbability(k, of: n, p, q) - logMode {
      return Int(k)
    }
  }
}
