import Densities
import Distributions
import Foundation
import LinearAlgebra

/// Sends one integral through every method that applies to it, and tells whether they agree.
///
/// ```swift
/// let target = try Normal(mean: 0, standardDeviation: 1)
/// let comparison = try await MethodComparison(evaluations: 100_000)
///   .run(of: { $0 > 2 ? 1 : 0 }, under: target, seed: 1)
/// print(comparison)  // value, error, effective size, evaluations, time, verdict of each method
/// ```
///
/// With ``Extent/untilReliable`` it goes through the methods in their order, and stops at the first
/// whose diagnosis finds nothing: that is ``Result/chosen``, and the table tells which failed before.
/// A method that cannot take the integral at all is in the table with the reason.
public struct MethodComparison: Sendable {
  /// How many evaluations a method that draws may take; deterministic rules take what they need.
  public var evaluations: Int
  /// How far it goes.
  public var extent: Extent

  /// How far a comparison goes.
  public enum Extent: Sendable {
    /// Through all methods.
    case everyMethod
    /// To the first that is reliable.
    case untilReliable
  }

  /// - Parameter evaluations: at least 1,000; checked when it runs.
  public init(evaluations: Int = 100_000, extent: Extent = .everyMethod) {
    self.evaluations = evaluations
    self.extent = extent
  }

  /// What the methods gave.
  public struct Result: Sendable {
    /// In the order in which the methods are preferred.
    public let rows: [Row]

    /// The first row that is reliable.
    public var chosen: Row? { rows.first { $0.estimate?.diagnosis.isReliable == true } }

    /// One method.
    public struct Row: Sendable {
      /// What it is called.
      public let method: String
      /// What it gave; nil where it gave nothing.
      public let estimate: Estimate?
      /// Why it gave nothing.
      public let failure: String?
      /// How long it took.
      public let time: Duration
    }

    /// The reliable rows that lie further from the most precise one than their errors allow: by more
    /// combined standard errors than a normal test at a level of 0.001, shared among them, accepts.
    public var disagreeing: [Row] {
      let reliable = rows.filter { $0.estimate?.diagnosis.isReliable == true }
      guard
        let best = reliable.min(by: { $0.estimate!.standardError < $1.estimate!.standardError })?
          .estimate
      else { return [] }
      let level = 1 - 0.001 / Double(max(1, reliable.count - 1))
      return reliable.filter { row in
        let estimate = row.estimate!
        let reach =
          estimate.errorModel.halfWidth(level: level) * estimate.standardError
          + best.errorModel.halfWidth(level: level) * best.standardError
        // Bounds and errors may be smaller than what rounding leaves.
        let rounding = 1e-13 * max(abs(best.value), abs(estimate.value))
        return !(abs(estimate.value - best.value) <= reach + rounding)
      }
    }
  }

  /// Under a continuous distribution of one variable.
  ///
  /// - Throws: ``EstimationError``, and `CancellationError`; what a single method throws is in its row.
  public func run<D: ContinuousDistribution>(
    of integrand: @escaping @Sendable (Double) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil
  ) async throws -> Result {
    try await run(Self.methods(integrand, target, evaluations, workers), seed: seed)
  }

  /// Under a distribution of vectors that knows its moments.
  ///
  /// - Throws: as above.
  public func run<D: MultivariateDistribution & UnitCubeTransform>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil
  ) async throws -> Result {
    try await run(Self.methods(integrand, target, evaluations, workers), seed: seed)
  }

  /// Under a density of vectors, known up to a constant.
  ///
  /// - Parameter start: where the search for a mode begins, `[dimension]`.
  /// - Throws: as above.
  public func run<Density: DifferentiableLogDensity>(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, under target: Density,
    from start: [Double], seed: UInt64, workers: Int? = nil
  ) async throws -> Result {
    guard start.count == target.dimension else {
      throw EstimationError.setting(
        "a start of \(start.count) coordinates for a density of dimension \(target.dimension)")
    }
    return try await run(Self.methods(integrand, target, start, evaluations, workers), seed: seed)
  }

  /// Over a box.
  ///
  /// - Parameter box: finite ranges, one an axis.
  /// - Throws: as above.
  public func run(
    of integrand: @escaping @Sendable ([Double]) throws -> Double, over box: [ClosedRange<Double>],
    seed: UInt64, workers: Int? = nil
  ) async throws -> Result {
    try await run(Self.methods(integrand, box, evaluations, workers), seed: seed)
  }

  /// A method, ready to run.
  struct Method: Sendable {
    let name: String
    let run: @Sendable (_ seed: UInt64) async throws -> Estimate

    init(_ name: String, _ run: @escaping @Sendable (_ seed: UInt64) async throws -> Estimate) {
      (self.name, self.run) = (name, run)
    }
  }

  private func run(_ methods: [Method], seed: UInt64) async throws -> Result {
    guard evaluations >= 1_000 else {
      throw EstimationError.setting(
        "\(evaluations) evaluations are too few to compare methods: at least 1000 are needed")
    }
    var rows: [Result.Row] = []
    for method in methods {
      try Task.checkCancellation()
      let start = ContinuousClock.now
      var (estimate, failure): (Estimate?, String?)
      do {
        estimate = try await method.run(seed)
      } catch let error as CancellationError {
        throw error
      } catch {
        failure = "\(error)"
      }
      rows.append(
        Result.Row(
          method: method.name, estimate: estimate, failure: failure,
          time: ContinuousClock.now - start))
      if extent == .untilReliable, estimate?.diagnosis.isReliable == true { break }
    }
    return Result(rows: rows)
  }
}
