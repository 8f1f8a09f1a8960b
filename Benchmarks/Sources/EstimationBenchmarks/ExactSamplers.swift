import Buffon
import Foundation

/// Set-up times and nanoseconds a draw of the exact samplers of one variable, for the densities of
/// `peers/estimation/tdr_scipy.py`.
struct ExactSamplers {
  private struct Density: Sendable {
    let name: String
    let logDensity: @Sendable (Double) -> Double
    let derivative: @Sendable (Double) -> Double
    let support: ClosedRange<Double>
  }

  private static let densities: [Density] = [
    Density(
      name: "normal", logDensity: { -0.5 * $0 * $0 }, derivative: { -$0 },
      support: -.infinity ... .infinity),
    Density(
      name: "gamma", logDensity: { 1.5 * log($0) - $0 }, derivative: { 1.5 / $0 - 1 },
      support: 0 ... .infinity),
    Density(
      name: "beta", logDensity: { log($0) + 2 * log(1 - $0) },
      derivative: { 1 / $0 - 2 / (1 - $0) }, support: 0...1),
    Density(
      name: "logistic", logDensity: { -abs($0) - 2 * log1p(exp(-abs($0))) },
      derivative: { -tanh($0 / 2) }, support: -.infinity ... .infinity),
    Density(
      name: "normal_tail", logDensity: { -0.5 * $0 * $0 }, derivative: { -$0 },
      support: 8 ... .infinity),
    Density(
      name: "quartic", logDensity: { -$0 * $0 * $0 * $0 }, derivative: { -4 * $0 * $0 * $0 },
      support: -.infinity ... .infinity),
  ]

  /// One JSON object: the median of nine set-ups, and of seven runs for the draws.
  static func measure(count: Int) throws -> String {
    var rejection: [String] = []
    var inversion: [String] = []
    for density in densities {
      let sampler = try AdaptiveRejectionSampler(
        logDensity: density.logDensity, derivative: density.derivative, support: density.support)
      rejection.append(
        row(
          density.name,
          setUp: {
            _ = try AdaptiveRejectionSampler(
              logDensity: density.logDensity, derivative: density.derivative,
              support: density.support)
          }, count: count, fill: { try sampler.fill(&$0, using: &$1) }))
      let inverse = try NumericalInversion(
        logDensity: density.logDensity, support: density.support)
      inversion.append(
        row(
          density.name,
          setUp: {
            _ = try NumericalInversion(logDensity: density.logDensity, support: density.support)
          }, count: count, fill: { inverse.fill(&$0, using: &$1) }))
    }
    return "{\"rejection\": {\(rejection.joined(separator: ", "))}, "
      + "\"inversion\": {\(inversion.joined(separator: ", "))}}"
  }

  private static func row(
    _ name: String, setUp: () throws -> Void, count: Int,
    fill: (inout MutableSpan<Double>, inout Philox) throws -> Void
  ) -> String {
    var values = [Double](repeating: 0, count: count)
    var generator = Philox(seed: 1)
    let setUpTime = median(9) { try setUp() }
    let time = median(7) {
      var span = values.mutableSpan
      try fill(&span, &generator)
    }
    return "\"\(name)\": {\"setup_us\": \(setUpTime / 1_000), \"ns\": \(time / Double(count))}"
  }

  /// In nanoseconds; NaN where it fails.
  private static func median(_ runs: Int, _ body: () throws -> Void) -> Double {
    let clock = ContinuousClock()
    let times = (0..<runs).map { _ -> Double in
      let start = clock.now
      do { try body() } catch { return .nan }
      return (clock.now - start) / .nanoseconds(1)
    }
    return times.sorted()[runs / 2]
  }
}
