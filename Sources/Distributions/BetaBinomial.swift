import Foundation
import Randomness
import SpecialFunctions

/// The beta-binomial distribution: a binomial one whose probability has a beta distribution.
///
/// ```
/// P(k) = n! / (k! (n - k)!) B(k + alpha, n - k + beta) / B(alpha, beta),   k = 0, ..., n
/// ```
///
/// Sampled as that mixture. The tails are sums of probabilities from their end.
///
/// - Complexity: O(n) a tail, O(n) a quantile.
public struct BetaBinomial: DiscreteDistribution, ParametricDistribution {
  /// n.
  public let trials: Int
  /// Positive.
  public let alpha: Double
  /// Positive.
  public let beta: Double
  private let logNormalization: Double
  private let mixing: Beta

  /// - Parameters:
  ///   - trials: in 0...1,000,000, because tails are sums.
  ///   - alpha: in [1e-10, 1e10].
  ///   - beta: in [1e-10, 1e10].
  public init(trials: Int, alpha: Double, beta: Double) throws(ParameterError) {
    guard trials >= 0, trials <= 1_000_000 else {
      throw ParameterError("BetaBinomial", "trials", Double(trials), not: "in 0...1000000")
    }
    for (value, name) in [(alpha, "alpha"), (beta, "beta")] where !(value >= 1e-10 && value <= 1e10)
    {
      throw ParameterError("BetaBinomial", name, value, not: "in [1e-10, 1e10]")
    }
    self.trials = trials
    self.alpha = alpha
    self.beta = beta
    logNormalization = logBeta(alpha, beta)
    mixing = try Beta(alpha: alpha, beta: beta)
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    let p = mixing.sample(using: &generator)
    return binomialDraw(trials, p, 1 - p, using: &generator)
  }

  public func logDensity(of value: Int) -> Double {
    guard value >= 0, value <= trials else { return -.infinity }
    let (k, m, n) = (Double(value), Double(trials - value), Double(trials))
    // Three forms, each with terms no larger than the result needs.
    if max(alpha, beta) < 10 {
      return -log(n + 1) - logBeta(alpha, beta) + logGammaStep(k + 1, by: alpha - 1)
        + logGammaStep(m + 1, by: beta - 1) - logGammaStep(n + 2, by: alpha + beta - 2)
    }
    if min(alpha, beta) >= 10 {
      let sum = alpha + beta
      return logBinomialProbability(k, of: n, alpha / sum, beta / sum) + excess(alpha, k)
        + excess(beta, m) - excess(sum, n)
    }
    let (small, hits, large, misses) = alpha < beta ? (alpha, k, beta, m) : (beta, m, alpha, k)
    return logChoose(n, k) + (hits == 0 ? 0 : logGammaStep(small, by: hits))
      - logGammaStep(large + misses, by: small + hits) + logGammaStep(large, by: small)
  }

  /// log Gamma(x + k) - log Gamma(x) - k log x for x >= 10.
  private func excess(_ x: Double, _ k: Double) -> Double {
    x * log1pMinus(k / x) + (k - 0.5) * log1p(k / x) + stirlingCorrection(x + k)
      - stirlingCorrection(x)
  }

  public func cdf(_ x: Int) -> Double { tail(x, upper: false) }
  public func survival(_ x: Int) -> Double { tail(x, upper: true) }

  private func tail(_ x: Int, upper: Bool) -> Double {
    if x < 0 || x >= trials { return (x < 0) == upper ? 1 : 0 }
    // The side that was asked for: the other one's complement would have no digits where it is small.
    return upper ? sum(from: trials, through: x + 1) : sum(from: 0, through: x)
  }

  /// The sum of the probabilities from an end inwards, by their ratios.
  private func sum(from end: Int, through inner: Int) -> Double {
    let n = Double(trials)
    // In units of the largest term of the part, so that none overflows.
    var (logTerm, logSum) = (logDensity(of: end), -Double.infinity)
    var (term, sum, k) = (1.0, 1.0, end)
    logSum = logTerm
    while k != inner {
      let x = Double(k)
      if end == 0 {
        term *= (n - x) / (x + 1) * ((x + alpha) / (n - x - 1 + beta))
        k += 1
      } else {
        term *= x / (n - x + 1) * ((n - x + beta) / (x - 1 + alpha))
        k -= 1
      }
      sum += term
      if term > 1e200 {
        (logTerm, term, sum) = (logTerm + log(term), 1, sum / term)
        logSum = logTerm
      }
    }
    return min(1, exp(logSum + log(sum)))
  }

  public func quantile(_ p: Double) -> Int { searchedQuantile(p) }
  public func survivalQuantile(_ q: Double) -> Int { searchedSurvivalQuantile(q) }
  public var mean: Double { Double(trials) * (alpha / (alpha + beta)) }
  public var variance: Double {
    let sum = alpha + beta
    return mean * (beta / sum) * ((sum + Double(trials)) / (sum + 1))
  }
  public var support: ClosedRange<Int> { 0...trials }

  public var parameterNames: [String] { ["alpha", "beta"] }
  public var parameters: [Double] { [alpha, beta] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(trials: trials, alpha: parameters[0], beta: parameters[1])
  }

  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    func rise(_ x: Double, _ k: Double) -> Double { k == 0 ? 0 : digammaStep(x, by: k) }
    let (k, m) = (Double(value), Double(trials - value))
    let sum = rise(alpha + beta, Double(trials))
    partials[0] = 0
    partials[1] = rise(alpha, k) - sum
    partials[2] = rise(beta, m) - sum
    return logDensity(of: value)
  }
}
