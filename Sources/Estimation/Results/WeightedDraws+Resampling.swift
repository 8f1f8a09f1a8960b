import Randomness

/// How weighted draws become equally weighted ones. All keep a draw on average as often as its weight
/// says; they differ in how much that number varies.
public enum ResamplingScheme: Sendable, CaseIterable {
  /// Independent choices.
  case multinomial
  /// floor(n w) copies of each, the rest by independent choices.
  case residual
  /// One choice in each of n equal strata of the cumulative weights.
  case stratified
  /// The same with one uniform for all strata: the least variance in most cases, none proven in all.
  case systematic
}

extension WeightedDraws {
  /// How often each draw is chosen, `[draws]`, when `count` are.
  ///
  /// - Complexity: O(draws + count).
  ///
  /// ## References
  /// R. Douc, O. Cappe, E. Moulines, "Comparison of resampling schemes for particle filtering", ISPA
  /// 2005, doi:10.1109/ISPA.2005.195385.
  public func copies<G: RandomNumberGenerator>(
    _ count: Int, scheme: ResamplingScheme, using generator: inout G
  ) throws(EstimationError) -> [Int] {
    guard count > 0 else { throw .noDraws(count) }
    guard weights.contains(where: { $0 > 0 }) else {
      throw .setting("no draw has a positive weight: there is nothing to choose from")
    }
    var copies = [Int](repeating: 0, count: weights.count)
    switch scheme {
    case .multinomial:
      let table = AliasTable(probabilities: weights)
      for _ in 0..<count { copies[table.sample(using: &generator)] += 1 }
    case .residual:
      var rests = weights.map { $0 * Double(count) }
      for i in rests.indices {
        copies[i] = Int(rests[i])
        rests[i] -= Double(copies[i])
      }
      let missing = count - copies.reduce(0, +)
      guard missing > 0 else { break }
      let table = AliasTable(probabilities: rests)
      for _ in 0..<missing { copies[table.sample(using: &generator)] += 1 }
    case .stratified, .systematic:
      let shared = generator.nextUnit()
      let last = weights.lastIndex { $0 > 0 }!
      var (draw, cumulative) = (0, weights[0])
      for stratum in 0..<count {
        let u =
          scheme == .systematic || stratum == 0 ? shared : generator.nextUnit()
        let place = (Double(stratum) + u) / Double(count)
        while draw < last, cumulative <= place {
          draw += 1
          cumulative += weights[draw]
        }
        copies[draw] += 1
      }
    }
    return copies
  }

  /// `count` equally weighted draws, in the order of these.
  public func resampled<G: RandomNumberGenerator>(
    _ count: Int, scheme: ResamplingScheme = .systematic, using generator: inout G
  ) throws(EstimationError) -> [Value] {
    let copies = try copies(count, scheme: scheme, using: &generator)
    var values: [Value] = []
    values.reserveCapacity(count)
    for (value, number) in zip(self.values, copies) {
      for _ in 0..<number { values.append(value) }
    }
    return values
  }
}
