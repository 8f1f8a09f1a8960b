import Foundation

/// P(T > distance / scale) of Student's t distribution with `df` degrees of freedom, for a distance
/// >= 0; that quotient may overflow.
package func studentUpperTail(
  _ distance: Double, scale: Double = 1, degreesOfFreedom df: Double
) -> Double {
  if distance == .infinity { return 0 }
  let z = distance / scale
  let w = df.squareRoot() * (scale / distance)
  if w < 1e-100 {
    // The leading term of the incomplete beta function: the next is w^2 times as large.
    let logW = 0.5 * log(df) + log(scale) - log(distance)
    return 0.5 * exp(df * logW - log(df / 2) - logBeta(df / 2, 0.5))
  }
  let ratio = z / df.squareRoot() * (z / df.squareRoot())
  // 1 / (1 + 1 / ratio) rounds to what rises with the ratio, ratio / (1 + ratio) does not.
  if ratio < 1 { return 0.5 * regularizedBeta(0.5, df / 2, 1 / (1 + 1 / ratio), upper: true) }
  return 0.5
    * regularizedBeta(
      df / 2, 0.5, 1 / (1 + ratio), complement: 1 / (1 + 1 / ratio), upper: false)
}

/// P(|T| < z), for z >= 0.
package func studentCentral(_ z: Double, degreesOfFreedom df: Double) -> Double {
  let ratio = z / df.squareRoot() * (z / df.squareRoot())
  if ratio == .infinity { return 1 - 2 * studentUpperTail(z, degreesOfFreedom: df) }
  if ratio < .leastNormalMagnitude {
    // The density at zero times the width.
    return 2 * z / df.squareRoot() * exp(-logBeta(0.5, df / 2))
  }
  return ratio < 1
    ? regularizedBeta(0.5, df / 2, 1 / (1 + 1 / ratio), upper: false)
    : regularizedBeta(df / 2, 0.5, 1 / (1 + ratio), complement: 1 / (1 + 1 / ratio), upper: true)
}

/// A first value of the z >= 0 with P(T > z) = q, for q <= 1/2; NaN where none is at hand.
package func studentUpperQuantile(_ q: Double, degreesOfFreedom df: Double) -> Double {
  let (x, complement) = regularizedBetaInverse(df / 2, 0.5, 2 * q, upper: false)
  if x > 1e-290 { return (df * complement / x).squareRoot() }
  // The leading term again.
  return df.squareRoot() * exp(-(log(2 * q) + log(df / 2) + logBeta(df / 2, 0.5)) / df)
}
