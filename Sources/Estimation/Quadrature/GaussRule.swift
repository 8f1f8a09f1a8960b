import Distributions
import Foundation
import GSL

/// A family of Gauss rules: with n points it integrates polynomials of degree below 2 n, times the
/// family's weight function, exactly.
///
/// ```
/// integral of f(x) w(x) dx ~ sum_i weights[i] f(nodes[i])
/// ```
///
/// ```swift
/// let rule = try GaussRule.legendre(over: 0...1)
/// let e = try rule.integral(of: exp, points: 8)       // e - 1
/// ```
///
/// ## References
/// G. H. Golub and J. H. Welsch, "Calculation of Gauss quadrature rules", Mathematics of
/// Computation 23 (1969), doi:10.1090/S0025-5718-69-99647-1.
public struct GaussRule: Sendable, Hashable {
  /// On the family's standard range.
  private let standard: GSLGaussRule
  /// x = center + scale y, and what the weights are multiplied by.
  private let center, scale, factor: Double

  /// w(x) = 1 on a finite range.
  /// - Throws: ``EstimationError`` for a range that is not finite.
  public static func legendre(over range: ClosedRange<Double>) throws -> GaussRule {
    try finite(.legendre(a: -1, b: 1), range, degree: 0)
  }

  /// w(x) = 1 / sqrt((b - x) (x - a)) on a...b.
  /// - Throws: ``EstimationError`` for a range that is not finite.
  public static func chebyshev(over range: ClosedRange<Double>) throws -> GaussRule {
    try finite(.chebyshev(a: -1, b: 1), range, degree: -1)
  }

  /// w(x) = sqrt((b - x) (x - a)) on a...b.
  /// - Throws: ``EstimationError`` for a range that is not finite.
  public static func chebyshevSecondKind(over range: ClosedRange<Double>) throws -> GaussRule {
    try finite(.chebyshevSecondKind(a: -1, b: 1), range, degree: 1)
  }

  /// w(x) = (b - x)^alpha (x - a)^beta on a...b.
  ///
  /// - Parameters:
  ///   - alpha: in (-1, 1000].
  ///   - beta: in (-1, 1000].
  /// - Throws: ``EstimationError``.
  public static func jacobi(
    alpha: Double, beta: Double, over range: ClosedRange<Double>
  ) throws -> GaussRule {
    try requireExponent(alpha, "alpha")
    try requireExponent(beta, "beta")
    return try finite(
      .jacobi(a: -1, b: 1, alpha: alpha, beta: beta), range, degree: alpha + beta)
  }

  /// w(x) = (x - a)^exponent exp(-rate (x - a)) for x > a.
  ///
  /// - Parameters:
  ///   - a: finite.
  ///   - rate: positive and finite.
  ///   - exponent: in (-1, 1000].
  /// - Throws: ``EstimationError``.
  public static func laguerre(
    from a: Double = 0, rate: Double = 1, exponent: Double = 0
  ) throws -> GaussRule {
    try requireExponent(exponent, "exponent")
    try requireFinite(a, "end")
    try requirePositive(rate, "rate")
    return try GaussRule(
      .laguerre(a: 0, b: 1, alpha: exponent), center: a, scale: 1 / rate, degree: exponent)
  }

  /// w(x) = |x - center|^exponent exp(-precision (x - center)^2) on the reals.
  ///
  /// - Parameters:
  ///   - center: finite.
  ///   - precision: positive and finite.
  ///   - exponent: in (-1, 1000].
  /// - Throws: ``EstimationError``.
  public static func hermite(
    center: Double = 0, precision: Double = 1, exponent: Double = 0
  ) throws -> GaussRule {
    try requireExponent(exponent, "exponent")
    try requireFinite(center, "center")
    try requirePositive(precision, "precision")
    return try GaussRule(
      .hermite(a: 0, b: 1, alpha: exponent), center: center, scale: 1 / precision.squareRoot(),
      degree: exponent)
  }

  /// The density of a normal distribution: the weights sum to one, and the sum is an expectation.
  public static func density(of target: Normal<Double>) -> GaussRule {
    GaussRule(
      standard: .hermite(a: 0, b: 1, alpha: 0), center: target.mean,
      scale: target.standardDeviation * 2.0.squareRoot(), factor: 1 / Double.pi.squareRoot())
  }

  /// The nodes, increasing, and weights of n points, `[points]` each.
  ///
  /// - Parameter points: from 1 to 1000.
  /// - Throws: ``EstimationError``, or `GSLError` where GSL has no rule of so many points.
  /// - Complexity: O(points^2).
  public func rule(points: Int) throws -> (nodes: [Double], weights: [Double]) {
    guard (1...1000).contains(points) else {
      throw EstimationError.setting("the number of points \(points) is not in 1...1000")
    }
    let rule = try standard.rule(points: points)
    return (rule.nodes.map { center + scale * $0 }, rule.weights.map { factor * $0 })
  }

  /// The integral of `integrand` times the weight function.
  ///
  /// The bound on the error comes from rules of fewer points; see ``ProductQuadrature``.
  ///
  /// - Parameter points: from 4 to 1000.
  /// - Throws: ``EstimationError``, ``IntegrandFailure``, `GSLError`.
  /// - Complexity: about 2.5 `points` evaluations.
  public func integral(of integrand: (Double) throws -> Double, points: Int) throws -> Estimate {
    try ProductQuadrature(points: points).integral(of: { try integrand($0[0]) }, rules: [self])
  }

  private static func finite(
    _ rule: GSLGaussRule, _ range: ClosedRange<Double>, degree: Double
  ) throws -> GaussRule {
    let (a, b) = (range.lowerBound, range.upperBound)
    guard a < b, (b - a).isFinite else {
      throw EstimationError.setting("the range \(range) is not finite with a positive width")
    }
    return try GaussRule(rule, center: a + (b - a) / 2, scale: (b - a) / 2, degree: degree)
  }

  /// The weight function is homogeneous of that degree in the scale.
  private init(
    _ standard: GSLGaussRule, center: Double, scale: Double, degree: Double
  ) throws {
    let factor = pow(scale, degree + 1)
    guard factor > 0, factor.isFinite, scale > 0 else {
      throw EstimationError.setting("the weights of a range on the scale \(scale) overflow")
    }
    self.init(standard: standard, center: center, scale: scale, factor: factor)
  }

  private init(standard: GSLGaussRule, center: Double, scale: Double, factor: Double) {
    (self.standard, self.center, self.scale, self.factor) = (standard, center, scale, factor)
  }

  private static func requireExponent(_ value: Double, _ name: String) throws {
    guard value > -1, value <= 1000 else {
      throw EstimationError.setting("\(name) \(value) is not in (-1, 1000]")
    }
  }

  private static func requireFinite(_ value: Double, _ name: String) throws {
    guard value.isFinite else {
      throw EstimationError.setting("the \(name) \(value) is not finite")
    }
  }

  private static func requirePositive(_ value: Double, _ name: String) throws {
    guard value > 0, value.isFinite else {
      throw EstimationError.setting("the \(name) \(value) is not positive and finite")
    }
  }
}
