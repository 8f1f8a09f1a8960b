internal import CKernels

/// Bulk draws into the caller's memory: each draw is made from one output of the stream, eight
/// outputs side by side.
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

  private mutating func fill(
    _ kind: ck_philox_kind, _ output: UnsafeMutableRawPointer?, _ count: Int
  ) {
    guard let output else { return }
    ck_philox_fill(kind, ck_best_instruction_set(), seed, stream, position, output, count)
    position &+= UInt64(count)
  }
}
