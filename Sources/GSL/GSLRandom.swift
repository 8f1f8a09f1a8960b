internal import CGSL

/// GSL's sampling routines (`gsl_ran_*`), driven by any Swift generator.
///
/// Driven by a ``GSLGenerator`` they give a C program's draws bit for bit. Any other generator
/// stands behind a `gsl_rng` of ours: an integer is the upper 32 bits of `next()`, a uniform its
/// upper 53. Parameters are not checked here; the distributions of `Distributions` do that.
public enum GSLRandom {
  /// `gsl_ran_gaussian`: Normal(0, sd^2) by the polar Box-Muller method.
  public static func gaussian<G: RandomNumberGenerator>(
    standardDeviation: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_gaussian($0, standardDeviation) }
  }

  /// `gsl_ran_gaussian_ziggurat`: Normal(0, sd^2) by the ziggurat method.
  public static func gaussianZiggurat<G: RandomNumberGenerator>(
    standardDeviation: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_gaussian_ziggurat($0, standardDeviation) }
  }

  /// `gsl_ran_flat`: uniform on [lower, upper).
  public static func flat<G: RandomNumberGenerator>(
    lower: Double, upper: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_flat($0, lower, upper) }
  }

  /// `gsl_ran_exponential`.
  public static func exponential<G: RandomNumberGenerator>(
    mean: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_exponential($0, mean) }
  }

  /// `gsl_ran_laplace`.
  public static func laplace<G: RandomNumberGenerator>(
    scale: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_laplace($0, scale) }
  }

  /// `gsl_ran_tdist`.
  public static func studentT<G: RandomNumberGenerator>(
    degreesOfFreedom: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_tdist($0, degreesOfFreedom) }
  }

  /// `gsl_ran_gamma`.
  public static func gamma<G: RandomNumberGenerator>(
    shape: Double, scale: Double, using generator: inout G
  ) -> Double {
    draw(&generator) { gsl_ran_gamma($0, shape, scale) }
  }

  /// Runs a routine on the `gsl_rng` that stands for `generator`.
  private static func draw<G: RandomNumberGenerator, Value>(
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

  private final class BitBox {
    let next: () -> UInt64
    init(_ next: @escaping () -> UInt64) { self.next = next }
  }
}
