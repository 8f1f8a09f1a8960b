import Distributions
import Estimation
import Foundation
import TestSupport
import Testing

@Suite("Memory") struct MemoryTests {
  // In a process of its own: the largest size that it ever had is the run's. (A debug build of all tests has
  // more than that before it begins.)
  @Test(
    "many draws need little memory: 10^9 of them under 200 MiB in the long form",
    .enabled(if: !isDebugBuild))
  func peak() async {
    await #expect(processExitsWith: .success) {
      let count = draws(release: 100_000_000, debug: 1_000_000)
      let normal = try Normal(mean: 0, standardDeviation: 1)
      let plain = try await MonteCarlo(draws: count).mean(of: { $0 * $0 }, under: normal, seed: 1)
      let weighted = try await SelfNormalizedImportanceSampler(
        proposal: try Normal(mean: 0.5, standardDeviation: 1.5), draws: count / 10
      ).mean(of: { $0 }, under: normal, seed: 1)
      #expect(plain.draws == count && abs(plain.value - 1) < 8 * plain.standardError)
      #expect(abs(weighted.value) < 8 * weighted.standardError)
      var usage = rusage()
      // Zero is this process.
      #expect(getrusage(0, &usage) == 0)
      // Kilobytes on Linux, bytes on Apple's systems.
      #if canImport(Darwin)
        let mebibytes = Double(usage.ru_maxrss) / 1_048_576
      #else
        let mebibytes = Double(usage.ru_maxrss) / 1_024
      #endif
      #expect(mebibytes < 200, "\(mebibytes) MiB")
      exit(mebibytes < 200 ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }
}
