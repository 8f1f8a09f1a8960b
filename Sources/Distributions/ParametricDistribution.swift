import Differentiation

/// A univariate distribution whose log density has partial derivatives in closed form: in the value,
/// and in every real parameter.
///
/// ```swift
/// let gamma = try Gamma(shape: 2, rate: 0.5)
/// let partials = gamma.logDensityPartials(of: 3)
/// print(partials.value, partials["shape"], partials["rate"])
/// ```
public protocol ParametricDistribution<Value>: UnivariateDistribution {
  /// The labels of the real parameters, in the order of `init`: those that it was made with, where
  /// there are several ways to make it. Whole numbers, such as a number of trials, are not among
  /// them.
  var parameterNames: [String] { get }
  /// The values of those parameters.
  var parameters: [Double] { get }
  /// The same distribution with other values of those parameters.
  func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self
  /// The log density at `value` with its partial derivatives: `partials[0]` is the one in the value
  /// (zero for a discrete distribution), `partials[1 + k]` the one in parameter k. They are
  /// meaningful where the log density is finite; at a kink either side's will do.
  func logDensity(of value: Value, partials: inout MutableSpan<Double>) -> Double
}

/// The partial derivatives of a log density.
public struct LogDensityPartials: Sendable {
  /// In the value; zero for a discrete distribution.
  public let value: Double
  /// In the parameters, in the order of `parameterNames`.
  public let parameters: [Double]
  let names: [String]

  /// The partial in the parameter of that name.
  public subscript(_ name: String) -> Double {
    guard let index = names.firstIndex(of: name) else {
      preconditionFailure("no parameter '\(name)' among \(names)")
    }
    return parameters[index]
  }
}

extension ParametricDistribution {
  /// The partial derivatives of the log density at `value`, by name.
  public func logDensityPartials(of value: Value) -> LogDensityPartials {
    let names = parameterNames
    var partials = [Double](repeating: 0, count: 1 + names.count)
    var span = partials.mutableSpan
    _ = logDensity(of: value, partials: &span)
    return LogDensityPartials(
      value: partials[0], parameters: Array(partials.dropFirst()), names: names)
  }
}
