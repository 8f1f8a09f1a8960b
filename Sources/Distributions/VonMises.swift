import Foundation
import Randomness
import SpecialFunctions

/// The von Mises distribution of an angle, on [-pi, pi].
///
/// ```
/// p(x) = exp(concentration cos(x - direction)) / (2 pi I0(concentration))
/// ```
///
/// Sampled by Best and Fisher's rejection from a wrapped Cauchy distribution, in a form that loses no
/// digits for large concentrations. The tails, counted from -pi and from pi, are integrals of the
/// density over the part in question; `mean` and `variance` are those of x as a real number, by the
/// series of the density in cosines or by quadrature.
///
/// ## References
/// D. J. Best, N. I. Fisher, "Efficient simulation of the von Mises distribution", Applied Statistics
/// 28 (1979), doi:10.2307/2346732.
public struct VonMises: ContinuousDistribution, ParametricDistribution {
  /// The mode, in [-pi, pi]. The expectation of x itself is ``mean``.
  public let direction: Double
  /// Not negative; zero for the uniform distribution.
  public let concentration: Double
  private let logHeight: Double
  /// r - 1 of Best and Fisher.
  @usableFromInline let margin: Double

  /// - Parameters:
  ///   - direction: in [-pi, pi].
  ///   - concentration: in [0, 1e15]: above, the width is below the spacing of the Doubles.
  public init(direction: Double, concentration: Double) throws(ParameterError) {
    guard abs(direction) <= .pi else {
      throw ParameterError("VonMises", "direction", direction, not: "in [-pi, pi]")
    }
    guard concentration >= 0, concentration <= 1e15 else {
      throw ParameterError("VonMises", "concentration", concentration, not: "in [0, 1e15]")
    }
    self.direction = direction
    self.concentration = concentration
    logHeight = -log(2 * .pi) - log(scaledBesselI(order: 0, concentration))
    let k = concentration
    let root = hypot(1, 2 * k)
    // 1 - rho, whose large terms cancel in advance.
    let gap =
      k < 1e-5
      ? 1 - k : ((2 * (1 + root)).squareRoot() - 1 - 1 / (2 * k + root)) / (2 * k)
    margin = gap * gap / (2 * (1 - gap))
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    while true {
      let half = .pi / 2 * generator.nextOpenUnit()
      if concentration < 1e-5 {
        // Nearly uniform: plain rejection.
        let x = -Double.pi + 4 * half
        let cosine = cos(x - direction)
        if generator.nextUnit() < exp(concentration * (cosine - 1)) { return x }
        continue
      }
      // z = cos(pi u): 1 + z and 1 - z without cancellation.
      let (s, c) = (sin(half), cos(half))
      let (above, below) = (2 * c * c, 2 * s * s)
      let divisor = margin + above
      let excess = concentration * (margin * (2 + margin) / divisor)  // kappa (r - f)
      let u = generator.nextOpenUnit()
      guard excess * (2 - excess) > u || log(excess / u) + 1 - excess >= 0 else { continue }
      // 1 - f = margin (1 - z) / (r + z).
      let distance = 2 * asin(min(1, (margin * below / divisor / 2).squareRoot()))
      return wrapped(generator.next() >> 63 == 0 ? direction + distance : direction - distance)
    }
  }

  /// An angle within pi of [-pi, pi], brought back there.
  @usableFromInline
  func wrapped(_ x: Double) -> Double {
    let y = x > .pi ? x - 2 * .pi : x < -.pi ? x + 2 * .pi : x
    return min(.pi, max(-.pi, y))
  }

  public func logDensity(of value: Double) -> Double {
    guard abs(value) <= .pi else { return -.infinity }
    return standardLogDensity(value)
  }

  private func standardLogDensity(_ x: Double) -> Double {
    let s = sin((x - direction) / 2)
    return logHeight - 2 * concentration * s * s
  }

  public func cdf(_ x: Double) -> Double { tail(x, upper: false) }
  public func survival(_ x: Double) -> Double { tail(x, upper: true) }

  private func tail(_ x: Double, upper: Bool) -> Double {
    if x <= -.pi || x >= .pi { return (x <= -.pi) == upper ? 1 : 0 }
    let tail = upper ? mass(from: x, to: .pi) : mass(from: -.pi, to: x)
    // The smaller one has the digits.
    return tail <= 0.5 ? tail : 1 - (upper ? mass(from: -.pi, to: x) : mass(from: x, to: .pi))
  }

  /// The probability of [low, high]. What lies beyond the opposite direction is counted from the image of
  /// the direction that is nearer, with the digits of 2 pi that a Double does not hold: an offset must be
  /// good relative to its own size.
  private func mass(from low: Double, to high: Double) -> Double {
    let side: Double = direction > 0 ? 1 : -1
    let opposite = direction - side * .pi
    func wrapped(_ x: Double) -> Double {
      (x + side * .pi) - opposite + side * 2 * 1.2246467991473532e-16
    }
    let (lower, upper) = (
      (low, min(high, opposite)), (max(low, opposite), high)
    )
    let (beyond, plain) = side > 0 ? (lower, upper) : (upper, lower)
    var sum = 0.0
    if beyond.0 < beyond.1 {
      sum += integral(
        from: max(-.pi, wrapped(beyond.0)), to: min(.pi, wrapped(beyond.1)), weight: { _ in 0 })
    }
    if plain.0 < plain.1 {
      sum += integral(
        from: max(-.pi, plain.0 - direction), to: min(.pi, plain.1 - direction),
        weight: { _ in 0 })
    }
    return min(1, sum)
  }

  /// The integral of the density times exp(weight) over offsets from the direction, in which a place far
  /// from zero loses no digits.
  private func integral(
    from low: Double, to high: Double, weight: (Double) -> Double
  ) -> Double {
    func logDensity(_ t: Double) -> Double {
      let s = sin(t / 2)
      return logHeight - 2 * concentration * s * s
    }
    let ends = [low] + [-.pi, 0, .pi].filter { $0 > low && $0 < high } + [high]
    var sum = 0.0
    for (a, b) in zip(ends, ends.dropFirst()) {
      let falls = logDensity(a) >= logDensity(b)
      sum += integrateTail(
        from: falls ? a : b, to: falls ? b : a,
        rate: { concentration * abs(sin($0)) + concentration.squareRoot() + 1 },
        logDensity: { logDensity($0) + weight($0) })
    }
    return sum
  }

  public func quantile(_ p: Double) -> Double { invertedQuantile(p, upper: false, start: guess) }
  public func survivalQuantile(_ q: Double) -> Double {
    invertedQuantile(q, upper: true, start: guess)
  }

  private func guess(_ p: Double, upper: Bool) -> Double {
    let width = min(1.5, 1 / max(concentration, 0.1).squareRoot())
    return direction + width * normalQuantile(p) * (upper ? -1 : 1)
  }

  /// The expectation of x as a real number: the direction less what wraps around.
  public var mean: Double {
    // x = direction + t - 2 pi [beyond pi] + 2 pi [beyond -pi] with t of mean zero.
    direction - 2 * .pi * wrappedMass(1) + 2 * .pi * wrappedMass(-1)
  }

  /// The probability that an unwrapped draw around the direction lies beyond pi (or -pi).
  private func wrappedMass(_ side: Double) -> Double {
    side * direction <= 0
      ? 0
      : mass(
        from: min(-side * .pi, direction - side * .pi), to: max(-side * .pi, direction - side * .pi)
      )
  }

  /// The variance of x as a real number.
  public var variance: Double {
    let mean = mean - direction
    let cuts = [-.pi - direction, mean, .pi - direction]
    return zip(cuts, cuts.dropFirst()).reduce(0) { sum, piece in
      sum + integral(from: piece.0, to: piece.1, weight: { 2 * log(abs($0 - mean)) })
    }
  }
  public var support: ClosedRange<Double> { -.pi ... .pi }

  public var parameterNames: [String] { ["direction", "concentration"] }
  public var parameters: [Double] { [direction, concentration] }
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    try Self(direction: parameters[0], concentration: parameters[1])
  }

  public func logDensity(of value: Double, partials: inout MutableSpan<Double>) -> Double {
    let slope = -concentration * sin(value - direction)
    let s = sin((value - direction) / 2)
    partials[0] = slope
    partials[1] = -slope
    // cos - I1 / I0, as differences from one.
    partials[2] =
      -2 * s * s + 1
      - scaledBesselI(order: 1, concentration) / scaledBesselI(order: 0, concentration)
    return logDensity(of: value)
  }
}
