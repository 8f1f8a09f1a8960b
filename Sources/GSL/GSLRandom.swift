internal import CGSL

/// GSL's sampling routines (`gsl_ran_*`), driven by any Swift generator.
///
/// Driven by a ``GSLGenerator`` they give a C program's draws bit for bit. Any other generator
/// stands behind a `gsl_rng` of ours: an integer is the upper 32 bits of `next()`, a uniform its
/// upper 53. A parameter outside the domain, or one with which GSL would overflow its integers or try
/// for ever, fails a precondition: no input makes GSL abort or loop.
public enum GSLRandom {
  /// Runs a routine on the `gsl_rng` that stands for `generator`.
  static func draw<G: RandomNumberGenerator, Value>(
    _ generator: inout G, _ routine: (UnsafeMutablePointer<gsl_rng>) -> Value
  ) -> Value {
    if G.self == GSLGenerator.self {
      return withUnsafeMutablePointer(to: &generator) { pointer in
        pointer.withMemoryRebound(to: GSLGenerator.self, capacity: 1) {
          $0.pointee.withUniqueHandle(routine)
        }
      }
    }
    return withUnsafeMutablePointer(to: &generator) { pointer in
      // The closure must outlive only `routine`, and C cannot call a generic function: a box.
      let box = BitBox { pointer.pointee.next() }
      return withExtendedLifetime(box) {
        var source = cgsl_bit_source(
          next: { Unmanaged<BitBox>.fromOpaque($0!).takeUnretainedValue().next() },
          context: Unmanaged.passUnretained(box).toOpaque())
        return withUnsafeMutablePointer(to: &source) { source in
          var rng = gsl_rng()
          cgsl_rng_use_source(&rng, source)
          return routine(&rng)
        }
      }
    }
  }

  static func requirePositive(_ value: Double, _ label: String) {
    precondition(value > 0 && value.isFinite, "the \(label) \(value) is not positive and finite")
  }

  private final class BitBox {
    let next: () -> UInt64
    init(_ next: @escaping () -> UInt64) { self.next = next }
  }
}
