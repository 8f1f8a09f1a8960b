import Distributions
import Estimation
import Foundation
import TestSupport
import Testing

@Suite("Memory") struct MemoryTests {
  // In a process of its own: the largest size that it ever had is the run's. (On Linux `getrusage` would
  // count what the process was before it began this program, that is the one that started it.)
  @Test("many draws need little memory: 10^9 of them under 200 MiB in the long form")
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
      let mebibytes = try #require(Self.peakMebibytes)
      #expect(mebibytes < 200, "\(mebibytes) MiB")
      exit(mebibytes < 200 ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }
  /// The largest size of this process.
  private static var peakMebibytes: Double? {
    #if canImport(Darwin)
      var usage = rusage()
      // Zero is this process; bytes.
      return getrusage(0, &usage) == 0 ? Double(usage.ru_maxrss) / 1_048_576 : nil
    #else
      let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1_024 }
    #endif
  }
}
