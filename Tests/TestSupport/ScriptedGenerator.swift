/// Gives the outputs it was told to, again and again.
public struct ScriptedGenerator: RandomNumberGenerator {
  private let outputs: [UInt64]
  /// How many outputs have been taken.
  public private(set) var drawn = 0

  public init(_ outputs: UInt64...) { self.outputs = outputs }

  public mutating func next() -> UInt64 {
    defer { drawn += 1 }
    return outputs[drawn % outputs.count]
  }
}
