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
    self.init(of: prototype) { member, value, partials in
      member.logDensity(of: value, partials: &partials)
    }
  }

  /// The same for a distribution of whole numbers: its partial in the value is zero, and at a value that is
  /// not whole it is NaN.
  public init<D: ParametricDistribution>(logDensityOf prototype: D) where D.Value == Int {
    self.init(of: prototype) { member, value, partials in
      guard let value = Int(exactly: value) else { return .nan }
      return member.logDensity(of: value, partials: &partials)
    }
  }

  private init<D: ParametricDistribution>(
    of prototype: D,
    evaluate: @escaping @Sendable (D, Double, inout MutableSpan<Double>) -> Double
  ) {
    // Without the generic arguments.
    let family = "\(D.self)".prefix { $0 != "<" }
    let count = prototype.parameterNames.count
    self.init(name: "\(family).logDensity", arity: 1 + count) { arguments, partials in
      let parameters = UnsafeBufferPointer(start: arguments + 1, count: count)
      guard let member = try? prototype.replacingParameters(parameters.span) else { return .nan }
      let memory = UnsafeMutableBufferPointer(start: partials, count: 1 + count)
      var span = memory.mutableSpan
      return evaluate(member, arguments[0], &span)
    }
  }
}
