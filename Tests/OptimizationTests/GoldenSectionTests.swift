import Foundation
import Optimization
import TestSupport
import Testing

@Suite("Golden section", .tags(.unit))
struct GoldenSectionTests {
  @Test("A lower maximum does not hide a higher one")
  func twoMaxima() {
    // Bumps of height 1 at -2, wide, and of height 1.5 at 3, narrow.
    let best = GoldenSection().maximize(on: -6...6) { x in
      exp(-0.1 * (x + 2) * (x + 2)) + 1.5 * exp(-4 * (x - 3) * (x - 3))
    }
    #expect(abs(best.argument - 3) < 0.02)
    #expect(best.value > 1.5)
    let smooth = GoldenSection().maximize(on: -6...6) { -($0 - 1.234567) * ($0 - 1.234567) }
    #expect(abs(smooth.argument - 1.234567) < 1e-6)
  }

  @Test("A maximum at an end is found")
  func ends() {
    #expect(GoldenSection().maximize(on: 1...5) { $0 }.argument > 5 - 1e-6)
    #expect(GoldenSection().maximize(on: 1...5) { -$0 }.argument < 1 + 1e-6)
    #expect(GoldenSection().maximize(on: 2...2) { $0 * $0 }.value == 4)
  }

  @Test("An interval whose Doubles are further apart than the tolerance comes to an end")
  func coarse() throws {
    struct TooMany: Error {}
    var calls = 0
    let best = try GoldenSection().maximize(on: 1e12...1e12 + 10) { x -> Double in
      calls += 1
      if calls > 1_000 { throw TooMany() }
      return -abs(x - 1e12 - 3)
    }
    #expect(abs(best.argument - 1e12 - 3) < 1e-3)
  }

  @Test("What the function throws comes out, and evaluations are few")
  func errors() throws {
    #expect(throws: CancellationError.self) {
      try GoldenSection().maximize(on: 0...1) { _ in throw CancellationError() }
    }
    var calls = 0
    _ = GoldenSection(gridPoints: 11, tolerance: 1e-3).maximize(on: 0...1) { x -> Double in
      calls += 1
      return sin(x)
    }
    #expect(calls <= 11 + 2 + 12)
  }
}
