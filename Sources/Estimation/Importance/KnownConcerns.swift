/// What a known target and a known proposal tell of an estimate before a draw is made.
struct KnownConcerns: Sendable {
  private let shared: [Concern]
  private let reach: Reach

  /// - Parameters:
  ///   - comparison: what the tails of the two distributions tell, whatever is averaged.
  ///   - reach: knows f as well. By quantiles it is the sharper judge: the shape of the tails gives way to it.
  init(_ comparison: [Concern], _ reach: Reach) {
    (shared, self.reach) = (comparison, reach)
  }

  func concerns(of output: Int) -> [Concern] {
    let isSharper = reach.isKnown(output) && !reach.isByDraws
    return (isSharper ? shared.filter { !$0.isOfShape } : shared) + reach.concerns(of: output)
  }
}
