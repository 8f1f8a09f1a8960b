import Foundation
import SpecialFunctions

extension DiscreteDistribution {
  /// The smallest k with cdf(k) >= p, from a normal guess.
  func searchedQuantile(_ p: Double) -> Int {
    requireProbability(p)
    if p == 0 { return support.lowerBound }
    return smallestInteger(in: support, from: guess(normalQuantile(p))) { cdf($0) >= p }
  }

  /// The smallest k with survival(k) <= q.
  func searchedSurvivalQuantile(_ q: Double) -> Int {
    requireProbability(q)
    if q == 1 { return support.lowerBound }
    return smallestInteger(in: support, from: guess(-normalQuantile(q))) { survival($0) <= q }
  }

  private func guess(_ score: Double) -> Int {
    clampedInteger(mean + score * variance.squareRoot())
  }
}

/// The integer part, with the ends of Int standing for whatever lies beyond them.
@inlinable
func clampedInteger(_ x: Double) -> Int {
  x >= 0x1p63 ? .max : x <= -0x1p63 ? .min : x.isNaN ? 0 : Int(x)
}

/// log(k!) for k >= 0.
func logFactorial(_ k: Double) -> Double { logGamma(k + 1) }

/// log of the binomial coefficient n over k.
func logChoose(_ n: Double, _ k: Double) -> Double {
  k == 0 || k == n ? 0 : -log(n + 1) - logBeta(n - k + 1, k + 1)
}

/// log(p^k (1-p)^(n-k) n! / (k! (n-k)!)) with q = 1 - p, around k = n p without cancellation.
///
/// ## References
/// C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
func logBinomialProbability(_ k: Double, of n: Double, _ p: Double, _ q: Double) -> Double {
  if p == 0 || q == 0 { return (p == 0 ? k == 0 : k == n) ? 0 : -.infinity }
  if k == 0 { return n * (p < 0.5 ? log1p(-p) : log(q)) }
  if k == n { return n * (q < 0.5 ? log1p(-q) : log(p)) }
  // x^a y^b / B(a, b) with a = k + 1, b = n - k + 1 differs by n + 1 and p q.
  if min(k, n - k) < 10 {
    return xLogY(k, p) + (n - k) * (p < 0.5 ? log1p(-p) : log(q)) + logChoose(n, k)
  }
  let m = n - k
  let corrections = stirlingCorrection(n) - stirlingCorrection(k) - stirlingCorrection(m)
  let deviance = k * logMinus(n * p / k) + m * logMinus(n * q / m)
  return deviance + corrections + 0.5 * (log(n / k) - log(m) - log(2 * .pi))
}

/// log(exp(-rate) rate^k / k!), around k = rate without cancellation.
func logPoissonProbability(_ k: Double, _ rate: Double, logRate: Double) -> Double {
  if k == 0 { return -rate }
  if rate == 0 { return -.infinity }
  if k < 10 { return k * logRate - rate - logFactorial(k) }
  return k * logMinus(rate / k) - 0.5 * log(2 * .pi * k) - stirlingCorrection(k)
}
