import Foundation
import LinearAlgebra
import Testing

/// The part of the command's JSON that the tests read.
private struct Output: Decodable {
  struct Rows: Decodable {
    let n, train, test: Int
    let x, y: String
  }
  struct Fit: Decodable {
    let model, method: String
    let coefficients, standardErrors: [Double]?
    let residualSumOfSquares, noiseSd, trainRmse, testRmse: Double?
    let testLogDensity, coverage90, logEvidence, effectiveSampleSize: Double?
    let mcStandardError: MonteCarloError?
    let diagnosis: String?
  }
  struct MonteCarloError: Decodable {
    let testRmse, testLogDensity: Double?
  }
  struct Row: Decodable {
    let degree: Int
    let method: String
    let trainRmse, testRmse, testLogDensity, logEvidence: Double?
  }
  let data: Rows
  let seed: UInt64
  let fits: [Fit]?
  let table: [Row]?

  subscript(_ model: String, _ method: String) -> Fit? {
    fits?.first { $0.model == model && $0.method == method }
  }
}

private func compare(_ file: String, x: String, y: String, _ options: String...) throws -> Output {
  let run = try CommandRun(["compare", file, "--x", x, "--y", y, "--format", "json"] + options)
  #expect(run.status == 0, "\(run.errors)")
  #expect(run.errors.isEmpty)
  return try decoder.decode(Output.self, from: Data(run.output.utf8))
}

private let decoder = {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return decoder
}()

private func relativeError(_ value: Double, _ reference: Double) -> Double {
  abs(value - reference) / abs(reference)
}

private func worstRelativeError(_ values: [Double]?, _ reference: [Double]) -> Double {
  guard let values, values.count == reference.count else { return .infinity }
  return zip(values, reference).map(relativeError).max()!
}

private func reference<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
  let file = CommandRun.root.appendingPathComponent("Tests/Reference/\(path)")
  return try decoder.decode(type, from: Data(contentsOf: file))
}

@Suite("Certified and high-precision fits") struct CertifiedFitTests {
  private struct Certified: Decodable {
    let coefficients, standardErrors: [Double]
    let residualSumOfSquares: Double
  }

  @Test("NIST's Pontius")
  func pontius() throws {
    let certified = try reference("nist/pontius.json", as: Certified.self)
    let file = CommandRun.root.appendingPathComponent("Tests/Reference/nist/pontius.csv").path
    let fit = try #require(
      try compare(file, x: "x", y: "y", "--degree", "2", "--test-fraction", "0")[
        "polynomial", "mle"])
    #expect(worstRelativeError(fit.coefficients, certified.coefficients) < 1e-10)
    #expect(worstRelativeError(fit.standardErrors, certified.standardErrors) < 1e-10)
    let sum = try #require(fit.residualSumOfSquares)
    #expect(relativeError(sum, certified.residualSumOfSquares) < 1e-9)
    let noise = try #require(fit.noiseSd)
    #expect(relativeError(noise, (sum / 37).squareRoot()) < 1e-12)
  }

  /// y = sum_k c_k x^k for x = 0...20, exactly as far as Doubles go.
  @Test("NIST's Wampler1 and Wampler2", arguments: [1.0, 0.1])
  func wampler(ratio: Double) throws {
    let coefficients = (0...5).map { ratio == 1 ? 1 : Double("1e-\($0)")! }
    // Wampler2's y have at most five decimals: print what is exact.
    var csv = "x,y\n"
    for x in 0...20 {
      if ratio == 1 {
        csv += "\(x),\((0...5).reduce(0) { sum, k in sum + (0..<k).reduce(1) { p, _ in p * x } })\n"
      } else {
        let scaled = (0...5).reduce(0) { sum, k in
          sum + (0..<k).reduce(1) { p, _ in p * x } * (0..<5 - k).reduce(1) { p, _ in p * 10 }
        }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        csv += "\(x),\(padded.dropLast(5)).\(padded.suffix(5))\n"
      }
    }
    let folder = try TemporaryFolder()
    let file = try folder.write(csv, to: "wampler.csv")
    let fit = try #require(
      try compare(file, x: "x", y: "y", "--degree", "5", "--test-fraction", "0")[
        "polynomial", "mle"])
    #expect(worstRelativeError(fit.coefficients, coefficients) < 1e-9)
    let y = csv.split(separator: "\n").dropFirst().map { Double($0.split(separator: ",")[1])! }
    let total = y.reduce(0) { $0 + $1 * $1 }
    #expect(try #require(fit.residualSumOfSquares) < 1e-15 * total)
  }

  private struct Reference: Decodable {
    struct IllConditioned: Decodable {
      let degree: Int
      let x, y, coefficients, standardErrors: [Double]
      let residualSumOfSquares, rawConditionNumber: Double
    }
    let illConditioned: IllConditioned
  }

  @Test("degree 10 on [-9, -3], beside the fit in raw powers")
  func illConditioned() throws {
    let case10 = try reference("polynomials.json", as: Reference.self).illConditioned
    #expect(case10.rawConditionNumber > 1e15)
    let folder = try TemporaryFolder()
    let rows = zip(case10.x, case10.y).map { "\($0),\($1)" }
    let file = try folder.write((["x,y"] + rows).joined(separator: "\n"), to: "data.csv")
    let fit = try #require(
      try compare(file, x: "x", y: "y", "--degree", "10", "--test-fraction", "0")[
        "polynomial", "mle"])
    #expect(worstRelativeError(fit.coefficients, case10.coefficients) < 1e-9)
    #expect(worstRelativeError(fit.standardErrors, case10.standardErrors) < 1e-9)
    #expect(
      relativeError(try #require(fit.residualSumOfSquares), case10.residualSumOfSquares)
        < 1e-9)

    let powers = Matrix(case10.x.map { x in (0...10).map { pow(x, Double($0)) } })
    let raw = try QRFactorization(powers).solveLeastSquares(case10.y)
    let lost = worstRelativeError(raw, case10.coefficients)
    #expect(lost > 1e-9, "the raw fit is off by \(lost)")
  }
}

@Suite struct CompareCommandTests {
  private let motorcycle = CommandRun.motorcycle

  @Test("rows, columns and nulls of the JSON")
  func json() throws {
    let output = try compare(
      motorcycle, x: "milliseconds", y: "acceleration", "--degree", "6", "--hidden", "3",
      "--draws", "500", "--seed", "7")
    #expect(output.data.n == 133 && output.data.train == 100 && output.data.test == 33)
    #expect(output.data.x == "milliseconds" && output.data.y == "acceleration")
    #expect(output.seed == 7)
    #expect(
      output.fits?.map { $0.model + " " + $0.method } == [
        "polynomial mle", "polynomial map", "polynomial bayes", "polynomial importance",
        "network mle", "network map", "network importance",
      ])
    for fit in try #require(output.fits) {
      let isPolynomial = fit.model == "polynomial"
      let isMonteCarlo = fit.method == "importance"
      #expect((fit.coefficients?.count == 7) == isPolynomial)
      #expect((fit.standardErrors?.count == 7) == (isPolynomial && fit.method != "map"))
      #expect(fit.trainRmse != nil && fit.testRmse != nil && fit.testLogDensity != nil)
      #expect((0...1).contains(try #require(fit.coverage90)))
      #expect((fit.effectiveSampleSize != nil) == isMonteCarlo)
      #expect((fit.mcStandardError != nil) == isMonteCarlo)
      #expect((fit.logEvidence != nil) == (isMonteCarlo || fit.method == "bayes"))
      if isMonteCarlo {
        #expect(try #require(fit.diagnosis).contains("reliable"))
        #expect(try #require(fit.effectiveSampleSize) < 500)
        #expect(try #require(fit.mcStandardError?.testRmse) > 0)
        #expect(try #require(fit.mcStandardError?.testLogDensity) > 0)
      }
      let parameters = isPolynomial ? 7.0 : 10
      let noise = (try #require(fit.residualSumOfSquares) / (100 - parameters)).squareRoot()
      #expect(relativeError(try #require(fit.noiseSd), noise) < 1e-12)
      let rmse = (try #require(fit.residualSumOfSquares) / 100).squareRoot()
      #expect(relativeError(try #require(fit.trainRmse), rmse) < 1e-12)
    }
  }

  @Test("without test rows every test field is null")
  func noTestRows() throws {
    let output = try compare(
      motorcycle, x: "milliseconds", y: "acceleration", "--degree", "4", "--test-fraction", "0",
      "--draws", "500")
    #expect(output.data.train == 133 && output.data.test == 0)
    for fit in try #require(output.fits) {
      #expect(fit.testRmse == nil && fit.testLogDensity == nil && fit.coverage90 == nil)
      #expect(fit.trainRmse != nil)
    }
    let text = try CommandRun([
      "compare", motorcycle, "--x", "milliseconds", "--y", "acceleration", "--degree", "4",
      "--test-fraction", "0", "--draws", "500",
    ])
    #expect(text.status == 0 && text.output.contains("133 to train, 0 to test"))
  }

  @Test(
    "the same bytes on 1, 2 and 7 workers; other bytes for another seed",
    arguments: ["text", "json"])
  func reproducible(format: String) throws {
    func run(workers: Int, seed: Int) throws -> String {
      try CommandRun([
        "compare", motorcycle, "--x", "milliseconds", "--y", "acceleration", "--degree", "8",
        "--hidden", "4", "--draws", "9000", "--format", format, "--workers", "\(workers)",
        "--seed", "\(seed)",
      ]).output
    }
    let one = try run(workers: 1, seed: 3)
    #expect(one.count > 100)
    #expect(try run(workers: 2, seed: 3) == one)
    #expect(try run(workers: 7, seed: 3) == one)
    #expect(try run(workers: 2, seed: 4) != one)
  }

  @Test("a range of degrees is a table: training error falls, evidence has a peak")
  func sweep() throws {
    let output = try compare(
      motorcycle, x: "milliseconds", y: "acceleration", "--degree", "0...12")
    let table = try #require(output.table)
    #expect(output.fits == nil)
    #expect(table.count == 13 * 3)
    let errors = table.filter { $0.method == "mle" }.compactMap(\.trainRmse)
    #expect(errors.count == 13)
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-12) })
    let evidence = table.filter { $0.method == "bayes" }.compactMap(\.logEvidence)
    #expect(evidence.count == 13)
    #expect(evidence.max()! > evidence[0] + 10)
    #expect(table.allSatisfy { ($0.method == "bayes") == ($0.logEvidence != nil) })
  }

  @Test("a degree that the rows cannot identify is told, and Bayes goes on")
  func notIdentified() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("x,y\n1,1\n1,2\n2,3\n2,1\n3,5\n3,4\n", to: "repeated.csv")
    let output = try compare(
      file, x: "x", y: "y", "--degree", "4", "--test-fraction", "0", "--draws", "500")
    let mle = try #require(output["polynomial", "mle"])
    #expect(mle.coefficients == nil && mle.trainRmse == nil)
    #expect(try #require(mle.diagnosis).contains("not unique"))
    let bayes = try #require(output["polynomial", "bayes"])
    #expect(bayes.coefficients?.count == 5 && bayes.trainRmse != nil && bayes.logEvidence != nil)
  }

  @Test("as many coefficients as rows: the curve is there, the noise is not")
  func saturated() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("x,y\n1,1\n2,3\n3,2\n4,5\n", to: "four.csv")
    let output = try compare(
      file, x: "x", y: "y", "--degree", "3", "--test-fraction", "0", "--draws", "500")
    let mle = try #require(output["polynomial", "mle"])
    #expect(mle.coefficients?.count == 4 && mle.standardErrors == nil && mle.noiseSd == nil)
    #expect(try #require(mle.trainRmse) < 1e-12)
    #expect(try #require(mle.diagnosis).contains("no noise"))
  }

  @Test("constant targets, quoted cells, semicolons, a byte order mark and CRLF are read")
  func dialects() throws {
    let folder = try TemporaryFolder()
    let text = "\u{feff}\"x\";\"y; z\"\r\n1;\"2\"\r\n2;2\r\n\r\n3;2\r\n4;2\r\n"
    let file = try folder.write(text, to: "dialect.csv")
    let output = try compare(
      file, x: "x", y: "y; z", "--degree", "1", "--test-fraction", "0", "--draws", "500")
    #expect(output.data.n == 4)
    let mle = try #require(output["polynomial", "mle"])
    #expect(abs(try #require(mle.coefficients)[0] - 2) < 1e-14)
    #expect(try #require(mle.residualSumOfSquares) < 1e-28)
  }

  @Test(
    "output that cannot be written is an error, closed streams are no crash",
    arguments: [(">/dev/full", 74), (">&-", 74), ("2>&-", 0), (">/dev/null", 0)])
  func streams(redirection: String, status: Int) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "exec \"$0\" \"$@\" \(redirection)", CommandRun.executable.path, "compare", motorcycle,
      "--x", "milliseconds", "--y", "acceleration", "--degree", "2", "--draws", "100",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == status)
  }

  @Test("curves through every point can be plotted by degree")
  func plotOfExactFits() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("x,y\n1,3\n2,3\n3,3\n4,3\n5,3\n", to: "constant.csv")
    let plot = folder.url.appendingPathComponent("plot.svg").path
    let run = try CommandRun([
      "compare", file, "--x", "x", "--y", "y", "--degree", "0...2", "--plot", plot,
    ])
    #expect(run.status == 0, "\(run.errors)")
    #expect(FileManager.default.fileExists(atPath: plot))
  }

  @Test("a plot follows a link, and data may come from a pipe")
  func links() throws {
    let folder = try TemporaryFolder()
    let target = try folder.write("", to: "target.svg")
    let link = folder.url.appendingPathComponent("link.svg")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: target)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "cat \"$0\" | \"$@\"", motorcycle, CommandRun.executable.path, "compare",
      "/dev/stdin", "--x", "milliseconds", "--y", "acceleration", "--degree", "2...4", "--plot",
      link.path,
    ]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target)
    #expect(try String(contentsOfFile: target, encoding: .utf8).contains("<svg"))
  }

  @Test("the plot is an SVG of curves and bands that turns into a PNG", arguments: ["15", "0...9"])
  func plot(degree: String) throws {
    let folder = try TemporaryFolder()
    let plot = folder.url.appendingPathComponent("plot.svg")
    let hidden = degree == "15" ? ["--hidden", "3"] : []
    let run = try CommandRun(
      [
        "compare", motorcycle, "--x", "milliseconds", "--y", "acceleration", "--degree", degree,
        "--draws", "500", "--plot", plot.path,
      ] + hidden)
    #expect(run.status == 0, "\(run.errors)")
    let svg = try String(contentsOf: plot, encoding: .utf8)
    let titles =
      degree == "15"
      ? ["maximum likelihood", "Bayes", "MAP", "importance average", "train", "milliseconds"]
      // Labels on both axes: degrees, and errors from 23 to 51.
      : ["mle, train", "bayes, test", "degree", " 8</text>", " 30</text>"]
    for title in titles { #expect(svg.contains(title), "\(title)") }
    #expect(folder.contents == ["plot.svg"])

    let png = folder.url.appendingPathComponent("plot.png")
    let convert = Process()
    convert.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    convert.arguments = ["rsvg-convert", plot.path, "-o", png.path]
    try convert.run()
    convert.waitUntilExit()
    #expect(convert.terminationStatus == 0)
    let bytes = try Data(contentsOf: png)
    #expect(bytes.prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]))
    // Width, in the header; and more than a blank picture would need.
    let width = bytes[16..<20].reduce(0) { $0 << 8 | Int($1) }
    #expect(width == (degree == "15" ? 1520 : 760))
    #expect(bytes.count > 10_000)
  }
}
