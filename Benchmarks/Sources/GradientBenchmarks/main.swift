// Microseconds for one log density with its gradient, one thread: GradientBenchmarks POSTERIORDB SYNTHETIC.
import Buffon
import Foundation

let arguments = CommandLine.arguments
func posterior(_ name: String) throws -> Data { try Data("\(arguments[1])/\(name).json") }
func synthetic(_ name: String) throws -> Data { try Data("\(arguments[2])/\(name).json") }

let models = try [
  eightSchools(posterior("eight_schools-eight_schools_noncentered")),
  kidscore(posterior("kidiq-kidscore_momiq")), autoregression(posterior("arK-arK")),
  movingAverage(posterior("arma-arma11")), garch(posterior("garch-garch11")),
  gaussianProcess(posterior("gp_pois_regr-gp_regr")),
  mixture(posterior("low_dim_gauss_mix-low_dim_gauss_mix")),
  hiddenMarkov(posterior("hmm_example-hmm_example")),
  hiddenMarkovLoop(posterior("hmm_example-hmm_example")),
  nationalElectionStudy(posterior("nes2000-nes")),
  network([1, 50, 50, 1], rows: 1000), network([13, 100, 100, 1], rows: 10_000),
  logisticRegression(synthetic("logit")), linearRegression(synthetic("linreg")),
]

/// The median of five runs of the microseconds that a gradient takes.
func measure(_ program: Program, at position: [Double]) throws -> Double {
  let clock = ContinuousClock()
  var workspace = program.makeWorkspace()
  var gradient = [Double](repeating: 0, count: program.dimension)
  func pass(_ count: Int) throws -> Double {
    let time = try clock.measure {
      for _ in 0..<count {
        var span = gradient.mutableSpan
        _ = try program.logDensity(at: position.span, gradient: &span, in: &workspace)
      }
    }
    return time / .nanoseconds(1) / Double(count) / 1000
  }
  let count = max(20, Int(5e4 / (try pass(20))))
  return try (0..<5).map { _ in try pass(count) }.sorted()[2]
}

for model in models {
  if arguments.count > 3, !arguments[3...].contains(model.name) { continue }
  let clock = ContinuousClock()
  let start = clock.now
  let program = try Program(dimension: model.dimension) { model.logDensity($0) }
  let compiling = clock.now - start
  if arguments.last == "listing" { print(program.listing().after) }
  var generator = Philox(seed: 7)
  let position = (0..<model.dimension).map { _ in 0.3 * (2 * generator.nextUnit() - 1) }
  let time = try measure(program, at: position)
  let (value, gradient) = try program.valueAndGradient(at: position)
  print(model.name, "us", time, "compile ms", compiling / .milliseconds(1), value, gradient[0])
}
