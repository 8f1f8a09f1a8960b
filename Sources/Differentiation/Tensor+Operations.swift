// Elementwise functions, named as `ElementaryFunctions` names them.
extension Tensor {
  public static func exp(_ x: Tensor) -> Tensor { x.mapped(.exp) }
  public static func log(_ x: Tensor) -> Tensor { x.mapped(.log) }
  public static func tanh(_ x: Tensor) -> Tensor { x.mapped(.tanh) }
  public static func sqrt(_ x: Tensor) -> Tensor { x.mapped(.squareRoot) }
  public static prefix func - (x: Tensor) -> Tensor { x.mapped(.negate) }

  /// x x, elementwise.
  public var squared: Tensor { mapped(.square) }

  private func mapped(_ function: UnaryFunction) -> Tensor {
    Trace.record(.map(function), [self], shape: shape)
  }
}

// Elementwise arithmetic, with broadcasting.
extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { combined(.add, a, b) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { combined(.subtract, a, b) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { combined(.multiply, a, b) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { combined(.divide, a, b) }
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }

  private static func combined(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = broadcastShape(a.shape, b.shape) else {
      return Tensor(
        failure: a.failure ?? b.failure
          ?? TensorError(operation: "\(function)", shapes: [a.shape, b.shape]))
    }
    return Trace.record(
      .combine(function), [a.broadcast(to: shape), b.broadcast(to: shape)], shape: shape)
  }

  /// This tensor repeated along new and length-one axes.
  func broadcast(to target: [Int]) -> Tensor {
    if shape == target { return self }
    return Trace.record(
      .broadcast(broadcastIndices(from: shape, to: target)), [self], shape: target)
  }
}

// Shapes.
extension Tensor {
  /// The same elements in another shape.
  public func reshaped(_ newShape: [Int]) -> Tensor {
    guard newShape.allSatisfy({ $0 >= 0 }), newShape.reduce(1, *) == count else {
      return Tensor(
        failure: failure ?? TensorError(operation: "reshaped", shapes: [shape, newShape]))
    }
    return Trace.record(.view(offset: 0), [self], shape: newShape)
  }

  /// The elements of a vector in `range`.
  public subscript(range: Range<Int>) -> Tensor {
    guard shape.count == 1, range.lowerBound >= 0, range.upperBound <= shape[0] else {
      return Tensor(
        failure: failure
          ?? TensorError(
            operation: "slice", shapes: [shape],
            reason: "\(range) is not a range of a vector of that shape"))
    }
    return Trace.record(.view(offset: range.lowerBound), [self], shape: [range.count])
  }

  /// The element of a vector at `index`, a scalar.
  public subscript(index: Int) -> Tensor { self[index..<index + 1].reshaped([]) }
}

// Reductions and products.
extension Tensor {
  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { Trace.record(.sum, [self], shape: []) }

  /// The matrix product: [m, k] by [k, n] gives [m, n]; [m, k] by [k] gives [m].
  public func matrixProduct(_ other: Tensor) -> Tensor {
    guard shape.count == 2, (1...2).contains(other.shape.count), shape[1] == other.shape[0] else {
      return Tensor(
        failure: failure ?? other.failure
          ?? TensorError(operation: "matrixProduct", shapes: [shape, other.shape]))
    }
    return Trace.record(
      .matrixProduct, [self, other], shape: [shape[0]] + other.shape.dropFirst())
  }

  /// The sum over all elements of a function of scalars whose partial derivatives are known in
  /// closed form: how densities enter. The arguments are broadcast to one shape.
  public static func sum(of function: ScalarFunction, _ arguments: Tensor...) -> Tensor {
    precondition(
      arguments.count == function.arity,
      "\(function.name) takes \(function.arity) arguments, not \(arguments.count)")
    var shape: [Int]? = []
    for argument in arguments { shape = shape.flatMap { broadcastShape($0, argument.shape) } }
    guard let shape else {
      return Tensor(
        failure: arguments.lazy.compactMap(\.failure).first
          ?? TensorError(operation: function.name, shapes: arguments.map(\.shape)))
    }
    // A scalar argument is read again and again; any other is brought to the common shape.
    let operands = arguments.map { $0.count == 1 ? $0.reshaped([]) : $0.broadcast(to: shape) }
    return Trace.record(.sumOf(function, count: shape.reduce(1, *)), operands, shape: [])
  }
}

/// A function of `arity` scalars with its partial derivatives: the way to add a primitive.
public struct ScalarFunction: Sendable {
  /// Named in errors.
  public let name: String
  /// How many arguments it takes.
  public let arity: Int
  /// Given `arity` arguments, writes the `arity` partial derivatives and returns the value.
  public let evaluate:
    @Sendable (_ arguments: UnsafePointer<Double>, _ partials: UnsafeMutablePointer<Double>) ->
      Double

  public init(
    name: String, arity: Int,
    evaluate:
      @escaping @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Double
  ) {
    (self.name, self.arity, self.evaluate) = (name, arity, evaluate)
  }
}

/// NumPy's rule: axes are matched from the last; each pair is equal or has a one.
func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  var shape = [Int](repeating: 1, count: rank)
  for axis in 1...max(rank, 1) where rank > 0 {
    let (m, n) = (axis <= a.count ? a[a.count - axis] : 1, axis <= b.count ? b[b.count - axis] : 1)
    if m != n && m != 1 && n != 1 { return nil }
    shape[rank - axis] = m == 1 ? n : m
  }
  return shape
}

/// For each element of the broadcast tensor, the element of the source.
func broadcastIndices(from source: [Int], to target: [Int]) -> [Int] {
  let padded = [Int](repeating: 1, count: target.count - source.count) + source
  var strides = [Int](repeating: 0, count: target.count)
  var stride = 1
  for axis in target.indices.reversed() {
    strides[axis] = padded[axis] == 1 ? 0 : stride
    stride *= padded[axis]
  }
  var indices = [0]
  for axis in target.indices {
    indices = indices.flatMap { base in (0..<target[axis]).map { base + $0 * strides[axis] } }
  }
  return indices
}
