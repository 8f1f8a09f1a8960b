import Foundation
import Randomness
import SpecialFunctions

/// A distribution of one variable restricted to a closed interval.
///
/// ```
/// p(x) = base(x) / N,   N = P(lower <= X <= upper),   lower <= x <= upper
/// ```
///
/// Sampled from the base while at least a quarter of it is kept, else by inversion of whichever tail of
/// the base is smaller, so that an interval far out is as good as one in the middle. N is a difference of
/// the smaller tails; where both are zero (beyond 38 standard deviations of a normal, say) the interval
/// is refused.
///
/// ```swift
/// let positive = try Normal(mean: -1, standardDeviation: 1).truncated(to: 0 ... .infinity)
/// ```
public struct Truncated<Base: UnivariateDistribution>: UnivariateDistribution {
  public typealias Value = Base.Value

  /// The whole distribution.
  public let base: Base
  /// The interval that is kept.
  public let interval: ClosedRange<Value>
  /// The probabilities of the base below and from either end, and N.
  @usableFromInline let lowCDF, lowSurvival, highCDF, highSurvival, mass: Double
  @usableFromInline let logMass: Double

  /// - Parameters:
  ///   - base: the whole distribution.
  ///   - interval: with some probability under `base` that a Double can hold; both ends belong to it.
  public init(_ base: Base, to interval: ClosedRange<Value>) throws(ParameterError) {
    let (low, high) = (interval.lowerBound, interval.upperBound)
    self.base = base
    self.interval = interval
    (lowCDF, lowSurvival) =
      low <= base.support.lowerBound
      ? (0, 1) : (base.cdf(low._predecessor), base.survival(low._predecessor))
    (highCDF, highSurvival) = (base.cdf(high), base.survival(high))
    mass = lowCDF < 0.5 ? highCDF - lowCDF : lowSurvival - highSurvival
    guard mass > .leastNormalMagnitude else {
      throw ParameterError("Truncated", "the probability of \(interval)", mass, not: "positive")
    }
    logMass = log(mass)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value {
    if mass > 0.25 {
      while true {
        let x = base.sample(using: &generator)
        if interval.contains(x) { return x }
      }
    }
    return place(mass * generator.nextOpenUnit(), fromHighEnd: false)
  }

  /// The place in the interval with so much of the base's probability between it and an end, by
  /// whichever tail of the base is small at that end.
  @usableFromInline
  func place(_ part: Double, fromHighEnd: Bool) -> Value {
    let x: Value
    if fromHighEnd {
      x =
        highSurvival < 0.5
        ? base.survivalQuantile(min(1, highSurvival + part))
        : base.quantile(max(0, highCDF - part))
    } else {
      x =
        lowCDF < 0.5
        ? base.quantile(min(1, lowCDF + part)) : base.survivalQuantile(max(0, lowSurvival - part))
    }
    return min(interval.upperBound, max(interval.lowerBound, x))
  }

  public func logDensity(of value: Value) -> Double {
    interval.contains(value) ? base.logDensity(of: value) - logMass : -.infinity
  }

  @inlinable
  public func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    base.logDensities(of: values, into: &results)
    for i in values.indices {
      results[i] = interval.contains(values[i]) ? results[i] - logMass : -.infinity
    }
  }

  public func cdf(_ x: Value) -> Double {
    if x < interval.lowerBound || x >= interval.upperBound {
      return x < interval.lowerBound ? 0 : 1
    }
    let part = lowCDF < 0.5 ? base.cdf(x) - lowCDF : lowSurvival - base.survival(x)
    return min(1, max(0, part / mass))
  }

  public func survival(_ x: Value) -> Double {
    if x < interval.lowerBound || x >= interval.upperBound {
      return x < interval.lowerBound ? 1 : 0
    }
    let part = highSurvival < 0.5 ? base.survival(x) - highSurvival : highCDF - base.cdf(x)
    return min(1, max(0, part / mass))
  }

  public func quantile(_ p: Double) -> Value { inverted(p, upper: false) }
  public func survivalQuantile(_ q: Double) -> Value { inverted(q, upper: true) }

  private func inverted(_ p: Double, upper: Bool) -> Value {
    Value._inverted(self, p, upper: upper, in: support) { p, upper in
      place(p * mass, fromHighEnd: upper)
    }
  }

  /// By the integral over the interval, on the scale of probabilities, or by the sum over up to a
  /// million integers.
  public var mean: Double { moment { $0._double } }
  /// As ``mean``.
  public var variance: Double {
    let mean = mean
    return moment { ($0._double - mean) * ($0._double - mean) }
  }

  /// E f(x), by Gauss-Legendre panels that grow finer towards both ends of the probabilities; good to
  /// some nine digits where the tails of the base fall exponentially, to six for integers.
  private func moment(_ f: (Value) -> Double) -> Double {
    if let low = quantile(1e-20) as? Int, let high = survivalQuantile(1e-20) as? Int,
      low > .min / 2, high < .max / 2, high - low <= 1_000_000
    {
      return (low...high).reduce(0) { sum, k in
        let k = k as! Value
        return sum + exp(logDensity(of: k)) * f(k)
      }
    }
    var sum = 0.0
    for isHigh in [false, true] {
      var width = 0.25
      var edge = 0.5
      for k in 0..<60 {
        let low = k == 59 ? 0 : edge - width
        sum += gaussLegendreIntegral(from: low, to: edge) { p in
          f(isHigh ? survivalQuantile(p) : quantile(p))
        }
        edge = low
        width /= 2
      }
    }
    return sum
  }

  public var support: ClosedRange<Value> {
    let low = max(interval.lowerBound, base.support.lowerBound)
    return low...max(low, min(interval.upperBound, base.support.upperBound))
  }
}

extension Truncated: ContinuousDistribution where Base: ContinuousDistribution {}
extension Truncated: DiscreteDistribution where Base: DiscreteDistribution {}

/// The parameters are the ends of the interval, where they are real, and those of the base.
extension Truncated: ParametricDistribution where Base: ParametricDistribution {
  private var realEnds: [Double] {
    Value.self == Double.self ? [interval.lowerBound._double, interval.upperBound._double] : []
  }

  public var parameterNames: [String] {
    (realEnds.isEmpty ? [] : ["lower", "upper"]) + base.parameterNames
  }
  public var parameters: [Double] { realEnds + base.parameters }

  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    let ends = realEnds.count
    let base = try base.replacingParameters(parameters.extracting(droppingFirst: ends))
    guard ends > 0 else { return try Self(base, to: interval) }
    guard parameters[0] <= parameters[1] else {
      throw ParameterError("Truncated", "upper", parameters[1], not: "at or above \(parameters[0])")
    }
    return try Self(base, to: (parameters[0] as! Value)...(parameters[1] as! Value))
  }

  /// That of log N in a parameter of the base is the mean of the base's own partial over the interval, an
  /// integral as ``mean`` is: some nine digits, a millisecond.
  public func logDensity(of value: Value, partials: inout MutableSpan<Double>) -> Double {
    let inner = base.logDensityPartials(of: value)
    partials[0] = inner.value
    let ends = realEnds
    if !ends.isEmpty {
      partials[1] = exp(base.logDensity(of: interval.lowerBound) - logMass)
      partials[2] = -exp(base.logDensity(of: interval.upperBound) - logMass)
    }
    for (k, slope) in inner.parameters.enumerated() {
      partials[1 + ends.count + k] =
        slope - moment { base.logDensityPartials(of: $0).parameters[k] }
    }
    return logDensity(of: value)
  }
}

extension UnivariateDistribution {
  /// This distribution restricted to an interval, both of whose ends belong to it.
  public func truncated(to interval: ClosedRange<Value>) throws(ParameterError) -> Truncated<Self> {
    try Truncated(self, to: interval)
  }
}
