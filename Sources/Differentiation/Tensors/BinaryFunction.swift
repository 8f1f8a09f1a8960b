/// The elementwise functions of two tensors of one shape. Comparisons are one where they hold, else
/// zero.
package enum BinaryFunction: Sendable, Hashable, CaseIterable {
  case add, subtract, multiply, divide, power, minimum, maximum
  case isLess, isLessOrEqual, isEqual

  /// The derivatives at a and b, where the function is y; nil where it is zero everywhere.
  func derivative(by operand: Int, _ a: Tensor, _ b: Tensor, value y: Tensor) -> Tensor? {
    switch (self, operand) {
    case (.add, _), (.subtract, 0): 1
    case (.subtract, _): -1
    case (.multiply, _): operand == 0 ? b : a
    case (.divide, 0): b.mapped(.reciprocal)
    case (.divide, _): -y / b
    // An exponent of zero has no slope, at zero either, and one of one none that is not one.
    case (.power, 0): .where(b .== 0, 0, b * .pow(a, .where(b .== 0, 0, b - 1)))
    case (.power, _): Tensor.where(a .== 0, 0, y * .log(Tensor.where(a .== 0, 1, a)))
    // Where the two are equal each gets a half.
    case (.minimum, 0), (.maximum, 1): 0.5 * ((a .< b) + (a .<= b))
    case (.minimum, _), (.maximum, _): 0.5 * ((b .< a) + (b .<= a))
    case (.isLess, _), (.isLessOrEqual, _), (.isEqual, _): nil
    }
  }
}
