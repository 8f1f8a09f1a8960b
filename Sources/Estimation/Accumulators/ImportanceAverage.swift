internal import CKernels
import Diagnostics
import Foundation
import LinearAlgebra

/// Which of the two importance estimates is asked for.
enum ImportanceNormalization: Sendable {
  /// The mean of w f, with normalised densities.
  case exact
  /// sum w f / sum w, with densities up to a constant.
  case selfNormalized
}

/// The averages of the outputs of an integrand over weighted draws, with what their verdicts need.
struct ImportanceAverage: Sendable {
  private struct Output: Sendable {
    var sums = ImportanceAccumulator()
    var tail: ParetoTail
    /// Of f.
    var smallest = Double.infinity
    var largest = -Double.infinity
  }

  private let normalization: ImportanceNormalization
  private var outputs: [Output]
  private var weightTail: ParetoTail
  /// Of f with the weights w^2 (self-normalised), or of w f, where there are several outputs.
  private var products: CoMoments?
  /// How many evaluations of the density failed.
  var failures = 0

  init(
    outputs: Int, draws: Int, normalization: ImportanceNormalization,
    above thresholds: ImportanceThresholds? = nil
  ) {
    self.normalization = normalization
    self.outputs = (0..<outputs).map {
      Output(
        tail: ParetoTail(
          draws: draws, isLogarithmic: true, above: thresholds?.products[$0] ?? -.infinity))
    }
    weightTail = ParetoTail(
      draws: draws, isLogarithmic: true, above: thresholds?.weights ?? -.infinity)
    products = outputs > 1 ? CoMoments(outputs: outputs) : nil
  }

  /// Adds a block of draws.
  ///
  /// - Parameters:
  ///   - columns: the finite values of f at the draws with positive weight, `[outputs, positive]`.
  ///   - logWeights: of the same draws, above minus infinity; `[positive]`.
  ///   - zeros: how many draws have weight zero besides.
  ///   - memory: of the worker.
  mutating func add(
    _ columns: Span<Double>, logWeights: Span<Double>, zeros: Int, memory: inout ImportanceMemory
  ) {
    let positive = logWeights.count
    let extent = Extent(logWeights)
    let top = positive > 0 ? extent.largest : -.infinity
    if top > weightTail.threshold {
      logWeights.forEachPart(above: weightTail.threshold) { weightTail.insert(contentsOf: $0) }
    }
    memory.weights.withUnsafeMutableBufferPointer { weights in
      logWeights.withUnsafeBufferPointer { logWeights in
        for i in 0..<positive { weights[i] = logWeights[i] - top }
      }
      ck_exp(weights.baseAddress, weights.baseAddress, positive)
    }
    let weights = memory.weights
    let own = weights.span.extracting(0..<positive)
    let moments = MeanAccumulator(own, isConstant: extent.smallest == extent.largest)
    for k in outputs.indices {
      let part = k * positive..<(k + 1) * positive
      memory.products.withMutableSpan(part) {
        add(
          columns.extracting(part), weights: own, moments, top: top, zeros: zeros, products: &$0,
          to: k)
      }
    }
    addProducts(
      columns, weights: own, memory.products.span.extracting(0..<positive * outputs.count),
      top: top, zeros: zeros)
  }

  private mutating func add(
    _ values: Span<Double>, weights: Span<Double>, _ moments: MeanAccumulator, top: Double,
    zeros: Int, products: inout MutableSpan<Double>, to k: Int
  ) {
    let extent = Extent(values)
    outputs[k].smallest = min(outputs[k].smallest, extent.smallest)
    outputs[k].largest = max(outputs[k].largest, extent.largest)
    let sums = ImportanceAccumulator(
      values, extent, weights: weights, moments, top: top, products: &products, zeros: zeros,
      normalization)
    let largest = max(extent.largest, -extent.smallest)
    // A product can reach the tail only where the largest weight times the largest |f| does.
    if largest > 0, top + log(largest) > outputs[k].tail.threshold {
      // Somewhat less, so that rounding drops none that the tail itself would take.
      let least = exp(outputs[k].tail.threshold - top) * (1 - 1e-12)
      products.span.forEachPart(above: least, absolute: true) { products in
        for i in products.indices { outputs[k].tail.insert(top + log(products[i])) }
      }
    }
    outputs[k].sums.merge(sums)
  }

  private mutating func addProducts(
    _ columns: Span<Double>, weights: Span<Double>, _ products: Span<Double>, top: Double,
    zeros: Int
  ) {
    guard self.products != nil, weights.count > 0 || normalization == .exact else { return }
    let count = outputs.count
    var block: CoMoments
    switch normalization {
    case .selfNormalized:
      block = withUnsafeTemporaryAllocation(of: Double.self, capacity: weights.count) { squares in
        weights.withUnsafeBufferPointer { weights in
          for i in weights.indices { squares[i] = weights[i] * weights[i] }
        }
        return CoMoments(
          columns: columns, outputs: count, weights: UnsafeBufferPointer(squares).span)
      }
    case .exact:
      block = CoMoments(
        columns: products, outputs: count, weights: nil)
      block.merge(CoMoments(zeros: zeros, outputs: count))
    }
    // `outputs` hold the block already: their top is that of all so far.
    let all = outputs[0].sums.largestLogWeight
    rescale(&block, from: top, to: all)
    rescale(&self.products!, from: productTop, to: all)
    productTop = all
    self.products!.merge(block)
  }

  /// The log weight that `products` are relative to.
  private var productTop = -Double.infinity

  private func rescale(_ products: inout CoMoments, from old: Double, to new: Double) {
    guard old != new, old > -.infinity else { return }
    let factor = exp(old - new)
    switch normalization {
    case .selfNormalized: products.scaleWeights(by: factor * factor)
    case .exact: products.scaleValues(by: factor)
    }
  }

  mutating func merge(_ other: ImportanceAverage) {
    for k in outputs.indices {
      outputs[k].sums.merge(other.outputs[k].sums)
      outputs[k].tail.merge(other.outputs[k].tail)
      outputs[k].smallest = min(outputs[k].smallest, other.outputs[k].smallest)
      outputs[k].largest = max(outputs[k].largest, other.outputs[k].largest)
    }
    weightTail.merge(other.weightTail)
    failures += other.failures
    if var more = other.products {
      let all = outputs[0].sums.largestLogWeight
      rescale(&more, from: other.productTop, to: all)
      rescale(&products!, from: productTop, to: all)
      productTop = all
      products!.merge(more)
    }
  }

  /// How many draws there were.
  var count: Int { outputs[0].sums.count }

  var thresholds: ImportanceThresholds {
    ImportanceThresholds(
      weights: weightTail.threshold, products: outputs.map(\.tail.threshold))
  }

  /// The estimates, with what the distributions themselves say against them.
  func estimate(requested: Int, known: KnownConcerns? = nil) -> VectorEstimate {
    let results = outputs.enumerated().map { k, output -> Estimate in
      let sums = output.sums
      let (value, error) = normalization == .exact ? sums.unbiased : sums.selfNormalized
      var findings = Findings()
      findings.logEvidence = Findings.Measurement(
        value: sums.logEvidence.value, standardError: sums.logEvidence.standardError)
      findings.weightTailShape = weightTail.shape
      findings.productTailShape = output.tail.shape
      if normalization == .selfNormalized { findings.bias = sums.selfNormalizedBias }
      return Estimate(
        value: value, standardError: error, evaluations: count, draws: count,
        effectiveSampleSize: sums.effectiveSampleSize,
        diagnosis: Diagnosis(
          (known?.concerns(of: k) ?? [])
            + concerns(of: output, value: value, findings, requested: requested)),
        findings: findings)
    }
    return VectorEstimate(
      values: results.map(\.value), covariance: covariance(of: results),
      standardErrors: results.map(\.standardError), evaluations: count, draws: count,
      effectiveSampleSizes: results.map { $0.effectiveSampleSize! },
      diagnoses: results.map(\.diagnosis), findings: results.map(\.findings))
  }

  private func covariance(of results: [Estimate]) -> Matrix {
    var matrix = Matrix(rows: results.count, columns: results.count)
    if let products {
      let sums = outputs[0].sums
      switch normalization {
      case .selfNormalized:
        matrix = products.products(about: results.map(\.value))
        let total = sums.byWeight.count * sums.byWeight.count
        for i in matrix.elements.indices { matrix.elements[i] /= total }
      case .exact:
        matrix = products.centralProducts
        let scale = exp(sums.largestLogWeight)
        let count = Double(count)
        for i in matrix.elements.indices {
          matrix.elements[i] *= scale * scale / (count * (count - 1))
        }
      }
    }
    for (k, result) in results.enumerated() {
      matrix[k, k] = result.standardError * result.standardError
    }
    return matrix
  }

  private func concerns(
    of output: Output, value: Double, _ findings: Findings, requested: Int
  ) -> [Concern] {
    let sums = output.sums
    var concerns = importanceConcerns(
      sums, failures: failures, completed: count, requested: requested)
    guard sums.positive > 0 else { return concerns }
    // The unbiased estimate lives by w f alone, the self-normalised one by w as well. Heavy weights make for
    // an error that is uncertain long before intervals fail: a wider limit.
    var shapes = [findings.productTailShape]
    switch normalization {
    case .exact:
      let share = sums.largestProductShare
      if share > dominatingShare { concerns.append(.dominatingDraw(share: share)) }
      concerns += uncertaintyConcerns(
        sums.products.relativeErrorOfStandardError, limit: importanceErrorLimit)
    case .selfNormalized:
      shapes.append(findings.weightTailShape)
      concerns += sums.weightConcerns
      concerns += uncertaintyConcerns(
        sums.relativeErrorOfSelfNormalizedError, limit: importanceErrorLimit)
    }
    concerns += tailConcerns(shapes, draws: count)
    let isConstant =
      normalization == .selfNormalized
      ? output.smallest == output.largest : sums.products.isConstant && value == 0
    if isConstant { concerns.append(.constantValues) }
    return concerns
  }
}

/// What the sums over a block need, made once for each worker.
struct ImportanceMemory {
  /// `[drawsPerBlock]`.
  fileprivate var weights: [Double]
  /// `[outputs, drawsPerBlock]`.
  fileprivate var products: [Double]

  init(outputs: Int) {
    weights = [Double](repeating: 0, count: drawsPerBlock)
    products = [Double](repeating: 0, count: outputs * drawsPerBlock)
  }

  /// None, to stand in while another is in use.
  init() { (weights, products) = ([], []) }
}

/// What the tails of an importance average pass over.
struct ImportanceThresholds: Sendable {
  var weights: Double
  /// `[outputs]`.
  var products: [Double]
}

/// What speaks against importance sampling whatever is averaged.
func importanceConcerns(
  _ sums: ImportanceAccumulator, failures: Int, completed: Int, requested: Int
) -> [Concern] {
  var concerns: [Concern] = []
  if completed < requested {
    concerns.append(.cancelled(completed: completed, requested: requested))
  }
  if failures > 0 { concerns.append(.failedEvaluations(failures)) }
  if sums.positive == 0 { concerns.append(.noWeight) }
  if completed < fewestDraws { concerns.append(.tooFewDraws(completed)) }
  return concerns
}

/// Whether the heaviest of some tails leaves the error a meaning.
func tailConcerns(_ shapes: [Double?], draws: Int) -> [Concern] {
  let limit = ParetoTail.shapeLimit(draws: draws)
  guard draws >= fewestDraws, let shape = shapes.compactMap({ $0 }).max(), shape > limit else {
    return []
  }
  return [.heavyTail(shape: shape, limit: limit)]
}

/// What one draw may carry of a sum.
private let dominatingShare = 0.1

extension ImportanceAccumulator {
  /// What speaks against the weights.
  var weightConcerns: [Concern] {
    var concerns: [Concern] = []
    if largestShare > dominatingShare { concerns.append(.dominatingWeight(share: largestShare)) }
    if effectiveSampleSize < 20 { concerns.append(.fewEffectiveDraws(effectiveSampleSize)) }
    return concerns
  }
}
