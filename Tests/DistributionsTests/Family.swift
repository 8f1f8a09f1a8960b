import Distributions
import Randomness
import TestSupport
import Testing

/// A family of univariate distributions, and what the tests that hold for all of them need to know.
struct Family: Sendable, CustomTestStringConvertible {
  typealias Parameters = [String: Double]

  /// Its name, and that of its reference, Tests/Reference/distributions/<name>.json.
  let name: String
  /// Random parameters for the test of safety: what each may sensibly be. Extremes and nonsense are
  /// mixed in by the test.
  let domain: KeyValuePairs<String, Domain>
  /// Parameters that reach every branch of the sampling algorithm.
  let samplers: [Parameters]
  /// A member whose scale is tested with ten million draws.
  let scaled: Parameters
  /// Of a discrete family the member with a mean larger by a hundredth; nil for a continuous one,
  /// whose draws are stretched by a hundredth.
  var stretched: Parameters? = nil
  /// Relative, absolute near zero.
  var logDensityTolerance = 1e-12
  /// Relative, of cdf and survival. Every exception is named here, with the reason.
  var probabilityTolerance = 1e-11
  /// Of the partials, relative to the largest of them.
  var partialTolerance = 1e-10
  /// Whether a cdf takes a good part of a millisecond: fewer of them are asked for.
  var isSlow = false
  /// Whether a quantile takes some tenths of a millisecond: fewer parameter sets are tried.
  var hasSlowQuantile = false
  /// By how much a cdf that is a quadrature may fall, relative to itself, besides 4 ulp.
  var monotonicitySlack = 0.0
  let make: @Sendable (Parameters) throws -> any UnivariateDistribution

  enum Domain: Sendable { case real, positive, probability, count }

  var testDescription: String { name }

  static let all: [Family] = basics + closedForms + specialFunctions + stable + discrete + combined

  static let continuous = all.filter { $0.isContinuous }

  var isContinuous: Bool {
    (try? make(scaled)) is any ContinuousDistribution
  }

  /// The committed reference of this family.
  func reference() throws -> [Reference] {
    struct File: Decodable { let cases: [Reference] }
    let file: File = try ReferenceData.decode(from: "distributions/\(name).json")
    return file.cases
  }

  /// One member of the family, with values computed to many digits.
  struct Reference: Decodable, Sendable {
    let parameters: Parameters
    /// NaN where it does not exist, nil where it was not computed.
    let mean, variance: Double?
    let points: [Point]
  }

  struct Point: Decodable, Sendable {
    let x, logDensity: Double
    let cdf, survival: Double?
    /// By the name of the parameter; that of the value itself is "value".
    let partials: [String: Double]?
  }
}

extension Family {
  static let basics: [Family] = [
    .init(
      name: "Normal", domain: ["mean": .real, "standardDeviation": .positive],
      samplers: [
        ["mean": 0, "standardDeviation": 1], ["mean": -300, "standardDeviation": 0.02],
        ["mean": 5, "standardDeviation": 1e6],
      ], scaled: ["mean": 1, "standardDeviation": 2]
    ) { try Normal(mean: $0["mean"]!, standardDeviation: $0["standardDeviation"]!) },
    .init(
      name: "Exponential", domain: ["rate": .positive], samplers: [["rate": 1], ["rate": 1e-3]],
      scaled: ["rate": 2]
    ) { try Exponential(rate: $0["rate"]!) },
  ]
}

func sample<D: Distribution>(_ distribution: D, count: Int, seed: UInt64) -> [D.Value] {
  var generator = Philox(seed: seed)
  return (0..<count).map { _ in distribution.sample(using: &generator) }
}

/// The value of a test as that of a distribution: a Double, or the integer in it.
func value<D: UnivariateDistribution>(_ x: Double, of _: D) -> D.Value {
  if D.Value.self == Int.self { return (Int(exactly: x) ?? (x < 0 ? .min : .max)) as! D.Value }
  return x as! D.Value
}
