import Distributions
import Randomness

/// The memory of one worker: a block of draws, and what an integrand makes of them.
struct SamplerWorkspace<D: Distribution> {
  private let outputs: Int
  var draws: DrawBlock<D>
  /// `[drawsPerBlock, outputs]`.
  private(set) var values: [Double]
  /// The same, one output after the other.
  private var columns: [Double]
  private var pace = Pace()

  /// - Parameter target: which is asked too; nil where the draws come from it.
  init(
    drawing distribution: D, for integrand: Integrand<D.Value>?, target: Target<D.Value>? = nil
  ) {
    outputs = integrand?.outputs ?? 0
    draws = DrawBlock(
      drawing: distribution,
      needsValues: integrand?.rows == nil || (target != nil && target?.makeRowEvaluator == nil))
    values = [Double](repeating: 0, count: drawsPerBlock * outputs)
    columns = outputs > 1 ? values : []
  }

  /// Draws the first `count` of the block anew.
  mutating func fill<G: RandomNumberGenerator>(
    _ count: Int, from distribution: D, using generator: inout G
  ) {
    draws.fill(count, from: distribution, using: &generator)
  }

  /// The integrand at the first `count` draws, in pieces that a cancellation can come between.
  ///
  /// - Parameter number: the number of the draw at a place of the block.
  /// - Returns: how many were done.
  mutating func evaluate(
    _ integrand: Integrand<D.Value>, count: Int, number: (Int) -> Int, isCancelled: () -> Bool
  ) throws -> Int {
    let (draws, outputs) = (draws, outputs)
    var done = 0
    while done < count, !isCancelled() {
      done = try pace.next(from: done, to: count) { piece in
        try values.withMutableSpan(piece.lowerBound * outputs..<piece.upperBound * outputs) {
          try draws.evaluate(integrand, at: piece, into: &$0, number: number)
        }
      }
    }
    return done
  }

  /// Adds the values of the first `count` draws.
  mutating func add(_ count: Int, to average: inout DrawAverage) {
    guard count > 0 else { return }
    let (values, outputs) = (values, outputs)
    columns.withMutableSpan(0..<columns.count) {
      average.add(values.span.extracting(0..<count * outputs), columns: &$0)
    }
  }

  /// The values of the first `count` draws of one output, in memory one after the other.
  mutating func withColumns<Result>(
    _ count: Int, _ body: (Span<Double>) throws -> Result
  ) rethrows -> Result {
    guard outputs > 1 else { return try body(values.span.extracting(0..<count)) }
    let (values, outputs) = (values, outputs)
    columns.withMutableSpan(0..<columns.count) { columns in
      _ = transpose(
        values.span.extracting(0..<count * outputs), outputs: outputs, into: &columns)
    }
    return try body(columns.span.extracting(0..<count * outputs))
  }
}

/// Cuts a block into pieces of about a millisecond, so that a slow integrand can be cancelled. What is
/// cut where changes no result.
struct Pace {
  private var size = 1
  /// Whole blocks since the last that was timed.
  private var untimed = 0

  /// Does the next piece, from `done` on; returns where it ended.
  mutating func next(
    from done: Int, to count: Int, _ body: (Range<Int>) throws -> Void
  ) rethrows -> Int {
    let piece = done..<min(count, done + size)
    if size == drawsPerBlock, untimed < 7 {
      untimed += 1
      try body(piece)
    } else {
      untimed = 0
      let start = ContinuousClock.now
      try body(piece)
      adapt(to: ContinuousClock.now - start)
    }
    return piece.upperBound
  }

  /// After a piece that took so long.
  private mutating func adapt(to time: Duration) {
    if time < .milliseconds(1) {
      size = min(2 * size, drawsPerBlock)
    } else if time > .milliseconds(10) {
      size = max(1, size / 16)
    }
  }
}

extension Array {
  /// Some of the elements as a span.
  mutating func withMutableSpan<Result>(
    _ range: Range<Int>, _ body: (inout MutableSpan<Element>) throws -> Result
  ) rethrows -> Result {
    try withUnsafeMutableBufferPointer {
      let part = UnsafeMutableBufferPointer(rebasing: $0[range])
      var span = part.mutableSpan
      return try body(&span)
    }
  }
}
