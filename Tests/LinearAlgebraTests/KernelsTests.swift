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

    static let all: [Case] = [
      .init(
        testDescription: "exp", kernel: ck_exp, portable: ck_exp_portable, function: { exp($0) },
        inputs: grid(-760...720)),
      .init(
        testDescription: "log", kernel: ck_log, portable: ck_log_portable, function: { log($0) },
        inputs: grid(-1...3) + grid(-1...1_000) + powers),
      .init(
        testDescription: "tanh", kernel: ck_tanh, portable: ck_tanh_portable,
        function: { tanh($0) }, inputs: grid(-25...25) + powers + powers.map { -$0 }),
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
