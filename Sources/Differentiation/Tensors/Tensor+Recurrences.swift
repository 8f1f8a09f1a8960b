// Functions of what came before: state-space models, GARCH, autoregressions.
extension Tensor {
  /// The states that a step leads through: s[t] = step(s[t - 1], x[t]), with `initial` before the first.
  ///
  /// The step is recorded once for each element of the inputs' first axis, as a loop would; what a
  /// ``Program`` makes of a loop it makes of this: what does not depend on the state is computed for all
  /// steps at once, a state that is linear in the one before becomes ``linearRecurrence(_:coefficients:)``,
  /// and only the rest is done step by step.
  ///
  /// ```swift
  /// // The conditional variances of a GARCH(1, 1).
  /// let variance = Tensor.scan(over: [shocks], from: first) { variance, inputs in
  ///   alpha0 + alpha1 * inputs[0].squared + beta1 * variance
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - inputs: tensors with first axes of one length, `[steps, ...]`.
  ///   - initial: the state before the first step.
  ///   - step: the next state, of the same shape, from a state and the t-th slices of the inputs.
  /// - Returns: the states after each step, `[steps, state...]`.
  public static func scan(
    over inputs: [Tensor], from initial: Tensor, file: String = #fileID, line: Int = #line,
    step: (_ state: Tensor, _ inputs: [Tensor]) throws -> Tensor
  ) rethrows -> Tensor {
    try scan(over: inputs, from: [initial], file: file, line: line) { states, inputs in
      [try step(states[0], inputs)]
    }[0]
  }

  /// The same with several tensors for a state.
  /// - Returns: for each tensor of the state its values after each step, `[steps, ...]`.
  public static func scan(
    over inputs: [Tensor], from initial: [Tensor], file: String = #fileID, line: Int = #line,
    step: (_ state: [Tensor], _ inputs: [Tensor]) throws -> [Tensor]
  ) rethrows -> [Tensor] {
    let site = Site(file, line)
    func fail(_ operands: [Tensor], _ reason: String) -> [Tensor] {
      initial.map { _ in impossible("scan", operands, reason: reason, site: site) }
    }
    guard let steps = inputs.first?.shape.first, inputs.allSatisfy({ $0.shape.first == steps })
    else { return fail(inputs, "the inputs have no first axis of one length") }
    guard steps > 0 else { return fail(inputs, "there are no steps") }
    var state = initial
    var states = initial.map { _ in [Tensor]() }
    for t in 0..<steps {
      let next = try step(state, inputs.map { $0[t] })
      guard next.count == state.count, zip(next, state).allSatisfy({ $0.shape == $1.shape }) else {
        return fail(state + next, "a step changes the shape of the state")
      }
      state = next
      for k in states.indices { states[k].append(next[k]) }
    }
    return states.map { stacked($0, file: file, line: line) }
  }

  /// u[0] = r[0] and u[t] = r[t] + c[t - 1] u[t - 1].
  ///
  /// - Parameters:
  ///   - additions: r, `[steps]`.
  ///   - coefficients: c, `[steps - 1]`, or a scalar for all.
  /// - Complexity: O(steps); the derivative is the same recurrence from the end back.
  public static func linearRecurrence(
    _ additions: Tensor, coefficients: Tensor, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    let operands = [coefficients, additions]
    let site = Site(file, line)
    guard additions.rank == 1, additions.count > 0,
      coefficients.count == 1 || coefficients.shape == [additions.count - 1]
    else { return impossible("linearRecurrence", operands, site: site) }
    let factors =
      coefficients.shape == [additions.count - 1]
      ? coefficients : coefficients.reshaped([]).repeated(to: [additions.count - 1])
    return Trace.record(
      .linearRecurrence(isReversed: false), [factors, additions], shape: additions.shape,
      site: site)
  }
}
