// Nanoseconds a draw, one thread: RandomBenchmarks [N] (default 10^7). One JSON object: the kernels in
// use, and the median of five runs for each row, in bulk and one at a time.
import Buffon
import Foundation

/// Draws into one memory, from one generator, and the time that they take.
struct Measurement<Value> {
  var values: [Value]
  var generator = Philox(seed: 1)

  init(count: Int, of zero: Value) { values = [Value](repeating: zero, count: count) }

  /// The median over five runs of the nanoseconds that a draw takes in bulk.
  mutating func bulk(_ fill: (inout Philox, inout MutableSpan<Value>) -> Void) -> Double {
    median { measurement in
      var generator = measurement.generator
      var span = measurement.values.mutableSpan
      fill(&generator, &span)
      measurement.generator = generator
    }
  }

  /// The same for one draw at a time.
  mutating func single(_ draw: (inout Philox) -> Value) -> Double {
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
var reals = Measurement(count: count, of: 0.0)
var integers = Measurement(count: count, of: 0)

let probabilities = (1...10).map { Double($0) / 55 }
let table = AliasTable(probabilities: probabilities)
let bulk = [
  ("uniform", reals.bulk { generator, span in generator.fillUnit(&span) }),
  ("normal", reals.bulk { generator, span in generator.fillNormal(&span) }),
  ("exponential", reals.bulk { generator, span in generator.fillExponential(&span) }),
  ("gamma", reals.bulk { generator, span in generator.fillGamma(&span, shape: 2.5) }),
  ("beta", reals.bulk { generator, span in generator.fillBeta(&span, alpha: 2, beta: 3) }),
  ("poisson", integers.bulk { generator, span in generator.fillPoisson(&span, mean: 10) }),
  (
    "categorical",
    integers.bulk { generator, span in generator.fillCategorical(&span, table: table) }
  ),
]

let normal = try Normal(mean: 0, standardDeviation: 1)
let exponential = try Exponential(rate: 1)
let gamma = try Gamma(shape: 2.5, rate: 1)
let beta = try Beta(alpha: 2, beta: 3)
let poisson = try Poisson(rate: 10)
let categorical = try Categorical(probabilities: probabilities)
let single = [
  ("uniform", reals.single { $0.nextUnit() }),
  ("normal", reals.single { normal.sample(using: &$0) }),
  ("exponential", reals.single { exponential.sample(using: &$0) }),
  ("gamma", reals.single { gamma.sample(using: &$0) }),
  ("beta", reals.single { beta.sample(using: &$0) }),
  ("poisson", integers.single { poisson.sample(using: &$0) }),
  ("categorical", integers.single { categorical.sample(using: &$0) }),
]

func object(_ rows: [(String, Double)]) -> String {
  let figures = rows.map { "\"\($0.0)\": \(String(format: "%.3f", $0.1))" }
  return "{\(figures.joined(separator: ", "))}"
}
print(
  """
  {"system": "buffon", "kernels": "\(Philox.kernels)", "bulk": \(object(bulk)), \
  "single": \(object(single))}
  """)
