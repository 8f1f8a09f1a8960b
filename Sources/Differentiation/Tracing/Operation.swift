/// What a node of a trace computes from its operands.
enum Operation: Sendable, Hashable {
  /// What the program is evaluated at: number 0 the position, others directions and covectors.
  case input(Int)
  case constant([Double])
  case map(UnaryFunction)
  case combine(BinaryFunction)
  /// The second operand where the first is not zero, else the third.
  case select
  /// The operand repeated along new and length-one axes.
  case broadcast
  case sum(axis: Int)
  case maximum(axis: Int)
  /// log(sum(exp(x))), without overflow.
  case logSumExp(axis: Int)
  /// From the first element on, or back from the last one.
  case cumulativeSum(axis: Int, isReversed: Bool)
  /// y[0] = r[0], y[t] = r[t] + c[t - 1] y[t - 1], or from the end back y[t] = r[t] + c[t] y[t + 1], with
  /// the coefficients c [n - 1] first and r [n] second.
  case linearRecurrence(isReversed: Bool)
  case reshape
  /// Axis k of the result is axis order[k] of the operand.
  case transpose([Int])
  /// The elements from `starts` on, in steps.
  case slice(starts: [Int], steps: [Int])
  /// Zeros, but for the operand at those places: what `slice` is the opposite of.
  case embed(starts: [Int], steps: [Int])
  /// The slices along an axis with those numbers.
  case gather(axis: Int, indices: [Int])
  /// Zeros, to whose slices with those numbers the slices of the operand are added.
  case scatterAdd(axis: Int, indices: [Int])
  case concatenate(axis: Int)
  /// [m, k] by [k, n], either stored transposed; with a leading axis a product for each of its places.
  case matrixProduct(transposesLeft: Bool, transposesRight: Bool)
  /// The lower factor.
  case cholesky
  /// T^-1 B with a triangle T [n, n], transposed or not, and B [n, m].
  case triangularSolve(isLower: Bool, isTransposed: Bool)
  /// The operand, which counts as a constant when derivatives are taken.
  case stopGradient
  /// The log likelihood, then its partial derivatives by log probabilities of the initial states
  /// [states], of transitions [states, states] and of observations [steps, states].
  case hiddenMarkov(HiddenMarkovModel)
  /// A function of scalars on `count` elements: the values `[count]`, then the partials `[arity, count]`.
  case scalarFunction(ScalarFunction, count: Int)
  /// The Hessian of the same function times directions `[arity, count]`, the first operand.
  case scalarCurvature(ScalarFunction, count: Int)

  /// As errors name it.
  var name: String {
    switch self {
    case .map(let function): "\(function)"
    case .combine(let function): "\(function)"
    case .scalarFunction(let function, _), .scalarCurvature(let function, _): function.name
    default: String("\(self)".prefix { $0 != "(" })
    }
  }
}
