import LinearAlgebra
import Randomness
import TestSupport
import Testing

@Suite("DoubleDouble", .tags(.unit))
struct DoubleDoubleTests {
  /// |a - b| / |b| in double-double arithmetic.
  private func error(_ a: DoubleDouble, _ b: DoubleDouble) -> Double {
    abs((a - b).value / b.value)
  }

  @Test("A sum keeps what a Double loses")
  func sums() {
    let sum = DoubleDouble(1) + DoubleDouble(0x1p-80)
    #expect(sum.high == 1 && sum.low == 0x1p-80)
    #expect((sum - DoubleDouble(1)).value == 0x1p-80)
    #expect((DoubleDouble(0x1p-80) + DoubleDouble(1)) == sum)

    var cancelling = DoubleDouble(1e16)
    cancelling += DoubleDouble(1)
    cancelling += DoubleDouble(-1e16)
    #expect(cancelling.value == 1)

    // Ten times the Double next to 0.1 is above one by ten times its distance from 0.1.
    let tenth = (0..<10).reduce(DoubleDouble(0)) { sum, _ in sum + DoubleDouble(0.1) }
    #expect((tenth - DoubleDouble(1)).value == 0x1p-54)
  }

  @Test("A product of Doubles is exact")
  func product() {
    let square = DoubleDouble.product(1 + 0x1p-30, 1 + 0x1p-30)
    #expect(square.high == 1 + 0x1p-29 && square.low == 0x1p-60)
    #expect(DoubleDouble.product(3, 7) == DoubleDouble(21))
    let big = DoubleDouble.product(134_217_729, 134_217_729)  // (2^27 + 1)^2
    #expect(big.high == 0x1p54 + 0x1p28 && big.low == 1)
  }

  @Test("Division undoes multiplication to 100 bits", arguments: [UInt64(4)])
  func division(seed: UInt64) {
    let third = DoubleDouble(1) / DoubleDouble(3)
    #expect(third.high == 1.0 / 3 && third.low != 0)
    #expect(error(third * 3, DoubleDouble(1)) < 0x1p-100)
    var generator = Philox(seed: seed)
    for _ in 0..<1_000 {
      let a = DoubleDouble(generator.nextUnit() - 0.5) + DoubleDouble(generator.nextUnit() * 1e-17)
      let b = DoubleDouble(generator.nextOpenUnit()) + DoubleDouble(generator.nextUnit() * 1e-17)
      #expect(error(a / b * b, a) < 0x1p-98)
      #expect(error(a * b / b, a) < 0x1p-98)
    }
  }

  @Test("The low part is at most half an ulp of the high one", arguments: [UInt64(5)])
  func normalized(seed: UInt64) {
    var generator = Philox(seed: seed)
    for _ in 0..<1_000 {
      let a = DoubleDouble(generator.nextUnit()) / DoubleDouble(generator.nextOpenUnit())
      let b = DoubleDouble(generator.nextUnit()) * generator.nextUnit()
      for value in [a + b, a - b, a * b, a * 3] {
        #expect(abs(value.low) <= 0.5 * value.high.ulp)
        #expect(value.value == value.high)
      }
    }
  }
}
