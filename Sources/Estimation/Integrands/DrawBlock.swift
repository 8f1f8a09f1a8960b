import Distributions
import Randomness

/// The draws that go through a sampler side by side, in the forms in which they are made and asked:
/// single values, and of vectors rows that lie one after the other in memory.
struct DrawBlock<D: Distribution> {
  /// `[drawsPerBlock]`; not drawn where nothing takes single values.
  private var values: [D.Value]
  /// `[drawsPerBlock, dimension]`; empty where the draws are not vectors.
  private var rows: [Double] = []
  private let vectors: (any MultivariateDistribution)?
  private let dimension: Int
  private let keepsValues: Bool

  /// - Parameter needsValues: whether something takes single values, even of vectors.
  init(drawing distribution: D, needsValues: Bool) {
    // Any draw will do: it is overwritten.
    var generator = Philox(seed: 0)
    values = [D.Value](
      repeating: distribution.sample(using: &generator), count: drawsPerBlock)
    vectors = distribution as? any MultivariateDistribution
    dimension = vectors?.dimension ?? 1
    keepsValues = needsValues || vectors == nil
    if vectors != nil { rows = [Double](repeating: 0, count: drawsPerBlock * dimension) }
  }

  /// Draws the first `count` anew.
  mutating func fill<G: RandomNumberGenerator>(
    _ count: Int, from distribution: D, using generator: inout G
  ) {
    guard let vectors else {
      return values.withMutableSpan(0..<count) { distribution.fill(&$0, using: &generator) }
    }
    rows.withMutableSpan(0..<count * dimension) { vectors.fill(rows: &$0, using: &generator) }
    if keepsValues { copyRows(count) }
  }

  /// Vectors from the rows, into the memory that they have.
  private mutating func copyRows(_ count: Int) {
    let (rows, dimension) = (rows, dimension)
    values.withUnsafeMutableBufferPointer { values in
      rows.withUnsafeBufferPointer { rows in
        guard let base = values.baseAddress, let source = rows.baseAddress else { return }
        let vectors = UnsafeMutableRawPointer(base).assumingMemoryBound(to: [Double].self)
        for i in 0..<count {
          vectors[i].withUnsafeMutableBufferPointer {
            for j in 0..<dimension { $0[j] = source[i * dimension + j] }
          }
        }
      }
    }
  }

  /// The log densities of some of the draws under the distribution that they come from.
  func logDensities(
    _ count: Int, under distribution: D, into results: inout MutableSpan<Double>
  ) {
    if let vectors {
      vectors.logDensities(rows: rows.span.extracting(0..<count * dimension), into: &results)
    } else {
      distribution.logDensities(of: values.span.extracting(0..<count), into: &results)
    }
  }

  /// An integrand at some of the draws, `[count, outputs]`, every value finite.
  ///
  /// - Parameter number: the number of a draw at a place of the block.
  /// - Throws: as ``evaluate(_:on:into:number:)``.
  func evaluate(
    _ integrand: Integrand<D.Value>, at range: Range<Int>, into results: inout MutableSpan<Double>,
    number: (Int) -> Int
  ) throws {
    guard let body = integrand.rows, !rows.isEmpty else {
      return try Estimation.evaluate(
        integrand, on: values.span.extracting(range), into: &results,
        number: { number(range.lowerBound + $0) })
    }
    try evaluateChecked(
      outputs: integrand.outputs, isOneByOne: false, into: &results,
      number: { number(range.lowerBound + $0) }, name: { name(of: range.lowerBound + $0) },
      body: { try body(rows.span.extracting(coordinates(range)), &$0) })
  }

  /// The log densities of a target at some of the draws, not yet checked; returns how many failed.
  func logDensities(
    under target: TargetEvaluator<D.Value>, at range: Range<Int>,
    into results: inout MutableSpan<Double>
  ) throws -> Int {
    fillWithNaN(&results)
    if let byRows = target.rows, !rows.isEmpty {
      return try byRows(rows.span.extracting(coordinates(range)), &results)
    }
    return try target.values(values.span.extracting(range), &results)
  }

  /// Where in the rows some draws are.
  private func coordinates(_ draws: Range<Int>) -> Range<Int> {
    draws.lowerBound * dimension..<draws.upperBound * dimension
  }

  /// How a message names a draw.
  func name(of draw: Int) -> String {
    keepsValues
      ? "\(values[draw])" : "\(Array(rows[draw * dimension..<(draw + 1) * dimension]))"
  }

  /// The first draws; only where single values are kept.
  func prefix(_ count: Int) -> ArraySlice<D.Value> { values[..<count] }

  /// Moves the draws at `places`, rising, to the front.
  mutating func moveForward(_ places: [Int], count: Int) {
    if keepsValues {
      values.withUnsafeMutableBufferPointer { values in
        if D.Value.self == Double.self, let base = values.baseAddress {
          // The generic loop is not compiled for numbers.
          let numbers = UnsafeMutableRawPointer(base).assumingMemoryBound(to: Double.self)
          for i in 0..<count { numbers[i] = numbers[places[i]] }
        } else {
          for i in 0..<count where places[i] != i { values.swapAt(i, places[i]) }
        }
      }
    }
    if vectors == nil { return }
    let size = dimension
    rows.withUnsafeMutableBufferPointer { rows in
      guard let rows = rows.baseAddress else { return }
      for i in 0..<count where places[i] != i {
        (rows + i * size).update(from: rows + places[i] * size, count: size)
      }
    }
  }
}
