import ArgumentParser
import Estimation
import Foundation
import Randomness
import Reporting

/// `buffon converge`: the convergence studies that come along.
struct ConvergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "converge",
    abstract: "Run convergence studies: does the error fall as it should, do the intervals cover?",
    discussion: """
      Each study estimates one number, whose truth is known, by several methods, many times over at \
      each of several sizes. It prints bias, root-mean-square error, the errors that the estimates \
      state, how often their intervals cover, and the slope of error against size. Without names all \
      studies run; --list tells what there is.
      """)

  @Argument(help: ArgumentHelp("Which studies; all without one.", valueName: "name"))
  var names: [String] = []

  @Flag(help: "List the studies and end.")
  var list = false

  @Option(parsing: .unconditional, help: "How often each method runs at each size, at least 10.")
  var replicates = 200

  @Option(parsing: .unconditional, help: "Of the random numbers: same seed, same output.")
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional,
    help: "Threads; the output does not depend on it. (default: one a processor)")
  var workers: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw each study into NAME.svg there.", valueName: "folder"))
  var plots: String?

  func validate() throws {
    for name in names where NamedStudy.all.allSatisfy({ $0.name != name }) {
      throw ValidationError(
        "no study '\(name)': there are " + NamedStudy.all.map(\.name).joined(separator: ", "))
    }
    if replicates < 10 || replicates > 1_000_000 {
      throw ValidationError("--replicates \(replicates) is not in 10...1000000")
    }
    if let workers, workers < 1 { throw ValidationError("--workers \(workers) is not positive") }
    if plots == "" { throw ValidationError("--plots needs the path of a folder") }
  }

  func run() async throws {
    if list {
      for study in NamedStudy.all {
        try StandardStream.output.write("\(study.name): \(study.summary)\n")
      }
      return
    }
    do {
      try await converge()
    } catch {
      throw CommandFailure(error)
    }
  }

  private func converge() async throws {
    let studies = NamedStudy.all.filter { names.isEmpty || names.contains($0.name) }
    var gnuplot: Gnuplot?
    if let plots {  // before the work, not after it
      gnuplot = try Gnuplot()
      for study in studies { try Gnuplot.checkWritable(path(of: study, in: plots)) }
    }
    let bar = ProgressBar()
    defer { bar.finish() }
    for (number, study) in studies.enumerated() {
      var results: [(name: String, result: ConvergenceStudy.Result)] = []
      for (index, method) in study.methods.enumerated() {
        let part = (Double(index), Double(study.methods.count))
        let result = try await ConvergenceStudy(
          truth: study.truth, sizes: study.sizes, replicates: replicates
        ).run(
          seed: Philox.derivedSeed(from: seed, purpose: UInt64(index)), workers: workers,
          progress: { bar.update(study.name, (part.0 + $0.fraction) / part.1) },
          estimator: method.estimate)
        results.append((method.name, result))
      }
      bar.finish()
      var text = number == 0 ? "" : "\n"
      text += "\(study.name): \(study.summary), \(replicates) replicates, seed \(seed)\n"
      for (name, result) in results { text += "\n\(name)\n\(result)\n" }
      try StandardStream.output.write(text)
      if let plots, let gnuplot {
        let plot = ConvergencePlot(title: study.summary, studies: results)
        try gnuplot.render(plot.script, to: path(of: study, in: plots))
      }
    }
  }

  private func path(of study: NamedStudy, in folder: String) -> String {
    URL(fileURLWithPath: folder).appendingPathComponent(study.name + ".svg").path
  }
}
