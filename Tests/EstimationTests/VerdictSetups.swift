import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import Testing

/// One way to use a self-normalised importance sampler, good or bad, whose truth is known.
struct VerdictSetup: Sendable, CustomTestStringConvertible {
  let name: String
  let truth: Double
  /// Why this one may be called unreliable although its intervals cover.
  let exception: Exception?
  let estimate: @Sendable (inout Philox) throws -> Estimate

  var testDescription: String { name }

  enum Exception: Sendable {
    /// f is odd about the centre of both: errors of both signs are equally likely, and intervals cover
    /// however heavy the tail of the weights (B. Efron, "Student's t-test under symmetry conditions",
    /// JASA 64 (1969)). Draws cannot tell this from an f that is not odd.
    case balanced
    /// k-hat of w or of w |f| is above its limit, or few draws make up the error, although the variance is
    /// finite and intervals cover: the largest of 1,000 draws do not fall as the far tail does.
    case heavyAtFirst
  }

  init(
    _ name: String, truth: Double, exception: Exception? = nil,
    _ estimate: @escaping @Sendable (inout Philox) throws -> Estimate
  ) {
    (self.name, self.truth, self.exception, self.estimate) = (name, truth, exception, estimate)
  }

  init<P: Distribution, Q: Distribution<P.Value>>(
    _ name: String, _ target: P, from proposal: Q, draws: Int = 1_000, truth: Double,
    exception: Exception? = nil, f: @escaping @Sendable (P.Value) -> Double
  ) {
    self.init("\(name), \(draws) draws", truth: truth, exception: exception) { generator in
      try SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
        .mean(of: f, under: target, using: &generator)
    }
  }

  static let all: [VerdictSetup] =
    widths + shifts + tails + zeros + manyDimensions(10) + manyDimensions(50)

  private static let normal = try! Normal(mean: 0, standardDeviation: 1)

  private static func normal(_ mean: Double, _ width: Double) -> Normal<Double> {
    try! Normal(mean: mean, standardDeviation: width)
  }

  /// N(0, 1) from N(0, s^2).
  private static var widths: [VerdictSetup] {
    let means = [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3].map { width in
      VerdictSetup(
        "width \(width), mean", normal, from: normal(0, width), truth: 0,
        exception: (0.5..<0.85).contains(width) ? .balanced : nil
      ) { $0 }
    }
    let balanced = [0.5, 0.6, 0.7, 1.5].map { width in
      VerdictSetup(
        "width \(width), mean", normal, from: normal(0, width), draws: 10_000, truth: 0,
        exception: width < 0.75 ? .balanced : nil
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
        "shift \(shift), mean", normal, from: normal(shift, 1), truth: 0,
        exception: shift == 1 ? .heavyAtFirst : nil
      ) { $0 }
    }
    let exponentials = [0.5, 0.75, 1, 1.5, 2.5].map { shift in
      VerdictSetup(
        "shift \(shift), exponential", normal, from: normal(shift, 1), truth: exp(0.5)
      ) { exp($0) }
    }
    let squares = [0.5, 1, 2].map { shift in
      VerdictSetup(
        "shift \(shift), square", normal, from: normal(shift, 1), truth: 1,
        exception: shift < 1 ? .heavyAtFirst : nil
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
      VerdictSetup("t3 from normal, mean", t3, from: normal(0, 1.5), truth: 0, exception: .balanced)
      { $0 },
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
        "Laplace from normal, mean", laplace, from: normal(0, 1), truth: 0, exception: .balanced
      ) { $0 },
      VerdictSetup(
        "Laplace from a wide normal, mean", laplace, from: normal(0, 2), truth: 0,
        exception: .balanced
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
        from: isotropic(dimension, 0, scale), truth: 1,
        exception: dimension == 10 && scale == 0.9 ? .heavyAtFirst : nil
      ) { $0[0] * $0[0] }
    }
    return squares
      + scales.map { scale in
        VerdictSetup(
          "dimension \(dimension), width \(scale), mean of a sum", target,
          from: isotropic(dimension, 0, scale), truth: 0,
          exception: scale == 0.8 || scale == 1.2 || (dimension == 50 && scale == 0.9)
            ? .balanced : nil
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
}
