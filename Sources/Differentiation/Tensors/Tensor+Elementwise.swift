import RealModule

// Elementwise functions, named as swift-numerics names them, so that they read as for Double.
extension Tensor: ElementaryFunctions {
  public static func exp(_ x: Tensor) -> Tensor { x.mapped(.exp) }
  public static func expMinusOne(_ x: Tensor) -> Tensor { x.mapped(.expMinusOne) }
  public static func log(_ x: Tensor) -> Tensor { x.mapped(.log) }
  public static func log(onePlus x: Tensor) -> Tensor { x.mapped(.logOnePlus) }
  public static func sin(_ x: Tensor) -> Tensor { x.mapped(.sin) }
  public static func cos(_ x: Tensor) -> Tensor { x.mapped(.cos) }
  public static func tan(_ x: Tensor) -> Tensor { x.mapped(.tan) }
  public static func asin(_ x: Tensor) -> Tensor { x.mapped(.asin) }
  public static func acos(_ x: Tensor) -> Tensor { x.mapped(.acos) }
  public static func atan(_ x: Tensor) -> Tensor { x.mapped(.atan) }
  public static func sinh(_ x: Tensor) -> Tensor { x.mapped(.sinh) }
  public static func cosh(_ x: Tensor) -> Tensor { x.mapped(.cosh) }
  public static func tanh(_ x: Tensor) -> Tensor { x.mapped(.tanh) }
  public static func asinh(_ x: Tensor) -> Tensor { x.mapped(.asinh) }
  public static func acosh(_ x: Tensor) -> Tensor { x.mapped(.acosh) }
  public static func atanh(_ x: Tensor) -> Tensor { x.mapped(.atanh) }
  public static func sqrt(_ x: Tensor) -> Tensor { x.mapped(.squareRoot) }
  /// x^y, elementwise; NaN for negative x and a y that is not whole.
  public static func pow(_ x: Tensor, _ y: Tensor) -> Tensor { combined(.power, x, y) }

  /// x^n, elementwise.
  public static func pow(_ x: Tensor, _ n: Int) -> Tensor {
    switch n {
    case 0: Tensor(1).broadcast(to: x.shape)
    case 1: x
    case 2: x.squared
    case -1: x.mapped(.reciprocal)
    default: combined(.power, x, Tensor(Double(n)))
    }
  }

  /// The n-th root, of negative numbers too where n is odd.
  public static func root(_ x: Tensor, _ n: Int) -> Tensor {
    let magnitude = pow(abs(x), Tensor(1 / Double(n)))
    return n % 2 == 0 ? pow(x, Tensor(1 / Double(n))) : x.mapped(.sign) * magnitude
  }
}

// And those that swift-numerics does not have.
extension Tensor {
  public static prefix func - (x: Tensor) -> Tensor { x.mapped(.negate) }
  /// x x, elementwise.
  public var squared: Tensor { mapped(.square) }
  /// |x|; the derivative at zero is zero.
  public static func abs(_ x: Tensor) -> Tensor { x.mapped(.absolute) }
  /// 1 / (1 + exp(-x)).
  public static func logistic(_ x: Tensor) -> Tensor { x.mapped(.logistic) }
  /// log(1 + exp(x)).
  public static func softplus(_ x: Tensor) -> Tensor { x.mapped(.softplus) }
  /// log(1 + exp(x)).
  public static func log1pExp(_ x: Tensor) -> Tensor { softplus(x) }
  /// log(1 - exp(x)) for x < 0, with all its digits near zero and far below.
  public static func log1mExp(_ x: Tensor) -> Tensor { x.mapped(.logOneMinusExp) }
  /// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
  public static func erf(_ x: Tensor) -> Tensor { x.mapped(.erf) }
  /// 1 - erf(x), with all its digits far above.
  public static func erfc(_ x: Tensor) -> Tensor { x.mapped(.erfc) }
  /// log |Gamma(x)|.
  public static func logGamma(_ x: Tensor) -> Tensor { x.mapped(.logGamma) }
  /// The derivative of log Gamma(x).
  public static func digamma(_ x: Tensor) -> Tensor { x.mapped(.polygamma(0)) }

  package func mapped(_ function: UnaryFunction) -> Tensor {
    Trace.record(.map(function), [self], shape: shape)
  }
}

// Elementwise arithmetic and comparison, with NumPy's broadcasting.
extension Tensor: AdditiveArithmetic {
  public static var zero: Tensor { 0 }
  public static func + (a: Tensor, b: Tensor) -> Tensor { combined(.add, a, b) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { combined(.subtract, a, b) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { combined(.multiply, a, b) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { combined(.divide, a, b) }
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

  /// The smaller of two, element by element, NaN if one is; where they are equal each has half the slope.
  public static func min(_ a: Tensor, _ b: Tensor) -> Tensor { combined(.minimum, a, b) }
  /// The larger of two, element by element, NaN if one is; where they are equal each has half the slope.
  public static func max(_ a: Tensor, _ b: Tensor) -> Tensor { combined(.maximum, a, b) }
  /// Each element brought into `range`.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    .min(Tensor(range.upperBound), .max(Tensor(range.lowerBound), self))
  }

  /// One where it holds, else zero, element by element.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { combined(.isLess, a, b) }
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { combined(.isLessOrEqual, a, b) }
  public static func .> (a: Tensor, b: Tensor) -> Tensor { combined(.isLess, b, a) }
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { combined(.isLessOrEqual, b, a) }
  public static func .== (a: Tensor, b: Tensor) -> Tensor { combined(.isEqual, a, b) }
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { 1 - combined(.isEqual, a, b) }

  /// `a` where `condition` is not zero, else `b`, element by element.
  ///
  /// The one that is not chosen must still be differentiable there: zero times an infinite slope is NaN.
  public static func `where`(
    _ condition: Tensor, _ a: Tensor, _ b: Tensor, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    let site = Site(file, line)
    let operands = [condition, a, b]
    guard
      let shape = broadcastShape(condition.shape, a.shape)
        .flatMap({ broadcastShape($0, b.shape) })
    else { return impossible("where", operands, site: site) }
    return Trace.record(
      .select, operands.map { $0.repeated(to: shape) }, shape: shape, site: site)
  }

  package static func combined(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = broadcastShape(a.shape, b.shape) else {
      return impossible("\(function)", [a, b], site: nil)
    }
    return Trace.record(
      .combine(function), [a.repeated(to: shape, beside: b), b.repeated(to: shape, beside: a)],
      shape: shape)
  }

  /// This tensor repeated along new and length-one axes.
  func repeated(to target: [Int]) -> Tensor {
    shape == target || failure != nil ? self : Trace.record(.broadcast, [self], shape: target)
  }

  /// The same; a constant that meets a traced tensor is repeated in its trace, where it is read as it lies.
  private func repeated(to target: [Int], beside other: Tensor) -> Tensor {
    if shape != target, case .constant(let values) = storage,
      case .traced(let trace, _) = other.storage
    {
      return trace.append(.constant(values), shape: shape).repeated(to: target)
    }
    return repeated(to: target)
  }

  /// The failure of an operand, or that of an operation whose shapes do not fit.
  static func impossible(
    _ operation: String, _ operands: [Tensor], reason: String = "the shapes do not fit", site: Site?
  ) -> Tensor {
    Tensor(
      failure: operands.lazy.compactMap(\.failure).first
        ?? TensorError(
          operation: operation, shapes: operands.map(\.shape), reason: reason,
          site: site ?? .ofCaller()))
  }
}
