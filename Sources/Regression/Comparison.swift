import Distributions
import Estimation
import Execution
import Foundation
import LinearAlgebra
import Randomness

/// Maximum likelihood, MAP and Bayesian averaging compared on one data set, for a polynomial and
/// optionally a network.
///
/// The rows are split at random into training and test rows; every fit sees the training rows
/// alone. The same seed gives the same bits on any number of workers.
public struct Comparison: Sendable {
  /// The highest degree of a polynomial that is compared.
  public static let maximumDegree = 200

  /// Of the polynomial.
  public var degree: Int
  /// The widths of the network's hidden layers; nil for no network.
  public var hidden: [Int]?
  /// The share of the rows that is kept for the test, in [0, 1).
  public var testFraction = 0.25
  /// How many draws an average takes.
  public var draws = 10_000
  /// Of the split, the starts and the draws.
  public var seed: UInt64 = 1
  /// Of the polynomial; the network takes its noise.
  public var prior = NormalInverseGammaPrior()
  /// Of the network's weights and biases.
  public var networkPriorStandardDeviation = 2.0
  /// At how many x the curves for a picture are taken; 0 for none.
  public var curvePoints = 0

  /// - Parameter degree: 0 to ``maximumDegree``; checked when it runs.
  public init(degree: Int) { self.degree = degree }

  /// What a comparison found.
  public struct Result: Sendable {
    public let train: RegressionData
    public let test: RegressionData
    public let fits: [FitReport]
  }

  /// Told which part of the work is under way, and how much of it is done.
  public typealias Progress = @Sendable (_ stage: String, _ fraction: Double) -> Void

  /// - Throws: ``RegressionError`` for data or settings that cannot be used, `CancellationError`.
  public func run(
    _ data: RegressionData, workers: Int? = nil, progress: Progress? = nil
  ) async throws -> Result {
    try validate()
    let (train, test) = try data.split(testFraction: testFraction, seed: purposeSeed(0))
    let rows = Rows(train: train, test: test, curvePoints: curvePoints)
    var fits = try await polynomialFits(rows, workers, progress)
    if let hidden { fits += try await networkFits(hidden, rows, workers, progress) }
    return Result(train: train, test: test, fits: fits)
  }

  /// The closed-form polynomial fits for a range of degrees, on the same split: how the error on
  /// the training rows falls while the error on the test rows rises.
  public func sweep(
    degrees: ClosedRange<Int>, _ data: RegressionData, progress: Progress? = nil
  ) throws -> Sweep {
    let (train, test) = try data.split(testFraction: testFraction, seed: purposeSeed(0))
    let rows = Rows(train: train, test: test, curvePoints: 0)
    var fits: [(degree: Int, fit: FitReport)] = []
    for degree in degrees {
      var comparison = self
      comparison.degree = degree
      try comparison.validate()
      try Task.checkCancellation()
      let regression = PolynomialRegression(degree: degree, prior: prior)
      let posterior = try regression.posterior(train)
      for fit in [
        comparison.maximumLikelihoodReport(regression, rows),
        comparison.modeReport(posterior, rows), comparison.bayesReport(posterior, rows),
      ] {
        fits.append((degree, fit))
      }
      let done = Double(degree - degrees.lowerBound + 1) / Double(degrees.count)
      progress?("degree \(degree)", done)
    }
    return Sweep(train: train, test: test, fits: fits)
  }

  /// What a range of degrees gave.
  public struct Sweep: Sendable {
    public let train: RegressionData
    public let test: RegressionData
    /// For each degree: mle, map, bayes.
    public let fits: [(degree: Int, fit: FitReport)]
  }

  private func validate() throws(RegressionError) {
    guard (0...Self.maximumDegree).contains(degree) else {
      throw .setting("the degree \(degree) is not in 0...\(Self.maximumDegree)")
    }
    guard draws > 0 else { throw .setting("the number of draws \(draws) is not positive") }
    guard testFraction >= 0, testFraction < 1 else {
      throw .setting("the test fraction \(testFraction) is not in [0, 1)")
    }
    guard networkPriorStandardDeviation > 0, networkPriorStandardDeviation.isFinite else {
      throw .setting(
        "the prior's standard deviation of the weights \(networkPriorStandardDeviation) "
          + "is not positive and finite")
    }
    if let hidden, hidden.isEmpty || hidden.contains(where: { $0 < 1 || $0 > 1_000 }) {
      throw .setting("the hidden layers \(hidden) are not of 1 to 1000 units")
    }
    try prior.validate()
    let network = hidden.map { NeuralNetwork(layers: [1] + $0 + [1]).parameterCount } ?? 0
    let parameters = Double(max(degree + 1, network) + 1)
    // The draws and a copy, and the Hessian of the Laplace approximation with its eigenvectors.
    let needed = 8 * (2 * Double(draws) * parameters + 4 * parameters * parameters)
    let available = 0.8 * Double(ProcessInfo.processInfo.physicalMemory)
    guard needed < available else { throw .memory(needed: needed, available: available) }
  }

  /// The split, the polynomial's draws, the network's starts and its draws do not share streams.
  private func purposeSeed(_ purpose: UInt64) -> UInt64 {
    Philox.derivedSeed(from: seed, purpose: purpose)
  }

  // MARK: Polynomial

  private func polynomialFits(
    _ rows: Rows, _ workers: Int?, _ progress: Progress?
  ) async throws -> [FitReport] {
    let regression = PolynomialRegression(degree: degree, prior: prior)
    let posterior = try regression.posterior(rows.train)
    let draws = try await posterior.importanceDraws(
      draws, seed: purposeSeed(1), workers: workers,
      progress: { progress?("polynomial, importance", $0.fraction) })
    var importance = try await rows.report(
      .polynomial, .importance, draws, workers, progress
    ) { posterior.average(over: draws, at: $0) }
    let coefficients = posterior.coefficients(of: draws)
    importance.coefficients = coefficients.means
    importance.standardErrors = coefficients.standardDeviations
    importance.noiseStandardDeviation = rows.noise(importance, parameters: degree + 1)
    importance.logEvidence = posterior.logEvidence(of: draws)
    return [
      maximumLikelihoodReport(regression, rows), modeReport(posterior, rows),
      bayesReport(posterior, rows), importance,
    ]
  }

  private func maximumLikelihoodReport(
    _ regression: PolynomialRegression, _ rows: Rows
  ) -> FitReport {
    do {
      let fit = try regression.maximumLikelihood(rows.train)
      var report = rows.report(.polynomial, .mle) {
        fit.predictive(at: $0)
      } mean: {
        fit.mean(at: $0)
      }
      report.coefficients = fit.coefficients
      report.standardErrors = fit.standardErrors
      report.residualSumOfSquares = fit.residualSumOfSquares
      report.noiseStandardDeviation = fit.noiseStandardDeviation
      if fit.noiseStandardDeviation == nil {
        report.remark = "as many coefficients as rows: no noise to estimate"
      } else if fit.isExact {
        report.remark = "no residual beyond rounding: no noise to estimate"
      }
      return report
    } catch {
      var report = FitReport(model: .polynomial, method: .mle)
      report.remark = "\(error)"
      return report
    }
  }

  private func modeReport(_ posterior: NormalInverseGammaPosterior, _ rows: Rows) -> FitReport {
    var report = rows.report(.polynomial, .map) { try? posterior.modePredictive(at: $0) }
    report.coefficients = posterior.coefficients
    report.noiseStandardDeviation = rows.noise(report, parameters: posterior.basis.count)
    return report
  }

  private func bayesReport(_ posterior: NormalInverseGammaPosterior, _ rows: Rows) -> FitReport {
    var report = rows.report(.polynomial, .bayes) { try? posterior.predictive(at: $0) }
    report.coefficients = posterior.coefficients
    report.standardErrors = posterior.standardErrors
    report.noiseStandardDeviation = rows.noise(report, parameters: posterior.basis.count)
    report.logEvidence = posterior.logEvidence
    return report
  }

  // MARK: Network

  private func networkFits(
    _ hidden: [Int], _ rows: Rows, _ workers: Int?, _ progress: Progress?
  ) async throws -> [FitReport] {
    let regression = NetworkRegression(
      hidden: hidden, priorStandardDeviation: networkPriorStandardDeviation,
      noiseShape: prior.noiseShape, noiseScale: prior.noiseScale)
    let parameters = regression.network.parameterCount

    var reports: [FitReport] = []
    var mode: NetworkFit?
    for (method, objective) in [
      (FitReport.Method.mle, NetworkRegression.Objective.likelihood), (.map, .posterior),
    ] {
      progress?("network, \(method.rawValue)", 0)
      let fit = try await regression.fit(
        objective, rows.train, seed: purposeSeed(2), workers: workers,
        progress: { progress?("network, \(method.rawValue)", $0) })
      let means = try rows.means(fit)
      let noise = fit.noiseStandardDeviation
      var report = rows.report(.network, method) {
        try? Normal(mean: means[$0] ?? .nan, standardDeviation: noise)
      }
      report.noiseStandardDeviation = rows.noise(report, parameters: parameters)
      if fit.optimum.convergence != .converged { report.remark = "\(fit.optimum.convergence)" }
      reports.append(report)
      mode = fit
      progress?("network, \(method.rawValue)", 1)
    }
    guard let mode else { return reports }
    let laplace = try regression.laplace(around: mode, rows.train)
    let draws = try await regression.importanceDraws(
      around: laplace, rows.train, count: draws, seed: purposeSeed(3), workers: workers,
      progress: { progress?("network, importance", $0.fraction) })
    var importance = try await rows.report(.network, .importance, draws, workers, progress) {
      mode.average(over: draws, at: $0)
    }
    importance.noiseStandardDeviation = rows.noise(importance, parameters: parameters)
    importance.logEvidence = regression.logEvidence(of: draws, rows.train)
    if laplace.raisedEigenvalues > 0 {
      importance.remark =
        "the proposal's curvature was changed in "
        + "\(laplace.raisedEigenvalues) directions, where the mode is none"
    }
    reports.append(importance)
    return reports
  }
}

/// One row of a comparison. What does not apply is nil.
public struct FitReport: Sendable {
  public enum Model: String, Sendable { case polynomial, network }

  public enum Method: String, Sendable {
    /// Maximum likelihood.
    case mle
    /// The mode of the posterior.
    case map
    /// The average over the posterior in closed form.
    case bayes
    /// The average over the posterior by self-normalised importance sampling.
    case importance
  }

  public let model: Model
  public let method: Method
  /// In powers of x, lowest first.
  public var coefficients: [Double]?
  /// Classical for mle, posterior standard deviations for bayes and importance.
  public var standardErrors: [Double]?
  /// Of the curve of predictive means, on the training rows.
  public var residualSumOfSquares: Double?
  /// sqrt(RSS / (n - parameters)).
  public var noiseStandardDeviation: Double?
  /// On the training rows; of averages, the error alone.
  public var train = Scores()
  /// On the test rows; all nil without any.
  public var test = Scores()
  /// The log of the marginal likelihood of the training rows.
  public var logEvidence: Double?
  /// Of the weights of a Monte Carlo row.
  public var effectiveSampleSize: Double?
  /// Of a Monte Carlo row.
  public var diagnosis: Diagnosis?
  /// What else is to be said of the fit.
  public var remark: String?
  /// The curve of predictive means with its central 90 % band, for a picture.
  public var curve: [CurvePoint] = []

  init(model: Model, method: Method) { (self.model, self.method) = (model, method) }

  /// Diagnosis and remark in words; nil where there is nothing to say.
  public var verdict: String? {
    let parts = [diagnosis.map { "\($0)" }, remark].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

/// A predictive mean and a central 90 % interval; the interval is nil where there is no noise.
public struct CurvePoint: Sendable {
  public let x: Double
  public let mean: Double
  public let band: ClosedRange<Double>?

  init(x: Double, mean: Double) { (self.x, self.mean, band) = (x, mean, nil) }

  init(x: Double, _ distribution: some ContinuousDistribution) {
    let (low, high) = (distribution.quantile(0.05), distribution.quantile(0.95))
    (self.x, mean) = (x, distribution.mean)
    band = low <= high ? low...high : nil
  }
}

/// The rows of a comparison, and how a fit is scored on them.
private struct Rows {
  let train: RegressionData
  let test: RegressionData
  /// The x of the curves for a picture.
  let curve: [Double]

  init(train: RegressionData, test: RegressionData, curvePoints: Int) {
    (self.train, self.test) = (train, test)
    let all = train.x + test.x
    let (low, high) = (all.min()!, all.max()!)
    curve = (0..<curvePoints).map {
      low + (high - low) * Double($0) / Double(max(1, curvePoints - 1))
    }
  }

  /// The report of a fit with a predictive distribution in closed form.
  func report<Predictive: ContinuousDistribution>(
    _ model: FitReport.Model, _ method: FitReport.Method, predictive: (Double) -> Predictive?,
    mean: ((Double) -> Double)? = nil
  ) -> FitReport {
    var report = FitReport(model: model, method: method)
    func scores(_ rows: RegressionData) -> Scores {
      let full = Scores(rows.y) { predictive(rows.x[$0]) }
      guard full.rootMeanSquareError == nil, let mean else { return full }
      return Scores(rows.y, means: rows.x.map(mean))
    }
    report.train = scores(train)
    report.test = scores(test)
    report.curve = curve.compactMap { x in
      guard let distribution = predictive(x) else {
        return mean.map { CurvePoint(x: x, mean: $0(x)) }
      }
      return CurvePoint(x: x, distribution)
    }
    complete(&report)
    return report
  }

  /// The report of an average over draws.
  func report(
    _ model: FitReport.Model, _ method: FitReport.Method, _ draws: WeightedDraws<[Double]>,
    _ workers: Int?, _ progress: Comparison.Progress?, average: ([Double]) -> PredictiveAverage
  ) async throws -> FitReport {
    var report = FitReport(model: model, method: method)
    report.effectiveSampleSize = draws.effectiveSampleSize
    let scoring: ProgressHandler = {
      progress?("\(model.rawValue), \(method.rawValue), scoring", $0.fraction)
    }
    let means = try await average(train.x).map(workers: workers, progress: scoring) { $1.mean }
    report.train = Scores(train.y, means: means)
    report.test = try await average(test.x).scores(test.y, workers: workers, progress: scoring)
    report.diagnosis = Diagnosis(
      draws.diagnosis.concerns + [report.test.concern].compactMap { $0 })
    let x = curve
    report.curve = try await average(x).map(workers: workers, progress: scoring) {
      CurvePoint(x: x[$0], $1)
    }
    complete(&report)
    return report
  }

  private func complete(_ report: inout FitReport) {
    report.residualSumOfSquares = report.train.rootMeanSquareError.map {
      $0 * $0 * Double(train.count)
    }
    let scores = [report.test.rootMeanSquareError, report.test.logDensity]
    if test.count > 0, scores.contains(where: { !($0 ?? .nan).isFinite }) {
      report.remark = "a prediction far outside the training rows overflows"
    }
  }

  /// sqrt(RSS / (n - parameters)), where there are more rows than parameters.
  func noise(_ report: FitReport, parameters: Int) -> Double? {
    guard train.count > parameters, let sum = report.residualSumOfSquares else { return nil }
    return (sum / Double(train.count - parameters)).squareRoot()
  }

  /// The network's curve at every x of these rows.
  func means(_ fit: NetworkFit) throws -> [Double: Double] {
    let x = train.x + test.x + curve
    return Dictionary(zip(x, try fit.means(at: x)), uniquingKeysWith: { first, _ in first })
  }
}
