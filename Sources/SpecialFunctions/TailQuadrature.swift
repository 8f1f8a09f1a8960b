import Foundation

/// The integral of exp(logDensity) from `start` to `end`, which may be infinite, for a density that
/// falls on the way: panels of 16 Gauss-Legendre points, each short enough that the logarithm changes
/// by a few units at most, until what is left cannot count. All terms are positive, so the result is
/// as good relative to its own size as the density is.
///
/// - Parameters:
///   - breaks: places where a panel must end, in any order.
///   - rate: an upper bound, up to a small factor, of the change of the logarithm per unit of length at
///     a place, the root of its curvature included; positive.
package func integrateTail(
  from start: Double, to end: Double, breaks: [Double] = [], rate: (Double) -> Double,
  logDensity: (Double) -> Double
) -> Double {
  let direction: Double = end > start ? 1 : -1
  var ahead = breaks.filter { ($0 - start) * direction > 0 && (end - $0) * direction > 0 }
  ahead.sort { ($0 - $1) * direction > 0 }  // the nearest last
  var (sum, place) = (0.0, start)
  // A bound that no density met in practice; a loop must end.
  for _ in 0..<10_000 where place != end {
    let step = direction * 3 / rate(place)
    var next = place + step
    var isCut = false
    if let nearest = ahead.last, (next - nearest) * direction >= 0 {
      next = nearest
      isCut = true
      ahead.removeLast()
    }
    if (next - end) * direction >= 0 || next == place {
      next = next == place ? place + direction * place.ulp : end
    }
    let panel = abs(gaussLegendreIntegral(from: place, to: next) { exp(logDensity($0)) })
    sum += panel
    if exp(logDensity(next)) == 0 { break }
    if !isCut, ahead.isEmpty, panel <= sum * 1e-18 { break }
    place = next
  }
  return sum
}

/// The integral of `f` from `low` to `high` by 16 Gauss-Legendre points.
package func gaussLegendreIntegral(
  from low: Double, to high: Double, _ f: (Double) -> Double
) -> Double {
  let (middle, half) = (0.5 * (low + high), 0.5 * (high - low))
  return half
    * gaussLegendre.reduce(0) { sum, rule in
      sum + rule.1 * (f(middle - half * rule.0) + f(middle + half * rule.0))
    }
}

/// The positive nodes and the weights of the 16-point rule on [-1, 1].
private let gaussLegendre: [(Double, Double)] = [
  (0.09501250983763744, 0.1894506104550685), (0.2816035507792589, 0.1826034150449236),
  (0.4580167776572274, 0.16915651939500254), (0.6178762444026438, 0.14959598881657674),
  (0.755404408355003, 0.12462897125553388), (0.8656312023878318, 0.09515851168249279),
  (0.9445750230732326, 0.06225352393864789), (0.9894009349916499, 0.027152459411754096),
]
