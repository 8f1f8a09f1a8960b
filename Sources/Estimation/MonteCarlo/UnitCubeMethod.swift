import Diagnostics
import Distributions
import Execution
import LinearAlgebra
import Randomness

/// A method that chooses its points in the unit cube and maps them to draws of the target, which is a
/// ``UnitCubeTransform``.
public protocol UnitCubeMethod: Sendable {
  /// The expectations of an integrand's outputs under `target`, on Philox streams: the same bits on any
  /// number of workers.
  ///
  /// - Throws: ``EstimationError`` for settings that make no sense and for a value of the integrand that
  ///   is not finite, ``IntegrandFailure`` for what it throws, and `CancellationError` where a
  ///   cancellation left nothing to estimate from.
  func means<D: UnitCubeTransform>(
    of integrand: Integrand<D.Value>, under target: D, seed: UInt64, workers: Int?,
    progress: ProgressHandler?
  ) async throws -> VectorEstimate

  /// The same on any generator, on one worker.
  func means<D: UnitCubeTransform, G: RandomNumberGenerator>(
    of integrand: Integrand<D.Value>, under target: D, using generator: inout G
  ) throws -> VectorEstimate
}

extension UnitCubeMethod {
  /// The expectation of `integrand` under `target`, on Philox streams: the same bits on any number of
  /// workers.
  @inlinable
  public func mean<D: UnitCubeTransform>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    seed: UInt64, workers: Int? = nil, progress: ProgressHandler? = nil
  ) async throws -> Estimate {
    try await means(
      of: Integrand(integrand), under: target, seed: seed, workers: workers, progress: progress)[0]
  }

  /// The same on any generator, on one worker.
  @inlinable
  public func mean<D: UnitCubeTransform, G: RandomNumberGenerator>(
    of integrand: @escaping @Sendable (D.Value) throws -> Double, under target: D,
    using generator: inout G
  ) throws -> Estimate {
    try means(of: Integrand(integrand), under: target, using: &generator)[0]
  }
}

/// The memory of one worker: points of the cube, the draws that they become, and the integrand there.
struct CubeWorkspace<D: UnitCubeTransform> {
  private let target: D
  private let integrand: Integrand<D.Value>
  private let dimension: Int
  private var points: [Double]
  private var draws: [D.Value]
  private var outputs: [Double]
  private var pace = Pace()

  init(_ target: D, _ integrand: Integrand<D.Value>) {
    (self.target, self.integrand) = (target, integrand)
    dimension = target.cubeDimension
    points = [Double](repeating: 0.5, count: drawsPerBlock * dimension)
    // Any draw will do to begin with.
    var generator = Philox(seed: 0)
    draws = [D.Value](repeating: target.sample(using: &generator), count: drawsPerBlock)
    outputs = [Double](repeating: 0, count: drawsPerBlock * integrand.outputs)
  }

  /// The integrand, `[done, outputs]`, at the images of the points that `fill` gives,
  /// `[count, cubeDimension]`, in pieces that a cancellation of the task can come between.
  ///
  /// - Returns: how many were done.
  mutating func evaluate(
    count: Int, firstDraw: Int, fill: (inout MutableSpan<Double>) -> Void,
    _ body: (Span<Double>) -> Void
  ) throws -> Int {
    let (target, integrand) = (target, integrand)
    let coordinates = count * dimension
    points.withUnsafeMutableBufferPointer {
      var span = UnsafeMutableBufferPointer(rebasing: $0[..<coordinates]).mutableSpan
      fill(&span)
    }
    points.withUnsafeBufferPointer { points in
      draws.withUnsafeMutableBufferPointer { draws in
        var span = UnsafeMutableBufferPointer(rebasing: draws[..<count]).mutableSpan
        target.transform(points.span.extracting(..<coordinates), into: &span)
      }
    }
    let (images, width) = (draws, integrand.outputs)
    var done = 0
    while done < count, !Task.isCancelled {
      done = try pace.next(from: done, to: count) { piece in
        try outputs.withMutableSpan(piece.lowerBound * width..<piece.upperBound * width) {
          try Estimation.evaluate(
            integrand, on: images.span.extracting(piece), into: &$0,
            firstDraw: firstDraw + piece.lowerBound)
        }
      }
    }
    body(outputs.span.extracting(..<(done * width)))
    return done
  }
}

/// What estimates of these methods share: the integrand's own variance, and its tails.
struct CubeSpread: Sendable {
  /// The first so many values tell the tails.
  static let tailDraws = 1 << 16

  private(set) var values: RowMoments
  private var upper: [ParetoTail]
  private var lower: [ParetoTail]
  private let tailDraws: Int
  /// Of every value, `[outputs]`.
  private var smallest: [Double]
  private var largest: [Double]

  init(outputs: Int, draws: Int) {
    smallest = [Double](repeating: .infinity, count: outputs)
    largest = [Double](repeating: -.infinity, count: outputs)
    values = RowMoments(columns: outputs, isFull: false)
    tailDraws = min(draws, Self.tailDraws)
    upper = [ParetoTail](
      repeating: ParetoTail(draws: tailDraws, isLogarithmic: false), count: outputs)
    lower = upper
  }

  /// - Parameters:
  ///   - rows: `[count, outputs]`.
  ///   - firstDraw: the number of the first, counted from zero.
  mutating func add(_ rows: Span<Double>, firstDraw: Int) {
    values.add(rows)
    for i in rows.indices {
      smallest[i % values.columns] = min(smallest[i % values.columns], rows[i])
      largest[i % values.columns] = max(largest[i % values.columns], rows[i])
    }
    guard firstDraw < tailDraws else { return }
    for i in rows.indices {
      upper[i % values.columns].insert(rows[i])
      lower[i % values.columns].insert(-rows[i])
    }
  }

  mutating func merge(_ other: CubeSpread) {
    values.merge(other.values)
    for k in upper.indices {
      upper[k].merge(other.upper[k])
      lower[k].merge(other.lower[k])
      smallest[k] = min(smallest[k], other.smallest[k])
      largest[k] = max(largest[k], other.largest[k])
    }
  }

  /// The share of one value in the sum of squared deviations, 1 / h where h values differ from an
  /// otherwise constant rest.
  private func largestShare(_ k: Int) -> Double {
    let distance = max(largest[k] - values.mean(k), values.mean(k) - smallest[k])
    let relative = distance / values.deviation(k)
    return relative * relative / values.count
  }

  /// An estimate from means and the covariance of their errors.
  ///
  /// - Parameters:
  ///   - uncertainties: the relative standard deviation of each standard error, where its interval does
  ///     not allow for it.
  ///   - requested: how many evaluations there were to be.
  func estimate(
    means: [Double], covariance: Matrix, errorModel: ErrorModel, evaluations: Int, requested: Int,
    uncertainties: [Double]? = nil
  ) -> VectorEstimate {
    let limit = ParetoTail.shapeLimit(draws: min(evaluations, tailDraws))
    var sizes: [Double] = []
    var diagnoses: [Diagnosis] = []
    var findings: [Findings] = []
    for k in means.indices {
      var concerns: [Concern] = []
      if evaluations < requested {
        concerns.append(.cancelled(completed: evaluations, requested: requested))
      }
      let error = covariance[k, k].squareRoot()
      let deviation = values.deviation(k)
      // A mean of values that are themselves rounded is no better known than this.
      let rounding = 0x1p-53 * values.magnitude(k)
      if deviation > 4 * rounding {
        if error <= 2 * rounding {
          concerns.append(.errorAtRounding)
        } else if let uncertainties {
          concerns += uncertaintyConcerns(uncertainties[k])
        } else {
          concerns += uncertaintyConcerns(largestShare(k).squareRoot() / 2, limit: 0.25)
        }
        let ratio = deviation / max(error, rounding)
        sizes.append(ratio * ratio)
      } else {
        concerns.append(.constantValues)
        sizes.append(Double(evaluations))
      }
      if evaluations < fewestDraws { concerns.append(.tooFewDraws(evaluations)) }
      let shape = max(upper[k].shape ?? -.infinity, lower[k].shape ?? -.infinity)
      if evaluations >= fewestDraws, shape > limit {
        concerns.append(.heavyTail(shape: shape, limit: limit))
      }
      diagnoses.append(Diagnosis(concerns))
      var found = Findings()
      found.varianceReduction = sizes[k] / Double(evaluations)
      findings.append(found)
    }
    return VectorEstimate(
      values: means, covariance: covariance, errorModel: errorModel, evaluations: evaluations,
      draws: evaluations, effectiveSampleSizes: sizes, diagnoses: diagnoses, findings: findings)
  }
}

/// Uniform points inside the unit cube.
func fillOpenUnits<G: RandomNumberGenerator>(
  _ values: inout MutableSpan<Double>, using generator: inout G
) {
  if var philox = generator as? Philox {
    philox.fillOpenUnit(&values)
    generator = philox as! G
  } else {
    for i in values.indices { values[i] = generator.nextOpenUnit() }
  }
}

/// Where something was multiplied or added, a coordinate may round to an end of (0, 1).
func insideUnit(_ x: Double) -> Double { min(max(x, 0x1p-60), 1 - 0x1p-53) }

func requireCoordinates(_ dimension: Int) throws(EstimationError) {
  guard dimension > 0 else {
    throw .setting("the target has no coordinates, so there is no cube to choose points in")
  }
}
