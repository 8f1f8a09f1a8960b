/// Work cut into chunks, each with a random stream of its own: chunk k draws from stream `first + k` of
/// one seed. Which worker does a chunk, and how many there are, does not change a draw.
///
/// ```swift
/// let partition = StreamPartition(seed: 1)
/// var generator = partition.generator(forChunk: 7)
/// ```
public struct StreamPartition: Sendable, Hashable, Codable {
  /// The seed of every chunk.
  public let seed: UInt64
  /// The stream of chunk 0.
  public let firstStream: UInt64

  /// - Parameters:
  ///   - seed: the seed of every chunk.
  ///   - firstStream: the stream of chunk 0; streams wrap around at 2^64.
  public init(seed: UInt64, firstStream: UInt64 = 0) {
    self.seed = seed
    self.firstStream = firstStream
  }

  /// The generator of a chunk, at position 0 of its stream.
  ///
  /// - Parameter chunk: not negative.
  public func generator(forChunk chunk: Int) -> Philox {
    precondition(chunk >= 0, "the chunk \(chunk) is negative")
    return Philox(seed: seed, stream: firstStream &+ UInt64(chunk))
  }
}
