import Densities
import LinearAlgebra

/// The limited-memory quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno, with a line
/// search for the strong Wolfe conditions.
///
/// - Complexity: about one density with gradient and O(memory dimension) an iteration.
///
/// ## References
/// J. Nocedal, S. J. Wright, *Numerical Optimization*, 2nd edition (2006), algorithms 7.5, 3.5, 3.6.
public struct LBFGS: Sendable {
  /// How many pairs of steps and gradient changes are kept.
  public var memory: Int
  /// After that many steps it gives up.
  public var maximumIterations: Int
  /// It has converged where the gradient's length is at most this times max(1, |log density|).
  public var gradientTolerance: Double

  public init(memory: Int = 10, maximumIterations: Int = 1_000, gradientTolerance: Double = 1e-8) {
    self.memory = memory
    self.maximumIterations = maximumIterations
    self.gradientTolerance = gradientTolerance
  }

  /// - Parameter progress: called after each iteration.
  /// - Throws: `EvaluationFailure.fatal` where the density is not finite at the start;
  ///   `CancellationError`.
  public func maximize<Density: DifferentiableLogDensity>(
    _ density: Density, from start: [Double], progress: ((_ iterations: Int) -> Void)? = nil
  ) throws -> Optimum {
    var objective = Objective(density)
    var point = Point(
      position: start, value: 0, gradient: [Double](repeating: 0, count: start.count))
    point.value = try objective.start(start, gradient: &point.gradient)
    var history = History(capacity: memory)
    var iterations = 0
    var convergence = Convergence.iterationLimit
    while iterations < maximumIterations {
      try Task.checkCancellation()
      if norm(point.gradient) <= gradientTolerance * max(1, abs(point.value)) {
        convergence = .converged
        break
      }
      var direction = history.direction(point.gradient)
      if dot(direction, point.gradient) >= 0 {
        history.removeAll()
        direction = history.direction(point.gradient)
      }
      var search = LineSearch(objective: objective, start: point, direction: direction)
      let found = try search.run(firstStep: history.isEmpty ? 1 / max(1, norm(direction)) : 1)
      objective = search.objective
      guard let found else {
        if !history.isEmpty {  // once more, along the gradient
          history.removeAll()
          continue
        }
        // The steps have shrunk to rounding: as far as Doubles can tell, this is the optimum.
        let isSmall = norm(point.gradient) <= 1e-5 * max(1, abs(point.value))
        convergence = isSmall ? .converged : .stalled
        break
      }
      history.append(from: point, to: found)
      point = found
      iterations += 1
      progress?(iterations)
    }
    return Optimum(
      position: point.position, logDensity: -point.value, gradientNorm: norm(point.gradient),
      iterations: iterations, evaluations: objective.evaluations, convergence: convergence)
  }
}

/// A position with the value to be minimised and its gradient.
private struct Point {
  var position: [Double]
  var value: Double
  var gradient: [Double]
}

/// The latest steps and gradient changes, and the two-loop recursion over them.
private struct History {
  let capacity: Int
  private var pairs: [(step: [Double], change: [Double], curvature: Double)] = []

  init(capacity: Int) { self.capacity = capacity }

  var isEmpty: Bool { pairs.isEmpty }

  mutating func removeAll() { pairs.removeAll() }

  mutating func append(from old: Point, to new: Point) {
    let step = zip(new.position, old.position).map { $0 - $1 }
    let change = zip(new.gradient, old.gradient).map { $0 - $1 }
    let curvature = dot(step, change)
    guard curvature > 1e-300 else { return }
    if pairs.count == capacity { pairs.removeFirst() }
    pairs.append((step, change, curvature))
  }

  func direction(_ gradient: [Double]) -> [Double] {
    var q = gradient
    var factors: [Double] = []
    for (step, change, curvature) in pairs.reversed() {
      let factor = dot(step, q) / curvature
      factors.append(factor)
      for i in q.indices { q[i] -= factor * change[i] }
    }
    if let last = pairs.last {
      let scale = last.curvature / dot(last.change, last.change)
      for i in q.indices { q[i] *= scale }
    }
    for ((step, change, curvature), factor) in zip(pairs, factors.reversed()) {
      let correction = factor - dot(change, q) / curvature
      for i in q.indices { q[i] += correction * step[i] }
    }
    return q.map { -$0 }
  }
}

/// Finds a step along a descent direction that satisfies the strong Wolfe conditions.
private struct LineSearch<Density: DifferentiableLogDensity> {
  var objective: Objective<Density>
  let start: Point
  let direction: [Double]

  private let sufficientDecrease = 1e-4
  private let curvature = 0.9

  init(objective: Objective<Density>, start: Point, direction: [Double]) {
    self.objective = objective
    self.start = start
    self.direction = direction
  }

  private struct Trial {
    let step: Double
    let point: Point
    let slope: Double
  }

  private mutating func trial(_ step: Double) throws -> Trial {
    var point = start
    for i in direction.indices { point.position[i] += step * direction[i] }
    point.value = try objective(point.position, gradient: &point.gradient)
    let slope = point.value.isFinite ? dot(point.gradient, direction) : .infinity
    return Trial(step: step, point: point, slope: slope)
  }

  /// Nil when no step lowers the value.
  mutating func run(firstStep: Double) throws -> Point? {
    let zero = Trial(step: 0, point: start, slope: dot(start.gradient, direction))
    var previous = zero
    var step = firstStep
    for attempt in 0..<60 {
      let current = try trial(step)
      if !decreases(current, zero) || (attempt > 0 && current.point.value >= previous.point.value) {
        return try zoom(previous, current, zero)
      }
      if abs(current.slope) <= -curvature * zero.slope { return current.point }
      if current.slope >= 0 { return try zoom(current, previous, zero) }
      previous = current
      step *= 2
    }
    return previous.step > 0 ? previous.point : nil
  }

  private func decreases(_ trial: Trial, _ zero: Trial) -> Bool {
    trial.point.value <= zero.point.value + sufficientDecrease * trial.step * zero.slope
  }

  /// `low` is the best step so far; a step that satisfies both conditions lies between the two.
  private mutating func zoom(_ first: Trial, _ second: Trial, _ zero: Trial) throws -> Point? {
    var (low, high) = (first, second)
    for _ in 0..<60 {
      let width = high.step - low.step
      var step = low.step + width / 2
      // The minimum of the parabola through low's value and slope and high's value, if inside.
      let bend = high.point.value - low.point.value - low.slope * width
      let guess = low.step - low.slope * width * width / (2 * bend)
      let margin = 0.1 * abs(width)
      if guess.isFinite, abs(guess - low.step) >= margin, abs(guess - high.step) >= margin,
        (guess - low.step) * width > 0, (high.step - guess) * width > 0
      {
        step = guess
      }
      let current = try trial(step)
      if !decreases(current, zero) || current.point.value >= low.point.value {
        high = current
      } else {
        if abs(current.slope) <= -curvature * zero.slope { return current.point }
        if current.slope * width >= 0 { high = low }
        low = current
      }
    }
    return low.step > 0 ? low.point : nil
  }
}
