import Randomness

/// The points of a digital sequence in base 2 in the order of the Gray code, where each differs from
/// the one before by one column of the generating matrices.
struct BinaryNet: RandomizedPoints {
  /// `[30, dimension]`, the digits from the highest bit down.
  let columns: [UInt64]
  let dimension: Int
  let method: QuasiMonteCarlo.Randomization

  struct Randomization: Sendable {
    /// `[dimension]`.
    var shift: [UInt64]
    /// `[dimension]`; none without scrambling.
    var scrambles: [NestedScramble]
  }

  func randomization<G: RandomNumberGenerator>(using generator: inout G) -> Randomization {
    var randomization = Randomization(shift: [], scrambles: [])
    for _ in 0..<dimension {
      randomization.shift.append(generator.next())
      if method == .scrambling {
        randomization.scrambles.append(NestedScramble(using: &generator))
      }
    }
    return randomization
  }

  func fill<G: RandomNumberGenerator>(
    _ points: inout MutableSpan<Double>, from first: Int, _ randomization: Randomization,
    using generator: inout G
  ) {
    let dimension = dimension
    let method = method
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: dimension) { state in
      columns.withUnsafeBufferPointer { columns in
        randomization.shift.withUnsafeBufferPointer { shift in
          randomization.scrambles.withUnsafeBufferPointer { scrambles in
            points.withUnsafeMutableBufferPointer { points in
              for j in 0..<dimension { state[j] = method == .digitalShift ? shift[j] : 0 }
              var gray = first ^ (first >> 1)
              while gray != 0 {
                let column = gray.trailingZeroBitCount * dimension
                for j in 0..<dimension { state[j] ^= columns[column + j] }
                gray &= gray - 1
              }
              let count = points.count / dimension
              for i in 0..<count {
                if i > 0 {
                  let column = (first + i).trailingZeroBitCount * dimension
                  for j in 0..<dimension { state[j] ^= columns[column + j] }
                }
                for j in 0..<dimension {
                  let digits =
                    switch method {
                    case .digitalShift: state[j]
                    case .shift: state[j] &+ shift[j]
                    case .scrambling: scrambles[j](state[j], key: shift[j])
                    }
                  points[i * dimension + j] = (Double(digits >> 12) + 0.5) * 0x1p-52
                }
              }
            }
          }
        }
      }
    }
  }
}

/// Owen's nested scrambling in base 2: each digit is flipped or not by a function of all the digits above
/// it, which a hash with random keys gives.
///
/// Linear scramblings have the same variance, but for smooth functions it comes from a few bad ones among
/// many, so that a mean of sixteen is far from normal. Of a nested one the average is normal for many
/// points.
///
/// ## References
/// A. B. Owen, "Randomly permuted (t, m, s)-nets and (t, s)-sequences", Lecture Notes in Statistics 106
/// (1995). B. Burley, "Practical hash-based Owen scrambling", Journal of Computer Graphics Techniques 9
/// (2020), after S. Laine and T. Karras; multipliers of N. Vegdahl, "Building a better LK hash" (2021).
/// Z. Pan, A. B. Owen, "Super-polynomial accuracy of multidimensional randomized nets using the
/// median-of-means", Math. Comp. 93 (2024), doi:10.1090/mcom/3880 (on the outliers of linear ones).
/// G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA '14,
/// doi:10.1145/2660193.2660195 (SplitMix64).
struct NestedScramble: Sendable {
  private let keys: (UInt32, UInt32, UInt32, UInt32)

  init<G: RandomNumberGenerator>(using generator: inout G) {
    let (first, second) = (generator.next(), generator.next())
    keys = (
      UInt32(truncatingIfNeeded: first), UInt32(first >> 32) | 1,
      UInt32(truncatingIfNeeded: second), UInt32(second >> 32) | 1
    )
  }

  /// Scrambles the upper 32 digits, which are all that GSL's columns have. Those below are zeros, each
  /// flipped by what is above: other ones for every point, by SplitMix64's hash with the key.
  @inline(__always)
  func callAsFunction(_ digits: UInt64, key: UInt64) -> UInt64 {
    // With the highest digit in the lowest place, products and sums carry from a digit to those below
    // it only.
    var x = Self.reversed(UInt32(truncatingIfNeeded: digits >> 32))
    x ^= x &* 0x3d20_adea
    x &+= keys.0
    x &*= keys.1
    x ^= x &* 0x0552_6c56
    x &+= keys.2
    x &*= keys.3
    x ^= x &* 0x53a2_2864
    var lower = UInt64(x) &+ key
    lower = (lower ^ lower >> 30) &* 0xbf58_476d_1ce4_e5b9
    lower = (lower ^ lower >> 27) &* 0x94d0_49bb_1331_11eb
    return UInt64(Self.reversed(x)) << 32 | (lower ^ lower >> 31) >> 32
  }

  @inline(__always)
  private static func reversed(_ x: UInt32) -> UInt32 {
    var x = x.byteSwapped
    x = (x & 0x0f0f_0f0f) << 4 | (x & 0xf0f0_f0f0) >> 4
    x = (x & 0x3333_3333) << 2 | (x & 0xcccc_cccc) >> 2
    return (x & 0x5555_5555) << 1 | (x & 0xaaaa_aaaa) >> 1
  }
}
