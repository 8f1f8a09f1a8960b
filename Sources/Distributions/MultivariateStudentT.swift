import Foundation
import LinearAlgebra
import SpecialFunctions

/// The multivariate Student t distribution.
///
/// ```
/// log p(x) = log Gamma((df + d) / 2) - log Gamma(df / 2) - d log(df pi) / 2 - log det S / 2
///            - (df + d) / 2 log(1 + (x - location)' S^-1 (x - location) / df)
/// ```
///
/// A draw is a multivariate normal one divided by the root of a Gamma(df / 2, df / 2) one. The
/// covariance is S df / (df - 2) for df > 2.
public struct MultivariateStudentT: MultivariateDistribution {
  /// Positive.
  public let degreesOfFreedom: Double
  /// `[dimension]`.
  public let location: [Double]
  let scale: ScaleFactor
  private let logNormalization: Double
  private let mixing: Gamma

  /// - Parameters:
  ///   - degreesOfFreedom: positive and finite.
  ///   - location: `[dimension]`, finite.
  ///   - scale: S, `[dimension, dimension]`, symmetric positive definite; the lower triangle is
  ///     read.
  public init(degreesOfFreedom: Double, location: [Double], scale: Matrix) throws {
    try self.init(
      degreesOfFreedom: degreesOfFreedom, location: location, scale: ScaleFactor(covariance: scale))
  }

  /// - Parameters:
  ///   - degreesOfFreedom: positive and finite.
  ///   - location: `[dimension]`, finite.
  ///   - inverseScale: S^-1, symmetric positive definite; the lower triangle is read.
  public init(degreesOfFreedom: Double, location: [Double], inverseScale: Matrix) throws {
    try self.init(
      degreesOfFreedom: degreesOfFreedom, location: location,
      scale: ScaleFactor(precision: inverseScale))
  }

  private init(degreesOfFreedom: Double, location: [Double], scale: ScaleFactor) throws {
    try ParameterError.requirePositive(
      degreesOfFreedom, "degreesOfFreedom", of: "MultivariateStudentT")
    try requireLocation(location, named: "location", fits: scale, of: "MultivariateStudentT")
    self.degreesOfFreedom = degreesOfFreedom
    self.location = location
    self.scale = scale
    let d = Double(location.count)
    logNormalization =
      logGamma((degreesOfFreedom + d) / 2) - logGamma(degreesOfFreedom / 2)
      - 0.5 * d * log(degreesOfFreedom * .pi) - scale.halfLogDeterminant
    mixing = try Gamma(shape: degreesOfFreedom / 2, rate: degreesOfFreedom / 2)
  }

  public var dimension: Int { location.count }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Double] {
    var value: [Double] = []
    sample(into: &value, using: &generator)
    return value
  }

  public func sample<G: RandomNumberGenerator>(into value: inout [Double], using generator: inout G)
  {
    scale.sampleNormal(into: &value, using: &generator)
    let stretch = 1 / mixing.sample(using: &generator).squareRoot()
    for i in location.indices { value[i] = location[i] + stretch * value[i] }
  }

  public func logDensity(of value: [Double]) -> Double {
    let distance = scale.squaredDistance(from: location, to: value)
    return logNormalization
      - (degreesOfFreedom + Double(dimension)) / 2 * log1p(distance / degreesOfFreedom)
  }
}
