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
    fillWithNaN(&values)
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
    if !integrand.isOneByOne { fillWithNaN(&values) }
    do {
      try integrand.body(workspace.points.span.extracting(0..<count), &values)
    } catch let failure as DrawFailure {
      throw failure
    } catch {
      throw DrawFailure(index: 0, underlying: error)
    }
  }
}

/// A density known up to a constant, as a logarithm, and functions to average under it. They are not
/// asked where the density is zero.
struct DensityIntegrand: RowIntegrand {
  let target: Target<[Double]>
  let integrand: Integrand<[Double]>
  var outputs: Int { 1 + integrand.outputs }
  var isLogarithmic: Bool { true }

  struct Workspace {
    var points: [[Double]]
    var logDensities: [Double]
    let target: Target<[Double]>.Evaluator
    /// The numbers of the places with a density, which come first among the points.
    var living: [Int] = []
    var values: [Double]
  }

  func makeWorkspace(dimension: Int) -> Workspace {
    Workspace(
      points: [[Double]](
        repeating: [Double](repeating: 0, count: dimension), count: drawsPerBlock),
      logDensities: [Double](repeating: 0, count: drawsPerBlock), target: target.makeEvaluator(),
      values: [Double](repeating: 0, count: drawsPerBlock * integrand.outputs))
  }

  func evaluate(
    _ rows: Span<Double>, into values: inout MutableSpan<Double>, in workspace: inout Workspace,
    failures: inout Int
  ) throws {
    let (outputs, functions) = (outputs, integrand.outputs)
    let count = values.count / outputs
    for start in stride(from: 0, to: count, by: drawsPerBlock) {
      let size = min(drawsPerBlock, count - start)
      for i in 0..<size { copyRow(rows, start + i, into: &workspace.points[i]) }
      do {
        let (points, evaluator) = (workspace.points, workspace.target)
        failures += try workspace.logDensities.withMutableSpan(0..<size) {
          try Estimation.evaluate(evaluator, on: points.span.extracting(0..<size), into: &$0)
        }
      }
      workspace.living.removeAll(keepingCapacity: true)
      for i in 0..<size {
        let logDensity = workspace.logDensities[i]
        values[outputs * (start + i)] = logDensity
        for k in 0..<functions { values[outputs * (start + i) + 1 + k] = 0 }
        if logDensity > -.infinity {
          workspace.points.swapAt(workspace.living.count, i)
          workspace.living.append(i)
        }
      }
      let living = workspace.living
      guard !living.isEmpty else { continue }
      do {
        let places = workspace.points
        try workspace.values.withMutableSpan(0..<living.count * functions) {
          fillWithNaN(&$0)
          try integrand.body(places.span.extracting(0..<living.count), &$0)
        }
      } catch let failure as DrawFailure {
        throw DrawFailure(index: start + living[failure.index], underlying: failure.underlying)
      } catch {
        throw DrawFailure(index: start + living[0], underlying: error)
      }
      for (position, i) in living.enumerated() {
        for k in 0..<functions {
          values[outputs * (start + i) + 1 + k] = workspace.values[position * functions + k]
        }
      }
    }
  }
}
