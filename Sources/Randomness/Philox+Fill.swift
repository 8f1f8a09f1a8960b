internal import CKernels

/// Bulk draws into the caller's memory, eight side by side, each from its own position of the stream.
///
/// The stream of a fill does not depend on how it is cut: filling 1,000 and then 1,000 gives what
/// filling 2,000 gives, and `position` moves on by the number of draws. The kernels for AVX-512 and
/// AVX2 are chosen when the program runs and agree in every bit; the portable ones differ in the
/// last bits of exponentials and normals.
extension Philox {
  /// What `next()` would return, draw by draw.
  public mutating func fillBits(_ values: inout MutableSpan<UInt64>) {
    values.withUnsafeMutableBufferPointer { fill(CK_BITS, $0.baseAddress, $0.count) }
  }

  /// Uniform draws on [0, 1): what `nextUnit()` would return, draw by draw.
  public mutating func fillUnit(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_UNIT, $0.baseAddress, $0.count) }
  }

  /// Uniform draws on (0, 1): what `nextOpenUnit()` would return, draw by draw.
  public mutating func fillOpenUnit(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_OPEN_UNIT, $0.baseAddress, $0.count) }
  }

  /// Exponential draws with mean one: -log u for u uniform on (0, 1).
  public mutating func fillExponential(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_EXPONENTIAL, $0.baseAddress, $0.count) }
  }

  /// Standard normal draws: the normal quantile of u uniform on (0, 1), within +-8.21.
  ///
  /// ## References
  /// M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied
  /// Statistics 37 (1988), doi:10.2307/2347330.
  public mutating func fillNormal(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_NORMAL, $0.baseAddress, $0.count) }
  }

  /// Gamma draws with scale one, by Marsaglia and Tsang's method.
  ///
  /// A draw takes one position; its attempts use counter values of their own, which no plain output
  /// has, and which name the position modulo 2^48.
  ///
  /// - Parameter shape: positive and finite.
  ///
  /// ## References
  /// G. Marsaglia, W. W. Tsang, ACM TOMS 26 (2000), doi:10.1145/358407.358414.
  public mutating func fillGamma(_ values: inout MutableSpan<Double>, shape: Double) {
    values.withUnsafeMutableBufferPointer { buffer in
      guard let output = buffer.baseAddress else { return }
      logGamma(shape, space: 0, output, buffer.count)
      ck_exp(output, output, buffer.count)
      position &+= UInt64(buffer.count)
    }
  }

  /// Beta draws: x / (x + y) of two gammas, by their logarithms, so that small shapes neither
  /// underflow nor divide by zero.
  ///
  /// - Parameters:
  ///   - alpha: the shape towards one, positive and finite.
  ///   - beta: the shape towards zero, positive and finite.
  public mutating func fillBeta(_ values: inout MutableSpan<Double>, alpha: Double, beta: Double) {
    values.withUnsafeMutableBufferPointer { buffer in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 512) { odds in
        for start in stride(from: 0, to: buffer.count, by: 512) {
          let size = min(512, buffer.count - start)
          let output = buffer.baseAddress! + start
          logGamma(alpha, space: 0, output, size)
          logGamma(beta, space: 1, odds.baseAddress!, size)
          for i in 0..<size { odds[i] -= output[i] }
          ck_exp(odds.baseAddress!, odds.baseAddress!, size)
          for i in 0..<size { output[i] = 1 / (1 + odds[i]) }
          position &+= UInt64(size)
        }
      }
    }
  }

  /// Uniform integers in 0..<bound, without modulo bias (D. Lemire, ACM TOMACS 29 (2019),
  /// doi:10.1145/3230636). A draw takes one position, as a gamma does.
  ///
  /// - Parameter bound: positive.
  public mutating func fillIndices(_ values: inout MutableSpan<Int>, below bound: Int) {
    precondition(bound > 0, "the bound \(bound) is not positive")
    let range = UInt64(bound)
    let threshold = (0 &- range) % range
    for i in 0..<values.count {
      var product = next().multipliedFullWidth(by: range)
      var attempt: UInt64 = 0
      while product.low < threshold {
        // The upper bits keep these counter values apart from plain outputs and from gammas.
        let counter = (UInt64(7) << 61) | (attempt << 48) | ((position &- 1) & 0xffff_ffff_ffff)
        product = Self.block(seed, stream, counter).0.multipliedFullWidth(by: range)
        attempt += 1
      }
      values[i] = Int(product.high)
    }
  }

  private func logGamma(
    _ shape: Double, space: UInt64, _ output: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    precondition(shape > 0 && shape.isFinite, "the shape \(shape) is not positive and finite")
    ck_philox_fill_log_gamma(
      ck_best_instruction_set(), seed, stream, position, space, shape, output, count)
  }

  private mutating func fill(
    _ kind: ck_philox_kind, _ output: UnsafeMutableRawPointer?, _ count: Int
  ) {
    guard let output else { return }
    ck_philox_fill(kind, ck_best_instruction_set(), seed, stream, position, output, count)
    position &+= UInt64(count)
  }
}
