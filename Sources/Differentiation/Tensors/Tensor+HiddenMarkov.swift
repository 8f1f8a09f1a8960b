internal import CKernels

extension Tensor {
  /// The log likelihood of a hidden Markov model, summed over all paths of its hidden states by the
  /// forward algorithm:
  ///
  /// log sum over z of p(z_1) e(1, z_1) prod over t > 1 of p(z_t | z_(t-1)) e(t, z_t).
  ///
  /// One primitive: probabilities are scaled step by step and stay linear (logarithms take over where they
  /// would underflow), and the partial derivatives, the posterior probabilities of states and transitions,
  /// come from the backward pass beside the value.
  ///
  /// - Parameters:
  ///   - logInitial: the log probabilities of the first state, `[states]`.
  ///   - logTransition: in row j those of the state after j, `[states, states]`.
  ///   - logEmissions: the log density of each observation in each state, `[steps, states]`.
  /// - Returns: a scalar.
  /// - Complexity: O(steps states^2).
  ///
  /// L. Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77 (1989), section V.
  public static func hiddenMarkovLogLikelihood(
    logInitial: Tensor, logTransition: Tensor, logEmissions: Tensor, file: String = #fileID,
    line: Int = #line
  ) -> Tensor {
    let operands = [logInitial, logTransition, logEmissions]
    let site = Site(file, line)
    guard logEmissions.rank == 2, logEmissions.count > 0,
      logInitial.shape == [logEmissions.shape[1]],
      logTransition.shape == [logEmissions.shape[1], logEmissions.shape[1]]
    else { return impossible("hiddenMarkovLogLikelihood", operands, site: site) }
    let model = HiddenMarkovModel(
      steps: logEmissions.shape[0], states: logEmissions.shape[1])
    let all = Trace.record(
      .hiddenMarkov(model), operands, shape: [model.resultCount], site: site)
    return all.failure == nil ? all[0] : all
  }
}

/// The sizes of a hidden Markov model, and where its primitive leaves what.
struct HiddenMarkovModel: Sendable, Hashable {
  let steps, states: Int

  /// The numbers of elements of the initial, transition and emission terms.
  var extents: [Int] { [states, states * states, steps * states] }

  /// The value, the partial derivatives, and room to work in.
  var resultCount: Int {
    1 + extents.reduce(0, +) + ck_hidden_markov_scratch(Int32(states), Int32(steps))
  }

  /// The partial derivatives by an operand, of all that the primitive computed.
  func partials(_ result: Tensor, by k: Int) -> Tensor {
    let start = 1 + extents[..<k].reduce(0, +)
    return result.part(start..<start + extents[k], axis: 0)
  }

  func run(
    _ operand: (Int) -> UnsafeMutablePointer<Double>, _ result: UnsafeMutablePointer<Double>
  ) {
    ck_hidden_markov(
      operand(0), operand(1), operand(2), Int32(states), Int32(steps), result,
      result + 1 + extents.reduce(0, +))
  }

  /// The same value in other operations: what second derivatives are taken of.
  func definition(_ operands: [Tensor]) -> Tensor {
    var alpha = operands[0] + operands[2][0]
    for t in 1..<max(steps, 1) {
      alpha =
        (alpha.inserting(1) + operands[1]).logSumExp(axis: 0) + operands[2][t]
    }
    return alpha.logSumExp()
  }

  /// The covector of an operand that covectors of the partial derivatives cause.
  func secondOrder(_ covector: Tensor, _ operands: [Tensor], by k: Int) -> Tensor {
    // Copies that stand for themselves: these derivatives end there, later ones go on.
    let copies = operands.map { Trace.record(.reshape, [$0], shape: $0.shape) }
    let value = definition(copies)
    let gradient = Tensor.pullback(of: value, covector: 1, to: copies)
    let flat = Tensor.concatenated(gradient.map { $0.reshaped([$0.count]) })
    return Tensor.pullback(
      of: flat, covector: covector.part(1..<1 + flat.count, axis: 0), to: [copies[k]])[0]
  }
}
