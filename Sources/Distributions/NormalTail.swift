import Foundation
import Randomness
import SpecialFunctions

/// The tail above a lower limit of a normal distribution around zero (`gsl_ran_gaussian_tail`).
///
/// ```
/// p(x) = exp(-x^2 / (2 sd^2)) / (N sd sqrt(2 pi)),   N = P(Z > lower / sd),   x >= lower
/// ```
///
/// Sampled from the whole normal distribution while at least a quarter of it is above the limit, else
/// by Robert's exponential rejection, which is the faster the farther out the limit lies. Probabilities
/// are ratios of normal tails, taken by their logarithms where they underflow.
///
/// ## References
/// C. P. Robert, "Simulation of truncated normal variables", Stat. Comput. 5 (1995),
/// doi:10.1007/BF00143942.
public struct NormalTail: ContinuousDistribution, ParametricDistribution {
  /// The smallest value.
  public let lower: Double
  /// That of the whole distribution; positive.
  public let standardDeviation: Double
  private let logHeight: Double
  /// log P(Z > lower / sd).
  private let logMass: Double
  @usableFromInline let score: Double
  /// Robert's rate of the exponential proposal.
  @usableFromInline let rate: Double

  /// - Parameters:
  ///   - lower: finite, within +-1e100 standard deviations.
  ///   - standardDeviation: in [1e-300, 1e300].
  public init(lower: Double, standardDeviation: Double) throws(ParameterError) {
    try ParameterError.requireScale(standardDeviation, "standardDeviation", of: "NormalTail")
    guard abs(lower / standardDeviation) <= 1e100 else {
      throw ParameterError("NormalTail", "lower", lower, not: "within 1e100 standard deviations")
    }
    self.lower = lower
    self.standardDeviation = standardDeviation
    score = lower / standardDeviation
    logMass = normalLogCDF(-score)
    logHeight = -logMass - log(standardDeviation) - 0.5 * log(2 * .pi)
    rate = 0.5 * (score + (score * score + 4).squareRoot())
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    while true {
      if score < 0.6745 {
        let z = Ziggurat.normal.sample(using: &generator)
        if z >= score { return max(lower, standardDeviation * z) }
      } else {
        let excess = -log(generator.nextOpenUnit()) / rate
        let distance = score + excess - rate
        if -2 * log(generator.nextOpenUnit()) >= distance * distance {
          return max(lower, lower + standardDeviation * excess)
        }
      }
    }
  }

  public func logDensity(of value: Double) -> Double {
    guard value >= lower else { return -.infinity }
    let z = value / standardDeviation
    if score < 5 { return logHeight - 0.5 * z * z }
    // Far out the two large squares belong together.
    return -squareExcess(value) - logScaledMass - log(standardDeviation)
  }

  /// (x^2 - lower^2) / (2 sd^2).
  private func squareExcess(_ x: Double) -> Double {
    0.5 * ((x - lower) / standardDeviation) * (x / standardDeviation + lower / standardDeviation)
  }

  /// log of Mills' ratio at the limit: the mass over the density there.
  private var logScaledMass: Double { log(millsRatio(score)) }

  public func cdf(_ x: Double) -> Double {
    if x <= lower { return 0 }
    let z = x / standardDeviation
    if score < 5 {
      let width = (x - lower) / standardDeviation
      if score > -40, width * max(1, abs(z), abs(score)) < 0.1 { return min(1, smallStep(width)) }
      // The difference of the tails on the side where they are small.
      let difference =
        score > 0 ? normalCDF(-score) - normalCDF(-z) : normalCDF(z) - normalCDF(score)
      return min(1, max(0, difference / exp(logMass)))
    }
    return min(1, max(0, survivalComplement(x)))
  }

  /// The cdf for a step from the limit that is small in standard deviations: the density's expansion
  /// around the middle of the step.
  private func smallStep(_ width: Double) -> Double {
    let middle = score + width / 2
    let density =
      score > 0
      ? exp(-0.25 * width * (2 * score + width / 2)) / millsRatio(score)
      : exp(-0.5 * middle * middle - 0.5 * log(2 * .pi) - logMass)
    // The Hermite polynomials of even order.
    let (h2, m2) = (width * width / 4, middle * middle)
    let he4 = m2 * (m2 - 6) + 3
    let he6 = m2 * (m2 * (m2 - 15) + 45) - 15
    let he8 = m2 * (m2 * (m2 * (m2 - 28) + 210) - 420) + 105
    let sum =
      1 + h2 * ((m2 - 1) / 6 + h2 * (he4 / 120 + h2 * (he6 / 5_040 + h2 * he8 / 362_880)))
    return density * width * sum
  }

  /// 1 - survival for a limit far out.
  private func survivalComplement(_ x: Double) -> Double {
    // survival = exp(-e) m(z) / m(score); its logarithm is small and negative near the limit.
    -expm1(logSurvival(x))
  }

  private func logSurvival(_ x: Double) -> Double {
    let (z, e) = (x / standardDeviation, squareExcess(x))
    if e < 0.05 {
      let width = (x - lower) / standardDeviation
      return log1p(-min(1, smallStep(width)))
    }
    return -e + log(millsRatio(z)) - logScaledMass
  }

  public func survival(_ x: Double) -> Double {
    if x <= lower { return 1 }
    if x == .infinity { return 0 }
    return score < 5
      ? min(1, exp(normalLogCDF(-x / standardDeviation) - logMass)) : exp(logSurvival(x))
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    let start: Double
    if score < 5 {
      let mass = exp(logMass)
      start = upper ? -normalQuantile(p * mass) : normalQuantile(normalCDF(score) + p * mass)
    } else {
      let exponential = upper ? -log(p) : -log1p(-p)
      start = score + 2 * exponential / (score + (score * score + 2 * exponential).squareRoot())
    }
    return max(lower.nextUp, start * standardDeviation)
  }

  public var mean: Double { standardDeviation / millsRatio(score) }
  public var variance: Double {
    standardDeviation * standardDeviation * normalTailVariance(score)
  }
  public var support: ClosedRange<Double> { lower ... .infinity }

  public var parameterNames: [String] { ["lower", "standardDeviation"] }
  public var parameters: [Double] { [lower, standardDeviation] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(lower: parameters[0], standardDeviation: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let z = value / standardDeviation
    let hazard = 1 / millsRatio(score)
    let excess = normalHazardExcess(score)
    partials[0] = -z / standardDeviation
    partials[1] = hazard / standardDeviation
    partials[2] = (2 * squareExcess(value) - score * excess - 1) / standardDeviation
    return logDensity(of: value)
  }
}
