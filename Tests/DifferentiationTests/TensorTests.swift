import Densities
import Differentiation
import Distributions
import Testing

@Suite struct TensorTests {
  @Test("operations on constants are carried out at once")
  func constants() {
    let a = Tensor([1, 2, 3, 4], shape: [2, 2])
    #expect((a + 1).values == [2, 3, 4, 5])
    #expect(a.matrixProduct(a).values == [7, 10, 15, 22])
    #expect(a.matrixProduct(Tensor([1, 1])).values == [3, 7])
    #expect((a * Tensor([10, 100])).values == [10, 200, 30, 400])
    #expect(a.sum().values == [10])
    #expect(a.sum().shape == [])
    #expect(Tensor([1, 2, 3])[1..<3].values == [2, 3])
    #expect(Tensor([1, 2, 3])[2].shape == [])
  }

  @Test("an impossible operation names itself and both shapes, and Program.init throws it")
  func impossibleShapes() throws {
    let cases: [(@Sendable (Tensor) -> Tensor, String)] = [
      ({ $0 + Tensor([1, 2]) }, "add of [3] and [2]: the shapes do not fit"),
      ({ $0.reshaped([2, 2]) }, "reshaped of [3] and [2, 2]: the shapes do not fit"),
      (
        { $0.reshaped([1, 3]).matrixProduct($0.reshaped([1, 3])) },
        "matrixProduct of [1, 3] and [1, 3]: the shapes do not fit"
      ),
      ({ $0[2..<5] }, "slice of [3]: 2..<5 is not a range of its axis 0"),
      (
        { Normal(mean: $0, standardDeviation: Tensor([1, 2])).logDensity(of: 0) },
        "Normal.logDensity of [] and [3] and [2]: the shapes do not fit"
      ),
      ({ _ in Tensor([1, 2, 3], shape: [2]) }, "Tensor of [3] and [2]: the shapes do not fit"),
    ]
    for (body, description) in cases {
      // What follows hands the failure on.
      let error = #expect(throws: TensorError.self) {
        try Program(dimension: 3) { (Tensor.exp(body($0)) * 2 + 1).sum() }
      }
      // Named operations and operators tell where they were called.
      let text = error.map { "\($0)" } ?? ""
      #expect(text.hasSuffix(description) && text.contains("TensorTests.swift:"))
    }
  }

  @Test("tensors of two programs do not mix")
  func twoPrograms() throws {
    #expect(throws: TensorError.self) {
      try Program(dimension: 1) { outer in
        _ = try Program(dimension: 1) { inner in inner + outer }
        return outer
      }
    }
  }

  @Test("a constant function has the gradient zero")
  func constantFunction() throws {
    let (value, gradient) = try Program(dimension: 2) { _ in 7 }.valueAndGradient(at: [1, 2])
    #expect(value == 7 && gradient == [0, 0])
    let program = try Program(dimension: 2) { _ in Tensor([1, 2, 3]) }
    #expect(program.values(at: [0, 0], in: program.makeWorkspace()) == [1, 2, 3])
  }

  @Test("a value that is no number is a recoverable failure, minus infinity is a value")
  func notANumber() throws {
    let logarithm = try Program(dimension: 1) { Tensor.log($0[0]) }
    #expect(throws: EvaluationFailure.recoverable("the value is not a number, since log gave nan"))
    {
      try logarithm.valueAndGradient(at: [-1])
    }
    #expect(try logarithm.valueAndGradient(at: [0]).value == -.infinity)
    let exponential = try Program(dimension: 1) { Tensor.exp($0[0]) }
    #expect(throws: EvaluationFailure.recoverable("the value is +infinity, since exp gave inf")) {
      try exponential.valueAndGradient(at: [1_000])
    }
    let normal = try Program(dimension: 1) {
      Normal(mean: 0, standardDeviation: $0[0]).logDensity(of: 1)
    }
    for deviation in [0, -1, Double.nan] {
      #expect(throws: EvaluationFailure.self) { try normal.valueAndGradient(at: [deviation]) }
    }
  }

  @Test("a program is the same in every workspace, and at every evaluation")
  func workspaces() async throws {
    let program = try Program(dimension: 3) { (Tensor.tanh($0) * $0).sum() }
    let expected = try program.valueAndGradient(at: [1, 2, 3])
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var workspace = program.makeWorkspace()
          return (0..<100).allSatisfy { round in
            var gradient = [0.0, 0, 0]
            var span = gradient.mutableSpan
            let position = round % 2 == 0 ? [1.0, 2, 3] : [5.0, 6, 7]
            let value = try? program.logDensity(
              at: position.span, gradient: &span, in: &workspace)
            return round % 2 == 1 || (value == expected.value && gradient == expected.gradient)
          }
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("many positions at once are the positions one by one")
  func batch() throws {
    let program = try Program(dimension: 2) { $0.squared.sum() }
    var values = [0.0, 0, 0]
    var span = values.mutableSpan
    var workspace = program.makeWorkspace()
    try program.logDensities(at: [1, 2, 3, 4, 5, 6].span, into: &span, in: &workspace)
    #expect(values == [5, 25, 61])
  }
}
