import Differentiation
import Distributions
import TestSupport
import Testing

@Suite("Against the committed reference", .tags(.reference))
struct ReferenceTests {
  @Test("log densities", arguments: Family.all)
  func logDensity(family: Family) throws {
    func check<D: UnivariateDistribution>(_ distribution: D, _ point: Family.Point) {
      let logDensity = distribution.logDensity(of: value(point.x, of: distribution))
      #expect(
        scaledError(logDensity, point.logDensity) < family.logDensityTolerance,
        "\(distribution) at \(point.x): \(logDensity), not \(point.logDensity)")
    }
    for expected in try family.reference() {
      let distribution = try family.make(expected.parameters)
      for point in expected.points { check(distribution, point) }
    }
  }

  @Test("both tails", arguments: Family.all)
  func tails(family: Family) throws {
    func check<D: UnivariateDistribution>(_ distribution: D, _ point: Family.Point) {
      let x = value(point.x, of: distribution)
      for (name, tail, expected) in [
        ("cdf", distribution.cdf(x), point.cdf),
        ("survival", distribution.survival(x), point.survival),
      ] {
        guard let expected else { continue }
        #expect(
          abs(tail - expected)
            <= family.probabilityTolerance * expected + .leastNonzeroMagnitude,
          "\(distribution): \(name) at \(point.x) is \(tail), not \(expected)")
      }
    }
    for expected in try family.reference() {
      let distribution = try family.make(expected.parameters)
      for point in expected.points { check(distribution, point) }
    }
  }

  @Test("partial derivatives", arguments: Family.all)
  func partials(family: Family) throws {
    func check<D: ParametricDistribution>(
      _ distribution: D, _ point: Family.Point, _ sizes: [String: Double]
    ) {
      guard let expected = point.partials else { return }
      let partials = distribution.logDensityPartials(of: value(point.x, of: distribution))
      for (name, slope) in expected {
        let found = name == "value" ? partials.value : partials[name]
        // Where it crosses zero it is as good as its terms: of its usual size, or of order one.
        #expect(
          abs(found - slope)
            <= family.partialTolerance * max(abs(slope), sizes[name]!) + 1e-15,
          "\(distribution): partial in \(name) at \(point.x) is \(found), not \(slope)")
      }
    }
    for expected in try family.reference() {
      guard let distribution = try family.make(expected.parameters) as? any ParametricDistribution
      else { continue }
      let partials = expected.points.compactMap(\.partials)
      var sizes: [String: Double] = [:]
      for name in partials.first?.keys.map({ $0 }) ?? [] {
        let sorted = partials.map { abs($0[name]!) }.sorted()
        sizes[name] = sorted[sorted.count / 2]
      }
      for point in expected.points { check(distribution, point, sizes) }
    }
  }

  @Test("mean and variance", arguments: Family.all)
  func moments(family: Family) throws {
    for expected in try family.reference() {
      let distribution = try family.make(expected.parameters)
      for (moment, exact) in [
        (distribution.mean, expected.mean), (distribution.variance, expected.variance),
      ] {
        guard let exact else { continue }
        #expect(
          exact.isNaN ? moment.isNaN : relativeError(moment, exact) < 1e-11,
          "\(distribution): \(moment), not \(exact)")
      }
    }
  }
}

extension UnivariateDistribution {
  /// Three values in the middle, where their density is finite and they have digits.
  fileprivate var middle: [Value] {
    [0.1, 0.35, 0.8].map { quantile($0) }.filter { x in
      logDensity(of: x).isFinite
        && ((x as? Double).map { (1e-290...1e290).contains(abs($0)) } ?? true)
    }
  }
}

private func realFunction<D: ParametricDistribution>(_ distribution: D) -> (
  ScalarFunction, [Double]
)
where D.Value == Double {
  (ScalarFunction(logDensityOf: distribution), distribution.middle)
}

private func wholeFunction<D: ParametricDistribution>(_ distribution: D) -> (
  ScalarFunction, [Double]
)
where D.Value == Int {
  (ScalarFunction(logDensityOf: distribution), distribution.middle.map { Double($0) })
}

@Suite("Partial derivatives against differences", .tags(.gradient))
struct PartialsTests {
  @Test("in the value and in every parameter", arguments: Family.all)
  func differences(family: Family) throws {
    for expected in try family.reference() {
      guard let distribution = try family.make(expected.parameters) as? any ParametricDistribution
      else { continue }
      // Points in the middle: far out a difference has no digits.
      for p in [0.1, 0.35, 0.8] { check(distribution, at: p) }
    }
  }

  @Test("as functions of tensors, in programs", arguments: Family.all)
  func programs(family: Family) throws {
    func check<D: ParametricDistribution>(_ distribution: D) throws {
      let function: ScalarFunction
      let values: [Double]
      if let distribution = distribution as? any ParametricDistribution<Double> {
        (function, values) = realFunction(distribution)
      } else if let distribution = distribution as? any ParametricDistribution<Int> {
        (function, values) = wholeFunction(distribution)
      } else {
        Issue.record("\(D.self) has no function of tensors")
        return
      }
      guard values.count == 3 else { return }
      let parameters = distribution.parameters
      let program = try Program(dimension: 3 + parameters.count) { x in
        .map(function, [x[0..<3]] + parameters.indices.map { x[3 + $0] }).sum()
      }
      let found = try program.valueAndGradient(at: values + parameters)
      var (sum, slopes) = (0.0, [Double](repeating: 0, count: 3 + parameters.count))
      for (i, value) in values.enumerated() {
        var partials = [Double](repeating: 0, count: 1 + parameters.count)
        sum += withUnsafeTemporaryAllocation(of: Double.self, capacity: 1 + parameters.count) {
          arguments in
          _ = arguments.initialize(from: [value] + parameters)
          return partials.withUnsafeMutableBufferPointer {
            function.evaluate(arguments.baseAddress!, $0.baseAddress!)
          }
        }
        slopes[i] = partials[0]
        for k in parameters.indices { slopes[3 + k] += partials[1 + k] }
      }
      #expect(scaledError(found.value, sum) < 1e-14, "\(distribution)")
      for (a, b) in zip(found.gradient, slopes) { #expect(scaledError(a, b) < 1e-13) }
    }
    for expected in try family.reference().prefix(3) {
      guard let distribution = try family.make(expected.parameters) as? any ParametricDistribution
      else { continue }
      try check(distribution)
    }
  }

  private func check<D: ParametricDistribution>(_ distribution: D, at p: Double) {
    let x = distribution.quantile(p)
    guard distribution.logDensity(of: x).isFinite else { return }
    // Nor has one where x itself has none.
    if let x = x as? Double, x != 0, !(1e-290...1e290).contains(abs(x)) { return }
    let partials = distribution.logDensityPartials(of: x)
    let parameters = distribution.parameters
    for k in parameters.indices {
      // There is none in the exponent of a skewed stable law where that is one.
      if let stable = distribution as? LevySkewStable, stable.exponent == 1, k == 2 { continue }
      let best = smallestDifferenceError(parameters[k], partials.parameters[k]) { shifted in
        var moved = parameters
        moved[k] = shifted
        return (try? distribution.replacingParameters(moved.span))?.logDensity(of: x)
      }
      #expect(
        best.map { $0 < 1e-6 } ?? true,
        "\(distribution): \(distribution.parameterNames[k]) at \(x)")
    }
    guard let real = x as? Double, let density = distribution as? any ContinuousDistribution else {
      return
    }
    let best = smallestDifferenceError(real, partials.value) { density.logDensity(of: $0) }
    #expect(best.map { $0 < 1e-6 } ?? true, "\(distribution): value at \(x)")
  }

  /// The error of central differences against `slope`, relative to its size or that which a function
  /// of logarithms has there; the best step counts. Nil at an edge of the domain, where no step fits.
  private func smallestDifferenceError(
    _ x: Double, _ slope: Double, _ function: (Double) -> Double?
  ) -> Double? {
    var best: Double?
    // Relative steps, and beside zero those of order one too.
    let sizes = x == 0 ? [1] : abs(x) < 1e-3 ? [abs(x), 1] : [abs(x)]
    for (size, exponent) in sizes.flatMap({ size in (1...13).map { (size, $0) } }) {
      let step = (0..<exponent).reduce(size) { size, _ in size / 10 }
      guard let above = function(x + step), let below = function(x - step) else { continue }
      let difference = (above - below) / ((x + step) - (x - step))
      guard difference.isFinite else { continue }
      let size = max(abs(slope), x == 0 ? 1 : min(1, 1 / abs(x)))
      best = min(best ?? .infinity, abs(difference - slope) / size)
    }
    return best
  }
}
