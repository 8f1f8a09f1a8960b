import Distributions
import Estimation
import Foundation
import GSL
import LinearAlgebra
import Randomness
import TestSupport

/// One integral by one method, and what must come of it.
struct IntegralRow: Sendable {
  enum Verdict: Sendable {
    /// All its numbers say that they can be trusted.
    case reliable
    /// All say that they cannot.
    case unreliable
    /// It depends on the draws.
    case either
  }

  /// A number that a method found.
  struct Comparison: Sendable {
    let quantity: String
    let estimate: Estimate
    let truth: Double

    var isReliable: Bool { estimate.diagnosis.isReliable }

    /// Whether the truth lies in the interval that leaves out so much, but for rounding.
    func holds(level: Double) -> Bool {
      let interval = estimate.confidenceInterval(1 - level)
      let slack = 1e-12 * max(abs(truth), abs(estimate.value))
      return interval.lowerBound - slack <= truth && truth <= interval.upperBound + slack
    }
  }

  let integral: String
  let method: String
  let verdict: Verdict
  /// The quantities that have no part in that.
  var undecided: Set<String> = []
  /// How many numbers it gives.
  let count: Int
  let run: @Sendable () async throws -> [Comparison]

  /// Whether the numbers have the verdict that they must have.
  func isAsExpected(_ results: [Comparison]) -> Bool {
    let decided = results.filter { !undecided.contains($0.quantity) }
    return switch verdict {
    case .either: true
    // A debug build takes too few draws for that.
    case .reliable: draws(release: 1, debug: 0) == 0 || decided.allSatisfy(\.isReliable)
    case .unreliable: !decided.contains(where: \.isReliable)
    }
  }
}

/// Integrals whose values are known, by every method that applies.
enum IntegralTable {
  static let all: [IntegralRow] =
    genz + banana + mixture + mixtureOfVectors + truncated + heavyTailed + funnel

  static let integrals: [String] = all.reduce(into: []) { names, row in
    if names.last != row.integral { names.append(row.integral) }
  }

  /// The chance of a false alarm is shared among all the numbers.
  static let tolerance = StatisticalTolerance(
    level: 1e-3, comparisons: all.reduce(0) { $0 + $1.count })

  /// About how often a method may evaluate its integrand: a power of two in a short test.
  private static let evaluations = draws(release: 1 << 15, debug: 1 << 11)

  /// The points of a replicate of sixteen, a power of two.
  private static func points(of evaluations: Int) -> Int {
    1 << Int(log2(Double(evaluations / 16)))
  }

  // MARK: Genz's functions

  private static let genz: [IntegralRow] = GenzFunction.Family.allCases.flatMap { family in
    [1, 2, 5, 10].flatMap { rows(of: GenzFunction(family, dimension: $0)) }
  }

  /// Which do not say that they are reliable.
  private static func verdict(_ method: String, _ function: GenzFunction) -> IntegralRow.Verdict {
    switch (method, function.family, function.dimension) {
    // On one axis all the variance of a jump is that of a single stratum.
    case ("stratified", .discontinuous, 1): .unreliable
    case ("VEGAS, adaptive strata", .discontinuous, 1): .either
    // Iterations that disagree.
    case ("VEGAS (GSL)", .discontinuous, 1), ("VEGAS (GSL)", .discontinuous, 2): .either
    // Waves that are tilted or weighted have a tail that looks heavy, up to where it ends.
    case ("control variates", .oscillatory, 5), ("control variates", .oscillatory, 10),
      ("importance", .oscillatory, 1), ("self-normalised", .oscillatory, 1):
      .either
    // Rules and processes for smooth functions, which find out that these are not.
    case ("product of Gauss rules", .continuous, _), ("product of Gauss rules", .discontinuous, _):
      .unreliable
    case ("Bayesian quadrature", .cornerPeak, 2): .either
    default: .reliable
    }
  }

  private static func rows(of function: GenzFunction) -> [IntegralRow] {
    let (dimension, truth, f) = (function.dimension, function.exact, function.value)
    let box = [ClosedRange<Double>](repeating: 0...1, count: dimension)
    let cube = Independent(box.map { _ in try! Uniform(lower: 0, upper: 1) })
    var rows: [IntegralRow] = []
    func add(_ method: String, _ estimate: @escaping @Sendable () async throws -> Estimate) {
      rows.append(
        IntegralRow(
          integral: "\(function.family.rawValue), \(dimension)", method: method,
          verdict: verdict(method, function), count: 1
        ) {
          [
            IntegralRow.Comparison(
              quantity: "integral", estimate: try await estimate(), truth: truth)
          ]
        })
    }
    let draws = evaluations
    add("plain") { try await MonteCarlo(draws: draws).mean(of: f, under: cube, seed: 1) }
    for (name, method) in cubeMethods(draws) {
      add(name) { try await method.mean(of: f, under: cube, seed: 1) }
    }
    add("control variates") {
      let controls = ControlVariates<[Double]>(means: box.map { _ in 0.5 }) { $0 }
      return try await MonteCarlo(draws: draws)
        .mean(of: f, under: cube, controls: controls, seed: 1)
    }
    // Where five of the families have their peaks or kinks.
    let bump = Independent(
      function.u.map {
        try! Normal(mean: $0, standardDeviation: 0.5).truncated(to: 0...1)
      })
    let proposal = try! DefensiveMixture(bump, defense: cube, share: 0.3)
    add("importance") {
      try await ImportanceSampler(proposal: proposal, draws: draws).mean(
        of: f, under: cube, seed: 1)
    }
    add("self-normalised") {
      try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
        .mean(of: f, under: cube, seed: 1)
    }
    add("VEGAS, adaptive strata") {
      try await VegasPlus(evaluationsPerIteration: draws / 11).integral(of: f, over: box, seed: 1)
    }
    add("VEGAS (GSL)") {
      try VegasIntegrator(evaluations: draws / 15).integral(of: f, over: box, seed: 1)
    }
    add("MISER (GSL)") {
      try MiserIntegrator(evaluations: draws / 10).integral(of: f, over: box, seed: 1)
    }
    if dimension == 1 {
      add("adaptive quadrature") { try Quadrature().integral(of: { f([$0]) }, over: 0...1) }
    }
    if dimension <= 2 {
      add("product of Gauss rules") {
        try ProductQuadrature(maximumEvaluations: draws).integral(of: f, over: box)
      }
      if function.isSmooth {
        add("Bayesian quadrature") {
          try BayesianQuadrature().integral(of: f, over: box)
        }
      }
    }
    return rows
  }

  private static func cubeMethods(_ draws: Int) -> [(String, any UnitCubeMethod)] {
    [
      ("antithetic", AntitheticMonteCarlo(pairs: draws / 2)),
      ("stratified", StratifiedMonteCarlo(draws: draws)),
      ("Latin hypercube", LatinHypercube(points: draws / 16)),
    ]
      + QuasiRandomSequence.Kind.allCases.map {
        ("quasi-Monte Carlo, \($0)", QuasiMonteCarlo(sequence: $0, points: points(of: draws)))
      }
  }

  // MARK: Moments of targets

  /// The means and covariances of a target: what is asked and what is true.
  private struct Moments: Sendable {
    let mean: [Double]
    /// `[dimension][dimension]`.
    let covariance: [[Double]]

    var dimension: Int { mean.count }

    /// The coordinates, then the products of every two deviations from the true means.
    var integrand: Integrand<[Double]> {
      let mean = mean
      return Integrand(outputs: truths.count) { x in
        var values = x
        for i in x.indices {
          for j in 0...i { values.append((x[i] - mean[i]) * (x[j] - mean[j])) }
        }
        return values
      }
    }

    /// Of one variable.
    var integrandOfNumber: Integrand<Double> {
      let mean = mean[0]
      return Integrand(outputs: 2) { [$0, ($0 - mean) * ($0 - mean)] }
    }

    var truths: [Double] { mean + mean.indices.flatMap { covariance[$0][...$0] } }

    var names: [String] {
      mean.indices.map { "mean \($0)" }
        + mean.indices.flatMap { i in (0...i).map { "covariance \(i), \($0)" } }
    }

    func comparisons(
      _ estimates: [Estimate], diagnosis: Diagnosis, logEvidence: Double?
    ) throws -> [IntegralRow.Comparison] {
      var results = zip(names, zip(estimates, truths)).map {
        IntegralRow.Comparison(quantity: $0, estimate: $1.0, truth: $1.1)
      }
      if let logEvidence {
        let found = estimates[0].findings.logEvidence!
        var estimate = estimates[0]
        (estimate.value, estimate.standardError) = (found.value, found.standardError)
        estimate.diagnosis = diagnosis
        results.append(
          IntegralRow.Comparison(
            quantity: "log evidence", estimate: estimate, truth: logEvidence))
      }
      return results
    }
  }

  /// The rows of one target.
  private struct Builder {
    let name: String
    let moments: Moments
    /// Those of which not everything is reliable.
    let exceptions: [String: IntegralRow.Verdict]
    /// Those of whose numbers some need not be; of any method under "".
    let undecided: [String: Set<String>]
    var rows: [IntegralRow] = []

    init(
      _ name: String, mean: [Double], covariance: [[Double]],
      exceptions: [String: IntegralRow.Verdict] = [:], undecided: [String: Set<String>] = [:]
    ) {
      self.name = name
      moments = Moments(mean: mean, covariance: covariance)
      self.exceptions = exceptions
      self.undecided = undecided
    }

    /// - Parameter logEvidence: where the method finds it besides.
    mutating func add(
      _ method: String, logEvidence: Double? = nil,
      _ run: @escaping @Sendable (Moments) async throws -> VectorEstimate
    ) {
      append(method, moments.truths.count, logEvidence) { moments in
        let found = try await run(moments)
        return try moments.comparisons(
          found.estimates, diagnosis: found.diagnosis, logEvidence: logEvidence)
      }
    }

    /// By the call that has the covariance in its name.
    mutating func add(
      _ method: String, logEvidence: Double? = nil,
      covariance run: @escaping @Sendable () async throws -> CovarianceEstimate
    ) {
      append(method, moments.truths.count, logEvidence) { moments in
        let found = try await run()
        let entries = (0..<moments.dimension).flatMap { i in (0...i).map { found[i, $0] } }
        return try moments.comparisons(
          found.means.estimates + entries, diagnosis: found.diagnosis, logEvidence: logEvidence)
      }
    }

    private mutating func append(
      _ method: String, _ count: Int, _ logEvidence: Double?,
      _ run: @escaping @Sendable (Moments) async throws -> [IntegralRow.Comparison]
    ) {
      let moments = moments
      rows.append(
        IntegralRow(
          integral: name, method: method, verdict: exceptions[method] ?? .reliable,
          undecided: undecided[method, default: []].union(undecided["", default: []]),
          count: count + (logEvidence == nil ? 0 : 1)
        ) { try await run(moments) })
    }

    /// Every method for a distribution of vectors that is the image of a cube.
    mutating func addSampled<D: MultivariateDistribution & UnitCubeTransform>(_ target: D) {
      let draws = evaluations
      add("plain") {
        try await MonteCarlo(draws: draws).means(of: $0.integrand, under: target, seed: 1)
      }
      add("plain, covariance") {
        try await MonteCarlo(draws: draws).covariance(of: target, seed: 2)
      }
      for (name, method) in cubeMethods(draws) {
        add(name) {
          try await method.means(
            of: $0.integrand, under: target, seed: 1, workers: nil, progress: nil)
        }
      }
    }

    /// The methods that weigh or reject the draws of a proposal, for a target that is known up to a
    /// constant too.
    mutating func addProposed<D: Distribution<[Double]>, Proposal: Distribution<[Double]>>(
      _ target: D, dimension: Int, constant: Double, from proposal: Proposal, suffix: String = ""
    ) {
      let draws = evaluations
      let logDensity: @Sendable ([Double]) -> Double = { target.logDensity(of: $0) + constant }
      let coordinates = Integrand<[Double]>(outputs: dimension) { $0 }
      add("importance" + suffix, logEvidence: 0) {
        try await ImportanceSampler(proposal: proposal, draws: draws)
          .means(of: $0.integrand, under: target, seed: 1)
      }
      add("importance, covariance" + suffix) {
        try await ImportanceSampler(proposal: proposal, draws: draws)
          .covariance(of: coordinates, under: target, seed: 2)
      }
      add("self-normalised" + suffix, logEvidence: constant) {
        try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
          .means(of: $0.integrand, underLogDensity: logDensity, seed: 1)
      }
      add("self-normalised, covariance" + suffix, logEvidence: constant) {
        try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
          .covariance(of: coordinates, underLogDensity: logDensity, seed: 2)
      }
    }

    mutating func addRejection<D: Distribution<[Double]>, Proposal: Distribution<[Double]>>(
      _ target: D, dimension: Int, constant: Double, from proposal: Proposal
    ) {
      let draws = evaluations / 4
      let logDensity: @Sendable ([Double]) -> Double = { target.logDensity(of: $0) + constant }
      let coordinates = Integrand<[Double]>(outputs: dimension) { $0 }
      add("rejection", logEvidence: constant) {
        try await RejectionSampler(proposal: proposal, draws: draws)
          .means(of: $0.integrand, underLogDensity: logDensity, seed: 1)
      }
      add("rejection, covariance", logEvidence: constant) {
        try await RejectionSampler(proposal: proposal, draws: draws)
          .covariance(of: coordinates, underLogDensity: logDensity, seed: 2)
      }
    }

    mutating func addAdaptive<D: Distribution<[Double]>>(
      _ target: D, constant: Double, start: MultivariateStudentT, suffix: String = ""
    ) {
      let perRound = max(100, evaluations / 50)
      let sampler = AdaptiveImportanceSampler(
        start: start, rounds: 10, drawsPerRound: perRound, draws: evaluations - 10 * perRound)
      let logDensity: @Sendable ([Double]) -> Double = { target.logDensity(of: $0) + constant }
      add("adaptive importance" + suffix, logEvidence: constant) {
        try await sampler.means(of: $0.integrand, underLogDensity: logDensity, seed: 1)
      }
    }

    /// Each moment by a run of its own.
    mutating func addVegas<D: Distribution<[Double]>>(
      _ target: D, dimension: Int, constant: Double
    ) {
      let vegas = VegasPlus(
        evaluationsPerIteration: evaluations / 15, iterations: 10, warmUpIterations: 5)
      let plane = [ClosedRange<Double>](repeating: -.infinity ... .infinity, count: dimension)
      let logDensity: @Sendable ([Double]) -> Double = { target.logDensity(of: $0) + constant }
      append("VEGAS, adaptive strata", moments.truths.count, constant) { moments in
        var estimates: [Estimate] = []
        for output in moments.truths.indices {
          let f: @Sendable ([Double]) -> Double
          if output < dimension {
            f = { $0[output] }
          } else {
            let pairs = (0..<dimension).flatMap { i in (0...i).map { (i, $0) } }
            let (i, j) = pairs[output - dimension]
            let mean = moments.mean
            f = { ($0[i] - mean[i]) * ($0[j] - mean[j]) }
          }
          estimates.append(
            try await vegas.mean(of: f, underLogDensity: logDensity, over: plane, seed: 1))
        }
        return try moments.comparisons(
          estimates, diagnosis: estimates[0].diagnosis, logEvidence: constant)
      }
    }

    /// Every method for a distribution of one variable.
    mutating func addNumber<D: ContinuousDistribution, Proposal: ContinuousDistribution>(
      _ target: D, constant: Double, from proposal: Proposal
    ) {
      let draws = evaluations
      let logDensity: @Sendable (Double) -> Double = { target.logDensity(of: $0) + constant }
      let support = target.support
      add("plain") {
        try await MonteCarlo(draws: draws).means(of: $0.integrandOfNumber, under: target, seed: 1)
      }
      let identity = Integrand<Double> { $0 }
      add("plain, variance") {
        try await MonteCarlo(draws: draws).covariance(of: identity, under: target, seed: 2)
      }
      for (name, method) in cubeMethods(draws) {
        add(name) {
          try await method.means(
            of: $0.integrandOfNumber, under: target, seed: 1, workers: nil, progress: nil)
        }
      }
      add("numerical inversion") {
        let inversion = try NumericalInversion(logDensity: logDensity, support: support)
        return try await MonteCarlo(draws: draws)
          .means(of: $0.integrandOfNumber, under: inversion, seed: 3)
      }
      add("adaptive quadrature") {
        try Quadrature().means(of: $0.integrandOfNumber, under: target)
      }
      add("adaptive quadrature, up to a constant", logEvidence: constant) {
        try Quadrature()
          .means(of: $0.integrandOfNumber, underLogDensity: logDensity, over: support)
      }
      add("importance", logEvidence: 0) {
        try await ImportanceSampler(proposal: proposal, draws: draws)
          .means(of: $0.integrandOfNumber, under: target, seed: 1)
      }
      add("self-normalised", logEvidence: constant) {
        try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
          .means(of: $0.integrandOfNumber, underLogDensity: logDensity, seed: 1)
      }
      add("self-normalised, variance", logEvidence: constant) {
        try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
          .covariance(of: identity, underLogDensity: logDensity, seed: 2)
      }
      add("rejection", logEvidence: constant) {
        try await RejectionSampler(proposal: proposal, draws: draws / 4)
          .means(of: $0.integrandOfNumber, underLogDensity: logDensity, seed: 1)
      }
      add("rejection, variance", logEvidence: constant) {
        try await RejectionSampler(proposal: proposal, draws: draws / 4)
          .covariance(of: identity, underLogDensity: logDensity, seed: 2)
      }
    }
  }

  /// x_0 ~ N(1, 2^2), x_1 ~ N(1 - x_0^2 / 4, 1).
  private static let banana: [IntegralRow] = {
    // Of x_0^2 the mean is 5, the variance 2 16 + 4 4 = 48, the covariance with x_0 is 2 4 = 8.
    var table = Builder(
      "banana", mean: [1, -0.25], covariance: [[4, -2], [-2, 4]],
      exceptions: [
        "self-normalised, too narrow": .unreliable, "stratified": .either,
        // Of components with lighter tails than the start: k-hat is near its limit.
        "adaptive importance": .either,
      ],
      // Of a linear function antithetic draws have no error. A proposal that is too narrow for the arms
      // does for the mean along them.
      undecided: ["antithetic": ["mean 0"], "self-normalised, too narrow": ["mean 0"]])
    let target = Banana()
    // Wide enough for the arms.
    let proposal = try! MultivariateStudentT(
      degreesOfFreedom: 3, location: [1, -2], scale: Matrix([[9, 0], [0, 16]]))
    table.addSampled(target)
    table.addProposed(target, dimension: 2, constant: 7, from: proposal)
    table.addRejection(target, dimension: 2, constant: 7, from: proposal)
    table.addAdaptive(target, constant: 7, start: proposal)
    table.addVegas(target, dimension: 2, constant: 7)
    // As wide as the target's own moments.
    let draws = evaluations
    table.add("self-normalised, too narrow", logEvidence: 0) {
      try await SelfNormalizedImportanceSampler(
        proposal: try MultivariateNormal(
          mean: [1, -0.25], covariance: Matrix([[4, -2], [-2, 4]])), draws: draws
      ).means(of: $0.integrand, underLogDensity: target.logDensity, seed: 1)
    }
    return table.rows
  }()

  /// 0.3 N(-4, 1) + 0.7 N(3, 0.5^2).
  private static let mixture: [IntegralRow] = {
    var table = Builder(
      "two modes", mean: [0.9], covariance: [[0.3 * 17 + 0.7 * 9.25 - 0.81]],
      // Of unbounded targets the last strata have nearly all the variance.
      exceptions: ["stratified": .either])
    let target = try! Mixture(
      [
        Normal(mean: -4, standardDeviation: 1), Normal(mean: 3, standardDeviation: 0.5),
      ], weights: [0.3, 0.7])
    table.addNumber(
      target, constant: -3,
      from: try! StudentT(degreesOfFreedom: 5, location: 0.5, scale: 4))
    return table.rows
  }()

  /// Two correlated normals in the plane, six deviations apart.
  private static let mixtureOfVectors: [IntegralRow] = {
    let weights = [0.4, 0.6]
    let centers = [[-2.0, -2], [2.0, 3]]
    let shapes = [[[1.0, 0.5], [0.5, 1]], [[2.0, -0.6], [-0.6, 0.5]]]
    let mean = (0..<2).map { i in weights[0] * centers[0][i] + weights[1] * centers[1][i] }
    let covariance = (0..<2).map { i in
      (0..<2).map { j in
        (0..<2).reduce(0.0) { sum, k in
          let product = (centers[k][i] - mean[i]) * (centers[k][j] - mean[j])
          return sum + weights[k] * (shapes[k][i][j] + product)
        }
      }
    }
    var table = Builder(
      "two modes in the plane", mean: mean, covariance: covariance)
    let target = try! MultivariateMixture(
      zip(centers, shapes).map { try MultivariateNormal(mean: $0, covariance: Matrix($1)) },
      weights: weights)
    let draws = evaluations
    table.add("plain") {
      try await MonteCarlo(draws: draws).means(of: $0.integrand, under: target, seed: 1)
    }
    table.add("plain, covariance") {
      try await MonteCarlo(draws: draws).covariance(of: target, seed: 2)
    }
    let proposal = try! MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0], scale: Matrix([[8, 4], [4, 8]]))
    table.addProposed(target, dimension: 2, constant: 2, from: proposal)
    table.addRejection(target, dimension: 2, constant: 2, from: proposal)
    table.addAdaptive(target, constant: 2, start: proposal)
    table.addVegas(target, dimension: 2, constant: 2)
    return table.rows
  }()

  /// N(0, 1) beyond 1.
  private static let truncated: [IntegralRow] = {
    let normal = try! Normal(mean: 0, standardDeviation: 1)
    let mean = exp(normal.logDensity(of: 1)) / normal.survival(1)
    var table = Builder(
      "normal beyond 1", mean: [mean], covariance: [[1 + mean - mean * mean]],
      exceptions: ["stratified": .either])
    let target = try! normal.truncated(to: 1 ... .infinity)
    table.addNumber(target, constant: 5, from: try! Exponential(rate: 1).shifted(by: 1))
    // Zero weights for five of six draws.
    let (draws, constant) = (evaluations, log(normal.survival(1)))
    table.add("self-normalised, from the whole", logEvidence: constant) {
      try await SelfNormalizedImportanceSampler(proposal: normal, draws: draws).means(
        of: $0.integrandOfNumber,
        underLogDensity: { $0 < 1 ? -.infinity : normal.logDensity(of: $0) }, seed: 1)
    }
    table.add("rejection, from the whole", logEvidence: constant) {
      try await RejectionSampler(proposal: normal, envelopeConstant: 1, draws: draws / 4).means(
        of: $0.integrandOfNumber,
        underLogDensity: { $0 < 1 ? -.infinity : normal.logDensity(of: $0) }, seed: 1)
    }
    return table.rows
  }()

  /// Student's t with five degrees of freedom about 2, 1.5 times as wide.
  private static let heavyTailed: [IntegralRow] = {
    var table = Builder(
      "Student t", mean: [2], covariance: [[2.25 * 5 / 3]],
      exceptions: [
        "importance, from a normal": .unreliable, "stratified": .either,
        // It meets rounding errors far out, and says so.
        "adaptive quadrature, up to a constant": .either,
      ],
      // The eighth moment is infinite, so that the error of a variance is known slowly; and of a linear
      // function antithetic draws have no error.
      // What a normal does not reach weighs little in the mean.
      undecided: [
        "": ["covariance 0, 0", "log evidence"], "antithetic": ["mean 0"],
        "importance, from a normal": ["mean 0"],
      ])
    let target = try! StudentT(degreesOfFreedom: 5, location: 2, scale: 1.5)
    table.addNumber(
      target, constant: 100, from: try! StudentT(degreesOfFreedom: 2.5, location: 1, scale: 2))
    let draws = evaluations
    table.add("importance, from a normal") {
      try await ImportanceSampler(
        proposal: try Normal(mean: 2, standardDeviation: 2), draws: draws
      ).means(of: $0.integrandOfNumber, under: target, seed: 1)
    }
    return table.rows
  }()

  /// Neal's funnel: the mean and the variance of v, and the variance of another coordinate.
  private static let funnel: [IntegralRow] = {
    let dimension = 10
    let target = Funnel(dimension: dimension)
    let truths = [0, 9, exp(4.5)]
    let names = ["mean of v", "variance of v", "variance of x"]
    let integrand = Integrand<[Double]>(outputs: 3) { [$0[0], $0[0] * $0[0], $0[1] * $0[1]] }
    let draws = evaluations
    var rows: [IntegralRow] = []
    func add(
      _ method: String, _ verdict: IntegralRow.Verdict, outputs: Range<Int> = 0..<3,
      hasEvidence: Bool = false,
      _ run: @escaping @Sendable () async throws -> VectorEstimate
    ) {
      rows.append(
        IntegralRow(
          integral: "funnel", method: method, verdict: verdict,
          count: outputs.count + (hasEvidence ? 1 : 0)
        ) {
          let found = try await run()
          var results = outputs.map {
            IntegralRow.Comparison(quantity: names[$0], estimate: found[$0], truth: truths[$0])
          }
          if hasEvidence {
            var estimate = found[0]
            let evidence = found.findings[0].logEvidence!
            (estimate.value, estimate.standardError) = (evidence.value, evidence.standardError)
            results.append(
              IntegralRow.Comparison(quantity: "log evidence", estimate: estimate, truth: 0))
          }
          return results
        })
    }
    add("plain", .reliable, outputs: 0..<2) {
      try await MonteCarlo(draws: draws).means(of: integrand, under: target, seed: 1)
    }
    // x^2 is log-normal with a deviation of 3, more or less: no standard error of it means anything.
    add("plain, beyond it", .unreliable, outputs: 2..<3) {
      try await MonteCarlo(draws: draws).means(of: integrand, under: target, seed: 1)
    }
    let center = [Double](repeating: 0, count: dimension)
    var scale = Matrix.identity(dimension)
    for i in 0..<dimension { scale[i, i] = 9 }
    let normal = try! MultivariateNormal(mean: center, covariance: scale)
    let student = try! MultivariateStudentT(degreesOfFreedom: 5, location: center, scale: scale)
    func addProposed(_ proposal: some MultivariateDistribution, _ name: String) {
      add("importance, " + name, .unreliable, hasEvidence: true) {
        try await ImportanceSampler(proposal: proposal, draws: draws)
          .means(of: integrand, under: target, seed: 1)
      }
      add("self-normalised, " + name, .unreliable, hasEvidence: true) {
        try await SelfNormalizedImportanceSampler(proposal: proposal, draws: draws)
          .means(of: integrand, underLogDensity: target.logDensity, seed: 1)
      }
    }
    addProposed(normal, "from a normal")
    addProposed(student, "from Student t")
    return rows
  }()
}

/// Rosenbrock's curved valley as a distribution: x_0 ~ N(1, 2^2), x_1 ~ N(1 - x_0^2 / 4, 1).
struct Banana: MultivariateDistribution, UnitCubeTransform {
  private static let normal = try! Normal(mean: 0, standardDeviation: 1)

  var dimension: Int { 2 }
  var cubeDimension: Int { 2 }

  private func place(_ first: Double, _ second: Double) -> [Double] {
    let x = 1 + 2 * first
    return [x, 1 - x * x / 4 + second]
  }

  func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    let first = Self.normal.sample(using: &generator)
    return place(first, Self.normal.sample(using: &generator))
  }

  func logDensity(of value: [Double]) -> Double {
    let first = (value[0] - 1) / 2
    return Self.normal.logDensity(of: first) - log(2)
      + Self.normal.logDensity(of: value[1] - 1 + value[0] * value[0] / 4)
  }

  func transform(_ points: Span<Double>, into values: inout MutableSpan<[Double]>) {
    for i in values.indices {
      values[i] = place(
        Self.normal.quantile(points[2 * i]), Self.normal.quantile(points[2 * i + 1]))
    }
  }
}

/// Neal's funnel: v ~ N(0, 3^2), and given v the other coordinates are independent N(0, e^v).
///
/// R. M. Neal, "Slice sampling", Annals of Statistics 31 (2003), doi:10.1214/aos/1056562461.
struct Funnel: MultivariateDistribution {
  private static let normal = try! Normal(mean: 0, standardDeviation: 1)

  let dimension: Int

  func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    let v = 3 * Self.normal.sample(using: &generator)
    let scale = exp(v / 2)
    return [v] + (1..<dimension).map { _ in scale * Self.normal.sample(using: &generator) }
  }

  func logDensity(of value: [Double]) -> Double {
    let v = value[0]
    guard v > -1_000 else { return -.infinity }
    let scale = exp(-v / 2)
    var sum = Self.normal.logDensity(of: v / 3) - log(3)
    for x in value.dropFirst() { sum += Self.normal.logDensity(of: scale * x) - v / 2 }
    return sum
  }
}
