import Estimation
import Foundation
import Randomness
import TestSupport
import Testing

/// What a set-up is like, measured once over many runs and committed.
struct VerdictNumbers: Codable {
  let name: String
  /// The share of runs whose 95 % interval contains the truth.
  let coverage: Double
  /// The share of runs that call themselves unreliable.
  let unreliable: Double
  let runs: Int
}

@Suite("Verdicts", .tags(.statistical))
struct VerdictTests {
  private func measure(_ setup: VerdictSetup, runs: Int, seed: UInt64) throws -> VerdictNumbers {
    var (covered, unreliable) = (0, 0)
    for run in 0..<runs {
      var generator = Philox(seed: seed, stream: UInt64(run))
      let estimate = try setup.estimate(&generator)
      if estimate.confidenceInterval(0.95).contains(setup.truth) { covered += 1 }
      if !estimate.diagnosis.isReliable { unreliable += 1 }
    }
    return VerdictNumbers(
      name: setup.name, coverage: Double(covered) / Double(runs),
      unreliable: Double(unreliable) / Double(runs), runs: runs)
  }

  @Test(
    "writes the numbers of all set-ups",
    .enabled(if: ProcessInfo.processInfo.environment["BUFFON_WRITE_VERDICTS"] != nil))
  func write() throws {
    let numbers = try VerdictSetup.all.map { try measure($0, runs: 3_000, seed: 71) }
    try ReferenceData.write(numbers, to: "verdicts.json")
  }

  @Test("the list is long, and each set-up has its numbers")
  func list() throws {
    let numbers = try ReferenceData.decode([VerdictNumbers].self, from: "verdicts.json")
    #expect(VerdictSetup.all.count >= 40)
    #expect(Set(numbers.map(\.name)) == Set(VerdictSetup.all.map(\.name)))
    // Bad ones, good ones and some between.
    #expect(numbers.count { $0.coverage < 0.85 } >= 10)
    #expect(numbers.count { $0.coverage >= 0.93 } >= 10)
  }

  @Test(
    "intervals that do not cover are called unreliable, others are not",
    arguments: VerdictSetup.all)
  func verdict(setup: VerdictSetup) throws {
    let numbers = try ReferenceData.decode([VerdictNumbers].self, from: "verdicts.json")
    let known = try #require(numbers.first { $0.name == setup.name })
    let runs = draws(release: 200, debug: 10)
    let now = try measure(setup, runs: runs, seed: 72)
    let z = StatisticalTolerance(level: 0.001, comparisons: VerdictSetup.all.count).standardErrors
    // Today's share and, more sharply, the committed one are at most 5 %, or at least 95 %.
    func most(_ runs: Int) -> Double { 0.05 + z * (0.05 * 0.95 / Double(runs)).squareRoot() }
    for numbers in [now, known] {
      if known.coverage < 0.85 { #expect(1 - numbers.unreliable <= most(numbers.runs)) }
      if known.coverage >= 0.93, setup.exception == nil {
        #expect(numbers.unreliable <= most(numbers.runs))
      }
    }
    if setup.exception != nil {
      #expect(known.coverage >= 0.93 && known.unreliable > 0.05, "not an exception any more")
    }
    // The committed shares are those of today's code.
    func spread(_ share: Double) -> Double {
      (share * (1 - share) * (1 / Double(runs) + 1 / Double(known.runs))).squareRoot()
    }
    #expect(abs(now.coverage - known.coverage) <= z * spread(known.coverage) + 1 / Double(runs))
    #expect(
      abs(now.unreliable - known.unreliable) <= z * spread(known.unreliable) + 1 / Double(runs))
  }
}
