import Foundation
import LinearAlgebra
import Randomness
import SpecialFunctions

/// The multivariate Student t distribution.
///
/// ```
/// log p(x) = log Gamma((df + d) / 2) - log Gamma(df / 2) - d log(df pi) / 2 - log det S / 2
///            - (df + d) / 2 log(1 + (x - location)' S^-1 (x - location) / df)
/// ```
///
/// A draw is a multivariate normal one divided by the root of a Gamma(df / 2, df / 2) one, the same for
/// all elements; from a `Philox` into memory many side by side. The tails fall as |x|^-(df + d). The mean is the location for df > 1, the covariance
/// S df / (df - 2) for df > 2.
///
/// - Complexity: O(d^2) a draw and a density, O(d^3) to make.
public struct MultivariateStudentT: MultivariateDistribution {
  /// In [1e-3, 1e100].
  public let degreesOfFreedom: Double
  /// `[dimension]`.
  public let location: [Double]
  let scale: ScaleFactor
  private let logNormalization: Double
  let standard: StudentT

  /// - Parameters:
  ///   - degreesOfFreedom: in [1e-3, 1e100].
  ///   - location: `[dimension]`, finite.
  ///   - scale: S, `[dimension, dimension]`, symmetric positive definite; the lower triangle is
  ///     read.
  /// - Throws: ``ParameterError`` or `LinearAlgebraError`.
  public init(degreesOfFreedom: Double, location: [Double], scale: Matrix) throws {
    try self.init(
      degreesOfFreedom: degreesOfFreedom, location: location,
      scale: ScaleFactor(covariance: scale, named: "scale", of: "MultivariateStudentT"))
  }

  /// - Parameters:
  ///   - degreesOfFreedom: in [1e-3, 1e100].
  ///   - location: `[dimension]`, finite.
  ///   - inverseScale: S^-1, symmetric positive definite; the lower triangle is read.
  /// - Throws: ``ParameterError`` or `LinearAlgebraError`.
  public init(degreesOfFreedom: Double, location: [Double], inverseScale: Matrix) throws {
    try self.init(
      degreesOfFreedom: degreesOfFreedom, location: location,
      scale: ScaleFactor(precision: inverseScale, named: "inverseScale", of: "MultivariateStudentT")
    )
  }

  /// - Parameters:
  ///   - degreesOfFreedom: in [1e-3, 1e100].
  ///   - location: `[dimension]`, finite.
  ///   - cholesky: the factor L of S = L L', lower triangular with a positive diagonal.
  public init(
    degreesOfFreedom: Double, location: [Double], cholesky: Matrix
  ) throws(ParameterError) {
    try self.init(
      degreesOfFreedom: degreesOfFreedom, location: location,
      scale: ScaleFactor(cholesky: cholesky, of: "MultivariateStudentT"))
  }

  private init(
    degreesOfFreedom: Double, location: [Double], scale: ScaleFactor
  ) throws(ParameterError) {
    try StudentT.requireDegrees(degreesOfFreedom, of: "MultivariateStudentT")
    standard = try StudentT(degreesOfFreedom: degreesOfFreedom)
    try requireLocation(location, named: "location", fits: scale, of: "MultivariateStudentT")
    self.degreesOfFreedom = degreesOfFreedom
    self.location = location
    self.scale = scale
    let d = Double(location.count)
    logNormalization =
      logGammaStep(degreesOfFreedom / 2, by: d / 2) - 0.5 * d * log(degreesOfFreedom * .pi)
      - scale.halfLogDeterminant
  }

  public var dimension: Int { location.count }
  /// The location for df > 1, else NaN.
  public var mean: [Double] { degreesOfFreedom > 1 ? location : location.map { _ in .nan } }

  /// S df / (df - 2), `[dimension, dimension]`; for df <= 2 infinite on the diagonal, NaN beside it.
  public var covariance: Matrix {
    var matrix = scale.covariance
    let factor = degreesOfFreedom / (degreesOfFreedom - 2)
    for i in 0..<dimension {
      for j in 0..<dimension {
        matrix[i, j] = degreesOfFreedom > 2 ? factor * matrix[i, j] : i == j ? .infinity : .nan
      }
    }
    return matrix
  }
  /// S, `[dimension, dimension]`.
  public var scaleMatrix: Matrix { scale.covariance }

  /// (x - location)' S^-1 (x - location).
  public func squaredDistance(to value: [Double]) -> Double {
    let distance = scale.distance(from: location, to: value)
    return distance * distance
  }

  /// The diagonal of the covariance, `[dimension]`.
  public var variance: [Double] { covariance.diagonal }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    var value: [Double] = []
    sample(into: &value, using: &generator)
    return value
  }

  public func sample<G: RandomNumberGenerator>(into value: inout [Double], using generator: inout G)
  {
    scale.sampleNormal(into: &value, using: &generator)
    let stretch = standard.stretch(using: &generator)
    for i in location.indices { value[i] = location[i] + stretch * value[i] }
  }

  /// From a `Philox` the normals and the gammas are drawn side by side, `dimension` positions a draw.
  public func fill<G: RandomNumberGenerator>(
    rows: inout MutableSpan<Double>, using generator: inout G
  ) {
    precondition(rows.count % dimension == 0, "\(rows.count) places for draws of [\(dimension)]")
    guard var philox = generator as? Philox else {
      return fillRowsOneByOne(&rows, using: &generator)
    }
    scale.forBlocks(of: &rows) { block in
      let count = block.count / dimension
      withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { memory in
        var stretches = MutableSpan(_unsafeElements: memory)
        philox.stretches(&stretches, shape: degreesOfFreedom / 2, stride: dimension)
        var normals = MutableSpan(_unsafeElements: block)
        philox.fillNormal(&normals)
        scale.correlate(rows: block, stretches: memory.baseAddress, about: location)
      }
    }
    generator = philox as! G
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<[Double]>, using generator: inout G
  ) {
    if generator is Philox {
      fillByRows(&values, using: &generator)
    } else {
      fillOneByOne(&values, using: &generator)
    }
  }

  public func logDensity(of value: [Double]) -> Double {
    let distance = scale.distance(from: location, to: value)
    return logNormalization
      - (degreesOfFreedom + Double(dimension)) / 2
      * log1pSquare(distance / degreesOfFreedom.squareRoot())
  }

  public func logDensities(of values: Span<[Double]>, into results: inout MutableSpan<Double>) {
    logDensitiesByRows(of: values, into: &results)
  }

  public func logDensities(rows: Span<Double>, into results: inout MutableSpan<Double>) {
    scale.logDensities(
      rows: rows, into: &results, about: location, logNormalization: logNormalization,
      degreesOfFreedom: degreesOfFreedom, single: logDensity(of:))
  }

  /// The partial derivatives of the log density: in the degrees of freedom, and in the rest; O(d^3).
  public func logDensityPartials(
    of value: [Double]
  ) -> (degreesOfFreedom: Double, rest: EllipticalPartials) {
    let (df, d) = (degreesOfFreedom, Double(dimension))
    let distance = scale.distance(from: location, to: value)
    let square = distance * distance
    let weight = (df + d) / (df + square)
    let inDegrees =
      0.5
      * (digammaStep(df / 2, by: d / 2) - d / df - log1pSquare(distance / df.squareRoot())
        + (df + d) / (df / square + 1) / df)
    return (inDegrees, scale.partials(from: location, to: value, weight: weight))
  }
}
