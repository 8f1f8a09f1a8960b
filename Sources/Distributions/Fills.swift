internal import CKernels
import Randomness

// What the bulk fills of the distributions share.

extension Distribution {
  /// Draw after draw, for generators without vector kernels.
  @inlinable
  func fillOneByOne<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Value>, using generator: inout G
  ) {
    for i in values.indices { sample(into: &values[i], using: &generator) }
  }
}

extension Distribution where Value == Double {
  /// Block after block by a `Philox`, so that what is done to the draws finds them in the first cache;
  /// one by one by another generator.
  func fillBlocks<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G,
    _ fill: (inout MutableSpan<Double>, inout Philox) -> Void
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    values.withUnsafeMutableBufferPointer { buffer in
      for start in stride(from: 0, to: buffer.count, by: 2_048) {
        var block = MutableSpan(
          _unsafeElements: buffer.extracting(start..<min(start + 2_048, buffer.count)))
        fill(&block, &philox)
      }
    }
    generator = philox as! G
  }
}

/// Replaces each value x by offset + factor x, and what is above `largest` by that.
func scale(
  _ values: inout MutableSpan<Double>, by factor: Double, offset: Double = 0,
  upTo largest: Double = .infinity
) {
  values.withUnsafeMutableBufferPointer { buffer in
    guard let memory = buffer.baseAddress else { return }
    ck_scale(ck_best_instruction_set(), factor, offset, largest, memory, buffer.count)
  }
}

/// Replaces each value x by offset + factors[i] factor x.
func scale(
  _ values: inout MutableSpan<Double>, byEach factors: Span<Double>, times factor: Double,
  offset: Double
) {
  precondition(factors.count == values.count, "\(factors.count) factors of \(values.count) values")
  values.withUnsafeMutableBufferPointer { buffer in
    factors.withUnsafeBufferPointer { factors in
      guard let memory = buffer.baseAddress else { return }
      ck_scale_each(
        ck_best_instruction_set(), factors.baseAddress, factor, offset, memory, buffer.count)
    }
  }
}

/// Replaces each value x by exp(x), vectorised.
func replaceByExponentials(_ values: inout MutableSpan<Double>) {
  values.withUnsafeMutableBufferPointer { buffer in
    guard let memory = buffer.baseAddress else { return }
    ck_exp(memory, memory, buffer.count)
  }
}

/// The standard normal quantiles of probabilities, vectorised.
func normalQuantiles(of probabilities: Span<Double>, into values: inout MutableSpan<Double>) {
  probabilities.withUnsafeBufferPointer { input in
    values.withUnsafeMutableBufferPointer { output in
      guard let from = input.baseAddress, let to = output.baseAddress else { return }
      ck_normal_quantile(from, to, min(input.count, output.count))
    }
  }
}

/// Replaces each value x by tan(x), vectorised.
func replaceByTangents(_ values: inout MutableSpan<Double>) {
  values.withUnsafeMutableBufferPointer { buffer in
    guard let memory = buffer.baseAddress else { return }
    ck_tan(memory, memory, buffer.count)
  }
}
