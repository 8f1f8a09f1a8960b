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
    let linear = try Program(dimension: 3) { ($0 * Tensor([2, 4, 8])).sum() }.listing()
    #expect(count("add(", in: linear.after) + count("multiply(", in: linear.after) == 1)
    #expect(count("multiply(", in: linear.before) == 2)
    // A product of traced tensors that turn out to be data: a derivative that is constant.
    let (before, after) = try counts("exp(") { x in
      let slope = (2 * x).sum().gradient(by: x)
      return (x * Tensor.exp(slope)).sum()
    }
    #expect(before == 1 && after == 0)
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
      ("negate(", { (-(-$0)).squared.sum() }), ("multiply(", { ($0 * $0).sum() }),
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

  @Test("assembly: the gradient of a position is put together from its parts")
  func assembly() throws {
    let body: (Tensor) -> Tensor = { x in x[0].squared + Tensor.exp(x[1]) * x[2] }
    let (before, after) = try Program(dimension: 3, body).listing()
    // Each part among zeros, and their sum; and the parts alone.
    #expect(count("embed(", in: before) >= 3 && count("embed(", in: after) == 0)
    #expect(count("concatenate(", in: before) == 0 && count("concatenate(", in: after) == 1)
    // Parts that overlap are added.
    let overlapping = try Program(dimension: 3) { x in (x[0..<2] * x[1..<3]).sum() }
    #expect(try overlapping.valueAndGradient(at: [2, 3, 5]) == (21, [3, 7, 3]))
  }

  @Test("weights: a weighted sum of squares and its gradient share a product")
  func weights() throws {
    let weights = Tensor([2, 3, 4])
    let body: (Tensor) -> Tensor = { x in (weights * Tensor.sin(x)).squared.sum() }
    let (before, after) = try counts("square(", body)
    #expect(before == 1 && after == 0)
    let program = try Program(dimension: 3, body)
    let x = [0.3, -1, 2]
    let expected = zip([4.0, 9, 16], x).reduce(0) { $0 + $1.0 * sin($1.1) * sin($1.1) }
    #expect(scaledError(program(x).values![0], expected) < 1e-15)
    try checkGradient(program, at: x)
  }

  @Test("fusion: products go into sums, and long chains are one group")
  func fusion() throws {
    // a b + c is one step, as is a sum of products; the input and the results take none.
    let chain = try Program(dimension: 3) { x in (x[0] * x[1] + x[2]).squared }
    let apart = try Program(dimension: 3) { x in Tensor.sin(x[0] * x[1]) + x[2] }
    #expect(chain.size.steps < apart.size.steps)
    // Twice as many elements need no more memory than their data: what lies between them is one block long.
    func arena(_ count: Int) throws -> Int {
      let data = Tensor((0..<count).map { cos(Double($0)) })
      return try Program(dimension: 1) { x in
        Tensor.log(1 + Tensor.exp(data * x[0]).squared).sum()
      }.size.arena - count
    }
    #expect(try arena(100_000) == arena(1_000))
  }

  @Test("rows at a time: a long network needs memory for its data and for some rows")
  func rows() throws {
    func arena(_ rows: Int) throws -> Int {
      let x = Tensor((0..<rows * 4).map { sin(Double($0)) }, shape: [rows, 4])
      return try Program(dimension: 4 * 20 + 20) { p in
        Tensor.tanh(x.matrixProduct(p[0..<80].reshaped([4, 20]))).matrixProduct(
          p[80..<100].reshaped([20, 1])
        ).squared.sum()
      }.size.arena - 4 * rows
    }
    #expect(try arena(20_000) < arena(4_000) + 1_000)
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
