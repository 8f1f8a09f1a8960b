import Differentiation
import TestSupport
import Testing

@Suite("TensorError", .tags(.unit))
struct TensorErrorTests {
  /// An impossible operation, by what the error should say.
  struct Impossible: Sendable, CustomTestStringConvertible {
    let operation: String
    let shapes: [[Int]]
    let make: @Sendable (Tensor) -> Tensor
    var testDescription: String { "\(operation) of \(shapes)" }

    static let pair = ScalarFunction(name: "pair", arity: 2) { arguments, partials in
      (partials[0], partials[1]) = (1, 1)
      return arguments[0] + arguments[1]
    }

    static let all: [Impossible] = [
      .init(operation: "add", shapes: [[6], [4]]) { $0 + Tensor([1, 2, 3, 4]) },
      .init(operation: "subtract", shapes: [[4], [6]]) { Tensor([1, 2, 3, 4]) - $0 },
      .init(operation: "multiply", shapes: [[2, 3], [2]]) { $0.reshaped([2, 3]) * $0[0..<2] },
      .init(operation: "divide", shapes: [[6], [3, 2]]) { $0 / $0.reshaped([3, 2]) },
      .init(operation: "reshaped", shapes: [[6], [4, 2]]) { $0.reshaped([4, 2]) },
      .init(operation: "reshaped", shapes: [[6], [-2, -3]]) { $0.reshaped([-2, -3]) },
      .init(operation: "slice", shapes: [[6]]) { $0[4..<7] },
      .init(operation: "slice", shapes: [[6]]) { $0[6] },
      .init(operation: "slice", shapes: [[6]]) { $0[-1] },
      .init(operation: "slice", shapes: [[2, 3]]) { $0.reshaped([2, 3])[0, 3] },
      .init(operation: "matrixProduct", shapes: [[2, 3], [2, 3]]) {
        $0.reshaped([2, 3]).matrixProduct($0.reshaped([2, 3]))
      },
      .init(operation: "matrixProduct", shapes: [[6], [6]]) { $0.matrixProduct($0) },
      .init(operation: "matrixProduct", shapes: [[2, 3], [3, 2, 1]]) {
        $0.reshaped([2, 3]).matrixProduct($0.reshaped([3, 2, 1]))
      },
      .init(operation: "pair", shapes: [[6], [5]]) { .sum(of: pair, $0, $0[0..<5]) },
      .init(operation: "Tensor", shapes: [[2], [3]]) { $0 * Tensor([1, 2], shape: [3]) },
      .init(operation: "Tensor", shapes: [[2], [-1, -2]]) {
        $0 * Tensor([1, 2], shape: [-1, -2])
      },
    ]
  }

  @Test("An impossible operation is named, with the shapes", arguments: Impossible.all)
  func impossible(test: Impossible) {
    #expect {
      // The failure goes through whatever follows.
      try Program(dimension: 6) { x in
        let failed = test.make(x)
        return Tensor.exp(1 + failed.squared.reshaped([9])[0..<2]).sum()
      }
    } throws: { error in
      guard let error = error as? TensorError else { return false }
      let text = "\(error)"
      return error.operation == test.operation && error.shapes == test.shapes
        && text.contains("\(test.operation) of ")
        && test.shapes.allSatisfy { text.contains("\($0)") }
    }
  }

  @Test("A failed tensor says why")
  func failure() {
    let failed = Tensor([1, 2]) + Tensor([1, 2, 3])
    #expect(failed.failure?.operation == "add")
    #expect(failed.values == nil)
    #expect(failed.matrixProduct(Tensor([1])).failure == failed.failure)
    #expect(Tensor([1]).matrixProduct(failed).failure == failed.failure)
  }
}
