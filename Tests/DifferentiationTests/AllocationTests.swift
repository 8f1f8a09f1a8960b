import AllocationCounter
import Densities
import Differentiation
import Distributions
import Foundation
import TestSupport
import Testing

#if DEBUG
  private let isOptimized = false
#else
  private let isOptimized = true
#endif

/// An evaluation takes nothing from the heap once its workspace is there; without optimisation Swift itself
/// does.
@Suite("Allocations", .tags(.unit), .enabled(if: allocations_are_counted() && isOptimized))
struct AllocationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let program: Program

    init(_ name: String, _ dimension: Int, _ body: (Tensor) -> Tensor) {
      testDescription = name
      program = try! Program(dimension: dimension, body)
    }

    static let all = [
      Case("elementwise functions on long vectors", 2) { x in
        let data = Tensor((0..<1000).map { sin(Double($0)) })
        return (Tensor.tanh(data * x[0]) + Tensor.logGamma(2 + x[1].squared)).sum()
      },
      Case("matrices, small and large", 3) { x in
        let sizes = [5, 60]
        return sizes.map { n in
          let a = Tensor((0..<n * n).map { cos(Double($0)) }, shape: [n, n]) * x[0]
          let b =
            a.matrixProduct(a.transposed())
            + Tensor((0..<n * n).map { $0 % (n + 1) == 0 ? Double(n) : 0 }, shape: [n, n])
          return b.logDeterminant() + b.positiveDefiniteSolve(a[0]).sum()
        }.reduce(0, +)
      },
      Case("a recurrence", 2) { x in
        Tensor.linearRecurrence(
          Tensor((0..<300).map { cos(Double($0)) }) * x[0], coefficients: x[1]
        ).squared.sum()
      },
      Case("a hidden Markov model", 3) { x in
        .hiddenMarkovLogLikelihood(
          logInitial: x[0..<2], logTransition: x[0] * Tensor([1, 2, 3, 4], shape: [2, 2]),
          logEmissions: x[2] * Tensor((0..<40).map { sin(Double($0)) }, shape: [20, 2]))
      },
      Case("a density with partials", 2) { x in
        Tensor.sum(
          of: ScalarFunction(logDensityOf: try! Gamma(shape: 2, rate: 1)), Tensor([1, 2, 3]),
          .exp(x[0]), .exp(x[1]))
      },
      Case("a network, rows at a time", 12) { p in
        let x = Tensor((0..<2_000).map { sin(Double($0)) }, shape: [1_000, 2])
        return Tensor.tanh(x.matrixProduct(p[0..<6].reshaped([2, 3])) + p[6..<9])
          .matrixProduct(p[9..<12].reshaped([3, 1])).squared.sum()
      },
      Case("a loop that stays one", 2) { x in
        var state = x[0]
        for _ in 0..<20 { state = Tensor.sin(state * x[1] + 0.3) }
        return state
      },
      Case("gathers, slices, sums along axes", 12) { x in
        let a = x.reshaped([3, 4])
        return (a.transposed().gathered([0, 2, 2]).sum(axis: 1) * a[1...].max(axis: 0)[0..<3]).sum()
          + a.softmax(axis: 1).product()
      },
    ]
  }

  @Test("values, gradients, second derivatives and batches", arguments: Case.all)
  func evaluations(test: Case) throws {
    let program = test.program
    let dimension = program.dimension
    var workspace = program.makeWorkspace()
    let positions = (0..<9 * dimension).map { 0.3 + 0.01 * Double($0 % 7) }
    let position = Array(positions[..<dimension])
    var gradient = [Double](repeating: 0, count: dimension)
    var values = [Double](repeating: 0, count: 9)
    var gradients = [Double](repeating: 0, count: 9 * dimension)
    var sum = 0.0
    func evaluate() throws {
      sum += try program.logDensity(at: position.span, in: &workspace)
      var slopes = gradient.mutableSpan
      sum += try program.logDensity(at: position.span, gradient: &slopes, in: &workspace)
      try program.hessianVectorProduct(
        at: position.span, direction: position.span, into: &slopes, in: &workspace)
      var all = values.mutableSpan
      var slopesOfAll = gradients.mutableSpan
      try program.logDensities(
        at: positions.span, into: &all, gradients: &slopesOfAll, in: &workspace)
    }
    // The first makes what is made when it is first asked for.
    try evaluate()
    start_counting_allocations()
    for _ in 0..<10 { try evaluate() }
    #expect(stop_counting_allocations() == 0)
    #expect(sum.isFinite)
  }

  @Test("the counter sees an array")
  func counter() {
    start_counting_allocations()
    let array = (0..<Int(getpid() % 7) + 100).map { Double($0) }
    let count = stop_counting_allocations()
    #expect(count > 0 && array.count >= 100)
  }
}
