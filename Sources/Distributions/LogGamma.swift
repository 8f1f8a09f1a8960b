import Foundation
import GSL

/// log Gamma(x) for x > 0 (GSL's; libm's writes a global sign).
package func logGamma(_ x: Double) -> Double {
  (try? GSLSpecial.logGamma(x)) ?? .infinity
}

/// log Gamma(x + 1/2) - log Gamma(x) for x > 0, without cancellation for large x.
func logGammaHalfStep(_ x: Double) -> Double {
  if x < 20 { return logGamma(x + 0.5) - logGamma(x) }
  let r = 1 / x
  let r2 = r * r
  // Bernoulli polynomials at 1/2 and 0: the expansion of F. G. Tricomi and A. Erdelyi (1951).
  return 0.5 * log(x) - r
    * (1.0 / 8 - r2 * (1.0 / 192 - r2 * (1.0 / 640 - r2 * (17.0 / 14336 - r2 * 31 / 18432))))
}

/// log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2) for x >= 10: the tail of Stirling's series.
func stirlingCorrection(_ x: Double) -> Double {
  let r = 1 / x
  let r2 = r * r
  return r
    * (1.0 / 12 - r2
      * (1.0 / 360 - r2
        * (1.0 / 1260 - r2 * (1.0 / 1680 - r2 * (1.0 / 1188 - r2 * (691.0 / 360360 - r2 / 156))))))
}

/// log r - r + 1 for r >= 0, without cancellation near 1.
func logMinus(_ ratio: Double) -> Double {
  if ratio == .infinity { return -ratio }
  let u = ratio - 1
  if abs(u) > 0.3 { return log(ratio) - u }
  // log(1 + u) = 2 atanh r with r = u / (2 + u).
  let r = u / (2 + u)
  let r2 = r * r
  var sum = 0.0
  var power = 1.0
  for k in 1...12 {
    power *= r2
    sum += power / Double(2 * k + 1)
  }
  return 2 * r * sum - u * r
}
