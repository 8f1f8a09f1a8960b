internal import CGSL

/// What GSL's VEGAS or MISER gave.
public struct GSLMonteCarloResult: Sendable, Equatable {
  public let value: Double
  /// GSL's estimate of the standard error.
  public let standardError: Double
  /// How often the function was evaluated.
  public let evaluations: Int
}

/// GSL's VEGAS (`gsl_monte_vegas_integrate`) with its grid, driven by any Swift generator.
///
/// A function that throws, or whose value is not finite, is not asked again: GSL is given zeros
/// until the call returns, and the first error is thrown then (for a value that is not finite a
/// ``GSLError`` with the place).
///
/// ## References
/// G. P. Lepage, "A new algorithm for adaptive multidimensional integration", Journal of
/// Computational Physics 27 (1978), doi:10.1016/0021-9991(78)90004-9.
public final class GSLVegas {
  /// What a call keeps of those before it.
  public enum Stage: Int32, Sendable {
    /// Nothing.
    case newGrid = 0
    /// The grid, but not the averages.
    case newAverages
    /// Both; the numbers of boxes may change.
    case newBoxes
    /// Everything.
    case everything
  }

  /// The number of variables.
  public let dimension: Int
  private let pointer: UnsafeMutablePointer<gsl_monte_vegas_state>

  /// - Parameter dimension: from 1 to 1000.
  public init(dimension: Int) throws(GSLError) {
    try requireDimension(dimension, "gsl_monte_vegas_alloc")
    guard let pointer = gsl_monte_vegas_alloc(dimension) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_monte_vegas_alloc")
    }
    (self.pointer, self.dimension) = (pointer, dimension)
  }

  deinit { gsl_monte_vegas_free(pointer) }

  /// The integral over a box, as GSL averages the iterations since the averages began.
  ///
  /// - Parameters:
  ///   - lower: `[dimension]`, finite.
  ///   - upper: `[dimension]`, finite, above `lower`.
  ///   - calls: about how often each iteration evaluates the function; at least 2.
  ///   - iterations: positive.
  ///   - stage: what is kept of earlier calls.
  /// - Throws: what `function` throws; ``GSLError``.
  public func integrate<G: RandomNumberGenerator>(
    _ function: ([Double]) throws -> Double, lower: [Double], upper: [Double], calls: Int,
    iterations: Int = 5, stage: Stage = .newGrid, using generator: inout G
  ) throws -> GSLMonteCarloResult {
    let name = "gsl_monte_vegas_integrate"
    try requireBox(lower, upper, dimension, calls: calls, name)
    guard (1...Int(Int32.max)).contains(iterations) else {
      throw GSLError(
        code: GSL_EINVAL, function: name,
        message: "the number of iterations \(iterations) is not in 1..<2^31")
    }
    var parameters = gsl_monte_vegas_params()
    gsl_monte_vegas_params_get(pointer, &parameters)
    parameters.iterations = iterations
    parameters.stage = stage.rawValue
    gsl_monte_vegas_params_set(pointer, &parameters)
    return try GSLMonteFunction.run(
      name, function, lower, upper, &generator
    ) { callback, lower, upper, rng, value, error in
      gsl_monte_vegas_integrate(
        callback, lower, upper, dimension, calls, rng, pointer, value, error)
    }
  }

  /// Chi-squared per degree of freedom of the iterations about their average, as GSL has it.
  public var chiSquaredPerDegree: Double { gsl_monte_vegas_chisq(pointer) }
}

/// GSL's MISER (`gsl_monte_miser_integrate`), driven by any Swift generator; see ``GSLVegas`` for
/// functions that fail.
///
/// ## References
/// W. H. Press and G. R. Farrar, "Recursive stratified sampling for multidimensional Monte Carlo
/// integration", Computers in Physics 4 (1990), doi:10.1063/1.4822899.
public final class GSLMiser {
  /// The number of variables.
  public let dimension: Int
  private let pointer: UnsafeMutablePointer<gsl_monte_miser_state>

  /// - Parameter dimension: from 1 to 1000.
  public init(dimension: Int) throws(GSLError) {
    try requireDimension(dimension, "gsl_monte_miser_alloc")
    guard let pointer = gsl_monte_miser_alloc(dimension) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_monte_miser_alloc")
    }
    (self.pointer, self.dimension) = (pointer, dimension)
  }

  deinit { gsl_monte_miser_free(pointer) }

  /// The fewest evaluations of a region that is left as it is; with fewer in all MISER is plain
  /// Monte Carlo.
  public var minimumCalls: Int {
    var parameters = gsl_monte_miser_params()
    gsl_monte_miser_params_get(pointer, &parameters)
    return parameters.min_calls
  }

  /// The integral over a box.
  ///
  /// - Parameters:
  ///   - lower: `[dimension]`, finite.
  ///   - upper: `[dimension]`, finite, above `lower`.
  ///   - calls: how often the function is evaluated, at most; at least 2.
  /// - Throws: what `function` throws; ``GSLError``.
  public func integrate<G: RandomNumberGenerator>(
    _ function: ([Double]) throws -> Double, lower: [Double], upper: [Double], calls: Int,
    using generator: inout G
  ) throws -> GSLMonteCarloResult {
    let name = "gsl_monte_miser_integrate"
    try requireBox(lower, upper, dimension, calls: calls, name)
    return try GSLMonteFunction.run(
      name, function, lower, upper, &generator
    ) { callback, lower, upper, rng, value, error in
      gsl_monte_miser_integrate(
        callback, lower, upper, dimension, calls, rng, pointer, value, error)
    }
  }
}

private func requireDimension(_ dimension: Int, _ name: String) throws(GSLError) {
  guard (1...1000).contains(dimension) else {
    throw GSLError(
      code: GSL_EINVAL, function: name, message: "the dimension \(dimension) is not in 1...1000")
  }
}

private func requireBox(
  _ lower: [Double], _ upper: [Double], _ dimension: Int, calls: Int, _ name: String
) throws(GSLError) {
  precondition(
    lower.count == dimension && upper.count == dimension,
    "a box of [\(lower.count)] and [\(upper.count)] for \(dimension) variables")
  for (low, high) in zip(lower, upper) where !(low < high && (high - low).isFinite) {
    throw GSLError(
      code: GSL_EINVAL, function: name, message: "a side of the box is from \(low) to \(high)")
  }
  guard (2...Int(Int32.max)).contains(calls) else {
    throw GSLError(
      code: GSL_EINVAL, function: name,
      message: "the number of evaluations \(calls) is not in 2..<2^31")
  }
}

/// A Swift function of a point behind C's callback: it keeps the first error and gives zeros from
/// then on.
private final class GSLMonteFunction {
  typealias Routine = (
    UnsafeMutablePointer<gsl_monte_function>, UnsafeMutablePointer<Double>,
    UnsafeMutablePointer<Double>, UnsafeMutablePointer<gsl_rng>, UnsafeMutablePointer<Double>,
    UnsafeMutablePointer<Double>
  ) -> Int32

  private let name: String
  private let function: ([Double]) throws -> Double
  private var point: [Double]
  private var failure: (any Error)?
  private var evaluations = 0

  private init(
    name: String, dimension: Int, function: @escaping ([Double]) throws -> Double
  ) {
    (self.name, self.function) = (name, function)
    point = [Double](repeating: 0, count: dimension)
  }

  private func value(at x: UnsafeMutablePointer<Double>) -> Double {
    if failure != nil { return 0 }
    evaluations += 1
    for i in point.indices { point[i] = x[i] }
    do {
      let value = try function(point)
      if value.isFinite { return value }
      failure = GSLError(
        code: GSL_EBADFUNC, function: name, message: "the function is \(value) at \(point)")
    } catch {
      failure = error
    }
    return 0
  }

  static func run<G: RandomNumberGenerator>(
    _ name: String, _ function: ([Double]) throws -> Double, _ lower: [Double], _ upper: [Double],
    _ generator: inout G, _ routine: Routine
  ) throws -> GSLMonteCarloResult {
    try withoutActuallyEscaping(function) { function in
      let box = GSLMonteFunction(name: name, dimension: lower.count, function: function)
      var callback = gsl_monte_function(
        f: { x, _, box in
          Unmanaged<GSLMonteFunction>.fromOpaque(box!).takeUnretainedValue().value(at: x!)
        }, dim: lower.count, params: Unmanaged.passUnretained(box).toOpaque())
      var (lower, upper, value, error) = (lower, upper, 0.0, 0.0)
      let status = withExtendedLifetime(box) {
        GSLRandom.draw(&generator) { rng in
          routine(&callback, &lower, &upper, rng, &value, &error)
        }
      }
      if let failure = box.failure { throw failure }
      try check(status, name)
      return GSLMonteCarloResult(
        value: value, standardError: error, evaluations: box.evaluations)
    }
  }
}
