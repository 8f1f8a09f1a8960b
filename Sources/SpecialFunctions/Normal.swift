internal import CSpecialFunctions
import Foundation

/// P(Z <= z) of a standard normal Z, good in the lower tail.
package func normalCDF(_ z: Double) -> Double { 0.5 * erfc(-z * 0.5.squareRoot()) }

/// log P(Z <= z), good where the probability itself would be zero.
package func normalLogCDF(_ z: Double) -> Double {
  if z > -30 { return z > 5 ? log1p(-normalCDF(-z)) : log(normalCDF(z)) }
  // The asymptotic series of Mills' ratio: terms fall by a factor of 900 at first.
  let r = 1 / (z * z)
  var (term, sum) = (1.0, 1.0)
  for k in 0..<8 {
    term *= -Double(2 * k + 1) * r
    sum += term
  }
  return -0.5 * z * z - log(-z) - 0.5 * log(2 * .pi) + log(sum)
}

/// The z with P(Z <= z) = p, for p in [0, 1]; the upper tail is reached by the symmetry
/// z(1 - q) = -z(q).
package func normalQuantile(_ p: Double) -> Double {
  if p == 0 { return -.infinity }
  if p == 1 { return .infinity }
  return -2.0.squareRoot() * csf_erfc_inverse(2 * p)
}

/// Owen's T function: P(X > h and 0 < Y < a X) of independent standard normals.
package func owensT(_ h: Double, _ a: Double) -> Double { csf_owens_t(h, a) }

/// exp(-x) I_order(x), the scaled modified Bessel function of the first kind, for x >= 0.
///
/// - Parameter order: 0 or 1.
package func scaledBesselI(order: Int, _ x: Double) -> Double {
  csf_scaled_bessel_i(Int32(order), x)
}
