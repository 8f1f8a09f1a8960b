import Distributions
import Foundation
import LinearAlgebra
import Randomness
import SpecialFunctions
import TestSupport
import Testing

@Suite("Vectors and matrices against the committed reference", .tags(.reference))
struct VectorAndMatrixReferenceTests {
  @Test("Dirichlet and Multinomial")
  func vectors() throws {
    let reference = try MultivariateReference.committed.get()
    for expected in reference.dirichlet {
      let distribution = try Dirichlet(concentration: expected.concentration)
      for point in expected.points {
        #expect(scaledError(distribution.logDensity(of: point.x), point.logDensity) < 1e-12)
      }
    }
    for expected in reference.multinomial {
      let distribution = try Multinomial(
        trials: expected.trials, probabilities: expected.probabilities)
      for point in expected.points {
        let found = distribution.logDensity(of: point.x.map { Int($0) })
        #expect(scaledError(found, point.logDensity) < 1e-12)
      }
    }
  }

  @Test("Wishart, InverseWishart and LKJCholesky")
  func matrices() throws {
    let reference = try MultivariateReference.committed.get()
    for expected in reference.wishart {
      let distribution = try Wishart(
        degreesOfFreedom: expected.degreesOfFreedom, scale: Matrix(expected.scale))
      for point in expected.points {
        let found = distribution.logDensity(of: Matrix(point.matrix))
        #expect(scaledError(found, point.logDensity) < 1e-12)
      }
    }
    for expected in reference.inverseWishart {
      let distribution = try InverseWishart(
        degreesOfFreedom: expected.degreesOfFreedom, scale: Matrix(expected.scale))
      for point in expected.points {
        let found = distribution.logDensity(of: Matrix(point.matrix))
        #expect(scaledError(found, point.logDensity) < 1e-12)
      }
    }
    for expected in reference.lkjCholesky {
      let distribution = try LKJCholesky(dimension: expected.dimension, shape: expected.shape)
      for point in expected.points {
        let found = distribution.logDensity(of: Matrix(point.matrix))
        #expect(scaledError(found, point.logDensity) < 1e-12)
      }
    }
  }

  @Test("outside the support the density is zero")
  func outside() throws {
    let simplex = try Dirichlet(concentration: [2, 3])
    #expect(simplex.logDensity(of: [-0.5, 1.5]) == -.infinity)
    #expect(simplex.logDensity(of: [0.5, 0.6]) == -.infinity)
    let counts = try Multinomial(trials: 3, probabilities: [0.5, 0, 0.5])
    #expect(counts.logDensity(of: [1, 1, 1]) == -.infinity)
    #expect(counts.logDensity(of: [1, 0, 1]) == -.infinity)
    #expect(counts.logDensity(of: [4, 0, -1]) == -.infinity)
    let indefinite = Matrix([[1, 2], [2, 1]])
    #expect(
      try Wishart(degreesOfFreedom: 3, scale: .identity(2)).logDensity(of: indefinite) == -.infinity
    )
    #expect(
      try InverseWishart(degreesOfFreedom: 3, scale: .identity(2)).logDensity(of: indefinite)
        == -.infinity)
    let correlations = try LKJCholesky(dimension: 2, shape: 2)
    for matrix in [[[1, 0], [0.5, 0.5]], [[1, 0], [0.6, -0.8]], [[1, 0.5], [0.6, 0.8]]] {
      #expect(correlations.logDensity(of: Matrix(matrix)) == -.infinity)
    }
  }
}

@Suite("Partial derivatives of vectors and matrices against differences", .tags(.gradient))
struct VectorAndMatrixPartialsTests {
  /// Expects `partials` to be the slopes of `function`, by the best of central differences.
  private func expect(
    _ partials: [Double], at x: [Double], _ name: String, _ function: ([Double]) throws -> Double
  ) rethrows {
    for i in x.indices {
      var best = Double.infinity
      for exponent in 2...7 {
        let step = pow(10, -Double(exponent)) * max(1e-3, abs(x[i]))
        var (above, below) = (x, x)
        above[i] += step
        below[i] -= step
        let slope = (try function(above) - function(below)) / (above[i] - below[i])
        best = min(best, abs(slope - partials[i]) / max(1, abs(partials[i])))
      }
      #expect(best < 1e-7, "\(name)[\(i)]")
    }
  }

  private func matrix(_ elements: [Double], _ size: Int) -> Matrix {
    Matrix(rows: size, columns: size, elements: elements)
  }

  /// A direction in the space of symmetric matrices: element (i, j) and (j, i) together.
  private func expectSymmetric(
    _ partials: Matrix, at x: Matrix, _ name: String, _ function: (Matrix) throws -> Double
  ) rethrows {
    let size = x.rows
    let places = (0..<size).flatMap { i in (0...i).map { (i, $0) } }
    try expect(
      places.map { i, j in i == j ? partials[i, i] : partials[i, j] + partials[j, i] },
      at: places.map { x[$0, $1] }, name
    ) { values in
      var moved = x
      for ((i, j), value) in zip(places, values) { (moved[i, j], moved[j, i]) = (value, value) }
      return try function(moved)
    }
  }

  @Test("MultivariateNormal and MultivariateStudentT, by each matrix")
  func elliptical() throws {
    let test = Elliptical.all[2]
    let value = [0.5, -1, 2, 7]
    let lower = try CholeskyFactorization(test.covariance).lower
    func check(
      _ partials: EllipticalPartials, symmetric: Bool,
      _ logDensity: (_ value: [Double], _ mean: [Double], _ matrix: Matrix) throws -> Double,
      _ matrix: Matrix
    ) throws {
      try expect(partials.value, at: value, "value") { try logDensity($0, test.mean, matrix) }
      try expect(partials.location, at: test.mean, "mean") { try logDensity(value, $0, matrix) }
      if symmetric {
        try expectSymmetric(partials.matrix, at: matrix, "matrix") {
          try logDensity(value, test.mean, $0)
        }
      } else {
        let places = (0..<4).flatMap { i in (0...i).map { (i, $0) } }
        try expect(
          places.map { partials.matrix[$0, $1] }, at: places.map { matrix[$0, $1] }, "cholesky"
        ) { values in
          var moved = matrix
          for ((i, j), value) in zip(places, values) { moved[i, j] = value }
          return try logDensity(value, test.mean, moved)
        }
      }
    }
    let precision = try test.precision
    try check(
      MultivariateNormal(mean: test.mean, covariance: test.covariance)
        .logDensityPartials(of: value), symmetric: true,
      { try MultivariateNormal(mean: $1, covariance: $2).logDensity(of: $0) }, test.covariance)
    try check(
      MultivariateNormal(mean: test.mean, precision: precision).logDensityPartials(of: value),
      symmetric: true,
      { try MultivariateNormal(mean: $1, precision: $2).logDensity(of: $0) }, precision)
    try check(
      MultivariateNormal(mean: test.mean, cholesky: lower).logDensityPartials(of: value),
      symmetric: false,
      { try MultivariateNormal(mean: $1, cholesky: $2).logDensity(of: $0) }, lower)
    let student = try MultivariateStudentT(
      degreesOfFreedom: 3.5, location: test.mean, scale: test.covariance)
    try check(
      student.logDensityPartials(of: value).rest, symmetric: true,
      {
        try MultivariateStudentT(degreesOfFreedom: 3.5, location: $1, scale: $2).logDensity(of: $0)
      }, test.covariance)
    try expect(
      [student.logDensityPartials(of: value).degreesOfFreedom], at: [3.5], "degreesOfFreedom"
    ) {
      try MultivariateStudentT(
        degreesOfFreedom: $0[0], location: test.mean, scale: test.covariance
      ).logDensity(of: value)
    }
  }

  @Test("a mixture, in its value, weights and components")
  func mixture() throws {
    let means = [0.5, 3]
    let weights = [0.25, 0.75]
    func make(_ means: [Double], _ weights: [Double]) throws -> Mixture<Normal<Double>> {
      try Mixture(means.map { try Normal(mean: $0, standardDeviation: 1.5) }, weights: weights)
    }
    let partials = try make(means, weights).logDensityPartials(of: 1.2)
    try expect([partials.value], at: [1.2], "value") {
      try make(means, weights).logDensity(of: $0[0])
    }
    try expect([partials.weights[0] - partials.weights[1]], at: [0.25], "weights") {
      try make(means, [$0[0], 1 - $0[0]]).logDensity(of: 1.2)
    }
    try expect(partials.components.map { $0["mean"] }, at: means, "means") {
      try make($0, weights).logDensity(of: 1.2)
    }
  }

  @Test("Dirichlet and Multinomial")
  func vectors() throws {
    let value = [0.2, 0.3, 0.5]
    let concentration = [0.5, 2, 7]
    let partials = try Dirichlet(concentration: concentration).logDensityPartials(of: value)
    try expect(partials.concentration, at: concentration, "concentration") {
      try Dirichlet(concentration: $0).logDensity(of: value)
    }
    // As if its elements were free: the differences of two of them, along the simplex.
    try expect([partials.value[0] - partials.value[2]], at: [0.2], "value") {
      try Dirichlet(concentration: concentration).logDensity(of: [$0[0], 0.3, 0.7 - $0[0]])
    }
    let counts = [3, 0, 4]
    let slopes = try Multinomial(trials: 7, probabilities: value).logDensityPartials(of: counts)
    try expect([slopes[0] - slopes[2]], at: [0.2], "probabilities") {
      try Multinomial(trials: 7, probabilities: [$0[0], 0.3, 0.7 - $0[0]]).logDensity(of: counts)
    }
  }

  @Test("Wishart, InverseWishart and LKJCholesky")
  func matrices() throws {
    let scale = Matrix([[4, 1.2, -0.8], [1.2, 2.5, 0.3], [-0.8, 0.3, 1]])
    let value = Matrix([[7, 1, 0.5], [1, 3, -0.3], [0.5, -0.3, 2]])
    let wishart = try Wishart(degreesOfFreedom: 5.5, scale: scale).logDensityPartials(of: value)
    try expectSymmetric(wishart.value, at: value, "value") {
      try Wishart(degreesOfFreedom: 5.5, scale: scale).logDensity(of: $0)
    }
    try expectSymmetric(wishart.scale, at: scale, "scale") {
      try Wishart(degreesOfFreedom: 5.5, scale: $0).logDensity(of: value)
    }
    try expect([wishart.degreesOfFreedom], at: [5.5], "degreesOfFreedom") {
      try Wishart(degreesOfFreedom: $0[0], scale: scale).logDensity(of: value)
    }
    let inverse = try InverseWishart(degreesOfFreedom: 5.5, scale: scale)
      .logDensityPartials(of: value)
    try expectSymmetric(inverse.value, at: value, "value") {
      try InverseWishart(degreesOfFreedom: 5.5, scale: scale).logDensity(of: $0)
    }
    try expectSymmetric(inverse.scale, at: scale, "scale") {
      try InverseWishart(degreesOfFreedom: 5.5, scale: $0).logDensity(of: value)
    }
    try expect([inverse.degreesOfFreedom], at: [5.5], "degreesOfFreedom") {
      try InverseWishart(degreesOfFreedom: $0[0], scale: scale).logDensity(of: value)
    }
    let lower = try CholeskyFactorization(
      Matrix([[1, 0.5, 0.25], [0.5, 1, -0.125], [0.25, -0.125, 1]])
    ).lower
    let correlations = try LKJCholesky(dimension: 3, shape: 1.5).logDensityPartials(of: lower)
    try expect([correlations.shape], at: [1.5], "shape") {
      try LKJCholesky(dimension: 3, shape: $0[0]).logDensity(of: lower)
    }
    // An element of the diagonal moves with the rest of its row.
    let (x, y) = (lower[1, 0], lower[1, 1])
    try expect([-correlations.diagonal[1] * x / y], at: [x], "diagonal") {
      var moved = lower
      (moved[1, 0], moved[1, 1]) = ($0[0], (1 - $0[0] * $0[0]).squareRoot())
      return try LKJCholesky(dimension: 3, shape: 1.5).logDensity(of: moved)
    }
  }
}

/// A sampler of vectors or matrices, seen through real functions of a draw whose laws are known.
struct Projection<Value: Sendable>: Sendable {
  let name: String
  let law: any ContinuousDistribution
  let of: @Sendable (Value) -> Double
}

@Suite("Samplers of vectors and matrices", .tags(.statistical))
struct VectorAndMatrixSamplingTests {
  static let tolerance = StatisticalTolerance(comparisons: 120)
  static let count = draws(release: 200_000, debug: 5_000)

  private func statistics<D: Distribution>(
    _ distribution: D, _ projections: [Projection<D.Value>], count: Int = Self.count
  ) -> [(name: String, statistic: Double)] {
    let values = sample(distribution, count: count, seed: 11)
    return projections.map { projection in
      (
        projection.name,
        kolmogorovSmirnovStatistic(
          of: values.map(projection.of), evaluations: 20_000, against: projection.law.cdf)
      )
    }
  }

  private func expect<D: Distribution>(_ distribution: D, _ projections: [Projection<D.Value>]) {
    let limit = Self.tolerance.kolmogorovSmirnov(draws: Self.count)
    for (name, statistic) in statistics(distribution, projections) {
      #expect(statistic < limit, "\(name) of \(distribution)")
    }
  }

  /// Expects the means of some functions of a draw, within their standard errors.
  private func expectMeans<D: Distribution>(
    _ distribution: D, _ moments: [(name: String, mean: Double, of: (D.Value) -> Double)]
  ) {
    let values = sample(distribution, count: Self.count, seed: 12)
    let n = Double(values.count)
    for moment in moments {
      let terms = values.map(moment.of)
      let mean = terms.reduce(0, +) / n
      let error = (terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n * n)).squareRoot()
      #expect(
        abs(mean - moment.mean) <= Self.tolerance.standardErrors * error,
        "\(moment.name) of \(distribution): \(mean), not \(moment.mean)")
    }
  }

  /// The elements, and the sum of the first two.
  private func projections(
    _ concentration: [Double]
  ) throws -> [Projection<[Double]>] {
    let total = concentration.reduce(0, +)
    var result = try concentration.indices.map { i in
      Projection<[Double]>(
        name: "element \(i)", law: try Beta(alpha: concentration[i], beta: total - concentration[i])
      ) { $0[i] }
    }
    if concentration.count > 2 {
      let both = concentration[0] + concentration[1]
      result.append(
        .init(name: "two elements", law: try Beta(alpha: both, beta: total - both)) {
          $0[0] + $0[1]
        })
    }
    return result
  }

  @Test("Dirichlet", arguments: [[2, 3], [0.05, 0.3, 1, 4], [20, 30, 1000]])
  func dirichlet(concentration: [Double]) throws {
    let distribution = try Dirichlet(concentration: concentration)
    expect(distribution, try projections(concentration))
    for value in sample(distribution, count: 1000, seed: 13) {
      #expect(abs(value.reduce(0, +) - 1) < 1e-14)
    }
    let total = concentration.reduce(0, +)
    let mean = distribution.mean
    expectMeans(
      distribution,
      [
        ("mean", mean[0], { $0[0] }),
        ("variance", distribution.variance[1], { ($0[1] - mean[1]) * ($0[1] - mean[1]) }),
        (
          "covariance", -mean[0] * mean[1] / (total + 1),
          { ($0[0] - mean[0]) * ($0[1] - mean[1]) }
        ),
      ])
  }

  @Test("a Dirichlet sampler with one wrong shape is seen")
  func brokenDirichlet() throws {
    let limit = Self.tolerance.kolmogorovSmirnov(draws: 200_000)
    let found = statistics(
      try Dirichlet(concentration: [0.05, 0.32, 1, 4]), try projections([0.05, 0.3, 1, 4]),
      count: 200_000)
    #expect(found.contains { $0.statistic > limit })
  }

  @Test(
    "Multinomial",
    arguments: [
      (10, [0.2, 0.3, 0.5]), (1000, [0.001, 0.899, 0.1, 0]), (50_000, [0.5, 0.5]), (7, [1]),
    ] as [(Int, [Double])])
  func multinomial(trials: Int, probabilities: [Double]) throws {
    let distribution = try Multinomial(trials: trials, probabilities: probabilities)
    let values = sample(distribution, count: Self.count, seed: 14)
    #expect(values.allSatisfy { $0.reduce(0, +) == trials && $0.allSatisfy { $0 >= 0 } })
    func check(_ counts: [Int], _ p: Double, _ name: String) throws {
      let bins = QuantileBins(try Binomial(trials: trials, probability: min(1, p)), bins: 50)
      guard !bins.edges.isEmpty else { return }
      var found = [Int](repeating: 0, count: bins.probabilities.count)
      bins.count(counts, into: &found)
      #expect(
        bins.chiSquared(found)
          < Self.tolerance.chiSquared(degreesOfFreedom: bins.edges.count), "\(name)")
    }
    for i in probabilities.indices {
      try check(values.map { $0[i] }, probabilities[i], "category \(i)")
    }
    if probabilities.count > 2 {
      try check(values.map { $0[0] + $0[2] }, probabilities[0] + probabilities[2], "two categories")
      expectMeans(
        distribution,
        [
          (
            "covariance", -Double(trials) * probabilities[0] * probabilities[1],
            {
              (Double($0[0]) - distribution.mean[0]) * (Double($0[1]) - distribution.mean[1])
            }
          )
        ])
    }
  }

  static let scale = Matrix([[4, 1.2, -0.8], [1.2, 2.5, 0.3], [-0.8, 0.3, 1]])
  static let directions = [[1, 0, 0], [0, 0, 1], [1, -2, 0.5], [0.3, 1, 3]] as [[Double]]

  /// The quadratic forms of the draws, and the log determinant.
  private func wishartProjections(_ df: Double) throws -> [Projection<Matrix>] {
    try Self.directions.map { direction in
      let size = dot(direction, Self.scale * direction)
      return .init(
        name: "form along \(direction)", law: try Gamma(shape: df / 2, rate: 1 / (2 * size))
      ) { dot(direction, $0 * direction) }
    }
  }

  @Test("Wishart", arguments: [2.5, 3, 40])
  func wishart(df: Double) throws {
    let distribution = try Wishart(degreesOfFreedom: df, scale: Self.scale)
    expect(distribution, try wishartProjections(df))
    let logDeterminant =
      (0..<3).reduce(0.0) { $0 + digamma((df - Double($1)) / 2) } + 3 * log(2)
      + (try CholeskyFactorization(Self.scale).logDeterminant)
    let (mean, variance) = (distribution.mean, distribution.variance)
    if df >= 3 { expectLogDeterminant(logDeterminant, distribution) }
    expectMeans(
      distribution,
      [
        ("(1, 0)", mean[1, 0], { $0[1, 0] }), ("(0, 2)", mean[0, 2], { $0[0, 2] }),
        (
          "variance of (0, 2)", variance[0, 2],
          { ($0[0, 2] - mean[0, 2]) * ($0[0, 2] - mean[0, 2]) }
        ),
      ])
  }

  @Test("a Wishart sampler whose chi-squared draws all have the same degrees is seen")
  func brokenWishart() throws {
    let df = 5.0
    let lower = try CholeskyFactorization(Self.scale).lower
    let squares = try ChiSquared(degreesOfFreedom: df)
    let normal = try Normal(mean: 0, standardDeviation: 1)
    var generator = Philox(seed: 15)
    let projection = try wishartProjections(df)[1]
    let values = (0..<200_000).map { _ in
      var a = Matrix(rows: 3, columns: 3)
      for i in 0..<3 {
        for j in 0..<i { a[i, j] = normal.sample(using: &generator) }
        a[i, i] = squares.sample(using: &generator).squareRoot()
      }
      let factor = lower * a
      return projection.of(factor * factor.transposed)
    }
    #expect(
      kolmogorovSmirnovStatistic(of: values, against: projection.law.cdf)
        > Self.tolerance.kolmogorovSmirnov(draws: 200_000))
  }

  @Test("InverseWishart", arguments: [2.5, 4.5, 40])
  func inverseWishart(df: Double) throws {
    let distribution = try InverseWishart(degreesOfFreedom: df, scale: Self.scale)
    expect(
      distribution,
      try Self.directions.map { direction in
        let size = dot(direction, Self.scale * direction)
        return .init(
          name: "form along \(direction)",
          law: try InverseGamma(shape: (df - 2) / 2, scale: size / 2)
        ) { dot(direction, $0 * direction) }
      })
    let logDeterminant =
      (try CholeskyFactorization(Self.scale).logDeterminant) - 3 * log(2)
      - (0..<3).reduce(0.0) { $0 + digamma((df - Double($1)) / 2) }
    if df >= 3 { expectLogDeterminant(logDeterminant, distribution) }
    if df > 10 {
      let (mean, variance) = (distribution.mean, distribution.variance)
      expectMeans(
        distribution,
        [
          ("(1, 0)", mean[1, 0], { $0[1, 0] }),
          (
            "variance of (1, 0)", variance[1, 0],
            { ($0[1, 0] - mean[1, 0]) * ($0[1, 0] - mean[1, 0]) }
          ),
          (
            "variance of (2, 2)", variance[2, 2],
            { ($0[2, 2] - mean[2, 2]) * ($0[2, 2] - mean[2, 2]) }
          ),
        ])
    }
  }

  /// With fewer degrees than dimensions a product of triangles may be singular to rounding.
  private func expectLogDeterminant<D: Distribution>(
    _ mean: Double, _ distribution: D
  ) where D.Value == Matrix {
    expectMeans(
      distribution,
      [
        (
          "log determinant", mean,
          { (try? CholeskyFactorization($0).logDeterminant) ?? .nan }
        )
      ])
  }

  /// The correlations of the draws.
  private func correlations(_ size: Int, _ shape: Double) throws -> [Projection<Matrix>] {
    let side = shape - 1 + Double(size) / 2
    let law = try Beta(alpha: side, beta: side)
    return (0..<size).flatMap { i in
      (0..<i).map { j in
        .init(name: "correlation \(i), \(j)", law: law) { lower in
          0.5 + 0.5 * (0...j).reduce(0.0) { $0 + lower[i, $1] * lower[j, $1] }
        }
      }
    }
  }

  @Test("LKJCholesky", arguments: [(2, 0.3), (3, 1), (4, 2.5), (5, 30)] as [(Int, Double)])
  func lkj(size: Int, shape: Double) throws {
    let distribution = try LKJCholesky(dimension: size, shape: shape)
    expect(distribution, try correlations(size, shape))
    let logDeterminant = (1..<size).reduce(0.0) { sum, k in
      let rest = shape + Double(size - 1 - k) / 2
      return sum + digamma(rest) - digamma(rest + Double(k) / 2)
    }
    expectMeans(
      distribution,
      [
        (
          "log determinant", logDeterminant,
          { lower in (0..<size).reduce(0.0) { $0 + 2 * log(lower[$1, $1]) } }
        )
      ])
  }

  @Test("an LKJ sampler whose shape does not change from row to row is seen")
  func brokenLKJ() throws {
    // Of four dimensions the law of three, with a row more.
    let limit = Self.tolerance.kolmogorovSmirnov(draws: 200_000)
    let found = statistics(
      try LKJCholesky(dimension: 4, shape: 1.5), try correlations(4, 1), count: 200_000)
    #expect(found.allSatisfy { $0.statistic > limit })
  }
}

@Suite("Any vectors and matrices: constructed and sound, or refused", .tags(.unit))
struct VectorAndMatrixSafetyTests {
  static let sets = fullTest ? 100_000 : draws(release: 3_000, debug: 200)

  /// Makes members of random parameters and has each looked at; at least a twentieth must be made.
  private func expectSound<D: Distribution>(
    _ make: (inout Philox) throws -> D, isIn: (D, D.Value) -> Bool
  ) {
    var generator = Philox(seed: 16)
    var (made, wrong) = (0, 0)
    for _ in 0..<Self.sets {
      guard let distribution = try? make(&generator) else { continue }
      made += 1
      let value = distribution.sample(using: &generator)
      if !isIn(distribution, value) || distribution.logDensity(of: value).isNaN {
        wrong += 1
        if wrong <= 3 {
          Issue.record(
            "\(distribution) draws \(value), \(distribution.logDensity(of: value))")
        }
      }
    }
    #expect(wrong == 0)
    #expect(made > Self.sets / 20, "hardly any set is accepted: \(made)")
  }

  private func positive(_ generator: inout Philox) -> Double {
    Family.Domain.positive.randomValue(using: &generator)
  }

  /// L L' of a random triangle, or some nonsense.
  private func matrix(_ generator: inout Philox, _ size: Int) -> Matrix {
    var lower = Matrix(rows: size, columns: size)
    for i in 0..<size {
      for j in 0..<i { lower[i, j] = Family.Domain.real.randomValue(using: &generator) }
      lower[i, i] = positive(&generator)
    }
    return lower * lower.transposed
  }

  @Test("Dirichlet")
  func dirichlet() {
    expectSound(
      { (generator: inout Philox) throws -> Dirichlet in
        var concentration: [Double] = []
        for _ in 0...generator.nextIndex(below: 5) { concentration.append(positive(&generator)) }
        return try Dirichlet(concentration: concentration)
      },
      isIn: { _, x in
        abs(x.reduce(0, +) - 1) < 1e-12 && x.allSatisfy { $0 >= 0 && $0 <= 1 }
      })
  }

  @Test("Multinomial")
  func multinomial() {
    expectSound(
      { (generator: inout Philox) throws -> Multinomial in
        var weights: [Double] = []
        for _ in 0...generator.nextIndex(below: 5) {
          weights.append(Family.Domain.probability.randomValue(using: &generator))
        }
        let sum = weights.reduce(0, +)
        let trials = Family.Domain.count.randomValue(using: &generator)
        return try Multinomial(
          trials: Int(exactly: trials.rounded()) ?? -1, probabilities: weights.map { $0 / sum })
      },
      isIn: { distribution, x in
        x.reduce(0, +) == distribution.trials && x.allSatisfy { $0 >= 0 }
      })
  }

  @Test("MultivariateNormal and MultivariateStudentT")
  func elliptical() {
    func location(_ generator: inout Philox, _ size: Int) -> [Double] {
      var values: [Double] = []
      for _ in 0..<size { values.append(Family.Domain.real.randomValue(using: &generator)) }
      return values
    }
    expectSound(
      { generator in
        let size = 1 + generator.nextIndex(below: 3)
        return try MultivariateNormal(
          mean: location(&generator, size), covariance: matrix(&generator, size))
      }, isIn: { _, x in !x.contains(where: \.isNaN) })
    expectSound(
      { generator in
        let size = 1 + generator.nextIndex(below: 3)
        return try MultivariateStudentT(
          degreesOfFreedom: positive(&generator), location: location(&generator, size),
          scale: matrix(&generator, size))
      }, isIn: { _, x in !x.contains(where: \.isNaN) })
  }

  @Test("Wishart and InverseWishart")
  func matrices() {
    expectSound(
      { generator in
        let size = 1 + generator.nextIndex(below: 3)
        return try Wishart(
          degreesOfFreedom: positive(&generator), scale: matrix(&generator, size))
      }, isIn: { _, x in !x.elements.contains(where: \.isNaN) })
    expectSound(
      { generator in
        let size = 1 + generator.nextIndex(below: 3)
        return try InverseWishart(
          degreesOfFreedom: positive(&generator), scale: matrix(&generator, size))
      }, isIn: { _, x in !x.elements.contains(where: \.isNaN) })
  }

  @Test("LKJCholesky")
  func lkj() {
    expectSound(
      { generator in
        try LKJCholesky(
          dimension: generator.nextIndex(below: 6), shape: positive(&generator))
      },
      isIn: { distribution, lower in
        (0..<distribution.dimension).allSatisfy { i in
          let square = (0...i).reduce(0.0) { $0 + lower[i, $1] * lower[i, $1] }
          return abs(square - 1) < 1e-12
        }
      })
  }
}
