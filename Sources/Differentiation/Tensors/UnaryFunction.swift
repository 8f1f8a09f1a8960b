internal import CKernels
import Foundation
import SpecialFunctions

/// The elementwise functions of one tensor.
package enum UnaryFunction: Sendable, Hashable, CaseIterable {
  case negate, absolute, sign, square, reciprocal, squareRoot
  case exp, expMinusOne, log, logOnePlus
  case sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, asinh, acosh, atanh
  case logistic, softplus, erf, erfc, logGamma
  /// The derivative of that order of the digamma function.
  case polygamma(Int)

  package static let allCases: [UnaryFunction] = [
    .negate, .absolute, .sign, .square, .reciprocal, .squareRoot, .exp, .expMinusOne, .log,
    .logOnePlus, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .tanh, .asinh, .acosh,
    .atanh, .logistic, .softplus, .erf, .erfc, .logGamma, .polygamma(0), .polygamma(1),
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
    case .erf: Tensor(2 / Double.pi.squareRoot()) * .exp(-x.squared)
    case .erfc: Tensor(-2 / Double.pi.squareRoot()) * .exp(-x.squared)
    case .logGamma: x.mapped(.polygamma(0))
    case .polygamma(let order): x.mapped(.polygamma(order + 1))
    }
  }

  /// y[i] = f(x[i]); the two may be the same memory.
  func evaluate(
    _ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>, count: Int
  ) {
    switch self {
    case .negate: for i in 0..<count { y[i] = -x[i] }
    case .absolute: for i in 0..<count { y[i] = abs(x[i]) }
    case .sign: for i in 0..<count { y[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i] }
    case .square: for i in 0..<count { y[i] = x[i] * x[i] }
    case .reciprocal: for i in 0..<count { y[i] = 1 / x[i] }
    case .squareRoot: for i in 0..<count { y[i] = x[i].squareRoot() }
    case .exp: ck_exp(x, y, count)
    case .expMinusOne: ck_expm1(x, y, count)
    case .log: ck_log(x, y, count)
    case .logOnePlus: ck_log1p(x, y, count)
    case .sin: ck_sin(x, y, count)
    case .cos: ck_cos(x, y, count)
    case .tan: ck_tan(x, y, count)
    case .asin: ck_asin(x, y, count)
    case .acos: ck_acos(x, y, count)
    case .atan: ck_atan(x, y, count)
    case .sinh: ck_sinh(x, y, count)
    case .cosh: ck_cosh(x, y, count)
    case .tanh: ck_tanh(x, y, count)
    case .asinh: ck_asinh(x, y, count)
    case .acosh: ck_acosh(x, y, count)
    case .atanh: ck_atanh(x, y, count)
    case .logistic:
      for i in 0..<count { y[i] = -x[i] }
      ck_exp(y, y, count)
      for i in 0..<count { y[i] = 1 / (1 + y[i]) }
    case .softplus:
      // max(x, 0) + log1p(exp(-|x|)), a block at a time because y may be x.
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 256) { block in
        for start in stride(from: 0, to: count, by: 256) {
          let size = min(256, count - start)
          for i in 0..<size { block[i] = -abs(x[start + i]) }
          ck_exp(block.baseAddress!, block.baseAddress!, size)
          ck_log1p(block.baseAddress!, block.baseAddress!, size)
          for i in 0..<size { y[start + i] = max(x[start + i], 0) + block[i] }
        }
      }
    case .erf: ck_erf(x, y, count)
    case .erfc: ck_erfc(x, y, count)
    case .logGamma: ck_lgamma(x, y, count)
    case .polygamma(let order):
      for i in 0..<count { y[i] = SpecialFunctions.polygamma(order, x[i]) }
    }
  }
}
