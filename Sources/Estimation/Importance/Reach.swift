import Distributions
import Foundation

/// What the draws of a proposal are not expected to reach, where target and proposal are known
/// distributions of a real variable: told before a draw is made.
///
/// Beyond the places where q leaves 1/S on a side, one draw of S is expected. What lies there of E[f]
/// is missing from most estimates, which are off by that much while their own draws look well:
///
/// ```
/// d = (1 / SE) int_out (f - E[f]) p,   SE^2 = 1/S int_in (f - E[f])^2 p^2 / q
/// ```
///
/// For the unbiased estimate int_out (f p - E[f] q), and the variance of f p / q. Parts of opposite signs on
/// the two sides cancel, as the errors do. The integrals are sums over quantiles, even in the logit of their
/// probability: 361 of the target, from 1e-16 to 1 - 1e-16, and those of the proposal between 1/S and
/// 1 - 1/S, 70 to 160. f is evaluated there, but for places where the target is zero.
struct Reach: Sendable {
  /// d of each output, in standard errors; nil where it cannot be told.
  let distances: [Double?]

  /// The largest |d| that is accepted. Of 170 combinations of a normal target, a normal proposal of another
  /// width or place, and f, with 400 runs each: those whose intervals of nominal 95 % covered at least 93 %
  /// of the time had up to 1.0 (one 1.23), those that covered less than 85 % for this reason 1.47 and more.
  static let limit = 1.25

  /// What speaks against an output.
  func concerns(of output: Int) -> [Concern] {
    guard let distance = distances[output], abs(distance) > Self.limit else { return [] }
    return [.unreached(standardErrors: abs(distance))]
  }

  /// Nil where the two are not distributions of a real variable.
  init?<Value>(
    target: any Distribution<Value>, proposal: any Distribution<Value>,
    integrand: Integrand<Value>, draws: Int, _ normalization: ImportanceNormalization
  ) {
    guard let p = target as? any UnivariateDistribution<Double>,
      let q = proposal as? any UnivariateDistribution<Double>, draws > 2
    else { return nil }
    let rest = 1 / Double(draws)
    let range = q.quantile(rest)...q.survivalQuantile(rest)
    func isAsked(_ place: Double) -> Bool { p.logDensity(of: place) > -.infinity }
    let target = QuantileNodes(p).filter(isAsked)
    let all = QuantileNodes(q, reach: log(Double(draws)))
    let inside = all.filter(isAsked)
    guard let places = target.places + inside.places as? [Value],
      let values = Self.values(of: integrand, at: places)
    else {
      distances = [Double?](repeating: nil, count: integrand.outputs)
      return
    }
    let ratios = inside.places.map { exp(p.logDensity(of: $0) - q.logDensity(of: $0)) }
    let mass = all.weights.reduce(0, +)
    let beyond = q.cdf(range.lowerBound) + q.survival(range.upperBound)
    distances = (0..<integrand.outputs).map { output in
      func f(_ place: Int) -> Double { values[place * integrand.outputs + output] }
      let mean = target.weights.indices.reduce(0) { $0 + target.weights[$1] * f($1) }
      let center = normalization == .selfNormalized ? mean : 0
      var missing = 0.0
      for i in target.places.indices where !range.contains(target.places[i]) {
        missing += target.weights[i] * (f(i) - center)
      }
      var (sum, square) = (0.0, 0.0)
      for i in inside.places.indices {
        let term = ratios[i] * (f(target.places.count + i) - center)
        sum += inside.weights[i] * term / mass
        square += inside.weights[i] * term * term / mass
      }
      var variance = square * rest
      if normalization == .exact {
        missing -= mean * beyond
        // Where f p / q hardly varies, both are small, and the sums are not exact enough for their ratio.
        let least = 4 * mean * rest
        variance = max(0, square - sum * sum) * rest + least * least
      }
      if missing == 0 { return 0 }
      let distance = missing / variance.squareRoot()
      return distance.isNaN ? nil : distance
    }
  }

  /// f at some places, `[count, outputs]`; nil where it throws, or when the run was cancelled. Nothing else
  /// is said of an f that fails where no draw may come: the draws will tell.
  private static func values<Value>(of integrand: Integrand<Value>, at places: [Value]) -> [Double]?
  {
    let outputs = integrand.outputs
    var values = [Double](repeating: .nan, count: places.count * outputs)
    // A few at a time, so that a slow f can be cancelled.
    for start in stride(from: 0, to: places.count, by: 16) {
      if Task.isCancelled { return nil }
      let end = min(start + 16, places.count)
      do {
        try values.withMutableSpan(start * outputs..<end * outputs) {
          try integrand.body(places.span.extracting(start..<end), &$0)
        }
      } catch {
        return nil
      }
    }
    return values
  }
}

/// Places and weights that integrate over a distribution, far into its tails.
struct QuantileNodes {
  let places: [Double]
  let weights: [Double]

  private init(_ nodes: [(Double, Double)]) {
    (places, weights) = (nodes.map(\.0), nodes.map(\.1))
  }

  func filter(_ isIncluded: (Double) -> Bool) -> QuantileNodes {
    QuantileNodes(zip(places, weights).filter { isIncluded($0.0) })
  }

  /// - Parameter reach: how far the logit of the probability goes on both sides.
  init(_ distribution: some UnivariateDistribution<Double>, reach: Double = 36) {
    let count = Int(reach / 0.2)
    let step = reach / Double(count)
    (places, weights) = (-count...count).reduce(into: ([], [])) { nodes, i in
      let near = 1 / (1 + exp(Double(abs(i)) * step))
      nodes.0.append(
        i < 0 ? distribution.quantile(near) : distribution.survivalQuantile(near))
      nodes.1.append(near * (1 - near) * step)
    }
  }
}
