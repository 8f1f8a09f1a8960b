import Foundation
import Randomness

/// The triangular distribution on [lower, upper].
///
/// ```
/// p(x) = 2 (x - lower) / ((upper - lower) (mode - lower)),   lower <= x <= mode
///        2 (upper - x) / ((upper - lower) (upper - mode)),   mode <= x <= upper
/// ```
///
/// Sampled by inversion of a uniform, from whichever end is nearer; never outside [lower, upper].
public struct Triangular: ContinuousDistribution, ParametricDistribution {
  /// The lower end.
  public let lower: Double
  /// Where the density is highest.
  public let mode: Double
  /// The upper end.
  public let upper: Double
  private let logWidth: Double

  /// - Parameters:
  ///   - lower: finite.
  ///   - mode: from `lower` to `upper`.
  ///   - upper: finite, above `lower` by a width in [1e-300, 1e300].
  public init(lower: Double, mode: Double, upper: Double) throws(ParameterError) {
    try ParameterError.requireFinite(lower, "lower", of: "Triangular")
    try ParameterError.requireFinite(upper, "upper", of: "Triangular")
    try ParameterError.requireScale(upper - lower, "upper - lower", of: "Triangular")
    guard mode >= lower, mode <= upper else {
      throw ParameterError("Triangular", "mode", mode, not: "in [\(lower), \(upper)]")
    }
    self.lower = lower
    self.mode = mode
    self.upper = upper
    logWidth = log(upper - lower)
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    quantile(generator.nextOpenUnit())
  }

  public func logDensity(of value: Double) -> Double {
    guard value >= lower, value <= upper else { return -.infinity }
    if value == mode { return log(2) - logWidth }
    let share =
      value < mode ? (value - lower) / (mode - lower) : (upper - value) / (upper - mode)
    return log(2) + log(share) - logWidth
  }

  /// The smaller of the two tails, which ends at x on the lower side of the mode or the upper.
  private func sideTail(_ x: Double) -> Double {
    let width = upper - lower
    return x < mode
      ? (x - lower) / width * ((x - lower) / (mode - lower))
      : (upper - x) / width * ((upper - x) / (upper - mode))
  }

  // Beyond the mode a tail is the whole other side and a part: sums, which keep their digits.
  public func cdf(_ x: Double) -> Double {
    if x <= lower || x >= upper { return x <= lower ? 0 : 1 }
    let width = upper - lower
    return x < mode
      ? sideTail(x)
      : min(
        1,
        (mode - lower) / width
          + (x - mode) / width * ((upper - x + (upper - mode)) / (upper - mode)))
  }

  public func survival(_ x: Double) -> Double {
    if x <= lower || x >= upper { return x <= lower ? 1 : 0 }
    let width = upper - lower
    return x >= mode
      ? sideTail(x)
      : min(
        1,
        (upper - mode) / width
          + (mode - x) / width * ((x - lower + (mode - lower)) / (mode - lower)))
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper isUpper: Bool) -> Double {
    let width = upper - lower
    let x =
      !isUpper == (p * width <= (isUpper ? upper - mode : mode - lower))
      ? lower + ((isUpper ? 1 - p : p) * width).squareRoot() * (mode - lower).squareRoot()
      : upper - ((isUpper ? p : 1 - p) * width).squareRoot() * (upper - mode).squareRoot()
    return min(upper, max(lower, x))
  }

  public var mean: Double { lower / 3 + mode / 3 + upper / 3 }
  public var variance: Double {
    let (a, b) = (mode - lower, upper - mode)
    return (a * a + a * b + b * b) / 18
  }
  public var support: ClosedRange<Double> { lower...upper }

  public var parameterNames: [String] { ["lower", "mode", "upper"] }
  public var parameters: [Double] { [lower, mode, upper] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(lower: parameters[0], mode: parameters[1], upper: parameters[2])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let width = upper - lower
    if value < mode {
      partials[0] = 1 / (value - lower)
      partials[1] = 1 / width + 1 / (mode - lower) - 1 / (value - lower)
      partials[2] = -1 / (mode - lower)
      partials[3] = -1 / width
    } else {
      partials[0] = -1 / (upper - value)
      partials[1] = 1 / width
      partials[2] = 1 / (upper - mode)
      partials[3] = 1 / (upper - value) - 1 / width - 1 / (upper - mode)
    }
    return logDensity(of: value)
  }
}
