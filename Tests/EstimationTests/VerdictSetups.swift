import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import Testing

/// One way to use an importance sampler, good or bad, whose truth is known.
struct VerdictSetup: Sendable, CustomTestStringConvertible {
  let name: String
  let truth: Double
  let estimate: @Sendable (Sampler, inout Philox) throws -> Estimate

  /// By what a set-up is estimated.
  enum Sampler: String, Codable, CaseIterable {
    /// Both know the two distributions.
    case selfNormalized
    case unbiased
    /// Knows the proposal and a log density: the verdict is by draws alone.
    case selfNormalizedByDraws
  }

  var testDescription: String { name }

  init(
    _ name: String, truth: Double,
    _ estimate: @escaping @Sendable (Sampler, inout Philox) throws -> Estimate
  ) {
    (self.name, self.truth, self.estimate) = (name, truth, estimate)
  }

  init<P: Distribution, Q: Distribution<P.Value>>(
    _ name: String, _ target: P, from proposal: Q, draws: Int = 1_000, truth: Double,
    f: @escaping @Sendable (P.Value) -> Double
  ) {
    self.init("\(name), \(draws) draws", truth: truth) { sampler, generator in
      let unbiased = ImportanceSampler(proposal: proposal, draws: draws)
      let selfNormalized = SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
      return switch sampler {
      case .selfNormalized: try selfNormalized.mean(of: f, under: target, using: &generator)
      case .unbiased: try unbiased.mean(of: f, under: target, using: &generator)
      case .selfNormalizedByDraws:
        try selfNormalized.mean(
          of: f, underLogDensity: { target.logDensity(of: $0) }, using: &generator)
      }
    }
  }

  static let all: [VerdictSetup] =
    widths + shifts + tails + zeros + manyDimensions(10) + manyDimensions(50) + heldOut

  private static let normal = try! Normal(mean: 0, standardDeviation: 1)

  private static func normal(_ mean: Double, _ width: Double) -> Normal<Double> {
    try! Normal(mean: mean, standardDeviation: width)
  }

  /// N(0, 1) from N(0, s^2).
  private static var widths: [VerdictSetup] {
    let means = [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3].map { width in
      VerdictSetup(
        "width \(width), mean", normal, from: normal(0, width), truth: 0
      ) { $0 }
    }
    let balanced = [0.5, 0.6, 0.7, 1.5].map { width in
      VerdictSetup(
        "width \(width), mean", normal, from: normal(0, width), draws: 10_000, truth: 0
      ) { $0 }
    }
    let squares = [0.3, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1, 1.5, 3].map { width in
      VerdictSetup("width \(width), square", normal, from: normal(0, width), truth: 1) { $0 * $0 }
    }
    let exponentials = [0.3, 0.5, 0.55, 0.6, 0.7, 0.75, 0.9, 1, 1.2, 2].map { width in
      VerdictSetup(
        "width \(width), exponential", normal, from: normal(0, width), truth: exp(0.5)
      ) { exp($0) }
    }
    let more = [0.5, 0.6, 0.65, 0.8, 0.9, 1.5].map { width in
      VerdictSetup(
        "width \(width), square", normal, from: normal(0, width), draws: 10_000, truth: 1
      ) { $0 * $0 }
    }
    let tails = [0.5, 0.7, 0.75, 1.2].map { width in
      VerdictSetup(
        "width \(width), P(x > 2)", normal, from: normal(0, width), truth: normal.survival(2)
      ) { $0 > 2 ? 1 : 0 }
    }
    return means + balanced + squares + exponentials + more + tails
  }

  /// N(0, 1) from N(m, 1).
  private static var shifts: [VerdictSetup] {
    let means = [0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10].map { shift in
      VerdictSetup(
        "shift \(shift), mean", normal, from: normal(shift, 1), truth: 0
      ) { $0 }
    }
    let exponentials = [0.5, 0.75, 1, 1.5, 2.5].map { shift in
      VerdictSetup(
        "shift \(shift), exponential", normal, from: normal(shift, 1), truth: exp(0.5)
      ) { exp($0) }
    }
    let squares = [0.5, 1, 2].map { shift in
      VerdictSetup(
        "shift \(shift), square", normal, from: normal(shift, 1), truth: 1
      ) { $0 * $0 }
    }
    let more = [1.0, 2, 3].map { shift in
      VerdictSetup(
        "shift \(shift), mean", normal, from: normal(shift, 1), draws: 10_000, truth: 0
      ) { $0 }
    }
    return means + exponentials + squares + more
  }

  private static var tails: [VerdictSetup] {
    let (t3, t5) = (
      try! StudentT(degreesOfFreedom: 3), try! StudentT(degreesOfFreedom: 5)
    )
    let laplace = try! Laplace(location: 0, scale: 1)
    let atan2 = atan(2.0)
    return [
      VerdictSetup("t3 from normal, mean", t3, from: normal(0, 1.5), truth: 0) { $0 },
      VerdictSetup("t3 from normal, P(|x| < 1)", t3, from: normal, truth: inside(t3)) {
        abs($0) < 1 ? 1 : 0
      },
      VerdictSetup(
        "t5 from a wide normal, mean", t5, from: normal(0, 3), truth: 0
      ) { $0 },
      VerdictSetup("normal from t3, mean", normal, from: t3, truth: 0) { $0 },
      VerdictSetup("normal from t3, square", normal, from: t3, truth: 1) { $0 * $0 },
      VerdictSetup(
        "Cauchy from t3, P(|x| < 2)", try! Cauchy(location: 0, scale: 1), from: t3,
        truth: 2 * atan2 / .pi
      ) { abs($0) < 2 ? 1 : 0 },
      VerdictSetup(
        "t3 from Cauchy, P(|x| < 1)", t3, from: try! Cauchy(location: 0, scale: 1),
        truth: inside(t3)
      ) { abs($0) < 1 ? 1 : 0 },
      VerdictSetup(
        "Laplace from normal, mean", laplace, from: normal(0, 1), truth: 0
      ) { $0 },
      VerdictSetup(
        "Laplace from a wide normal, mean", laplace, from: normal(0, 2), truth: 0
      ) {
        $0
      },
      VerdictSetup("normal from Laplace, mean", normal, from: laplace, truth: 0) { $0 },
      VerdictSetup(
        "exponential from a faster one, mean", try! Exponential(rate: 1),
        from: try! Exponential(rate: 3), truth: 1
      ) { $0 },
      VerdictSetup(
        "exponential from a slower one, mean", try! Exponential(rate: 1),
        from: try! Exponential(rate: 0.5), truth: 1
      ) { $0 },
      VerdictSetup(
        "gamma from exponential, mean", try! Gamma(shape: 3, rate: 1),
        from: try! Exponential(rate: 0.5), truth: 3
      ) { $0 },
    ]
  }

  private static func inside(_ student: StudentT) -> Double { 1 - 2 * student.survival(1) }

  /// Targets that are zero at most draws.
  private static var zeros: [VerdictSetup] {
    [0.0, 1, 2, 3, 3.5].map { end in
      let target = try! normal.truncated(to: end ... .infinity)
      return VerdictSetup(
        "normal beyond \(end) from the whole, mean", target, from: normal,
        truth: exp(normal.logDensity(of: end)) / normal.survival(end)
      ) { $0 }
    } + [
      VerdictSetup(
        "uniform on a tenth, mean", try! Uniform(lower: 0.4, upper: 0.5),
        from: try! Uniform(lower: 0, upper: 1), truth: 0.45
      ) { $0 },
      VerdictSetup(
        "uniform beyond its proposal, mean", try! Uniform(lower: 0, upper: 2),
        from: try! Uniform(lower: 0, upper: 1), truth: 1
      ) { $0 },
    ]
  }

  /// N(0, I) from N(m, s^2 I).
  private static func manyDimensions(_ dimension: Int) -> [VerdictSetup] {
    let target = isotropic(dimension, 0, 1)
    let scales =
      dimension == 10 ? [0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2] : [0.9, 0.95, 1, 1.05, 1.1, 1.2]
    let shifts = dimension == 10 ? [0.1, 0.3, 0.6, 1] : [0.05, 0.1, 0.2, 0.4]
    let squares = scales.map { scale in
      VerdictSetup(
        "dimension \(dimension), width \(scale), square of the first", target,
        from: isotropic(dimension, 0, scale), truth: 1
      ) { $0[0] * $0[0] }
    }
    return squares
      + scales.map { scale in
        VerdictSetup(
          "dimension \(dimension), width \(scale), mean of a sum", target,
          from: isotropic(dimension, 0, scale), truth: 0
        ) { $0.reduce(0, +) }
      }
      + shifts.map { shift in
        VerdictSetup(
          "dimension \(dimension), shift \(shift), mean of a sum", target,
          from: isotropic(dimension, shift, 1), truth: 0
        ) { $0.reduce(0, +) }
      }
  }

  private static func isotropic(
    _ dimension: Int, _ mean: Double, _ width: Double
  ) -> Independent<Normal<Double>> {
    Independent([Normal<Double>](repeating: normal(mean, width), count: dimension))
  }

  /// Set-ups that no limit was chosen by.
  private static var heldOut: [VerdictSetup] {
    univariate + integers + correlated + scaledAndShifted + twoModes + elsewhere + funnel
  }

  private static var univariate: [VerdictSetup] {
    let gamma = try! Gamma(shape: 4, rate: 1)
    let gammas = [0.4, 0.8, 1.25, 1.5, 1.8, 2.5].map { rate in
      VerdictSetup(
        "gamma from rate \(rate), square", gamma, from: try! Gamma(shape: 4, rate: rate), truth: 20
      ) { $0 * $0 }
    }
    let logistic = try! Logistic(location: 0, scale: 1)
    let logistics = [1.0, 2, 3].map { width in
      VerdictSetup(
        "logistic from normal of width \(width), square", logistic, from: normal(0, width),
        truth: .pi * .pi / 3
      ) { $0 * $0 }
    }
    let gumbel = try! Gumbel(location: 0, scale: 1)
    let skews = [(0.5, 0.7), (0.5, 1.0), (0.5, 2.0), (2, 2), (-1, 1)].map { place, width in
      VerdictSetup(
        "Gumbel from normal at \(place) of width \(width), mean", gumbel,
        from: normal(place, width), truth: 0.577_215_664_901_532_9
      ) { $0 }
    }
    let logNormal = try! LogNormal(logMean: 0, logStandardDeviation: 0.5)
    let beta = try! Beta(alpha: 2, beta: 5)
    return gammas + logistics + skews + [
      VerdictSetup(
        "log-normal from gamma, mean", logNormal, from: try! Gamma(shape: 3, rate: 2.5),
        truth: exp(0.125)
      ) { $0 },
      VerdictSetup(
        "log-normal from a narrow gamma, mean", logNormal, from: try! Gamma(shape: 16, rate: 16),
        truth: exp(0.125)
      ) { $0 },
      VerdictSetup(
        "beta from uniform, mean", beta, from: try! Uniform(lower: 0, upper: 1), truth: 2.0 / 7
      ) { $0 },
      VerdictSetup(
        "beta from half of its range, mean", beta, from: try! Uniform(lower: 0, upper: 0.5),
        truth: 2.0 / 7
      ) { $0 },
      VerdictSetup(
        "t4 from a shifted t4, square", try! StudentT(degreesOfFreedom: 4),
        from: try! StudentT(degreesOfFreedom: 4).shifted(by: 3), truth: 2
      ) { $0 * $0 },
    ]
  }

  private static var integers: [VerdictSetup] {
    let poisson = try! Poisson(rate: 4)
    return [2.0, 3, 3.5, 6, 10].map { rate in
      VerdictSetup(
        "Poisson from rate \(rate), square", poisson, from: try! Poisson(rate: rate), truth: 20
      ) { Double($0 * $0) }
    }
  }

  /// Normal in five dimensions, correlations of 0.8, from independent elements.
  private static var correlated: [VerdictSetup] {
    let size = 5
    var covariance = Matrix.identity(size)
    for i in 0..<size {
      for j in 0..<size where i != j { covariance[i, j] = 0.8 }
    }
    let target = try! MultivariateNormal(
      mean: [Double](repeating: 0, count: size), covariance: covariance)
    return [0.5, 0.8, 1, 1.5, 2.5].map { width in
      var wide = Matrix.identity(size)
      for i in 0..<size { wide[i, i] = width * width }
      let proposal = try! MultivariateNormal(
        mean: [Double](repeating: 0, count: size), covariance: wide)
      return VerdictSetup(
        "correlated from width \(width), product of two", target, from: proposal, truth: 0.8
      ) { $0[0] * $0[1] }
    }
      + [3.0, 8].map { degrees in
        VerdictSetup(
          "correlated from Student t(\(degrees)), product of two", target,
          from: try! MultivariateStudentT(
            degreesOfFreedom: degrees, location: [Double](repeating: 0, count: size),
            scale: Matrix.identity(size)),
          truth: 0.8
        ) { $0[0] * $0[1] }
      }
  }

  private static var scaledAndShifted: [VerdictSetup] {
    [
      (10, 0.9, 0.1), (10, 1.1, 0.1), (10, 1.2, 0.3), (10, 1.4, 0.6), (50, 0.95, 0.05),
      (50, 1.05, 0.05), (50, 1.1, 0.1), (50, 1.2, 0.3),
    ].map { dimension, width, shift in
      VerdictSetup(
        "dimension \(dimension), width \(width) and shift \(shift), square of the first",
        isotropic(dimension, 0, 1), from: isotropic(dimension, shift, width), truth: 1
      ) { $0[0] * $0[0] }
    }
  }

  /// Normals at -3 and 3, a third and two thirds.
  private static var twoModes: [VerdictSetup] {
    let target = try! Mixture([normal(-3, 1), normal(3, 1)], weights: [1.0 / 3, 2.0 / 3])
    return [(-3, 1), (-3, 2), (-3, 3), (0, 1.5), (0, 3), (0, 6)].map { place, width in
      VerdictSetup(
        "two modes from normal at \(place) of width \(width), mean", target,
        from: normal(place, width), truth: 1
      ) { $0 }
    }
  }

  /// Mostly elsewhere, with even weights where the proposal is.
  private static var elsewhere: [VerdictSetup] {
    [0.001, 0.01, 0.05].map { share in
      VerdictSetup(
        "vectors of which \(share) lie where the proposal is, mean", TwoPlaces(share: share),
        from: try! MultivariateNormal(mean: [6, 0], covariance: .identity(2)), truth: 6 * share
      ) { $0[0] }
    }
  }

  private static var funnel: [VerdictSetup] {
    let proposal = try! MultivariateNormal(mean: [0, 0], covariance: Matrix([[9, 0], [0, 9]]))
    return [1_000, 10_000].map { draws in
      VerdictSetup(
        "funnel from a wide normal, mean", Funnel(dimension: 2), from: proposal, draws: draws,
        truth: 0
      ) { $0[0] }
    }
  }
}

/// Two standard normals of vectors, the smaller one about (6, 0).
private struct TwoPlaces: MultivariateDistribution {
  /// Of the smaller.
  let share: Double
  private let normal = try! Normal(mean: 0, standardDeviation: 1)

  init(share: Double) { self.share = share }

  var dimension: Int { 2 }

  func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    let isThere = generator.nextOpenUnit() < share
    return [
      normal.sample(using: &generator) + (isThere ? 6 : 0), normal.sample(using: &generator),
    ]
  }

  func logDensity(of value: [Double]) -> Double {
    let (near, far) = (normal.logDensity(of: value[0]), normal.logDensity(of: value[0] - 6))
    let top = max(near, far)
    return top + log((1 - share) * exp(near - top) + share * exp(far - top))
      + normal.logDensity(of: value[1])
  }
}
