/// Philox4x32-10, a counter-based generator with 2^64 seeds, 2^64 streams and jumps in constant
/// time.
///
/// The seed is the key, the stream the upper half of the counter, the position the lower half;
/// none is ever added to another, so different (seed, stream) pairs never share an output block.
/// A block of four 32-bit words gives two outputs: words 0 and 1, then 2 and 3, the first of each
/// pair in the lower half.
///
/// ```swift
/// var generator = Philox(seed: 1, stream: 7)
/// let u = generator.nextUnit()
/// ```
///
/// ## References
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC '11, doi:10.1145/2063384.2063405.
public struct Philox: RandomNumberGenerator, Sendable, Hashable, Codable {
  /// The key.
  public let seed: UInt64
  /// Which of the 2^64 streams of this seed.
  public let stream: UInt64
  /// How many 64-bit outputs have been drawn; set it to jump.
  public var position: UInt64 {
    get { next64 }
    set {
      next64 = newValue
      if newValue & 1 == 1 { spare = Self.block(seed, stream, newValue >> 1).1 }
    }
  }

  @usableFromInline var next64: UInt64 = 0
  /// The second output of the block that gave the last one; meaningful at odd positions only.
  @usableFromInline var spare: UInt64 = 0

  /// Starts at position 0 of that stream.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  @inlinable
  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    let position = next64
    next64 = position &+ 1
    if position & 1 == 1 { return spare }
    let (first, second) = Self.block(seed, stream, position >> 1)
    spare = second
    return first
  }

  /// The two outputs of one counter value.
  @inlinable
  static func block(_ seed: UInt64, _ stream: UInt64, _ index: UInt64) -> (UInt64, UInt64) {
    let words = philox4x32(
      counter: (
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)
      ),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    return (
      UInt64(words.1) << 32 | UInt64(words.0), UInt64(words.3) << 32 | UInt64(words.2)
    )
  }

  public static func == (left: Philox, right: Philox) -> Bool {
    left.seed == right.seed && left.stream == right.stream && left.next64 == right.next64
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(seed)
    hasher.combine(stream)
    hasher.combine(next64)
  }

  private enum CodingKeys: String, CodingKey { case seed, stream, position }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      seed: try container.decode(UInt64.self, forKey: .seed),
      stream: try container.decode(UInt64.self, forKey: .stream))
    position = try container.decode(UInt64.self, forKey: .position)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(seed, forKey: .seed)
    try container.encode(stream, forKey: .stream)
    try container.encode(position, forKey: .position)
  }
}

/// Ten rounds of the Philox4x32 bijection.
@inlinable
package func philox4x32(
  counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
) -> (UInt32, UInt32, UInt32, UInt32) {
  var (c0, c1, c2, c3) = counter
  var (k0, k1) = key
  for _ in 0..<10 {
    let product0 = 0xD251_1F53 &* UInt64(c0)
    let product1 = 0xCD9E_8D57 &* UInt64(c2)
    (c0, c1, c2, c3) = (
      UInt32(truncatingIfNeeded: product1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: product1),
      UInt32(truncatingIfNeeded: product0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: product0)
    )
    k0 = k0 &+ 0x9E37_79B9
    k1 = k1 &+ 0xBB67_AE85
  }
  return (c0, c1, c2, c3)
}

extension Philox {
  /// A seed for one `purpose` of a run that has one `seed`: the first output of stream
  /// 2^64 - 1 - purpose. So parts of a run that each start at stream 0 do not share draws.
  public static func derivedSeed(from seed: UInt64, purpose: UInt64) -> UInt64 {
    var generator = Philox(seed: seed, stream: .max - purpose)
    return generator.next()
  }
}
