import SpecialFunctions
import Testing
@Suite struct SFTests { @Test func a() { #expect(abs(logGamma(3) - 0.6931471805599453) < 1e-15) } }
