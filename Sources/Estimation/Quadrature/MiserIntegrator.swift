import Distributions
import GSL
import Randomness

/// GSL's MISER: recursive stratified sampling of a box, repeated.
///
/// ```
/// I = 1/R sum_r I_r,   standard error sd(I_r) / sqrt(R), Student t with R - 1 degrees of freedom
/// chi-squared per degree = sum_r (I_r - I)^2 / (R - 1) / mean s_r^2
/// ```
///
/// MISER's own error s_r comes from few evaluations in each of many regions and is often wrong, so
/// the error is that of independent repeats. The verdict compares it with MISER's: where the
/// chance of repeats so far apart is below 0.001 they differ by more than they know of, and where the s_r^2
/// scatter so much that the error is uncertain by more than 15 %, few evaluations make it up, as when
/// only some of the repeats hit a peak. Single s_r are not trusted: from some ten to a thousand
/// evaluations a repeat that missed the high values has both a low I_r and a small s_r, and weighting by it
/// would call half of the good estimates unreliable. Agreement does not show a peak that none has hit.
///
/// ```swift
/// let estimate = try MiserIntegrator(evaluations: 10_000)
///   .integral(of: { exp(-$0[0] * $0[1]) }, over: [0...1, 0...2], seed: 1)
/// ```
///
/// ## References
/// W. H. Press and G. R. Farrar, "Recursive stratified sampling for multidimensional Monte Carlo
/// integration", Computers in Physics 4 (1990), doi:10.1063/1.4822899.
public struct MiserIntegrator: Sendable {
  /// How often each repeat evaluates the integrand, at most; from 2 to 2^31 - 1.
  public var evaluations: Int
  /// R, from 2 to 10^6.
  public var repeats: Int

  /// The settings are checked when it runs.
  public init(evaluations: Int, repeats: Int = 10) {
    self.evaluations = evaluations
    self.repeats = repeats
  }

  /// The integral of `integrand` over a box, on a Philox stream.
  ///
  /// - Parameter box: a finite range for each dimension.
  /// - Throws: ``EstimationError``, ``IntegrandFailure`` for what the integrand throws,
  ///   `CancellationError`; GSL finishes the repeat before, on zeros instead of the integrand.
  /// - Complexity: `evaluations` times the repeats, on one thread.
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
    try requireSetting(evaluations, in: 2...Int(Int32.max), "number of evaluations")
    try requireSetting(repeats, in: 2...1_000_000, "number of repeats")
    let box = try IntegrationBox(box)
    let counter = IntegrandCounter()
    let miser = try GSLMiser(dimension: box.dimension)
    var results = IndependentResults()
    for _ in 0..<repeats {
      let result = try miser.integrate(
        { try counter.value(of: integrand, at: $0) }, lower: box.lower, upper: box.upper,
        calls: evaluations, using: &generator)
      results.parts.append(IndependentResults.Part(result))
    }
    let (chiSquared, concerns) = results.pooledConcerns
    return try results.estimate(
      evaluations: counter.count, concerns: concerns, chiSquaredPerDegree: chiSquared)
  }
}
