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

/// Mills' ratio P(Z > z) / p(z) of the standard normal distribution.
package func millsRatio(_ z: Double) -> Double {
  if z < 5 { return normalCDF(-z) * (2 * .pi).squareRoot() * exp(0.5 * z * z) }
  // Laplace's continued fraction, from its tail: 1 / (z + 1 / (z + 2 / (z + ...))).
  var fraction = z
  for k in stride(from: 80, through: 1, by: -1) { fraction = z + Double(k) / fraction }
  return 1 / fraction
}

/// The variance of Z given Z > z: 1 + z h - h^2 with the hazard h = 1 / m.
package func normalTailVariance(_ z: Double) -> Double {
  if z < 10 {
    let hazard = 1 / millsRatio(z)
    return 1 + z * hazard - hazard * hazard
  }
  // h - z = d is one over the next level of the fraction; 1 + z h - h^2 = 1 - d h = 1 - d (z + d).
  // With F = z + 2 / (z + 3 / (...)) it is d = 1 / F, and 1 - (z + d) / F = (F - z - d) / F.
  var inner = z
  for k in stride(from: 60, through: 3, by: -1) { inner = z + Double(k) / inner }
  let f = z + 2 / inner  // F
  // F - z - d = 2 / inner - 1 / F = (2 F - inner) / (inner F), and 2 F - inner = z + 4/inner - 3/next.
  var next = z
  for k in stride(from: 60, through: 4, by: -1) { next = z + Double(k) / next }
  return (z + 4 / inner - 3 / next) / (inner * f * f)
}

/// The variance of a Rayleigh variable of scale one given that it exceeds l: 2 - m (2 l + m) with Mills'
/// ratio m.
package func rayleighTailVariance(_ l: Double) -> Double {
  if l < 100 {
    let m = millsRatio(l)
    return 2 - m * (2 * l + m)
  }
  // Its asymptotic series, from that of Mills' ratio.
  let r = 1 / (l * l)
  return r * (1 - r * (4 - r * (23 - r * (174 - r * 1641))))
}

/// The z with erf(z) = p, for p in [0, 1].
package func erfInverse(_ p: Double) -> Double { csf_erf_inverse(p) }

/// The hazard 1 / m(z) less z, without cancellation for large z.
package func normalHazardExcess(_ z: Double) -> Double {
  if z < 10 { return 1 / millsRatio(z) - z }
  var fraction = z
  for k in stride(from: 40, through: 2, by: -1) { fraction = z + Double(k) / fraction }
  return 1 / fraction
}
