internal import CSpecialFunctions
import Foundation

/// log Gamma(x) for x > 0.
package func logGamma(_ x: Double) -> Double { csf_log_gamma(x) }

/// The derivative of log Gamma, for x > 0.
package func digamma(_ x: Double) -> Double { csf_digamma(x) }

/// The second derivative of log Gamma, for x > 0.
package func trigamma(_ x: Double) -> Double { csf_trigamma(x) }

/// The derivative of that order of the digamma function.
package func polygamma(_ order: Int, _ x: Double) -> Double { csf_polygamma(Int32(order), x) }

/// log Gamma(x + step) - log Gamma(x) for x > 0 and x + step > 0, without cancellation where the
/// step is small beside x.
package func logGammaStep(_ x: Double, by step: Double) -> Double {
  if abs(step) > 0.5 * x || x < 10 { return logGamma(x + step) - logGamma(x) }
  // Stirling on both: (x - 1/2) log1p(step/x) + step log(x + step) - step + tail - tail.
  let y = x + step
  return (x - 0.5) * log1p(step / x) + step * log(y) - step + stirlingCorrection(y)
    - stirlingCorrection(x)
}

/// digamma(x + step) - digamma(x) for x > 0 and x + step > 0, without cancellation where the step is
/// small beside x.
package func digammaStep(_ x: Double, by step: Double) -> Double {
  if abs(step) > 0.5 * x || x < 10 { return digamma(x + step) - digamma(x) }
  func tail(_ x: Double) -> Double {
    let r2 = 1 / (x * x)
    return r2
      * (1.0 / 12 - r2
        * (1.0 / 120 - r2
          * (1.0 / 252 - r2 * (1.0 / 240 - r2 * (1.0 / 132 - r2 * (691.0 / 32760 - r2 / 12))))))
  }
  let y = x + step
  return log1p(step / x) + step / (2 * x * y) - (tail(y) - tail(x))
}

/// log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2) for x >= 10: the tail of Stirling's series.
package func stirlingCorrection(_ x: Double) -> Double {
  let r = 1 / x
  let r2 = r * r
  return r
    * (1.0 / 12 - r2
      * (1.0 / 360 - r2
        * (1.0 / 1260 - r2 * (1.0 / 1680 - r2 * (1.0 / 1188 - r2 * (691.0 / 360360 - r2 / 156))))))
}

/// log Gamma(x) - (x log x - x) for x > 0, which stays small.
package func logGammaRemainder(_ x: Double) -> Double {
  x >= 10 ? 0.5 * log(2 * .pi / x) + stirlingCorrection(x) : logGamma(x) - x * log(x) + x
}

/// The regularised incomplete gamma function P(shape, x), or Q = 1 - P with `upper`.
///
/// Boost.Math's up to a shape of 1e8 (relative error below 1e-13); above, where its series end too
/// early, Temme's uniform expansion with two terms, whose own error is below 1e-16 there.
///
/// - Parameters:
///   - shape: positive.
///   - x: not negative.
///   - excess: x / shape - 1, where the caller knows it better than x.
///
/// ## References
/// N. M. Temme, SIAM J. Math. Anal. 10 (1979), doi:10.1137/0510071; NIST DLMF 8.12.
package func regularizedGamma(
  shape: Double, _ x: Double, excess: Double? = nil, upper: Bool
) -> Double {
  if x.isNaN { return .nan }
  if x <= 0 { return upper ? 1 : 0 }
  if x == .infinity { return upper ? 0 : 1 }
  guard shape > 1e8 else {
    return min(1, max(0, upper ? csf_gamma_q(shape, x) : csf_gamma_p(shape, x)))
  }
  let u = max(-1, excess ?? (x - shape) / shape)
  let halfSquare = -log1pMinus(u)
  // So far out nothing is left; and the ratio may have underflowed.
  if shape * halfSquare > 800 { return (u < 0) == upper ? 1 : 0 }
  let eta = (2 * halfSquare).squareRoot() * (u < 0 ? -1 : 1)
  let c0 = -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135 - eta * (1.0 / 864 + eta / 2835)))
  let c1 = -1.0 / 540 - eta / 288
  let rest = exp(-shape * halfSquare) / (2 * .pi * shape).squareRoot() * (c0 + c1 / shape)
  let main = 0.5 * erfc((shape * halfSquare).squareRoot() * ((u < 0) == upper ? -1 : 1))
  return min(1, max(0, upper ? main + rest : main - rest))
}

/// The x at which the regularised incomplete gamma function P (or Q, with `upper`) is `p`: a first
/// value by Boost.Math, to be polished by whoever needs the last digits.
package func regularizedGammaInverse(shape: Double, _ p: Double, upper: Bool) -> Double {
  upper ? csf_gamma_q_inverse(shape, p) : csf_gamma_p_inverse(shape, p)
}

/// log Gamma(1 + 2r) - 2 log Gamma(1 + r) for r > -1/2, without cancellation near zero.
package func logGammaMomentRatio(_ r: Double) -> Double {
  if abs(r) > 0.02 { return logGamma(1 + 2 * r) - 2 * logGamma(1 + r) }
  // The power series of log Gamma(1 + r), whose linear terms cancel: zeta(k) (-r)^k / k.
  let zeta = [
    1.6449340668482264, 1.2020569031595942, 1.0823232337111382, 1.03692775514337,
    1.0173430619844492, 1.008349277381923, 1.0040773561979444, 1.0020083928260821,
    1.000994575127818, 1.0004941886041194,
  ]
  var (sum, power, two) = (0.0, -r, 2.0)
  for (index, value) in zeta.enumerated() {
    power *= -r
    two *= 2
    sum += value / Double(index + 2) * power * (two - 2)
  }
  return sum
}
