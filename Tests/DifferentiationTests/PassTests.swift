import Differentiation
import Foundation
import TestSupport
import Testing

/// What each optimisation pass does to a program, by its listing before and after, and that the values
/// stay.
@Suite("Optimisation passes", .tags(.unit))
struct PassTests {
  private func count(_ operation: String, in listing: String) -> Int {
    listing.split(separator: "\n").count { $0.contains("= \(operation)") }
  }

  /// How often an operation stands in the value and gradient of a program, before and after.
  private func counts(
    _ operation: String, _ body: @escaping (Tensor) -> Tensor
  ) throws -> (before: Int, after: Int) {
    let (before, after) = try Program(dimension: 3, body).listing()
    return (count(operation, in: before), count(operation, in: after))
  }

  @Test("constant folding: what depends on data alone is computed once")
  func folding() throws {
    // The gradient of a linear function is a constant: nothing is left to add up but that.
    let linear = try Program(dimension: 3) { ($0 * Tensor([2, 4, 8])).sum() }.listing().after
    #expect(count("add(", in: linear) + count("multiply(", in: linear) == 1)
  }

  @Test("common subexpressions are computed once")
  func sharing() throws {
    let (before, after) = try counts("exp(") {
      (.exp($0) * .sin($0) + .exp($0)).sum()
    }
    #expect(before == 2 && after == 1)
  }

  @Test("dead code is dropped")
  func deadCode() throws {
    let (before, after) = try counts("cosh(") { x in
      _ = Tensor.cosh(x)
      return x.squared.sum()
    }
    #expect(before == 1 && after == 0)
  }

  @Test("algebra: log(exp(x)), square(sqrt(x)), x x, -(-x), x + 0, 1 x, log(sqrt(x))")
  func algebra() throws {
    for (operation, body) in [
      ("log(", { .log(.exp($0)).sum() }),
      ("squareRoot(", { Tensor.sqrt($0).squared.sum() }),
      ("negate(", { (-(-$0)).squared.sum() }),
      ("squareRoot(", { Tensor.log(.sqrt($0)).sum() }),
    ] as [(String, (Tensor) -> Tensor)] {
      // The value alone: the gradient may need what the value does not.
      let program = try Program(dimension: 3, body)
      let value = program.listing(ofValueAlone: true).after
      #expect(count(operation, in: value) == 0, "\(value)")
    }
    let (before, after) = try counts("multiply(") {
      (1 * $0 * 1 + 0).sum()
    }
    #expect(before > 0 && after == 0)
    // Not what would change a NaN: 0 x stays.
    let nan = try Program(dimension: 1) { (0 * $0).sum() }
    #expect(nan([.infinity]).values![0].isNaN)
  }

  @Test("the passes change no value beyond rounding")
  func values() throws {
    let body: (Tensor) -> Tensor = { x in
      let y = Tensor.exp(x) * .exp(x) + .log(.sqrt(x)) - -x
      return (y * y / 1).sum() + x.transposed().transposed()[0] * 1
    }
    let program = try Program(dimension: 3, body)
    let x = [0.3, 0.9, 1.7]
    let expected = x.reduce(0.0) { sum, x in
      let y = exp(2 * x) + 0.5 * log(x) + x
      return sum + y * y
    }
    #expect(scaledError(program(x).values![0], expected + x[0]) < 1e-14)
    try checkGradient(program, at: x)
  }
}
