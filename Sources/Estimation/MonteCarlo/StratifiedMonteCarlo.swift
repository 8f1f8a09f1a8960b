import Distributions
import Execution
import Foundation
import LinearAlgebra
import Randomness

/// Stratified Monte Carlo: the unit cube is cut into k^d equal boxes, and each is given n draws.
///
/// ```
/// E[f(X)] ~ 1/k^d sum_c mean_c,   variance  1/k^2d sum_c s_c^2 / n,   s_c^2 of the n values in box c
/// ```
///
/// Unbiased, and never of more variance than as many plain draws; of a smooth f the error falls as
/// N^(-1/2 - 1/d) for N draws, so it is for few coordinates. Of an f with a jump only the boxes at the
/// jump have a variance: where few boxes make it up, or on one coordinate where a step between
/// neighbours could hide a jump that no draw in its box shows, the error is itself uncertain, which the
/// verdict says. Intervals are Student's with Satterthwaite's degrees of freedom.
///
/// ```swift
/// let target = try Normal(mean: 0, standardDeviation: 1)
/// let estimate = try await StratifiedMonteCarlo(draws: 10_000)
///   .mean(of: { $0 * $0 }, under: target, seed: 1)
/// ```
///
/// ## References
/// S. Haber, "A modified Monte-Carlo quadrature", Math. Comp. 20 (1966), doi:10.1090/S0025-5718-1966-0210285-0.
/// F. E. Satterthwaite, Biometrics Bulletin 2 (1946), doi:10.2307/3002019.
public struct StratifiedMonteCarlo: UnitCubeMethod {
  /// How many draws at most: each box is given the same number of them, as many as there are.
  public var draws: Int
  /// k; nil for the largest that leaves two draws for each box.
  public var strataPerCoordinate: Int?

  /// - Parameters:
  ///   - draws: at least two for each box; checked when it runs.
  ///   - strataPerCoordinate: positive; nil for the largest that leaves two draws for each of the
  ///     k^d boxes, which must be at least 2.
  public init(draws: Int, strataPerCoordinate: Int? = nil) {
    self.draws = draws
    self.strataPerCoordinate = strataPerCoordinate
  }

  /// The expectations of an integrand's outputs under `target`, on Philox streams: the same bits on any
  /// number of workers. A part of the boxes would say nothing of the whole, so a cancelled run gives
  /// nothing.
  ///
  /// - Throws: ``EstimationError`` for too few draws and for a value of the integrand that is not
  ///   finite, ``IntegrandFailure`` for what it throws, `CancellationError` after a cancellation.
  /// - Complexity: at most `draws` evaluations.
  public func means<D: UnitCubeTransform>(
    of integrand: Integrand<D.Value>, under target: D, seed: UInt64, workers: Int? = nil,
    progress: ProgressHandler? = nil
  ) async throws -> VectorEstimate {
    let grid = try grid(target.cubeDimension)
    let empty = StrataSums(outputs: integrand.outputs, grid: grid)
    let work = ChunkedWork(
      count: grid.boxes, chunkSize: max(1, drawsPerChunk / grid.drawsPerBox))
    let outcome = try await work.run(
      into: empty, workers: workers, progress: progress,
      makeWorkspace: { CubeWorkspace(target, integrand) },
      body: { chunk, workspace in
        var generator = StreamPartition(seed: seed)[chunk.index]
        return try sums(chunk.items, grid, empty, &workspace, &generator)
      },
      merge: { $0.merge($1) })
    return try outcome.total.estimate(grid)
  }

  /// The same on any generator, on one worker.
  public func means<D: UnitCubeTransform, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate {
    let grid = try grid(target.cubeDimension)
    let empty = StrataSums(outputs: integrand.outputs, grid: grid)
    var workspace = CubeWorkspace(target, integrand)
    return try sums(0..<grid.boxes, grid, empty, &workspace, &generator).estimate(grid)
  }

  fileprivate struct Grid: Sendable {
    let dimension: Int
    let perCoordinate: Int
    let boxes: Int
    let drawsPerBox: Int
  }

  private func grid(_ dimension: Int) throws(EstimationError) -> Grid {
    guard draws > 0 else { throw .noDraws(draws) }
    try requireCoordinates(dimension)
    if let given = strataPerCoordinate {
      guard given > 0 else {
        throw .setting("the number of strata per coordinate \(given) is not positive")
      }
      guard let boxes = Self.boxes(given, dimension), boxes <= draws / 2 else {
        throw .setting(
          "\(draws) draws do not give two to each of \(given)^\(dimension) strata")
      }
      return Grid(
        dimension: dimension, perCoordinate: given, boxes: boxes, drawsPerBox: draws / boxes)
    }
    var count = max(1, Int(pow(Double(draws) / 2, 1 / Double(dimension)).rounded()))
    while count > 1, Self.boxes(count, dimension).map({ $0 > draws / 2 }) ?? true { count -= 1 }
    guard count >= 2, let boxes = Self.boxes(count, dimension) else {
      throw .setting(
        "\(draws) draws do not give two to each of 2^\(dimension) strata: "
          + "take another method or fewer coordinates")
    }
    return Grid(
      dimension: dimension, perCoordinate: count, boxes: boxes, drawsPerBox: draws / boxes)
  }

  /// perCoordinate^dimension, nil where it cannot be counted.
  private static func boxes(_ perCoordinate: Int, _ dimension: Int) -> Int? {
    if perCoordinate == 1 { return 1 }
    var boxes = 1
    for _ in 0..<dimension {
      let (product, overflow) = boxes.multipliedReportingOverflow(by: perCoordinate)
      if overflow { return nil }
      boxes = product
    }
    return boxes
  }

  private func sums<D, G: RandomNumberGenerator>(
    _ boxes: Range<Int>, _ grid: Grid, _ empty: StrataSums, _ workspace: inout CubeWorkspace<D>,
    _ generator: inout G
  ) throws -> StrataSums {
    var sums = empty
    let size = grid.drawsPerBox
    let perBlock = max(1, drawsPerBlock / size)
    for first in stride(from: boxes.lowerBound, to: boxes.upperBound, by: perBlock) {
      let last = min(first + perBlock, boxes.upperBound)
      // One box of more draws than a block has goes through it piece by piece.
      for start in stride(from: 0, to: (last - first) * size, by: drawsPerBlock) {
        let count = min(drawsPerBlock, (last - first) * size - start)
        let done = try workspace.evaluate(count: count, firstDraw: first * size + start) { points in
          fillOpenUnits(&points, using: &generator)
          for draw in 0..<count {
            var box = first + (start + draw) / size
            for j in 0..<grid.dimension {
              let place = draw * grid.dimension + j
              let corner = Double(box % grid.perCoordinate)
              box /= grid.perCoordinate
              points[place] = insideUnit((corner + points[place]) / Double(grid.perCoordinate))
            }
          }
        } _: { values in
          // Of a block that was cut short some boxes may be parts.
          guard values.count == count * sums.outputs else { return }
          sums.add(values, firstDraw: first * size + start)
        }
        if done < count { throw CancellationError() }
      }
    }
    return sums
  }
}

/// Sums over boxes: of their means, of the covariances of these, and of what tells how well the
/// variances are known. Each output in units of a power of two, so that no square overflows.
private struct StrataSums: Sendable {
  let outputs: Int
  private let drawsPerBox: Int
  private var steps: BoxSteps
  private var spread: CubeSpread
  private var boxes = 0.0
  private var box: RowMoments
  private var means: RowMoments
  private var units: [Double]
  /// sum_c s_c^2 / n, `[outputs, outputs]`.
  private var covariance: [Double]
  /// sum_c (s_c^2 / n)^2 / (n + 1).
  private var fourths: [Double]

  init(outputs: Int, grid: StratifiedMonteCarlo.Grid) {
    self.outputs = outputs
    drawsPerBox = grid.drawsPerBox
    steps = BoxSteps(outputs: outputs)
    spread = CubeSpread(outputs: outputs, draws: grid.boxes * grid.drawsPerBox)
    box = RowMoments(columns: outputs, isFull: true)
    means = RowMoments(columns: outputs, isFull: false)
    units = [Double](repeating: 0, count: outputs)
    covariance = [Double](repeating: 0, count: outputs * outputs)
    fourths = units
  }

  /// The values of whole boxes, or of a part of one.
  mutating func add(_ rows: Span<Double>, firstDraw: Int) {
    spread.add(rows, firstDraw: firstDraw)
    let count = rows.count / outputs
    raiseUnits(rows)
    if drawsPerBox > drawsPerBlock {
      box.add(rows)
      guard Int(box.count) == drawsPerBox else { return }
      means.add(rows: box.means)
      steps.add(box.means.span)
      let matrix = box.covarianceOfMeans(inUnits: units)
      box = RowMoments(columns: outputs, isFull: true)
      add(matrix)
    } else {
      let boxes = count / drawsPerBox
      var averages = [Double](repeating: 0, count: boxes * outputs)
      var matrix = [Double](repeating: 0, count: outputs * outputs)
      for b in 0..<boxes {
        measure(rows, first: b * drawsPerBox, &matrix, &averages, at: b * outputs)
        add(matrix)
      }
      means.add(rows: averages)
      steps.add(averages.span)
    }
  }

  /// The mean of one box, and the covariance of the mean in this type's units.
  private func measure(
    _ rows: Span<Double>, first: Int, _ matrix: inout [Double], _ averages: inout [Double],
    at place: Int
  ) {
    let size = Double(drawsPerBox)
    for k in 0..<outputs {
      let inverse = units[k] > 0 ? 1 / units[k] : 0
      var mean = 0.0
      for i in first..<first + drawsPerBox { mean += rows[i * outputs + k] * inverse / size }
      averages[place + k] = mean * units[k]
      for j in 0...k {
        let other = units[j] > 0 ? 1 / units[j] : 0
        let center = j == k ? mean : averages[place + j] * other
        var sum = 0.0
        for i in first..<first + drawsPerBox {
          sum += (rows[i * outputs + k] * inverse - mean) * (rows[i * outputs + j] * other - center)
        }
        matrix[k * outputs + j] = sum / (size - 1) / size
        matrix[j * outputs + k] = matrix[k * outputs + j]
      }
    }
  }

  private mutating func add(_ matrix: [Double]) {
    for i in matrix.indices { covariance[i] += matrix[i] }
    for k in 0..<outputs {
      let variance = matrix[k * outputs + k]
      fourths[k] += variance * variance / Double(drawsPerBox + 1)
    }
    boxes += 1
  }

  private mutating func raiseUnits(_ rows: Span<Double>) {
    for k in 0..<outputs {
      var largest = 0.0
      for i in stride(from: k, to: rows.count, by: outputs) { largest = max(largest, abs(rows[i])) }
      if largest > 0x1p60 * units[k] {
        let exponent = min(1000, max(-1000, Int(largest.exponent)))
        rescale(k, to: Double(sign: .plus, exponent: exponent, significand: 1))
      }
    }
  }

  private mutating func rescale(_ k: Int, to unit: Double) {
    let factor = units[k] / unit
    units[k] = unit
    fourths[k] *= factor * factor * factor * factor
    for j in 0..<outputs {
      covariance[k * outputs + j] *= factor
      covariance[j * outputs + k] *= factor
    }
  }

  mutating func merge(_ other: StrataSums) {
    var other = other
    spread.merge(other.spread)
    means.merge(other.means)
    steps.merge(other.steps)
    for k in 0..<outputs {
      if other.units[k] > units[k] { rescale(k, to: other.units[k]) }
      if units[k] > other.units[k] { other.rescale(k, to: units[k]) }
      fourths[k] += other.fourths[k]
    }
    for i in covariance.indices { covariance[i] += other.covariance[i] }
    boxes += other.boxes
  }

  func estimate(_ grid: StratifiedMonteCarlo.Grid) throws -> VectorEstimate {
    guard Int(boxes) == grid.boxes else { throw CancellationError() }
    var matrix = Matrix(rows: outputs, columns: outputs)
    var fewest = boxes * Double(drawsPerBox - 1)
    var uncertainties: [Double] = []
    for k in 0..<outputs {
      for j in 0..<outputs {
        matrix[k, j] = covariance[k * outputs + j] / boxes * units[k] / boxes * units[j]
      }
      // Satterthwaite's, with the expectation of an estimated variance's square, (n + 1) / (n - 1)
      // times the square of the variance for normal values, put right.
      let variance = covariance[k * outputs + k]
      let degrees =
        fourths[k] > 0
        ? min(boxes * Double(drawsPerBox - 1), variance * variance / fourths[k]) : 1
      fewest = min(fewest, degrees)
      // On one coordinate a jump is in one box, whose draws may all be on one side; of many boxes at a
      // jump some show it. Draws see what is beyond a fraction of 1/n of a box.
      let size = Double(drawsPerBox)
      let step = units[k] > 0 && grid.dimension == 1 ? steps.largest[k] / units[k] : 0
      let unseen = min(0.25, 1 / size) * step * step / size
      let share = unseen > 0 ? unseen / (2 * variance) : 0
      uncertainties.append(max((1 / (2 * degrees)).squareRoot(), share))
    }
    return spread.estimate(
      means: means.means, covariance: matrix,
      errorModel: .studentT(degreesOfFreedom: max(1, fewest)),
      evaluations: grid.boxes * drawsPerBox, requested: grid.boxes * drawsPerBox,
      uncertainties: uncertainties)
  }
}

/// The largest steps between the means of boxes that are neighbours on one coordinate.
private struct BoxSteps: Sendable {
  private let outputs: Int
  /// `[outputs]`.
  private(set) var largest: [Double]
  private var first: [Double] = []
  private var last: [Double] = []

  init(outputs: Int) {
    self.outputs = outputs
    largest = [Double](repeating: 0, count: outputs)
  }

  /// The means of boxes in a row, `[boxes, outputs]`.
  mutating func add(_ means: Span<Double>) {
    if first.isEmpty {
      first = (0..<outputs).map { means[$0] }
      last = first
    }
    for start in stride(from: 0, to: means.count, by: outputs) {
      for k in 0..<outputs {
        largest[k] = max(largest[k], abs(means[start + k] - last[k]))
        last[k] = means[start + k]
      }
    }
  }

  /// Those of the boxes that follow.
  mutating func merge(_ other: BoxSteps) {
    guard !other.first.isEmpty else { return }
    for k in 0..<outputs {
      largest[k] = max(largest[k], other.largest[k])
      if !last.isEmpty { largest[k] = max(largest[k], abs(other.first[k] - last[k])) }
    }
    if first.isEmpty { first = other.first }
    last = other.last
  }
}
