/// A probability distribution: it can be sampled and knows its normalised log density.
///
/// A distribution is validated once, when it is made; after that nothing can fail.
public protocol Distribution<Value>: Sendable {
  associatedtype Value: Sendable

  /// One draw.
  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value

  /// One draw in place of `value`, whose memory is reused where it can be.
  func sample<G: RandomNumberGenerator>(into value: inout Value, using generator: inout G)

  /// The logarithm of the normalised density (or probability) at `value`; minus infinity outside
  /// the support.
  func logDensity(of value: Value) -> Double
}

extension Distribution {
  @inlinable
  public func sample<G: RandomNumberGenerator>(into value: inout Value, using generator: inout G) {
    value = sample(using: &generator)
  }
}

/// A continuous distribution of one real variable.
public protocol ContinuousDistribution: Distribution where Value == Double {
  /// P(X <= x).
  func cdf(_ x: Double) -> Double
  /// P(X > x), without cancellation in the upper tail.
  func survival(_ x: Double) -> Double
  /// The x with cdf(x) = p, for p in [0, 1].
  func quantile(_ p: Double) -> Double
  /// The expectation; NaN where it does not exist.
  var mean: Double { get }
  /// The variance; infinite or NaN where it does not exist.
  var variance: Double { get }
  /// The closed interval outside which the density is zero.
  var support: ClosedRange<Double> { get }
}

/// A distribution of vectors, `[dimension]`.
public protocol MultivariateDistribution: Distribution where Value == [Double] {
  var dimension: Int { get }
}

/// A parameter outside its domain.
public struct ParameterError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Whose parameter it is.
  public let distribution: String
  /// The label of the parameter.
  public let parameter: String
  /// The offending value; of an array, its element.
  public let value: Double
  /// What the value is not, such as "positive and finite".
  public let requirement: String

  public var description: String {
    "\(distribution): \(parameter) \(value) is not \(requirement)"
  }

  init(_ distribution: String, _ parameter: String, _ value: Double, not requirement: String) {
    self.distribution = distribution
    self.parameter = parameter
    self.value = value
    self.requirement = requirement
  }

  // Written so that NaN fails.
  static func requireFinite(
    _ value: Double, _ parameter: String, of distribution: String
  ) throws(ParameterError) {
    guard value.isFinite else {
      throw ParameterError(distribution, parameter, value, not: "finite")
    }
  }

  static func requirePositive(
    _ value: Double, _ parameter: String, of distribution: String
  ) throws(ParameterError) {
    guard value > 0, value.isFinite else {
      throw ParameterError(distribution, parameter, value, not: "positive and finite")
    }
  }
}

@inlinable
func requireProbability(_ p: Double) {
  precondition(p >= 0 && p <= 1, "\(p) is not a probability")
}
