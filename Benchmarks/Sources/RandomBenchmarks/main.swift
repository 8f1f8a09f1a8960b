// Nanoseconds a draw, one thread: RandomBenchmarks [N] (default 10^7). One JSON object: the median
// of five runs for each row.
import Buffon
import Foundation

/// Draws into one memory, from one generator, and the time that they take.
struct Measurement {
  var values: [Double]
  var generator = Philox(seed: 1)

  init(count: Int) { values = [Double](repeating: 0, count: count) }

  /// The median over five runs of the nanoseconds that a draw takes in bulk.
  mutating func bulk(_ fill: (inout Philox, inout MutableSpan<Double>) -> Void) -> Double {
    median { measurement in
      var generator = measurement.generator
      var span = measurement.values.mutableSpan
      fill(&generator, &span)
      measurement.generator = generator
    }
  }

  /// The same for one draw at a time.
  mutating func single(_ draw: (inout Philox) -> Double) -> Double {
    median { measurement in
      var generator = measurement.generator
      for i in measurement.values.indices { measurement.values[i] = draw(&generator) }
      measurement.generator = generator
    }
  }

  private mutating func median(_ body: (inout Measurement) -> Void) -> Double {
    let clock = ContinuousClock()
    let times = (0..<5).map { _ in
      clock.measure { body(&self) } / .nanoseconds(1) / Double(values.count)
    }
    return times.sorted()[2]
  }
}

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000_000
var measurement = Measurement(count: count)
let normal = try Normal(mean: 0, standardDeviation: 1)
let gamma = try Gamma(shape: 2.5, rate: 1)
let rows = [
  ("uniform", measurement.bulk { generator, span in generator.fillUnit(&span) }),
  ("normal", measurement.bulk { generator, span in generator.fillNormal(&span) }),
  ("exponential", measurement.bulk { generator, span in generator.fillExponential(&span) }),
  (
    "gamma", measurement.bulk { generator, span in generator.fillGamma(&span, shape: 2.5) }
  ),
  (
    "beta", measurement.bulk { generator, span in generator.fillBeta(&span, alpha: 2, beta: 3) }
  ),
  ("uniform, one at a time", measurement.single { $0.nextUnit() }),
  ("normal, one at a time", measurement.single { normal.sample(using: &$0) }),
  ("gamma, one at a time", measurement.single { gamma.sample(using: &$0) }),
]
let figures = rows.map { "\"\($0.0)\": \(String(format: "%.3f", $0.1))" }
print("{\"system\": \"buffon\", \(figures.joined(separator: ", "))}")
