import Foundation
import Randomness
import SpecialFunctions

/// A continuous distribution restricted to an interval.
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
public struct Truncated<Base: ContinuousDistribution>: ContinuousDistribution {
  /// The whole distribution.
  public let base: Base
  /// The interval that is kept.
  public let interval: ClosedRange<Double>
  /// Both tails of the base at both ends, and N.
  @usableFromInline let lowCDF, lowSurvival, highCDF, highSurvival, mass: Double
  private let logMass: Double

  /// - Parameters:
  ///   - base: the whole distribution.
  ///   - interval: with some probability under `base` that a Double can hold, and wider than a point.
  public init(_ base: Base, to interval: ClosedRange<Double>) throws(ParameterError) {
    let (low, high) = (interval.lowerBound, interval.upperBound)
    guard low < high else {
      throw ParameterError("Truncated", "interval.upperBound", high, not: "above \(low)")
    }
    self.base = base
    self.interval = interval
    (lowCDF, lowSurvival) = (base.cdf(low), base.survival(low))
    (highCDF, highSurvival) = (base.cdf(high), base.survival(high))
    mass = lowCDF < 0.5 ? highCDF - lowCDF : lowSurvival - highSurvival
    guard mass > .leastNormalMagnitude else {
      throw ParameterError("Truncated", "the probability of \(interval)", mass, not: "positive")
    }
    logMass = log(mass)
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
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
  func place(_ part: Double, fromHighEnd: Bool) -> Double {
    let x: Double
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

  public func logDensity(of value: Double) -> Double {
    interval.contains(value) ? base.logDensity(of: value) - logMass : -.infinity
  }

  public func cdf(_ x: Double) -> Double {
    if x <= interval.lowerBound || x >= interval.upperBound {
      return x <= interval.lowerBound ? 0 : 1
    }
    let part = lowCDF < 0.5 ? base.cdf(x) - lowCDF : lowSurvival - base.survival(x)
    return min(1, max(0, part / mass))
  }

  public func survival(_ x: Double) -> Double {
    if x <= interval.lowerBound || x >= interval.upperBound {
      return x <= interval.lowerBound ? 1 : 0
    }
    let part = highSurvival < 0.5 ? base.survival(x) - highSurvival : highCDF - base.cdf(x)
    return min(1, max(0, part / mass))
  }

  public func quantile(_ p: Double) -> Double { inverted(p, upper: false) }
  public func survivalQuantile(_ q: Double) -> Double { inverted(q, upper: true) }

  private func inverted(_ p: Double, upper: Bool) -> Double {
    invertedQuantile(p, upper: upper) { p, upper in place(p * mass, fromHighEnd: upper) }
  }

  /// By the integral of x over the interval, on the scale of probabilities.
  public var mean: Double { moment { $0 } }
  /// As ``mean``.
  public var variance: Double {
    let mean = mean
    return moment { ($0 - mean) * ($0 - mean) }
  }

  /// E f(x), by Gauss-Legendre panels that grow finer towards both ends of the probabilities; good to
  /// some nine digits where the tails of the base fall exponentially.
  private func moment(_ f: (Double) -> Double) -> Double {
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

  public var support: ClosedRange<Double> {
    max(
      interval.lowerBound, base.support.lowerBound)...min(
        interval.upperBound, base.support.upperBound)
  }
}

extension ContinuousDistribution {
  /// This distribution restricted to an interval.
  public func truncated(to interval: ClosedRange<Double>) throws(ParameterError) -> Truncated<Self>
  {
    try Truncated(self, to: interval)
  }
}
