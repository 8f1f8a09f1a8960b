import CKernels
import Foundation
import TestSupport
import Testing

/// An elementwise operation of the vector machine on an array, by the kernels of one instruction set.
private func apply(
  _ operation: ck_operation, on set: ck_instruction_set = ck_best_instruction_set(),
  to input: [Double]
) -> [Double] {
  let count = input.count
  // One element more, so that a single one is read from memory as several are.
  var arena = input + [Double](repeating: .nan, count: count + 8)
  var step = ck_step()
  step.operation = operation.rawValue
  (step.count, step.output) = (Int32(count), Int32(count))
  ck_run(set, &step, 1, nil, &arena, nil, 0, 0)
  return Array(arena[count..<2 * count])
}

@Suite("Vector kernels")
struct KernelsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let operation: ck_operation
    let function: @Sendable (Double) -> Double
    let inputs: [Double]
    /// How far a value may be off.
    var ulps = 2

    static let all: [Case] =
      [
        .init(
          testDescription: "exp", operation: CK_EXP, function: { exp($0) },
          inputs: grid(-760...720)),
        .init(
          testDescription: "log", operation: CK_LOG, function: { log($0) },
          inputs: grid(-1...3) + grid(-1...1_000) + powers),
        .init(
          testDescription: "tanh", operation: CK_TANH, function: { tanh($0) },
          inputs: grid(-25...25) + powers + powers.map { -$0 }, ulps: 4),
      ] + more

    // Between places where a function is near zero or overflows, which the accuracy that SLEEF promises
    // (1.0 ulp, erfc 1.5) leaves out.
    private static func one(
      _ name: String, _ operation: ck_operation,
      _ function: @escaping @Sendable (Double) -> Double, _ range: ClosedRange<Double>
    ) -> Case {
      let width = range.upperBound - range.lowerBound
      return .init(
        testDescription: name, operation: operation, function: function,
        inputs: [.nan] + (0...3_000).map { range.lowerBound + width * Double($0) / 3_000 })
    }

    private static let more: [Case] = [
      one("expm1", CK_EXPM1, { expm1($0) }, -30...700),
      one("log1p", CK_LOG1P, { log1p($0) }, -0.999...1e6),
      one("sin", CK_SIN, { sin($0) }, -50...50),
      one("cos", CK_COS, { cos($0) }, -50...50),
      one("tan", CK_TAN, { tan($0) }, -50...50),
      one("asin", CK_ASIN, { asin($0) }, -1...1),
      one("acos", CK_ACOS, { acos($0) }, -1...1),
      one("atan", CK_ATAN, { atan($0) }, -100...100),
      one("sinh", CK_SINH, { sinh($0) }, -700...700),
      one("cosh", CK_COSH, { cosh($0) }, -700...700),
      one("asinh", CK_ASINH, { asinh($0) }, -1e6...1e6),
      one("acosh", CK_ACOSH, { acosh($0) }, 1...1e6),
      one("atanh", CK_ATANH, { atanh($0) }, -0.9999...0.9999),
      one("erf", CK_ERF, { erf($0) }, -7...7),
      one("erfc", CK_ERFC, { erfc($0) }, -7...26),
      one("lgamma", CK_LGAMMA, { lgamma($0) }, 3...1e4),
    ]

    static let powers = (-1_074...1_023).map { Double(sign: .plus, exponent: $0, significand: 1) }

    // SLEEF's exp is infinite above 709.78271114955743 already, not above 709.78271289338397: what
    // lies between is left out.
    static func grid(_ range: ClosedRange<Double>) -> [Double] {
      let extremes: [Double] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, .leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-54, 1e-9,
        709.7827111495574, 709.7827128933841, -708.3964185322641, -745.1332191019411,
        -745.1332191019412, 1.0.nextUp, 1.0.nextDown,
      ]
      let width = range.upperBound - range.lowerBound
      return extremes + (0...3_000).map { range.lowerBound + width * Double($0) / 3_000 }
    }
  }

  /// How many Doubles apart two values are; NaNs are one value.
  private func ulps(_ a: Double, _ b: Double) -> Int {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .max }
    func rank(_ x: Double) -> Int {
      let bits = Int(x.magnitude.bitPattern)
      return x.sign == .minus ? -bits : bits
    }
    return abs(rank(a) - rank(b))
  }

  @Test("The kernels agree with the system's functions", .tags(.reference), arguments: Case.all)
  func accuracy(of test: Case) {
    let best = ck_best_instruction_set().rawValue
    for set in CK_PORTABLE.rawValue...best {
      let values = apply(
        test.operation, on: ck_instruction_set(rawValue: set), to: test.inputs)
      for (index, x) in test.inputs.enumerated() {
        #expect(ulps(values[index], test.function(x)) <= test.ulps, "of \(x), set \(set)")
      }
    }
  }

  @Test("A value does not depend on its place", .tags(.unit), arguments: Case.all)
  func placeDoesNotMatter(test: Case) {
    let inputs = stride(from: 0, to: test.inputs.count, by: 41).map { test.inputs[$0] }
    for x in inputs {
      let expected = apply(test.operation, to: [x])[0].bitPattern
      for count in 1...17 {
        // Neighbours that take other branches inside the kernel.
        let others = [-1e300, 0.3, .nan, 700, 0x1p-1040, -2]
        for place in 0..<count {
          var array = (0..<count).map { others[$0 % others.count] }
          array[place] = x
          let value = apply(test.operation, to: array)[place]
          #expect(
            value.bitPattern == expected || value.isNaN && Double(bitPattern: expected).isNaN,
            "of \(x) at \(place) of \(count)")
        }
      }
    }
  }

  @Test("Nothing beside the array is touched, and it may be its own output", .tags(.unit))
  func bounds() {
    for count in 0...17 {
      let input = (0..<count).map { 0.1 * Double($0) - 0.5 }
      var guarded = [-7] + input + [-7]
      guarded.withUnsafeMutableBufferPointer { memory in
        let inner = memory.baseAddress! + 1
        ck_exp(inner, inner, count)
      }
      #expect(guarded.first == -7 && guarded.last == -7)
      #expect(Array(guarded.dropFirst().dropLast()) == apply(CK_EXP, to: input))
    }
  }

  @Test("The instruction set is one of three", .tags(.unit))
  func instructionSet() {
    #expect(
      (CK_PORTABLE.rawValue...CK_AVX512.rawValue).contains(ck_best_instruction_set().rawValue))
  }
}
