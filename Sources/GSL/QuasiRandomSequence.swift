internal import CGSL

/// One of GSL's low-discrepancy sequences (`gsl_qrng`), as a Swift value: points that fill the unit cube
/// more evenly than random ones.
///
/// The points are GSL's in GSL's order: Sobol's and Halton's sequences begin behind the origin,
/// Niederreiter's at it. They are deterministic; randomise them to learn an error.
///
/// ```swift
/// var sequence = try QuasiRandomSequence(.sobol, dimension: 2)
/// print(try sequence.next())  // [0.5, 0.5]
/// ```
///
/// ## References
/// P. Bratley, B. L. Fox, "Algorithm 659: Implementing Sobol's quasirandom sequence generator", ACM TOMS 14
/// (1988), doi:10.1145/42288.214372. P. Bratley, B. L. Fox, H. Niederreiter, "Algorithm 738", ACM TOMS 20
/// (1994), doi:10.1145/198429.198436. J. H. Halton, Numer. Math. 2 (1960), doi:10.1007/BF01386213.
/// B. Vandewoestyne, R. Cools, J. Comput. Appl. Math. 189 (2006), doi:10.1016/j.cam.2005.05.022 (reverse
/// Halton).
public struct QuasiRandomSequence: Sendable {
  /// Which sequence.
  public enum Kind: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// In base 2, up to 40 dimensions.
    case sobol
    /// In base 2, up to 12 dimensions.
    case niederreiter
    /// In the first primes, up to 1229 dimensions; beyond some ten its coordinates are correlated.
    case halton
    /// Halton's with the digits except zero in reverse order, which breaks those correlations.
    case reverseHalton

    /// The highest dimension that GSL has it in.
    public var largestDimension: Int { Int(cgsl_qrng_type(code).pointee.max_dimension) }

    /// How many points it has.
    public var largestCount: Int { self == .sobol ? (1 << 30) - 1 : 1 << 30 }

    public var description: String {
      switch self {
      case .sobol: "Sobol"
      case .niederreiter: "Niederreiter"
      case .halton: "Halton"
      case .reverseHalton: "reverse Halton"
      }
    }

    fileprivate var code: cgsl_qrng_kind {
      switch self {
      case .sobol: CGSL_SOBOL
      case .niederreiter: CGSL_NIEDERREITER
      case .halton: CGSL_HALTON
      case .reverseHalton: CGSL_REVERSE_HALTON
      }
    }
  }

  /// Which sequence.
  public let kind: Kind
  /// How many coordinates a point has.
  public let dimension: Int
  /// How many points have been drawn.
  public private(set) var position = 0
  private var handle: Handle

  /// Stands before the first point.
  ///
  /// - Parameter dimension: from 1 to the kind's `largestDimension`.
  /// - Throws: ``GSLError`` for another dimension.
  public init(_ kind: Kind, dimension: Int) throws(GSLError) {
    guard dimension >= 1, dimension <= kind.largestDimension else {
      throw GSLError(
        code: GSL_EINVAL, function: "QuasiRandomSequence",
        message: "GSL has the \(kind) sequence in 1 to \(kind.largestDimension) dimensions, "
          + "not in \(dimension)")
    }
    guard let pointer = gsl_qrng_alloc(cgsl_qrng_type(kind.code), UInt32(dimension)) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_qrng_alloc")
    }
    self.kind = kind
    self.dimension = dimension
    handle = Handle(pointer)
  }

  /// The next point, `[dimension]`.
  /// - Throws: ``GSLError`` after the last one.
  public mutating func next() throws(GSLError) -> [Double] {
    var point = [Double](repeating: 0, count: dimension)
    var span = point.mutableSpan
    try fill(&span)
    return point
  }

  /// The next points, `[count, dimension]`.
  ///
  /// - Parameter points: places for whole points.
  /// - Throws: ``GSLError`` if there are not as many left.
  public mutating func fill(_ points: inout MutableSpan<Double>) throws(GSLError) {
    precondition(
      points.count % dimension == 0, "\(points.count) places for points of [\(dimension)]")
    let count = points.count / dimension
    try requireCount(count <= kind.largestCount - position, position, count)
    makeUnique()
    let dimension = dimension
    points.withUnsafeMutableBufferPointer { buffer in
      for i in 0..<count { gsl_qrng_get(handle.pointer, buffer.baseAddress! + i * dimension) }
    }
    position += count
  }

  /// Goes to where the sequence stands after `position` points, forwards or back, in some thirty steps.
  /// - Throws: ``GSLError`` if there are not as many.
  public mutating func move(to position: Int) throws(GSLError) {
    try requireCount(position >= 0 && position <= kind.largestCount, 0, position)
    makeUnique()
    withUnsafeTemporaryAllocation(of: Double.self, capacity: dimension) { scratch in
      cgsl_qrng_move(handle.pointer, kind.code, UInt32(position), scratch.baseAddress!)
    }
    self.position = position
  }

  /// The columns of the generating matrices of a sequence in base 2, `[30, dimension]`, the digits from the
  /// highest bit down: counted from the origin, the coordinates of point n are the exclusive or of
  /// those columns whose bits are set in n ^ (n >> 1).
  package static func generatingColumns(
    _ kind: Kind, dimension: Int
  ) throws(GSLError) -> [UInt64] {
    precondition(kind == .sobol || kind == .niederreiter, "\(kind) is not a sequence in base 2")
    var sequence = try QuasiRandomSequence(kind, dimension: dimension)
    let origin = kind == .niederreiter ? 0 : 1
    var columns: [UInt64] = []
    for bit in 0..<30 {
      // Point 2^bit has the columns of this bit and the one below.
      try sequence.move(to: (1 << bit) - origin)
      for (i, coordinate) in try sequence.next().enumerated() {
        let below = bit > 0 ? columns[(bit - 1) * dimension + i] : 0
        columns.append(UInt64(coordinate * 0x1p64) ^ below)
      }
    }
    return columns
  }

  private func requireCount(_ isRight: Bool, _ position: Int, _ count: Int) throws(GSLError) {
    guard isRight else {
      throw GSLError(
        code: GSL_EFAILED, function: "QuasiRandomSequence",
        message: "the \(kind) sequence has \(kind.largestCount) points, not \(count) from number "
          + "\(position) on")
    }
  }

  /// Makes sure that no other copy shares the state.
  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&handle) { handle = Handle(gsl_qrng_clone(handle.pointer)) }
  }

  /// Owns one `gsl_qrng`. Unchecked because the pointer is only ever written after `makeUnique`, that is by
  /// the one value that holds the last reference.
  private final class Handle: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<gsl_qrng>
    init(_ pointer: UnsafeMutablePointer<gsl_qrng>) { self.pointer = pointer }
    deinit { gsl_qrng_free(pointer) }
  }
}
