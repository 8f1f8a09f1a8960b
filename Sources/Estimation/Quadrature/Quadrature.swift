import Distributions
import Foundation
import LinearAlgebra

/// Adaptive quadrature in one dimension, by GSL's QUADPACK rules.
///
/// ```
/// I = integral of f(x) dx,   E[f(X)] = integral of f(x) p(x) dx   or   sum_k f(k) p(k)
/// ```
///
/// Ranges may be infinite; intervals are bisected where Gauss-Kronrod rules of 21 points (15 on
/// infinite ranges) and their Gauss rules differ, and the sequence of sums is extrapolated, which
/// takes care of singularities at the ends. The standard error of the estimate is the bound on the
/// error that these differences give: not a proof, since a feature narrower than the spacing of the
/// first points is not seen. Where such a feature may be, name it in `singularPoints`. For means
/// under a distribution its quantiles tell, and the density's integrals between quantiles are
/// checked against the probabilities there.
///
/// The tolerance counts as reached when the bound is below `absoluteTolerance`, or
/// `relativeTolerance` of the integral of |f|; so an integral that cancels to zero is no failure.
/// Where it is not reached, the estimate is there with the bound that was, and `.unreliable` with
/// the reason.
///
/// ```swift
/// let half = try Quadrature().integral(of: { exp(-$0 * $0) }, over: 0...Double.infinity)
/// let tail = try Quadrature().mean(of: { $0 > 2 ? 1 : 0 }, under: target, singularPoints: [2])
/// ```
///
/// ## References
/// R. Piessens, E. de Doncker-Kapenga, C. W. Ueberhuber and D. K. Kahaner, *QUADPACK* (Springer,
/// 1983), doi:10.1007/978-3-642-61786-7.
public struct Quadrature: Sendable {
  /// The bound wanted, relative to the integral of |f|; zero or from 2e-14 to below one.
  public var relativeTolerance: Double
  /// The bound wanted; not negative. One of the two is positive.
  public var absoluteTolerance: Double
  /// How many intervals each part of the range may be cut into, from 1 to 10^6; of sums over a
  /// discrete support, the thousandth part of the number of terms.
  public var maximumIntervals: Int

  /// The settings are checked when it runs.
  public init(
    relativeTolerance: Double = 1e-9, absoluteTolerance: Double = 0, maximumIntervals: Int = 1000
  ) {
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    self.maximumIntervals = maximumIntervals
  }

  // MARK: Integrals

  /// The integral of `integrand` over a range that may be infinite on either side.
  ///
  /// - Parameters:
  ///   - range: such as `0...1`, `0...Double.infinity` or `-Double.infinity ... .infinity`.
  ///   - singularPoints: where the integrand jumps, has a kink or a singularity, or a narrow peak.
  ///     It is not evaluated there, nor at the ends.
  /// - Throws: ``EstimationError`` for settings and values that make no sense (of a value that is
  ///   not finite with the place), ``IntegrandFailure`` for what the integrand throws,
  ///   `CancellationError`.
  /// - Complexity: 21 evaluations, or 15 or 30 for an infinite range, and twice as many for each
  ///   bisection.
  public func integral(
    of integrand: (Double) throws -> Double, over range: ClosedRange<Double>,
    singularPoints: [Double] = []
  ) throws -> Estimate {
    try integral(
      of: integrand, from: range.lowerBound, to: range.upperBound, singularPoints: singularPoints)
  }

  /// The same from `lower` to `upper`, for ends that are not known to be in order: it throws where
  /// they are not, where a `ClosedRange` stops the program.
  public func integral(
    of integrand: (Double) throws -> Double, from lower: Double, to upper: Double,
    singularPoints: [Double] = []
  ) throws -> Estimate {
    try validate()
    let pieces = try QuadraturePiece.pieces(from: lower, to: upper, at: singularPoints)
    let counter = IntegrandCounter()
    return try withoutActuallyEscaping(integrand) { integrand in
      try run(
        pieces,
        { try counter.value(of: integrand, at: $0) }
      ).estimate(evaluations: counter.count)
    }
  }

  /// The integrals of all the outputs of `integrand`, each to the tolerance. Outputs share
  /// evaluations at the same points.
  /// - Throws: as ``integral(of:over:singularPoints:)``.
  public func integrals(
    of integrand: Integrand<Double>, over range: ClosedRange<Double>, singularPoints: [Double] = []
  ) throws -> VectorEstimate {
    try validate()
    let pieces = try QuadraturePiece.pieces(
      from: range.lowerBound, to: range.upperBound, at: singularPoints)
    let rows = RememberedRows(integrand)
    return VectorEstimate(
      bounds: try (0..<integrand.outputs).map { output in
        try run(pieces) { try rows.value(at: $0, output: output) }
          .estimate(evaluations: rows.count)
      })
  }

  // MARK: Means under a distribution

  /// The expectation of `integrand` under a continuous distribution.
  ///
  /// The support is cut at quantiles, more finely where the integral of the density between two of
  /// them is not the probability there: so the width of the density does not matter, nor how many
  /// modes it has. If the density's integral stays away from one, the estimate is unreliable. Where
  /// the density is zero the integrand is not evaluated.
  ///
  /// - Parameter singularPoints: where the integrand itself jumps, has a kink or a singularity.
  /// - Throws: as ``integral(of:over:singularPoints:)``.
  public func mean<D: ContinuousDistribution>(
    of integrand: (Double) throws -> Double, under target: D, singularPoints: [Double] = []
  ) throws -> Estimate {
    try validate()
    let density = CountedDensity(target)
    let partition = try density.partition(at: singularPoints, quadrature: self)
    let counter = IntegrandCounter()
    return try withoutActuallyEscaping(integrand) { integrand in
      try run(partition) { x in
        try density.product(at: x) { try counter.value(of: integrand, at: x) }
      }.estimate(evaluations: density.count, concerns: partition.concerns)
    }
  }

  /// The expectations of all the outputs of `integrand` under a continuous distribution.
  /// - Throws: as ``integral(of:over:singularPoints:)``.
  public func means<D: ContinuousDistribution>(
    of integrand: Integrand<Double>, under target: D, singularPoints: [Double] = []
  ) throws -> VectorEstimate {
    try validate()
    let density = CountedDensity(target)
    let partition = try density.partition(at: singularPoints, quadrature: self)
    let rows = RememberedRows(integrand)
    return VectorEstimate(
      bounds: try (0..<integrand.outputs).map { output in
        try run(partition) { x in
          try density.product(at: x) { try rows.value(at: x, output: output) }
        }.estimate(evaluations: density.count, concerns: partition.concerns)
      })
  }

  /// The expectation of `integrand` under a discrete distribution: the sum over its support, from
  /// the median outwards.
  ///
  /// A tail is left out when both its probability times the largest |f| so far and the geometric
  /// continuation of its last terms are below the tolerance; their larger is the bound.
  ///
  /// - Throws: as ``integral(of:over:singularPoints:)``.
  /// - Complexity: as many terms as the tolerance takes; at most 1000 `maximumIntervals` in each
  ///   tail.
  public func mean<D: DiscreteDistribution>(
    of integrand: (Int) throws -> Double, under target: D
  ) throws -> Estimate {
    try validate()
    return try withoutActuallyEscaping(integrand) { integrand in
      try DiscreteSum(target: target, quadrature: self, outputs: 1) { [try integrand($0)] }
        .estimates()[0]
    }
  }

  /// The expectations of all the outputs of `integrand` under a discrete distribution.
  /// - Throws: as ``integral(of:over:singularPoints:)``.
  public func means<D: DiscreteDistribution>(
    of integrand: Integrand<Int>, under target: D
  ) throws -> VectorEstimate {
    try validate()
    return VectorEstimate(
      bounds: try DiscreteSum(target: target, quadrature: self, outputs: integrand.outputs) {
        try integrand.row(of: $0)
      }.estimates())
  }

  private func run<D>(
    _ partition: CountedDensity<D>.Partition, _ function: (Double) throws -> Double
  ) throws -> QuadratureOutcome {
    var outcome = try run(partition.pieces, function)
    // Below that it is within what the rules' own bounds allow for.
    if partition.missing > 1e-14 {
      outcome.error += partition.missing * (try magnitude(partition.pieces, function))
    }
    return outcome
  }

  // MARK: Means under a density known up to a constant

  /// The expectation of `integrand` under a density that is known up to a constant by its
  /// logarithm: the ratio of two integrals. `findings.logEvidence` has the logarithm of the
  /// density's integral, with its bound.
  ///
  /// The range is scanned for the density's modes, which are climbed and become the places at which
  /// it is cut: a mode is found if the log density rises towards it from one of some 120 points,
  /// spaced evenly on a finite range (and closer to its ends), on an infinite one by factors of
  /// sqrt(2) from its end, or from zero, or from beside one of `singularPoints`. A mode that no
  /// point sees is missed, and nothing tells.
  ///
  /// - Parameters:
  ///   - logDensity: minus infinity outside the support; never NaN or plus infinity but at the ends
  ///     and at `singularPoints`, where it is not evaluated.
  ///   - singularPoints: where the density or the integrand jumps or has a kink, a singularity or a
  ///     mode.
  /// - Throws: as ``integral(of:over:singularPoints:)``; what `logDensity` throws.
  public func mean(
    of integrand: (Double) throws -> Double,
    underLogDensity logDensity: (Double) throws -> Double, over range: ClosedRange<Double>,
    singularPoints: [Double] = []
  ) throws -> Estimate {
    let counter = IntegrandCounter()
    return try withoutActuallyEscaping(integrand) { integrand in
      try ratios(outputs: 1, logDensity, range, singularPoints) { x, _ in
        try counter.value(of: integrand, at: x)
      }[0]
    }
  }

  /// The expectations of all the outputs of `integrand`.
  /// - Throws: as ``mean(of:underLogDensity:over:singularPoints:)``.
  public func means(
    of integrand: Integrand<Double>,
    underLogDensity logDensity: (Double) throws -> Double, over range: ClosedRange<Double>,
    singularPoints: [Double] = []
  ) throws -> VectorEstimate {
    let rows = RememberedRows(integrand)
    return VectorEstimate(
      bounds: try ratios(outputs: integrand.outputs, logDensity, range, singularPoints) {
        try rows.value(at: $0, output: $1)
      })
  }

  private func ratios(
    outputs: Int, _ logDensity: (Double) throws -> Double, _ range: ClosedRange<Double>,
    _ singularPoints: [Double], _ integrand: (Double, Int) throws -> Double
  ) throws -> [Estimate] {
    try validate()
    return try withoutActuallyEscaping(logDensity) { logDensity in
      let density = UnnormalizedDensity(logDensity)
      let (pieces, top) = try density.pieces(
        from: range.lowerBound, to: range.upperBound, at: singularPoints)
      let whole = try run(pieces) { exp(try density.value(at: $0) - top) }
      guard whole.value > 0 else {
        throw EstimationError.noValue(
          "the density's integral over \(range) came out as \(whole.value)")
      }
      var estimates: [Estimate] = []
      for output in 0..<outputs {
        let part = try run(pieces) { x in
          let p = exp(try density.value(at: x) - top)
          return p > 0 ? try finiteProduct(p, integrand(x, output), at: x) : 0
        }
        let ratio = part.value / whole.value
        // |a / b - A / B| with a and b within their bounds.
        let room = whole.value - whole.error
        let bound =
          room > 0 ? (part.error + abs(ratio) * whole.error) / room : Double.infinity
        var estimate = try QuadratureOutcome(
          value: ratio, error: bound, concerns: merged(part.concerns, whole.concerns)
        ).estimate(evaluations: density.count, concerns: density.concerns)
        estimate.findings.logEvidence = Findings.Measurement(
          value: top + log(whole.value), standardError: room > 0 ? whole.error / room : .infinity)
        estimates.append(estimate)
      }
      return estimates
    }
  }

  // MARK: Settings

  func validate() throws {
    guard relativeTolerance == 0 || (2e-14..<1).contains(relativeTolerance) else {
      throw EstimationError.setting(
        "the relative tolerance \(relativeTolerance) is neither zero nor in 2e-14..<1")
    }
    guard absoluteTolerance >= 0, absoluteTolerance.isFinite else {
      throw EstimationError.setting(
        "the absolute tolerance \(absoluteTolerance) is not finite and at least zero")
    }
    guard relativeTolerance > 0 || absoluteTolerance > 0 else {
      throw EstimationError.setting("both tolerances are zero")
    }
    guard (1...1_000_000).contains(maximumIntervals) else {
      throw EstimationError.setting(
        "the maximum of \(maximumIntervals) intervals is not in 1...1000000")
    }
  }
}

/// p f where it is finite.
func finiteProduct(_ density: Double, _ value: Double, at x: Double) throws -> Double {
  let product = density * value
  guard product.isFinite else {
    throw EstimationError.noValue(
      "the integrand \(value) times the density \(density) overflows at \(x)")
  }
  return product
}

/// The concerns of two lists, each once.
func merged(_ left: [Concern], _ right: [Concern]) -> [Concern] {
  left + right.filter { !left.contains($0) }
}

/// Counts evaluations of an integrand, and turns its failures into errors that name the place.
final class IntegrandCounter {
  private(set) var count = 0

  func value<Value>(of integrand: (Value) throws -> Double, at x: Value) throws -> Double {
    let draw = count
    count += 1
    if Task.isCancelled { throw CancellationError() }
    let value: Double
    do {
      value = try integrand(x)
    } catch {
      throw IntegrandFailure(draw: draw, place: "\(x)", underlying: error)
    }
    guard value.isFinite else {
      throw EstimationError.notFinite(value: value, draw: draw, at: "\(x)")
    }
    return value
  }
}

/// The rows of outputs of an integrand, each evaluated once.
final class RememberedRows {
  private let integrand: Integrand<Double>
  private var rows: [Double: [Double]] = [:]

  init(_ integrand: Integrand<Double>) { self.integrand = integrand }

  var count: Int { rows.count }

  func value(at x: Double, output: Int) throws -> Double {
    if let row = rows[x] { return row[output] }
    if Task.isCancelled { throw CancellationError() }
    let row = try integrand.checkedRow(of: x, draw: rows.count)
    rows[x] = row
    return row[output]
  }
}

extension Integrand {
  /// The outputs at one value, unchecked.
  func row(of value: Value) throws -> [Double] {
    var row = [Double](repeating: 0, count: outputs)
    let one = [value]
    var span = row.mutableSpan
    do {
      try body(one.span, &span)
    } catch let failure as DrawFailure {
      throw failure.underlying
    }
    return row
  }

  /// The outputs at one value, finite.
  func checkedRow(of value: Value, draw: Int) throws -> [Double] {
    let row: [Double]
    do {
      row = try self.row(of: value)
    } catch {
      throw IntegrandFailure(draw: draw, place: "\(value)", underlying: error)
    }
    if let bad = row.first(where: { !$0.isFinite }) {
      throw EstimationError.notFinite(value: bad, draw: draw, at: "\(value)")
    }
    return row
  }
}

extension VectorEstimate {
  /// Of deterministic rules: the squares of the bounds on the diagonal.
  init(bounds estimates: [Estimate]) {
    var covariance = Matrix(rows: estimates.count, columns: estimates.count)
    for (i, estimate) in estimates.enumerated() {
      covariance[i, i] = estimate.standardError * estimate.standardError
    }
    self.init(
      values: estimates.map(\.value), covariance: covariance, errorModel: .bound,
      evaluations: estimates.map(\.evaluations).max() ?? 0, draws: nil, effectiveSampleSizes: nil,
      diagnoses: estimates.map(\.diagnosis), findings: estimates.map(\.findings))
  }
}
