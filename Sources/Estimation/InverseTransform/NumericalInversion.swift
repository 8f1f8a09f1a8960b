import Distributions
import Foundation
import Randomness

/// The distribution of one variable whose density is known up to a constant, sampled by inverting its
/// cumulative probability numerically.
///
/// ```
/// F(x) = (integral of p from the lower end to x) / (integral of p),   |F(quantile(u)) - u| <= resolution
/// ```
///
/// ```swift
/// let quartic = try NumericalInversion(logDensity: { -$0 * $0 * $0 * $0 })
/// let estimate = try await MonteCarlo(draws: 1_000_000).mean(of: { $0 * $0 }, under: quartic, seed: 1)
/// ```
///
/// The density is integrated on panels that double in width toward infinite ends and halve toward
/// singular ones, each a Chebyshev series, to a hundredth of the resolution; the quantile function is
/// interpolated on pieces that are halved until F(x(u)) is where it must be. A draw is the quantile of
/// one uniform, so that it rises with it, and lies beyond neither end.
///
/// The density need not be log-concave, continuous or bounded, and may have several modes. A mode that
/// is narrow beside its distance from the others is found if the log density rises toward it on the way
/// out from the highest, or if a starting point is near it; one that is not found is missing.
///
/// ``quantile(_:)`` and ``survivalQuantile(_:)`` are as good as the draws. Where less than 2^-20 is left
/// to an infinite end they invert the tail itself, to some ten digits of a probability down to about
/// 1e-25.
///
/// - Complexity: some thousands of evaluations of the density to make, the more the heavier its tails;
///   none for anything but `logDensity`.
///
/// ## References
/// G. Derflinger, W. Hörmann, J. Leydold, "Random variate generation by numerical inversion when only
/// the density is known", ACM TOMACS 20 (2010), doi:10.1145/1842722.1842723.
public struct NumericalInversion: ContinuousDistribution {
  /// Outside of which the density is zero.
  public let support: ClosedRange<Double>
  /// The largest error of the cumulative probability of a draw.
  public let resolution: Double
  /// The logarithm of the integral of what was given as the density.
  public let logIntegral: Double
  /// NaN where it does not exist, or is infinite on both sides.
  public let mean: Double
  /// Infinite or NaN where it does not exist.
  public let variance: Double
  /// How often the density was evaluated to make the distribution.
  public let evaluations: Int
  private let logFunction: @Sendable (Double) -> Double
  private let panels: [DensityPanels.Panel]
  private let table: QuantileTable

  /// - Parameters:
  ///   - logDensity: log p up to a constant; minus infinity where p is zero. It is evaluated inside the
  ///     support only, by this initialiser.
  ///   - support: of any finite, half-infinite or infinite width.
  ///   - startingPoints: inside the support, near the modes; none for places on many scales about zero,
  ///     or between the ends.
  ///   - resolution: in [1e-12, 1e-2].
  /// - Throws: ``EstimationError``: a log density that is NaN or plus infinity, an integral that does not
  ///   converge, a resolution that cannot be reached, and where.
  public init(
    logDensity: @escaping @Sendable (Double) -> Double,
    support: ClosedRange<Double> = -.infinity ... .infinity,
    startingPoints: [Double] = [], resolution: Double = 1e-10
  ) throws {
    guard resolution >= 1e-12, resolution <= 1e-2 else {
      throw EstimationError.setting("the resolution \(resolution) is not in [1e-12, 1e-2]")
    }
    try LogCurve.check(support: support, points: startingPoints)
    let density = try DensityPanels(
      LogCurve(function: logDensity, support: support), startingPoints: startingPoints,
      resolution: resolution)
    self.support = support
    self.resolution = resolution
    logIntegral = density.top + log(density.total)
    (mean, variance) = (density.mean, density.variance)
    evaluations = density.evaluations
    logFunction = logDensity
    panels = density.panels
    table = try QuantileTable(density)
  }

  @inline(__always)
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    table.withReader { $0.quantile(generator.nextOpenUnit()) }
  }

  /// One position each; the draws that one at a time would give.
  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Double>, using generator: inout G
  ) {
    if var philox = generator as? Philox {
      philox.fillOpenUnit(&values)
      generator = philox as! G
    } else {
      for i in values.indices { values[i] = generator.nextOpenUnit() }
    }
    values.withUnsafeMutableBufferPointer { values in
      table.withReader { $0.replace(values) }
    }
  }

  public func logDensity(of value: Double) -> Double {
    support.contains(value) ? logFunction(value) - logIntegral : -.infinity
  }

  /// The first panel that reaches beyond x; none if x is beyond all.
  private func panel(at x: Double) -> DensityPanels.Panel? {
    let index = firstPanel { $0.high > x }
    return index < panels.count ? panels[index] : nil
  }

  /// The first panel from which on `condition` holds.
  private func firstPanel(where condition: (DensityPanels.Panel) -> Bool) -> Int {
    var (low, high) = (0, panels.count)
    while low < high {
      let middle = (low + high) / 2
      if condition(panels[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  public func cdf(_ x: Double) -> Double {
    guard let panel = panel(at: x) else { return x.isNaN ? .nan : 1 }
    return min(1, panel.below + panel.integral(to: x))
  }

  public func survival(_ x: Double) -> Double {
    guard let panel = panel(at: x) else { return x.isNaN ? .nan : 0 }
    return min(1, panel.above + (panel.mass - panel.integral(to: x)))
  }

  /// Below this probability the tail itself is inverted.
  private static let smallTail = 0x1p-20

  public func quantile(_ p: Double) -> Double {
    precondition(p >= 0 && p <= 1, "\(p) is not a probability")
    if p >= Self.smallTail, p <= 1 - Self.smallTail { return interpolated(p) }
    if p > 0.5 { return upperTail(1 - p) }
    if p == 0 || support.lowerBound.isFinite {
      return p == 0 ? support.lowerBound : interpolated(p)
    }
    let panel = panels[min(panels.count - 1, firstPanel { $0.below + $0.mass >= p })]
    return min(interpolated(Self.smallTail), panel.place(of: p - panel.below, fromHigh: false))
  }

  public func survivalQuantile(_ q: Double) -> Double {
    precondition(q >= 0 && q <= 1, "\(q) is not a probability")
    return q < Self.smallTail ? upperTail(q) : quantile(1 - q)
  }

  private func interpolated(_ p: Double) -> Double { table.withReader { $0.quantile(p) } }

  private func upperTail(_ q: Double) -> Double {
    if q == 0 || support.upperBound.isFinite {
      return q == 0 ? support.upperBound : interpolated(1 - q)
    }
    // Of the panels above which there is less than q the first.
    let panel = panels[min(panels.count - 1, firstPanel { $0.above < q })]
    return max(
      interpolated(1 - Self.smallTail), panel.place(of: q - panel.above, fromHigh: true))
  }
}
