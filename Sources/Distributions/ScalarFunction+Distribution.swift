import Densities
import Differentiation

extension ScalarFunction {
  /// The log density of a family as a function of (value, parameters...), for `Tensor.sum(of:)`: the
  /// formula and partials of the distribution itself, evaluated on traced parameters.
  ///
  /// Parameters outside the domain make it NaN, and an evaluation fails.
  ///
  /// - Parameter prototype: any member of the family; its whole-number parameters stay.
  public init<D: ParametricDistribution>(logDensityOf prototype: D) where D.Value == Double {
    // Without the generic arguments.
    let family = "\(D.self)".prefix { $0 != "<" }
    self.init(name: "\(family).logDensity", arity: 1 + prototype.parameterNames.count) {
      arguments, partials in
      let count = prototype.parameterNames.count
      let parameters = UnsafeBufferPointer(start: arguments + 1, count: count)
      guard let member = try? prototype.replacingParameters(parameters.span) else { return .nan }
      let memory = UnsafeMutableBufferPointer(start: partials, count: 1 + count)
      var span = memory.mutableSpan
      return member.logDensity(of: arguments[0], partials: &span)
    }
  }
}
