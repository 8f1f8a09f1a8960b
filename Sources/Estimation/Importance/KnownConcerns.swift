/// What a known target and a known proposal tell of an estimate before a draw is made.
struct KnownConcerns: Sendable {
  private let shared: [Concern]
  private let reach: Reach?

  /// - Parameters:
  ///   - comparison: what the tails of the two distributions tell, whatever is averaged.
  ///   - reach: knows f as well and is the sharper judge: the shape of the tails gives way to it.
  init(_ comparison: [Concern], _ reach: Reach?) {
    shared = comparison
    self.reach = reach
  }

  func concerns(of output: Int) -> [Concern] {
    guard let reach, reach.distances[output] != nil else { return shared }
    return shared.filter { !$0.isOfShape } + reach.concerns(of: output)
  }
}
