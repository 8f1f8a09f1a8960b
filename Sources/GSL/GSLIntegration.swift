internal import CGSL

/// What one of GSL's adaptive integrators gave.
public struct GSLIntegral: Sendable, Equatable {
  public let value: Double
  /// GSL's estimate of the absolute error.
  public let absoluteError: Double
  /// How often the function was evaluated.
  public let evaluations: Int
  /// Why the tolerance was not reached although there is a value; nil where it was.
  public let shortfall: GSLError?
}

/// The Gauss-Kronrod rules of `gsl_integration_qag`, by their number of points.
public enum GSLKronrodRule: Int32, Sendable, CaseIterable {
  case points15 = 1
  case points21, points31, points41, points51, points61
}

/// GSL's adaptive integrators (`gsl_integration_qag*`, QUADPACK's) with the intervals they work on.
///
/// A function that throws, or whose value is not finite, is not asked again: GSL is given zeros
/// until it returns, and the first error is thrown then (for a value that is not finite a
/// ``GSLError`` with the place). The function is never asked at the ends of a range, but for
/// rounding.
///
/// ```swift
/// let workspace = try GSLIntegrationWorkspace(maximumIntervals: 1000)
/// let half = try workspace.qagiu({ exp(-$0 * $0) }, from: 0, relativeTolerance: 1e-10)
/// ```
///
/// ## References
/// R. Piessens, E. de Doncker-Kapenga, C. W. Ueberhuber and D. K. Kahaner, *QUADPACK* (Springer,
/// 1983), doi:10.1007/978-3-642-61786-7.
public final class GSLIntegrationWorkspace {
  /// How many intervals there is memory for.
  public let maximumIntervals: Int
  private let pointer: UnsafeMutablePointer<gsl_integration_workspace>

  /// - Parameter maximumIntervals: from 1 to 2^31 - 1; 48 bytes each.
  public init(maximumIntervals: Int) throws(GSLError) {
    guard (1...Int(Int32.max)).contains(maximumIntervals) else {
      throw GSLError(
        code: GSL_EINVAL, function: "gsl_integration_workspace_alloc",
        message: "the number of intervals \(maximumIntervals) is not in 1..<2^31")
    }
    guard let pointer = gsl_integration_workspace_alloc(maximumIntervals) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_integration_workspace_alloc")
    }
    (self.pointer, self.maximumIntervals) = (pointer, maximumIntervals)
  }

  deinit { gsl_integration_workspace_free(pointer) }

  /// Bisection by a Gauss-Kronrod rule, without extrapolation: for functions that oscillate.
  /// - Throws: what `function` throws; ``GSLError`` for ends that are not finite and for tolerances
  ///   of which none can be reached.
  public func qag(
    _ function: (Double) throws -> Double, from lower: Double, to upper: Double,
    rule: GSLKronrodRule = .points21, absoluteTolerance: Double = 0, relativeTolerance: Double
  ) throws -> GSLIntegral {
    try run("gsl_integration_qag", function, ends: [lower, upper]) { f, value, error in
      gsl_integration_qag(
        f, lower, upper, absoluteTolerance, relativeTolerance, maximumIntervals, rule.rawValue,
        pointer, value, error)
    }
  }

  /// Bisection with Wynn's extrapolation: for singularities, at the ends above all.
  /// - Throws: as ``qag(_:from:to:rule:absoluteTolerance:relativeTolerance:)``.
  public func qags(
    _ function: (Double) throws -> Double, from lower: Double, to upper: Double,
    absoluteTolerance: Double = 0, relativeTolerance: Double
  ) throws -> GSLIntegral {
    try run("gsl_integration_qags", function, ends: [lower, upper]) { f, value, error in
      gsl_integration_qags(
        f, lower, upper, absoluteTolerance, relativeTolerance, maximumIntervals, pointer, value,
        error)
    }
  }

  /// The same with known places of singularities or jumps.
  ///
  /// - Parameter points: both ends and the places between them, increasing.
  /// - Throws: as ``qag(_:from:to:rule:absoluteTolerance:relativeTolerance:)``.
  public func qagp(
    _ function: (Double) throws -> Double, points: [Double], absoluteTolerance: Double = 0,
    relativeTolerance: Double
  ) throws -> GSLIntegral {
    guard points.count >= 2, zip(points, points.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw GSLError(
        code: GSL_EINVAL, function: "gsl_integration_qagp",
        message: "\(points) are not two or more increasing points")
    }
    var points = points
    return try run("gsl_integration_qagp", function, ends: points) { f, value, error in
      gsl_integration_qagp(
        f, &points, points.count, absoluteTolerance, relativeTolerance, maximumIntervals, pointer,
        value, error)
    }
  }

  /// Over all reals, through x = (1 - t) / t.
  /// - Throws: as ``qag(_:from:to:rule:absoluteTolerance:relativeTolerance:)``.
  public func qagi(
    _ function: (Double) throws -> Double, absoluteTolerance: Double = 0,
    relativeTolerance: Double
  ) throws -> GSLIntegral {
    try run("gsl_integration_qagi", function, ends: []) { f, value, error in
      gsl_integration_qagi(
        f, absoluteTolerance, relativeTolerance, maximumIntervals, pointer, value, error)
    }
  }

  /// From `lower` to infinity, through x = lower + (1 - t) / t.
  /// - Throws: as ``qag(_:from:to:rule:absoluteTolerance:relativeTolerance:)``.
  public func qagiu(
    _ function: (Double) throws -> Double, from lower: Double, absoluteTolerance: Double = 0,
    relativeTolerance: Double
  ) throws -> GSLIntegral {
    try run("gsl_integration_qagiu", function, ends: [lower]) { f, value, error in
      gsl_integration_qagiu(
        f, lower, absoluteTolerance, relativeTolerance, maximumIntervals, pointer, value, error)
    }
  }

  /// From minus infinity to `upper`, through x = upper - (1 - t) / t.
  /// - Throws: as ``qag(_:from:to:rule:absoluteTolerance:relativeTolerance:)``.
  public func qagil(
    _ function: (Double) throws -> Double, to upper: Double, absoluteTolerance: Double = 0,
    relativeTolerance: Double
  ) throws -> GSLIntegral {
    try run("gsl_integration_qagil", function, ends: [upper]) { f, value, error in
      gsl_integration_qagil(
        f, upper, absoluteTolerance, relativeTolerance, maximumIntervals, pointer, value, error)
    }
  }

  /// One Gauss-Kronrod rule of 21 points, not adaptive, with the difference from its Gauss rule.
  /// - Throws: what `function` throws.
  public static func qk21(
    _ function: (Double) throws -> Double, from lower: Double, to upper: Double
  ) throws -> GSLIntegral {
    try GSLFunction.run("gsl_integration_qk21", function, ends: [lower, upper]) {
      f, value, error in
      var (magnitude, spread) = (0.0, 0.0)
      gsl_integration_qk21(f, lower, upper, value, error, &magnitude, &spread)
      return Int32(GSL_SUCCESS)
    }
  }

  private func run(
    _ name: String, _ function: (Double) throws -> Double, ends: [Double],
    _ routine: GSLFunction.Routine
  ) throws -> GSLIntegral {
    try GSLFunction.run(name, function, ends: ends, routine)
  }
}

/// GSL's CQUAD, doubly adaptive by Clenshaw-Curtis rules: it seldom fails, at more evaluations.
///
/// GSL's own treatment of values that are not finite, to leave them out silently, is not used: see
/// ``GSLIntegrationWorkspace``. Unlike the others it asks the function at the ends.
///
/// ## References
/// P. Gonnet, "Increasing the reliability of adaptive quadrature using explicit interpolants", ACM
/// Transactions on Mathematical Software 37 (2010), doi:10.1145/1824801.1824804.
public final class GSLCquadWorkspace {
  private let pointer: UnsafeMutablePointer<gsl_integration_cquad_workspace>

  /// - Parameter intervals: how many are kept at a time, from 3 to 2^24; fewer than needed drop
  ///   those with the least error. Some 850 bytes each.
  public init(intervals: Int = 100) throws(GSLError) {
    guard (3...1 << 24).contains(intervals) else {
      throw GSLError(
        code: GSL_EINVAL, function: "gsl_integration_cquad_workspace_alloc",
        message: "the number of intervals \(intervals) is not in 3...2^24")
    }
    guard let pointer = gsl_integration_cquad_workspace_alloc(intervals) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_integration_cquad_workspace_alloc")
    }
    self.pointer = pointer
  }

  deinit { gsl_integration_cquad_workspace_free(pointer) }

  /// The integral from `lower` to `upper`.
  /// - Throws: what `function` throws; ``GSLError`` for ends or values that are not finite and for
  ///   tolerances of which none can be reached.
  public func cquad(
    _ function: (Double) throws -> Double, from lower: Double, to upper: Double,
    absoluteTolerance: Double = 0, relativeTolerance: Double
  ) throws -> GSLIntegral {
    try GSLFunction.run("gsl_integration_cquad", function, ends: [lower, upper]) {
      f, value, error in
      gsl_integration_cquad(
        f, lower, upper, absoluteTolerance, relativeTolerance, pointer, value, error, nil)
    }
  }
}

/// A Swift function behind C's callback: it keeps the first error and gives zeros from then on.
private final class GSLFunction {
  typealias Routine = (
    UnsafeMutablePointer<gsl_function>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>
  ) -> Int32

  private let name: String
  private let function: (Double) throws -> Double
  private var failure: (any Error)?
  private var evaluations = 0

  private init(name: String, function: @escaping (Double) throws -> Double) {
    (self.name, self.function) = (name, function)
  }

  private func value(at x: Double) -> Double {
    if failure != nil { return 0 }
    evaluations += 1
    do {
      let value = try function(x)
      if value.isFinite { return value }
      failure = GSLError(
        code: GSL_EBADFUNC, function: name, message: "the function is \(value) at \(x)")
    } catch {
      failure = error
    }
    return 0
  }

  static func run(
    _ name: String, _ function: (Double) throws -> Double, ends: [Double], _ routine: Routine
  ) throws -> GSLIntegral {
    if let end = ends.first(where: { !$0.isFinite }) {
      throw GSLError(
        code: GSL_EINVAL, function: name, message: "the end \(end) of the range is not finite")
    }
    return try withoutActuallyEscaping(function) { function in
      let box = GSLFunction(name: name, function: function)
      var callback = gsl_function(
        function: { x, box in
          Unmanaged<GSLFunction>.fromOpaque(box!).takeUnretainedValue().value(at: x)
        }, params: Unmanaged.passUnretained(box).toOpaque())
      var (value, error) = (0.0, 0.0)
      let status = withExtendedLifetime(box) { routine(&callback, &value, &error) }
      if let failure = box.failure { throw failure }
      let problem =
        status == Int32(GSL_SUCCESS) ? nil : GSLError(code: Int(status), function: name)
      switch Int(status) {
      case GSL_SUCCESS, GSL_EMAXITER, GSL_EROUND, GSL_ESING, GSL_EDIVERGE: break
      default: throw problem!
      }
      return GSLIntegral(
        value: value, absoluteError: error, evaluations: box.evaluations, shortfall: problem)
    }
  }
}

extension GSLError {
  /// Whether rounding alone kept an integrator from its tolerance (`GSL_EROUND`).
  public var isRounding: Bool { code == GSL_EROUND }
  /// Whether an integrator ran out of intervals (`GSL_EMAXITER`).
  public var isMaximumIterations: Bool { code == GSL_EMAXITER }
}
