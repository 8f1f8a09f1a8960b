import Foundation
import Randomness

/// Halton's points: coordinate j of point n are the digits of n in the j-th prime, mirrored at the point;
/// in the reverse sequence a digit d other than zero is b - d. Digits are mapped to a d + s modulo b.
struct HaltonPoints: RandomizedPoints {
  let dimension: Int
  let isReverse: Bool
  let method: QuasiMonteCarlo.Randomization
  private let coordinates: [Coordinate]

  private struct Coordinate: Sendable {
    let base: Int
    /// How many digits the points' numbers have.
    let digits: Int
    /// base^-(k + 1) of digit k.
    let weights: [Double]
  }

  struct Randomization: Sendable {
    /// Of each coordinate: a and s of each digit, from the lowest of the number up.
    var factors: [[Int]] = []
    var offsets: [[Int]] = []
    /// What is added to each coordinate modulo one: the random digits behind those of the numbers, or the
    /// shift.
    var shifts: [Double] = []
  }

  init(dimension: Int, count: Int, isReverse: Bool, method: QuasiMonteCarlo.Randomization) {
    (self.dimension, self.isReverse, self.method) = (dimension, isReverse, method)
    coordinates = firstPrimes(dimension).map { base in
      var (digits, reach) = (1, base)
      while reach < count {
        digits += 1
        reach *= base
      }
      return Coordinate(
        base: base, digits: digits, weights: (1...digits).map { pow(Double(base), -Double($0)) })
    }
  }

  func randomization<G: RandomNumberGenerator>(using generator: inout G) -> Randomization {
    var result = Randomization()
    for coordinate in coordinates {
      let base = coordinate.base
      var factors = [Int](repeating: isReverse ? base - 1 : 1, count: coordinate.digits)
      var offsets = [Int](repeating: 0, count: coordinate.digits)
      for k in 0..<coordinate.digits where method != .shift {
        if method == .scrambling { factors[k] = 1 + generator.nextIndex(below: base - 1) }
        offsets[k] = generator.nextIndex(below: base)
      }
      result.factors.append(factors)
      result.offsets.append(offsets)
      let unit = generator.nextOpenUnit()
      result.shifts.append(method == .shift ? unit : unit * coordinate.weights.last!)
    }
    return result
  }

  func fill<G: RandomNumberGenerator>(
    _ points: inout MutableSpan<Double>, from first: Int, _ randomization: Randomization,
    using generator: inout G
  ) {
    let count = points.count / dimension
    for (j, coordinate) in coordinates.enumerated() {
      let (base, size, weights) = (coordinate.base, coordinate.digits, coordinate.weights)
      let (factors, offsets) = (randomization.factors[j], randomization.offsets[j])
      var digits = [Int](repeating: 0, count: size)
      /// The mapped digits, and what those from k up give together.
      var mapped = digits
      var sums = [Double](repeating: 0, count: size + 1)
      sums[size] = randomization.shifts[j]
      var rest = first
      for k in 0..<size {
        digits[k] = rest % base
        rest /= base
        mapped[k] = (factors[k] * digits[k] + offsets[k]) % base
      }
      for k in stride(from: size - 1, through: 0, by: -1) {
        sums[k] = sums[k + 1] + Double(mapped[k]) * weights[k]
      }
      for i in 0..<count {
        let sum = sums[0]
        points[i * dimension + j] = insideUnit(sum >= 1 && method == .shift ? sum - 1 : sum)
        var k = 0
        while k < size {
          digits[k] += 1
          mapped[k] += factors[k]
          if mapped[k] >= base { mapped[k] -= base }
          if digits[k] < base { break }
          (digits[k], mapped[k]) = (0, offsets[k])
          k += 1
        }
        for l in stride(from: min(k, size - 1), through: 0, by: -1) {
          sums[l] = sums[l + 1] + Double(mapped[l]) * weights[l]
        }
      }
    }
  }
}

/// 2, 3, 5, ...
func firstPrimes(_ count: Int) -> [Int] {
  var primes: [Int] = []
  var candidate = 2
  while primes.count < count {
    if primes.prefix(while: { $0 * $0 <= candidate }).allSatisfy({ candidate % $0 != 0 }) {
      primes.append(candidate)
    }
    candidate += 1
  }
  return primes
}
