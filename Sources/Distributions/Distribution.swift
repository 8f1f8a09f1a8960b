/// A probability distribution: it can be sampled and knows its normalised log density.
///
/// A distribution is validated once, when it is made; after that nothing can fail.
public protocol Distribution<Value>: Sendable {
  associatedtype Value: Sendable

  /// One draw.
  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value

  /// One draw in place of `value`, whose memory is reused where it can be.
  func sample<G: RandomNumberGenerator>(into value: inout Value, using generator: inout G)

  /// Independent draws into the caller's memory.
  ///
  /// From a `Philox` some distributions draw many values side by side: other draws than one at a
  /// time, and as many positions of the stream. A fill may be cut anywhere without changing a draw.
  func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G)

  /// The logarithm of the normalised density (or probability) at `value`; minus infinity outside
  /// the support.
  func logDensity(of value: Value) -> Double

  /// `logDensity(of:)` of each value into the caller's memory. Some distributions compute several side
  /// by side, which may differ from one at a time in the last digits; a result depends on its value
  /// alone, not on where it stands or on what stands beside it.
  ///
  /// - Parameter results: as many places as there are values.
  func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>)
}

extension Distribution {
  @inlinable
  public func sample<G: RandomNumberGenerator>(into value: inout Value, using generator: inout G) {
    value = sample(using: &generator)
  }

  @inlinable
  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G
  ) {
    for i in values.indices { sample(into: &values[i], using: &generator) }
  }

  @inlinable
  public func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    requirePlaces(results.count, for: values.count)
    for i in values.indices { results[i] = logDensity(of: values[i]) }
  }
}

/// What a univariate distribution is of: `Double` or `Int`. It knows how a tail is inverted.
public protocol UnivariateValue: Comparable, Sendable {
  /// The place in `range` where a tail of `distribution` passes p; see `quantile`.
  ///
  /// - Parameter start: a first guess for a probability and a side; nil for none.
  static func _inverted<D: UnivariateDistribution>(
    _ distribution: D, _ p: Double, upper: Bool, in range: ClosedRange<Self>,
    start: (Double, Bool) -> Self?
  ) -> Self where D.Value == Self
  /// The largest value whose cdf does not count `self`; of a Double itself.
  var _predecessor: Self { get }
  var _double: Double { get }
}

/// A distribution of one variable: ``ContinuousDistribution`` or ``DiscreteDistribution``.
public protocol UnivariateDistribution<Value>: UnitCubeTransform where Value: UnivariateValue {
  /// P(X <= x).
  func cdf(_ x: Value) -> Double
  /// P(X > x), without cancellation in the upper tail.
  func survival(_ x: Value) -> Double
  /// The x with cdf(x) = p, for p in [0, 1]; of a discrete one the smallest with cdf(x) >= p.
  func quantile(_ p: Double) -> Value
  /// The x with survival(x) = q, for q in [0, 1], which reaches an upper tail as far as `quantile`
  /// a lower one; of a discrete one the smallest with survival(x) <= q.
  func survivalQuantile(_ q: Double) -> Value
  /// The expectation; NaN where it does not exist.
  var mean: Double { get }
  /// The variance; infinite or NaN where it does not exist.
  var variance: Double { get }
  /// The smallest closed interval outside which the density is zero.
  var support: ClosedRange<Value> { get }
}

/// A continuous distribution of one real variable.
public protocol ContinuousDistribution: UnivariateDistribution where Value == Double {}

/// A distribution of integers. `Int.max` stands for whatever lies beyond it, as an infinity does for
/// a Double.
public protocol DiscreteDistribution: UnivariateDistribution where Value == Int {}

/// A distribution of vectors, `[dimension]`.
public protocol MultivariateDistribution: Distribution where Value == [Double] {
  var dimension: Int { get }

  /// Independent draws into the caller's memory, `[draws, dimension]`, draw after draw. It may be cut
  /// between any two draws.
  ///
  /// - Parameter rows: a whole number of draws.
  func fill<G: RandomNumberGenerator>(rows: inout MutableSpan<Double>, using generator: inout G)

  /// The log density of each row into the caller's memory; see `logDensities(of:into:)`.
  ///
  /// - Parameters:
  ///   - rows: `[draws, dimension]`.
  ///   - results: as many places as there are rows.
  func logDensities(rows: Span<Double>, into results: inout MutableSpan<Double>)
}

extension MultivariateDistribution {
  @inlinable
  public func fill<G: RandomNumberGenerator>(
    rows: inout MutableSpan<Double>, using generator: inout G
  ) {
    fillRowsOneByOne(&rows, using: &generator)
  }

  @inlinable
  func fillRowsOneByOne<G: RandomNumberGenerator>(
    _ rows: inout MutableSpan<Double>, using generator: inout G
  ) {
    guard dimension > 0 else { return }
    precondition(
      rows.count % dimension == 0, "\(rows.count) places for draws of [\(dimension)]")
    var value = [Double](repeating: 0, count: dimension)
    for start in stride(from: 0, to: rows.count, by: dimension) {
      sample(into: &value, using: &generator)
      for i in 0..<dimension { rows[start + i] = value[i] }
    }
  }

  @inlinable
  public func logDensities(rows: Span<Double>, into results: inout MutableSpan<Double>) {
    requireRows(rows.count, of: dimension, for: results.count)
    var value = [Double](repeating: 0, count: dimension)
    for row in results.indices {
      for i in 0..<dimension { value[i] = rows[row * dimension + i] }
      results[row] = logDensity(of: value)
    }
  }
}

@inlinable
func requireProbability(_ p: Double) {
  precondition(p >= 0 && p <= 1, "\(p) is not a probability")
}

@inlinable
func requirePlaces(_ places: Int, for values: Int) {
  precondition(places == values, "\(places) places for the log densities of \(values) values")
}

@inlinable
func requireRows(_ elements: Int, of dimension: Int, for places: Int) {
  precondition(
    elements == places * dimension,
    "\(places) places for the log densities of \(elements) elements in rows of [\(dimension)]")
}
