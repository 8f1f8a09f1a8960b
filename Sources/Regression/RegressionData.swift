import Foundation
import Randomness

/// One input and one target for each of n rows.
public struct RegressionData: Sendable, Equatable {
  /// The inputs, `[n]`.
  public let x: [Double]
  /// The targets, `[n]`.
  public let y: [Double]

  /// - Throws: ``RegressionError`` for different lengths, values that are not finite or too large
  ///   to square, fewer than two rows, or a constant x.
  public init(x: [Double], y: [Double]) throws(RegressionError) {
    guard x.count == y.count else { throw .lengths(x: x.count, y: y.count) }
    guard x.count >= 2 else { throw .tooFewRows(x.count) }
    for (name, values) in [("x", x), ("y", y)] {
      if let row = values.firstIndex(where: { !(abs($0) < 1e150) }) {
        throw .value(variable: name, row: row, value: values[row])
      }
    }
    // Half the range must be a number to divide by.
    guard x.max()! / 2 - x.min()! / 2 >= .leastNormalMagnitude else { throw .constantX(x[0]) }
    self.x = x
    self.y = y
  }

  private init(unchecked x: [Double], _ y: [Double]) { (self.x, self.y) = (x, y) }

  /// n.
  public var count: Int { x.count }

  /// The rows of those indices.
  public subscript(rows rows: [Int]) -> RegressionData {
    RegressionData(unchecked: rows.map { x[$0] }, rows.map { y[$0] })
  }

  /// A random split: `testFraction` of the rows, rounded, is for the test, the rest for training.
  ///
  /// - Throws: ``RegressionError`` if the training rows are fewer than two or have a constant x.
  public func split(
    testFraction: Double, seed: UInt64
  ) throws(RegressionError) -> (train: RegressionData, test: RegressionData) {
    precondition(testFraction >= 0 && testFraction < 1, "a test fraction of \(testFraction)")
    var generator = Philox(seed: seed)
    let order = generator.nextPermutation(of: count)
    let testCount = Int((testFraction * Double(count)).rounded())
    let train = self[rows: order.dropFirst(testCount).sorted()]
    return (
      try RegressionData(x: train.x, y: train.y), self[rows: order.prefix(testCount).sorted()]
    )
  }
}

/// Data or settings that a regression cannot use.
public enum RegressionError: Error, Sendable, Equatable, CustomStringConvertible {
  case lengths(x: Int, y: Int)
  case tooFewRows(Int)
  /// A value (row counted from zero) is not finite, or too large to square.
  case value(variable: String, row: Int, value: Double)
  case constantX(Double)
  /// The polynomial has more coefficients than the rows have distinct x.
  case notIdentified(coefficients: Int, distinctX: Int)
  /// The columns of the design are numerically dependent.
  case numericallyDependent(reciprocalCondition: Double)
  case setting(String)
  /// The draws and the Hessian would not fit; in bytes.
  case memory(needed: Double, available: Double)

  public var description: String {
    switch self {
    case .lengths(let x, let y): "\(x) values of x for \(y) values of y"
    case .tooFewRows(let count): "\(count) training rows; a regression needs at least two"
    case .value(let variable, let row, let value):
      "\(variable)[\(row)] = \(value) is not a number of size below 1e150"
    case .constantX(let value): "x is \(value) in every training row"
    case .notIdentified(let coefficients, let distinct):
      "not unique: \(coefficients) coefficients, \(distinct) distinct x"
    case .numericallyDependent(let condition):
      String(format: "not unique to rounding: reciprocal condition %.1e", condition)
    case .setting(let reason): reason
    case .memory(let needed, let available):
      String(
        format: "so many draws and parameters would take %.1f GiB; there are %.1f",
        needed / 0x1p30, available / 0x1p30)
    }
  }
}

/// An affine map that gives a variable mean zero and standard deviation one on the training rows.
struct Standardization: Sendable {
  let mean: Double
  /// The sample standard deviation (n - 1), or 1 for a constant variable.
  let scale: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    // The second sum takes out what rounding left in the first.
    let first = values.reduce(0, +) / count
    mean = first + values.reduce(0) { $0 + ($1 - first) } / count
    let center = mean
    // In units of the largest, so that squares neither overflow nor vanish.
    let largest = values.reduce(0) { max($0, abs($1 - center)) }
    guard largest > 0 else {
      scale = 1
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - center) / largest * (($1 - center) / largest) }
    scale = largest * (squares / (count - 1)).squareRoot()
  }

  func standardize(_ value: Double) -> Double { (value - mean) / scale }
}
