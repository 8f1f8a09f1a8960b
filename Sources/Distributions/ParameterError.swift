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

  /// A scale by which values are divided: its inverse must not overflow, nor be subnormal.
  static func requireScale(
    _ value: Double, _ parameter: String, of distribution: String
  ) throws(ParameterError) {
    guard value >= .leastNormalMagnitude, value <= 1 / .leastNormalMagnitude else {
      throw ParameterError(
        distribution, parameter, value, not: "positive, finite and a normal number like its inverse"
      )
    }
  }

  static func requireProbability(
    _ value: Double, _ parameter: String, of distribution: String
  ) throws(ParameterError) {
    guard value >= 0, value <= 1 else {
      throw ParameterError(distribution, parameter, value, not: "a probability")
    }
  }
}
