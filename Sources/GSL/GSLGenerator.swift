internal import CGSL

/// One of GSL's random number generators, as a Swift value.
///
/// `next()` joins two 32-bit outputs, the first in the upper half. Only generators whose outputs
/// are uniform on 0...2^32-1 are accepted, because a generator must fill all 64 bits. A copy has
/// its own state. GSL's generators have no streams, so they drive one worker only.
///
/// ```swift
/// var generator = try GSLGenerator("mt19937", seed: 42)
/// let z = GSLRandom.gaussian(standardDeviation: 2, using: &generator)  // as a C program draws it
/// ```
///
/// ## Notes
/// The seed is handed to GSL as it is. Most of its generators use the lower 32 bits only, and
/// several replace seed 0 by a default (`mt19937` by 4357).
public struct GSLGenerator: RandomNumberGenerator, Sendable {
  private var handle: Handle

  /// - Parameters:
  ///   - name: GSL's name of the generator, such as `"mt19937"`; see ``available``.
  ///   - seed: handed to `gsl_rng_set`.
  /// - Throws: ``GSLError`` for an unknown name or a generator that does not fill 32 bits.
  public init(_ name: String, seed: UInt) throws(GSLError) {
    guard let type = cgsl_rng_type_named(name) else {
      throw GSLError(
        code: GSL_EINVAL, function: "GSLGenerator",
        message: "GSL has no generator named '\(name)'")
    }
    guard type.pointee.min == 0, type.pointee.max == 0xffff_ffff else {
      throw GSLError(
        code: GSL_EINVAL, function: "GSLGenerator",
        message: "'\(name)' returns \(type.pointee.min)...\(type.pointee.max), "
          + "not the 0...4294967295 that fill 32 bits evenly")
    }
    guard let pointer = gsl_rng_alloc(type) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_rng_alloc")
    }
    gsl_rng_set(pointer, seed)
    handle = Handle(pointer)
  }

  /// GSL's name of this generator.
  public var name: String { String(cString: gsl_rng_name(handle.pointer)) }

  /// Two outputs of GSL's generator, the first in the upper half.
  public mutating func next() -> UInt64 {
    withUniqueHandle { rng in
      let upper = UInt64(gsl_rng_get(rng))
      return upper << 32 | UInt64(gsl_rng_get(rng))
    }
  }

  /// The names of the generators of the linked GSL that are accepted here.
  public static var available: [String] {
    var names: [String] = []
    var type = cgsl_rng_types()
    while let pointer = type?.pointee {
      if pointer.pointee.min == 0, pointer.pointee.max == 0xffff_ffff {
        names.append(String(cString: pointer.pointee.name))
      }
      type = type?.advanced(by: 1)
    }
    return names
  }

  /// Runs `body` on the raw generator, after making sure that no other copy shares its state.
  mutating func withUniqueHandle<Result>(
    _ body: (UnsafeMutablePointer<gsl_rng>) -> Result
  ) -> Result {
    if !isKnownUniquelyReferenced(&handle) { handle = Handle(gsl_rng_clone(handle.pointer)) }
    return body(handle.pointer)
  }

  /// The bytes of the generator's state.
  private var state: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: gsl_rng_state(handle.pointer), count: gsl_rng_size(handle.pointer))
  }

  /// Owns one `gsl_rng`. Unchecked because the pointer is only ever written through
  /// `withUniqueHandle`, that is by the one value that holds the last reference.
  private final class Handle: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<gsl_rng>
    init(_ pointer: UnsafeMutablePointer<gsl_rng>) { self.pointer = pointer }
    deinit { gsl_rng_free(pointer) }
  }
}

extension GSLGenerator: Hashable {
  /// Whether both are the same generator of GSL's, at the same point of the same stream.
  public static func == (left: GSLGenerator, right: GSLGenerator) -> Bool {
    left.name == right.name && left.state.elementsEqual(right.state)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(bytes: state)
  }
}

/// The state is GSL's own bytes: it is read back by the same version of GSL on the same kind of
/// machine, to the bit. Of a state that is decoded only the size can be checked: decode what was
/// encoded, nothing from strangers.
extension GSLGenerator: Codable {
  private enum CodingKeys: String, CodingKey { case name, state }

  /// - Throws: `DecodingError` for a generator that is not accepted or a state of another size.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .name)
    let bytes = try container.decode([UInt8].self, forKey: .state)
    do {
      try self.init(name, seed: 0)
    } catch {
      throw DecodingError.dataCorruptedError(
        forKey: .name, in: container, debugDescription: "\(error)")
    }
    let isRestored = withUniqueHandle { rng in
      guard bytes.count == gsl_rng_size(rng) else { return false }
      UnsafeMutableRawPointer(gsl_rng_state(rng)).copyMemory(from: bytes, byteCount: bytes.count)
      return true
    }
    guard isRestored else {
      throw DecodingError.dataCorruptedError(
        forKey: .state, in: container,
        debugDescription: "\(bytes.count) bytes are not a state of '\(name)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(Array(state), forKey: .state)
  }
}
