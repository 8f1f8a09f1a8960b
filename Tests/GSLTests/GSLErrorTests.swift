import GSL
import TestSupport
import Testing

@Suite("GSLError", .tags(.unit))
struct GSLErrorTests {
  @Test("The aborting error handler is off")
  func handler() { #expect(GSLLibrary.errorHandlerIsOff) }

  @Test("A failure carries the function and GSL's words")
  func special() {
    #expect {
      try GSLSpecial.logGamma(-1)
    } throws: { error in
      guard let error = error as? GSLError else { return false }
      return error.function == "gsl_sf_lngamma_e" && error.code != 0
        && error.description == "gsl_sf_lngamma_e: \(error.message)"
    }
    #expect {
      try GSLSpecial.digamma(0)
    } throws: { error in
      (error as? GSLError)?.function == "gsl_sf_psi_e" && (error as? GSLError)?.code == 1
    }
  }

  @Test("A function without a status fails with its name when it returns NaN")
  func cumulative() {
    #expect {
      try GSLCumulative.probability(of: .gamma(shape: 2, scale: 1), at: .nan, upper: true)
    } throws: { error in
      (error as? GSLError)?.function == "gsl_cdf_gamma_Q"
    }
  }
}
