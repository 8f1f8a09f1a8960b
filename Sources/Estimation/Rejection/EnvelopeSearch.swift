import Densities
import Distributions
import Foundation
import Optimization
import Randomness

/// How the constant of an envelope is found: the largest log p~ - log q among draws of q, climbed from
/// the best of them.
///
/// Of one variable the climb is a golden-section search between neighbouring draws, and outwards from
/// the outermost; of vectors it is L-BFGS, with the target's gradient where it has one and differences
/// where not. Of other values it is the largest among the draws alone.
public struct EnvelopeSearch: Sendable {
  /// The factor by which k lies above the largest ratio that was found.
  public var margin: Double
  /// How many draws of q are looked at.
  public var draws: Int
  /// From how many of them a climb starts.
  public var starts: Int

  /// - Parameters:
  ///   - margin: at least 1; checked when it runs, as the others are.
  ///   - draws: positive.
  ///   - starts: positive.
  public init(margin: Double = 1.05, draws: Int = 1_000, starts: Int = 10) {
    self.margin = margin
    self.draws = draws
    self.starts = starts
  }

  /// The largest log p~ - log q that is found.
  ///
  /// - Throws: ``EstimationError`` where the target is zero at every draw, or where the ratio seems to
  ///   grow without bound.
  func largestLogRatio<Proposal: Distribution>(
    of target: Target<Proposal.Value>, _ proposal: Proposal, seed: UInt64
  ) throws -> Double {
    guard margin >= 1, margin.isFinite else {
      throw EstimationError.setting("the margin \(margin) of an envelope is not at least 1")
    }
    guard draws > 0, starts > 0 else {
      throw EstimationError.setting(
        "an envelope search with \(draws) draws and \(starts) starts")
    }
    var generator = Philox(seed: Philox.derivedSeed(from: seed, purpose: 1 << 32))
    let evaluator = target.makeEvaluator()
    func ratio(_ value: Proposal.Value) throws -> Double {
      let logTarget = try Estimation.logDensity(of: value, evaluator)
      return logTarget == -.infinity ? logTarget : logTarget - proposal.logDensity(of: value)
    }
    var points: [(value: Proposal.Value, logRatio: Double)] = []
    for _ in 0..<draws {
      let value = proposal.sample(using: &generator)
      let logRatio = try ratio(value)
      if logRatio > -.infinity { points.append((value, logRatio)) }
    }
    guard !points.isEmpty else {
      throw EstimationError.setting(
        "the target is zero at all of \(draws) draws of the proposal: no envelope can be found")
    }
    points.sort { $0.logRatio > $1.logRatio }
    if let places = points.map(\.value) as? [Double] {
      return try climb(
        from: zip(places, points.map(\.logRatio)).map { ($0, $1) },
        { try ratio($0 as! Proposal.Value) })
    }
    if let target = target as? Target<[Double]>,
      let proposal = proposal as? any Distribution<[Double]>
    {
      let best = points.prefix(starts).map { ($0.value as! [Double], $0.logRatio) }
      return try climb(from: best, of: target, proposal)
    }
    return points[0].logRatio
  }

  /// Of one variable.
  ///
  /// - Parameter points: the best first.
  private func climb(
    from points: [(place: Double, logRatio: Double)], _ ratio: (Double) throws -> Double
  ) throws -> Double {
    let places = points.map(\.place).sorted()
    let spread = max(places[places.count - 1] - places[0], 1e-3 * abs(places[0]), 1e-300)
    var largest = points[0].logRatio
    for (place, value) in points.prefix(starts) {
      var bounds: [Double] = []
      for direction in [-1.0, 1] {
        // The next draw in that direction, or as far out as the ratio grows.
        if let next = direction < 0
          ? places.last(where: { $0 < place }) : places.first(where: { $0 > place })
        {
          bounds.append(next)
          continue
        }
        var (step, last) = (spread / 10, value)
        var bound = place
        for attempt in 0... {
          bound = place + direction * step
          let value = try ratio(bound)
          if !(value > last) { break }
          if attempt == 60 || !bound.isFinite {
            throw unbounded(at: "\(bound)")
          }
          last = value
          largest = max(largest, value)
          step *= 2
        }
        bounds.append(bound)
      }
      let interval = bounds[0]...bounds[1]
      let width = bounds[1] - bounds[0]
      let found = try GoldenSection(gridPoints: 5, tolerance: 1e-6 * width)
        .maximize(on: interval, ratio)
      largest = max(largest, found.value)
    }
    return largest
  }

  /// Of vectors.
  private func climb<Proposal: Distribution>(
    from starts: [(place: [Double], logRatio: Double)], of target: Target<[Double]>,
    _ proposal: Proposal
  ) throws -> Double where Proposal.Value == [Double] {
    let ratio = LogRatio(dimension: starts[0].place.count, target: target, proposal: proposal)
    var largest = starts[0].logRatio
    for (place, _) in starts {
      // A climb that fails on its way leaves what the others find.
      guard
        let optimum = try? LBFGS(maximumIterations: 200, gradientTolerance: 1e-6)
          .maximize(ratio, from: place)
      else { continue }
      largest = max(largest, optimum.logDensity)
      let distance = zip(optimum.position, place).map { abs($0 - $1) }.max() ?? 0
      let size = place.map(abs).max() ?? 0
      if optimum.convergence != .converged, distance > 1e3 * (size + 1) {
        throw unbounded(at: "\(optimum.position)")
      }
    }
    return largest
  }
}

private func unbounded(at place: String) -> EstimationError {
  .setting("the ratio of target and proposal still grows at \(place): there is no envelope")
}

/// log p~ - log q of vectors, as a function to be maximised.
private struct LogRatio<Proposal: Distribution<[Double]>>: DifferentiableLogDensity {
  let dimension: Int
  let target: Target<[Double]>
  let proposal: Proposal

  struct Workspace {
    let target: Target<[Double]>.Evaluator
    let gradient: Target<[Double]>.GradientEvaluator?
  }

  func makeWorkspace() -> Workspace {
    Workspace(target: target.makeEvaluator(), gradient: target.makeGradientEvaluator?())
  }

  func logDensity(
    at position: Span<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    let place = position.indices.map { position[$0] }
    let value = try logDensity(of: place, workspace.target)
    return value == -.infinity ? value : value - proposal.logDensity(of: place)
  }

  private func logDensity(
    of place: [Double], _ target: Target<[Double]>.Evaluator
  ) throws(EvaluationFailure) -> Double {
    do {
      return try Estimation.logDensity(of: place, target)
    } catch {
      throw .recoverable("\(error)")
    }
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, in workspace: inout Workspace
  ) throws(EvaluationFailure) -> Double {
    var place = position.indices.map { position[$0] }
    let value = try logDensity(at: position, in: &workspace)
    guard value.isFinite else { return value }
    let exact = try workspace.gradient?(place)
    for i in place.indices {
      let step = 6e-6 * max(1, abs(place[i]))
      let center = place[i]
      var slopes = [0.0, 0]
      for (side, sign) in [(0, -1.0), (1, 1.0)] {
        place[i] = center + sign * step
        slopes[side] = -proposal.logDensity(of: place)
        if exact == nil { slopes[side] += try logDensity(of: place, workspace.target) }
      }
      place[i] = center
      gradient[i] = (exact?[i] ?? 0) + (slopes[1] - slopes[0]) / (2 * step)
    }
    return value
  }
}
