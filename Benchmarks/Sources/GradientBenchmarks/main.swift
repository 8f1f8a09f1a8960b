// Microseconds for one log density with its gradient, one thread:
//   GradientBenchmarks data FOLDER        writes the data, a JSON file for each program
//   GradientBenchmarks run FOLDER [NAME]  measures, all or the named ones; one JSON object
import Buffon
import Foundation

let arguments = CommandLine.arguments
guard arguments.count >= 3, ["data", "run"].contains(arguments[1]) else {
  print("usage: GradientBenchmarks data|run FOLDER [NAME ...]")
  exit(64)
}
let folder = URL(fileURLWithPath: arguments[2])

if arguments[1] == "data" {
  var data = SyntheticData()
  for (name, values) in data.sets() {
    try JSONSerialization.data(withJSONObject: values)
      .write(to: folder.appendingPathComponent(name + ".json"))
  }
  exit(0)
}

func data(_ name: String) throws -> DataFile {
  try DataFile(folder.appendingPathComponent(name + ".json").path)
}

/// Where all systems are measured and compared.
func position(_ dimension: Int) -> [Double] { (1...dimension).map { 0.2 * sin(Double($0)) } }

/// The microseconds that a gradient takes, over `count` of them.
func pass(
  _ program: Program, at position: [Double], count: Int, _ gradient: inout [Double],
  _ workspace: inout Program.Workspace
) throws -> Double {
  let start = ContinuousClock.now
  var span = gradient.mutableSpan
  for _ in 0..<count {
    _ = try program.logDensity(at: position.span, gradient: &span, in: &workspace)
  }
  return (ContinuousClock.now - start) / .nanoseconds(1) / Double(count) / 1000
}

/// The median of five runs.
func measure(_ program: Program, at position: [Double]) throws -> Double {
  var workspace = program.makeWorkspace()
  var gradient = [Double](repeating: 0, count: program.dimension)
  let trial = try pass(program, at: position, count: 10, &gradient, &workspace)
  let count = max(10, Int(1e5 / trial))
  return try (0..<5).map { _ in
    try pass(program, at: position, count: count, &gradient, &workspace)
  }.sorted()[2]
}

let models = try [
  eightSchools(data("eight_schools_noncentered")), kidscore(data("kidscore_momiq")),
  autoregression(data("arK")), movingAverage(data("arma11")), garch(data("garch11")),
  gaussianProcess(data("gp_regr")), mixture(data("low_dim_gauss_mix")),
  hiddenMarkov(data("hmm_example")), hiddenMarkovLoop(data("hmm_example")),
  nationalElectionStudy(data("nes")), logisticRegression(data("logit_glm")),
  linearRegression(data("linreg")), network([1, 50, 50, 1], rows: 1000),
  network([13, 100, 100, 1], rows: 10_000),
]

var rows: [[String: Any]] = []
for model in models where arguments.count == 3 || arguments[3...].contains(model.name) {
  let clock = ContinuousClock()
  // The first program also loads libraries.
  _ = try Program(dimension: 1) { Tensor.exp($0[0]) }([0])
  let start = clock.now
  let program = try Program(dimension: model.dimension) { model.logDensity($0) }
  let compiling = (clock.now - start) / .milliseconds(1)
  let place = position(model.dimension)
  let time = try measure(program, at: place)
  let (value, gradient) = try program.valueAndGradient(at: place)
  rows.append([
    "name": model.name, "us": time, "compile_ms": compiling, "value": value,
    "gradient": gradient,
  ])
}
let json = try JSONSerialization.data(
  withJSONObject: ["rows": rows, "kernels": Philox.kernels], options: [.sortedKeys])
print(String(decoding: json, as: UTF8.self))
