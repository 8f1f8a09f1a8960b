internal import CKernels

// Log densities of many values by the vector kernels. What is beyond a kernel's formula (an overflow on the
// way, a subnormal value) it leaves as NaN, and the distribution computes it by itself.

extension Distribution where Value == Double {
  func logDensities(
    _ density: ck_density, _ constants: (Double, Double, Double, Double, Double),
    of values: Span<Double>, into results: inout MutableSpan<Double>
  ) {
    requirePlaces(results.count, for: values.count)
    let hasOthers = values.withUnsafeBufferPointer { values in
      results.withUnsafeMutableBufferPointer { results in
        guard let input = values.baseAddress, let output = results.baseAddress else { return false }
        return withUnsafeBytes(of: constants) {
          ck_log_densities(
            density, ck_best_instruction_set(),
            $0.baseAddress!.assumingMemoryBound(to: Double.self),
            input, output, values.count) != 0
        }
      }
    }
    guard hasOthers else { return }
    for i in results.indices where results[i].isNaN { results[i] = logDensity(of: values[i]) }
  }
}

/// Replaces each sum s by log(exp(s) + exp(offset + term)).
func addExponentials(
  _ terms: Span<Double>, offset: Double, to sums: inout MutableSpan<Double>
) {
  precondition(terms.count == sums.count, "\(terms.count) terms for \(sums.count) sums")
  terms.withUnsafeBufferPointer { terms in
    sums.withUnsafeMutableBufferPointer { sums in
      guard let input = terms.baseAddress, let output = sums.baseAddress else { return }
      ck_log_add_exp(ck_best_instruction_set(), offset, input, output, terms.count)
    }
  }
}

/// The log densities of a mixture, some values at a time.
///
/// - Parameters:
///   - possible: the components with a positive weight.
///   - logWeights: `[k]`.
///   - most: how many values are done at a time.
///   - component: the log densities of component k at a range of the values.
func mixLogDensities(
  of possible: [Int], logWeights: [Double], atATime most: Int,
  into results: inout MutableSpan<Double>,
  component: (_ k: Int, _ range: Range<Int>, _ terms: inout MutableSpan<Double>) -> Void
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: most) { memory in
    results.withUnsafeMutableBufferPointer { results in
      for start in stride(from: 0, to: results.count, by: most) {
        let range = start..<min(start + most, results.count)
        var sums = MutableSpan(_unsafeElements: results.extracting(range))
        for (place, k) in possible.enumerated() {
          if place == 0 {
            component(k, range, &sums)
            scale(&sums, by: 1, offset: logWeights[k])
          } else {
            var terms = MutableSpan(_unsafeElements: memory.extracting(0..<range.count))
            component(k, range, &terms)
            addExponentials(terms.span, offset: logWeights[k], to: &sums)
          }
        }
      }
    }
  }
}

extension MultivariateDistribution {
  /// The same results as those of rows, which the values are copied into some at a time.
  func logDensitiesByRows(of values: Span<[Double]>, into results: inout MutableSpan<Double>) {
    requirePlaces(results.count, for: values.count)
    let (size, most) = (dimension, 128)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: most * (size + 1)) { memory in
      for start in stride(from: 0, to: values.count, by: most) {
        let count = min(most, values.count - start)
        for row in 0..<count {
          let value = values[start + row]
          precondition(
            value.count == size, "a [\(value.count)] for a distribution of [\(size)]")
          for i in 0..<size { memory[row * size + i] = value[i] }
        }
        let rows = Span(_unsafeElements: UnsafeBufferPointer(memory.extracting(0..<count * size)))
        var found = MutableSpan(
          _unsafeElements: memory.extracting(most * size..<most * size + count))
        logDensities(rows: rows, into: &found)
        for row in 0..<count { results[start + row] = found[row] }
      }
    }
  }

  /// The same draws as those of rows, from which the values are copied some at a time.
  func fillByRows<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<[Double]>, using generator: inout G
  ) {
    let (size, most) = (dimension, 128)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: most * size) { memory in
      for start in stride(from: 0, to: values.count, by: most) {
        let count = min(most, values.count - start)
        var rows = MutableSpan(_unsafeElements: memory.extracting(0..<count * size))
        fill(rows: &rows, using: &generator)
        for row in 0..<count {
          if values[start + row].count != size {
            values[start + row] = [Double](repeating: 0, count: size)
          }
          for i in 0..<size { values[start + row][i] = rows[row * size + i] }
        }
      }
    }
  }
}
