/// How the random numbers of one seed are shared out among the parts of a piece of work: part k
/// draws from stream k, whoever runs it and when.
///
/// Cut the work into parts whose number does not depend on the workers, give each part its own
/// generator, combine what they return in the order of the parts: then one seed gives one result,
/// whatever the number of workers. Streams of one seed never share an output block, so nothing has
/// to be skipped or split between them.
///
/// ```swift
/// let streams = StreamPartition(seed: 1)
/// var generator = streams[7]  // part 7, at the start of its stream
/// ```
public struct StreamPartition: Sendable, Hashable, Codable {
  /// Of every stream.
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// The partition of another purpose of the same run, which shares no stream with this one but by
  /// the chance that two derived seeds are equal; see `Philox.derivedSeed(from:purpose:)`.
  public func derived(for purpose: UInt64) -> StreamPartition {
    StreamPartition(seed: Philox.derivedSeed(from: seed, purpose: purpose))
  }

  /// The generator of a part, at position 0 of its stream.
  ///
  /// - Parameter part: not negative.
  public subscript(part: Int) -> Philox {
    precondition(part >= 0, "there is no part \(part)")
    return Philox(seed: seed, stream: UInt64(part))
  }
}
