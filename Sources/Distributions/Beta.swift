import Foundation
import Randomness
import SpecialFunctions

/// The beta distribution.
///
/// ```
/// p(x) = x^(alpha - 1) (1 - x)^(beta - 1) / B(alpha, beta),   0 < x < 1
/// ```
///
/// Sampled as x / (x + y) of two gammas, by their logarithms where a shape is below one, so that tiny
/// shapes neither underflow nor divide by zero; from a `Philox` into memory eight side by side. The log
/// density of large shapes is a difference from the mean, so it keeps its digits there; the tails are
/// Boost.Math's incomplete beta functions. A Double is as near to zero as 5e-324, but to one only 1e-16:
/// draws and quantiles round to one where the exact ones do.
public struct Beta: ContinuousDistribution, ParametricDistribution {
  /// The shape towards one; positive.
  public let alpha: Double
  /// The shape towards zero; positive.
  public let beta: Double
  @usableFromInline let alphaGamma, betaGamma: Gamma

  /// - Parameters:
  ///   - alpha: in [1e-300, 1e300].
  ///   - beta: in [1e-300, 1e300].
  public init(alpha: Double, beta: Double) throws(ParameterError) {
    try Self.requireShape(alpha, "alpha", of: "Beta")
    try Self.requireShape(beta, "beta", of: "Beta")
    self.alpha = alpha
    self.beta = beta
    alphaGamma = try Gamma(shape: alpha, rate: 1)
    betaGamma = try Gamma(shape: beta, rate: 1)
  }

  static func requireShape(
    _ value: Double, _ parameter: String, of distribution: String
  ) throws(ParameterError) {
    guard value >= 1e-300, value <= 1e300 else {
      throw ParameterError(distribution, parameter, value, not: "in [1e-300, 1e300]")
    }
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    if alpha >= 1, beta >= 1 {
      let x = alphaGamma.sampleBoosted(using: &generator)
      return x / (x + betaGamma.sampleBoosted(using: &generator))
    }
    let (x, y) = (alphaGamma.sampleLog(using: &generator), betaGamma.sampleLog(using: &generator))
    // Both may be minus infinity for shapes below 1e-306, which are refused.
    return 1 / (1 + exp(y - x))
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    philox.fillBeta(&values, alpha: alpha, beta: beta)
    generator = philox as! G
  }

  public func logDensity(of value: Double) -> Double {
    guard value >= 0, value <= 1 else { return -.infinity }
    if value == 0 { return alpha < 1 ? .infinity : alpha == 1 ? log(beta) : -.infinity }
    if value == 1 { return beta < 1 ? .infinity : beta == 1 ? log(alpha) : -.infinity }
    return logBetaKernel(alpha, beta, value, 1 - value) - log(value) - log1p(-value)
  }

  public func cdf(_ x: Double) -> Double { regularizedBeta(alpha, beta, x, upper: false) }
  public func survival(_ x: Double) -> Double { regularizedBeta(alpha, beta, x, upper: true) }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    regularizedBetaInverse(alpha, beta, p, upper: upper).x
  }

  public var mean: Double { 1 / (1 + beta / alpha) }
  public var variance: Double { mean * (1 / (1 + alpha / beta)) / (alpha + beta + 1) }
  public var support: ClosedRange<Double> { 0...1 }

  public var parameterNames: [String] { ["alpha", "beta"] }
  public var parameters: [Double] { [alpha, beta] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(alpha: parameters[0], beta: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = (alpha - 1) / value - (beta - 1) / (1 - value)
    partials[1] = log(value) + digammaStep(alpha, by: beta)
    partials[2] = log1p(-value) + digammaStep(beta, by: alpha)
    return logDensity(of: value)
  }
}
