internal import CGSL

/// The nodes and weights of GSL's fixed Gauss rules: a sum over n nodes integrates a polynomial of
/// degree below 2 n, times the weight function of its family, exactly.
public enum GSLGaussRule: Sendable, Hashable {
  /// 1 on (a, b).
  case legendre(a: Double, b: Double)
  /// 1 / sqrt((b - x) (x - a)) on (a, b).
  case chebyshev(a: Double, b: Double)
  /// sqrt((b - x) (x - a)) on (a, b).
  case chebyshevSecondKind(a: Double, b: Double)
  /// ((b - x) (x - a))^alpha on (a, b), alpha > -1.
  case gegenbauer(a: Double, b: Double, alpha: Double)
  /// (b - x)^alpha (x - a)^beta on (a, b), both above -1.
  case jacobi(a: Double, b: Double, alpha: Double, beta: Double)
  /// (x - a)^alpha exp(-b (x - a)) on (a, inf), alpha > -1, b > 0.
  case laguerre(a: Double, b: Double, alpha: Double)
  /// |x - a|^alpha exp(-b (x - a)^2) on the reals, alpha > -1, b > 0.
  case hermite(a: Double, b: Double, alpha: Double)

  /// The rule of n points.
  ///
  /// Of Legendre's GSL has tables of many n, others are found by Newton's method; the nodes of the
  /// rest are the eigenvalues of a tridiagonal matrix.
  ///
  /// - Parameter points: from 1 to 10,000.
  /// - Returns: nodes and weights, `[points]` each, the nodes increasing.
  /// - Throws: ``GSLError`` for parameters outside their domain, and where the eigenvalues do not
  ///   come out.
  /// - Complexity: O(n^2).
  public func rule(points: Int) throws(GSLError) -> (nodes: [Double], weights: [Double]) {
    guard (1...10_000).contains(points) else {
      throw invalid("the number of points \(points) is not in 1...10000")
    }
    guard parameters.allSatisfy(\.isFinite) else { throw invalid("\(self) is not finite") }
    switch self {
    case .legendre(let a, let b): return try legendre(points, a, b)
    case .chebyshev(let a, let b): return try fixed(CGSL_FIXED_CHEBYSHEV, points, a, b, 0, 0)
    case .chebyshevSecondKind(let a, let b):
      return try fixed(CGSL_FIXED_CHEBYSHEV2, points, a, b, 0, 0)
    case .gegenbauer(let a, let b, let alpha):
      return try fixed(CGSL_FIXED_GEGENBAUER, points, a, b, alpha, 0)
    case .jacobi(let a, let b, let alpha, let beta):
      return try fixed(CGSL_FIXED_JACOBI, points, a, b, alpha, beta)
    case .laguerre(let a, let b, let alpha):
      return try fixed(CGSL_FIXED_LAGUERRE, points, a, b, alpha, 0)
    case .hermite(let a, let b, let alpha):
      return try fixed(CGSL_FIXED_HERMITE, points, a, b, alpha, 0)
    }
  }

  private var parameters: [Double] {
    switch self {
    case .legendre(let a, let b), .chebyshev(let a, let b), .chebyshevSecondKind(let a, let b):
      [a, b]
    case .gegenbauer(let a, let b, let alpha), .laguerre(let a, let b, let alpha),
      .hermite(let a, let b, let alpha):
      [a, b, alpha]
    case .jacobi(let a, let b, let alpha, let beta): [a, b, alpha, beta]
    }
  }

  private func invalid(_ message: String) -> GSLError {
    GSLError(code: GSL_EINVAL, function: "gsl_integration_fixed_alloc", message: message)
  }

  private func legendre(
    _ points: Int, _ a: Double, _ b: Double
  ) throws(GSLError) -> (nodes: [Double], weights: [Double]) {
    guard let table = gsl_integration_glfixed_table_alloc(points) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_integration_glfixed_table_alloc")
    }
    defer { gsl_integration_glfixed_table_free(table) }
    var (nodes, weights) = ([Double](), [Double]())
    for i in 0..<points {
      var (node, weight) = (0.0, 0.0)
      try check(
        gsl_integration_glfixed_point(a, b, i, &node, &weight, table),
        "gsl_integration_glfixed_point")
      nodes.append(node)
      weights.append(weight)
    }
    return (nodes, weights)
  }

  private func fixed(
    _ weight: cgsl_fixed_weight, _ points: Int, _ a: Double, _ b: Double, _ alpha: Double,
    _ beta: Double
  ) throws(GSLError) -> (nodes: [Double], weights: [Double]) {
    guard let workspace = cgsl_fixed_alloc(weight, points, a, b, alpha, beta) else {
      throw invalid("\(self) has no rule of \(points) points")
    }
    defer { gsl_integration_fixed_free(workspace) }
    let rule = (
      nodes: Array(
        UnsafeBufferPointer(start: gsl_integration_fixed_nodes(workspace), count: points)),
      weights: Array(
        UnsafeBufferPointer(start: gsl_integration_fixed_weights(workspace), count: points))
    )
    guard (rule.nodes + rule.weights).allSatisfy(\.isFinite) else {
      throw invalid("\(self) has no finite rule of \(points) points")
    }
    return rule
  }
}
