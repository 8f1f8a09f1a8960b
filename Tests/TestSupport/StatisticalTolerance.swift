import Distributions
import Foundation

/// The limits of statistical tests, computed from what is asked of them.
public struct StatisticalTolerance: Sendable {
  /// The chance that at least one of the comparisons fails although everything is right.
  public let level: Double
  public let comparisons: Int

  public init(level: Double = 1e-4, comparisons: Int = 1) {
    precondition(level > 0 && level < 1 && comparisons > 0, "\(comparisons) at level \(level)")
    (self.level, self.comparisons) = (level, comparisons)
  }

  /// Bonferroni's level of one comparison.
  public var levelOfOne: Double { level / Double(comparisons) }

  /// The limit of the Kolmogorov-Smirnov statistic of `draws` draws, by the asymptotic formula.
  public func kolmogorovSmirnov(draws: Int) -> Double {
    (-log(levelOfOne / 2) / 2).squareRoot() / Double(draws).squareRoot()
  }

  /// How many standard errors a mean may lie from its expectation, on either side.
  public var standardErrors: Double {
    standardNormal.quantile(1 - levelOfOne / 2)
  }

  /// The limit of a chi-squared statistic.
  public func chiSquared(degreesOfFreedom: Int) -> Double {
    let gamma = try! Gamma(shape: Double(degreesOfFreedom) / 2, rate: 0.5)
    return gamma.quantile(1 - levelOfOne)
  }
}

private let standardNormal = try! Normal(mean: 0, standardDeviation: 1)

/// The largest distance between the empirical distribution function of `sample` and `cdf`; NaN
/// draws count as a distance of one.
///
/// With fewer `evaluations` of the cdf than draws, at evenly spaced ones in their order, it is an
/// upper bound: between two of them the distance can be larger by no more than their spacing.
public func kolmogorovSmirnovStatistic(
  of sample: [Double], evaluations: Int? = nil, against cdf: (Double) -> Double
) -> Double {
  if sample.contains(where: \.isNaN) { return 1 }
  let n = Double(sample.count)
  let sorted = sample.sorted()
  let stride = max(1, sample.count / (evaluations ?? sample.count))
  var largest = 0.0
  var index = 0
  while index < sorted.count {
    let p = cdf(sorted[index])
    largest = max(largest, p - Double(index) / n, Double(index + 1) / n - p)
    // The last one closes the sample.
    index = index == sorted.count - 1 ? sorted.count : min(index + stride, sorted.count - 1)
  }
  return largest + Double(stride - 1) / n
}

/// sum (count - expected)^2 / expected.
public func chiSquaredStatistic(counts: [Int], expected: [Double]) -> Double {
  zip(counts, expected).reduce(0) { sum, pair in
    let difference = Double(pair.0) - pair.1
    return sum + difference * difference / pair.1
  }
}

/// |value - expected| / max(1, |expected|): relative for large numbers, absolute near zero.
public func scaledError(_ value: Double, _ expected: Double) -> Double {
  value == expected ? 0 : abs(value - expected) / max(1, abs(expected))
}

/// |value - expected| / |expected|.
public func relativeError(_ value: Double, _ expected: Double) -> Double {
  value == expected ? 0 : abs(value - expected) / abs(expected)
}
