import SpecialFunctions
import TestSupport
import Testing

/// Tests/Reference/special_functions.json: rows of arguments, the value last.
private struct SpecialReference: Decodable {
  let logGamma, digamma, trigamma, polygamma, logGammaStep, logBeta, gamma, beta: [[Double]]
  let normalLogCdf, scaledBesselI0, scaledBesselI1: [[Double]]

  static let committed = Result {
    try ReferenceData.decode(Self.self, from: "special_functions.json")
  }
}

@Suite("Special functions", .tags(.reference))
struct SpecialFunctionsTests {
  private let reference: SpecialReference
  init() throws { reference = try SpecialReference.committed.get() }

  private func check(
    _ rows: [[Double]], within tolerance: Double, _ function: ([Double]) -> Double
  ) {
    for row in rows {
      let value = function(row)
      #expect(scaledError(value, row.last!) < tolerance, "at \(row.dropLast()): \(value)")
    }
  }

  @Test("the gamma function's logarithm and its derivatives")
  func gammaFunction() {
    check(reference.logGamma, within: 1e-14) { logGamma($0[0]) }
    check(reference.digamma, within: 1e-14) { digamma($0[0]) }
    check(reference.trigamma, within: 1e-14) { trigamma($0[0]) }
    check(reference.polygamma, within: 1e-13) { polygamma(Int($0[0]), $0[1]) }
    check(reference.logGammaStep, within: 1e-13) { logGammaStep($0[0], by: $0[1]) }
    check(reference.logBeta, within: 1e-13) { logBeta($0[0], $0[1]) }
    for (x, step) in [(0.3, 0.5), (12, 0.5), (1e6, 0.25), (50, 200)] {
      let difference = digamma(x + step) - digamma(x)
      #expect(abs(digammaStep(x, by: step) - difference) < 1e-14 * abs(digamma(x)))
    }
  }

  @Test("both incomplete gamma functions, relative to their own size")
  func incompleteGamma() {
    for row in reference.gamma {
      for (upper, expected) in [(false, row[2]), (true, row[3])] where expected > 1e-300 {
        let value = regularizedGamma(shape: row[0], row[1], upper: upper)
        // A relative spacing of x alone moves the tail by so much at shapes beyond a million.
        let tolerance = row[0] > 1e6 ? 1e-9 : 1e-12
        #expect(relativeError(value, expected) < tolerance, "\(row), upper \(upper): \(value)")
      }
    }
  }

  @Test("both incomplete beta functions, relative to their own size")
  func incompleteBeta() {
    for row in reference.beta {
      for (upper, expected) in [(false, row[3]), (true, row[4])] where expected > 1e-300 {
        let value = regularizedBeta(row[0], row[1], row[2], upper: upper)
        #expect(relativeError(value, expected) < 1e-12, "\(row), upper \(upper): \(value)")
      }
    }
  }

  @Test("extreme arguments end, and end in numbers from 0 to 1", .tags(.unit))
  func extremes() {
    let values: [Double] = [
      .leastNonzeroMagnitude, 1e-300, 1e-8, 0.3, 1, 7, 1e5, 1e10, 1e11, 1e18, 1e300, .infinity,
    ]
    for a in values.dropLast() {
      for x in values {
        for upper in [false, true] {
          let gamma = regularizedGamma(shape: a, x, upper: upper)
          #expect(gamma >= 0 && gamma <= 1, "\(a), \(x), \(upper): \(gamma)")
          for b in values.dropLast() {
            let beta = regularizedBeta(a, b, min(x, 1), upper: upper)
            #expect(beta >= 0 && beta <= 1, "\(a), \(b), \(x), \(upper): \(beta)")
          }
        }
      }
    }
  }

  @Test("the normal tail beyond the smallest probability, and scaled Bessel functions")
  func others() {
    check(reference.normalLogCdf, within: 1e-14) { normalLogCDF($0[0]) }
    check(reference.scaledBesselI0, within: 1e-14) { scaledBesselI(order: 0, $0[0]) }
    check(reference.scaledBesselI1, within: 1e-14) { scaledBesselI(order: 1, $0[0]) }
  }
}
