// EstimationBenchmarks expectations [N] | workers [N] | exact [N] | vegas [EVALUATIONS] [REPETITIONS]: one JSON object.
import Buffon
import Foundation

let arguments = CommandLine.arguments.dropFirst()
let numbers = arguments.dropFirst().compactMap { Int($0) }
switch arguments.first {
case "expectations":
  print(try await Expectations.run(count: numbers.first ?? 10_000_000))
case "workers":
  print(try await Expectations.workers(count: numbers.first ?? 10_000_000))
case "exact":
  print(try ExactSamplers.measure(count: numbers.first ?? 1_000_000))
case "vegas":
  print(
    try await measureVegasGenz(
      evaluations: numbers.first ?? 1_000, iterations: 9,
      repetitions: numbers.dropFirst().first ?? 50, warmUp: 1))
default:
  print("usage: EstimationBenchmarks expectations|workers|exact|vegas [number...]")
  exit(64)
}
