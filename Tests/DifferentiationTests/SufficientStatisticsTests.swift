import Differentiation
import Foundation
import TestSupport
import Testing

@Suite("Sufficient statistics", .tags(.gradient))
struct SufficientStatisticsTests {
  /// A design of correlated columns with a response.
  private func data(_ rows: Int, _ columns: Int) -> (x: [Double], y: [Double]) {
    let x = (0..<rows * columns).map { (place: Int) -> Double in
      let (i, j) = (place / columns, place % columns)
      return j == 0 ? 1 : sin(Double((i + 1) * j)) + 0.5 * cos(0.01 * Double(i))
    }
    return (x, (0..<rows).map { 2 + sin(0.3 * Double($0)) })
  }

  @Test("the sum of squares of a regression is that of its rows, for far and near parameters")
  func regression() throws {
    let (rows, columns) = (200, 4)
    let (x, y) = data(rows, columns)
    let program = try Program(dimension: columns + 1) { position in
      let mean = Tensor(x, shape: [rows, columns]).matrixProduct(position[0..<columns])
      let residuals = (Tensor(y) - mean) / Tensor.exp(position[columns])
      return -0.5 * residuals.squared.sum() - Tensor(Double(rows)) * position[columns]
    }
    for scale in [1e-3, 1, 1e4] {
      let position = (0..<columns).map { scale * cos(Double($0)) } + [0.3]
      // The rows, compensated: the reference is exact beyond the tolerance.
      var (sum, lost) = (0.0, 0.0)
      for i in 0..<rows {
        var residual = y[i]
        for j in 0..<columns { residual -= x[i * columns + j] * position[j] }
        let term = residual * residual
        let next = sum + term
        lost += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
        sum = next
      }
      let expected = -0.5 * (sum + lost) * exp(-0.6) - Double(rows) * 0.3
      #expect(scaledError(program(position).values![0], expected) < 1e-13)
      let (_, gradient) = program.evaluatedNodeByNode(at: position)
      let found = try program.valueAndGradient(at: position).gradient
      let size = gradient.reduce(1) { max($0, abs($1)) }
      for (a, b) in zip(found, gradient) { #expect(abs(a - b) < 1e-12 * size) }
    }
  }

  /// Affine functions of parameters, written in other ways.
  @Test("every way to write a linear mean becomes a triangle", arguments: 0..<7)
  func forms(number: Int) throws {
    let (x, y) = data(300, 3)
    let matrix = Tensor(x, shape: [300, 3])
    let columns = (0..<3).map { j in Tensor((0..<300).map { x[$0 * 3 + j] }) }
    let weights = Tensor((0..<300).map { 1 + 0.5 * sin(Double($0)) })
    let program = try Program(dimension: 4) { b in
      let residuals: Tensor =
        switch number {
        case 0: matrix.matrixProduct(b[0..<3]) - Tensor(y)
        case 1: Tensor(y) - (b[0] + b[1] * columns[1] + columns[2] * b[2])
        case 2: weights * (Tensor(y) - matrix.matrixProduct(b[0..<3]))
        case 3: (Tensor(y) - b[0] - columns[1] * b[1]) / weights
        case 4: -(2 * (columns[1] * b[0] - Tensor(y)) + 3 * (b[0] - columns[2] * b[1]))
        case 5: (Tensor(y) - matrix.matrixProduct(.tanh(b[0..<3])))
        default: (Tensor(y) - matrix.matrixProduct(b[0..<3]))[10..<290]
        }
      return residuals.squared.sum() / Tensor.exp(b[3]) + b[3]
    }
    // No vector as long as the data is left.
    #expect(
      !program.listing().after.contains("[300]") && !program.listing().after.contains("[280]"))
    let position = [0.3, -1.2, 0.8, 0.1]
    let expected = program.evaluatedNodeByNode(at: position)
    let found = try program.valueAndGradient(at: position)
    #expect(scaledError(found.value, expected.values[0]) < 1e-13)
    for (a, b) in zip(found.gradient, expected.gradient) { #expect(scaledError(a, b) < 1e-11) }
    try checkGradient(program, at: position)
  }

  @Test("columns that depend on each other, and residuals that vanish")
  func degenerate() throws {
    let column = (0..<50).map { sin(Double($0)) }
    let x = Tensor(column.flatMap { [$0, 2 * $0, 0] }, shape: [50, 3])
    let program = try Program(dimension: 3) { b in
      (Tensor(column) - x.matrixProduct(b)).squared.sum()
    }
    // b = (1, 0, 0) fits exactly.
    #expect(abs(program([1, 0, 0]).values![0]) < 1e-28)
    let far = 0.3 + 2 * -0.4 - 1
    let expected = column.reduce(0) { $0 + far * far * $1 * $1 }
    #expect(scaledError(program([0.3, -0.4, 7]).values![0], expected) < 1e-14)
  }

  @Test("what is not affine, or not longer than it is wide, stays")
  func others() throws {
    let y = Tensor((0..<100).map { Double($0) })
    let curved = try Program(dimension: 2) { b in (y - Tensor.exp(b[0] * y)).squared.sum() }
    #expect(curved.listing().after.contains("[100]"))
    let wide = try Program(dimension: 40) { b in
      (Tensor((0..<50).map { Double($0) })
        - Tensor((0..<2000).map { cos(Double($0)) }, shape: [50, 40]).matrixProduct(b)).squared
        .sum()
    }
    #expect(wide.listing().after.contains("[50]"))
  }

  @Test("a sum of an affine function is a scalar product")
  func linearSums() throws {
    let (x, y) = data(300, 3)
    let program = try Program(dimension: 3) { b in
      (Tensor(y) * Tensor(x, shape: [300, 3]).matrixProduct(b)).sum()
    }
    #expect(!program.listing().after.contains("[300]"))
    var expected = 0.0
    for i in 0..<300 {
      let mean = x[3 * i] * 0.5 - x[3 * i + 1] + x[3 * i + 2] * 2
      expected += y[i] * mean
    }
    #expect(scaledError(program([0.5, -1, 2]).values![0], expected) < 1e-13)
  }
}
