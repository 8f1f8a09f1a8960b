import Densities
import Differentiation
import Distributions
import Randomness
import TestSupport
import Testing

@Suite("Program")
struct ProgramTests {
  @Test("The density of a normal distribution in all its arguments", .tags(.gradient))
  func normal() throws {
    let position = [0.3, -1.2, 2.5, 0.1, 0.8, 1.4]
    let data = Tensor([0.2, -0.4, 1.9])
    let densities: [(Tensor) -> Tensor] = [
      { Normal(mean: $0[3], standardDeviation: $0[5]).logDensity(of: $0[0..<3]) },
      { Normal(mean: $0[0..<3], standardDeviation: $0[3..<6]).logDensity(of: data) },
      { Normal(mean: 0.5, standardDeviation: $0[3..<6]).logDensity(of: $0[0..<3]) },
      { Normal(mean: $0[0..<3], standardDeviation: 2).logDensity(of: $0[1]) },
      { Normal(mean: $0[0], standardDeviation: $0[4]).logDensity(of: $0[2]) },
    ]
    for density in densities {
      try checkGradient(Program(dimension: 6, density), at: position)
    }
    let value = try Program(dimension: 6, densities[1]).valueAndGradient(at: position).value
    let expected = try (0..<3).reduce(0.0) { sum, i in
      let normal = try Normal(mean: position[i], standardDeviation: position[i + 3])
      return sum + normal.logDensity(of: data.values![i])
    }
    #expect(scaledError(value, expected) < 1e-14)
  }

  @Test(
    "A standard deviation that is not positive is a failure of this point", .tags(.unit),
    arguments: [0, -1, Double.nan])
  func badDeviation(deviation: Double) throws {
    let program = try Program(dimension: 1) { x in
      Normal(mean: 0, standardDeviation: x[0]).logDensity(of: 1)
    }
    expectRecoverable(program, at: [deviation])
  }

  /// y given x: a polynomial of degree 3 with a normal likelihood and prior.
  private func polynomial() throws -> Program {
    let x = (0..<20).map { -1 + 0.1 * Double($0) }
    let y = x.map { 0.5 - $0 + 2 * $0 * $0 * $0 }
    let design = Tensor(x.flatMap { [1, $0, $0 * $0, $0 * $0 * $0] }, shape: [20, 4])
    return try Program(dimension: 5) { parameters in
      let coefficients = parameters[0..<4]
      let deviation = Tensor.exp(parameters[4])
      return Normal(mean: 0, standardDeviation: 3).logDensity(of: coefficients)
        + Normal(mean: design.matrixProduct(coefficients), standardDeviation: deviation)
        .logDensity(of: Tensor(y))
    }
  }

  /// y given x: 1 - 5 - 4 - 1 units, tanh between, with a normal likelihood.
  private func network() throws -> Program {
    let x = (0..<15).map { -1.4 + 0.2 * Double($0) }
    let y = x.map { $0 * $0 - 0.3 }
    let sizes = [1, 5, 4, 1]
    let dimension = zip(sizes, sizes.dropFirst()).reduce(1) { $0 + ($1.0 + 1) * $1.1 }
    return try Program(dimension: dimension) { parameters in
      var used = 0
      func take(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        defer { used += count }
        return parameters[used..<used + count].reshaped(shape)
      }
      var layer = Tensor(x, shape: [15, 1])
      for (index, (inputs, outputs)) in zip(sizes, sizes.dropFirst()).enumerated() {
        layer = layer.matrixProduct(take([inputs, outputs])) + take([outputs])
        if index < sizes.count - 2 { layer = .tanh(layer) }
      }
      let deviation = Tensor.exp(take([]))
      return Normal(mean: layer.reshaped([15]), standardDeviation: deviation)
        .logDensity(of: Tensor(y))
    }
  }

  @Test(
    "A polynomial and a network with a normal likelihood", .tags(.gradient), arguments: [UInt64(1)])
  func regressions(seed: UInt64) throws {
    var generator = Philox(seed: seed)
    for program in [try polynomial(), try network()] {
      for _ in 0..<5 {
        let position = (0..<program.dimension).map { _ in 2 * generator.nextUnit() - 1 }
        try checkGradient(program, at: position)
      }
    }
  }

  @Test("A workspace may be used again and again, and programs shared", .tags(.unit))
  func workspaces() throws {
    let program = try network()
    let positions = (0..<4).map { k in
      (0..<program.dimension).map { 0.1 * Double(k) + 0.01 * Double($0) }
    }
    var workspace = program.makeWorkspace()
    for position in positions + positions.reversed() {
      var gradient = [Double](repeating: .nan, count: program.dimension)
      var span = gradient.mutableSpan
      let value = try program.logDensity(at: position.span, gradient: &span, in: &workspace)
      let fresh = try program.valueAndGradient(at: position)
      #expect(value == fresh.value && gradient == fresh.gradient)
    }
  }

  @Test("The product of a covector and the Jacobian", .tags(.gradient))
  func vectorJacobianProduct() throws {
    let body: (Tensor) -> Tensor = { x in
      Tensor.tanh(x[0..<3]) * x[3] + x[1..<4].squared
    }
    let covector = [0.5, -2, 1.5]
    let program = try Program(dimension: 4, body)
    #expect(program.shape == [3])
    let scalar = try Program(dimension: 4) { (body($0) * Tensor(covector)).sum() }
    let position = [0.2, -0.6, 1.1, 0.7]
    try checkGradient(scalar, at: position)
    var gradient = [Double](repeating: .nan, count: 4)
    var span = gradient.mutableSpan
    program.vectorJacobianProduct(
      at: position.span, covector: covector.span, into: &span, in: program.makeWorkspace())
    let expected = try scalar.valueAndGradient(at: position)
    for (a, b) in zip(gradient, expected.gradient) { #expect(scaledError(a, b) < 1e-15) }

    var values = [Double](repeating: .nan, count: 3)
    var result = values.mutableSpan
    program.evaluate(at: position.span, into: &result, in: program.makeWorkspace())
    #expect(values == program.values(at: position, in: program.makeWorkspace()))
    #expect(
      scaledError(zip(values, covector).reduce(0) { $0 + $1.0 * $1.1 }, expected.value) < 1e-15)
  }

  @Test("A constant has a value and a gradient of zeros", .tags(.unit))
  func constants() throws {
    let (value, gradient) = try Program(dimension: 3) { _ in 4.5 }.valueAndGradient(at: [1, 2, 3])
    #expect(value == 4.5 && gradient == [0, 0, 0])
    let vector = try Program(dimension: 2) { _ in Tensor([1, 2, 3]) }
    #expect(vector.shape == [3])
    #expect(vector.values(at: [7, 8], in: vector.makeWorkspace()) == [1, 2, 3])
    let unused = try Program(dimension: 2) { x in
      _ = Tensor.log(x - 100)
      return x[1] * 0 + 2
    }
    #expect(try unused.valueAndGradient(at: [1, 2]).gradient == [0, 0])
  }

  @Test("The input itself, and one coordinate", .tags(.unit))
  func identity() throws {
    let identity = try Program(dimension: 2) { $0 }
    #expect(identity.values(at: [3, 4], in: identity.makeWorkspace()) == [3, 4])
    #expect(try Program(dimension: 2) { $0[1] }.valueAndGradient(at: [3, 4]).gradient == [0, 1])
  }

  @Test("Neither NaN nor +infinity is a value", .tags(.unit))
  func notANumber() throws {
    expectRecoverable(try Program(dimension: 1) { .log($0[0]) }, at: [-1])
    expectRecoverable(try Program(dimension: 1) { $0[0] - $0[0] }, at: [.infinity])
    expectRecoverable(try Program(dimension: 1) { .exp($0[0]) }, at: [1_000])
    // Minus infinity means outside the support.
    #expect(try Program(dimension: 1) { .log($0[0]) }.valueAndGradient(at: [0]).value == -.infinity)
  }

  @Test("What the body throws comes out", .tags(.unit))
  func bodyThrows() {
    #expect(throws: EvaluationFailure.fatal("stop")) {
      try Program(dimension: 1) { _ in throw EvaluationFailure.fatal("stop") }
    }
  }

  private func expectRecoverable(
    _ program: Program, at position: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for withGradient in [false, true] {
      #expect(sourceLocation: sourceLocation) {
        if withGradient {
          _ = try program.valueAndGradient(at: position)
          return
        }
        var workspace = program.makeWorkspace()
        _ = try program.logDensity(at: position.span, in: &workspace)
      } throws: { error in
        if case EvaluationFailure.recoverable = error { true } else { false }
      }
    }
  }
}
