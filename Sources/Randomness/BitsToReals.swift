/// How bits become reals and indices: our own fixed rules, because the standard library's
/// algorithms may change from one version to the next.
extension RandomNumberGenerator {
  /// A uniform on [0, 1): the upper 53 bits, as multiples of 2^-53.
  @inlinable
  public mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A uniform on (0, 1): the upper 52 bits, at the middles of cells of width 2^-52.
  @inlinable
  public mutating func nextOpenUnit() -> Double {
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// A uniform integer in 0..<bound, without modulo bias.
  ///
  /// ## References
  /// D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019),
  /// doi:10.1145/3230636.
  @inlinable
  public mutating func nextIndex(below bound: Int) -> Int {
    precondition(bound > 0, "the bound \(bound) is not positive")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// A uniform permutation of 0..<count (Fisher and Yates).
  public mutating func nextPermutation(of count: Int) -> [Int] {
    var permutation = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      permutation.swapAt(last, nextIndex(below: last + 1))
    }
    return permutation
  }
}
