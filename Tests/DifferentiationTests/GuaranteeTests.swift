import Densities
import Differentiation
import Distributions
import Foundation
import TestSupport
import Testing

/// What a program says when something is wrong, and functions whose operations depend on values.
@Suite("Guarantees of programs", .tags(.unit))
struct GuaranteeTests {
  @Test("an operator's error names the line that it stands on")
  func operatorLine() {
    let failed = Tensor([1, 2]) + Tensor([1, 2, 3])
    let line = #line - 1
    guard let site = failed.failure?.site else {
      // Only a program without debug information has none.
      #expect(Bool(false), "no place")
      return
    }
    #expect(site.line == line && site.file.hasSuffix("GuaranteeTests.swift"))
    #expect("\(failed.failure!)".hasPrefix("\(site): add of [2] and [3]: "))
    let slice = Tensor([1, 2])[2...5]
    let next = #line - 1
    #expect(slice.failure?.site?.line == next)
  }

  @Test("a gradient that is not finite is reported, with the operation and the place before it")
  func gradient() throws {
    // The slope of a square root at zero is infinite, the value is not.
    let program = try Program(dimension: 2) { x in
      let shape = x.reshaped([2])
      return Tensor.sqrt(shape[1]) + shape[0]
    }
    #expect(try program.valueAndGradient(at: [1, 4]).gradient == [1, 0.25])
    #expect {
      try program.valueAndGradient(at: [1, 0])
    } throws: { error in
      "\(error)" == "element 1 of the gradient is inf, since in the derivative divide gave inf"
        || "\(error)"
          == "element 1 of the gradient is inf, since in the derivative reciprocal gave inf"
    }
    // Outside the support the value says all: a gradient is not asked for.
    let edge = try Program(dimension: 1) { Tensor.log($0[0]) }
    let (value, _) = try edge.valueAndGradient(at: [0])
    #expect(value == -.infinity)
  }

  @Test("the first operation that failed is named, with its place")
  func place() throws {
    var line = 0
    let program = try Program(dimension: 3) { x in
      let a = Tensor.exp(x).gathered([2, 0])
      line = #line - 1
      return Tensor.log(a[0] - 2).squared + a.sum()
    }
    #expect {
      try program.valueAndGradient(at: [0, 0, 0])
    } throws: { error in
      "\(error)".hasPrefix("the value is not a number, since log gave nan after ")
        && "\(error)".hasSuffix("GuaranteeTests.swift:\(line)")
    }
    let matrix = try Program(dimension: 4) { x in
      let factor = x.reshaped([2, 2]).cholesky()
      line = #line - 1
      return factor.sum()
    }
    #expect {
      try matrix.valueAndGradient(at: [1, 2, 2, 1])
    } throws: { error in
      "\(error)".contains("cholesky gave nan at ")
        && "\(error)".hasSuffix("GuaranteeTests.swift:\(line)")
    }
  }

  @Test("a traced function that depends on a value says so, and how to mark it")
  func dependence() {
    var line = 0
    var failure: TensorError?
    do throws(any Error) {
      _ = try Program(dimension: 1) { x in
        let isLarge = x[0].scalar() > 1
        line = #line - 1
        return isLarge ? x[0] : x[0].squared
      }
    } catch { failure = error as? TensorError }
    #expect(failure?.operation == "scalar" && failure?.site?.line == line)
    #expect(
      failure?.reason.contains("RetracedProgram") == true
        && failure?.reason.contains("where") == true)
    #expect(throws: TensorError.self) {
      try Program(dimension: 2) { x in x.scalar() > 0 ? x.sum() : -x.sum() }
    }
    #expect(Tensor(3).scalar() == 3)
    #expect(Tensor([1, 2]).scalar().isNaN)
  }

  @Test("a retraced program follows its branches and loops")
  func retraced() throws {
    let huber = RetracedProgram(dimension: 1) { x in
      abs(x[0].scalar()) < 1 ? -0.5 * x[0].squared : 0.5 - Tensor.abs(x[0])
    }
    #expect(try huber.valueAndGradient(at: [0.5]) == (-0.125, [-0.5]))
    #expect(try huber.valueAndGradient(at: [-3]) == (-2.5, [1]))
    // As many steps of Newton's method for a square root as it takes.
    let root = RetracedProgram(dimension: 2) { x in
      var y = Tensor(1) * x[0]
      while abs((y.squared - x[0]).scalar()) > 1e-13 { y = 0.5 * (y + x[0] / y) }
      return y * x[1]
    }
    let (value, gradient) = try root.valueAndGradient(at: [9, 2])
    #expect(scaledError(value, 6) < 1e-15)
    #expect(scaledError(gradient[0], 2.0 / 6) < 1e-12 && scaledError(gradient[1], 3) < 1e-15)
    try checkGradient(huber, at: [0.7])
    try checkGradient(huber, at: [2])
    var workspace: Void = ()
    #expect(abs(try root.logDensity(at: [4.0, 1].span, in: &workspace) - 2) < 1e-13)
  }

  @Test("failures of a retraced program")
  func retracedFailures() {
    let program = RetracedProgram(dimension: 2) { x in
      x[0].scalar() > 0 ? Tensor.log(x[1]) : x + Tensor([1, 2, 3])
    }
    #expect(throws: EvaluationFailure.recoverable("the value is not a number, since log gave nan"))
    {
      try program.valueAndGradient(at: [1, -1])
    }
    #expect {
      try program.valueAndGradient(at: [-1, 1])
    } throws: { error in
      if case EvaluationFailure.fatal(let reason) = error {
        reason.contains("add of [2] and [3]")
      } else {
        false
      }
    }
  }

  @Test("powers at zero have the slopes that they have")
  func powers() throws {
    let exponents = Tensor([0, 1, 2, 3])
    let program = try Program(dimension: 1) { x in
      (Tensor.pow(x[0], exponents) * Tensor([5, 7, 11, 13])).sum() + Tensor.pow(x[0], 0)
    }
    let (value, gradient) = try program.valueAndGradient(at: [0])
    #expect(value == 6 && gradient == [7])
    #expect(program.hessian(at: [0]).values == [22])
  }

  @Test("ranges that end before they begin, and results of other programs, are errors")
  func impossible() throws {
    let three = Tensor([1, 2, 3])
    #expect(three[5...].failure?.operation == "slice")
    #expect(three[..<(-1)].failure?.operation == "slice")
    #expect(three[3...].values == [] && three[...0].values == [1])
    var inner = Tensor(0)
    _ = try Program(dimension: 1) { x in
      inner = x[0]
      return x[0]
    }
    #expect(throws: TensorError.self) { try Program(dimension: 1) { _ in inner } }
    #expect(
      Tensor.einsum(",i->i", three.reshaped([7]), three).failure?.operation == "reshaped")
    #expect(Tensor(1).broadcast(to: [-1]).failure != nil)
    let other = RetracedProgram(dimension: 1) { [inner] _ in inner }
    #expect(throws: EvaluationFailure.self) { try other.valueAndGradient(at: [1]) }
  }

  @Test("second derivatives of functions with partials, near the edge of their domain")
  func curvature() throws {
    // log x, whose partial is known left of zero too, with the wrong sign.
    let logarithm = ScalarFunction(name: "logarithm", arity: 1) { x, partials in
      partials[0] = x[0] > 0 ? 1 / x[0] : .nan
      return log(x[0])
    }
    for x in [1e-8, 0.3, 1e6] {
      let program = try Program(dimension: 1) { .sum(of: logarithm, $0) }
      #expect(relativeError(program.hessian(at: [x]).values![0], -1 / (x * x)) < 1e-9)
    }
    // Element by element, and derivatives within a program.
    let map = try Program(dimension: 2) { x in (.map(logarithm, x) * Tensor([2, 3])).sum() }
    #expect(try map.valueAndGradient(at: [1, 1]) == (0, [2, 3]))
  }

  /// Operations without a case would escape every check above.
  @Test("every operation has an entry in the gradient check")
  func entries() throws {
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources/Differentiation/Tracing/Operation.swift")
    let text = try String(contentsOf: source, encoding: .utf8)
    let body = text.components(separatedBy: "/// As errors name it.")[0]
    let operations = Set(
      body.split(separator: "\n").compactMap { line in
        line.firstMatch(of: /^  case (\w+)/).map { String($0.1) }
      })
    #expect(operations.count > 20)
    var checked = Set<String>()
    for test in OperationCase.all {
      checked.formUnion(
        try Program(dimension: test.position.count) { test.body($0).sum() }.operationKinds)
    }
    #expect(operations.subtracting(checked) == [], "without a case in OperationCase.all")
  }

  @Test("the lists of elementwise functions are whole")
  func allCases() throws {
    for (file, listed) in [
      ("UnaryFunction", UnaryFunction.allCases.count),
      ("BinaryFunction", BinaryFunction.allCases.count),
    ] {
      let source = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/Differentiation/Tensors/\(file).swift")
      let text = try String(contentsOf: source, encoding: .utf8)
      let cases = text.split(separator: "\n").filter { $0.hasPrefix("  case ") }
        .flatMap { $0.dropFirst(7).split(separator: ",") }
      // One of them, polygamma, is listed for two orders.
      #expect(cases.count + (file == "UnaryFunction" ? 1 : 0) == listed)
    }
  }

  @Test("empty tensors, scalars and single elements", arguments: [[], [0], [1], [1, 1], [0, 3]])
  func edgeShapes(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let position = (0..<count + 1).map { 0.3 + 0.1 * Double($0) }
    func check(_ body: @escaping (Tensor, Tensor) -> Tensor) throws {
      let program = try Program(dimension: count + 1) { x in
        let result = body(x[0..<count].reshaped(shape), x[count])
        return result.sum() + x[count]
      }
      let (values, gradient) = program.evaluatedNodeByNode(at: position)
      let found = try program.valueAndGradient(at: position)
      #expect(scaledError(found.value, values[0]) < 1e-15)
      for (a, b) in zip(found.gradient, gradient) { #expect(scaledError(a, b) < 1e-14) }
      try checkGradient(program, at: position)
      var workspace = program.makeWorkspace()
      var batch = [0.0, 0]
      var span = batch.mutableSpan
      try program.logDensities(at: (position + position).span, into: &span, in: &workspace)
      #expect(scaledError(batch[1], found.value) < 1e-14)
    }
    for function in UnaryFunction.allCases {
      let shift: Tensor = function == .acosh ? 1.2 : function == .logOneMinusExp ? -2 : 0
      try check { x, _ in (x + shift).mapped(function) }
    }
    for function in BinaryFunction.allCases {
      try check { x, y in Tensor.combined(function, x, y + 0.05) }
      try check { x, _ in Tensor.combined(function, x, 2 * x + 0.1) }
    }
    try check { x, y in .where(x .< y, x, y) }
    try check { x, y in x.reshaped([count]).sum(axis: 0) * y }
    try check { x, y in x.reshaped([count]).cumulativeSum(axis: 0) * y }
    try check { x, y in Tensor.concatenated([x.reshaped([count]), x.reshaped([count])]) * y }
    try check { x, y in x.reshaped([1, count]).transposed() * y }
    try check { x, y in x.reshaped([count]).gathered([]) * y }
    try check { x, y in x.reshaped([count, 1]).matrixProduct(x.reshaped([1, count])) * y }
    try check { x, y in x.reshaped([1, count]).matrixProduct(x.reshaped([count, 1])) * y }
    if count > 0 {
      try check { x, y in x.reshaped([count]).logSumExp(axis: 0) + y }
      try check { x, y in x.reshaped([count]).max(axis: 0) + y }
    }
  }
}
