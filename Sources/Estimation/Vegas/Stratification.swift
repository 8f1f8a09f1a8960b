import Foundation

/// The hypercubes that stratify the unit cube, and how many evaluations each is given.
struct Stratification: Sendable {
  /// Strata along each axis, `[dimension]`; the first axis is the fastest.
  let strata: [Int]
  /// Their product.
  let count: Int
  /// The evaluations of stratum h are starts[h]..<starts[h + 1].
  private(set) var starts: [Int]

  init(strata: [Int], evaluations: Int) {
    self.strata = strata
    count = strata.reduce(1, *)
    starts = []
    distribute(evaluations, deviations: [], exponent: 0)
  }

  /// How many evaluations there are.
  var evaluations: Int { starts[count] }

  /// At most so many evaluations in one stratum, so that none is a chunk too large.
  private static func most(evaluations: Int, strata: Int) -> Int {
    max(4_096, 8 * (evaluations / strata))
  }

  /// Gives every stratum `fewest` evaluations and shares out the rest in proportion to
  /// deviation^exponent: the error is least for an exponent of one (Neyman), a smaller one forgives
  /// deviations that are not well known.
  mutating func distribute(_ evaluations: Int, deviations: [Double], exponent: Double) {
    let fewest = 2
    let largest = deviations.max() ?? 0
    var shares = [Double](repeating: 1, count: count)
    if largest > 0, exponent > 0 {
      for h in 0..<count { shares[h] = pow(deviations[h] / largest, exponent) }
    }
    let most = Self.most(evaluations: evaluations, strata: count)
    let total = shares.reduce(0, +)
    let rest = Double(max(0, evaluations - fewest * count))
    starts = [0]
    starts.reserveCapacity(count + 1)
    var (cumulative, given) = (0.0, 0)
    for h in 0..<count {
      cumulative += shares[h]
      // Rounded as a running sum, so that the whole is what was asked for.
      let until = h == count - 1 ? Int(rest) : min(Int(rest), Int(rest * (cumulative / total)))
      starts.append(starts[h] + min(most, fewest + until - given))
      given = until
    }
  }

  /// Pieces of whole strata with about `size` evaluations each; they depend on the distribution alone.
  func chunks(of size: Int) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var first = 0
    for h in 0..<count where starts[h + 1] - starts[first] >= size || h == count - 1 {
      chunks.append(first..<h + 1)
      first = h + 1
    }
    return chunks
  }
}

/// What the iterations so far say of the variances in the strata.
///
/// Two places in a stratum say little of its variance, and the map moves between iterations: so the
/// neighbours have their say, and half of what was known is kept.
struct VarianceMemory {
  private let strata: [Int]
  /// `[strata]`, summing to about one.
  private var shares: [Double] = []

  init(strata: [Int]) { self.strata = strata }

  /// Adds an iteration, for each aim `[strata]` variances up to a factor. The aims count alike.
  mutating func learn(_ variances: [[Double]]) {
    let all = variances.compactMap { variances -> [Double]? in
      let total = variances.reduce(0, +)
      guard total > 0, total.isFinite else { return nil }
      return variances.map { $0 / total }
    }
    guard let first = all.first else { return }
    let sums = all.dropFirst().reduce(first) { sums, shares in zip(sums, shares).map { $0 + $1 } }
    let new = smoothed(sums.map { $0 / Double(all.count) })
    shares = shares.isEmpty ? new : zip(shares, new).map { ($0 + $1) / 2 }
  }

  /// Along each axis a half of each stratum goes to its two neighbours.
  private func smoothed(_ values: [Double]) -> [Double] {
    var values = values
    var stride = 1
    for count in strata {
      if count > 1 {
        let old = values
        for h in values.indices {
          let digit = h / stride % count
          let below = old[digit > 0 ? h - stride : h]
          let above = old[digit < count - 1 ? h + stride : h]
          values[h] = (below + 2 * old[h] + above) / 4
        }
      }
      stride *= count
    }
    return values
  }

  /// `[strata]`, up to a factor; empty while nothing is known.
  var deviations: [Double] { shares.map { $0.squareRoot() } }
}
