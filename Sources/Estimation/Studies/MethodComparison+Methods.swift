import Densities
import Distributions
import Execution
import Foundation
import LinearAlgebra

/// Which methods apply to which integral, in the order in which they are preferred.
extension MethodComparison {
  /// Under a distribution of one variable.
  static func methods<D: ContinuousDistribution>(
    _ f: @escaping @Sendable (Double) throws -> Double, _ target: D, _ evaluations: Int,
    _ workers: Int?
  ) -> [Method] {
    var methods = [
      Method("adaptive quadrature") { _ in try Quadrature().mean(of: f, under: target) }
    ]
    methods += cubeMethods(f, target, evaluations, workers)
    methods += steinMethods(f, target, evaluations, workers)
    methods.append(
      Method("plain Monte Carlo") {
        try await MonteCarlo(draws: evaluations).mean(
          of: f, under: target, seed: $0, workers: workers)
      })
    // Wide and heavy-tailed, between the quartiles' places.
    let quartiles = (target.quantile(0.25), target.quantile(0.75))
    let logDensity: @Sendable (Double) -> Double = { target.logDensity(of: $0) }
    if let proposal = try? StudentT(
      degreesOfFreedom: 3, location: target.quantile(0.5), scale: quartiles.1 - quartiles.0)
    {
      methods += studentMethods(f, target, proposal, evaluations, workers)
    }
    methods += [
      Method("adaptive rejection") {
        try await AdaptiveRejectionSampler(logDensity: logDensity, support: target.support)
          .mean(of: f, draws: evaluations, seed: $0, workers: workers)
      },
      Method("numerical inversion") {
        let inversion = try NumericalInversion(logDensity: logDensity, support: target.support)
        return try await MonteCarlo(draws: evaluations).mean(
          of: f, under: inversion, seed: $0, workers: workers)
      },
    ]
    if let measure = target as? any ClosedFormMeasure<Double> {
      methods.append(bayesian(f, measure, points: 50))
    }
    return methods
  }

  /// Under a distribution of vectors.
  static func methods<D: MultivariateDistribution & UnitCubeTransform>(
    _ f: @escaping @Sendable ([Double]) throws -> Double, _ target: D, _ evaluations: Int,
    _ workers: Int?
  ) -> [Method] {
    var methods: [Method] = []
    if target.dimension <= 4 {
      if let normals = target as? Independent<Normal<Double>> {
        methods.append(
          Method("product of Gauss rules") { _ in
            try ProductQuadrature(maximumEvaluations: evaluations).mean(of: f, under: normals)
          })
      } else if let normal = target as? MultivariateNormal {
        methods.append(
          Method("product of Gauss rules") { _ in
            try ProductQuadrature(maximumEvaluations: evaluations).mean(of: f, under: normal)
          })
      }
    }
    methods += cubeMethods(f, target, evaluations, workers)
    methods.append(
      Method("plain Monte Carlo") {
        try await MonteCarlo(draws: evaluations).mean(
          of: f, under: target, seed: $0, workers: workers)
      })
    if let normal = target as? MultivariateNormal,
      let proposal = try? MultivariateStudentT(
        degreesOfFreedom: 5, location: normal.mean, scale: normal.covariance)
    {
      methods += studentMethods(f, target, proposal, evaluations, workers)
    }
    if target.dimension <= 5, let measure = target as? any ClosedFormMeasure<[Double]> {
      methods.append(bayesian(f, measure, points: 50))
    }
    return methods
  }

  /// Under a density of vectors, known up to a constant.
  static func methods<Density: DifferentiableLogDensity>(
    _ f: @escaping @Sendable ([Double]) throws -> Double, _ target: Density, _ start: [Double],
    _ evaluations: Int, _ workers: Int?
  ) -> [Method] {
    let dimension = target.dimension
    let mode = SharedProposal {
      try SelfNormalizedImportanceSampler.laplace(of: target, from: start, draws: evaluations)
        .proposal
    }
    var methods = [
      Method("self-normalised, from the mode") {
        try await SelfNormalizedImportanceSampler(
          proposal: mode.studentT(), draws: evaluations
        ).mean(of: f, under: target, seed: $0, workers: workers)
      },
      Method("adaptive importance") { seed in
        // Three times as wide, to find other modes.
        let first = try mode.studentT(degreesOfFreedom: 3, widening: 3)
        let perRound = max(100, evaluations / 50)
        return try await AdaptiveImportanceSampler(
          start: first, rounds: 10, drawsPerRound: perRound,
          draws: max(1, evaluations - 10 * perRound)
        ).mean(of: f, under: target, seed: seed, workers: workers)
      },
    ]
    if dimension <= 10 {
      let box = [ClosedRange<Double>](
        repeating: -.infinity ... .infinity, count: dimension)
      methods.append(
        Method("VEGAS, adaptive strata") {
          try await VegasPlus(
            evaluationsPerIteration: evaluations / 15, iterations: 10, warmUpIterations: 5
          ).mean(of: f, under: target, over: box, seed: $0, workers: workers)
        })
    }
    methods.append(
      Method("rejection, from the mode") {
        var sampler = RejectionSampler(
          proposal: try mode.studentT(degreesOfFreedom: 3), draws: evaluations / 4)
        // A mode's shape may say little of the rest: not more than ten times the evaluations.
        sampler.maximumProposalsPerDraw = 40
        return try await sampler.mean(of: f, under: target, seed: $0, workers: workers)
      })
    return methods
  }

  /// Over a box.
  static func methods(
    _ f: @escaping @Sendable ([Double]) throws -> Double, _ box: [ClosedRange<Double>],
    _ evaluations: Int, _ workers: Int?
  ) -> [Method] {
    var methods: [Method] = []
    if box.count <= 4 {
      methods.append(
        Method("product of Gauss rules") { _ in
          try ProductQuadrature(maximumEvaluations: evaluations).integral(of: f, over: box)
        })
    }
    let uniforms = try? box.map { try Uniform(lower: $0.lowerBound, upper: $0.upperBound) }
    let volume = box.reduce(1.0) { $0 * ($1.upperBound - $1.lowerBound) }
    if let uniforms, volume.isFinite {
      let target = Independent(uniforms)
      let scaled: @Sendable ([Double]) throws -> Double = { volume * (try f($0)) }
      methods += cubeMethods(scaled, target, evaluations, workers)
      methods.append(
        Method("plain Monte Carlo") {
          try await MonteCarlo(draws: evaluations).mean(
            of: scaled, under: target, seed: $0, workers: workers)
        })
    }
    methods += [
      Method("VEGAS, adaptive strata") {
        try await VegasPlus(evaluationsPerIteration: evaluations / 11)
          .integral(of: f, over: box, seed: $0, workers: workers)
      },
      Method("VEGAS (GSL)") {
        try VegasIntegrator(evaluations: evaluations / 15)
          .integral(of: f, over: box, seed: $0)
      },
      Method("MISER (GSL)") {
        try MiserIntegrator(evaluations: evaluations).integral(of: f, over: box, seed: $0)
      },
    ]
    if box.count <= 5 {
      methods.append(
        Method("Bayesian quadrature") { _ in
          try BayesianQuadrature(points: 50).integral(of: f, over: box)
        })
    }
    return methods
  }

  /// The methods of the unit cube.
  private static func cubeMethods<D: UnitCubeTransform>(
    _ f: @escaping @Sendable (D.Value) throws -> Double, _ target: D, _ evaluations: Int,
    _ workers: Int?
  ) -> [Method] {
    let replicates = 16
    // A power of two, as Sobol's points want it.
    let points = 1 << Int(log2(Double(evaluations / replicates)))
    return [
      Method("quasi-Monte Carlo, Sobol") {
        try await QuasiMonteCarlo(sequence: .sobol, points: points, replicates: replicates)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
      Method("stratified") {
        try await StratifiedMonteCarlo(draws: evaluations)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
      Method("Latin hypercube") {
        try await LatinHypercube(points: evaluations / replicates, replicates: replicates)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
      Method("antithetic") {
        try await AntitheticMonteCarlo(pairs: evaluations / 2)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
    ]
  }

  /// The methods that take a proposal, a Student t distribution here.
  private static func studentMethods<D: Distribution, Proposal: Distribution<D.Value>>(
    _ f: @escaping @Sendable (D.Value) throws -> Double, _ target: D, _ proposal: Proposal,
    _ evaluations: Int, _ workers: Int?
  ) -> [Method] {
    [
      Method("importance, from Student t") {
        try await ImportanceSampler(proposal: proposal, draws: evaluations)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
      Method("self-normalised, from Student t") {
        try await SelfNormalizedImportanceSampler(proposal: proposal, draws: evaluations)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
      Method("rejection, from Student t") {
        try await RejectionSampler(proposal: proposal, draws: evaluations / 4)
          .mean(of: f, under: target, seed: $0, workers: workers)
      },
    ]
  }

  /// Stein's controls, where the density falls to zero at both ends.
  private static func steinMethods<D: ContinuousDistribution>(
    _ f: @escaping @Sendable (Double) throws -> Double, _ target: D, _ evaluations: Int,
    _ workers: Int?
  ) -> [Method] {
    func make<P: ParametricDistribution<Double>>(_ parametric: P) -> [Method] {
      let ends = [target.support.lowerBound, target.support.upperBound]
      guard ends.allSatisfy({ $0.isInfinite || target.logDensity(of: $0) == -.infinity }) else {
        return []
      }
      return [
        Method("Stein control variates") {
          try await MonteCarlo(draws: evaluations).mean(
            of: f, under: parametric,
            controls: .stein(of: parametric, degree: .second), seed: $0, workers: workers)
        }
      ]
    }
    guard let parametric = target as? any ParametricDistribution<Double> else { return [] }
    return make(parametric)
  }

  private static func bayesian<Value>(
    _ f: @escaping @Sendable (Value) throws -> Double, _ measure: any ClosedFormMeasure<Value>,
    points: Int
  ) -> Method {
    func make<M: ClosedFormMeasure>(_ measure: M) -> Method where M.Value == Value {
      Method("Bayesian quadrature") { _ in
        try BayesianQuadrature(points: points).mean(of: f, under: measure)
      }
    }
    return make(measure)
  }
}

/// A proposal at a mode of the target, which several methods start from: the first that asks for it
/// climbs there.
private final class SharedProposal: Sendable {
  private let climb: @Sendable () throws -> MultivariateStudentT
  private let found = Locked<Result<MultivariateStudentT, any Error>?>(nil)

  init(_ climb: @escaping @Sendable () throws -> MultivariateStudentT) { self.climb = climb }

  func studentT() throws -> MultivariateStudentT {
    try found.withLock { found in
      let result = found ?? Result { try climb() }
      found = result
      return result
    }.get()
  }

  /// With other tails, and so many times as wide.
  func studentT(degreesOfFreedom: Double, widening: Double = 1) throws -> MultivariateStudentT {
    let proposal = try studentT()
    let scale = proposal.scaleMatrix
    return try MultivariateStudentT(
      degreesOfFreedom: degreesOfFreedom, location: proposal.location,
      scale: Matrix(
        rows: scale.rows, columns: scale.columns,
        elements: scale.elements.map { widening * widening * $0 }))
  }
}
