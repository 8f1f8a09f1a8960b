import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

@Suite("Continuous distributions")
struct DistributionTests {
  /// Members whose density and moments are easy to integrate.
  static let smooth: [any ContinuousDistribution] = [
    try! Normal(mean: -2, standardDeviation: 0.3), try! Uniform(lower: -1, upper: 4),
    try! StudentT(degreesOfFreedom: 12, location: 3, scale: 0.5), try! Gamma(shape: 3.5, rate: 2),
    try! Gamma(shape: 40, scale: 0.1), try! Laplace(location: 0.5, scale: 2),
  ]

  @Test("The cdf is the density's integral, and so are the moments", .tags(.unit))
  func integrals() {
    for distribution in Self.smooth {
      // Simpson's rule on either side of the median, where Laplace has its kink.
      var (mass, mean, square) = (0.0, 0.0, 0.0)
      let ends = [1e-13, 0.5, 1 - 1e-13].map(distribution.quantile)
      for (low, high) in zip(ends, ends.dropFirst()) {
        let cells = 4_000
        let width = (high - low) / Double(cells)
        for i in 0...cells {
          let x = i == cells ? high : low + Double(i) * width
          let weight = (i == 0 || i == cells ? 1 : i % 2 == 1 ? 4 : 2) * width / 3
          let density = weight * exp(distribution.logDensity(of: x))
          let deviation = x - distribution.mean
          mass += density
          mean += density * x
          square += density * deviation * deviation
        }
        #expect(abs(mass - distribution.cdf(high)) < 1e-9, "\(distribution)")
      }
      #expect(scaledError(mean, distribution.mean) < 1e-9, "\(distribution)")
      #expect(relativeError(square, distribution.variance) < 1e-8, "\(distribution)")
    }
  }

  @Test("A draw in place is a draw", .tags(.unit))
  func inPlace() throws {
    let normal = try Normal(mean: 1, standardDeviation: 2)
    var (first, second) = (Philox(seed: 1), Philox(seed: 1))
    var value = 0.0
    normal.sample(into: &value, using: &first)
    #expect(value == normal.sample(using: &second))
  }
}

@Suite("ParameterError", .tags(.unit))
struct ParameterErrorTests {
  /// A parameter, what it may not be, and a distribution made with it.
  struct Case: Sendable, CustomTestStringConvertible {
    let distribution: String
    let parameter: String
    let values: [Double]
    let make: @Sendable (Double) throws -> Void

    var testDescription: String { "\(distribution) \(parameter)" }

    static let notFinite = [Double.nan, .infinity, -.infinity]
    static let notPositive = notFinite + [0, -0.0, -1]

    static let all: [Case] = [
      .init(distribution: "Normal", parameter: "mean", values: notFinite) {
        _ = try Normal(mean: $0, standardDeviation: 1)
      },
      .init(distribution: "Normal", parameter: "standardDeviation", values: notPositive) {
        _ = try Normal(mean: 0, standardDeviation: $0)
      },
      .init(distribution: "Uniform", parameter: "lower", values: notFinite) {
        _ = try Uniform(lower: $0, upper: 1)
      },
      .init(distribution: "Uniform", parameter: "upper", values: notFinite + [0, -1]) {
        _ = try Uniform(lower: 0, upper: $0)
      },
      .init(distribution: "Uniform", parameter: "upper", values: [.greatestFiniteMagnitude]) {
        _ = try Uniform(lower: -.greatestFiniteMagnitude, upper: $0)
      },
      .init(distribution: "Laplace", parameter: "location", values: notFinite) {
        _ = try Laplace(location: $0, scale: 1)
      },
      .init(distribution: "Laplace", parameter: "scale", values: notPositive) {
        _ = try Laplace(location: 0, scale: $0)
      },
      .init(distribution: "StudentT", parameter: "degreesOfFreedom", values: notPositive) {
        _ = try StudentT(degreesOfFreedom: $0)
      },
      .init(distribution: "StudentT", parameter: "location", values: notFinite) {
        _ = try StudentT(degreesOfFreedom: 3, location: $0)
      },
      .init(distribution: "StudentT", parameter: "scale", values: notPositive) {
        _ = try StudentT(degreesOfFreedom: 3, scale: $0)
      },
      .init(distribution: "Gamma", parameter: "shape", values: notPositive) {
        _ = try Gamma(shape: $0, rate: 1)
      },
      .init(distribution: "Gamma", parameter: "rate", values: notPositive + [0x1p-1040]) {
        _ = try Gamma(shape: 1, rate: $0)
      },
      .init(distribution: "Gamma", parameter: "scale", values: notPositive) {
        _ = try Gamma(shape: 1, scale: $0)
      },
      .init(
        distribution: "Categorical", parameter: "probabilities[1]", values: notFinite + [-0.5]
      ) {
        _ = try Categorical(probabilities: [0.5, $0, 0.5])
      },
      .init(
        distribution: "Categorical", parameter: "the sum of the probabilities", values: [0.4, 0.51]
      ) {
        do {
          _ = try Categorical(probabilities: [0.5, $0])
        } catch let error as ParameterError {
          #expect(error.value == 0.5 + $0)
          throw error
        }
      },
      .init(distribution: "MultivariateNormal", parameter: "mean[1]", values: notFinite) {
        _ = try MultivariateNormal(mean: [0, $0], covariance: .identity(2))
      },
      .init(distribution: "MultivariateNormal", parameter: "mean[0]", values: notFinite) {
        _ = try MultivariateNormal(mean: [$0, 0], precision: .identity(2))
      },
      .init(
        distribution: "MultivariateStudentT", parameter: "degreesOfFreedom", values: notPositive
      ) {
        _ = try MultivariateStudentT(degreesOfFreedom: $0, location: [0], scale: .identity(1))
      },
      .init(distribution: "MultivariateStudentT", parameter: "location[1]", values: notFinite) {
        _ = try MultivariateStudentT(
          degreesOfFreedom: 3, location: [0, $0], inverseScale: .identity(2))
      },
    ]
  }

  static let everyCase =
    Case.all + Case.closedForms + Case.specialFunctions + Case.integersAndVectors

  @Test("A bad parameter is named, with its value", arguments: everyCase)
  func badParameter(test: Case) {
    for value in test.values {
      #expect {
        try test.make(value)
      } throws: { error in
        guard let error = error as? ParameterError else { return false }
        let isSum = test.parameter.hasPrefix("the sum")
        return error.distribution == test.distribution && error.parameter == test.parameter
          && (isSum || error.value == value || error.value.isNaN && value.isNaN)
          && error.description.hasPrefix("\(test.distribution): \(test.parameter) \(error.value)")
      }
    }
  }
}
