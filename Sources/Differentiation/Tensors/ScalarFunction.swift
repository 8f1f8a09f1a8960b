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

  /// Tells functions apart: copies are equal, two closures are not.
  private let identity = Identity()

  private final class Identity: Sendable {}

  public init(
    name: String, arity: Int,
    evaluate:
      @escaping @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Double
  ) {
    (self.name, self.arity, self.evaluate) = (name, arity, evaluate)
  }
}

extension ScalarFunction: Hashable {
  public static func == (a: ScalarFunction, b: ScalarFunction) -> Bool {
    a.identity === b.identity
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(identity)) }
}

extension Tensor {
  /// The sum over all elements of a function of scalars whose partial derivatives are known in
  /// closed form: how densities enter. The arguments are broadcast to one shape.
  ///
  /// First derivatives are exact; second ones are central differences of the partials, and there are no
  /// third ones.
  public static func sum(
    of function: ScalarFunction, _ arguments: Tensor..., file: String = #fileID, line: Int = #line
  ) -> Tensor {
    map(function, arguments, file: file, line: line).sum()
  }

  /// The same function element by element, in the shape that the arguments are broadcast to.
  public static func map(
    _ function: ScalarFunction, _ arguments: Tensor..., file: String = #fileID, line: Int = #line
  ) -> Tensor {
    map(function, arguments, file: file, line: line)
  }

  /// The same with the arguments in an array, one for each that the function takes.
  public static func map(
    _ function: ScalarFunction, _ arguments: [Tensor], file: String = #fileID, line: Int = #line
  ) -> Tensor {
    precondition(
      arguments.count == function.arity,
      "\(function.name) takes \(function.arity) arguments, not \(arguments.count)")
    let site = Site(file, line)
    var shape: [Int]? = []
    for argument in arguments { shape = shape.flatMap { broadcastShape($0, argument.shape) } }
    guard let shape else { return impossible(function.name, arguments, site: site) }
    let count = shape.reduce(1, *)
    let all = Trace.record(
      .scalarFunction(function, count: count), arguments.map { $0.repeated(to: shape) },
      shape: [(1 + function.arity) * count], site: site)
    return all.failure == nil ? all.part(0..<count, axis: 0).reshaped(shape) : all
  }
}
