/// Draws an index in constant time whatever the number of indices: the alias method.
///
/// A uniform times the count names a column and a height in it; below the column's threshold the draw
/// is the column itself, above it its alias. The height has 53 bits less those of the column, so a
/// probability is met to 2^-53.
///
/// ## References
/// A. J. Walker, ACM TOMS 3 (1977), doi:10.1145/355744.355749; tables by M. D. Vose, IEEE Trans. Softw.
/// Eng. 17 (1991), doi:10.1109/32.92917.
public struct AliasTable: Sendable {
  @usableFromInline let thresholds: [Double]
  @usableFromInline let aliases: [Int]

  /// - Parameter weights: at least one, finite and not negative, with a positive finite sum; they need
  ///   not sum to one.
  /// - Complexity: O(weights.count).
  public init(weights: [Double]) {
    let sum = weights.reduce(0, +)
    precondition(
      sum > 0 && sum < .infinity && weights.allSatisfy { $0 >= 0 },
      "weights that are not negative, with a positive finite sum")
    let count = weights.count
    // In units of the mean, so that a full column is one.
    var share = weights.map { $0 / sum * Double(count) }
    var thresholds = [Double](repeating: 1, count: count)
    var aliases = Array(0..<count)
    var small = share.indices.filter { share[$0] < 1 }
    var large = share.indices.filter { share[$0] >= 1 }
    while let low = small.popLast() {
      guard let high = large.last else {
        // Rounding left it short of one; an impossible index must stay so.
        if weights[low] == 0 {
          thresholds[low] = 0
          aliases[low] = weights.firstIndex { $0 > 0 }!
        }
        continue
      }
      thresholds[low] = share[low]
      aliases[low] = high
      share[high] -= 1 - share[low]
      if share[high] < 1 {
        large.removeLast()
        small.append(high)
      }
    }
    self.thresholds = thresholds
    self.aliases = aliases
  }

  /// How many indices there are.
  public var count: Int { thresholds.count }

  /// One index.
  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    index(at: generator.nextUnit())
  }

  /// The index for a uniform on [0, 1).
  @inlinable
  func index(at unit: Double) -> Int {
    let place = unit * Double(thresholds.count)
    let column = Int(place)
    return place - Double(column) < thresholds[column] ? column : aliases[column]
  }
}
