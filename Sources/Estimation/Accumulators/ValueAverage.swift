internal import CKernels
import Diagnostics
import LinearAlgebra

/// With fewer draws no verdict is possible: a tail of 20 values, a fifth of them, is the least.
let fewestDraws = 100

/// Whether a standard error is known well enough, to about 15 %.
func uncertaintyConcerns(_ share: Double, limit: Double = 0.15) -> [Concern] {
  share > limit ? [.uncertainError(relative: share)] : []
}

/// The uncertainty of a standard error that importance sampling may have.
let importanceErrorLimit = 0.25

/// The average of equally weighted values of one output, with what its verdict needs.
struct ValueAverage: Sendable {
  private(set) var moments = MeanAccumulator()
  private var upper: ParetoTail
  private var lower: ParetoTail

  /// - Parameter thresholds: of the average into which this one will be merged.
  init(draws: Int, above thresholds: TailThresholds = TailThresholds()) {
    upper = ParetoTail(draws: draws, isLogarithmic: false, above: thresholds.upper)
    lower = ParetoTail(draws: draws, isLogarithmic: false, above: thresholds.lower)
  }

  /// Adds a block of values, which are finite.
  mutating func add(_ values: Span<Double>, _ extent: Extent) {
    moments.merge(MeanAccumulator(values, extent))
    if extent.largest > upper.threshold {
      values.forEachPart(above: upper.threshold) { upper.insert(contentsOf: $0) }
    }
    if -extent.smallest > lower.threshold {
      for i in values.indices where -values[i] > lower.threshold { lower.insert(-values[i]) }
    }
  }

  mutating func merge(_ other: ValueAverage) {
    moments.merge(other.moments)
    upper.merge(other.upper)
    lower.merge(other.lower)
  }

  var thresholds: TailThresholds {
    TailThresholds(upper: upper.threshold, lower: lower.threshold)
  }

  var count: Int { Int(moments.count) }

  /// What speaks against the mean and its standard error.
  func concerns(requested: Int) -> [Concern] {
    var concerns: [Concern] = []
    if count < requested { concerns.append(.cancelled(completed: count, requested: requested)) }
    if count < fewestDraws { concerns.append(.tooFewDraws(count)) }
    if moments.isConstant { concerns.append(.constantValues) }
    concerns += uncertaintyConcerns(moments.relativeErrorOfStandardError)
    concerns += tailConcerns([upper.shape, lower.shape], draws: count)
    return concerns
  }
}

extension Span<Double> {
  /// Hands over those values, or absolute values, that lie above a threshold, some at a time.
  func forEachPart(
    above threshold: Double, absolute: Bool = false, _ body: (Span<Double>) -> Void
  ) {
    // So many fit on the stack.
    let most = 120
    withUnsafeBufferPointer { values in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: most + 1) { memory in
        guard let base = values.baseAddress else { return }
        for start in stride(from: 0, to: values.count, by: most) {
          let found = ck_above(
            base + start, Swift.min(most, values.count - start), threshold, absolute ? 1 : 0,
            memory.baseAddress)
          if found > 0 { body(UnsafeBufferPointer(rebasing: memory[..<found]).span) }
        }
      }
    }
  }
}

/// What the tails of an average pass over.
struct TailThresholds: Sendable {
  var upper = -Double.infinity
  var lower = -Double.infinity
}

/// The averages of the outputs of an integrand over equally weighted draws.
struct DrawAverage: Sendable {
  private(set) var outputs: [ValueAverage]
  private var products: CoMoments?

  init(outputs: Int, draws: Int, above thresholds: [TailThresholds]? = nil) {
    self.outputs = (0..<outputs).map {
      ValueAverage(draws: draws, above: thresholds?[$0] ?? TailThresholds())
    }
    products = outputs > 1 ? CoMoments(outputs: outputs) : nil
  }

  /// Adds a block of finite values, `[count, outputs]`.
  ///
  /// - Parameter columns: memory for as many.
  mutating func add(_ values: Span<Double>, columns: inout MutableSpan<Double>) {
    guard outputs.count > 1 else { return outputs[0].add(values, Extent(values)) }
    let count = transpose(values, outputs: outputs.count, into: &columns)
    let columns = columns.span
    for k in outputs.indices {
      let column = columns.extracting(k * count..<(k + 1) * count)
      outputs[k].add(column, Extent(column))
    }
    products?.merge(
      CoMoments(
        columns: columns.extracting(0..<values.count), outputs: outputs.count, weights: nil))
  }

  mutating func merge(_ other: DrawAverage) {
    for k in outputs.indices { outputs[k].merge(other.outputs[k]) }
    if let more = other.products { products?.merge(more) }
  }

  /// How many draws there were.
  var count: Int { outputs[0].count }

  /// The estimates, with what else speaks against them.
  func estimate(
    evaluations: Int, requested: Int, concerns: [Concern] = [], findings: Findings = Findings()
  ) -> VectorEstimate {
    let count = Double(count)
    var covariance = Matrix(rows: outputs.count, columns: outputs.count)
    if let products {
      covariance = products.centralProducts
      for i in covariance.elements.indices { covariance.elements[i] /= (count - 1) * count }
    }
    let errors = outputs.map(\.moments.standardError)
    for k in errors.indices { covariance[k, k] = errors[k] * errors[k] }
    return VectorEstimate(
      values: outputs.map(\.moments.mean), covariance: covariance, standardErrors: errors,
      evaluations: evaluations,
      draws: self.count, effectiveSampleSizes: outputs.map { _ in count },
      diagnoses: outputs.map { Diagnosis(concerns + $0.concerns(requested: requested)) },
      findings: outputs.map { _ in findings })
  }
}

/// `[count, outputs]` to `[outputs, count]`; returns the count.
@discardableResult
func transpose(
  _ values: Span<Double>, outputs: Int, into columns: inout MutableSpan<Double>
) -> Int {
  let count = values.count / outputs
  precondition(columns.count >= values.count, "\(columns.count) places for \(values.count)")
  values.withUnsafeBufferPointer { values in
    columns.withUnsafeMutableBufferPointer { columns in
      for k in 0..<outputs {
        for i in 0..<count { columns[k * count + i] = values[i * outputs + k] }
      }
    }
  }
  return count
}
