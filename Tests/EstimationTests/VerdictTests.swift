import Estimation
import Foundation
import Randomness
import TestSupport
import Testing

/// What a set-up is like, measured once over many runs and committed.
struct VerdictNumbers: Codable {
  let name: String
  let sampler: VerdictSetup.Sampler
  /// The share of runs whose 95 % interval contains the truth.
  let coverage: Double
  /// The share of runs that call themselves unreliable.
  let unreliable: Double
  let runs: Int
}

@Suite("Verdicts", .tags(.statistical))
struct VerdictTests {
  private func measure(
    _ setup: VerdictSetup, _ sampler: VerdictSetup.Sampler, runs: Int, seed: UInt64
  ) throws -> VerdictNumbers {
    var (covered, unreliable) = (0, 0)
    for run in 0..<runs {
      var generator = Philox(seed: seed, stream: UInt64(run))
      let estimate = try setup.estimate(sampler, &generator)
      // Where weight times f is constant nothing but rounding is left to cover.
      let isExact = abs(estimate.value - setup.truth) <= 1e-14 * abs(setup.truth)
      if isExact || estimate.confidenceInterval(0.95).contains(setup.truth) { covered += 1 }
      if !estimate.diagnosis.isReliable { unreliable += 1 }
    }
    return VerdictNumbers(
      name: setup.name, sampler: sampler, coverage: Double(covered) / Double(runs),
      unreliable: Double(unreliable) / Double(runs), runs: runs)
  }

  /// Those with a given part in their names; of all where that is "all".
  @Test(
    "writes the numbers of set-ups",
    .enabled(if: ProcessInfo.processInfo.environment["BUFFON_WRITE_VERDICTS"] != nil))
  func write() throws {
    let part = ProcessInfo.processInfo.environment["BUFFON_WRITE_VERDICTS"]!
    let chosen = VerdictSetup.all.filter { part == "all" || $0.name.contains(part) }
    let names = Set(VerdictSetup.all.map(\.name)).subtracting(chosen.map(\.name))
    let fresh = try chosen.flatMap { setup in
      try VerdictSetup.Sampler.allCases.map { try measure(setup, $0, runs: 1_000, seed: 71) }
    }
    // What the others had, read when the work is done.
    let others = try ReferenceData.decode([VerdictNumbers].self, from: "verdicts.json")
      .filter { names.contains($0.name) }
    try ReferenceData.write(
      (others + fresh).sorted { ($0.name, $0.sampler.rawValue) < ($1.name, $1.sampler.rawValue) },
      to: "verdicts.json")
  }

  @Test("the list is long, and each set-up has its numbers")
  func list() throws {
    let numbers = try ReferenceData.decode([VerdictNumbers].self, from: "verdicts.json")
    #expect(VerdictSetup.all.count >= 40)
    for sampler in VerdictSetup.Sampler.allCases {
      let own = numbers.filter { $0.sampler == sampler }
      #expect(Set(own.map(\.name)) == Set(VerdictSetup.all.map(\.name)))
      // Bad ones, good ones and some between.
      #expect(own.count { $0.coverage < 0.85 } >= 10)
      #expect(own.count { $0.coverage >= 0.93 } >= 10)
    }
  }

  @Test("exceptions are exceptions, and what draws alone do not tell the two distributions do")
  func exceptions() throws {
    let numbers = try ReferenceData.decode([VerdictNumbers].self, from: "verdicts.json")
    let alarms = numbers.filter { $0.coverage >= 0.93 && $0.unreliable > 0.05 }
    let knowing = alarms.filter { $0.sampler != .selfNormalizedByDraws }
    #expect(Set(knowing.map(\.name)) == VerdictSetup.falseAlarms)
    #expect(Set(alarms.map(\.name)).isSubset(of: VerdictSetup.falseAlarms))
    func believed(_ sampler: VerdictSetup.Sampler) -> Set<String> {
      Set(
        numbers.filter {
          $0.sampler == sampler && $0.coverage < 0.85 && $0.unreliable < 0.95
        }.map(\.name))
    }
    let known = believed(.selfNormalized).union(believed(.unbiased))
    #expect(known == VerdictSetup.misses)
    #expect(believed(.selfNormalizedByDraws) == VerdictSetup.missesByDraws)
  }

  @Test(
    "intervals that do not cover are called unreliable, others are not",
    arguments: VerdictSetup.all, VerdictSetup.Sampler.allCases)
  func verdict(setup: VerdictSetup, sampler: VerdictSetup.Sampler) throws {
    let numbers = try ReferenceData.decode([VerdictNumbers].self, from: "verdicts.json")
    let known = try #require(numbers.first { $0.name == setup.name && $0.sampler == sampler })
    let runs = draws(release: sampler == .selfNormalizedByDraws ? 50 : 200, debug: 2)
    let now = try measure(setup, sampler, runs: runs, seed: 72)
    let z = StatisticalTolerance(
      level: 0.001, comparisons: VerdictSetup.all.count * VerdictSetup.Sampler.allCases.count
    ).standardErrors
    let misses =
      sampler == .selfNormalizedByDraws ? VerdictSetup.missesByDraws : VerdictSetup.misses
    // Today's share and, more sharply, the committed one are at most 5 %, or at least 95 %.
    func most(_ runs: Int) -> Double { 0.05 + z * (0.05 * 0.95 / Double(runs)).squareRoot() }
    for numbers in [now, known] {
      if known.coverage < 0.85, !misses.contains(setup.name) {
        #expect(1 - numbers.unreliable <= most(numbers.runs))
      }
      if known.coverage >= 0.93, known.unreliable <= 0.05 {
        #expect(numbers.unreliable <= most(numbers.runs))
      }
    }
    // The committed shares are those of today's code. Both together tell the spread: of a share of nothing,
    // or of all, alone it would be zero.
    func spread(_ share: Double, _ other: Double) -> Double {
      let total = Double(runs + known.runs)
      let pooled = (share * Double(runs) + other * Double(known.runs) + 1) / (total + 2)
      return (pooled * (1 - pooled) * (1 / Double(runs) + 1 / Double(known.runs))).squareRoot()
    }
    for (share, other) in [
      (now.coverage, known.coverage), (now.unreliable, known.unreliable),
    ] {
      #expect(abs(share - other) <= z * spread(share, other) + 1 / Double(runs))
    }
  }
}
