import Diagnostics
import Foundation
import Randomness

/// One iteration of VEGAS: the map and the strata it works with, and how a chunk of them is drawn.
struct VegasIteration<Integrand: RowIntegrand>: Sendable {
  let integrand: Integrand
  let axes: [IntegrationAxis]
  let map: ImportanceMap
  let stratification: Stratification
  /// About which values the functions under a density are taken, `[outputs - 1]`; empty for plain
  /// integrals.
  let centers: [Double]
  /// The number of the first draw.
  let firstDraw: Int

  /// How many places the integrand is given at a time.
  static var blockSize: Int { 256 }

  /// What a worker keeps between chunks.
  final class Workspace {
    var integrand: Integrand.Workspace
    /// Of a block, `[blockSize, dimension]`.
    let units: UnsafeMutableBufferPointer<Double>
    let rows: UnsafeMutableBufferPointer<Double>
    /// Of a chunk: values `[capacity, outputs]`, Jacobians `[capacity]` and increments
    /// `[capacity, dimension]`.
    let values: UnsafeMutableBufferPointer<Double>
    let jacobians: UnsafeMutableBufferPointer<Double>
    let bins: UnsafeMutableBufferPointer<Int32>
    fileprivate var pace = Pace()

    init(_ integrand: Integrand.Workspace, capacity: Int, dimension: Int, outputs: Int) {
      self.integrand = integrand
      units = .allocate(capacity: blockSize * dimension)
      rows = .allocate(capacity: blockSize * dimension)
      values = .allocate(capacity: capacity * outputs)
      jacobians = .allocate(capacity: capacity)
      bins = .allocate(capacity: capacity * dimension)
      units.initialize(repeating: 0)
      rows.initialize(repeating: 0)
      values.initialize(repeating: 0)
      jacobians.initialize(repeating: 0)
      bins.initialize(repeating: 0)
    }

    deinit {
      units.deallocate()
      rows.deallocate()
      values.deallocate()
      jacobians.deallocate()
      bins.deallocate()
    }
  }

  /// - Parameter capacity: the evaluations of the largest chunk.
  func makeWorkspace(capacity: Int) -> Workspace {
    Workspace(
      integrand.makeWorkspace(dimension: axes.count), capacity: capacity, dimension: axes.count,
      outputs: integrand.outputs)
  }

  /// The strata of each chunk, and the evaluations of the largest one.
  func chunks(of size: Int) -> (strata: [Range<Int>], capacity: Int) {
    let chunks = stratification.chunks(of: size)
    let starts = stratification.starts
    return (chunks, chunks.reduce(0) { max($0, starts[$1.upperBound] - starts[$1.lowerBound]) })
  }

  /// How many numbers the map and the strata adapt to: the first output, and where that is a density p
  /// besides p (f - center) for each function f, which makes up the error of p f / p.
  private var aims: Int { 1 + centers.count }

  /// What is there before the first chunk.
  var empty: VegasSums {
    VegasSums(
      outputs: integrand.outputs, aims: aims, bins: map.binCount,
      evaluations: stratification.evaluations)
  }

  /// Draws the evaluations of some strata.
  /// - Throws: `CancellationError` between two pieces of a block.
  func sums<G: RandomNumberGenerator>(
    of strata: Range<Int>, using generator: inout G, in workspace: Workspace
  ) throws -> VegasSums {
    let first = stratification.starts[strata.lowerBound]
    let count = stratification.starts[strata.upperBound] - first
    var sums = empty
    var cursor = Cursor(stratum: strata.lowerBound, strata: stratification.strata)
    for start in stride(from: 0, to: count, by: Self.blockSize) {
      let block = start..<min(count, start + Self.blockSize)
      place(block, first: first, at: &cursor, using: &generator, in: workspace)
      try evaluate(block, first: first, in: workspace, failures: &sums.failures)
    }
    try weigh(count, first: first, in: workspace, exponents: &sums.exponents)
    add(strata, in: workspace, to: &sums)
    return sums
  }

  /// Where a stratum lies: its number along each axis.
  private struct Cursor {
    var stratum: Int
    var digits: [Int]
    let strata: [Int]

    init(stratum: Int, strata: [Int]) {
      self.stratum = stratum
      self.strata = strata
      var rest = stratum
      digits = strata.map { count in
        defer { rest /= count }
        return rest % count
      }
    }

    mutating func advance() {
      stratum += 1
      for axis in digits.indices {
        digits[axis] += 1
        if digits[axis] < strata[axis] { return }
        digits[axis] = 0
      }
    }
  }

  /// Fills the rows of a block with uniform places of their strata, through the map.
  private func place<G: RandomNumberGenerator>(
    _ block: Range<Int>, first: Int, at cursor: inout Cursor, using generator: inout G,
    in workspace: Workspace
  ) {
    let dimension = axes.count
    var units = UnsafeMutableBufferPointer(
      rebasing: workspace.units[0..<block.count * dimension]
    ).mutableSpan
    if var philox = generator as? Philox {
      philox.fillOpenUnit(&units)
      generator = philox as! G
    } else {
      for i in units.indices { units[i] = generator.nextOpenUnit() }
    }
    // Along an axis y runs over the increments: this is what a stratum has of them.
    let ratios = (0..<dimension).map {
      Double(map.increments[$0]) / Double(stratification.strata[$0])
    }
    let (rows, bins) = (workspace.rows, workspace.bins)
    map.edges.withUnsafeBufferPointer { edges in
      for i in block {
        while first + i >= stratification.starts[cursor.stratum + 1] { cursor.advance() }
        var jacobian = 1.0
        let row = (i - block.lowerBound) * dimension
        for axis in 0..<dimension {
          let count = map.increments[axis]
          let y = (Double(cursor.digits[axis]) + units[row + axis]) * ratios[axis]
          let bin = min(Int(y), count - 1)
          let edge = map.edgeOffset(axis) + bin
          let width = edges[edge + 1] - edges[edge]
          let (x, slope) = axes[axis].place(edges[edge] + (y - Double(bin)) * width)
          rows[row + axis] = x
          bins[i * dimension + axis] = Int32(truncatingIfNeeded: map.offsets[axis] + bin)
          jacobian *= width * Double(count) * slope
        }
        workspace.jacobians[i] = jacobian
      }
    }
  }

  /// The values of a block, in pieces that a cancellation can come between.
  private func evaluate(
    _ block: Range<Int>, first: Int, in workspace: Workspace, failures: inout Int
  ) throws {
    var pace = workspace.pace
    defer { workspace.pace = pace }
    var done = 0
    while done < block.count {
      try Task.checkCancellation()
      done = try pace.next(from: done, to: block.count) { piece in
        try evaluate(piece, of: block, first: first, in: workspace, failures: &failures)
      }
    }
  }

  /// - Parameter piece: which places of the block.
  private func evaluate(
    _ piece: Range<Int>, of block: Range<Int>, first: Int, in workspace: Workspace,
    failures: inout Int
  ) throws {
    let (dimension, outputs) = (axes.count, integrand.outputs)
    func place(_ index: Int) -> String {
      "\(Array(workspace.rows[index * dimension..<(index + 1) * dimension]))"
    }
    let start = block.lowerBound + piece.lowerBound
    let range = start * outputs..<(start + piece.count) * outputs
    do {
      var values = UnsafeMutableBufferPointer(rebasing: workspace.values[range]).mutableSpan
      let coordinates = piece.lowerBound * dimension..<piece.upperBound * dimension
      let rows = UnsafeBufferPointer(rebasing: workspace.rows[coordinates]).span
      try integrand.evaluate(
        rows, into: &values, in: &workspace.integrand, failures: &failures)
    } catch let failure as DrawFailure {
      throw IntegrandFailure(
        draw: firstDraw + first + start + failure.index,
        place: place(piece.lowerBound + failure.index), underlying: failure.underlying)
    }
    for position in range where !workspace.values[position].isFinite {
      // The log of a density may be minus infinity.
      if integrand.isLogarithmic, position % outputs == 0 { continue }
      let i = position / outputs
      throw EstimationError.notFinite(
        value: workspace.values[position], draw: firstDraw + first + i,
        at: place(i - block.lowerBound))
    }
  }

  /// Multiplies the values of a chunk by their Jacobians (functions under a density, less their centers,
  /// by the density besides), each output in units of 2^exponent near its largest product, so that
  /// squares neither overflow nor vanish.
  private func weigh(
    _ count: Int, first: Int, in workspace: Workspace, exponents: inout [Int?]
  ) throws {
    let (outputs, values, jacobians) = (integrand.outputs, workspace.values, workspace.jacobians)
    if integrand.isLogarithmic {
      var top = -Double.infinity
      for i in 0..<count {
        values[i * outputs] += log(jacobians[i])
        top = max(top, values[i * outputs])
      }
      guard top > -.infinity else {
        for i in 0..<count { values[i * outputs] = 0 }
        return
      }
      let unit = (top / M_LN2).rounded(.up)
      exponents[0] = Int(unit)
      for i in 0..<count { values[i * outputs] = exp(values[i * outputs] - unit * M_LN2) }
      for s in 1..<outputs {
        exponents[s] = weigh(s, count, center: centers[s - 1], in: workspace).map {
          Int(unit) + $0
        }
      }
      return
    }
    var tops = [Double](repeating: 0, count: outputs)
    for i in 0..<count {
      for s in 0..<outputs {
        let value = values[i * outputs + s]
        guard value != 0 else { continue }
        let product = value * jacobians[i]
        guard product.isFinite else {
          throw EstimationError.setting(
            "the integrand is \(value) at draw \(firstDraw + first + i), so far out that "
              + "its share in the integral overflows")
        }
        values[i * outputs + s] = product
        tops[s] = max(tops[s], abs(product))
      }
    }
    for s in 0..<outputs where tops[s] > 0 {
      exponents[s] = scale(s, count, near: tops[s], in: workspace)
    }
  }

  /// Makes the products p (f - center) of one function under a density p.
  ///
  /// - Returns: in units of which power of two, beside that of p; nil where all are zero.
  private func weigh(
    _ s: Int, _ count: Int, center: Double, in workspace: Workspace
  ) -> Int? {
    let (outputs, values) = (integrand.outputs, workspace.values)
    var largest = abs(center)
    for i in 0..<count { largest = max(largest, abs(values[i * outputs + s])) }
    guard largest > 0 else { return nil }
    // The difference of two large values may overflow: each is made smaller first.
    let (exponent, unit) = Self.unit(near: largest)
    let middle = center * unit
    var top = 0.0
    for i in 0..<count {
      let distance = values[i * outputs + s] * unit - middle
      // Of a constant rounding is left, which is nothing to adapt to.
      let isRounding = abs(distance) <= 4 * Double.ulpOfOne * abs(middle)
      let product = isRounding ? 0 : distance * values[i * outputs]
      values[i * outputs + s] = product
      top = max(top, abs(product))
    }
    return top > 0 ? exponent + scale(s, count, near: top, in: workspace) : nil
  }

  /// Brings one output near to one.
  ///
  /// - Returns: in units of which power of two it is then.
  private func scale(_ s: Int, _ count: Int, near top: Double, in workspace: Workspace) -> Int {
    let (exponent, unit) = Self.unit(near: top)
    for i in 0..<count { workspace.values[i * integrand.outputs + s] *= unit }
    return exponent
  }

  /// The power of two above a positive number, and one over it, which is finite.
  private static func unit(near top: Double) -> (exponent: Int, inverse: Double) {
    let exponent = max(-1_000, Int(top.exponent) + 1)
    return (exponent, Double(sign: .plus, exponent: -exponent, significand: 1))
  }

  /// The means and variances of the strata, and what the map learns.
  private func add(_ strata: Range<Int>, in workspace: Workspace, to sums: inout VegasSums) {
    let (dimension, outputs) = (axes.count, integrand.outputs)
    let (values, bins) = (workspace.values, workspace.bins)
    var means = [Double](repeating: 0, count: outputs)
    let logUnits = sums.exponents.map { Double($0 ?? 0) * M_LN2 }
    var start = 0
    for a in 0..<aims { sums.variances[a].reserveCapacity(strata.count) }
    for h in strata {
      let end = start + stratification.starts[h + 1] - stratification.starts[h]
      let count = Double(end - start)
      for s in 0..<outputs {
        var sum = 0.0
        for i in start..<end { sum += values[i * outputs + s] }
        means[s] = sum / count
        sums.means[s] += means[s]
      }
      let scale = 1 / (count * (count - 1))
      let logCount = log(count)
      for i in start..<end {
        let first = values[i * outputs] - means[0]
        for s in 0..<outputs {
          let deviation = values[i * outputs + s] - means[s]
          for t in 0...s {
            sums.covariances[s * outputs + t] +=
              deviation * (values[i * outputs + t] - means[t]) * scale
          }
          sums.fourths.add(s, deviation: deviation, first: first, scale: scale)
          if deviation != 0 {
            sums.tails[s].insert(log(abs(deviation)) + logUnits[s] - logCount)
          }
        }
      }
      for a in 0..<aims {
        var variance = 0.0
        for i in start..<end {
          let value = values[i * outputs + a]
          variance += (value - means[a]) * (value - means[a])
          for axis in 0..<dimension {
            sums.training[a].add(
              value * value, weight: 1 / count, bin: Int(bins[i * dimension + axis]))
          }
        }
        sums.variances[a].append(variance / (count - 1))
      }
      start = end
    }
  }
}
