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

/// Replaces each value x by offset + factor x.
func scale(_ values: inout MutableSpan<Double>, by factor: Double, offset: Double = 0) {
  values.withUnsafeMutableBufferPointer { buffer in
    for i in buffer.indices { buffer[i] = offset + factor * buffer[i] }
  }
}

/// Replaces each value x by exp(x), vectorised.
func replaceByExponentials(_ values: inout MutableSpan<Double>) {
  values.withUnsafeMutableBufferPointer { buffer in
    guard let memory = buffer.baseAddress else { return }
    ck_exp(memory, memory, buffer.count)
  }
}
