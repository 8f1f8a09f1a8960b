import Foundation
import Randomness
import SpecialFunctions

/// Fisher's F distribution: the ratio of two independent chi-squared variables, each divided by its
/// degrees of freedom m and n.
///
/// ```
/// p(x) = (m x)^(m / 2) n^(n / 2) (m x + n)^(-(m + n) / 2) / (x B(m / 2, n / 2)),   x > 0
/// ```
///
/// Sampled as that ratio. The tails are incomplete beta functions at m x / (m x + n), whose complement
/// is known without cancellation. The upper tail falls as x^(-n / 2): the mean is finite for n > 2, the
/// variance for n > 4.
public struct FisherF: ContinuousDistribution, ParametricDistribution {
  /// m; positive.
  public let numeratorDegreesOfFreedom: Double
  /// n; positive.
  public let denominatorDegreesOfFreedom: Double
  @usableFromInline let numerator, denominator: Gamma

  /// - Parameters:
  ///   - numeratorDegreesOfFreedom: in [1e-100, 1e100].
  ///   - denominatorDegreesOfFreedom: in [1e-100, 1e100].
  public init(
    numeratorDegreesOfFreedom: Double, denominatorDegreesOfFreedom: Double
  ) throws(ParameterError) {
    for (value, name) in [
      (numeratorDegreesOfFreedom, "numeratorDegreesOfFreedom"),
      (denominatorDegreesOfFreedom, "denominatorDegreesOfFreedom"),
    ] where !(value >= 1e-100 && value <= 1e100) {
      throw ParameterError("FisherF", name, value, not: "in [1e-100, 1e100]")
    }
    self.numeratorDegreesOfFreedom = numeratorDegreesOfFreedom
    self.denominatorDegreesOfFreedom = denominatorDegreesOfFreedom
    numerator = try Gamma(shape: numeratorDegreesOfFreedom / 2, rate: 1)
    denominator = try Gamma(shape: denominatorDegreesOfFreedom / 2, rate: 1)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let x = numerator.sampleLog(using: &generator)
    let y = denominator.sampleLog(using: &generator)
    return exp(x - y) * (denominatorDegreesOfFreedom / numeratorDegreesOfFreedom)
  }

  private var a: Double { numeratorDegreesOfFreedom / 2 }
  private var b: Double { denominatorDegreesOfFreedom / 2 }

  /// m x / (m x + n) and its complement.
  private func shares(_ x: Double) -> (Double, Double) {
    let odds = x * (a / b)
    // Either is monotone in x, rounding included.
    return odds == .infinity ? (1, 0) : (1 / (1 + 1 / odds), 1 / (1 + odds))
  }

  public func logDensity(of value: Double) -> Double {
    if value < 0 || value == .infinity { return -.infinity }
    let (y, c) = shares(value)
    if value == 0 || y == 0 {
      return a < 1 ? .infinity : a == 1 ? 0 : -.infinity
    }
    return c == 0 ? -.infinity : logBetaKernel(a, b, y, c) - log(value)
  }

  public func cdf(_ x: Double) -> Double { tail(x, upper: false) }
  public func survival(_ x: Double) -> Double { tail(x, upper: true) }

  private func tail(_ x: Double, upper: Bool) -> Double {
    if x <= 0 { return upper ? 1 : 0 }
    if x * (a / b) < 1e-280 {
      // The leading term: the share itself would lose digits or vanish.
      let logLower = min(0, a * (log(x) + log(a / b)) - logScaledBeta)
      return upper ? -expm1(logLower) : exp(logLower)
    }
    let (y, c) = shares(x)
    return regularizedBeta(a, b, y, complement: c, upper: upper)
  }

  /// log(a B(a, b)), which vanishes with a.
  private var logScaledBeta: Double {
    a < 1e-8 ? a * (digamma(1) - digamma(b)) : log(a) + logBeta(a, b)
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    let (y, c) = regularizedBetaInverse(a, b, p, upper: upper)
    return y / c * (b / a)
  }

  public var mean: Double {
    denominatorDegreesOfFreedom > 2 ? b / (b - 1) : .infinity
  }
  public var variance: Double {
    guard denominatorDegreesOfFreedom > 4 else {
      return denominatorDegreesOfFreedom > 2 ? .infinity : .nan
    }
    return mean * mean * ((a + b - 1) / a) / (b - 2)
  }
  public var support: ClosedRange<Double> { 0 ... .infinity }

  public var parameterNames: [String] {
    ["numeratorDegreesOfFreedom", "denominatorDegreesOfFreedom"]
  }
  public var parameters: [Double] { [numeratorDegreesOfFreedom, denominatorDegreesOfFreedom] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(
      numeratorDegreesOfFreedom: parameters[0], denominatorDegreesOfFreedom: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let (y, c) = shares(value)
    // d log p / d log x, where 1 is the Jacobian's.
    let elasticity = a * c - b * y
    partials[0] = (elasticity - 1) / value
    partials[1] = 0.5 * (log(y) + digammaStep(a, by: b) + elasticity / a)
    partials[2] = 0.5 * (log(c) + digammaStep(b, by: a) - elasticity / b)
    return logDensity(of: value)
  }
}
