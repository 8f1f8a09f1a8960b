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

  /// A scale by which values are divided: neither it nor its inverse overflows, and some room is left at
  /// either end.
  static func requireScale(
    _ value: Double, _ parameter: String, of distribution: String
  ) throws(ParameterError) {
    guard value >= 1e-300, value <= 1e300 else {
      throw ParameterError(distribution, parameter, value, not: "in [1e-300, 1e300]")
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
