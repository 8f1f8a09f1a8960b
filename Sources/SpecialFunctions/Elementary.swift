import Foundation

/// log r - r + 1 for r >= 0, without cancellation near 1.
package func logMinus(_ ratio: Double) -> Double {
  ratio == .infinity ? -.infinity : ratio < 0.5 ? log(ratio) - ratio + 1 : log1pMinus(ratio - 1)
}

/// log(1 + u) - u for u >= -1, without cancellation near zero.
package func log1pMinus(_ u: Double) -> Double {
  if u == .infinity { return -u }
  if abs(u) > 0.3 { return log1p(u) - u }
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

/// log(1 + exp(x)), without overflow.
package func log1pExp(_ x: Double) -> Double {
  x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
}

/// log(1 - exp(x)) for x <= 0, good near zero and far below it.
package func log1mExp(_ x: Double) -> Double {
  x > -0.6931471805599453 ? log(-expm1(x)) : log1p(-exp(x))
}

/// 1 / (1 + exp(-x)), good in the lower tail.
package func logistic(_ x: Double) -> Double {
  if x > 0 { return 1 / (1 + exp(-x)) }
  let e = exp(x)
  return e / (1 + e)
}

/// log(exp(a) + exp(b)), without overflow; minus infinities stand for zeros.
package func logAddExp(_ a: Double, _ b: Double) -> Double {
  if a == b { return a + 0.6931471805599453 }
  return max(a, b) + log1p(exp(-abs(a - b)))
}

/// x log y, zero where x is zero whatever y.
package func xLogY(_ x: Double, _ y: Double) -> Double { x == 0 ? 0 : x * log(y) }

/// x log(1 + y), zero where x is zero whatever y.
package func xLog1pY(_ x: Double, _ y: Double) -> Double { x == 0 ? 0 : x * log1p(y) }
