public import Densities

// What is not finite in these is returned as it was computed; `logDensity(at:gradient:in:)` checks.

// Derivatives as whole arrays, with the shape rule [target dimensions..., parameter dimensions...].
extension Program {
  /// The derivative of the result by the k-th parameter: a tensor
  /// `[shape..., parameterShapes[k]...]`.
  ///
  /// - Complexity: that of ``jacobian(at:)``.
  public func derivative(at position: [Double], by k: Int = 0) -> Tensor {
    let jacobian = jacobian(at: position)
    precondition(
      parameterShapes.indices.contains(k), "parameter \(k) of \(parameterShapes.count)")
    let sizes = parameterShapes.map { $0.reduce(1, *) }
    let start = sizes[..<k].reduce(0, +)
    return jacobian.part(start..<start + sizes[k], axis: jacobian.rank - 1)
      .reshaped(shape + parameterShapes[k])
  }

  /// The derivative of the result by the whole position, `[shape..., dimension]`: row by row in reverse
  /// mode, or column by column in forward mode, whichever is shorter.
  ///
  /// - Complexity: as many evaluations as the shorter of the two extents.
  public func jacobian(at position: [Double]) -> Tensor {
    let rows = shape.reduce(1, *)
    var elements = [Double](repeating: 0, count: rows * dimension)
    if rows <= dimension {
      for row in 0..<rows {
        var covector = [Double](repeating: 0, count: rows)
        covector[row] = 1
        let gradient = reverseCode.evaluate([0: position, 1: covector])[1]
        elements.replaceSubrange(row * dimension..<(row + 1) * dimension, with: gradient)
      }
    } else {
      let code = forwardCode
      for column in 0..<dimension {
        var direction = [Double](repeating: 0, count: dimension)
        direction[column] = 1
        let change = code.evaluate([0: position, 2: direction])[0]
        for row in 0..<rows { elements[row * dimension + column] = change[row] }
      }
    }
    return Tensor(elements, shape: shape + [dimension])
  }

  /// The Jacobian times a direction (`[dimension]`): a tensor of the result's shape.
  public func jacobianVectorProduct(at position: [Double], direction: [Double]) -> Tensor {
    precondition(
      direction.count == dimension, "a direction [\(direction.count)] for \(dimension)")
    return Tensor(forwardCode.evaluate([0: position, 2: direction])[0], shape: shape)
  }

  /// The second derivatives of a scalar result, `[dimension, dimension]`.
  ///
  /// - Complexity: `dimension` evaluations of the Hessian's product with a vector.
  public func hessian(at position: [Double]) -> Tensor {
    let code = curvatureCode
    let rows = (0..<dimension).flatMap { k in
      var direction = [Double](repeating: 0, count: dimension)
      direction[k] = 1
      return code.evaluate([0: position, 2: direction])[0]
    }
    return Tensor(rows, shape: [dimension, dimension])
  }

  /// The Hessian of a scalar result times a direction (`[dimension]`).
  public func hessianVectorProduct(at position: [Double], direction: [Double]) -> [Double] {
    precondition(
      direction.count == dimension, "a direction [\(direction.count)] for \(dimension)")
    return curvatureCode.evaluate([0: position, 2: direction])[0]
  }

  /// Covector times Jacobian is linear in the covector: its derivative by it, times a direction, is the
  /// Jacobian times the direction.
  private var forwardCode: Code {
    traced.forward.code {
      let product = Tensor.pullback(
        of: traced.reverse, covector: traced.direction, to: [traced.covector])[0]
      precondition(product.failure == nil, "\(product.failure!)")
      return Code(of: [product], in: traced.trace)
    }
  }

  var curvatureCode: Code {
    precondition(shape.allSatisfy { $0 == 1 }, "a result of shape \(shape) has no Hessian")
    return traced.curvature.code {
      let gradient = Tensor.pullback(
        of: traced.result, covector: Tensor(1).repeated(to: shape), to: [traced.position])[0]
      let product = Tensor.pullback(
        of: gradient, covector: traced.direction, to: [traced.position])[0]
      precondition(product.failure == nil, "\(product.failure!)")
      return Code(of: [product], in: traced.trace)
    }
  }
}

extension Program: TwiceDifferentiableLogDensity {
  public func hessianVectorProduct(
    at position: Span<Double>, direction: Span<Double>, into product: inout MutableSpan<Double>,
    in workspace: inout Workspace
  ) throws(EvaluationFailure) {
    let code = curvatureCode
    let arena = workspace.curvature(code)
    for i in 0..<dimension {
      if let offset = code.position { arena[offset + i] = position[i] }
      if let offset = code.direction { arena[offset + i] = direction[i] }
    }
    code.run(arena)
    for i in 0..<dimension {
      let value = arena[code.results[0].offset + i]
      guard value.isFinite else {
        let elements = (0..<position.count).map { position[$0] }
        throw .recoverable(
          traced.source.blame("element \(i) of the Hessian's product is \(value)", at: elements))
      }
      product[i] = value
    }
  }
}
