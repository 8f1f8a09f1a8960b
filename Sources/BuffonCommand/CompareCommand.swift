import ArgumentParser
import Foundation
import Interchange
import Regression
import Reporting

/// `buffon compare`: maximum likelihood, MAP and Bayesian averaging on one table.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare maximum likelihood, MAP and Bayesian prediction on a CSV file.",
    discussion: """
      Fits a polynomial, and with --hidden a tanh network, to a random part of the rows and scores \
      the predictions on the rest. Rows of the table: mle (maximum likelihood), map (posterior \
      mode), bayes (posterior average in closed form), importance (posterior average by \
      self-normalised importance sampling, with its Monte Carlo error, effective sample size and \
      diagnosis). A range of degrees prints the errors by degree instead. The file has a header \
      row, which messages count as row 1.
      """)

  @Argument(help: "A CSV file with a header row.")
  var file: String

  // The next word is the value, whatever it starts with: a column or a number may start with '-'.
  @Option(name: .customLong("x"), parsing: .unconditional, help: "The column of the input.")
  var xColumn: String

  @Option(name: .customLong("y"), parsing: .unconditional, help: "The column of the target.")
  var yColumn: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The polynomial's degree, 0 to \(Comparison.maximumDegree), or a range such as 0...15.",
      valueName: "M|A...B"), transform: DegreeRange.init)
  var degree: DegreeRange

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A network too, with hidden layers of these widths, 1 to 1000.", valueName: "H[,H..]"),
    transform: HiddenLayers.init)
  var hidden: HiddenLayers?

  @Option(
    parsing: .unconditional, help: "The share of the rows that is kept for the test, in [0, 1).")
  var testFraction = 0.25

  @Option(parsing: .unconditional, help: "How many draws an average takes.")
  var draws = 10_000

  @Option(parsing: .unconditional, help: "Of the random numbers: same seed, same output.")
  var seed: UInt64 = 1

  @Option(parsing: .unconditional, help: "Print a table to read or one JSON object: text or json.")
  var format = OutputFormat.text

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Draw the curves there.", valueName: "file.svg"))
  var plot: String?

  @Option(
    parsing: .unconditional,
    help: "Threads; the output does not depend on it. (default: one a processor)")
  var workers: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The prior standard deviation s of the basis coefficients over the noise. (default: by maximum evidence)",
      valueName: "s"))
  var priorSd: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Shape of the inverse-gamma prior of the noise variance.", valueName: "a"))
  var noiseShape = 1.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Its scale, in units of the target's variance on the training rows.", valueName: "b"))
  var noiseScale = 0.1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The prior standard deviation of the network's weights and biases.", valueName: "s"))
  var networkPriorSd = 2.0

  func validate() throws {
    if draws < 1 { throw ValidationError("--draws \(draws) is not positive") }
    if !(testFraction >= 0 && testFraction < 1) {
      throw ValidationError("--test-fraction \(testFraction) is not in [0, 1)")
    }
    if let workers, workers < 1 { throw ValidationError("--workers \(workers) is not positive") }
    for (name, value) in [
      ("--prior-sd", priorSd ?? 1), ("--noise-shape", noiseShape), ("--noise-scale", noiseScale),
      ("--network-prior-sd", networkPriorSd),
    ] where !(value >= 1e-9 && value <= 1e9) {
      throw ValidationError("\(name) \(value) is not in [1e-9, 1e9]")
    }
    if plot == "" { throw ValidationError("--plot needs the path of a file") }
    if hidden != nil, degree.isRange {
      throw ValidationError("--hidden goes with one degree, not with the range \(degree)")
    }
  }

  func run() async throws {
    do {
      try await compare()
    } catch {
      throw CommandFailure(error, about: file)
    }
  }

  private func compare() async throws {
    let table = try DataTable(contentsOf: file)
    let (xs, ys) = (try table.numbers(xColumn), try table.numbers(yColumn))
    var gnuplot: Gnuplot?
    if let plot {  // before the work, not after it
      gnuplot = try Gnuplot()
      try Gnuplot.checkWritable(plot)
    }
    var comparison = Comparison(degree: degree.range.upperBound)
    comparison.hidden = hidden?.widths
    comparison.testFraction = testFraction
    comparison.draws = draws
    comparison.seed = seed
    comparison.prior.coefficientScale = priorSd
    comparison.prior.noiseShape = noiseShape
    comparison.prior.noiseScale = noiseScale
    comparison.networkPriorStandardDeviation = networkPriorSd
    comparison.curvePoints = plot == nil ? 0 : 201

    let bar = ProgressBar()
    defer { bar.finish() }
    let report: String
    let script: String
    do {
      let data = try RegressionData(x: xs, y: ys)
      let progress: Comparison.Progress = { bar.update($0, $1) }
      if degree.isRange {
        let sweep = try comparison.sweep(degrees: degree.range, data, progress: progress)
        report =
          format == .json
          ? try json(sweep, count: data.count)
          : heading(sweep.train.count, sweep.test.count) + "\n\n\(sweep.table)"
        script = sweep.plotScript
      } else {
        let result = try await comparison.run(data, workers: workers, progress: progress)
        report =
          format == .json
          ? try json(result, count: data.count)
          : ([heading(result.train.count, result.test.count), "", "\(result.table)", ""]
            + result.notes + [Self.legend]).joined(separator: "\n")
        script = plot == nil ? "" : result.plotScript(x: xColumn, y: yColumn)
      }
    } catch let error as RegressionError {
      switch error {
      case .setting, .memory: throw CommandFailure(code: .usage, message: "\(error)")
      default: throw CommandFailure(code: .data, message: describe(error, table))
      }
    }
    bar.finish()
    if let plot, let gnuplot { try gnuplot.render(script, to: plot) }
    try StandardStream.output.write(report + "\n")
  }

  /// The error in the user's terms: the file, the row, the column and the value.
  private func describe(_ error: RegressionError, _ table: DataTable) -> String {
    func column(_ variable: String) -> String { variable == "x" ? xColumn : yColumn }
    switch error {
    case .tooFewRows(let count):
      return
        "\(file): \(count == 1 ? "1 row" : "\(count) rows") to train on; at least two are needed"
    case .constantX(let value):
      return "\(file): column '\(xColumn)' is \(value) in every row to train on"
    case .value(let variable, let row, let value):
      return "\(file): row \(table.rowNumber(row)), column '\(column(variable))': "
        + "\(value) is not of a size below 1e150"
    default: return "\(file): \(error)"
    }
  }

  private func heading(_ train: Int, _ test: Int) -> String {
    let name = URL(fileURLWithPath: file).lastPathComponent
    return "\(name): \(yColumn) by \(xColumn), \(train + test) rows, "
      + "\(train) to train, \(test) to test, degree \(degree), seed \(seed)"
  }

  private static let legend = """
    mle maximum likelihood, map posterior mode, bayes posterior average in closed form,
    importance posterior average by self-normalised importance sampling, \u{b1} its Monte Carlo error
    (\u{b1} ? where the row is unreliable, and the error with it).
    """

  private func json(_ result: Comparison.Result, count: Int) throws -> String {
    try CompareOutput.encode(
      CompareOutput(
        data: .init(n: count, result.train, result.test, x: xColumn, y: yColumn),
        degree: .single(degree.range.lowerBound), seed: seed, fits: result.fits))
  }

  private func json(_ sweep: Comparison.Sweep, count: Int) throws -> String {
    try CompareOutput.encode(
      CompareOutput(
        data: .init(n: count, sweep.train, sweep.test, x: xColumn, y: yColumn),
        degree: .range("\(degree)"), seed: seed, table: sweep.fits))
  }
}

enum OutputFormat: String, ExpressibleByArgument {
  case text, json
}

/// `M` or `A...B`.
struct DegreeRange: CustomStringConvertible {
  let range: ClosedRange<Int>
  let isRange: Bool

  init(_ argument: String) throws {
    let ends = argument.components(separatedBy: "...")
    let degrees = ends.compactMap { Int($0) }
    guard degrees.count == ends.count, (1...2).contains(ends.count),
      degrees.allSatisfy({ (0...Comparison.maximumDegree).contains($0) }),
      degrees[0] <= degrees[degrees.count - 1]
    else {
      throw ValidationError("a degree is 0 to \(Comparison.maximumDegree), a range A...B")
    }
    range = degrees[0]...degrees[degrees.count - 1]
    isRange = degrees.count == 2
  }

  var description: String {
    isRange ? "\(range.lowerBound)...\(range.upperBound)" : "\(range.lowerBound)"
  }
}

/// `H` or `H,H,..`.
struct HiddenLayers {
  let widths: [Int]

  init(_ argument: String) throws {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    widths = parts.compactMap { Int($0) }
    guard widths.count == parts.count, widths.allSatisfy({ (1...1_000).contains($0) }) else {
      throw ValidationError("a hidden layer has 1 to 1000 units")
    }
  }
}
