/// A function whose expectation is wanted: scalar or vector valued, given one draw or many at a time.
///
/// The samplers take closures; they are turned into this form, which works on many draws at a time, in
/// the caller's module, so that a closure is compiled into the loop over the draws.
public struct Integrand<Value: Sendable>: Sendable {
  /// How many numbers it gives for a draw.
  public let outputs: Int
  /// From `[count]` draws to `[count, outputs]` numbers.
  @usableFromInline
  let body: @Sendable (Span<Value>, inout MutableSpan<Double>) throws -> Void
  /// Whether a failure of `body` tells the draw.
  @usableFromInline let isOneByOne: Bool
  /// The same from `[count, dimension]` coordinates, where it takes them.
  private(set) var rows: (@Sendable (Span<Double>, inout MutableSpan<Double>) throws -> Void)?

  @usableFromInline
  init(
    outputs: Int, isOneByOne: Bool,
    body: @escaping @Sendable (Span<Value>, inout MutableSpan<Double>) throws -> Void
  ) {
    (self.outputs, self.isOneByOne, self.body) = (outputs, isOneByOne, body)
  }

  /// A number for each draw.
  @inlinable @inline(__always)
  public init(_ function: @escaping @Sendable (Value) throws -> Double) {
    self.init(outputs: 1, isOneByOne: true) { draws, values in
      try draws.withUnsafeBufferPointer { draws in
        try values.withUnsafeMutableBufferPointer { values in
          var i = 0
          do {
            while i < draws.count {
              values[i] = try function(draws[i])
              i &+= 1
            }
          } catch {
            throw DrawFailure(index: i, underlying: error)
          }
        }
      }
    }
  }

  /// Several numbers for each draw.
  ///
  /// - Parameter outputs: how many; a function that returns another number of them stops the program.
  @inlinable @inline(__always)
  public init(outputs: Int, _ function: @escaping @Sendable (Value) throws -> [Double]) {
    precondition(outputs > 0, "\(outputs) outputs")
    self.init(outputs: outputs, isOneByOne: true) { draws, values in
      var i = 0
      do {
        while i < draws.count {
          let row = try function(draws[i])
          precondition(row.count == outputs, "\(row.count) values where \(outputs) were promised")
          for k in 0..<outputs { values[i * outputs + k] = row[k] }
          i += 1
        }
      } catch {
        throw DrawFailure(index: i, underlying: error)
      }
    }
  }

  /// Many draws at a time.
  ///
  /// - Parameters:
  ///   - outputs: how many numbers for each draw.
  ///   - batch: is given `[count]` draws, for any count, and fills `[count, outputs]` numbers, each of which
  ///     may depend on its own draw only: how draws are put together depends on the time they take.
  public init(
    outputs: Int = 1,
    batch: @escaping @Sendable (Span<Value>, inout MutableSpan<Double>) throws -> Void
  ) {
    precondition(outputs > 0, "\(outputs) outputs")
    self.init(outputs: outputs, isOneByOne: false, body: batch)
  }
}

extension Integrand where Value == [Double] {
  /// Many draws at a time, one after the other in memory.
  ///
  /// - Parameters:
  ///   - outputs: how many numbers for each draw.
  ///   - rows: is given `[count, dimension]` coordinates, for any count, and fills `[count, outputs]`
  ///     numbers.
  public init(
    outputs: Int = 1,
    rows: @escaping @Sendable (Span<Double>, inout MutableSpan<Double>) throws -> Void
  ) {
    precondition(outputs > 0, "\(outputs) outputs")
    self.init(outputs: outputs, isOneByOne: false) { draws, values in
      try withRows(of: draws) { try rows($0, &values) }
    }
    self.rows = rows
  }
}

/// What a function of one draw threw, and at which of many.
@usableFromInline
struct DrawFailure: Error {
  let index: Int
  let underlying: any Error

  @usableFromInline
  init(index: Int, underlying: any Error) { (self.index, self.underlying) = (index, underlying) }
}

/// The coordinates of some draws, `[count, dimension]`.
func withRows<Result>(
  of draws: Span<[Double]>, _ body: (Span<Double>) throws -> Result
) rethrows -> Result {
  let dimension = draws.count > 0 ? draws[0].count : 0
  return try withUnsafeTemporaryAllocation(of: Double.self, capacity: draws.count * dimension) {
    rows in
    for i in draws.indices {
      draws[i].withUnsafeBufferPointer {
        (rows.baseAddress! + i * dimension).initialize(from: $0.baseAddress!, count: dimension)
      }
    }
    return try body(UnsafeBufferPointer(rows).span)
  }
}
