import Foundation
import Randomness
import SpecialFunctions

/// The categorical distribution on 0..<k: P(i) = probabilities[i].
///
/// Sampled by inverting the cumulative table (the draw is the first category whose cumulative
/// probability exceeds u, found from a guide table), or by the alias method, which is the faster for many
/// categories; `method` says which. Made by probabilities or by logits.
///
/// - Complexity: O(1) a draw; O(k) to make.
///
/// ## References
/// H.-C. Chen, Y. Asau, "On generating random variates from an empirical distribution", AIIE Trans. 6
/// (1974): guide tables. For the alias method see `AliasTable`.
public struct Categorical: DiscreteDistribution, ParametricDistribution {
  /// How draws are made.
  public enum Method: Sendable, Hashable {
    /// By the cumulative table: a draw rises with its uniform.
    case inversion
    /// By the alias table.
    case alias
  }

  /// `[k]`, summing to one.
  public let probabilities: [Double]
  /// How draws are made.
  public let method: Method
  @usableFromInline let cumulative: [Double]
  /// Entry g is the first category whose cumulative probability exceeds g / guide.count, a power of
  /// two: several entries a category, so that the search seldom takes a step.
  @usableFromInline let guide: [Int]
  @usableFromInline let aliasTable: AliasTable?
  private let logits: [Double]?

  /// - Parameters:
  ///   - probabilities: at least one, none negative, summing to one within 1e-9; they are divided by
  ///     their sum.
  ///   - method: how draws are made.
  public init(probabilities: [Double], method: Method = .inversion) throws(ParameterError) {
    for (index, p) in probabilities.enumerated() where !(p >= 0 && p.isFinite) {
      throw ParameterError("Categorical", "probabilities[\(index)]", p, not: "a probability")
    }
    let sum = probabilities.reduce(0, +)
    guard abs(sum - 1) <= 1e-9 else {
      throw ParameterError("Categorical", "the sum of the probabilities", sum, not: "one")
    }
    self.init(normalized: probabilities.map { $0 / sum }, logits: nil, method: method)
  }

  /// - Parameters:
  ///   - logits: at least one, the logarithms of the probabilities up to a constant; minus infinity for
  ///     a category that does not occur, but not for all.
  ///   - method: how draws are made.
  public init(logits: [Double], method: Method = .inversion) throws(ParameterError) {
    for (index, logit) in logits.enumerated() where !(logit < .infinity) {
      throw ParameterError("Categorical", "logits[\(index)]", logit, not: "below infinity")
    }
    guard let largest = logits.max(), largest > -.infinity else {
      throw ParameterError("Categorical", "the largest logit", -.infinity, not: "finite")
    }
    let weights = logits.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    self.init(
      normalized: weights.map { $0 / sum }, logits: logits.map { $0 - largest - log(sum) },
      method: method)
  }

  private init(normalized: [Double], logits: [Double]?, method: Method) {
    probabilities = normalized
    self.logits = logits
    self.method = method
    var table: [Double] = []
    var running = 0.0
    for p in normalized {
      running += p
      table.append(min(1, running))
    }
    // Rounding must leave no room above the last category that can occur.
    let last = normalized.lastIndex { $0 > 0 }!
    for index in last..<table.count { table[index] = 1 }
    cumulative = table
    var cells = 1
    while cells < (table.count < 1000 ? 8 : 1) * table.count { cells *= 2 }
    var (guide, category) = ([Int](), 0)
    for g in 0..<cells {
      while table[category] <= Double(g) / Double(cells) { category += 1 }
      guide.append(category)
    }
    self.guide = guide
    aliasTable = method == .alias ? AliasTable(probabilities: normalized) : nil
  }

  @inlinable
  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Int {
    if let aliasTable { return aliasTable.sample(using: &generator) }
    return category(at: generator.nextUnit())
  }

  /// The first category whose cumulative probability exceeds `u`, in [0, 1).
  @inlinable
  func category(at u: Double) -> Int {
    var category = guide[Int(u * Double(guide.count))]
    while cumulative[category] <= u { category += 1 }
    return category
  }

  public func fill<G: RandomNumberGenerator>(
    _ values: inout MutableSpan<Int>, using generator: inout G
  ) {
    guard var philox = generator as? Philox else { return fillOneByOne(&values, using: &generator) }
    if let aliasTable {
      philox.fillCategorical(&values, table: aliasTable)
    } else {
      philox.fillCategorical(&values, cumulative: cumulative)
    }
    generator = philox as! G
  }

  public func logDensity(of value: Int) -> Double {
    guard probabilities.indices.contains(value) else { return -.infinity }
    return logits?[value] ?? log(probabilities[value])
  }

  /// P(X <= value).
  public func cdf(_ value: Int) -> Double {
    value < 0 ? 0 : value >= cumulative.count ? 1 : cumulative[value]
  }

  /// P(X > value), summed from the end.
  public func survival(_ value: Int) -> Double {
    if value < 0 { return 1 }
    if value >= cumulative.count - 1 || cumulative[value] == 1 { return 0 }
    return min(1, probabilities[(value + 1)...].reversed().reduce(0, +))
  }

  /// The smallest category k with cdf(k) >= p.
  public func quantile(_ p: Double) -> Int {
    requireProbability(p)
    return smallestInteger(in: support, from: 0) { cdf($0) >= p }
  }

  public func survivalQuantile(_ q: Double) -> Int {
    requireProbability(q)
    return smallestInteger(in: support, from: 0) { survival($0) <= q }
  }

  /// The expected category number.
  public var mean: Double {
    probabilities.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
  }

  /// The variance of the category number.
  public var variance: Double {
    let mean = mean
    return probabilities.enumerated().reduce(0) {
      $0 + (Double($1.offset) - mean) * (Double($1.offset) - mean) * $1.element
    }
  }
  public var support: ClosedRange<Int> { 0...probabilities.count - 1 }

  public var parameterNames: [String] {
    probabilities.indices.map { logits == nil ? "probabilities[\($0)]" : "logits[\($0)]" }
  }
  public var parameters: [Double] { logits ?? probabilities }
  /// Probabilities are divided by their sum, as far from one as it may be.
  public func replacingParameters(_ parameters: Span<Double>) throws(ParameterError) -> Self {
    let values = parameters.indices.map { parameters[$0] }
    if logits != nil { return try Self(logits: values, method: method) }
    let sum = values.reduce(0, +)
    return try Self(probabilities: values.map { $0 / sum }, method: method)
  }

  /// The partials in the probabilities are those of log(probabilities[value] / sum), those in the logits
  /// of the same with exponentials.
  public func logDensity(of value: Int, partials: inout MutableSpan<Double>) -> Double {
    partials[0] = 0
    for k in probabilities.indices {
      let hit = k == value ? 1.0 : 0
      partials[1 + k] =
        logits == nil ? (k == value ? 1 / probabilities[k] : 0) - 1 : hit - probabilities[k]
    }
    return logDensity(of: value)
  }
}
