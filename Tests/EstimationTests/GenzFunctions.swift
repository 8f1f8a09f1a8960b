import Foundation

/// Genz's six families of integrands on the unit cube, with the parameters of
/// `Benchmarks/peers/estimation/vegas_genz.py`: a_i = h (2 i - 1) / d^2, u_i the fractional part of i / phi.
///
/// ## References
/// A. Genz, "A package for testing multiple integration subroutines", in P. Keast, G. Fairweather
/// (eds.), *Numerical Integration* (1987). The sums h are those of V. Barthelmann, E. Novak, K. Ritter,
/// Adv. Comput. Math. 12 (2000), doi:10.1023/A:1018977404843.
struct GenzFunction: Sendable {
  enum Family: String, CaseIterable, Sendable {
    case oscillatory
    case productPeak = "product peak"
    case cornerPeak = "corner peak"
    case gaussian = "Gaussian"
    case continuous
    case discontinuous

    var difficulty: Double {
      switch self {
      case .oscillatory: 9
      case .productPeak: 7.25
      case .cornerPeak: 1.85
      case .gaussian: 7.03
      case .continuous: 20.4
      case .discontinuous: 4.3
      }
    }
  }

  let family: Family
  let a: [Double]
  let u: [Double]

  init(_ family: Family, dimension: Int) {
    self.family = family
    let d = Double(dimension)
    a = (1...dimension).map { family.difficulty * Double(2 * $0 - 1) / (d * d) }
    u = (1...dimension).map {
      (Double($0) * (5.0.squareRoot() - 1) / 2).truncatingRemainder(dividingBy: 1)
    }
  }

  /// With other parameters, `[dimension]` each.
  init(_ family: Family, a: [Double], u: [Double]) {
    precondition(a.count == u.count, "\(a.count) difficulties at \(u.count) places")
    (self.family, self.a, self.u) = (family, a, u)
  }

  var dimension: Int { a.count }

  var isSmooth: Bool { family != .continuous && family != .discontinuous }

  func value(_ x: [Double]) -> Double {
    var (sum, product) = (0.0, 1.0)
    switch family {
    case .oscillatory:
      for i in a.indices { sum += a[i] * x[i] }
      return cos(2 * .pi * u[0] + sum)
    case .productPeak:
      for i in a.indices { product *= 1 / (a[i] * a[i]) + (x[i] - u[i]) * (x[i] - u[i]) }
      return 1 / product
    case .cornerPeak:
      for i in a.indices { sum += a[i] * x[i] }
      return pow(1 + sum, -Double(a.count + 1))
    case .gaussian:
      for i in a.indices { sum += a[i] * a[i] * (x[i] - u[i]) * (x[i] - u[i]) }
      return exp(-sum)
    case .continuous:
      for i in a.indices { sum += a[i] * abs(x[i] - u[i]) }
      return exp(-sum)
    case .discontinuous:
      for i in a.indices {
        if i < 2, x[i] > u[i] { return 0 }
        sum += a[i] * x[i]
      }
      return exp(sum)
    }
  }

  var exact: Double {
    let factors: [Double]
    switch family {
    case .oscillatory:
      return a.reduce(cos(2 * .pi * u[0] + a.reduce(0, +) / 2)) { $0 * 2 * sin($1 / 2) / $1 }
    case .cornerPeak:
      var sum = 0.0
      for subset in 0..<1 << dimension {
        let chosen = a.indices.filter { subset >> $0 & 1 == 1 }
        let term = 1 / (1 + chosen.reduce(0) { $0 + a[$1] })
        sum += chosen.count % 2 == 0 ? term : -term
      }
      return a.indices.reduce(sum) { $0 / a[$1] / Double($1 + 1) }
    case .productPeak:
      factors = zip(a, u).map { $0 * (atan($0 * (1 - $1)) + atan($0 * $1)) }
    case .gaussian:
      factors = zip(a, u).map {
        Double.pi.squareRoot() / (2 * $0) * (erf($0 * (1 - $1)) + erf($0 * $1))
      }
    case .continuous:
      factors = zip(a, u).map { (2 - exp(-$0 * $1) - exp(-$0 * (1 - $1))) / $0 }
    case .discontinuous:
      factors = a.indices.map { expm1($0 < 2 ? a[$0] * u[$0] : a[$0]) / a[$0] }
    }
    return factors.reduce(1, *)
  }
}
