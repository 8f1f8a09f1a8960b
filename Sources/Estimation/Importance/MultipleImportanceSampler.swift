import Distributions
import Execution
import Foundation
import LinearAlgebra
import Randomness
import SpecialFunctions

/// Importance sampling from several proposals, each with its own number of draws, weighted by the
/// balance heuristic: as if every draw came from the mixture of them all.
///
/// ```
/// w(x) = p(x) / sum_k (n_k / n) q_k(x)
/// ```
///
/// The estimate is sum w f / sum w, for targets known up to a constant; its error is the delta method's,
/// from the spread of w f and w within each proposal's draws. A proposal that is bad where another is
/// good does no harm beyond its share of the draws.
///
/// ## References
/// E. Veach, L. J. Guibas, "Optimally combining sampling techniques for Monte Carlo rendering",
/// SIGGRAPH '95, doi:10.1145/218380.218498.
public struct MultipleImportanceSampler<Value: Sendable>: Sendable {
  /// q_k, `[proposals]`.
  public let proposals: [any Distribution<Value>]
  /// n_k, `[proposals]`.
  public let draws: [Int]

  /// - Parameters:
  ///   - proposals: at least one; together positive wherever the target is.
  ///   - draws: as many, each at least 2.
  public init(
    proposals: [any Distribution<Value>], draws: [Int]
  ) throws(EstimationError) {
    guard !proposals.isEmpty, proposals.count == draws.count else {
      throw .setting("\(proposals.count) proposals with \(draws.count) numbers of draws")
    }
    for count in draws where count < 2 { throw .noDraws(count) }
    let shape = DrawShape(of: proposals[0])
    for (k, proposal) in proposals.enumerated() {
      try DrawShape.require(
        "proposal \(k)", DrawShape(of: proposal), equals: "proposal 0", shape)
    }
    self.proposals = proposals
    self.draws = draws
  }

  /// The expectation of `integrand` under the target with that log density, known up to a constant, on
  /// Philox streams.
  ///
  /// - Throws: ``EstimationError``, ``IntegrandFailure``, `CancellationError`.
  public func mean(
    of integrand: @escaping @Sendable (Value) throws -> Double,
    underLogDensity logDensity: @escaping @Sendable (Value) throws -> Double,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), under: Target(logDensity: logDensity), seed: seed,
      workers: workers, progress: progress)[0]
  }

  /// The expectation of `integrand` under a distribution.
  public func mean<D: Distribution<Value>>(
    of integrand: @escaping @Sendable (Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), under: Target(target), seed: seed, workers: workers,
      progress: progress)[0]
  }

  /// The expectations of an integrand that has several values or takes many draws at a time.
  public func means(
    of integrand: Integrand<Value>, under target: Target<Value>,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    try target.requireFit(AnyProposal(proposals[0]))
    let total = draws.reduce(0, +)
    let shares = draws.map { Double($0) / Double(total) }
    let mixture = Balance(proposals: proposals, shares: shares)
    let outputs = integrand.outputs
    var sums = [Double](repeating: 0, count: outputs + 1)
    var covariance = Matrix(rows: outputs + 1, columns: outputs + 1)
    var concerns = [[Concern]](repeating: [], count: outputs)
    var evaluations = 0
    for (k, share) in shares.enumerated() {
      let run = ImportanceRun(
        BalancedProposal(base: AnyProposal(proposals[k]), mixture: mixture), target,
        integrand.withOne, draws: draws[k], .exact)
      let result = try await run.run(
        draws: draws[k], seed: Philox.derivedSeed(from: seed, purpose: UInt64(k)),
        workers: workers, progress: progress
      ).total.estimate(requested: draws[k])
      for i in 0...outputs {
        sums[i] += share * result.values[i]
        for j in 0...outputs { covariance[i, j] += share * share * result.covariance[i, j] }
      }
      for output in 0..<outputs {
        for concern in result.diagnoses[output].concerns
        where !concerns[output].contains(concern) && concern.mattersToAPart {
          concerns[output].append(concern)
        }
      }
      evaluations += result.evaluations
    }
    let evidence = sums[outputs]
    guard evidence > 0 else {
      return VectorEstimate(
        values: [Double](repeating: .nan, count: outputs),
        covariance: Matrix(rows: outputs, columns: outputs, repeating: .nan),
        evaluations: evaluations, draws: evaluations, effectiveSampleSizes: nil,
        diagnoses: [Diagnosis](repeating: Diagnosis([.noWeight]), count: outputs))
    }
    // Ratios, by the delta method.
    let values = (0..<outputs).map { sums[$0] / evidence }
    var errors = Matrix(rows: outputs, columns: outputs)
    for i in 0..<outputs {
      for j in 0..<outputs {
        errors[i, j] =
          (covariance[i, j] - values[i] * covariance[j, outputs] - values[j]
            * covariance[i, outputs]
            + values[i] * values[j] * covariance[outputs, outputs]) / (evidence * evidence)
      }
      errors[i, i] = max(0, errors[i, i])
    }
    var findings = Findings()
    findings.logEvidence = Findings.Measurement(
      value: log(evidence),
      standardError: covariance[outputs, outputs].squareRoot() / evidence)
    // Var(w) / E[w]^2 + 1 = n / effective size, with the variance of the mean weight.
    let spread = covariance[outputs, outputs] / (evidence * evidence) * Double(total)
    return VectorEstimate(
      values: values, covariance: errors, evaluations: evaluations, draws: evaluations,
      effectiveSampleSizes: values.map { _ in Double(total) / (1 + spread) },
      diagnoses: concerns.map { Diagnosis($0) },
      findings: values.map { _ in findings })
  }
}

extension Concern {
  /// Whether what speaks against the average over one proposal's draws speaks against the whole: that
  /// one of them never meets the target, or gives one value alone, does not.
  fileprivate var mattersToAPart: Bool {
    switch self {
    case .noWeight, .constantValues, .tooFewDraws, .uncertainError: false
    default: true
    }
  }
}

extension Integrand {
  /// This one's outputs, then a one.
  var withOne: Integrand {
    let outputs = outputs
    return Integrand(outputs: outputs + 1, isOneByOne: true) { draws, values in
      try withUnsafeTemporaryAllocation(of: Double.self, capacity: draws.count * outputs) {
        memory in
        memory.initialize(repeating: .nan)
        var inner = memory.mutableSpan
        try self.body(draws, &inner)
        for draw in draws.indices {
          for k in 0..<outputs { values[draw * (outputs + 1) + k] = memory[draw * outputs + k] }
          values[draw * (outputs + 1) + outputs] = 1
        }
      }
    }
  }
}

/// Any distribution as a proposal.
struct AnyProposal<Value: Sendable>: Distribution {
  let base: any Distribution<Value>
  init(_ base: any Distribution<Value>) { self.base = base }

  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value {
    base.sample(using: &generator)
  }
  func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G
  ) {
    base.fill(&values, using: &generator)
  }
  func logDensity(of value: Value) -> Double { base.logDensity(of: value) }
  func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    base.logDensities(of: values, into: &results)
  }
}

/// The density of several proposals together.
private struct Balance<Value: Sendable>: Sendable {
  let proposals: [any Distribution<Value>]
  let shares: [Double]

  func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    let count = values.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { terms in
      terms.initialize(repeating: 0)
      for i in 0..<count { results[i] = -.infinity }
      for (proposal, share) in zip(proposals, shares) {
        var span = terms.mutableSpan
        proposal.logDensities(of: values, into: &span)
        let logShare = log(share)
        for i in 0..<count { results[i] = logAddExp(results[i], terms[i] + logShare) }
      }
    }
  }
}

/// Draws of one proposal, with the density of them all.
private struct BalancedProposal<Value: Sendable>: Distribution {
  let base: AnyProposal<Value>
  let mixture: Balance<Value>

  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value {
    base.sample(using: &generator)
  }
  func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G
  ) {
    base.fill(&values, using: &generator)
  }
  func logDensity(of value: Value) -> Double {
    var result = [0.0]
    var span = result.mutableSpan
    mixture.logDensities(of: [value].span, into: &span)
    return result[0]
  }
  func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    mixture.logDensities(of: values, into: &results)
  }
}
