import Randomness

/// The points of a digital sequence in base 2 in the order of the Gray code, where each differs from
/// the one before by one column of the generating matrices.
struct BinaryNet: RandomizedPoints {
  /// `[30, dimension]`, the digits from the highest bit down.
  let columns: [UInt64]
  let dimension: Int
  let method: QuasiMonteCarlo.Randomization

  struct Randomization: Sendable {
    /// `[30, dimension]`.
    var columns: [UInt64]
    /// `[dimension]`.
    var shift: [UInt64]
  }

  func randomization<G: RandomNumberGenerator>(using generator: inout G) -> Randomization {
    var scrambled = columns
    var shift: [UInt64] = []
    for j in 0..<dimension {
      if method == .scrambling {
        // Column i of the matrix has a one in place i and random digits below. GSL's columns have no more
        // than 32 digits.
        let matrix = (0..<32).map { digit in
          let one: UInt64 = (1 << 63) >> UInt64(digit)
          return one | (generator.next() & (one - 1))
        }
        for place in stride(from: j, to: columns.count, by: dimension) {
          var image: UInt64 = 0
          for digit in 0..<32 where (columns[place] << UInt64(digit)) >> 63 == 1 {
            image ^= matrix[digit]
          }
          scrambled[place] = image
        }
      }
      shift.append(generator.next())
    }
    return Randomization(columns: scrambled, shift: shift)
  }

  func fill<G: RandomNumberGenerator>(
    _ points: inout MutableSpan<Double>, from first: Int, _ randomization: Randomization,
    using generator: inout G
  ) {
    let dimension = dimension
    let isSum = method == .shift
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: dimension) { state in
      randomization.columns.withUnsafeBufferPointer { columns in
        randomization.shift.withUnsafeBufferPointer { shift in
          points.withUnsafeMutableBufferPointer { points in
            for j in 0..<dimension { state[j] = isSum ? 0 : shift[j] }
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
                let digits = isSum ? state[j] &+ shift[j] : state[j]
                points[i * dimension + j] = (Double(digits >> 12) + 0.5) * 0x1p-52
              }
            }
          }
        }
      }
    }
  }
}
