import Differentiation
import Foundation
import TestSupport
import Testing

/// Tests/Reference/elementwise_functions.json: for each function rows of argument and value.
private struct ElementwiseReference: Decodable {
  let functions: [String: [[Double]]]

  static let committed = Result {
    try ReferenceData.decode(Self.self, from: "elementwise_functions.json")
  }
}

@Suite("Elementwise functions against 50 digits", .tags(.reference))
struct ElementwiseReferenceTests {
  /// By name, with the units in the last place that a value may be off.
  static let functions: [(name: String, function: UnaryFunction, ulps: Double)] = [
    ("exp", .exp, 2), ("expMinusOne", .expMinusOne, 2), ("log", .log, 2),
    ("logOnePlus", .logOnePlus, 2), ("sin", .sin, 2), ("cos", .cos, 2), ("tan", .tan, 2),
    ("asin", .asin, 2), ("acos", .acos, 2), ("atan", .atan, 2), ("sinh", .sinh, 2),
    ("cosh", .cosh, 2), ("tanh", .tanh, 4), ("asinh", .asinh, 2), ("acosh", .acosh, 2),
    ("atanh", .atanh, 2), ("logistic", .logistic, 4), ("softplus", .softplus, 4),
    ("logOneMinusExp", .logOneMinusExp, 3), ("erf", .erf, 2), ("erfc", .erfc, 3),
    ("logGamma", .logGamma, 4),
    ("digamma", .polygamma(0), 40), ("trigamma", .polygamma(1), 40),
  ]

  @Test("values, on every instruction set", arguments: functions.indices)
  func values(number: Int) throws {
    let (name, function, ulps) = Self.functions[number]
    let rows = try #require(ElementwiseReference.committed.get().functions[name])
    #expect(rows.count > 5)
    for row in rows {
      // As a scalar, and in a vector with whole lanes and a tail.
      let scalar = try Program(dimension: 1) { $0[0].mapped(function) }
      let vector = try Program(dimension: 11) { ($0.mapped(function) * Tensor.unit(11, 9)).sum() }
      var found = scalar.valuesAndGradientsByInstructionSet(at: [row[0]]).map(\.value)
      found += vector.valuesAndGradientsByInstructionSet(
        at: [Double](repeating: row[0], count: 11)
      ).map(\.value)
      for value in found {
        // Near a zero of the logarithm of gamma and of digamma what counts is the place of the zero.
        let size = ["logGamma", "digamma"].contains(name) ? max(abs(row[1]), 0.25) : abs(row[1])
        let unit = max(size.ulp, .leastNonzeroMagnitude)
        #expect(abs(value - row[1]) <= ulps * unit, "\(name)(\(row[0])) = \(value), not \(row[1])")
      }
    }
  }

  @Test("every function has its values")
  func complete() throws {
    let simple: Set<UnaryFunction> = [
      .negate, .absolute, .sign, .square, .reciprocal, .squareRoot,
    ]
    #expect(
      Set(Self.functions.map(\.function)).union(simple) == Set(UnaryFunction.allCases))
  }
}

extension Tensor {
  fileprivate static func unit(_ count: Int, _ place: Int) -> Tensor {
    Tensor((0..<count).map { $0 == place ? 1 : 0 })
  }
}
