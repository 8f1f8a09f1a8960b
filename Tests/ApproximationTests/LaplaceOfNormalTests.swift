import Approximation
import Densities
import Differentiation
import Distributions
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("LaplaceApproximation of normal densities", .tags(.unit))
struct LaplaceOfNormalTests {
  /// height - (x - mode)' P (x - mode) / 2.
  private func bell(mode: [Double], precision: Matrix, height: Double) throws -> Program {
    let size = mode.count
    let matrix = Tensor(precision.elements, shape: [size, size])
    return try Program(dimension: size) { x in
      let deviation = x - Tensor(mode)
      return Tensor(height) - 0.5 * (deviation * matrix.matrixProduct(deviation)).sum()
    }
  }

  static let precisions: [Matrix] = [
    Matrix([[0.3]]), Matrix([[2, -0.9], [-0.9, 0.7]]),
    Matrix([[1e4, 3, 0], [3, 1, 0.05], [0, 0.05, 1e-2]]),
  ]

  @Test("A normal density gives its own precision and its exact integral", arguments: precisions)
  func normal(precision: Matrix) throws {
    let size = precision.rows
    let mode = (0..<size).map { 1.5 - 2 * Double($0) }
    let height = -3.25
    let density = try bell(mode: mode, precision: precision, height: height)
    let laplace = try LaplaceApproximation(of: density, at: mode)
    #expect(laplace.mode == mode)
    #expect(laplace.logDensityAtMode == height)
    #expect(laplace.raisedEigenvalues == 0)
    let largest = precision.elements.map(abs).max()!
    for (value, expected) in zip(laplace.precision.elements, precision.elements) {
      #expect(abs(value - expected) < 1e-7 * largest)
    }
    let logDeterminant = try CholeskyFactorization(precision).logDeterminant
    let evidence = height + 0.5 * Double(size) * log(2 * .pi) - 0.5 * logDeterminant
    #expect(scaledError(laplace.logEvidence, evidence) < 1e-8)

    let exact = try MultivariateNormal(mean: mode, precision: precision)
    let approximate = try laplace.normal()
    let student = try laplace.studentT(degreesOfFreedom: 5)
    let position = mode.map { $0 + 0.05 }
    #expect(
      scaledError(approximate.logDensity(of: position), exact.logDensity(of: position)) < 1e-6)
    #expect(student.location == mode && student.degreesOfFreedom == 5)
    // At the mode both densities are known: the factors of the same determinant.
    #expect(
      scaledError(approximate.logDensity(of: mode), height - evidence) < 1e-8)
  }

  @Test("A gradient that cannot be had is an error")
  func failure() throws {
    let density = try Program(dimension: 1) { .log($0[0]) }
    #expect(throws: EvaluationFailure.self) { try LaplaceApproximation(of: density, at: [0]) }
  }
}
