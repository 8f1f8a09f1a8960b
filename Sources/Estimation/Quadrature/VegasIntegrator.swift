import GSL
import Randomness

/// GSL's VEGAS: importance sampling of a box by a product of step functions, adapted iteration by
/// iteration.
///
/// ```
/// I = 1/n sum_j I_j,   standard error sd(I_j) / sqrt(n), Student t with n - 1 degrees of freedom
/// chi-squared = sum_j (I_j - I)^2 / s_j^2, with n - 1 degrees of freedom
/// ```
///
/// GSL weights the n iterations by the inverse squares of their errors s_j. Where rare high values
/// make up the integral, the iterations that see them have large errors and are weighted away: on
/// Genz's discontinuous function in two dimensions most of GSL's intervals of 95 % miss, and its
/// chi-squared seldom tells. So here they count alike, and the error is that of their spread; on
/// smooth functions the errors are the same.
///
/// The first iterations, in which the grid is still poor, are left out; the others are compared by
/// chi-squared, and where the chance of so large a one is below 0.001, or GSL's average differs by
/// more than a standard error, as many are run again on the grid as it is then, up to `maximumRuns`
/// times. After a run that disagrees it takes two in a row that agree, with each other too, and both
/// are averaged: one may agree by chance. An estimate without such runs is unreliable. Agreement does
/// not show a peak that no evaluation has hit.
///
/// ```swift
/// let estimate = try VegasIntegrator(evaluations: 10_000)
///   .integral(of: { exp(-$0[0] * $0[1]) }, over: [0...1, 0...2], seed: 1)
/// ```
///
/// ## References
/// G. P. Lepage, "A new algorithm for adaptive multidimensional integration", Journal of
/// Computational Physics 27 (1978), doi:10.1016/0021-9991(78)90004-9.
public struct VegasIntegrator: Sendable {
  /// About how often each iteration evaluates the integrand: GSL takes the next lower number that
  /// fills its boxes evenly. From 2 to 2^31 - 1.
  public var evaluations: Int
  /// How many iterations are averaged, from 2 to 10^6.
  public var iterations: Int
  /// How many are left out before them.
  public var warmUpIterations: Int
  /// How often the averaged iterations are run, at most, until they agree; positive. With one or two
  /// nothing is given a second chance.
  public var maximumRuns: Int

  /// The settings are checked when it runs.
  public init(
    evaluations: Int, iterations: Int = 10, warmUpIterations: Int = 5, maximumRuns: Int = 5
  ) {
    self.evaluations = evaluations
    self.iterations = iterations
    self.warmUpIterations = warmUpIterations
    self.maximumRuns = maximumRuns
  }

  /// The integral of `integrand` over a box, on a Philox stream.
  ///
  /// - Parameter box: a finite range for each dimension.
  /// - Throws: ``EstimationError``, ``IntegrandFailure`` for what the integrand throws,
  ///   `CancellationError`; GSL finishes the iteration before, on zeros instead of the integrand.
  /// - Complexity: `evaluations` times the iterations, on one thread.
  public func integral(
    of integrand: ([Double]) throws -> Double, over box: [ClosedRange<Double>], seed: UInt64
  ) throws -> Estimate {
    var generator = Philox(seed: seed)
    return try integral(of: integrand, over: box, using: &generator)
  }

  /// The same on any generator.
  public func integral<G: RandomNumberGenerator>(
    of integrand: ([Double]) throws -> Double, over box: [ClosedRange<Double>],
    using generator: inout G
  ) throws -> Estimate {
    try validate()
    let box = try IntegrationBox(box)
    let counter = IntegrandCounter()
    let vegas = try GSLVegas(dimension: box.dimension)
    func iterate(_ stage: GSLVegas.Stage) throws -> IndependentResults.Part {
      IndependentResults.Part(
        try vegas.integrate(
          { try counter.value(of: integrand, at: $0) }, lower: box.lower, upper: box.upper,
          calls: evaluations, iterations: 1, stage: stage, using: &generator))
    }
    for i in 0..<warmUpIterations { _ = try iterate(i == 0 ? .newGrid : .newAverages) }
    var (results, previous) = (IndependentResults(), IndependentResults())
    var failure: [Concern] = []
    for run in 0..<maximumRuns {
      results = IndependentResults()
      for i in 0..<iterations {
        let isFirst = run == 0 && i == 0 && warmUpIterations == 0
        results.parts.append(try iterate(isFirst ? .newGrid : .newAverages))
      }
      let concerns = results.concerns
      if !concerns.isEmpty {
        (failure, previous) = (concerns, IndependentResults())
        continue
      }
      if failure.isEmpty { break }
      // A run that agrees after one that did not may do so by chance.
      let both = IndependentResults(parts: previous.parts + results.parts)
      if !previous.parts.isEmpty, both.concerns.isEmpty {
        (results, failure) = (both, [])
        break
      }
      previous = results
    }
    return try results.estimate(evaluations: counter.count, concerns: failure)
  }

  private func validate() throws {
    try requireSetting(evaluations, in: 2...Int(Int32.max), "number of evaluations")
    try requireSetting(iterations, in: 2...1_000_000, "number of iterations")
    try requireSetting(warmUpIterations, in: 0...1_000_000, "number of warm-up iterations")
    try requireSetting(maximumRuns, in: 1...1_000_000, "maximum number of runs")
  }
}

func requireSetting(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws {
  guard range.contains(value) else {
    throw EstimationError.setting(
      "the \(name) \(value) is not in \(range.lowerBound)...\(range.upperBound)")
  }
}
