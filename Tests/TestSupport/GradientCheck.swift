public import Densities
public import Testing

/// The distance between the gradient of `density` at `position` and central differences of its
/// values, relative to the gradient's length; the best of a grid of step sizes counts.
///
/// Blind where the function saturates (every difference is zero), at kinks, and where a coordinate
/// is so large that no step of the grid is fine enough.
public func gradientError<Density: DifferentiableLogDensity>(
  of density: Density, at position: [Double]
) throws(EvaluationFailure) -> Double {
  var workspace = density.makeWorkspace()
  var gradient = [Double](repeating: 0, count: position.count)
  var span = gradient.mutableSpan
  _ = try density.logDensity(at: position.span, gradient: &span, in: &workspace)
  let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
  guard length.isFinite else { return .infinity }

  var best = Double.infinity
  for exponent in 1...7 {
    let fraction = (0..<exponent).reduce(1.0) { size, _ in size / 10 }
    var (sumOfSquares, sumOfSlopes) = (0.0, 0.0)
    for i in position.indices {
      let step = fraction * max(1, abs(position[i]))
      var (above, below) = (position, position)
      above[i] += step
      below[i] -= step
      // A step that leaves the domain does not count.
      let rise = (try? density.logDensity(at: above.span, in: &workspace)) ?? .nan
      let fall = (try? density.logDensity(at: below.span, in: &workspace)) ?? .nan
      let slope = (rise - fall) / (above[i] - below[i])
      sumOfSquares += (slope - gradient[i]) * (slope - gradient[i])
      sumOfSlopes += slope * slope
    }
    if sumOfSquares == 0 { return 0 }
    let error = sumOfSquares.squareRoot() / (length > 0 ? length : sumOfSlopes.squareRoot())
    if error < best { best = error }
  }
  return best
}

/// Expects the gradient of `density` at `position` to agree with central differences, and the
/// value beside it with the value alone.
public func checkGradient<Density: DifferentiableLogDensity>(
  _ density: Density, at position: [Double], tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let error = try gradientError(of: density, at: position)
  #expect(error <= tolerance, "at \(position)", sourceLocation: sourceLocation)
  var workspace = density.makeWorkspace()
  var gradient = [Double](repeating: 0, count: position.count)
  var span = gradient.mutableSpan
  let beside = try density.logDensity(at: position.span, gradient: &span, in: &workspace)
  let alone = try density.logDensity(at: position.span, in: &workspace)
  #expect(beside == alone, "at \(position)", sourceLocation: sourceLocation)
}
