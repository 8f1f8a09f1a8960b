import Foundation
import GSL
import TestSupport
import Testing

@Suite("GSLSpecial", .tags(.reference))
struct GSLSpecialTests {
  @Test("logGamma of integers is the logarithm of a factorial")
  func factorials() throws {
    var factorial = 1.0
    for n in 1...20 {
      #expect(try scaledError(GSLSpecial.logGamma(Double(n)), log(factorial)) < 1e-14)
      factorial *= Double(n)
    }
    #expect(try scaledError(GSLSpecial.logGamma(0.5), 0.5 * log(.pi)) < 1e-14)
  }

  @Test("digamma of integers is a harmonic number less Euler's constant")
  func harmonicNumbers() throws {
    var harmonic = 0.0
    for n in 1...20 {
      let expected = harmonic - 0.577215664901532860606512
      #expect(try scaledError(GSLSpecial.digamma(Double(n)), expected) < 1e-14)
      harmonic += 1 / Double(n)
    }
  }
}
