/// A distribution as the image of the uniform distribution on a unit cube: what methods take that choose
/// their points in the cube themselves (antithetic, stratified, Latin hypercube, quasi-Monte Carlo).
///
/// ```
/// X = T(U),   U uniform on (0, 1)^cubeDimension
/// ```
///
/// A distribution of one variable is that by its quantile; ``Independent`` variables by one quantile
/// each, a ``MultivariateNormal`` by its Cholesky factor times normal quantiles, a
/// ``MultivariateStudentT`` with one coordinate more for its radius.
///
/// ```swift
/// var draws = [0.0, 0, 0]
/// var span = draws.mutableSpan
/// try Exponential(rate: 2).transform([0.25, 0.5, 0.75].span, into: &span)
/// ```
public protocol UnitCubeTransform<Value>: Distribution {
  /// How many coordinates of a point make one draw.
  var cubeDimension: Int { get }

  /// The draws that belong to points of the cube. The memory of arrays in `values` is reused.
  ///
  /// - Parameters:
  ///   - points: `[count, cubeDimension]`, inside (0, 1): where a quantile is infinite at 0 or 1, the
  ///     draw is too.
  ///   - values: `[count]`.
  func transform(_ points: Span<Double>, into values: inout MutableSpan<Value>)
}

extension UnivariateDistribution {
  /// One.
  @inlinable public var cubeDimension: Int { 1 }

  /// The quantile of each point.
  @inlinable
  public func transform(_ points: Span<Double>, into values: inout MutableSpan<Value>) {
    requirePoints(points.count, for: values.count, cubeDimension: 1)
    for i in values.indices { values[i] = quantile(points[i]) }
  }
}

@usableFromInline
func requirePoints(_ points: Int, for values: Int, cubeDimension: Int) {
  precondition(
    points == values * cubeDimension,
    "\(points) coordinates for \(values) draws of \(cubeDimension) coordinates each")
}

extension Independent: UnitCubeTransform {
  /// The dimension.
  public var cubeDimension: Int { dimension }

  /// The quantile of each coordinate, by its own marginal.
  public func transform(_ points: Span<Double>, into values: inout MutableSpan<[Marginal.Value]>) {
    let (dimension, count) = (dimension, values.count)
    requirePoints(points.count, for: count, cubeDimension: dimension)
    guard count > 0, dimension > 0 else {
      for i in values.indices { values[i] = [] }
      return
    }
    let sample = marginals[0].support.lowerBound
    for i in values.indices where values[i].count != dimension {
      values[i] = [Marginal.Value](repeating: sample, count: dimension)
    }
    var column = [Double](repeating: 0, count: count)
    // `[dimension, count]`.
    withUnsafeTemporaryAllocation(of: Marginal.Value.self, capacity: dimension * count) { draws in
      draws.initialize(repeating: sample)
      for j in 0..<dimension {
        for i in 0..<count { column[i] = points[i * dimension + j] }
        let part = UnsafeMutableBufferPointer(rebasing: draws[j * count..<(j + 1) * count])
        var span = part.mutableSpan
        marginals[j].transform(column.span, into: &span)
      }
      values.withUnsafeMutableBufferPointer { values in
        // Doubles are copied as such, not by what the compiler knows of any value.
        if Marginal.Value.self == Double.self {
          turn(
            UnsafeRawPointer(draws.baseAddress!).assumingMemoryBound(to: Double.self),
            UnsafeMutableRawPointer(values.baseAddress!).assumingMemoryBound(to: [Double].self),
            count, dimension)
        } else {
          turn(draws.baseAddress!, values.baseAddress!, count, dimension)
        }
      }
    }
  }
}

/// Columns `[dimension, count]` as rows.
@inline(__always)
private func turn<Value>(
  _ columns: UnsafePointer<Value>, _ rows: UnsafeMutablePointer<[Value]>, _ count: Int,
  _ dimension: Int
) {
  for i in 0..<count {
    rows[i].withUnsafeMutableBufferPointer { row in
      for j in 0..<dimension { row[j] = columns[j * count + i] }
    }
  }
}

extension MultivariateNormal: UnitCubeTransform {
  /// The dimension.
  public var cubeDimension: Int { dimension }

  /// mean + L z, or mean + L^-T z of one that was made with a precision, with the normal quantiles z of
  /// the point.
  public func transform(_ points: Span<Double>, into values: inout MutableSpan<[Double]>) {
    requirePoints(points.count, for: values.count, cubeDimension: dimension)
    let dimension = dimension
    var normals = [Double](repeating: 0, count: points.count)
    var rows = normals.mutableSpan
    normalQuantiles(of: points, into: &rows)
    for draw in values.indices {
      scale.correlate(&rows, at: draw * dimension)
      if values[draw].count != dimension { values[draw] = mean }
      values[draw].withUnsafeMutableBufferPointer { value in
        for i in 0..<dimension { value[i] = mean[i] + rows[draw * dimension + i] }
      }
    }
  }
}

extension MultivariateStudentT: UnitCubeTransform {
  /// The dimension and one more.
  public var cubeDimension: Int { dimension + 1 }

  /// location + r L z: the first coordinate of a point gives the radius r, by the quantile of a
  /// Gamma(df / 2, df / 2) variable's inverse root, the others the normal quantiles z.
  public func transform(_ points: Span<Double>, into values: inout MutableSpan<[Double]>) {
    requirePoints(points.count, for: values.count, cubeDimension: dimension + 1)
    let dimension = dimension
    var normals = [Double](repeating: 0, count: points.count)
    var rows = normals.mutableSpan
    normalQuantiles(of: points, into: &rows)
    for draw in values.indices {
      let start = draw * (dimension + 1)
      let stretch = standard.stretch(atQuantile: points[start])
      scale.correlate(&rows, at: start + 1)
      if values[draw].count != dimension { values[draw] = location }
      values[draw].withUnsafeMutableBufferPointer { value in
        for i in 0..<dimension { value[i] = location[i] + stretch * rows[start + 1 + i] }
      }
    }
  }
}
