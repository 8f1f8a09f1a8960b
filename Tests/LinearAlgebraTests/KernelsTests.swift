import CKernels
import Foundation
import TestSupport
import Testing

private typealias Kernel =
  @convention(c) (UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int) -> Void

@Suite("Vector kernels")
struct KernelsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    fileprivate let kernel: Kernel
    fileprivate let portable: Kernel
    let function: @Sendable (Double) -> Double
    let inputs: [Double]

    static let all: [Case] =
      [
        .init(
          testDescription: "exp", kernel: ck_exp, portable: ck_exp_portable, function: { exp($0) },
          inputs: grid(-760...720)),
        .init(
          testDescription: "log", kernel: ck_log, portable: ck_log_portable, function: { log($0) },
          inputs: grid(-1...3) + grid(-1...1_000) + powers),
        .init(
          testDescription: "tanh", kernel: ck_tanh, portable: ck_tanh_portable,
          function: { tanh($0) }, inputs: grid(-25...25) + powers + powers.map { -$0 }),
      ] + more

    // Between places where a function is near zero or overflows, which the accuracy that SLEEF promises
    // (1.0 ulp, erfc 1.5) leaves out.
    private static func one(
      _ name: String, _ kernel: @escaping Kernel, _ portable: @escaping Kernel,
      _ function: @escaping @Sendable (Double) -> Double, _ range: ClosedRange<Double>
    ) -> Case {
      let width = range.upperBound - range.lowerBound
      return .init(
        testDescription: name, kernel: kernel, portable: portable, function: function,
        inputs: [.nan] + (0...3_000).map { range.lowerBound + width * Double($0) / 3_000 })
    }

    private static let more: [Case] = [
      one("expm1", ck_expm1, ck_expm1_portable, { expm1($0) }, -30...700),
      one("log1p", ck_log1p, ck_log1p_portable, { log1p($0) }, -0.999...1e6),
      one("sin", ck_sin, ck_sin_portable, { sin($0) }, -50...50),
      one("cos", ck_cos, ck_cos_portable, { cos($0) }, -50...50),
      one("tan", ck_tan, ck_tan_portable, { tan($0) }, -50...50),
      one("asin", ck_asin, ck_asin_portable, { asin($0) }, -1...1),
      one("acos", ck_acos, ck_acos_portable, { acos($0) }, -1...1),
      one("atan", ck_atan, ck_atan_portable, { atan($0) }, -100...100),
      one("sinh", ck_sinh, ck_sinh_portable, { sinh($0) }, -700...700),
      one("cosh", ck_cosh, ck_cosh_portable, { cosh($0) }, -700...700),
      one("asinh", ck_asinh, ck_asinh_portable, { asinh($0) }, -1e6...1e6),
      one("acosh", ck_acosh, ck_acosh_portable, { acosh($0) }, 1...1e6),
      one("atanh", ck_atanh, ck_atanh_portable, { atanh($0) }, -0.9999...0.9999),
      one("erf", ck_erf, ck_erf_portable, { erf($0) }, -7...7),
      one("erfc", ck_erfc, ck_erfc_portable, { erfc($0) }, -7...26),
      one("lgamma", ck_lgamma, ck_lgamma_portable, { lgamma($0) }, 3...1e4),
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

  private func apply(_ kernel: Kernel, to input: [Double]) -> [Double] {
    var output = [Double](repeating: .nan, count: input.count)
    kernel(input, &output, input.count)
    return output
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
    let values = apply(test.kernel, to: test.inputs)
    let portable = apply(test.portable, to: test.inputs)
    for (index, x) in test.inputs.enumerated() {
      #expect(ulps(values[index], test.function(x)) <= 2, "of \(x)")
      #expect(ulps(portable[index], values[index]) <= 2, "of \(x), portable")
    }
  }

  @Test("A value does not depend on its place", .tags(.unit), arguments: Case.all)
  func placeDoesNotMatter(test: Case) {
    let inputs = stride(from: 0, to: test.inputs.count, by: 41).map { test.inputs[$0] }
    for x in inputs {
      let expected = apply(test.kernel, to: [x])[0].bitPattern
      for count in 1...17 {
        // Neighbours that take other branches inside the kernel.
        let others = [-1e300, 0.3, .nan, 700, 0x1p-1040, -2]
        for place in 0..<count {
          var array = (0..<count).map { others[$0 % others.count] }
          array[place] = x
          let value = apply(test.kernel, to: array)[place]
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
      #expect(Array(guarded.dropFirst().dropLast()) == apply(ck_exp, to: input))
    }
  }

  @Test("The instruction set is one of three", .tags(.unit))
  func instructionSet() {
    #expect(
      (CK_PORTABLE.rawValue...CK_AVX512.rawValue).contains(ck_best_instruction_set().rawValue))
  }
}
