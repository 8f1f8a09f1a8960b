internal import CSpecialFunctions
import Foundation

/// log B(a, b) = log Gamma(a) + log Gamma(b) - log Gamma(a + b), for positive a and b, without
/// cancellation where one is much larger than the other.
package func logBeta(_ a: Double, _ b: Double) -> Double {
  let (small, large) = (min(a, b), max(a, b))
  if large < 10 { return logGamma(small) + logGamma(large) - logGamma(small + large) }
  if small < 10 { return logGamma(small) - logGammaStep(large, by: small) }
  // Stirling on all three.
  let sum = small + large
  return 0.5 * log(2 * .pi) - 0.5 * log(large) + (small - 0.5) * log(small / sum)
    - large * log1p(small / large)
    + stirlingCorrection(small) + stirlingCorrection(large) - stirlingCorrection(sum)
}

/// The regularised incomplete beta function I_x(a, b), or 1 - I_x(a, b) with `upper`.
///
/// Boost.Math's while neither parameter exceeds 1e10 (relative error below 1e-13). Above, an
/// expansion for two large parameters (NIST DLMF 8.18.9, leading term) or the gamma function that is
/// the limit for one (8.18(ii)); its relative error there is below 1e-9 near the mean.
///
/// - Parameters:
///   - a, b: positive.
///   - x: in [0, 1].
///   - complement: 1 - x, where the caller knows it better than the subtraction would.
package func regularizedBeta(
  _ a: Double, _ b: Double, _ x: Double, complement: Double? = nil, upper: Bool
) -> Double {
  if x.isNaN { return .nan }
  let y = complement ?? 1 - x
  if x <= 0 { return upper ? 1 : 0 }
  if y <= 0 { return upper ? 0 : 1 }
  if x > 0.5 || complement != nil && y < 0.5 {
    return lowerOrUpperBeta(b, a, y, x, upper: !upper)
  }
  return lowerOrUpperBeta(a, b, x, y, upper: upper)
}

/// The same for x <= 1/2, with y = 1 - x.
private func lowerOrUpperBeta(
  _ a: Double, _ b: Double, _ x: Double, _ y: Double, upper: Bool
) -> Double {
  if a == 0.5, b == 0.5 {  // Boost's special case cancels
    let angle =
      2 / .pi
      * (upper ? atan2(y.squareRoot(), x.squareRoot()) : atan2(x.squareRoot(), y.squareRoot()))
    return angle
  }
  if max(a, b) <= 1e10 {
    return min(1, max(0, upper ? csf_beta_complement(a, b, x) : csf_beta(a, b, x)))
  }
  if min(a, b) < 1e5 {
    // One parameter alone is large: a gamma function.
    return a < b
      ? regularizedGamma(shape: a, -(b + (a - 1) / 2) * log1p(-x), upper: upper)
      : regularizedGamma(shape: b, -(a + (b - 1) / 2) * log(x), upper: !upper)
  }
  // Scaled so that the sum does not overflow.
  let sum = a * 0.5 + b * 0.5
  let center = a * 0.5 / sum
  let rest = b * 0.5 / sum
  let halfSquare = -(center * logMinus(x / center) + rest * logMinus(y / rest))
  let scaled = (2 * sum).squareRoot() * max(0, halfSquare).squareRoot()  // |eta| sqrt(r / 2)
  let isBelow = x < center
  let main = 0.5 * erfc(isBelow == upper ? -scaled : scaled)
  let eta = (2 * halfSquare).squareRoot() * (isBelow ? -1 : 1)
  // 1 / eta - sqrt(center rest) / (x - center), which tends to the value at the center.
  let term =
    abs(eta) < 1e-4
    ? (1 - 2 * center) / (3 * (center * rest).squareRoot())
    : (center * rest).squareRoot() / (x - center) - 1 / eta
  let correction =
    exp(-scaled * scaled) / (2 * .pi).squareRoot() / (2 * sum).squareRoot() * term
  return min(1, max(0, upper ? main + correction : main - correction))
}

/// The x at which I_x(a, b) (or its complement, with `upper`) is `p`, with 1 - x beside it: a first
/// value by Boost.Math, to be polished by whoever needs the last digits. NaN past 1e10.
package func regularizedBetaInverse(
  _ a: Double, _ b: Double, _ p: Double, upper: Bool
) -> (x: Double, complement: Double) {
  guard max(a, b) <= 1e10 else { return (.nan, .nan) }
  var complement = 0.0
  let x =
    upper
    ? csf_beta_complement_inverse(a, b, p, &complement) : csf_beta_inverse(a, b, p, &complement)
  return (x, complement)
}

/// log(x^a y^b / B(a, b)) for x + y = 1: what the densities of the beta, F and binomial families are made
/// of. Around x = a / (a + b) the large terms of large parameters cancel in advance.
package func logBetaKernel(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
  if x == 0 || y == 0 { return x == 0 ? (a == 0 ? 0 : -.infinity) : -.infinity }
  if min(a, b) < 10 { return a * logOf(x, y) + b * logOf(y, x) - logBeta(a, b) }
  let sum = a + b
  return a * logMinus(x * (sum / a)) + b * logMinus(y * (sum / b))
    + 0.5 * (log(a / sum) + log(b)) - 0.5 * log(2 * .pi)
    + stirlingCorrection(sum) - stirlingCorrection(a) - stirlingCorrection(b)
}

/// log x where x + y = 1, by whichever of the two is known better.
private func logOf(_ x: Double, _ y: Double) -> Double { x > 0.5 ? log1p(-y) : log(x) }
