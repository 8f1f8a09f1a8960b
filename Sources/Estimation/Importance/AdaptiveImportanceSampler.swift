import Densities
import Distributions
import Execution
import Foundation
import LinearAlgebra
import Randomness

/// Self-normalised importance sampling of vectors whose proposal, a mixture of Student t distributions,
/// is refitted to the target round by round.
///
/// Each round draws from the mixture, weighs the draws, and moves the mixture's weights, locations and
/// scales to the weighted draws by one step of expectation maximisation. While few draws carry the weight,
/// the weights are flattened (raised to a power below one), so that the mixture moves step by step. A
/// wide component keeps a tenth of the draws, as a defense. The estimate comes from a last run, whose
/// draws the mixture has not seen.
///
/// ```swift
/// let sampler = try AdaptiveImportanceSampler(
///   start: MultivariateStudentT(degreesOfFreedom: 5, location: [0, 0], scale: .identity(2)),
///   draws: 100_000)
/// let means = try await sampler.means(of: density, seed: 1)
/// ```
///
/// A mode that no draw of the first mixtures reaches stays unseen, and no verdict tells.
///
/// - Complexity: `rounds` times `drawsPerRound` densities to adapt, O(components dimension^2) for each,
///   then `draws`.
///
/// ## References
/// O. Cappe, R. Douc, A. Guillin, J.-M. Marin, C. P. Robert, "Adaptive importance sampling in general
/// mixture classes", Statistics and Computing 18 (2008), doi:10.1007/s11222-008-9059-x.
public struct AdaptiveImportanceSampler: UnnormalizedSampler {
  /// What the first round draws from: wide enough to reach the target.
  public var start: MultivariateStudentT
  /// How many components the mixture has.
  public var components: Int
  /// How often it is refitted.
  public var rounds: Int
  /// How many draws a refit takes.
  public var drawsPerRound: Int
  /// The share of the wide component.
  public var defensiveShare: Double
  /// S of the last run.
  public var draws: Int

  /// - Parameters:
  ///   - components: at least 1; this and the others are checked when it runs.
  ///   - rounds: not negative.
  ///   - drawsPerRound: at least 100.
  ///   - defensiveShare: inside (0, 1).
  ///   - draws: positive.
  public init(
    start: MultivariateStudentT, components: Int = 4, rounds: Int = 10, drawsPerRound: Int = 2_000,
    defensiveShare: Double = 0.1, draws: Int
  ) {
    self.start = start
    self.components = components
    self.rounds = rounds
    self.drawsPerRound = drawsPerRound
    self.defensiveShare = defensiveShare
    self.draws = draws
  }

  /// The mixture after the last refit.
  public func adaptedProposal(
    to target: Target<[Double]>, seed: UInt64, workers: Int? = nil
  ) async throws -> MultivariateMixture<MultivariateStudentT> {
    try target.requireFit(start)
    var mixture = try firstMixture(seed: seed)
    for round in 0..<rounds {
      try Task.checkCancellation()
      let run = CollectingRun(proposal: mixture, target: target)
      let drawn = try await run.run(
        draws: drawsPerRound, seed: Philox.derivedSeed(from: seed, purpose: UInt64(round + 1)),
        workers: workers, progress: nil
      ).total
      // A part of a round is not fitted to.
      try Task.checkCancellation()
      mixture = try refitted(mixture, to: drawn, round: round)
    }
    return mixture
  }

  public func estimate(
    _ integrand: Integrand<[Double]>, _ target: Target<[Double]>,
    seed: UInt64, workers: Int?, progress: ProgressHandler?
  ) async throws -> VectorEstimate {
    let proposal = try await adaptedProposal(to: target, seed: seed, workers: workers)
    var estimate = try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
      .estimate(integrand, target, seed: seed, workers: workers, progress: progress)
    estimate.evaluations += rounds * drawsPerRound
    return estimate
  }

  public func estimate<G: RandomNumberGenerator>(
    _ integrand: Integrand<[Double]>, _ target: Target<[Double]>, using generator: inout G
  ) throws -> VectorEstimate {
    try target.requireFit(start)
    var mixture = try firstMixture(seed: generator.next())
    for round in 0..<rounds {
      let run = CollectingRun(proposal: mixture, target: target)
      let drawn = try run.run(draws: drawsPerRound, using: &generator).total
      mixture = try refitted(mixture, to: drawn, round: round)
    }
    var estimate = try SelfNormalizedImportanceSampler(proposal: mixture, draws: draws)
      .estimate(integrand, target, using: &generator)
    estimate.evaluations += rounds * drawsPerRound
    return estimate
  }

  /// The start as the wide component, and components of its shape at draws of it.
  private func firstMixture(seed: UInt64) throws -> MultivariateMixture<MultivariateStudentT> {
    guard components >= 1, rounds >= 0, drawsPerRound >= 100 else {
      throw EstimationError.setting(
        "\(components) components in \(rounds) rounds of \(drawsPerRound) draws: "
          + "at least 1, 0 and 100 are needed")
    }
    guard defensiveShare > 0, defensiveShare < 1 else {
      throw EstimationError.setting(
        "the share \(defensiveShare) of the defense is not inside (0, 1)")
    }
    var generator = Philox(seed: Philox.derivedSeed(from: seed, purpose: 1 << 34))
    let scale = start.scaleMatrix
    let others = try (0..<components).map { _ in
      try MultivariateStudentT(
        degreesOfFreedom: start.degreesOfFreedom, location: start.sample(using: &generator),
        scale: scale)
    }
    return try MultivariateMixture(
      [start] + others, weights: weights([Double](repeating: 1, count: components)))
  }

  /// The defense's weight, then the others' in these proportions.
  private func weights(_ proportions: [Double]) -> [Double] {
    let total = proportions.reduce(0, +)
    return [defensiveShare] + proportions.map { (1 - defensiveShare) * $0 / total }
  }

  private func refitted(
    _ mixture: MultivariateMixture<MultivariateStudentT>,
    to drawn: CollectingRun<MultivariateMixture<MultivariateStudentT>>.Partial,
    round: Int
  ) throws -> MultivariateMixture<MultivariateStudentT> {
    let dimension = start.dimension
    let needed = Double(5 * (dimension + 1))
    guard let weights = flattened(drawn.logWeights, effectiveSize: 2 * needed) else {
      throw EstimationError.setting(
        "the target is zero at all \(drawn.values.count) draws of round \(round): "
          + "the start does not reach it")
    }
    let whole = WeightedShape(dimension: dimension, drawn.values, weights)
    var fitted: [MultivariateStudentT] = []
    var proportions: [Double] = []
    let shares = drawn.values.indices.map { i -> [Double] in
      guard weights[i] > 0 else { return [] }
      let logs = mixture.logShares(of: drawn.values[i])
      let largest = logs.max()!
      let terms = logs.map { exp($0 - largest) }
      let total = terms.reduce(0, +)
      return terms.map { $0 / total }
    }
    for k in 1..<mixture.components.count {
      let degrees = mixture.components[k].degreesOfFreedom
      var mass = 0.0
      var pulls = [Double](repeating: 0, count: weights.count)
      var own = pulls
      for i in weights.indices where weights[i] > 0 {
        own[i] = weights[i] * shares[i][k]
        mass += own[i]
        let distance = mixture.components[k].squaredDistance(to: drawn.values[i])
        pulls[i] = own[i] * (degrees + Double(dimension)) / (degrees + distance)
      }
      let squares = own.reduce(0) { $0 + $1 * $1 }
      // A component that few draws speak for takes the shape of the whole.
      let isPoor = !(mass > 1e-4) || mass * mass < needed * squares
      let shape =
        isPoor
        ? whole : WeightedShape(dimension: dimension, drawn.values, pulls, total: mass)
      fitted.append(
        try shape.studentT(degreesOfFreedom: degrees, regularizedBy: whole, inflation: 1))
      proportions.append(max(mass, 1e-3))
    }
    let defense = try whole.studentT(
      degreesOfFreedom: min(start.degreesOfFreedom, 5), regularizedBy: whole, inflation: 4)
    return try MultivariateMixture([defense] + fitted, weights: self.weights(proportions))
  }

  /// Weights that sum to one, raised to the largest power up to one that leaves that effective size.
  private func flattened(_ logWeights: [Double], effectiveSize: Double) -> [Double]? {
    guard let top = logWeights.max(), top > -.infinity else { return nil }
    func weights(_ power: Double) -> [Double] {
      let raw = logWeights.map { $0 > -.infinity ? exp(power * ($0 - top)) : 0 }
      let total = raw.reduce(0, +)
      return raw.map { $0 / total }
    }
    func size(_ weights: [Double]) -> Double { 1 / weights.reduce(0) { $0 + $1 * $1 } }
    let full = weights(1)
    if size(full) >= effectiveSize { return full }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if size(weights(middle)) >= effectiveSize { low = middle } else { high = middle }
    }
    return weights(low)
  }
}

/// The location and scale of weighted vectors.
private struct WeightedShape {
  let location: [Double]
  let scale: Matrix

  /// - Parameter total: what the squares are divided by; nil for the sum of the weights.
  init(dimension: Int, _ values: [[Double]], _ weights: [Double], total: Double? = nil) {
    var location = [Double](repeating: 0, count: dimension)
    var sum = 0.0
    for (value, weight) in zip(values, weights) where weight > 0 {
      sum += weight
      for i in 0..<dimension { location[i] += weight / sum * (value[i] - location[i]) }
    }
    var scale = Matrix(rows: dimension, columns: dimension)
    for (value, weight) in zip(values, weights) where weight > 0 {
      for i in 0..<dimension {
        for j in 0...i {
          scale[i, j] += weight * (value[i] - location[i]) * (value[j] - location[j])
        }
      }
    }
    for i in 0..<dimension {
      for j in 0...i {
        scale[i, j] /= total ?? sum
        scale[j, i] = scale[i, j]
      }
    }
    self.location = location
    self.scale = scale
  }

  func studentT(
    degreesOfFreedom: Double, regularizedBy whole: WeightedShape, inflation: Double
  ) throws -> MultivariateStudentT {
    var scale = scale
    for i in scale.elements.indices { scale.elements[i] *= inflation }
    for i in location.indices {
      // No direction may vanish.
      scale[i, i] += 1e-6 * whole.scale[i, i] + 1e-12 * max(1e-300, location[i] * location[i])
    }
    return try MultivariateStudentT(
      degreesOfFreedom: degreesOfFreedom, location: location, scale: scale)
  }
}
