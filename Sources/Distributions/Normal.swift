import Differentiation
import Foundation
import GSL

/// The normal distribution N(mean, standardDeviation^2).
///
/// ```
/// p(x) = exp(-z^2 / 2) / (sd sqrt(2 pi)),   z = (x - mean) / sd
/// ```
///
/// `Normal<Double>` draws (ziggurat), and has a cdf (from erfc) and a quantile (GSL's, Wichura's
/// AS 241). `Normal<Tensor>` is a density of traced parameters. The log density is computed without
/// exponentials, so it is good in both tails; a parameter of a `Normal<Tensor>` is not checked.
public struct Normal<Parameter: Sendable>: Sendable {
  /// The centre.
  public let mean: Parameter
  /// The width; positive.
  public let standardDeviation: Parameter
  /// -log(sd sqrt(2 pi)); not used when the parameters are traced.
  @usableFromInline let logNormalization: Double
}

extension Normal where Parameter == Double {
  /// - Parameters:
  ///   - mean: finite.
  ///   - standardDeviation: positive and finite.
  public init(mean: Double, standardDeviation: Double) throws(ParameterError) {
    try ParameterError.requireFinite(mean, "mean", of: "Normal")
    try ParameterError.requirePositive(standardDeviation, "standardDeviation", of: "Normal")
    self.mean = mean
    self.standardDeviation = standardDeviation
    logNormalization = -log(standardDeviation) - 0.5 * log(2 * .pi)
  }
}

extension Normal: Distribution, ContinuousDistribution where Parameter == Double {
  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    mean + standardDeviation * Ziggurat.normal.sample(using: &generator)
  }

  @inlinable
  public func logDensity(of value: Double) -> Double {
    let z = (value - mean) / standardDeviation
    return -0.5 * z * z + logNormalization
  }

  public func cdf(_ x: Double) -> Double {
    0.5 * erfc(-(x - mean) / standardDeviation * 0.5.squareRoot())
  }

  public func survival(_ x: Double) -> Double {
    0.5 * erfc((x - mean) / standardDeviation * 0.5.squareRoot())
  }

  public func quantile(_ p: Double) -> Double {
    requireProbability(p)
    // GSL's function is NaN for no p in [0, 1].
    return mean + standardDeviation * (try! GSLCumulative.normalQuantile(p, upper: false))
  }

  public var variance: Double { standardDeviation * standardDeviation }
  public var support: ClosedRange<Double> { -.infinity ... .infinity }
}

extension Normal where Parameter == Tensor {
  /// A density of traced parameters, which are not checked here: a standard deviation that is not
  /// positive makes the log density NaN, and an evaluation fails.
  @_disfavoredOverload
  public init(mean: Tensor, standardDeviation: Tensor) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    logNormalization = 0
  }

  /// The sum of the log densities of the elements of `value`, a scalar; value and parameters are
  /// broadcast to one shape.
  public func logDensity(of value: Tensor) -> Tensor {
    Tensor.sum(of: normalLogDensity, value, mean, standardDeviation)
  }
}

/// log N(x; mean, sd^2) and its partials in x, mean and sd.
private let normalLogDensity = ScalarFunction(name: "Normal.logDensity", arity: 3) {
  arguments, partials in
  let (x, mean, deviation) = (arguments[0], arguments[1], arguments[2])
  // A deviation outside the domain must not pass for a number.
  guard deviation > 0 else { return .nan }
  let z = (x - mean) / deviation
  partials[0] = -z / deviation
  partials[1] = z / deviation
  partials[2] = (z * z - 1) / deviation
  return -0.5 * z * z - log(deviation) - 0.5 * log(2 * .pi)
}
