/// A vector of independent variables, of one family or, as `Independent<AnyUnivariate<Double>>`, of
/// different ones.
///
/// ```
/// log p(x) = sum_i log marginals[i](x[i])
/// ```
///
/// Sampled element by element.
///
/// ```swift
/// let prior = Independent([
///   try Normal(mean: 0, standardDeviation: 5), try HalfCauchy(scale: 5),
/// ])
/// ```
public struct Independent<Marginal: UnivariateDistribution>: Distribution {
  /// `[dimension]`.
  public let marginals: [Marginal]

  /// - Parameter marginals: `[dimension]`.
  public init(_ marginals: [Marginal]) { self.marginals = marginals }

  /// Variables of different families.
  ///
  /// - Parameter marginals: `[dimension]`.
  public init<Value>(_ marginals: [any UnivariateDistribution<Value>])
  where Marginal == AnyUnivariate<Value> {
    self.init(marginals.map { AnyUnivariate($0) })
  }

  public var dimension: Int { marginals.count }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> [Marginal.Value] {
    marginals.map { $0.sample(using: &generator) }
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(
    into value: inout [Marginal.Value], using generator: inout G
  ) {
    if value.count != dimension {
      value = sample(using: &generator)
    } else {
      for i in marginals.indices { value[i] = marginals[i].sample(using: &generator) }
    }
  }

  @inlinable
  public func logDensity(of value: [Marginal.Value]) -> Double {
    precondition(
      value.count == dimension, "a [\(value.count)] for a distribution of [\(dimension)]")
    var sum = 0.0
    for i in marginals.indices { sum += marginals[i].logDensity(of: value[i]) }
    return sum
  }

  /// `[dimension]`.
  public var mean: [Double] { marginals.map(\.mean) }
  /// `[dimension]`; the covariances are zero.
  public var variance: [Double] { marginals.map(\.variance) }
}

extension Independent: MultivariateDistribution where Marginal.Value == Double {
  /// Column by column: as fast as the marginals are.
  @inlinable
  public func logDensities(rows: Span<Double>, into results: inout MutableSpan<Double>) {
    let (size, most) = (dimension, 512)
    requireRows(rows.count, of: size, for: results.count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * most) { memory in
      for start in stride(from: 0, to: results.count, by: most) {
        let count = min(most, results.count - start)
        for row in 0..<count { results[start + row] = 0 }
        for (i, marginal) in marginals.enumerated() {
          for row in 0..<count { memory[row] = rows[(start + row) * size + i] }
          let column = Span(_unsafeElements: UnsafeBufferPointer(memory.extracting(0..<count)))
          var terms = MutableSpan(_unsafeElements: memory.extracting(most..<most + count))
          marginal.logDensities(of: column, into: &terms)
          for row in 0..<count { results[start + row] += terms[row] }
        }
      }
    }
  }
}

extension Independent where Marginal: ParametricDistribution {
  /// The partial derivatives of the log density in each element of the value and its parameters,
  /// `[dimension]`.
  public func logDensityPartials(of value: [Marginal.Value]) -> [LogDensityPartials] {
    zip(marginals, value).map { $0.logDensityPartials(of: $1) }
  }
}
