import Differentiation
import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing

@Suite("Control variates and moments", .tags(.statistical))
struct ControlVariateTests {
  @Test("exp of a uniform with the uniform as control: the error falls by its known factor")
  func exponential() async throws {
    let uniform = try Uniform(lower: 0, upper: 1)
    let controls = ControlVariates<Double>(means: [0.5]) { [$0] }
    let plain = try await MonteCarlo(draws: 20_000).mean(of: exp, under: uniform, seed: 1)
    let estimate = try await MonteCarlo(draws: 20_000)
      .mean(of: exp, under: uniform, controls: controls, seed: 1)
    let truth = exp(1.0) - 1
    #expect(abs(estimate.value - truth) < 4 * estimate.standardError)
    #expect(estimate.diagnosis.isReliable)
    // 1 - correlation^2 = 1 - 12 (3 - e)^2 / ((e - 1)(3 - e) / 2) = 0.016277.
    let e = exp(1.0)
    let factor = (1 - 12 * (3 - e) * (3 - e) / 4 / ((e - 1) * (3 - e) / 2)).squareRoot()
    #expect(abs(estimate.standardError / plain.standardError / factor - 1) < 0.05)
    #expect(try #require(estimate.effectiveSampleSize) > 20_000 / factor / factor * 0.9)
  }

  @Test("intervals cover, and with a wrong control mean they do not", arguments: [0.5, 0.51])
  func coverage(mean: Double) async throws {
    let uniform = try Uniform(lower: 0, upper: 1)
    let controls = ControlVariates<Double>(means: [mean]) { [$0] }
    let study = try await ConvergenceStudy(
      truth: exp(1.0) - 1, sizes: [1_000, 4_000], replicates: 300
    ).run(seed: 3) { size, generator in
      try MonteCarlo(draws: size)
        .mean(of: exp, under: uniform, controls: controls, using: &generator)
    }
    #expect(study.coverage(0.95).isConsistent == (mean == 0.5))
    #expect(study.coverage(0.5).isConsistent == (mean == 0.5))
  }

  @Test("Stein's controls of second degree take all variance from a quadratic of a normal")
  func zeroVariance() async throws {
    let normal = try MultivariateNormal(
      mean: [1, -2], covariance: Matrix([[2, 0.6], [0.6, 1]]))
    let program = try Program(dimension: 2) { x in
      // The inverse of the covariance is [[1, -0.6], [-0.6, 2]] / 1.64.
      let (a, b) = (x[0] - Tensor(1), x[1] + Tensor(2))
      return Tensor(-0.5 / 1.64)
        * (a.squared - Tensor(1.2) * a * b + Tensor(2) * b.squared)
    }
    let controls = ControlVariates.stein(of: program, degree: .second)
    let estimate = try await MonteCarlo(draws: 2_000).mean(
      of: { $0[0] * $0[1] + $0[0] * $0[0] }, under: normal, controls: controls, seed: 1)
    // E[x y] = 0.6 - 2, E[x^2] = 2 + 1.
    #expect(abs(estimate.value - 1.6) < 1e-10)
    #expect(estimate.standardError < 1e-10)
    let first = ControlVariates.stein(of: program, degree: .first)
    let linear = try await MonteCarlo(draws: 2_000).mean(
      of: { 3 * $0[0] - $0[1] }, under: normal, controls: first, seed: 1)
    #expect(abs(linear.value - 5) < 1e-10 && linear.standardError < 1e-10)
  }

  @Test("Stein's controls have mean zero under distributions of one variable")
  func steinMeans() async throws {
    let gamma = try Gamma(shape: 3, rate: 2)
    let controls = ControlVariates.stein(of: gamma, degree: .second)
    let means = try await MonteCarlo(draws: 200_000)
      .means(of: controls.functions, under: gamma, seed: 2)
    let z = StatisticalTolerance(level: 0.001, comparisons: 2).standardErrors
    for k in 0..<2 { #expect(abs(means.values[k]) < z * means.standardErrors[k]) }
    let plain = try await MonteCarlo(draws: 20_000).mean(of: { $0 }, under: gamma, seed: 1)
    let estimate = try await MonteCarlo(draws: 20_000)
      .mean(of: { $0 }, under: gamma, controls: controls, seed: 1)
    #expect(abs(estimate.value - 1.5) < 4 * estimate.standardError + 1e-12)
    #expect(estimate.standardError < 0.7 * plain.standardError)
  }

  @Test("variances and covariances of targets and of functions, with errors that hold")
  func moments() async throws {
    let gamma = try Gamma(shape: 3, rate: 2)
    let z = StatisticalTolerance(level: 0.001, comparisons: 12).standardErrors
    let variance = try await MonteCarlo(draws: 100_000).variance(of: gamma, seed: 1)
    #expect(abs(variance.value - 0.75) < z * variance.standardError)
    // Var(s^2) = (m4 - m2^2) / n with m4 = 3 a (a + 2) / b^4.
    let stated = ((3 * 3 * 5 / 16.0 - 0.75 * 0.75) / 100_000).squareRoot()
    #expect(abs(variance.standardError / stated - 1) < 0.1)
    let mean = try await MonteCarlo(draws: 100_000).mean(of: gamma, seed: 1)
    #expect(abs(mean.value - 1.5) < z * mean.standardError)

    let covariance = Matrix([[2, 0.6, 0], [0.6, 1, -0.3], [0, -0.3, 0.5]])
    let normal = try MultivariateNormal(mean: [1e6, 2, 3], covariance: covariance)
    let estimate = try await MonteCarlo(draws: 100_000).covariance(of: normal, seed: 4)
    for i in 0..<3 {
      for j in 0...i {
        let entry = estimate[i, j]
        #expect(abs(entry.value - covariance[i, j]) < z * entry.standardError, "\(i) \(j)")
        let stated =
          ((covariance[i, i] * covariance[j, j] + covariance[i, j] * covariance[i, j]) / 100_000)
          .squareRoot()
        #expect(abs(entry.standardError / stated - 1) < 0.1)
      }
    }
    #expect(abs(estimate.means.values[0] - 1e6) < z * estimate.means.standardErrors[0])
    #expect(estimate.matrix == estimate.matrix.transposed)
  }

  @Test("variances by importance sampling, of a density known up to a constant")
  func weightedMoments() async throws {
    let sampler = SelfNormalizedImportanceSampler(
      proposal: try StudentT(degreesOfFreedom: 5, location: 100, scale: 1.5), draws: 100_000)
    let variance = try await sampler.variance(
      of: { $0 }, underLogDensity: { -0.5 * ($0 - 100) * ($0 - 100) }, seed: 1)
    let z = StatisticalTolerance(level: 0.001, comparisons: 1).standardErrors
    #expect(abs(variance.value - 1) < z * variance.standardError)
    #expect(variance.standardError < 0.01)
  }

  @Test("bad controls are errors that name the value")
  func badControls() async throws {
    let uniform = try Uniform(lower: 0, upper: 1)
    await #expect(throws: EstimationError.self) {
      try await MonteCarlo(draws: 1_000).mean(
        of: { $0 }, under: uniform, controls: ControlVariates(means: [.nan]) { [$0] }, seed: 1)
    }
    await #expect(throws: EstimationError.self) {
      try await MonteCarlo(draws: 15).mean(
        of: { $0 }, under: uniform, controls: ControlVariates(means: [0.5]) { [$0] }, seed: 1)
    }
  }
}
