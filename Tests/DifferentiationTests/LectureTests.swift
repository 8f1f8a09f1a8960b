import Differentiation
import Distributions
import Foundation
import TestSupport
import Testing

/// The examples of the lecture 'Mathematics for Machine Learning'. Derivatives of a target by a
/// parameter have the shape [target dimensions..., parameter dimensions...], row-major.
@Suite("The lecture's examples", .tags(.gradient))
struct LectureTests {
  private func expect(
    _ tensor: Tensor, _ shape: [Int], _ values: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(tensor.shape == shape, sourceLocation: sourceLocation)
    let found = tensor.values ?? []
    #expect(
      found.count == values.count
        && zip(found, values).allSatisfy { scaledError($0, $1) < 1e-13 },
      "\(found), not \(values)", sourceLocation: sourceLocation)
  }

  /// Elements that look like nothing in particular.
  private func some(_ count: Int, _ seed: Double) -> [Double] {
    (0..<count).map { sin(seed + 1.7 * Double($0)) }
  }

  /// A x + b, row by row.
  private func affine(_ a: [Double], _ x: [Double], _ b: [Double]) -> [Double] {
    b.indices.map { i -> Double in
      var sum = b[i]
      for j in x.indices { sum += a[i * x.count + j] * x[j] }
      return sum
    }
  }

  @Test("d/dx of x^n, sin, tanh, exp, log: each [] by [] is []")
  func scalars() throws {
    func slope(_ body: @escaping (Tensor) -> Tensor, at x: Double) throws -> Double {
      let derivative = try Program(shapes: [[]]) { body($0[0]) }.derivative(at: [x])
      #expect(derivative.shape == [])
      return derivative.values![0]
    }
    let x = 0.7
    for n in [-2, 0, 1, 2, 3, 7] {
      let expected = Double(n) * pow(x, Double(n - 1))
      #expect(try scaledError(slope({ .pow($0, n) }, at: x), expected) < 1e-15)
    }
    #expect(try scaledError(slope({ .sin($0) }, at: x), cos(x)) < 1e-15)
    #expect(try scaledError(slope({ .tanh($0) }, at: x), 1 - tanh(x) * tanh(x)) < 1e-15)
    #expect(try scaledError(slope({ .exp($0) }, at: x), exp(x)) < 1e-15)
    #expect(try scaledError(slope({ .log($0) }, at: x), 1 / x) < 1e-15)
    // Sum, product and chain rule.
    #expect(
      try scaledError(slope({ .sin($0) + .exp($0) }, at: x), cos(x) + exp(x)) < 1e-15)
    #expect(
      try scaledError(slope({ .sin($0) * .exp($0) }, at: x), exp(x) * (cos(x) + sin(x))) < 1e-15)
    #expect(
      try scaledError(slope({ .pow(2 * $0 + 1, 4) }, at: x), 8 * pow(2 * x + 1, 3)) < 1e-14)
  }

  @Test("f(x) = x1^2 x2 + x1 x2^3: [] by [2] is [2]")
  func twoVariables() throws {
    let f = try Program(dimension: 2) { x in x[0].squared * x[1] + x[0] * .pow(x[1], 3) }
    let (a, b) = (1.3, -0.6)
    expect(f.derivative(at: [a, b]), [2], [2 * a * b + b * b * b, a * a + 3 * a * b * b])
  }

  @Test("f = A x: df/dx = A, [M] by [N] is [M, N]")
  func linear() throws {
    let a = some(12, 1)
    let f = try Program(dimension: 3) { Tensor(a, shape: [4, 3]).matrixProduct($0) }
    expect(f.derivative(at: some(3, 2)), [4, 3], a)
  }

  @Test("f(x1, x2) = x1^2 + 2 x2 with x(t) = (sin t, cos t)")
  func chainRule() throws {
    let f = try Program(shapes: [[]]) { t in
      let x = Tensor.stacked([.sin(t[0]), .cos(t[0])])
      return x[0].squared + 2 * x[1]
    }
    let t = 0.4
    expect(f.derivative(at: [t]), [], [2 * sin(t) * cos(t) - 2 * sin(t)])
  }

  @Test("L(e) = |e|^2 / 2, e = y - A x: dL/dx = -e' A, [] by [N] is [N]")
  func leastSquares() throws {
    let (a, x, y) = (some(12, 3), some(3, 4), some(4, 5))
    let loss = try Program(dimension: 3) { x in
      0.5 * (Tensor(y) - Tensor(a, shape: [4, 3]).matrixProduct(x)).squared.sum()
    }
    let e = zip(y, affine(a, x, [0, 0, 0, 0])).map { $0 - $1 }
    var expected = [0.0, 0, 0]
    for i in 0..<4 { for j in 0..<3 { expected[j] -= e[i] * a[3 * i + j] } }
    expect(loss.derivative(at: x), [3], expected)
  }

  @Test("f = A x by the matrix A: [M] by [M, N] is [M, M, N]")
  func byMatrix() throws {
    let (a, x) = (some(6, 6), some(3, 7))
    let f = try Program(shapes: [[2, 3]]) { $0[0].matrixProduct(Tensor(x)) }
    // df_i / dA_kl is x_l where i = k.
    let expected = (0..<2).flatMap { i in
      (0..<2).flatMap { k in (0..<3).map { i == k ? x[$0] : 0 } }
    }
    expect(f.derivative(at: a), [2, 2, 3], expected)
  }

  @Test("dA/dx, A in R^(4x2), x in R^3: [4, 2, 3], flattened and not")
  func matrixByVector() throws {
    let b = some(24, 8)
    let x = some(3, 9)
    // A(x) = sum_k B_k x_k + B_k x_k^2.
    func a(_ x: Tensor) -> Tensor {
      .einsum("ijk,k->ij", Tensor(b, shape: [4, 2, 3]), x + x.squared)
    }
    let expected = (0..<24).map { b[$0] * (1 + 2 * x[$0 % 3]) }
    expect(try Program(dimension: 3, a).derivative(at: x), [4, 2, 3], expected)
    // Flattened: the gradient of vec(A), [8, 3], in the same order.
    let flat = try Program(dimension: 3) { a($0).reshaped([8]) }.derivative(at: x)
    expect(flat, [8, 3], expected)
    #expect(flat.shape == [8, 3])
  }

  @Test("f = tanh(A x + b): by b [M, M], by A [M, M, N], by x [M, N]; in closed form and by einsum")
  func layer() throws {
    let (a, x, b) = (some(6, 10), some(3, 11), some(2, 12))
    let f = try Program(shapes: [[2, 3], [3], [2]]) { p in
      .tanh(p[0].matrixProduct(p[1]) + p[2])
    }
    let position = a + x + b
    let slope = affine(a, x, b).map { 1 - tanh($0) * tanh($0) }
    let identity = Tensor([1, 0, 0, 1], shape: [2, 2])
    let (s, matrix, vector) = (Tensor(slope), Tensor(a, shape: [2, 3]), Tensor(x))
    let byB = f.derivative(at: position, by: 2)
    expect(byB, [2, 2], [slope[0], 0, 0, slope[1]])
    expect(byB, [2, 2], Tensor.einsum("i,ik->ik", s, identity).values!)
    let byA = f.derivative(at: position, by: 0)
    expect(byA, [2, 2, 3], Tensor.einsum("i,ik,l->ikl", s, identity, vector).values!)
    let byX = f.derivative(at: position, by: 1)
    expect(byX, [2, 3], Tensor.einsum("i,il->il", s, matrix).values!)
    expect(byX, [2, 3], (0..<6).map { slope[$0 / 3] * a[$0] })
  }

  @Test("the squared loss of a single-layer network by A [M, N] and b [M]")
  func singleLayerLoss() throws {
    let (a, b, x, y) = (some(6, 13), some(2, 14), some(3, 15), some(2, 16))
    let loss = try Program(shapes: [[2, 3], [2]]) { p in
      0.5 * (Tensor(y) - .tanh(p[0].matrixProduct(Tensor(x)) + p[1])).squared.sum()
    }
    let f = affine(a, x, b).map { tanh($0) }
    let back = zip(y, f).map { y, f -> Double in (f - y) * (1 - f * f) }
    expect(loss.derivative(at: a + b, by: 1), [2], back)
    expect(loss.derivative(at: a + b, by: 0), [2, 3], (0..<6).map { back[$0 / 3] * x[$0 % 3] })
  }

  @Test("layers f_i = sigma(A_i f_(i-1) + b_i), by every A_i and b_i")
  func multiLayer() throws {
    let widths = [3, 4, 2, 3]
    let shapes = (1..<widths.count).flatMap { [[widths[$0], widths[$0 - 1]], [widths[$0]]] }
    let sizes = shapes.map { $0.reduce(1, *) }
    let (x, y) = (some(3, 17), some(3, 18))
    let loss = try Program(shapes: shapes) { p in
      var f = Tensor(x)
      for layer in 0..<widths.count - 1 {
        f = .logistic(p[2 * layer].matrixProduct(f) + p[2 * layer + 1])
      }
      return 0.5 * (Tensor(y) - f).squared.sum()
    }
    let position = some(sizes.reduce(0, +), 19)
    // By hand: forward, then the covector of every layer backwards.
    func parameters(_ k: Int) -> [Double] {
      let start = sizes[..<k].reduce(0, +)
      return Array(position[start..<start + sizes[k]])
    }
    var values = [x]
    for layer in 0..<widths.count - 1 {
      let (a, b) = (parameters(2 * layer), parameters(2 * layer + 1))
      values.append(affine(a, values[layer], b).map { 1 / (1 + exp(-$0)) })
    }
    var covector = zip(values.last!, y).map { $0 - $1 }
    for layer in (0..<widths.count - 1).reversed() {
      let out = values[layer + 1]
      let back = out.indices.map { covector[$0] * out[$0] * (1 - out[$0]) }
      expect(loss.derivative(at: position, by: 2 * layer + 1), shapes[2 * layer + 1], back)
      expect(
        loss.derivative(at: position, by: 2 * layer), shapes[2 * layer],
        back.flatMap { b in values[layer].map { b * $0 } })
      let a = parameters(2 * layer)
      covector = values[layer].indices.map { j -> Double in
        back.indices.reduce(0.0) { $0 + back[$1] * a[$1 * widths[layer] + j] }
      }
    }
  }

  @Test("the negative Gaussian log likelihood is the squared loss up to constants")
  func gaussianLikelihood() throws {
    let (a, y) = (Tensor(some(15, 20), shape: [5, 3]), Tensor(some(5, 21)))
    let likelihood = try Program(dimension: 3) { x in
      -Normal(mean: a.matrixProduct(x), standardDeviation: 1).logDensity(of: y)
    }
    let loss = try Program(dimension: 3) { x in 0.5 * (y - a.matrixProduct(x)).squared.sum() }
    for seed in [22.0, 23] {
      let x = some(3, seed)
      let (first, second) = (
        try likelihood.valueAndGradient(at: x), try loss.valueAndGradient(at: x)
      )
      #expect(scaledError(first.value - second.value, 2.5 * log(2 * .pi)) < 1e-14)
      for (p, q) in zip(first.gradient, second.gradient) { #expect(scaledError(p, q) < 1e-13) }
    }
  }
}
