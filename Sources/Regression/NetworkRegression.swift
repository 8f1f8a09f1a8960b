import Approximation
import Densities
import Differentiation
import Distributions
import Estimation
import Execution
import Foundation
import LinearAlgebra
import Optimization
import Randomness
import SpecialFunctions
import Synchronization

/// Regression of one target on one input by a tanh network with Gaussian noise; input and target
/// are standardised on the training rows.
///
/// ```
/// y ~ N(f(x; w), sigma^2),   w ~ N(0, s^2 I),   sigma^2 ~ InverseGamma(a, b)
/// ```
public struct NetworkRegression: Sendable {
  /// One input, the hidden layers, one output.
  public let network: NeuralNetwork
  /// s.
  public var priorStandardDeviation: Double
  /// a.
  public var noiseShape: Double
  /// b, in units of the target's variance.
  public var noiseScale: Double
  /// How many random starts the optimiser is given; the best end is kept.
  public var starts = 4

  /// - Parameter hidden: the widths of the hidden layers, positive.
  public init(
    hidden: [Int], priorStandardDeviation: Double = 2, noiseShape: Double = 1,
    noiseScale: Double = 0.1
  ) {
    network = NeuralNetwork(layers: [1] + hidden + [1])
    self.priorStandardDeviation = priorStandardDeviation
    self.noiseShape = noiseShape
    self.noiseScale = noiseScale
  }

  /// What is maximised.
  public enum Objective: Sendable {
    case likelihood, posterior
  }

  /// The log likelihood or log posterior of (weights, log sigma) as a compiled program.
  public func logDensity(_ objective: Objective, _ data: RegressionData) throws -> Program {
    let scaling = Scaling(data)
    let n = data.count
    let inputs = Tensor(data.x.map(scaling.input.standardize), shape: [n, 1])
    let targets = Tensor(data.y.map(scaling.target.standardize))
    let (p, s, a, b) = (network.parameterCount, priorStandardDeviation, noiseShape, noiseScale)
    return try Program(dimension: p + 1) { position in
      let (weights, logSigma) = (position[0..<p], position[p])
      let curve = network(inputs, parameters: weights).reshaped([n])
      let likelihood = Normal(mean: curve, standardDeviation: .exp(logSigma))
        .logDensity(of: targets)
      guard objective == .posterior else { return likelihood }
      let prior = Normal(mean: 0, standardDeviation: Tensor(s)).logDensity(of: weights)
      let noise =
        Tensor(a * log(b) - logGamma(a) + log(2)) - Tensor(2 * a) * logSigma
        - Tensor(b) * Tensor.exp(Tensor(-2) * logSigma)
      return likelihood + prior + noise
    }
  }

  /// Maximises by L-BFGS from several random starts, in parallel.
  /// - Throws: `EvaluationFailure` if no start has a finite density; `CancellationError`.
  public func fit(
    _ objective: Objective, _ data: RegressionData, seed: UInt64, workers: Int? = nil,
    progress: (@Sendable (_ fraction: Double) -> Void)? = nil
  ) async throws -> NetworkFit {
    let optimizer = LBFGS(maximumIterations: 2_000)
    let iterations = IterationCount()
    let mostIterations = Double(starts * optimizer.maximumIterations)
    let density = try logDensity(objective, data)
    let fanIns = network.fanIns
    let optima = try await ChunkedWork(count: starts, chunkSize: 1).run(
      workers: workers, makeWorkspace: {},
      body: { chunk, _ in
        var generator = StreamPartition(seed: seed)[chunk.index]
        let normal = try Normal(mean: 0, standardDeviation: 1)
        let start = fanIns.map {
          normal.sample(using: &generator) / Double($0).squareRoot()
        }
        return try optimizer.maximize(density, from: start + [0]) { _ in
          progress?(Double(iterations.next()) / mostIterations)
        }
      })
    guard let best = optima.total.max(by: { $0.logDensity < $1.logDensity }) else {
      throw CancellationError()
    }
    return NetworkFit(network: network, scaling: Scaling(data), optimum: best)
  }

  /// The Laplace approximation of the posterior of (weights, log sigma) around a fit to it.
  public func laplace(
    around fit: NetworkFit, _ data: RegressionData
  ) throws -> LaplaceApproximation {
    try LaplaceApproximation(of: logDensity(.posterior, data), at: fit.optimum.position)
  }

  /// Self-normalised importance draws of (weights, log sigma) from a Student t(5) proposal with the
  /// location and scale of a Laplace approximation.
  public func importanceDraws(
    around laplace: LaplaceApproximation, _ data: RegressionData, count: Int, seed: UInt64,
    workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> WeightedDraws<[Double]> {
    try await SelfNormalizedImportanceSampler(
      proposal: try laplace.studentT(degreesOfFreedom: 5), draws: count
    ).weightedDraws(
      of: logDensity(.posterior, data), seed: seed, workers: workers, progress: progress)
  }

  /// The log evidence of such draws, for the target as given: of the mode they stand around.
  public func logEvidence(of draws: WeightedDraws<[Double]>, _ data: RegressionData) -> Double {
    draws.logEvidence - Double(data.count) * log(Scaling(data).target.scale)
  }
}

/// The iterations of several optimisers together.
private final class IterationCount: Sendable {
  private let count = Atomic<Int>(0)
  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// The standardisation of both variables.
struct Scaling: Sendable {
  let input: Standardization
  let target: Standardization

  init(_ data: RegressionData) {
    input = Standardization(data.x)
    target = Standardization(data.y)
  }
}

/// A network with fitted weights and noise.
public struct NetworkFit: Sendable {
  public let network: NeuralNetwork
  /// (weights, log sigma), and how the optimiser got there.
  public let optimum: Optimum
  let scaling: Scaling

  init(network: NeuralNetwork, scaling: Scaling, optimum: Optimum) {
    (self.network, self.scaling, self.optimum) = (network, scaling, optimum)
  }

  /// The noise in the target's units.
  public var noiseStandardDeviation: Double {
    scaling.target.scale * exp(optimum.position[network.parameterCount])
  }

  /// The curve at `x`, `[n]`.
  public func means(at x: [Double]) throws -> [Double] {
    let curve = try curve(at: x)
    return curve.values(at: optimum.position, in: curve.makeWorkspace()).map {
      scaling.target.mean + scaling.target.scale * $0
    }
  }

  /// The average over draws of (weights, log sigma) of the predictions at `x`.
  public func average(over draws: WeightedDraws<[Double]>, at x: [Double]) -> PredictiveAverage {
    PredictiveAverage(
      draws: draws, count: x.count, logNoise: draws.values.map { $0[network.parameterCount] },
      target: scaling.target
    ) { range in
      let curve = try curve(at: Array(x[range]))
      let workspace = curve.makeWorkspace()
      return Matrix(
        rows: draws.values.count, columns: range.count,
        elements: draws.values.flatMap { curve.values(at: $0, in: workspace) }
      ).transposed
    }
  }

  /// The standardised curve at `x` as a function of (weights, log sigma).
  private func curve(at x: [Double]) throws -> Program {
    let inputs = Tensor(x.map(scaling.input.standardize), shape: [x.count, 1])
    return try Program(dimension: network.parameterCount + 1) { position in
      network(inputs, parameters: position[0..<network.parameterCount])
    }
  }
}
