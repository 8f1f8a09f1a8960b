import Densities
import TestSupport
import Testing

/// -|x|^2 / 2; fails right of 10.
private struct Bell: LogDensity {
  let dimension: Int

  func logDensity(at position: Span<Double>, in workspace: inout Void) throws(EvaluationFailure)
    -> Double
  {
    var sum = 0.0
    for i in 0..<position.count { sum += position[i] * position[i] }
    if position[0] > 10 { throw .recoverable("too far to the right") }
    return -0.5 * sum
  }
}

@Suite("LogDensity", .tags(.unit))
struct LogDensityTests {
  @Test("By default, many positions are evaluated one by one")
  func manyPositions() throws {
    let bell = Bell(dimension: 2)
    var workspace: Void = bell.makeWorkspace()
    var values = [Double](repeating: .nan, count: 3)
    var span = values.mutableSpan
    try bell.logDensities(
      at: [1, 2, 0, 0, 3, -4].span, into: &span, in: &workspace)
    #expect(values == [-2.5, 0, -12.5])
  }

  @Test("A failure in the loop is handed on")
  func failure() {
    let bell = Bell(dimension: 1)
    var values = [0.0, 0.0]
    #expect(throws: EvaluationFailure.recoverable("too far to the right")) {
      var workspace: Void = ()
      var span = values.mutableSpan
      try bell.logDensities(at: [0, 11].span, into: &span, in: &workspace)
    }
  }

  @Test("A failure is described by its reason")
  func description() {
    #expect("\(EvaluationFailure.recoverable("a"))" == "a")
    #expect("\(EvaluationFailure.fatal("b"))" == "b")
    #expect(EvaluationFailure.recoverable("a") != .fatal("a"))
  }
}
