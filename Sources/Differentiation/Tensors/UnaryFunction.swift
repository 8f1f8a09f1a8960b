/// The elementwise functions of one tensor.
package enum UnaryFunction: Sendable, Hashable, CaseIterable {
  case negate, absolute, sign, square, reciprocal, squareRoot
  case exp, expMinusOne, log, logOnePlus
  case sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, asinh, acosh, atanh
  case logistic, softplus, logOneMinusExp, erf, erfc, logGamma
  /// The derivative of that order of the digamma function.
  case polygamma(Int)

  package static let allCases: [UnaryFunction] = [
    .negate, .absolute, .sign, .square, .reciprocal, .squareRoot, .exp, .expMinusOne, .log,
    .logOnePlus, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .tanh, .asinh, .acosh,
    .atanh, .logistic, .softplus, .logOneMinusExp, .erf, .erfc, .logGamma, .polygamma(0),
    .polygamma(1),
  ]

  /// The derivative at x, where the function is y; nil where it is zero everywhere.
  func derivative(at x: Tensor, value y: Tensor) -> Tensor? {
    switch self {
    case .negate: -1
    case .absolute: x.mapped(.sign)
    case .sign: nil
    case .square: 2 * x
    case .reciprocal: -y.squared
    case .squareRoot: 0.5 / y
    case .exp: y
    case .expMinusOne: .exp(x)
    case .log: x.mapped(.reciprocal)
    case .logOnePlus: (1 + x).mapped(.reciprocal)
    case .sin: .cos(x)
    case .cos: -.sin(x)
    case .tan: 1 + y.squared
    case .asin: 1 / .sqrt((1 - x) * (1 + x))
    case .acos: -1 / .sqrt((1 - x) * (1 + x))
    case .atan: (1 + x.squared).mapped(.reciprocal)
    case .sinh: .cosh(x)
    case .cosh: .sinh(x)
    case .tanh: 1 - y.squared
    case .asinh: 1 / .sqrt(1 + x.squared)
    case .acosh: 1 / (.sqrt(x - 1) * .sqrt(x + 1))
    case .atanh: 1 / ((1 - x) * (1 + x))
    case .logistic: y * (1 - y)
    case .softplus: .logistic(x)
    case .logOneMinusExp: -1 / .expMinusOne(-x)
    case .erf: Tensor(2 / Double.pi.squareRoot()) * .exp(-x.squared)
    case .erfc: Tensor(-2 / Double.pi.squareRoot()) * .exp(-x.squared)
    case .logGamma: x.mapped(.polygamma(0))
    case .polygamma(let order): x.mapped(.polygamma(order + 1))
    }
  }
}
