/// Evaluates an integrand on some draws, and sees to it that every value is finite.
///
/// - Parameters:
///   - values: `[count, outputs]`.
///   - number: the number of the draw at a place among these.
/// - Throws: ``IntegrandFailure`` with what the integrand threw,
///   ``EstimationError/notFinite(value:draw:at:)``.
func evaluate<Value>(
  _ integrand: Integrand<Value>, on draws: Span<Value>, into values: inout MutableSpan<Double>,
  number: (Int) -> Int
) throws {
  let outputs = integrand.outputs
  precondition(
    values.count == draws.count * outputs,
    "\(values.count) places for \(draws.count) draws of \(outputs) values")
  if draws.isEmpty { return }
  if !integrand.isOneByOne {
    // A place that the integrand leaves out is not to keep the last block's value.
    for i in values.indices { values[i] = .nan }
  }
  do {
    try integrand.body(draws, &values)
  } catch let failure as DrawFailure {
    throw IntegrandFailure(
      draw: number(failure.index), place: "\(draws[failure.index])", underlying: failure.underlying)
  } catch {
    throw IntegrandFailure(draw: number(0), place: "\(draws[0])", underlying: error)
  }
  guard !Extent(values.span).isFinite else { return }
  for i in values.indices where !values[i].isFinite {
    let draw = i / outputs
    throw EstimationError.notFinite(value: values[i], draw: number(draw), at: "\(draws[draw])")
  }
}

/// The same for draws that are numbered in their order.
func evaluate<Value>(
  _ integrand: Integrand<Value>, on draws: Span<Value>, into values: inout MutableSpan<Double>,
  firstDraw: Int
) throws {
  try evaluate(integrand, on: draws, into: &values, number: { firstDraw + $0 })
}
