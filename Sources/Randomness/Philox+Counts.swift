internal import CKernels
import Foundation

/// Bulk draws of integers. Each draw depends on its position alone, so a fill may be cut anywhere; the
/// draws are the same on every instruction set.
extension Philox {
  /// Categories by the alias method, what `table.sample(using:)` would return draw by draw.
  public mutating func fillCategorical(_ values: inout MutableSpan<Int>, table: AliasTable) {
    let count = Double(table.count)
    table.thresholds.withUnsafeBufferPointer { thresholds in
      table.aliases.withUnsafeBufferPointer { aliases in
        fillByUnits(&values) { units, output in
          for i in units.indices {
            let place = units[i] * count
            let column = Int(place)
            let height = place - Double(column)
            output[i] = height < thresholds[column] ? column : aliases[column]
          }
        }
      }
    }
  }

  /// Categories by inversion: the first whose cumulative probability exceeds a uniform on [0, 1).
  ///
  /// - Parameter cumulative: `[k]`, not falling, one at the end.
  /// - Complexity: O(k) a draw, eight side by side: for short tables.
  public mutating func fillCategorical(
    _ values: inout MutableSpan<Int>, cumulative: [Double]
  ) {
    precondition(cumulative.last == 1, "the cumulative probabilities end with one")
    cumulative.withUnsafeBufferPointer { cumulative in
      fillByUnits(&values) { units, output in
        ck_count_not_above(
          units.baseAddress, units.count, cumulative.baseAddress, cumulative.count,
          output.baseAddress)
      }
    }
  }

  /// Poisson draws.
  ///
  /// Below a mean of 256 by the alias method from a table of all counts with a probability above 2^-70
  /// or so, which a fill makes for itself (some microseconds); above by Hormann's rejection PTRS, whose
  /// attempts have counter values of their own as in `fillGamma`. A draw takes one position.
  ///
  /// - Parameter mean: in [0, 2^53].
  ///
  /// ## References
  /// W. Hormann, Insurance: Mathematics and Economics 12 (1993), doi:10.1016/0167-6687(93)90997-4.
  public mutating func fillPoisson(_ values: inout MutableSpan<Int>, mean: Double) {
    precondition(mean >= 0 && mean <= 0x1p53, "the mean \(mean) is not in [0, 2^53]")
    guard mean < 256 else { return fillPoissonByRejection(&values, mean: mean) }
    let (first, weights) = Self.poissonWeights(mean: mean)
    fillCategorical(&values, table: AliasTable(weights: weights))
    if first > 0 { for i in values.indices { values[i] += first } }
  }

  /// The probabilities of the counts from `first` on, relative to that of the mode.
  private static func poissonWeights(mean: Double) -> (first: Int, weights: [Double]) {
    let mode = Int(mean)
    var below: [Double] = []
    var weight = 1.0
    for k in stride(from: mode, to: 0, by: -1) {
      weight *= Double(k) / mean
      if weight < 0x1p-70 { break }
      below.append(weight)
    }
    var above = [1.0]
    weight = 1
    for k in (mode + 1)... {
      weight *= mean / Double(k)
      if weight < 0x1p-70 { break }
      above.append(weight)
    }
    return (mode - below.count, below.reversed() + above)
  }

  private mutating func fillPoissonByRejection(_ values: inout MutableSpan<Int>, mean: Double) {
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let logInverseAlpha = log(1.1239 + 1.1328 / (b - 3.4))
    let height = 0.9277 - 3.6224 / (b - 2)
    for i in values.indices {
      var attempt: UInt64 = 0
      while true {
        // The upper bits keep these counter values apart from plain outputs and other fills.
        let counter = (UInt64(6) << 61) | (attempt << 48) | (position & 0xffff_ffff_ffff)
        let (first, second) = Self.block(seed, stream, counter)
        attempt += 1
        let u = (Double(first >> 12) + 0.5) * 0x1p-52 - 0.5
        let v = (Double(second >> 12) + 0.5) * 0x1p-52
        let us = 0.5 - abs(u)
        let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
        // Counts below 10 of a mean from 256 on have a probability below 1e-95.
        if k < 10 { continue }
        if us >= 0.07 && v <= height
          || log(v) + logInverseAlpha - log(a / (us * us) + b) <= Self.logPoisson(k, mean)
        {
          values[i] = Int(k)
          break
        }
      }
      position &+= 1
    }
  }

  /// log(exp(-mean) mean^k / k!) for k >= 10, by Stirling's series around k = mean.
  private static func logPoisson(_ k: Double, _ mean: Double) -> Double {
    let u = (mean - k) / k
    let r = 1 / (k * k)
    let correction = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r / 1680))) / k
    // log(1 + u) - u, by its series where that cancels.
    let deviance =
      abs(u) < 0.01
      ? -u * u * (1.0 / 2 - u * (1.0 / 3 - u * (1.0 / 4 - u * (1.0 / 5 - u * (1.0 / 6 - u / 7)))))
      : log1p(u) - u
    return k * deviance - 0.5 * log(2 * .pi * k) - correction
  }

  /// Runs `body` on pieces of uniforms on [0, 1) and the memory of their draws.
  private mutating func fillByUnits(
    _ values: inout MutableSpan<Int>,
    _ body: (UnsafeMutableBufferPointer<Double>, UnsafeMutableBufferPointer<Int>) -> Void
  ) {
    values.withUnsafeMutableBufferPointer { buffer in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 512) { units in
        for start in stride(from: 0, to: buffer.count, by: 512) {
          let size = min(512, buffer.count - start)
          let part = UnsafeMutableBufferPointer(rebasing: units[..<size])
          var span = part.mutableSpan
          fillUnit(&span)
          body(part, UnsafeMutableBufferPointer(rebasing: buffer[start..<start + size]))
        }
      }
    }
  }
}
