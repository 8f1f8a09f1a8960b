import Foundation
import SpecialFunctions

/// The Dirichlet distribution of a vector of probabilities, which sums to one.
///
/// ```
/// log p(x) = log Gamma(sum_i a_i) + sum_i ((a_i - 1) log x_i - log Gamma(a_i))
/// ```
///
/// with respect to x_1, ..., x_(d-1). Sampled as gammas divided by their sum, by their logarithms, so
/// that tiny concentrations neither underflow together nor divide by zero. Towards a corner the density
/// is a power of each x_i; of the elements of a draw those too small for a Double are zero.
///
/// - Complexity: O(d).
public struct Dirichlet: MultivariateDistribution {
  /// The a_i, `[dimension]`.
  public let concentration: [Double]
  private let gammas: [Gamma]
  private let total: Double
  /// log Gamma(sum a) - sum log Gamma(a), without what cancels in `logDensity`.
  private let logNormalization: Double

  /// - Parameter concentration: at least two, each in [1e-300, 1e300].
  public init(concentration: [Double]) throws(ParameterError) {
    guard concentration.count >= 2 else {
      throw ParameterError(
        "Dirichlet", "the number of concentrations", Double(concentration.count),
        not: "at least two")
    }
    var gammas: [Gamma] = []
    for (i, a) in concentration.enumerated() {
      try ParameterError.requireScale(a, "concentration[\(i)]", of: "Dirichlet")
      gammas.append(try Gamma(shape: a, rate: 1))
    }
    self.concentration = concentration
    self.gammas = gammas
    total = concentration.reduce(0, +)
    logNormalization =
      logGammaRemainder(total) - concentration.reduce(0) { $0 + logGammaRemainder($1) }
  }

  public var dimension: Int { concentration.count }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    var value: [Double] = []
    sample(into: &value, using: &generator)
    return value
  }

  public func sample<G: RandomNumberGenerator>(
    into value: inout [Double], using generator: inout G
  ) {
    if value.count != dimension { value = [Double](repeating: 0, count: dimension) }
    for i in value.indices { value[i] = gammas[i].sampleLog(using: &generator) }
    let largest = value.max()!
    var sum = 0.0
    for i in value.indices {
      value[i] = exp(value[i] - largest)
      sum += value[i]
    }
    for i in value.indices { value[i] /= sum }
  }

  public func logDensity(of value: [Double]) -> Double {
    precondition(
      value.count == dimension, "a [\(value.count)] for a distribution of [\(dimension)]")
    guard value.allSatisfy({ $0 >= 0 }), abs(value.reduce(0, +) - 1) <= 1e-9 else {
      return -.infinity
    }
    // Around the mean, where the terms of the sum all but cancel: a_i (log r - r + 1) - log x_i with
    // r = x_i / mean_i.
    var (sum, excess, lost) = (logNormalization, -1.0, 0.0)
    for (a, x) in zip(concentration, value) {
      let ratio = x / (a / total)
      sum +=
        ratio > 0.5 && ratio < 2
        ? a * logMinus(ratio) - log(x)
        : xLogY(a - 1, x) - a * log(a / total) + a - total * x
      let next = excess + x  // Neumaier's summation: total may be large
      lost += abs(excess) >= x ? (excess - next) + x : (x - next) + excess
      excess = next
    }
    return sum + total * (excess + lost)
  }

  /// The partial derivatives of the log density, each `[dimension]`: in the value as if its elements
  /// were free, and in the concentrations.
  public func logDensityPartials(of value: [Double]) -> (value: [Double], concentration: [Double]) {
    (
      zip(concentration, value).map { ($0 - 1) / $1 },
      zip(concentration, value).map { log($1) - digamma($0) + digamma(total) }
    )
  }

  /// `[dimension]`.
  public var mean: [Double] { concentration.map { $0 / total } }
  /// `[dimension]`.
  public var variance: [Double] { mean.map { $0 * (1 - $0) / (total + 1) } }
}
