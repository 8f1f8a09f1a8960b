import Distributions
import LinearAlgebra
import Randomness
import TestSupport
import Testing

@Suite("Unit-cube transforms", .tags(.unit))
struct UnitCubeTransformTests {
  /// Longer than a batch of the kernels, with a tail.
  private static let units: [Double] = {
    let even = (0..<520).map { (Double($0) + 0.5) / 520 }
    let lower = [1e-300, 1e-20, 0x1p-53, 1e-6, 0.0749, 0.075, 0.5]
    return lower + [0.925, 0.9251, 1 - 1e-6, 1 - 0x1p-53] + even
  }()

  private func transformed<D: UnitCubeTransform>(
    _ distribution: D, _ points: [Double], startingWith value: D.Value
  ) -> [D.Value] {
    var values = [D.Value](repeating: value, count: points.count / distribution.cubeDimension)
    var span = values.mutableSpan
    distribution.transform(points.span, into: &span)
    return values
  }

  @Test("of one variable are its quantiles", arguments: SamplerCase.all)
  func quantiles(test: SamplerCase) throws {
    func check<D: UnivariateDistribution>(_ distribution: D) {
      #expect(distribution.cubeDimension == 1)
      let units = test.family.isSlow ? Array(Self.units.prefix(20)) : Self.units
      let values = transformed(distribution, units, startingWith: distribution.support.lowerBound)
      for (unit, value) in zip(units, values) {
        let expected = distribution.quantile(unit)
        // The vectorised normal quantile is another formula, good to some ulp.
        let isNear =
          (value as? Double).map { relativeError($0, expected as! Double) < 1e-14 }
          ?? (value == expected)
        #expect(
          value == expected || isNear, "\(distribution) at \(unit): \(value), not \(expected)")
      }
    }
    check(try test.family.make(test.parameters))
  }

  @Test("of a normal variable at and beyond the ends are infinite")
  func ends() throws {
    let normal = try Normal(mean: 1, standardDeviation: 2)
    let values = transformed(normal, [0, 0.5, 1], startingWith: 0)
    #expect(values == [-.infinity, 1, .infinity])
  }

  @Test("of independent variables are quantiles of each, and reuse memory of another length")
  func independent() throws {
    let mixed = Independent([try Exponential(rate: 2), try Normal(mean: 0, standardDeviation: 1)])
    let points = [0.1, 0.2, 0.7, 0.9]
    let expected = [0, 2].map { row in
      [mixed.marginals[0].quantile(points[row]), mixed.marginals[1].quantile(points[row + 1])]
    }
    for start in [[], [0.0, 0], [0.0, 0, 0]] {
      let values = transformed(mixed, points, startingWith: start)
      for (value, row) in zip(values, expected) {
        #expect(value.count == 2 && zip(value, row).allSatisfy { relativeError($0, $1) < 1e-14 })
      }
    }
    let counts = Independent([try Poisson(rate: 3), try Poisson(rate: 30)])
    #expect(
      transformed(counts, points, startingWith: [])
        == [0, 2].map {
          [counts.marginals[0].quantile(points[$0]), counts.marginals[1].quantile(points[$0 + 1])]
        })
  }

  @Test("of normal vectors are Cholesky factors times quantiles")
  func normal() throws {
    let covariance = Matrix([[2, 0.6, -0.3], [0.6, 1, 0.2], [-0.3, 0.2, 0.5]])
    let mean = [1, -2, 0.5]
    let lower = try CholeskyFactorization(covariance).lower
    let points = [0.1, 0.6, 0.9, 0.5, 0.3, 1e-9]
    let quantile = try Normal(mean: 0, standardDeviation: 1).quantile
    let direct = try MultivariateNormal(mean: mean, covariance: covariance)
    #expect(direct.cubeDimension == 3)
    for (row, value) in transformed(direct, points, startingWith: []).enumerated() {
      let z = points[row * 3..<row * 3 + 3].map(quantile)
      for (i, shift) in (lower * z).enumerated() {
        #expect(scaledError(value[i], mean[i] + shift) < 1e-14)
      }
    }
    let precision = try CholeskyFactorization(covariance).inverse
    let factor = try CholeskyFactorization(precision).lower
    let inverse = try MultivariateNormal(mean: mean, precision: precision)
    for (row, value) in transformed(inverse, points, startingWith: mean).enumerated() {
      let z = points[row * 3..<row * 3 + 3].map(quantile)
      for (i, shift) in factor.solveTriangular(z, .lowerTransposed).enumerated() {
        #expect(scaledError(value[i], mean[i] + shift) < 1e-13)
      }
    }
  }

  @Test("of Student t vectors stretch normal ones, finite however heavy the tails")
  func student() throws {
    for degrees in [1e-3, 0.1, 1, 5, 1e6] {
      let target = try MultivariateStudentT(
        degreesOfFreedom: degrees, location: [0, 0], scale: .identity(2))
      #expect(target.cubeDimension == 3)
      let radius = try Gamma(shape: degrees / 2, rate: degrees / 2)
      let z = try Normal(mean: 0, standardDeviation: 1).quantile(0.8)
      for unit in [0x1p-53, 0.01, 0.5, 0.99, 1 - 0x1p-53] {
        let value = transformed(target, [unit, 0.8, 0.5], startingWith: [])[0]
        #expect(value.allSatisfy { !$0.isNaN } && value[1] == 0)
        let draw = radius.quantile(unit)
        if draw > 1e-280 { #expect(relativeError(value[0], z / draw.squareRoot()) < 1e-9) }
      }
    }
  }
}
