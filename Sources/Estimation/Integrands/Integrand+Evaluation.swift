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
  precondition(
    values.count == draws.count * integrand.outputs,
    "\(values.count) places for \(draws.count) draws of \(integrand.outputs) values")
  try evaluateChecked(
    outputs: integrand.outputs, isOneByOne: integrand.isOneByOne, into: &values, number: number,
    name: { "\(draws[$0])" }, body: { try integrand.body(draws, &$0) })
}

/// The same for draws that are numbered in their order.
func evaluate<Value>(
  _ integrand: Integrand<Value>, on draws: Span<Value>, into values: inout MutableSpan<Double>,
  firstDraw: Int
) throws {
  try evaluate(integrand, on: draws, into: &values, number: { firstDraw + $0 })
}

/// The same for an integrand that takes the draws in whatever form `body` knows.
func evaluateChecked(
  outputs: Int, isOneByOne: Bool, into values: inout MutableSpan<Double>,
  number: (Int) -> Int, name: (Int) -> String,
  body: (inout MutableSpan<Double>) throws -> Void
) throws {
  if values.count == 0 { return }
  if !isOneByOne { fillWithNaN(&values) }
  do {
    try body(&values)
  } catch let failure as DrawFailure {
    throw IntegrandFailure(
      draw: number(failure.index), place: name(failure.index), underlying: failure.underlying)
  } catch {
    throw IntegrandFailure(draw: number(0), place: name(0), underlying: error)
  }
  guard !Extent(values.span).isFinite else { return }
  for i in values.indices where !values[i].isFinite {
    let draw = i / outputs
    throw EstimationError.notFinite(value: values[i], draw: number(draw), at: name(draw))
  }
}

/// A place that an integrand or a density leaves out is not to keep the last block's value.
func fillWithNaN(_ values: inout MutableSpan<Double>) {
  values.withUnsafeMutableBufferPointer { $0.update(repeating: .nan) }
}
