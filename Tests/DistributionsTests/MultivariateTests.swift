import Distributions
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// A covariance matrix with a mean, and directions to look at draws along.
struct Elliptical: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let mean: [Double]
  let covariance: Matrix

  static let all: [Elliptical] = [
    .init(testDescription: "one dimension", mean: [3], covariance: Matrix([[0.04]])),
    .init(
      testDescription: "strong correlation", mean: [1, -2],
      covariance: Matrix([[4, -1.9], [-1.9, 1]])),
    .init(
      testDescription: "four dimensions", mean: [0, 1, -1, 10],
      covariance: Matrix([
        [4, 1.2, -0.8, 0.1], [1.2, 2.5, 0.3, -0.6], [-0.8, 0.3, 1, 0.05], [0.1, -0.6, 0.05, 9],
      ])),
  ]

  var precision: Matrix {
    get throws { try CholeskyFactorization(covariance).inverse }
  }

  /// The axes, and two slanted directions.
  var directions: [[Double]] {
    let size = mean.count
    return (0..<size).map { Matrix.identity(size)[row: $0].map { $0 } } + [
      (0..<size).map { $0 % 2 == 0 ? 1 : -1 }, (0..<size).map { 0.3 + Double($0) },
    ]
  }

  static let comparisons =
    7 * all.reduce(0) { $0 + $1.directions.count + $1.mean.count * ($1.mean.count + 1) / 2 }

  /// The product of a direction with the mean, and the root of its quadratic form in `covariance`.
  func projection(on direction: [Double]) -> (mean: Double, scale: Double) {
    (dot(direction, mean), dot(direction, covariance * direction).squareRoot())
  }

  /// Expects the draws' covariance to be `factor` times this one; `excess` is a third of the
  /// excess kurtosis of the coordinates, which widens the standard errors.
  func expectCovariance(
    of draws: [[Double]], factor: Double = 1, excess: Double = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let limit = StatisticalTolerance(comparisons: Self.comparisons).standardErrors
    for i in mean.indices {
      for j in 0...i {
        let products = draws.reduce(0.0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) }
        let expected = factor * covariance[i, j]
        let scale = factor * factor * covariance[i, i] * covariance[j, j]
        let square = expected * expected
        let variance = (1 + excess) * (scale + square) + excess * square
        let error = (variance / Double(draws.count)).squareRoot()
        #expect(
          abs(products / Double(draws.count) - expected) < limit * error, "element \(i), \(j)",
          sourceLocation: sourceLocation)
      }
    }
  }
}

@Suite("MultivariateNormal")
struct MultivariateNormalTests {
  @Test("The log density is the reference's, by covariance and by precision", .tags(.reference))
  func logDensity() throws {
    for expected in try MultivariateReference.committed.get().multivariateNormal {
      let covariance = Matrix(expected.covariance!)
      let byCovariance = try MultivariateNormal(mean: expected.mean, covariance: covariance)
      let precision = try CholeskyFactorization(covariance).inverse
      let byPrecision = try MultivariateNormal(mean: expected.mean, precision: precision)
      let byCholesky = try MultivariateNormal(
        mean: expected.mean, cholesky: CholeskyFactorization(covariance).lower)
      for point in expected.points {
        for distribution in [byCovariance, byPrecision, byCholesky] {
          #expect(scaledError(distribution.logDensity(of: point.x), point.logDensity) < 1e-12)
          let distant = point.x.map { $0 + 1e200 }
          #expect(distribution.logDensity(of: distant) == -.infinity)
        }
      }
      for (a, b) in zip(byPrecision.covariance.elements, covariance.elements) {
        #expect(relativeError(a, b) < 1e-12)
      }
    }
  }

  @Test(
    "Projections and covariance of draws", .tags(.statistical), arguments: Elliptical.all,
    [UInt64(5)])
  func draws(test: Elliptical, seed: UInt64) throws {
    let count = TestSupport.draws(release: 200_000, debug: 20_000)
    let tolerance = StatisticalTolerance(comparisons: Elliptical.comparisons)
    for distribution in [
      try MultivariateNormal(mean: test.mean, covariance: test.covariance),
      try MultivariateNormal(mean: test.mean, precision: test.precision),
      try MultivariateNormal(
        mean: test.mean, cholesky: CholeskyFactorization(test.covariance).lower),
    ] {
      #expect(distribution.dimension == test.mean.count)
      try check(sample(distribution, count: count, seed: seed))
      try check(filled(distribution, count: count, seed: seed))
    }
    func check(_ values: [[Double]]) throws {
      for direction in test.directions {
        let (mean, scale) = test.projection(on: direction)
        let normal = try Normal(mean: mean, standardDeviation: scale)
        let statistic = kolmogorovSmirnovStatistic(
          of: values.map { dot($0, direction) }, against: normal.cdf)
        #expect(statistic < tolerance.kolmogorovSmirnov(draws: count), "along \(direction)")
      }
      test.expectCovariance(of: values)
    }
  }

  @Test("a fill is the same however it is cut", .tags(.unit))
  func cuts() throws {
    let test = Elliptical.all[2]
    let distribution = try MultivariateNormal(mean: test.mean, covariance: test.covariance)
    var (whole, parts) = ([Double](repeating: 0, count: 400), [Double](repeating: 0, count: 400))
    var (first, second) = (Philox(seed: 3), Philox(seed: 3))
    var span = whole.mutableSpan
    distribution.fill(rows: &span, using: &first)
    for range in [0..<4, 4..<28, 28..<400] {
      var part = [Double](repeating: 0, count: range.count)
      var span = part.mutableSpan
      distribution.fill(rows: &span, using: &second)
      parts.replaceSubrange(range, with: part)
    }
    #expect(parts == whole && first == second)
  }

  @Test("A draw in place is a draw, whatever memory it is given", .tags(.unit))
  func inPlace() throws {
    let test = Elliptical.all[2]
    let distribution = try MultivariateNormal(mean: test.mean, covariance: test.covariance)
    let expected = sample(distribution, count: 3, seed: 6)
    var generator = Philox(seed: 6)
    var value = [1.0]
    for draw in expected {
      distribution.sample(into: &value, using: &generator)
      #expect(value == draw)
    }
  }

  @Test("Shapes and matrices that do not fit are refused", .tags(.unit))
  func errors() {
    #expect(throws: ParameterError.self) {
      try MultivariateNormal(mean: [0], covariance: .identity(2))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
      try MultivariateNormal(mean: [0, 0], covariance: Matrix([[1, 2], [2, 1]]))
    }
    #expect(throws: LinearAlgebraError.self) {
      try MultivariateNormal(mean: [0, 0], precision: Matrix([[1, 0], [.nan, 1]]))
    }
    for (matrix, part) in [
      (Matrix([[1, 0, 0], [0, 1, 0]]), "the number of columns of cholesky 3.0"),
      (Matrix([[1, 0.5], [0, 1]]), "cholesky[0, 1] 0.5"),
      (Matrix([[1, 0], [0.5, -1]]), "cholesky[1, 1] -1.0"),
      (Matrix([[1, 0], [.nan, 1]]), "cholesky[1, 0] nan"),
    ] {
      let error = #expect(throws: ParameterError.self) {
        try MultivariateNormal(mean: [0, 0], cholesky: matrix)
      }
      #expect(error?.description.contains(part) == true)
    }
  }
}

@Suite("MultivariateStudentT")
struct MultivariateStudentTTests {
  @Test("The log density is the reference's, by scale and by its inverse", .tags(.reference))
  func logDensity() throws {
    for expected in try MultivariateReference.committed.get().multivariateStudentT {
      let scale = Matrix(expected.scale!)
      let degrees = expected.degreesOfFreedom!
      let byScale = try MultivariateStudentT(
        degreesOfFreedom: degrees, location: expected.mean, scale: scale)
      let byInverse = try MultivariateStudentT(
        degreesOfFreedom: degrees, location: expected.mean,
        inverseScale: CholeskyFactorization(scale).inverse)
      let byCholesky = try MultivariateStudentT(
        degreesOfFreedom: degrees, location: expected.mean,
        cholesky: CholeskyFactorization(scale).lower)
      for point in expected.points {
        for distribution in [byScale, byInverse, byCholesky] {
          #expect(scaledError(distribution.logDensity(of: point.x), point.logDensity) < 1e-12)
        }
      }
    }
  }

  @Test("In one dimension it is StudentT", .tags(.unit))
  func oneDimension() throws {
    let many = try MultivariateStudentT(
      degreesOfFreedom: 3.5, location: [2], scale: Matrix([[0.25]]))
    let one = try StudentT(degreesOfFreedom: 3.5, location: 2, scale: 0.5)
    for x in [-50, 0, 1.9, 2, 3, 1e5] {
      #expect(scaledError(many.logDensity(of: [x]), one.logDensity(of: x)) < 1e-13)
    }
  }

  @Test(
    "Projections and covariance of draws", .tags(.statistical), arguments: Elliptical.all,
    [UInt64(7)])
  func draws(test: Elliptical, seed: UInt64) throws {
    let count = TestSupport.draws(release: 200_000, debug: 20_000)
    let tolerance = StatisticalTolerance(comparisons: Elliptical.comparisons)
    let degrees = 15.0
    for distribution in [
      try MultivariateStudentT(
        degreesOfFreedom: degrees, location: test.mean, scale: test.covariance),
      try MultivariateStudentT(
        degreesOfFreedom: degrees, location: test.mean, inverseScale: test.precision),
      try MultivariateStudentT(
        degreesOfFreedom: degrees, location: test.mean,
        cholesky: CholeskyFactorization(test.covariance).lower),
    ] {
      #expect(distribution.dimension == test.mean.count)
      try check(sample(distribution, count: count, seed: seed))
      try check(filled(distribution, count: count, seed: seed))
    }
    func check(_ values: [[Double]]) throws {
      for direction in test.directions {
        let (location, scale) = test.projection(on: direction)
        let student = try StudentT(degreesOfFreedom: degrees, location: location, scale: scale)
        let statistic = kolmogorovSmirnovStatistic(
          of: values.map { dot($0, direction) }, against: student.cdf)
        #expect(statistic < tolerance.kolmogorovSmirnov(draws: count), "along \(direction)")
      }
      test.expectCovariance(
        of: values, factor: degrees / (degrees - 2), excess: 2 / (degrees - 4))
    }
  }

  @Test("a fill is the same however it is cut, by rows and by arrays", .tags(.unit))
  func cuts() throws {
    for (test, degrees) in zip(Elliptical.all, [0.8, 5, 5]) {
      let distribution = try MultivariateStudentT(
        degreesOfFreedom: degrees, location: test.mean, scale: test.covariance)
      let count = 2_500
      let whole = filled(distribution, count: count, seed: 3)
      var generator = Philox(seed: 3)
      var parts: [[Double]] = []
      for size in [1, 7, 1_500, 992] {
        var part = [[Double]](repeating: [], count: size)
        var span = part.mutableSpan
        distribution.fill(&span, using: &generator)
        parts += part
      }
      #expect(parts == whole)
      #expect(generator.position == UInt64(count * distribution.dimension))
    }
  }

  @Test("the stretches of neighbouring draws are independent", .tags(.statistical))
  func independence() throws {
    let count = TestSupport.draws(release: 200_000, debug: 20_000)
    let distribution = try MultivariateStudentT(
      degreesOfFreedom: 3, location: [0, 0], scale: .identity(2))
    let sizes = filled(distribution, count: count, seed: 12).map { draw in
      // Half the squared length is F(2, 3), with P(F > f) = (1 + 2 f / 3)^-1.5.
      let root: Double = (1 + dot(draw, draw) / 3).squareRoot()
      return 0.5 - 1 / (root * root * root)
    }
    let products = zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let limit = StatisticalTolerance(level: 1e-4).standardErrors
    #expect(abs(12 * products / Double(count - 1)) < limit / Double(count - 1).squareRoot())
  }
}

/// Draws by a fill into memory, row by row.
private func filled<D: MultivariateDistribution>(
  _ distribution: D, count: Int, seed: UInt64
) -> [[Double]] {
  let size = distribution.dimension
  var memory = [Double](repeating: 0, count: count * size)
  var generator = Philox(seed: seed)
  var span = memory.mutableSpan
  distribution.fill(rows: &span, using: &generator)
  return (0..<count).map { Array(memory[$0 * size..<($0 + 1) * size]) }
}
