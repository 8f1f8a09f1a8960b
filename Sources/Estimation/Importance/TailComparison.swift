import Distributions
import Foundation
import LinearAlgebra

/// What can be said of the weights p / q before a single draw, where both are known distributions: how
/// heavy their tail will be, and how much of p lies where q is zero.
///
/// With t the probability that a draw of q lies further out than x, the shape of the weights' tail is
/// the limit of d log w(x) / d(-log t): the weights' k-th moment is finite for k below its inverse. It is
/// taken between tail probabilities of 1e-6 and 1e-24, far beyond what draws reach.
public struct TailComparison: Sendable {
  /// The shape of the weights' tail; nil where it cannot be told. Above 1/2 the weights have no variance.
  public let shape: Double?
  /// The probability under p of places where q is zero; nil where it cannot be told.
  public let missed: Double?

  /// The largest shape that is accepted: k-hat's own limit for many draws.
  public static let limit = 0.7

  /// - Parameters:
  ///   - target: p.
  ///   - proposal: q.
  public init<Value>(target: any Distribution<Value>, proposal: any Distribution<Value>) {
    self.init(target: target, proposal: proposal) { _ in true }
  }

  /// Of one variable, only the sides count on which `isCounted` says so of a place far out.
  init<Value>(
    target: any Distribution<Value>, proposal: any Distribution<Value>,
    isCounted: (Value) -> Bool
  ) {
    if let target = target as? any UnivariateDistribution<Double>,
      let proposal = proposal as? any UnivariateDistribution<Double>
    {
      (shape, missed) = compare(target, proposal) { isCounted($0 as! Value) }
    } else if let target = target as? any UnivariateDistribution<Int>,
      let proposal = proposal as? any UnivariateDistribution<Int>
    {
      (shape, missed) = compare(target, proposal) { isCounted($0 as! Value) }
    } else if let target = target as? any EllipticalTails,
      let proposal = proposal as? any EllipticalTails
    {
      (shape, missed) = (compare(target, proposal), 0)
    } else {
      (shape, missed) = (nil, nil)
    }
  }

  /// What speaks against weights from such tails.
  var concerns: [Concern] {
    var concerns: [Concern] = []
    if let shape, shape > Self.limit {
      concerns.append(.lightProposal(shape: shape, limit: Self.limit))
    }
    if let missed, missed > 1e-12 { concerns.append(.missedTarget(probability: missed)) }
    return concerns
  }
}

/// Of one variable.
private func compare<Value: UnivariateValue>(
  _ p: some UnivariateDistribution<Value>, _ q: some UnivariateDistribution<Value>,
  isCounted: (Value) -> Bool
) -> (shape: Double?, missed: Double?) {
  let (target, proposal) = (p.support, q.support)
  var missed = 0.0
  if target.lowerBound < proposal.lowerBound {
    missed += p.cdf(proposal.lowerBound._predecessor)
  }
  if target.upperBound > proposal.upperBound { missed += p.survival(proposal.upperBound) }
  var shapes: [Double] = []
  for isUpper in [false, true] {
    var last: (logWeight: Double, depth: Double)?
    for tail in [1e-6, 1e-12, 1e-24] {
      let x = isUpper ? q.survivalQuantile(tail) : q.quantile(tail)
      guard isCounted(x) else { break }
      // Of integers the tail at x is not the one asked for.
      let reached = isUpper ? q.survival(x) : q.cdf(x)
      let logWeight = p.logDensity(of: x) - q.logDensity(of: x)
      guard reached > 0, logWeight.isFinite else { break }
      let depth = -log(reached)
      if let last, depth > last.depth + 1 {
        shapes.append((logWeight - last.logWeight) / (depth - last.depth))
      }
      last = (logWeight, depth)
    }
  }
  return (shapes.max(), missed)
}

/// A normal or Student t distribution of vectors: what its tails are like.
private protocol EllipticalTails {
  var ellipse: Matrix { get }
  /// Of a Student t; nil for a normal.
  var degrees: Double? { get }
}

extension MultivariateNormal: EllipticalTails {
  fileprivate var ellipse: Matrix { covariance }
  fileprivate var degrees: Double? { nil }
}

extension MultivariateStudentT: EllipticalTails {
  fileprivate var ellipse: Matrix { scaleMatrix }
  fileprivate var degrees: Double? { degreesOfFreedom }
}

private func compare(_ p: any EllipticalTails, _ q: any EllipticalTails) -> Double? {
  switch (p.degrees, q.degrees) {
  case (nil, nil):
    // In the direction in which p is widest for q: log w = (1 - 1 / s) r^2 / 2, log t = -r^2 / 2 / ...
    guard p.ellipse.rows == q.ellipse.rows,
      let factor = try? CholeskyFactorization(q.ellipse)
    else { return nil }
    let size = p.ellipse.rows
    // L^-1 P L^-T.
    var half = Matrix(rows: size, columns: size)
    for j in 0..<size {
      let column = factor.lower.solveTriangular((0..<size).map { p.ellipse[$0, j] }, .lower)
      for i in 0..<size { half[i, j] = column[i] }
    }
    var whole = Matrix(rows: size, columns: size)
    for i in 0..<size {
      let row = factor.lower.solveTriangular((0..<size).map { half[i, $0] }, .lower)
      for j in 0..<size { whole[i, j] = row[j] }
    }
    guard let eigen = try? SymmetricEigenDecomposition(whole),
      let widest = eigen.values.max(), widest > 0
    else { return nil }
    return 1 - 1 / widest
  case (nil, .some): return nil
  case (.some, nil): return 1
  case (.some(let p), .some(let q)): return 1 - p / q
  }
}
