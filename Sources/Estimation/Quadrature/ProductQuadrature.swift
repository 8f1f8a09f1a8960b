import Distributions
import Foundation
import LinearAlgebra

/// Products of Gauss rules, in one to four dimensions.
///
/// ```
/// integral of f(x) w(x) dx ~ sum_ij... w1[i] w2[j] ... f(x1[i], x2[j], ...)
/// ```
///
/// For smooth functions the error falls geometrically with the points in each dimension; for
/// functions with kinks or jumps only as one of their powers. The standard error is a bound that
/// comes from the four rules of most points: with their differences d1 (of the last two), d2 and d3
/// it is max(d1, min(d2, d2^2 / d3)), d1's geometric forecast in case that d1 is small by chance,
/// and three times that where the differences do not fall by a factor of ten each. As every such
/// comparison it can miss what lies between all points.
///
/// ```swift
/// let volume = try ProductQuadrature().integral(of: { 1 / (1 + $0[0] * $0[1]) }, over: square)
/// let mean = try ProductQuadrature(points: 12).mean(of: { cos($0[0] + $0[1]) }, under: normal)
/// ```
///
/// ## References
/// P. J. Davis and P. Rabinowitz, *Methods of Numerical Integration*, 2nd edition (Academic Press,
/// 1984).
public struct ProductQuadrature: Sendable {
  private enum Size: Sendable {
    case points(Int)
    case evaluations(Int)
  }

  private let size: Size
  /// The bound wanted, relative to the integral of |f|.
  public var relativeTolerance: Double
  /// The bound wanted.
  public var absoluteTolerance: Double

  /// Rules of more and more points, until the bound is reached or the evaluations would be too
  /// many; then the estimate is unreliable, with the reason. The settings are checked when it runs.
  ///
  /// - Parameters:
  ///   - relativeTolerance: not negative.
  ///   - absoluteTolerance: not negative; one of the two is positive.
  ///   - maximumEvaluations: of all the rules together, positive.
  public init(
    relativeTolerance: Double = 1e-9, absoluteTolerance: Double = 0,
    maximumEvaluations: Int = 1_000_000
  ) {
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    size = .evaluations(maximumEvaluations)
  }

  /// A rule of that many points in each dimension, and three of fewer for the bound. The estimate
  /// is unreliable where the bound is above the tolerance.
  ///
  /// - Parameters:
  ///   - points: from 4 to 1000; checked when it runs.
  ///   - relativeTolerance: not negative.
  public init(points: Int, relativeTolerance: Double = 0.01) {
    self.relativeTolerance = relativeTolerance
    absoluteTolerance = 0
    size = .points(points)
  }

  // MARK: Scalar integrands

  /// The integral of `integrand` over a box, by Gauss-Legendre rules.
  ///
  /// - Parameter box: a finite range for each of one to four dimensions.
  /// - Throws: ``EstimationError``, ``IntegrandFailure`` for what the integrand throws,
  ///   `CancellationError`.
  /// - Complexity: points^dimension evaluations, and for the bound up to one and a half times as
  ///   many.
  public func integral(
    of integrand: ([Double]) throws -> Double, over box: [ClosedRange<Double>]
  ) throws -> Estimate {
    try scalar(integrand, ProductRules(try Self.legendre(box)))
  }

  /// The integral of `integrand` times the weight functions of `rules`, one for each dimension.
  /// - Throws: as ``integral(of:over:)``.
  public func integral(
    of integrand: ([Double]) throws -> Double, rules: [GaussRule]
  ) throws -> Estimate {
    try scalar(integrand, ProductRules(rules))
  }

  /// The expectation of `integrand` under independent normals, by Gauss-Hermite rules.
  /// - Throws: as ``integral(of:over:)``.
  public func mean(
    of integrand: ([Double]) throws -> Double, under target: Independent<Normal<Double>>
  ) throws -> Estimate {
    try scalar(integrand, ProductRules(target.marginals.map { .density(of: $0) }))
  }

  /// The expectation of `integrand` under a multivariate normal, by Gauss-Hermite rules in the
  /// coordinates z with x = mean + L z, L L' the covariance.
  /// - Throws: as ``integral(of:over:)``.
  public func mean(
    of integrand: ([Double]) throws -> Double, under target: MultivariateNormal
  ) throws -> Estimate {
    try scalar(integrand, try ProductRules(target))
  }

  // MARK: Vector integrands

  /// The integrals of all the outputs of `integrand` over a box; the rules grow until all of them
  /// are within the tolerance.
  /// - Throws: as ``integral(of:over:)``.
  public func integrals(
    of integrand: Integrand<[Double]>, over box: [ClosedRange<Double>]
  ) throws -> VectorEstimate {
    try vector(integrand, ProductRules(try Self.legendre(box)))
  }

  /// The integrals of all the outputs times the weight functions of `rules`.
  /// - Throws: as ``integral(of:over:)``.
  public func integrals(
    of integrand: Integrand<[Double]>, rules: [GaussRule]
  ) throws -> VectorEstimate {
    try vector(integrand, ProductRules(rules))
  }

  /// The expectations of all the outputs under independent normals.
  /// - Throws: as ``integral(of:over:)``.
  public func means(
    of integrand: Integrand<[Double]>, under target: Independent<Normal<Double>>
  ) throws -> VectorEstimate {
    try vector(integrand, ProductRules(target.marginals.map { .density(of: $0) }))
  }

  /// The expectations of all the outputs under a multivariate normal.
  /// - Throws: as ``integral(of:over:)``.
  public func means(
    of integrand: Integrand<[Double]>, under target: MultivariateNormal
  ) throws -> VectorEstimate {
    try vector(integrand, try ProductRules(target))
  }

  // MARK: At work

  private static func legendre(_ box: [ClosedRange<Double>]) throws -> [GaussRule] {
    let box = try IntegrationBox(box)
    return try zip(box.lower, box.upper).map { try .legendre(over: $0...$1) }
  }

  private func scalar(
    _ integrand: ([Double]) throws -> Double, _ rules: ProductRules
  ) throws -> Estimate {
    try estimates(rules, outputs: 1) { points, first, values in
      for (i, point) in points.enumerated() {
        let value: Double
        do {
          value = try integrand(point)
        } catch {
          throw IntegrandFailure(draw: first + i, place: "\(point)", underlying: error)
        }
        values[i] = value
      }
    }[0]
  }

  private func vector(
    _ integrand: Integrand<[Double]>, _ rules: ProductRules
  ) throws -> VectorEstimate {
    VectorEstimate(
      bounds: try estimates(rules, outputs: integrand.outputs) { points, first, values in
        do {
          var span = values.mutableSpan
          try integrand.body(points.span, &span)
        } catch let failure as DrawFailure {
          throw IntegrandFailure(
            draw: first + failure.index, place: "\(points[failure.index])",
            underlying: failure.underlying)
        } catch {
          throw IntegrandFailure(draw: first, place: "\(points[0])", underlying: error)
        }
      })
  }

  /// Fills `[points, outputs]` values, the number of evaluations before them given.
  private typealias Body = ([[Double]], Int, inout [Double]) throws -> Void

  private func estimates(
    _ rules: ProductRules, outputs: Int, _ body: Body
  ) throws -> [Estimate] {
    try validate(rules)
    var evaluations = 0
    var sums: [[CompensatedSum]] = []
    var sizes: [Int] = []
    func add(_ points: Int) throws {
      sums.append(try self.sums(rules, points, outputs, &evaluations, body))
      sizes.append(points)
    }
    switch size {
    case .points(let points):
      for points in Self.smaller(points) { try add(points) }
    case .evaluations(let limit):
      var points = 4
      for points in Self.smaller(points) { try add(points) }
      while true {
        let isReached = (0..<outputs).allSatisfy { output in
          let (error, magnitude) = Self.bound(sums.map { $0[output] })
          return error <= goal(magnitude)
        }
        if isReached { break }
        points += max(1, 2 * points / 5)
        let more = pow(Double(points), Double(rules.dimension))
        guard points <= 1000, Double(evaluations) + more <= Double(limit) else { break }
        try add(points)
      }
    }
    return try (0..<outputs).map { output in
      let (error, magnitude) = Self.bound(sums.map { $0[output] })
      let goal = self.goal(magnitude)
      var concerns: [Concern] = []
      if error > goal {
        concerns.append(
          .quadratureFailed(
            String(
              format: "rules of up to \(sizes[sizes.count - 1]) points in each dimension leave a "
                + "bound of %.2g above the tolerance %.2g", error, goal)))
      }
      return try QuadratureOutcome(
        value: sums[sums.count - 1][output].total, error: error, concerns: concerns
      ).estimate(evaluations: evaluations)
    }
  }

  private func goal(_ magnitude: Double) -> Double {
    max(absoluteTolerance, relativeTolerance * magnitude)
  }

  /// The four sizes that end with `points`.
  private static func smaller(_ points: Int) -> [Int] {
    let third = min(points - 1, 4 * points / 5)
    let second = min(third - 1, 4 * third / 5)
    return [min(second - 1, 4 * second / 5), second, third, points]
  }

  /// A bound on the error of the last of at least four sums.
  private static func bound(_ sums: [CompensatedSum]) -> (error: Double, magnitude: Double) {
    let values = sums.suffix(4).map(\.total)
    let (d1, d2, d3) = (
      abs(values[3] - values[2]), abs(values[2] - values[1]), abs(values[1] - values[0])
    )
    let forecast = d2 < d3 ? d2 * (d2 / d3) : d2
    let isGeometric = 10 * d1 <= d2 && 10 * d2 <= d3
    // The nodes and weights are good to some units in the fifteenth digit.
    let magnitude = sums[sums.count - 1].magnitude
    return (max((isGeometric ? 1 : 3) * max(d1, forecast), 2e-14 * magnitude), magnitude)
  }

  private func sums(
    _ rules: ProductRules, _ points: Int, _ outputs: Int, _ evaluations: inout Int, _ body: Body
  ) throws -> [CompensatedSum] {
    let axes = try rules.rules.map { try $0.rule(points: points) }
    var sums = [CompensatedSum](repeating: CompensatedSum(), count: outputs)
    var index = [Int](repeating: 0, count: axes.count)
    var left = axes.reduce(1) { $0 * $1.nodes.count }
    while left > 0 {
      if Task.isCancelled { throw CancellationError() }
      let count = min(left, 256)
      var (nodes, weights) = ([[Double]](), [Double]())
      for _ in 0..<count {
        nodes.append(rules.point(index.indices.map { axes[$0].nodes[index[$0]] }))
        weights.append(index.indices.reduce(1) { $0 * axes[$1].weights[index[$1]] })
        var axis = index.count - 1
        while axis >= 0 {
          index[axis] += 1
          if index[axis] < points { break }
          index[axis] = 0
          axis -= 1
        }
      }
      var values = [Double](repeating: .nan, count: count * outputs)
      try body(nodes, evaluations, &values)
      for i in 0..<count {
        for output in 0..<outputs {
          let value = values[i * outputs + output]
          guard value.isFinite else {
            throw EstimationError.notFinite(value: value, draw: evaluations + i, at: "\(nodes[i])")
          }
          sums[output].add(weights[i] * value)
        }
      }
      evaluations += count
      left -= count
    }
    return sums
  }

  private func validate(_ rules: ProductRules) throws {
    guard (1...4).contains(rules.dimension) else {
      throw EstimationError.setting(
        "a product of rules in \(rules.dimension) dimensions: there are products in 1 to 4")
    }
    for (name, value) in [("relative", relativeTolerance), ("absolute", absoluteTolerance)] {
      guard value >= 0, value.isFinite else {
        throw EstimationError.setting(
          "the \(name) tolerance \(value) is not finite and at least zero")
      }
    }
    switch size {
    case .points(let points):
      guard (4...1000).contains(points) else {
        throw EstimationError.setting("the number of points \(points) is not in 4...1000")
      }
    case .evaluations(let limit):
      guard limit > 0 else {
        throw EstimationError.setting("the maximum of \(limit) evaluations is not positive")
      }
      guard relativeTolerance > 0 || absoluteTolerance > 0 else {
        throw EstimationError.setting("both tolerances are zero")
      }
    }
  }
}

/// A rule for each dimension, and a linear map of their nodes.
private struct ProductRules {
  let rules: [GaussRule]
  private let origin: [Double]
  /// L; nil for the identity.
  private let map: Matrix?

  init(_ rules: [GaussRule]) { (self.rules, origin, map) = (rules, [], nil) }

  init(_ target: MultivariateNormal) throws {
    // Valid parameters.
    let standard = GaussRule.density(of: standardNormal)
    rules = [GaussRule](repeating: standard, count: target.dimension)
    origin = target.mean
    map = try CholeskyFactorization(target.covariance).lower
  }

  var dimension: Int { rules.count }

  func point(_ nodes: [Double]) -> [Double] {
    guard let map else { return nodes }
    let moved = map * nodes
    return origin.indices.map { origin[$0] + moved[$0] }
  }
}

/// A finite box.
struct IntegrationBox {
  /// `[dimension]` each.
  let lower, upper: [Double]

  init(_ box: [ClosedRange<Double>]) throws {
    guard !box.isEmpty else { throw EstimationError.setting("a box without dimensions") }
    for (side, range) in box.enumerated() {
      let (low, high) = (range.lowerBound, range.upperBound)
      guard low < high, (high - low).isFinite else {
        throw EstimationError.setting(
          "side \(side) of the box, \(range), is not finite with a positive width")
      }
    }
    (lower, upper) = (box.map(\.lowerBound), box.map(\.upperBound))
  }

  var dimension: Int { lower.count }
}
