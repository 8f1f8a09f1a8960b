import Diagnostics
import Foundation

/// What an iteration of VEGAS sums up, mergeable in the order of its chunks. Each output is relative to a
/// power of two of its own, 2^exponent, and powers of it and products with others likewise.
struct VegasSums: Sendable {
  /// `[outputs]`; nil while every value was zero.
  var exponents: [Int?]
  /// The sum over the strata of their means, `[outputs]`.
  var means: [Double]
  /// The sum over the strata of the covariances of their means, `[outputs, outputs]`, the lower
  /// triangle.
  var covariances: [Double]
  /// How well the variances are known.
  var fourths: FourthMoments
  /// For each aim the variances in the strata, and what the map learns; aim a is output a.
  var variances: [[Double]]
  var training: [TrainingData]
  /// Of the logarithms of what each evaluation adds to the error, by output.
  var tails: [ParetoTail]
  var failures = 0

  /// - Parameter aims: how many numbers the map and the strata adapt to.
  init(outputs: Int, aims: Int, bins: Int, evaluations: Int) {
    exponents = [Int?](repeating: nil, count: outputs)
    means = [Double](repeating: 0, count: outputs)
    covariances = [Double](repeating: 0, count: outputs * outputs)
    fourths = FourthMoments(outputs: outputs)
    variances = [[Double]](repeating: [], count: aims)
    training = [TrainingData](repeating: TrainingData(bins: bins), count: aims)
    tails = [ParetoTail](
      repeating: ParetoTail(draws: evaluations, isLogarithmic: true), count: outputs)
  }

  mutating func merge(_ other: VegasSums) {
    var other = other
    for s in means.indices {
      if let theirs = other.exponents[s] {
        let top = max(exponents[s] ?? theirs, theirs)
        rescale(s, to: top)
        other.rescale(s, to: top)
      }
    }
    for s in means.indices {
      means[s] += other.means[s]
      tails[s].merge(other.tails[s])
    }
    for i in covariances.indices { covariances[i] += other.covariances[i] }
    fourths.merge(other.fourths)
    for a in variances.indices {
      variances[a] += other.variances[a]
      training[a].merge(other.training[a])
    }
    failures += other.failures
  }

  private mutating func rescale(_ s: Int, to top: Int) {
    defer { exponents[s] = top }
    guard let exponent = exponents[s], exponent != top else { return }
    let unit = unit(exponent, relativeTo: top)
    means[s] *= unit
    scaleCovariances(&covariances, s, by: unit)
    fourths.scale(s, by: unit)
    if s < variances.count {
      for h in variances[s].indices { variances[s][h] *= unit * unit }
      training[s].scale(by: unit)
    }
  }
}

/// 2^(exponent - top), zero where that is nothing.
private func unit(_ exponent: Int, relativeTo top: Int) -> Double {
  scalbn(1, max(exponent - top, -2_000))
}

private func scaleCovariances(_ matrix: inout [Double], _ s: Int, by unit: Double) {
  let outputs = Int(Double(matrix.count).squareRoot())
  for t in 0..<outputs {
    matrix[s * outputs + t] *= unit
    matrix[t * outputs + s] *= unit
  }
}

/// Sums over the evaluations of fourth powers of what they add to the error: how well the variances are
/// known.
struct FourthMoments: Sendable {
  /// sum d_s^4, `[outputs]`.
  private(set) var powers: [Double]
  /// sum d_s^3 d_0, sum d_s^2 d_0^2 and sum d_s d_0^3, `[outputs, 3]`; nothing for the first.
  private var mixed: [Double]

  init(outputs: Int) {
    powers = [Double](repeating: 0, count: outputs)
    mixed = [Double](repeating: 0, count: 3 * outputs)
  }

  /// Adds d_s = `deviation` sqrt(`scale`) and d_0 = `first` sqrt(`scale`).
  @inline(__always)
  mutating func add(_ s: Int, deviation: Double, first: Double, scale: Double) {
    let (square, product) = (deviation * deviation * scale, deviation * first * scale)
    powers[s] += square * square
    if s == 0 { return }
    mixed[3 * s] += square * product
    mixed[3 * s + 1] += product * product
    mixed[3 * s + 2] += product * first * first * scale
  }

  mutating func merge(_ other: FourthMoments) {
    for s in powers.indices { powers[s] += other.powers[s] }
    for i in mixed.indices { mixed[i] += other.mixed[i] }
  }

  /// What the sums would be had every d_s been multiplied by `unit`.
  mutating func scale(_ s: Int, by unit: Double) {
    let square = unit * unit
    powers[s] *= square * square
    mixed[3 * s] *= square * unit
    mixed[3 * s + 1] *= square
    mixed[3 * s + 2] *= unit
    guard s == 0 else { return }
    for t in powers.indices {
      mixed[3 * t] *= unit
      mixed[3 * t + 1] *= square
      mixed[3 * t + 2] *= square * unit
    }
  }

  /// sum (d_s + shift d_0)^4; nil where rounding is all that is left of it.
  func power(_ s: Int, shift: Double) -> Double? {
    let square = shift * shift
    let terms = [
      powers[s], 4 * shift * mixed[3 * s], 6 * square * mixed[3 * s + 1],
      4 * square * shift * mixed[3 * s + 2], square * square * powers[0],
    ]
    let sum = terms.reduce(0, +)
    return sum > 1e-10 * terms.reduce(0) { $0 + abs($1) } ? sum : nil
  }
}

/// What one iteration says of the integrals, each output relative to a power of two of its own.
struct IterationResult: Sendable {
  /// `[outputs]`; nil where every value was zero.
  var exponents: [Int?]
  /// What was taken from the functions under a density, `[outputs - 1]`; empty for plain integrals.
  let centers: [Double]
  /// `[outputs]`.
  var values: [Double]
  /// `[outputs, outputs]`.
  var covariance: [Double]
  /// The squared relative standard deviation of each variance, `[outputs]`.
  var uncertainty: [Double]
  private var fourths: FourthMoments
  /// Pareto k-hat of what the evaluations add to the error, `[outputs]`.
  let tailShapes: [Double?]
  let evaluations: Int
  let failures: Int

  init(_ sums: VegasSums, centers: [Double], strata: Int, evaluations: Int) {
    self.centers = centers
    let (outputs, count) = (sums.means.count, Double(strata))
    exponents = sums.exponents
    values = sums.means.map { $0 / count }
    covariance = sums.covariances.map { $0 / (count * count) }
    for s in 0..<outputs {
      for t in 0..<s { covariance[t * outputs + s] = covariance[s * outputs + t] }
    }
    fourths = sums.fourths
    for s in 0..<outputs { fourths.scale(s, by: 1 / count) }
    uncertainty = []
    tailShapes = sums.tails.map(\.shape)
    self.evaluations = evaluations
    failures = sums.failures
    uncertainty = (0..<outputs).map { relativeUncertainty($0, fourths.powers[$0]) }
  }

  private func relativeUncertainty(_ s: Int, _ fourth: Double) -> Double {
    let variance = covariance[s * values.count + s]
    return variance > 0 ? fourth / (variance * variance) : 0
  }

  /// The same relative to other powers of two.
  func scaled(to tops: [Int]) -> IterationResult {
    var result = self
    for (s, top) in tops.enumerated() {
      defer { result.exponents[s] = top }
      guard let exponent = exponents[s], exponent != top else { continue }
      let unit = unit(exponent, relativeTo: top)
      result.values[s] *= unit
      scaleCovariances(&result.covariance, s, by: unit)
      result.fourths.scale(s, by: unit)
    }
    return result
  }

  /// With so many times the first output added to the others.
  ///
  /// Of the uncertainties those that cancel are left as they are: an iteration without a warm-up, of a
  /// function that is large against its spread. The tails stay too: the centers of the last iteration,
  /// which tells them, hardly move.
  ///
  /// - Parameter shifts: `[outputs - 1]`.
  func moved(by shifts: [Double]) -> IterationResult {
    var result = self
    let outputs = values.count
    // Row s becomes row s + shift row 0, and columns likewise.
    for (s, shift) in zip(1..., shifts) where shift != 0 {
      result.values[s] += shift * values[0]
      for t in 0..<outputs {
        result.covariance[s * outputs + t] += shift * result.covariance[t]
      }
      for t in 0..<outputs {
        result.covariance[t * outputs + s] += shift * result.covariance[t * outputs]
      }
      if let fourth = fourths.power(s, shift: shift) {
        result.uncertainty[s] = result.relativeUncertainty(s, fourth)
      }
    }
    return result
  }
}
