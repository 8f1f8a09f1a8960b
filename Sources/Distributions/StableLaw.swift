import Foundation
import Randomness
import SpecialFunctions

/// The stable law with characteristic function exp(-|t|^a (1 - i b sign(t) tan(pi a / 2))), for a = 1
/// exp(-|t| (1 + i b 2/pi sign(t) log|t|)): what the stable distributions shift and scale.
///
/// Everything is one of Zolotarev's integrals over an angle theta of a function of g, which rises or falls
/// from 0 to infinity: density of g exp(-g), tails of exp(-g) and 1 - exp(-g). A draw is the x at which
/// g is exponential for a uniform angle (Chambers, Mallows, Stuck): the same function, solved for x.
///
/// The integrals run over the logit t of the angle, outwards from where g = 1, in panels of 16
/// Gauss-Legendre points; log g is a difference from that place, because its slope is as large as
/// 1 / |a - 1|. All integrands are positive, so tails and densities are good relative to their own size.
///
/// ## References
/// V. M. Zolotarev, One-dimensional Stable Distributions (1986); J. P. Nolan, Communications in
/// Statistics. Stochastic Models 13 (1997), doi:10.1080/15326349708807450; J. M. Chambers,
/// C. L. Mallows, B. W. Stuck, J. Am. Stat. Assoc. 71 (1976), doi:10.2307/2285309.
struct StableLaw: Sendable {
  let exponent, skewness: Double
  /// What lies above zero, and the mirror image of what lies below.
  let above, below: StableSide

  init(exponent: Double, skewness: Double) {
    // Beside one a skewness this small changes nothing that a relative 1e-9 could see.
    let skewness = exponent == 1 && abs(skewness) < 1e-10 ? 0 : skewness
    self.exponent = exponent
    self.skewness = skewness
    above = StableSide(exponent: exponent, skewness: skewness)
    below = StableSide(exponent: exponent, skewness: -skewness)
  }

  private var line: ClosedRange<Double> { -.infinity ... .infinity }

  private var isCauchy: Bool { exponent == 1 && skewness == 0 }

  /// pi |x| P(X > x), for a negative x pi |x| P(X < x), where an exponent of one is that far out; else
  /// nil.
  private func shareOfTail(at x: Double) -> Double? {
    exponent == 1 && abs(x) > 1e100 ? 1 + (x > 0 ? skewness : -skewness) : nil
  }

  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    let u = generator.nextOpenUnit()
    if isCauchy { return tan(.pi * (u - 0.5)) }
    let logExponential = log(-log(generator.nextOpenUnit()))
    if exponent == 1 {
      let side = skewness > 0 ? above : below
      let (up, down) = (Double.pi * u, Double.pi * (1 - u))
      let x =
        2 * abs(skewness) / Double.pi
        * (side.logV(skewness > 0 ? StableAngle(up, down) : StableAngle(down, up)) - logExponential)
      return skewness > 0 ? x : -x
    }
    let a = Double.pi * u - above.rest
    let side = a > 0 ? above : below
    let angle =
      a > 0 ? StableAngle(a, .pi * (1 - u)) : StableAngle(-a, .pi * u)
    let x = exp((logExponential - side.logV(angle)) / side.power)
    return a > 0 ? x : -x
  }

  func logDensity(of x: Double) -> Double {
    if x.isInfinite { return -.infinity }
    if x.isNaN { return x }
    if isCauchy { return -log(.pi) - log1pSquare(x) }
    if let share = shareOfTail(at: x) { return log(share / .pi) - 2 * log(abs(x)) }
    if exponent == 1 {
      let side = skewness > 0 ? above : below
      return side.logIntegral(at: skewness > 0 ? x : -x) { $0 - exp($0) } - log(2 * abs(skewness))
    }
    if x == 0 { return above.logDensityAtZero }
    let side = x > 0 ? above : below
    if side.width == 0 { return -.infinity }
    return side.logIntegral(at: abs(x)) { $0 - exp($0) } + log(exponent / (.pi * abs(exponent - 1)))
      - log(abs(x))
  }

  /// The derivative of the log density.
  func score(at x: Double) -> Double {
    if isCauchy { return cauchySlope(x) }
    // Under the weight g exp(-g), 1 - E g.
    func deficit(_ side: StableSide, _ x: Double) -> Double {
      let base = side.logIntegral(at: x) { $0 - exp($0) }
      return 1 - exp(side.logIntegral(at: x) { 2 * $0 - exp($0) } - base)
    }
    if shareOfTail(at: x) != nil { return -2 / x }
    if exponent == 1 {
      let rate = -Double.pi / (2 * skewness)
      let slope = rate * deficit(skewness > 0 ? above : below, skewness > 0 ? x : -x)
      // Far out the two terms of 1 - E g cancel.
      return abs(slope) < 1e-3 * abs(rate)
        ? Self.difference(at: x, step: 0.01 * max(1, abs(x)), in: line, logDensity(of:)) : slope
    }
    if x == 0 { return above.scoreAtZero }
    let side = x > 0 ? above : below
    let slope = (side.power * deficit(side, abs(x)) - 1) / x
    // Beside zero the two terms cancel.
    return abs(slope * x) < 1e-3
      ? Self.difference(at: x, step: 0.01, in: line, logDensity(of:)) : slope
  }

  /// The derivative of the quartic through five points, moved aside where the domain ends. They are so
  /// near to each other that the function changes by a few thousandths between them: it is good to
  /// fourteen digits.
  static func difference(
    at x: Double, step largest: Double, in domain: ClosedRange<Double>, _ f: (Double) -> Double
  ) -> Double {
    let (center, inwards) = (f(x), x + largest > domain.upperBound ? -1.0 : 1)
    var step = largest
    for _ in 0..<12 {
      let change = abs(f(x + inwards * step) - center)
      if change < 5e-3 { break }
      step *= max(0.1, 3e-3 / change)
    }
    let shift =
      x - 2 * step < domain.lowerBound
      ? ((domain.lowerBound - x) / step + 2).rounded(.up)
      : x + 2 * step > domain.upperBound ? ((domain.upperBound - x) / step - 2).rounded(.down) : 0
    let nodes = (-2...2).map { Double($0) + shift }
    // Lagrange's basis, differentiated at zero.
    var sum = 0.0
    for (i, a) in nodes.enumerated() {
      var denominator = 1.0
      var derivative = 0.0
      for (j, b) in nodes.enumerated() where j != i {
        denominator *= a - b
        var product = 1.0
        for (k, c) in nodes.enumerated() where k != i && k != j { product *= -c }
        derivative += product
      }
      if derivative != 0 { sum += derivative / denominator * f(x + a * step) }
    }
    return sum / step
  }

  /// P(X <= x), or P(X > x) with `upper`.
  func tail(_ x: Double, upper: Bool) -> Double {
    if x.isInfinite { return (x > 0) == upper ? 0 : 1 }
    if isCauchy { return cauchyTail(upper ? -x : x) }
    if let share = shareOfTail(at: x) {
      let outer = share / .pi / abs(x)
      return (x > 0) == upper ? outer : 1 - outer
    }
    if exponent == 1 {
      let side = skewness > 0 ? above : below
      // g rises with the angle: exp(-g) is the side away from the heavy tail.
      let isFar = upper == (skewness > 0)
      return min(1, side.integral(at: skewness > 0 ? x : -x, ofDecay: !isFar) / .pi)
    }
    let (side, isOuter) = x >= 0 ? (above, upper) : (below, !upper)
    if x == 0 { return min(1, (isOuter ? side.width : side.rest) / .pi) }
    if side.width == 0 { return isOuter ? 0 : 1 }
    let inner = side.integral(at: abs(x), ofDecay: (exponent > 1) == isOuter) / .pi
    return min(1, isOuter ? inner : side.rest / .pi + inner)
  }

  /// A place near that of which a tail, p <= 1/2, is p: by regula falsi on the logarithm of the tail.
  func approximateQuantile(_ p: Double, upper: Bool) -> Double {
    // Rising in y, with x on a scale that is even in the middle and logarithmic far out.
    func x(_ y: Double) -> Double { upper ? -sinh(y) : sinh(y) }
    func excess(_ y: Double) -> Double { log(tail(x(y), upper: upper)) - log(p) }
    var (low, high) = (-1.0, 1.0)
    var (below, above) = (excess(low), excess(high))
    while below > 0, low > -700 {
      (high, above) = (low, below)
      low *= 2
      below = excess(low)
    }
    while above < 0, high < 700 {
      (low, below) = (high, above)
      high *= 2
      above = excess(high)
    }
    var side = 0
    for _ in 0..<60 where high - low > 1e-7 * max(1e-12, abs(low)) {
      var y = (low * above - high * below) / (above - below)
      if !(y > low && y < high) { y = 0.5 * (low + high) }
      let value = excess(y)
      if value == 0 { return x(y) }
      if value < 0 {
        (low, below) = (y, value)
        if side == -1 { above /= 2 }
        side = -1
      } else {
        (high, above) = (y, value)
        if side == 1 { below /= 2 }
        side = 1
      }
    }
    return x(0.5 * (low + high))
  }
}

/// A place on the arc from `a` = 0 to `phi` = 0: the distances from both ends.
struct StableAngle {
  let a, phi, logA, logPhi: Double

  init(_ a: Double, _ phi: Double) {
    (self.a, self.phi, logA, logPhi) = (a, phi, log(a), log(phi))
  }

  /// By the logit of a / width.
  init(logit t: Double, width: Double) {
    logA = log(width) - log1pExp(-t)
    logPhi = log(width) - log1pExp(t)
    (a, phi) = (exp(logA), exp(logPhi))
  }
}

/// One side of a stable law: log g = logV(angle) + power log x for an exponent other than one, and
/// logV(angle) - pi x / (2 skewness) for one (there the whole line is one side).
struct StableSide: Sendable {
  let exponent, skewness: Double
  /// exponent / (exponent - 1).
  let power: Double
  /// The length of the arc, pi P(X > 0), and pi less it.
  let width, rest: Double
  /// The angle that sin(exponent a) and its neighbour end at for phi = 0, and pi less it.
  private let edge, edgeComplement: Double
  private let offset: Double

  init(exponent: Double, skewness: Double) {
    self.exponent = exponent
    self.skewness = skewness
    power = exponent / (exponent - 1)
    if exponent == 1 {
      (width, rest, edge, edgeComplement, offset) = (.pi, 0, .pi, 0, log(2 / Double.pi))
      return
    }
    // tan of pi a / 2 for a < 1, of pi (2 - a) / 2 for a > 1. Sums of arc tangents are atan2's, so that
    // none of the angles loses digits where it is small.
    let distance = abs(exponent - 1)
    let slope = distance < 0.5 ? 1 / tan(.pi * distance / 2) : tan(.pi * (1 - distance) / 2)
    let square = slope * slope * skewness
    edge = atan2(slope * (1 + skewness), 1 - square)
    edgeComplement = atan2(slope * (1 + skewness), square - 1)
    width = (exponent < 1 ? edge : edgeComplement) / exponent
    rest =
      atan2(slope * (1 - skewness), exponent < 1 ? 1 + square : -1 - square) / exponent
    offset = -0.5 * log1p(square * skewness) / (exponent - 1)
  }

  private var distance: Double { abs(exponent - 1) }

  /// sin phi = sin(a + rest), the cosine of Zolotarev's angle.
  private func cosine(_ angle: StableAngle) -> Double {
    angle.phi < .pi / 2 ? sin(angle.phi) : sin(angle.a + (exponent == 1 ? 0 : rest))
  }

  /// sin(exponent a).
  private func sine(_ angle: StableAngle) -> Double {
    exponent * angle.a < .pi / 2
      ? sin(exponent * angle.a)
      : sin((exponent < 1 ? edgeComplement : edge) + exponent * angle.phi)
  }

  /// The angle edge + |exponent - 1| phi, and its sine.
  private func third(_ angle: StableAngle) -> (angle: Double, sine: Double) {
    let psi = edge + distance * angle.phi
    if psi < .pi / 2 { return (psi, sin(psi)) }
    return (psi, sin((exponent < 1 ? rest : width) + distance * angle.a))
  }

  private func logSine(_ value: Double, or small: Double) -> Double {
    value < 1e-100 ? small : log(value)
  }

  /// w = pi/2 + skewness theta, for an exponent of one.
  private func weight(_ angle: StableAngle) -> Double {
    angle.phi < .pi / 2
      ? .pi / 2 * (1 + skewness) - skewness * angle.phi
      : .pi / 2 * (1 - skewness) + skewness * angle.a
  }

  func logV(_ angle: StableAngle) -> Double {
    let logCosine = logSine(cosine(angle), or: min(angle.logPhi, angle.logA))
    if exponent == 1 {
      let w = weight(angle)
      let tangent = angle.phi < .pi / 2 ? 1 / tan(angle.phi) : -1 / tan(angle.a)
      // 0 times infinity at the end of a totally skewed law.
      let product = w == 0 ? 0 : w * tangent
      return offset + (w == 0 ? angle.logA : log(w)) - logCosine + product / skewness
    }
    let logSineOfA = logSine(sine(angle), or: log(exponent) + min(angle.logA, angle.logPhi))
    let logThird = logSine(third(angle).sine, or: log(distance) + min(angle.logA, angle.logPhi))
    return offset + power * (logCosine - logSineOfA) + logThird - logCosine
  }

  /// log g as a function of u, the logit less that of an anchor where it is `value`.
  private struct Anchor {
    let side: StableSide
    let logit, value: Double
    let angle: StableAngle
    private let sinPhi, sinA, sinPsi, psi, w, leftShare, rightShare: Double

    init(_ side: StableSide, logit: Double, value: Double) {
      (self.side, self.logit, self.value) = (side, logit, value)
      angle = StableAngle(logit: logit, width: side.width)
      sinPhi = side.cosine(angle)
      sinA = side.sine(angle)
      (psi, sinPsi) = side.third(angle)
      w = side.weight(angle)
      leftShare = 1 / (1 + exp(-logit))
      rightShare = 1 / (1 + exp(logit))
    }

    /// log(sin(y + d) / sin y).
    private func logRatio(_ y: Double, _ sine: Double, _ d: Double) -> Double {
      log1p(2 * cos(y + d / 2) * sin(d / 2) / sine)
    }

    /// For |u| < 1/2, where the differences of the logarithms would cancel.
    func near(_ u: Double) -> Double {
      let logPhi = -log1p(leftShare * expm1(u))
      let logA = -log1p(rightShare * expm1(-u))
      // a - angle.a, by the shorter end.
      let d = angle.a * expm1(logA)
      let e = angle.phi * expm1(logPhi)
      let step = abs(d) < abs(e) || angle.phi > angle.a ? d : -e
      let logCosine =
        angle.phi < 1e-5
        ? logPhi
        : angle.a < 1e-5 && side.rest == 0
          ? logA : logRatio(angle.phi, sinPhi, -step)
      if side.exponent == 1 {
        let (a, phi) = (angle.a + step, angle.phi - step)
        let sinNow = sinPhi * exp(logCosine)
        let (x, y) = (angle.phi, phi)
        let change: Double
        if angle.phi < .pi / 2 {
          change =
            .pi / 2 * (1 + side.skewness) * sin(step) / sinPhi / sinNow
            - side.skewness * (cotangentProduct(y) - cotangentProduct(x))
        } else {
          change =
            .pi / 2 * (1 - side.skewness) * sin(step) / sinPhi / sinNow
            - side.skewness * (cotangentProduct(a) - cotangentProduct(angle.a))
        }
        let logWeight = w > 0 ? log1p(side.skewness * step / w) : 0
        return value + change / side.skewness + logWeight - logCosine
      }
      let logSine =
        side.exponent * angle.a < 1e-5
        ? logA : logRatio(side.exponent * angle.a, sinA, side.exponent * step)
      let logThird = logRatio(psi, sinPsi, -side.distance * step)
      return value + side.power * (logCosine - logSine) + logThird - logCosine
    }

    /// y cot y.
    private func cotangentProduct(_ y: Double) -> Double { y < 1e-8 ? 1 : y / tan(y) }
  }

  /// log g at x.
  private func logG(_ t: Double, shift: Double) -> Double {
    logV(StableAngle(logit: t, width: width)) + shift
  }

  /// The logarithm of the integral over the angle of exp(term(log g)).
  ///
  /// - Parameter x: positive; for an exponent of one any.
  func logIntegral(at x: Double, _ term: @escaping (Double) -> Double) -> Double {
    let shift = exponent == 1 ? -.pi * x / (2 * skewness) : power * log(x)
    let anchor = anchor(shift)
    func logG(_ u: Double) -> Double {
      abs(u) < 0.5 ? anchor.near(u) : self.logG(anchor.logit + u, shift: shift)
    }
    func height(_ u: Double) -> Double {
      let t = anchor.logit + u
      let value = term(logG(u)) - log1pExp(t) - log1pExp(-t)
      return value.isNaN ? -.infinity : value
    }
    // Some high place: where g = 1, or the middle, or between, and uphill from there.
    var (start, largest) = (0.0, height(0))
    for k in 1...12 {
      let u = -anchor.logit * Double(k) / 10
      let value = height(u)
      if value > largest { (start, largest) = (u, value) }
    }
    var stride = 16.0
    while stride > 0.25 {
      let (left, right) = (height(start - stride), height(start + stride))
      if max(left, right) > largest {
        start += left > right ? -stride : stride
        largest = max(left, right)
      } else {
        stride /= 2
      }
    }
    // So low that the logarithm of a width is lost beside it.
    if largest < -1e12 { return largest }
    func slope(_ f: (Double) -> Double, _ u: Double, _ step: Double) -> Double {
      let slope = abs(f(u + step) - f(u - step)) / (2 * step)
      return slope.isFinite ? slope : 0
    }
    func rate(_ u: Double) -> Double {
      let steepness = slope(logG, u, 1e-3)
      let value = logG(u)
      // Where g is neither small nor large its own change counts, elsewhere that of the integrand.
      return 0.7 + 0.6 * steepness / (1 + value * value / 4)
        + 0.6 * slope(height, u, min(1e-3, 0.1 / steepness))
    }
    // However steep g is, panels widen from where it is one by factors.
    var breaks = [0, -anchor.logit, -0.5, 0.5]
    var rung = 0.5 / max(1e-3, slope(logG, 0, 1e-3))
    while rung < 8 {
      breaks += [-rung, rung]
      rung *= 4
    }
    var sum = 0.0
    for end in [-2000.0, 2000] {
      sum += integrateTail(from: start, to: end, breaks: breaks, rate: rate) {
        height($0) - largest
      }
    }
    return largest + log(sum) + log(width)
  }

  /// The integral over the angle of exp(-g), or of 1 - exp(-g).
  func integral(at x: Double, ofDecay: Bool) -> Double {
    exp(
      logIntegral(at: x) { s in
        ofDecay ? -exp(s) : s < -36 ? s : log(-expm1(-exp(s)))
      })
  }

  /// Where g = 1, or the middle where it is nowhere.
  private func anchor(_ shift: Double) -> Anchor {
    let far = 1500.0
    var (low, high) = (-far, far)
    var (below, above) = (logG(low, shift: shift), logG(high, shift: shift))
    guard below.sign != above.sign, !below.isNaN, !above.isNaN else {
      return Anchor(self, logit: 0, value: logG(0, shift: shift))
    }
    // Regula falsi on asinh, because log g grows exponentially; with bisections for safety.
    let rises = above > below
    (below, above) = (asinh(below), asinh(above))
    var side = 0
    for k in 0..<200 where high - low > 1e-16 * max(1e-3, max(abs(low), abs(high))) {
      var t = (low * above - high * below) / (above - below)
      if !(t > low && t < high) || k % 4 == 3 { t = 0.5 * (low + high) }
      if t == low || t == high { break }
      let value = asinh(logG(t, shift: shift))
      if value == 0 { return Anchor(self, logit: t, value: 0) }
      if (value < 0) == rises {
        (low, below) = (t, value)
        if side == -1 { above /= 2 }
        side = -1
      } else {
        (high, above) = (t, value)
        if side == 1 { below /= 2 }
        side = 1
      }
    }
    return Anchor(self, logit: abs(below) < abs(above) ? low : high, value: 0)
  }

  /// Gamma(1 + 1/a) cos(theta_0) cos(a theta_0)^(1/a) / pi.
  var logDensityAtZero: Double {
    guard width > 0, rest > 0 else { return -.infinity }
    return logGamma(1 + 1 / exponent) + log(sin(min(width, rest))) + offset * (exponent - 1)
      / exponent
      - log(.pi)
  }

  /// The first two terms of the power series in x.
  var scoreAtZero: Double {
    let ratio = logGamma(1 + 2 / exponent) - logGamma(1 + 1 / exponent)
    return -exp(ratio + offset * (exponent - 1) / exponent) * cos(width)
  }
}
