/// An array of Doubles with a shape, row-major, rank 0 (a scalar) to any rank.
///
/// A tensor is a constant, which holds its values, or a traced tensor, which stands for a value
/// that a ``Program`` will compute. Operations on constants are carried out at once; an operation
/// with a traced operand is recorded in its trace. Operands are broadcast as NumPy does.
///
/// An impossible operation (shapes that do not fit) gives a failed tensor, which every later
/// operation hands on and `Program.init` throws as a ``TensorError``.
public struct Tensor: Sendable {
  /// The extent of each axis; empty for a scalar and for a failed tensor.
  public let shape: [Int]
  let storage: Storage

  enum Storage: Sendable {
    case constant([Double])
    case traced(Trace, Int)
    case failed(TensorError)
  }

  /// A constant vector, or a constant of the given shape.
  public init(_ values: [Double], shape: [Int]? = nil) {
    let shape = shape ?? [values.count]
    if shape.reduce(1, *) == values.count, shape.allSatisfy({ $0 >= 0 }) {
      self.init(shape: shape, storage: .constant(values))
    } else {
      self.init(
        failure: TensorError(
          operation: "Tensor", shapes: [[values.count], shape], site: .ofCaller()))
    }
  }

  /// A constant scalar.
  public init(_ value: Double) { self.init(shape: [], storage: .constant([value])) }

  init(shape: [Int], storage: Storage) {
    self.shape = shape
    self.storage = storage
  }

  init(failure: TensorError) { self.init(shape: [], storage: .failed(failure)) }

  /// The number of axes.
  public var rank: Int { shape.count }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The values of a constant, row-major; nil for a traced or failed tensor.
  public var values: [Double]? {
    if case .constant(let values) = storage { values } else { nil }
  }

  /// Why this tensor does not exist; nil if it does.
  public var failure: TensorError? {
    if case .failed(let failure) = storage { failure } else { nil }
  }
}

extension Tensor: Equatable {
  /// Constants with the same elements, or the same traced tensor; `.==` compares elements.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape else { return false }
    return switch (a.storage, b.storage) {
    case (.constant(let x), .constant(let y)): x == y
    case (.traced(let s, let i), .traced(let t, let j)): s === t && i == j
    case (.failed(let e), .failed(let f)): e == f
    default: false
    }
  }
}

/// An operation that its operands do not allow.
public struct TensorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which operation was impossible.
  public let operation: String
  /// The shapes of the operands.
  public let shapes: [[Int]]
  /// Why.
  public let reason: String
  /// Where it was asked for; nil for an operator in a program without debug information.
  public let site: Site?

  init(
    operation: String, shapes: [[Int]], reason: String = "the shapes do not fit", site: Site? = nil
  ) {
    (self.operation, self.shapes, self.reason, self.site) = (operation, shapes, reason, site)
  }

  public var description: String {
    let place = site.map { "\($0): " } ?? ""
    return "\(place)\(operation) of \(shapes.map { "\($0)" }.joined(separator: " and ")): \(reason)"
  }
}

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self.init(value) }
  public init(integerLiteral value: Int) { self.init(Double(value)) }
}
