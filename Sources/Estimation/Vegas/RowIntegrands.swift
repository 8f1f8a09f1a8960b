import Densities

/// An integrand as VEGAS asks it: many places at a time, one after the other in memory.
protocol RowIntegrand: Sendable {
  associatedtype Workspace
  /// How many numbers it gives for a place.
  var outputs: Int { get }
  /// Whether the first of them is a logarithm, by whose exponential the others are multiplied.
  var isLogarithmic: Bool { get }
  /// Called once by each worker.
  func makeWorkspace(dimension: Int) -> Workspace
  /// From `[count, dimension]` coordinates to `[count, outputs]` numbers.
  /// - Throws: ``DrawFailure`` for what a closure of the user throws; anything else goes through.
  func evaluate(
    _ rows: Span<Double>, into values: inout MutableSpan<Double>, in workspace: inout Workspace,
    failures: inout Int
  ) throws
}

/// Copies a row into an array that is reused.
@inline(__always)
func copyRow(_ rows: Span<Double>, _ row: Int, into point: inout [Double]) {
  let dimension = point.count
  point.withUnsafeMutableBufferPointer { point in
    for axis in 0..<dimension { point[axis] = rows[row * dimension + axis] }
  }
}

/// A number for each place.
struct PointIntegrand: RowIntegrand {
  let function: @Sendable ([Double]) throws -> Double
  var outputs: Int { 1 }
  var isLogarithmic: Bool { false }

  func makeWorkspace(dimension: Int) -> [Double] { [Double](repeating: 0, count: dimension) }

  func evaluate(
    _ rows: Span<Double>, into values: inout MutableSpan<Double>, in point: inout [Double],
    failures: inout Int
  ) throws {
    var i = 0
    do {
      while i < values.count {
        copyRow(rows, i, into: &point)
        values[i] = try function(point)
        i += 1
      }
    } catch {
      throw DrawFailure(index: i, underlying: error)
    }
  }
}

/// Many places at a time.
struct BatchIntegrand: RowIntegrand {
  let function: @Sendable (Span<Double>, inout MutableSpan<Double>) throws -> Void
  var outputs: Int { 1 }
  var isLogarithmic: Bool { false }

  func makeWorkspace(dimension: Int) {}

  func evaluate(
    _ rows: Span<Double>, into values: inout MutableSpan<Double>, in workspace: inout Void,
    failures: inout Int
  ) throws {
    do { try function(rows, &values) } catch { throw DrawFailure(index: 0, underlying: error) }
  }
}

/// Several numbers for each place, or a batch of arrays.
struct VectorIntegrand: RowIntegrand {
  let integrand: Integrand<[Double]>
  var outputs: Int { integrand.outputs }
  var isLogarithmic: Bool { false }

  struct Workspace {
    let dimension: Int
    var points: [[Double]] = []
  }

  func makeWorkspace(dimension: Int) -> Workspace { Workspace(dimension: dimension) }

  func evaluate(
    _ rows: Span<Double>, into values: inout MutableSpan<Double>, in workspace: inout Workspace,
    failures: inout Int
  ) throws {
    let count = values.count / outputs
    let dimension = workspace.dimension
    while workspace.points.count < count {
      workspace.points.append([Double](repeating: 0, count: dimension))
    }
    for i in 0..<count { copyRow(rows, i, into: &workspace.points[i]) }
    do {
      try integrand.body(workspace.points.span.extracting(0..<count), &values)
    } catch let failure as DrawFailure {
      throw failure
    } catch {
      throw DrawFailure(index: 0, underlying: error)
    }
  }
}

/// A density known up to a constant, as a logarithm, and a function to average under it. The function
/// is not asked where the density is zero.
struct DensityIntegrand: RowIntegrand {
  let target: Target<[Double]>
  let function: @Sendable ([Double]) throws -> Double
  var outputs: Int { 2 }
  var isLogarithmic: Bool { true }

  struct Workspace {
    var points: [[Double]]
    var logDensities: [Double]
    let target: Target<[Double]>.Evaluator
  }

  func makeWorkspace(dimension: Int) -> Workspace {
    Workspace(
      points: [[Double]](
        repeating: [Double](repeating: 0, count: dimension), count: drawsPerBlock),
      logDensities: [Double](repeating: 0, count: drawsPerBlock), target: target.makeEvaluator())
  }

  func evaluate(
    _ rows: Span<Double>, into values: inout MutableSpan<Double>, in workspace: inout Workspace,
    failures: inout Int
  ) throws {
    let count = values.count / 2
    for start in stride(from: 0, to: count, by: drawsPerBlock) {
      let size = min(drawsPerBlock, count - start)
      for i in 0..<size { copyRow(rows, start + i, into: &workspace.points[i]) }
      let (points, evaluator) = (workspace.points, workspace.target)
      failures += try workspace.logDensities.withMutableSpan(0..<size) {
        try Estimation.evaluate(evaluator, on: points.span.extracting(0..<size), into: &$0)
      }
      for i in 0..<size {
        let logDensity = workspace.logDensities[i]
        values[2 * (start + i)] = logDensity
        do {
          values[2 * (start + i) + 1] = logDensity > -.infinity ? try function(points[i]) : 0
        } catch {
          throw DrawFailure(index: start + i, underlying: error)
        }
      }
    }
  }
}
