import CKernels
import Distributions
import LinearAlgebra
import Randomness
import TestSupport
import Testing

/// Log densities of many values at a time are those of one at a time.
@Suite("Many log densities at a time", .tags(.unit))
struct ManyDensitiesTests {
  /// Where values can be special: the ends of the support and beside them, infinities, zeros, the ends of
  /// the range of doubles; and the middle, more of it than a vector has lanes.
  private func values<D: UnivariateDistribution>(of distribution: D) -> [D.Value] {
    let support = distribution.support
    let middle = stride(from: 0.005, to: 1, by: 0.01).map { distribution.quantile($0) }
    var values = middle + [support.lowerBound, support.upperBound]
    values += [1e-12, 1e-300].flatMap {
      [distribution.quantile($0), distribution.survivalQuantile($0)]
    }
    for x in [
      0, -0.0, 1, -1, 600 * .leastNonzeroMagnitude, 1e-308, 1e-160, 1e155, 1e200, 1.7e308,
      .infinity,
    ] {
      for x in [x, -x] { values.append(value(x, of: distribution)) }
    }
    if let ends = [support.lowerBound, support.upperBound] as? [Double] {
      values += ends.flatMap { [$0.nextUp, $0.nextDown] } as! [D.Value]
    }
    return values
  }

  private func check<D: UnivariateDistribution>(_ distribution: D) {
    let values = values(of: distribution)
    let found = logDensities(values, of: distribution)
    for (x, batched) in zip(values, found) {
      let single = distribution.logDensity(of: x)
      #expect(
        scaledError(batched, single) < 1e-13, "\(distribution) at \(x): \(batched), not \(single)")
    }
    // In any piece a value has the same bits.
    for size in [1, 7, 33] {
      var pieces: [Double] = []
      for start in stride(from: 0, to: values.count, by: size) {
        pieces += logDensities(
          Array(values[start..<min(start + size, values.count)]), of: distribution)
      }
      #expect(pieces.map(\.bitPattern) == found.map(\.bitPattern), "\(distribution) by \(size)")
    }
    #expect(logDensities([], of: distribution).isEmpty)
  }

  @Test("of every family", arguments: Family.all)
  func families(family: Family) throws {
    let members = try family.isSlow ? [] : family.reference().map(\.parameters)
    for parameters in members + [family.scaled] { check(try family.make(parameters)) }
  }

  @Test("are the reference's", .tags(.reference), arguments: Family.all)
  func reference(family: Family) throws {
    func check<D: UnivariateDistribution>(_ distribution: D, _ points: [Family.Point]) {
      let found = logDensities(points.map { value($0.x, of: distribution) }, of: distribution)
      for (point, batched) in zip(points, found) {
        #expect(
          scaledError(batched, point.logDensity) < family.logDensityTolerance,
          "\(distribution) at \(point.x): \(batched), not \(point.logDensity)")
      }
    }
    for expected in try family.reference() {
      check(try family.make(expected.parameters), expected.points)
    }
  }

  @Test("NaN in is NaN out, or outside the support")
  func notANumber() throws {
    for family in Family.all where family.isContinuous {
      guard let distribution = try family.make(family.scaled) as? any ContinuousDistribution else {
        continue
      }
      let single = distribution.logDensity(of: .nan)
      let batched = logDensities([.nan], of: distribution)[0]
      #expect(batched.isNaN == single.isNaN, "\(distribution)")
    }
  }

  @Test("of vectors, by rows and by arrays", arguments: Elliptical.all)
  func vectors(test: Elliptical) throws {
    let cholesky = try CholeskyFactorization(test.covariance).lower
    try check(MultivariateNormal(mean: test.mean, covariance: test.covariance))
    try check(MultivariateNormal(mean: test.mean, precision: test.precision))
    try check(MultivariateNormal(mean: test.mean, cholesky: cholesky))
    for degrees in [1e-3, 0.7, 5, 1e100] {
      try check(
        MultivariateStudentT(
          degreesOfFreedom: degrees, location: test.mean, scale: test.covariance))
      try check(
        MultivariateStudentT(
          degreesOfFreedom: degrees, location: test.mean, inverseScale: test.precision))
    }
    let components = try [3.0, 1, 8].map { degrees in
      try MultivariateStudentT(
        degreesOfFreedom: degrees, location: test.mean.map { $0 + degrees },
        scale: test.covariance)
    }
    try check(MultivariateMixture(components, weights: [0.3, 0, 0.7]))
    try check(Independent(test.mean.map { try StudentT(degreesOfFreedom: 3, location: $0) }))
  }

  private func check<D: MultivariateDistribution>(_ distribution: D) throws {
    let size = distribution.dimension
    // More than a block of them.
    var values = sample(distribution, count: 177, seed: 3)
    for x in [0, 1e-200, 1e100, 1e160, 1.7e308, .infinity, -.infinity] {
      values.append([Double](repeating: x, count: size))
      values.append([x] + [Double](repeating: 0, count: size - 1))
    }
    let rows = values.flatMap { $0 }
    var found = [Double](repeating: 0, count: values.count)
    var span = found.mutableSpan
    distribution.logDensities(rows: rows.span, into: &span)
    for (a, b) in zip(logDensities(values, of: distribution), found) {
      #expect(scaledError(a, b) < 1e-13)
    }
    for (x, batched) in zip(values, found) {
      let single = distribution.logDensity(of: x)
      #expect(scaledError(batched, single) < 1e-13, "\(D.self) at \(x): \(batched), not \(single)")
    }
    for row in [0, 5, 76] {
      let value = values[row]
      var one = [0.0]
      var span = one.mutableSpan
      distribution.logDensities(rows: value.span, into: &span)
      #expect(one[0].bitPattern == found[row].bitPattern)
    }
  }

  @Test("A Cholesky factor with a diagonal that has no inverse")
  func smallDiagonal() throws {
    let distribution = try MultivariateNormal(
      mean: [0, 0], cholesky: Matrix([[.leastNormalMagnitude / 100, 0], [0, 1]]))
    #expect(
      logDensities([[0, 1], [.leastNormalMagnitude / 100, 0]], of: distribution)
        == [[0, 1], [.leastNormalMagnitude / 100, 0]].map { distribution.logDensity(of: $0) })
  }

  /// The instruction sets that this processor has; AVX2 and AVX-512 give the same bits.
  @Test("the same on every instruction set")
  func instructionSets() {
    let values = sample(try! Normal(mean: 2, standardDeviation: 4), count: 1_001, seed: 8)
    let sets = (0...ck_best_instruction_set().rawValue).map { ck_instruction_set(rawValue: $0) }
    for density in 0...CK_LOGISTIC_DENSITY.rawValue {
      let found = sets.map { set in
        var results = [Double](repeating: 0, count: values.count)
        _ = ck_log_densities(
          ck_density(rawValue: density), set, [0.5, 0.8, 0.6, 0.3, 2], values, &results,
          values.count)
        return results
      }
      if found.count == 3 {
        #expect(found[1].map(\.bitPattern) == found[2].map(\.bitPattern), "\(density)")
      }
      for (a, b) in zip(found[0], found[found.count - 1]) {
        #expect((a.isNaN && b.isNaN) || scaledError(a, b) < 1e-14, "\(density)")
      }
    }
  }
}

private func logDensities<D: Distribution>(_ values: [D.Value], of distribution: D) -> [Double] {
  var results = [Double](repeating: 0, count: values.count)
  var span = results.mutableSpan
  distribution.logDensities(of: values.span, into: &span)
  return results
}
