import Densities
import Differentiation
import Distributions
import Foundation
import Randomness
import TestSupport
import Testing

/// A function of a vector whose gradient is compared with differences.
struct GradientCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let dimension: Int
  let body: @Sendable (Tensor) -> Tensor

  init(_ name: String, _ dimension: Int, _ body: @escaping @Sendable (Tensor) -> Tensor) {
    (testDescription, self.dimension, self.body) = (name, dimension, body)
  }

  private static let weights = Tensor([0.3, -1.2, 2, 0.7, 1.1, -0.4])
  private static let design = Tensor((0..<12).map { cos(Double($0)) }, shape: [4, 3])

  static let all: [GradientCase] =
    BinaryFunction.allCases.flatMap { key -> [GradientCase] in
      let function = { @Sendable (a: Tensor, b: Tensor) in apply(key, a, b) }
      return [
        GradientCase("\(key)", 6) { (function($0[0..<3], $0[3..<6]) * weights[0..<3]).sum() },
        GradientCase("\(key) with itself", 3) {
          (function($0, $0 * $0) * weights[0..<3]).sum()
        },
        GradientCase("\(key), scalar on the left", 6) {
          (function($0[0], $0[1..<6]) * weights[1..<6]).sum()
        },
        GradientCase("\(key), scalar on the right", 6) {
          (function($0[1..<6], $0[0]) * weights[1..<6]).sum()
        },
        GradientCase("\(key), row on a matrix", 6) {
          (function(design.squared * $0[0], $0[1..<4]) * $0[5]).squared.sum()
        },
        GradientCase("\(key), column on a row", 5) {
          function($0[0..<2].reshaped([2, 1]), $0[2..<5]).squared.sum()
        },
        GradientCase("\(key), constant on the left", 3) { function(2, $0).squared.sum() },
        GradientCase("\(key), constant on the right", 3) { function($0, 3).squared.sum() },
      ]
    }
    + [
      GradientCase("views of views", 6) {
        ($0.reshaped([2, 3]).reshaped([6])[1..<5] * $0[2..<6]).squared.sum()
      },
      GradientCase("an element", 3) { $0[1] * $0[1] * $0[2] },
      GradientCase("matrix by vector", 3) { design.matrixProduct($0).squared.sum() },
      GradientCase("vector parameters on both sides", 12) {
        $0[0..<6].reshaped([2, 3]).matrixProduct($0[6..<12].reshaped([3, 2])).squared.sum()
      },
      GradientCase("matrix by constant matrix", 8) {
        Tensor.tanh($0.reshaped([2, 4]).matrixProduct(design)).squared.sum()
      },
      GradientCase("normal, all arguments traced", 9) {
        Normal(mean: $0[0..<3], standardDeviation: $0[3..<6]).logDensity(of: $0[6..<9])
      },
      GradientCase("normal, one deviation for all", 4) {
        Normal(mean: $0[0..<3], standardDeviation: $0[3]).logDensity(of: Tensor([1, -2, 0.5]))
      },
      GradientCase("normal, one mean for a matrix", 2) {
        Normal(mean: $0[0], standardDeviation: $0[1]).logDensity(of: design)
      },
      GradientCase("polynomial regression", 5) { position in
        let powers = (0..<30).flatMap { row in (0..<4).map { pow(Double(row) / 15 - 1, Double($0)) }
        }
        let curve = Tensor(powers, shape: [30, 4]).matrixProduct(position[0..<4])
        let y = Tensor((0..<30).map { sin(Double($0)) })
        return Normal(mean: curve, standardDeviation: .exp(position[4])).logDensity(of: y)
      },
      GradientCase("network of three layers", 2 * 5 + 5 + 5 * 4 + 4 + 4 + 1 + 1) { position in
        let x = Tensor((0..<40).map { sin(Double(3 * $0)) }, shape: [20, 2])
        let first = Tensor.tanh(
          x.matrixProduct(position[0..<10].reshaped([2, 5])) + position[10..<15])
        let second = Tensor.tanh(
          first.matrixProduct(position[15..<35].reshaped([5, 4])) + position[35..<39])
        let output = second.matrixProduct(position[39..<43]) + position[43]
        let y = Tensor((0..<20).map { cos(Double($0)) })
        return Normal(mean: output, standardDeviation: .exp(position[44])).logDensity(of: y)
      },
    ]
}

@Suite struct GradientTests {
  @Test("gradients agree with central differences", .tags(.gradient), arguments: GradientCase.all)
  func gradients(test: GradientCase) throws {
    let program = try Program(dimension: test.dimension, test.body)
    var generator = Philox(seed: 12)
    for _ in 0..<3 {
      // Positive, for logarithms and roots.
      let position = (0..<test.dimension).map { _ in 0.4 + 1.2 * generator.nextUnit() }
      try checkGradient(program, at: position)
    }
  }

  @Test("the checker sees a wrong partial")
  func wrongPartial() throws {
    func program(factor: Double) throws -> Program {
      let cube = ScalarFunction(name: "cube", arity: 1) { arguments, partials in
        partials[0] = factor * arguments[0] * arguments[0]
        return arguments[0] * arguments[0] * arguments[0]
      }
      return try Program(dimension: 2) { Tensor.sum(of: cube, $0) }
    }
    #expect(try gradientError(of: program(factor: 3), at: [0.7, -1.3]) < 1e-7)
    #expect(try gradientError(of: program(factor: 3.00001), at: [0.7, -1.3]) > 1e-7)
  }

  @Test("values are those of plain Swift")
  func values() throws {
    let x = [0.7, 1.9, 0.2]
    func value(_ body: (Tensor) -> Tensor) throws -> [Double] {
      let program = try Program(dimension: 3, body)
      return program.values(at: x, in: program.makeWorkspace())
    }
    func isClose(_ values: [Double], _ expected: [Double]) -> Bool {
      values.count == expected.count
        && zip(values, expected).allSatisfy { scaledError($0, $1) < 4e-16 }
    }
    #expect(isClose(try value { Tensor.exp($0) }, x.map { exp($0) }))
    #expect(isClose(try value { Tensor.log($0) }, x.map { log($0) }))
    #expect(isClose(try value { Tensor.tanh($0) }, x.map { tanh($0) }))
    #expect(try value { Tensor.sqrt($0) } == x.map { $0.squareRoot() })
    #expect(try value { (1 - $0) / ($0 * $0) + -$0 } == x.map { (1 - $0) / ($0 * $0) + -$0 })
    #expect(try value { $0.sum() } == [x[0] + x[1] + x[2]])
    #expect(
      try value { $0.reshaped([3, 1]) * Tensor([1, 10]) } == x.flatMap { [$0, $0 * 10] })
  }

  @Test("the covector times the Jacobian of a vector result")
  func vectorJacobianProduct() throws {
    let program = try Program(dimension: 2) { x in Tensor([1, 2, 3]) * x[0] + x[1].squared }
    #expect(program.shape == [3])
    var gradient = [0.0, 0]
    var span = gradient.mutableSpan
    program.vectorJacobianProduct(
      at: [0.5, 4].span, covector: [1, 10, 100].span, into: &span, in: program.makeWorkspace())
    #expect(gradient == [321, 111 * 8])
  }
}
