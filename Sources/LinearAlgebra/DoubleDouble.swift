/// An unevaluated sum of two Doubles, about 32 significant digits: for residuals and for the few
/// sums where a Double loses what is asked for.
///
/// ## References
/// T. J. Dekker, "A floating-point technique for extending the available precision",
/// Numer. Math. 18 (1971), doi:10.1007/BF01397083. D. E. Knuth, TAOCP 2, section 4.2.2.
public struct DoubleDouble: Sendable, Equatable {
  public var high: Double
  public var low: Double

  @inlinable public init(_ value: Double) { (high, low) = (value, 0) }

  @inlinable init(high: Double, low: Double) { (self.high, self.low) = (high, low) }

  /// The nearest Double.
  @inlinable public var value: Double { high + low }

  @inlinable
  static func quickTwoSum(_ a: Double, _ b: Double) -> DoubleDouble {
    let sum = a + b
    return DoubleDouble(high: sum, low: b - (sum - a))
  }

  @inlinable
  static func twoSum(_ a: Double, _ b: Double) -> DoubleDouble {
    let sum = a + b
    let part = sum - a
    return DoubleDouble(high: sum, low: (a - (sum - part)) + (b - part))
  }

  /// The product of two Doubles, without rounding.
  @inlinable
  public static func product(_ a: Double, _ b: Double) -> DoubleDouble {
    let product = a * b
    return DoubleDouble(high: product, low: (-product).addingProduct(a, b))
  }

  @inlinable
  public static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let high = twoSum(a.high, b.high)
    let low = twoSum(a.low, b.low)
    let first = quickTwoSum(high.high, high.low + low.high)
    return quickTwoSum(first.high, first.low + low.low)
  }

  @inlinable
  public static prefix func - (a: DoubleDouble) -> DoubleDouble {
    DoubleDouble(high: -a.high, low: -a.low)
  }

  @inlinable
  public static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

  @inlinable
  public static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let main = product(a.high, b.high)
    return quickTwoSum(main.high, main.low + (a.high * b.low + a.low * b.high))
  }

  @inlinable
  public static func * (a: DoubleDouble, b: Double) -> DoubleDouble {
    let main = product(a.high, b)
    return quickTwoSum(main.high, main.low + a.low * b)
  }

  @inlinable
  public static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let first = a.high / b.high
    let remainder = a - b * first
    let second = remainder.high / b.high
    let third = (remainder - b * second).high / b.high
    return quickTwoSum(first, second) + DoubleDouble(third)
  }

  @inlinable
  public static func += (a: inout DoubleDouble, b: DoubleDouble) { a = a + b }
}
