import Approximation
import Differentiation
import Distributions
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite struct LaplaceApproximationTests {
  private let precision = Matrix([[4, 1, 0.5], [1, 3, -0.2], [0.5, -0.2, 2]])
  private let mode = [1.0, -2, 0.5]

  /// -1/2 (x - mode)' P (x - mode) + 3.
  private func gaussian() throws -> Program {
    let (p, m) = (Tensor(precision.elements, shape: [3, 3]), Tensor(mode))
    return try Program(dimension: 3) { x in
      let d = x - m
      return Tensor(3) - Tensor(0.5) * (d * p.matrixProduct(d)).sum()
    }
  }

  @Test("of a normal density it is that density, and its evidence is exact")
  func normal() throws {
    let laplace = try LaplaceApproximation(of: gaussian(), at: mode)
    for (value, expected) in zip(laplace.precision.elements, precision.elements) {
      #expect(abs(value - expected) < 1e-8)
    }
    #expect(laplace.raisedEigenvalues == 0)
    #expect(laplace.logDensityAtMode == 3)
    let determinant = try CholeskyFactorization(precision).logDeterminant
    #expect(abs(laplace.logEvidence - (3 + 1.5 * log(2 * .pi) - 0.5 * determinant)) < 1e-8)

    let distribution = try laplace.normal()
    let inverse = try CholeskyFactorization(precision).inverse
    for (value, expected) in zip(distribution.covariance.elements, inverse.elements) {
      #expect(abs(value - expected) < 1e-8)
    }
    let heavy = try laplace.studentT(degreesOfFreedom: 5)
    #expect(heavy.location == mode && heavy.degreesOfFreedom == 5)
    // At the centre the two differ by their constants, in the tails by more.
    let constant = lgamma(4) - lgamma(2.5) - 1.5 * log(2.5)
    let difference = heavy.logDensity(of: mode) - distribution.logDensity(of: mode)
    #expect(abs(difference - constant) < 1e-12)
    #expect(heavy.logDensity(of: [20, 20, 20]) > distribution.logDensity(of: [20, 20, 20]))
  }

  @Test("the evidence of a gamma density on the log scale approaches the exact one")
  func gammaEvidence() throws {
    // The density of log x for x ~ Gamma(a, 1), without its constant: the integral is Gamma(a).
    func error(_ a: Double) throws -> Double {
      let density = try Program(dimension: 1) { Tensor(a) * $0[0] - Tensor.exp($0[0]) }
      return try LaplaceApproximation(of: density, at: [log(a)]).logEvidence - lgamma(a)
    }
    // Stirling's formula: the error is -1 / (12 a) to first order.
    for a in [10.0, 100, 1_000] { #expect(abs(try error(a) * -12 * a - 1) < 0.01) }
  }

  @Test("a ridge is raised to a floor, and counted")
  func ridge() throws {
    let density = try Program(dimension: 2) { x in Tensor(-0.5) * (x[0] + x[1]).squared }
    let laplace = try LaplaceApproximation(of: density, at: [0, 0])
    #expect(laplace.raisedEigenvalues == 1)
    #expect(try laplace.normal().covariance.elements.allSatisfy(\.isFinite))
    // At a saddle as well.
    let saddle = try Program(dimension: 2) { x in x[0].squared - x[1].squared }
    #expect(try LaplaceApproximation(of: saddle, at: [0, 0]).raisedEigenvalues == 1)
  }
}
