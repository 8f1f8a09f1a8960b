import CKernels
import Distributions
import Foundation
import GSL
import Randomness
import TestSupport
import Testing

/// A kind of bulk draw, and how it is asked for.
enum Fill: CaseIterable, Sendable {
  case unit, openUnit, exponential, normal, laplace, logistic

  func callAsFunction(_ generator: inout Philox, _ values: inout [Double]) {
    var span = values.mutableSpan
    switch self {
    case .unit: generator.fillUnit(&span)
    case .openUnit: generator.fillOpenUnit(&span)
    case .exponential: generator.fillExponential(&span)
    case .normal: generator.fillNormal(&span)
    case .laplace: generator.fillLaplace(&span)
    case .logistic: generator.fillLogistic(&span)
    }
  }

  var kernel: ck_philox_kind {
    switch self {
    case .unit: CK_UNIT
    case .openUnit: CK_OPEN_UNIT
    case .exponential: CK_EXPONENTIAL
    case .normal: CK_NORMAL
    case .laplace: CK_STANDARD_LAPLACE
    case .logistic: CK_STANDARD_LOGISTIC
    }
  }

  func cdf(_ x: Double) -> Double {
    switch self {
    case .unit, .openUnit: x
    case .exponential: -expm1(-x)
    case .normal: 0.5 * erfc(-x * 0.5.squareRoot())
    case .laplace: x < 0 ? 0.5 * exp(x) : 1 - 0.5 * exp(-x)
    case .logistic: 1 / (1 + exp(-x))
    }
  }
}

/// The instruction sets that this processor has.
let instructionSets = (0...ck_best_instruction_set().rawValue).map {
  ck_instruction_set(rawValue: $0)
}

/// Expects 2,000 draws to be the same in one piece and in pieces of those sizes.
func expectSameDraws<Draw: Equatable>(
  startingFrom zero: Draw, cutInto cuts: [[Int]], _ fill: (inout Philox, inout [Draw]) -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var generator = Philox(seed: 3, stream: 9)
  var whole = [Draw](repeating: zero, count: 2_000)
  fill(&generator, &whole)
  for sizes in cuts {
    var generator = Philox(seed: 3, stream: 9)
    var parts: [Draw] = []
    for size in sizes {
      var part = [Draw](repeating: zero, count: size)
      fill(&generator, &part)
      parts += part
    }
    #expect(parts == whole, sourceLocation: sourceLocation)
    #expect(generator.position == 2_000, sourceLocation: sourceLocation)
  }
}

@Suite struct PhiloxFillTests {
  @Test(
    "bits and uniforms are those of one draw at a time, from any position",
    arguments: [UInt64(0), 1, 2, 15, 16, 17, 1 << 33, .max - 50, .max])
  func oneByOne(position: UInt64) {
    var generator = Philox(seed: 77, stream: 5)
    generator.position = position
    var (bulk, single) = (generator, generator)
    var bits = [UInt64](repeating: 0, count: 101)
    var span = bits.mutableSpan
    bulk.fillBits(&span)
    #expect(bits == (0..<101).map { _ in single.next() })
    #expect(bulk == single)
    #expect(bulk.next() == single.next())

    (bulk, single) = (generator, generator)
    var values = [Double](repeating: 0, count: 101)
    Fill.unit(&bulk, &values)
    #expect(values == (0..<101).map { _ in single.nextUnit() })
    (bulk, single) = (generator, generator)
    Fill.openUnit(&bulk, &values)
    #expect(values == (0..<101).map { _ in single.nextOpenUnit() })
  }

  @Test("a fill may be cut anywhere", arguments: Fill.allCases)
  func cuts(fill: Fill) {
    expectSameDraws(
      startingFrom: 0.0,
      cutInto: [[1_000, 1_000], [1, 1_999], [7, 16, 17, 33, 1_927], [0, 2_000]]
    ) {
      fill(&$0, &$1)
    }
  }

  @Test(
    "every instruction set gives the same integers and uniforms, AVX2 and AVX-512 the same bits",
    arguments: Fill.allCases)
  func instructionSetsAgree(fill: Fill) {
    let draws = instructionSets.map { set in
      var values = [Double](repeating: 0, count: 10_000)
      ck_philox_fill(fill.kernel, set, 11, 4, 1, nil, &values, 10_000)
      return values
    }
    let last = draws[draws.count - 1]
    if draws.count == 3 { #expect(draws[1] == last) }
    switch fill {
    case .unit, .openUnit: #expect(draws[0] == last)
    case .exponential, .normal, .laplace, .logistic:
      #expect(zip(draws[0], last).allSatisfy { relativeError($0, $1) < 4e-15 })
    }
  }

  @Test("exponentials and normals are the quantiles of the uniforms", arguments: instructionSets)
  func quantiles(set: ck_instruction_set) throws {
    let count = 200_000
    func fill(_ kind: ck_philox_kind) -> [Double] {
      var values = [Double](repeating: 0, count: count)
      ck_philox_fill(kind, set, 5, 0, 0, nil, &values, count)
      return values
    }
    let uniforms = fill(CK_OPEN_UNIT)
    let normal = try Normal(mean: 0, standardDeviation: 1)
    for (u, x) in zip(uniforms, fill(CK_EXPONENTIAL)) { #expect(relativeError(x, -log(u)) < 2e-15) }
    for (u, x) in zip(uniforms, fill(CK_NORMAL)) {
      #expect(abs(x - normal.quantile(u)) < 4e-15 * max(1, abs(x)))
    }
  }

  @Test("the distributions, and what lies far out", .tags(.statistical), arguments: Fill.allCases)
  func distribution(fill: Fill) {
    let count = draws(release: 1_000_000, debug: 100_000)
    var generator = Philox(seed: 21)
    var values = [Double](repeating: 0, count: count)
    fill(&generator, &values)
    let tolerance = StatisticalTolerance(level: 1e-4, comparisons: 2 * Fill.allCases.count)
    #expect(
      kolmogorovSmirnovStatistic(of: values, against: fill.cdf)
        < tolerance.kolmogorovSmirnov(draws: count))
    // Neighbours, which share a block, are uncorrelated.
    let scores = values.map { fill.cdf($0) - 0.5 }
    let products = zip(scores, scores.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let correlation = 12 * products / Double(count - 1)
    #expect(abs(correlation) < tolerance.standardErrors / Double(count - 1).squareRoot())
  }

  @Test("the first draws of seed 1", arguments: instructionSets)
  func knownAnswers(set: ck_instruction_set) {
    func first(_ kind: ck_philox_kind) -> [Double] {
      var values = [Double](repeating: 0, count: 4)
      ck_philox_fill(kind, set, 1, 0, 0, nil, &values, 4)
      return values
    }
    #expect(first(CK_UNIT) == KnownAnswers.unit)
    #expect(
      zip(first(CK_EXPONENTIAL), KnownAnswers.exponential).allSatisfy {
        relativeError($0, $1) < 1e-14
      })
    #expect(zip(first(CK_NORMAL), KnownAnswers.normal).allSatisfy { relativeError($0, $1) < 1e-14 })
  }
}

/// A bulk sampler by rejection.
enum RejectionFill: Sendable, CustomTestStringConvertible {
  case gamma(shape: Double)
  case beta(alpha: Double, beta: Double)

  static let all: [RejectionFill] =
    [0.01, 0.3, 1, 2.5, 50, 1e6].map { .gamma(shape: $0) } + [
      .beta(alpha: 2, beta: 3), .beta(alpha: 0.1, beta: 0.1), .beta(alpha: 0.5, beta: 20),
    ]

  var testDescription: String { "\(self)" }

  func callAsFunction(_ generator: inout Philox, _ values: inout [Double]) {
    var span = values.mutableSpan
    switch self {
    case .gamma(let shape): generator.fillGamma(&span, shape: shape)
    case .beta(let alpha, let beta): generator.fillBeta(&span, alpha: alpha, beta: beta)
    }
  }
}

@Suite struct PhiloxRejectionFillTests {
  @Test("a fill may be cut anywhere", arguments: RejectionFill.all)
  func cuts(fill: RejectionFill) {
    expectSameDraws(
      startingFrom: 0.0, cutInto: [[1_000, 1_000], [1, 511, 513, 975], [7, 16, 17, 33, 1_927]]
    ) {
      fill(&$0, &$1)
    }
  }

  @Test("the gamma distribution", .tags(.statistical), arguments: [0.01, 0.3, 1, 2.5, 50, 1e6])
  func gammaDistribution(shape: Double) throws {
    // The cdf of a large shape takes thousands of terms.
    let count = shape > 1e4 ? 20_000 : draws(release: 1_000_000, debug: 50_000)
    let gamma = try Gamma(shape: shape, rate: 1)
    var generator = Philox(seed: 33)
    var values = [Double](repeating: 0, count: count)
    RejectionFill.gamma(shape: shape)(&generator, &values)
    let limit = StatisticalTolerance(level: 1e-4, comparisons: 6).kolmogorovSmirnov(draws: count)
    #expect(kolmogorovSmirnovStatistic(of: values, against: gamma.cdf) < limit)
    // What a sampler that forgot to reject would draw is seen to differ: for the shape 1 the
    // proposal alone, d (1 + c z)^3.
    guard shape == 1 else { return }
    let normal = try Normal(mean: 0, standardDeviation: 1)
    let d = 2.0 / 3
    let broken = (0..<count).map { _ in
      let root = 1 + normal.sample(using: &generator) / (9 * d).squareRoot()
      return d * max(0, root * root * root)
    }
    #expect(kolmogorovSmirnovStatistic(of: broken, against: gamma.cdf) > limit)
  }

  @Test(
    "the beta distribution, by its relation to the gammas' own", .tags(.statistical),
    arguments: [(2.0, 3.0), (0.5, 0.5), (1, 4)])
  func betaDistribution(alpha: Double, beta: Double) {
    let count = draws(release: 1_000_000, debug: 50_000)
    var generator = Philox(seed: 34)
    var values = [Double](repeating: 0, count: count)
    RejectionFill.beta(alpha: alpha, beta: beta)(&generator, &values)
    let limit = StatisticalTolerance(level: 1e-4, comparisons: 3).kolmogorovSmirnov(draws: count)
    func cdf(_ x: Double) -> Double {
      switch (alpha, beta) {
      case (2, 3): x * x * (6 - 8 * x + 3 * x * x)
      case (0.5, 0.5): 2 / .pi * asin(x.squareRoot())
      default: 1 - (1 - x) * (1 - x) * (1 - x) * (1 - x)
      }
    }
    #expect(kolmogorovSmirnovStatistic(of: values, against: cdf) < limit)
    #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test("every instruction set draws the same gammas", arguments: [0.3, 2.5])
  func instructionSetsAgree(shape: Double) {
    let draws = instructionSets.map { set in
      var values = [Double](repeating: 0, count: 5_000)
      ck_philox_fill_gamma(set, 11, 4, 1, 1, 2, shape, CK_LOG_GAMMA, &values, 5_000)
      return values
    }
    if draws.count == 3 { #expect(draws[1] == draws[2]) }
    let last = draws[draws.count - 1]
    // A last bit can turn an acceptance into a rejection, but hardly in 5,000 draws.
    #expect(zip(draws[0], last).allSatisfy { abs($0 - $1) < 1e-13 * max(1, abs($1)) })
  }

  @Test("gammas, and the plain outputs at their positions, are uncorrelated", .tags(.statistical))
  func independence() throws {
    let count = draws(release: 1_000_000, debug: 50_000)
    var (first, second) = (Philox(seed: 35), Philox(seed: 35))
    var gammas = [Double](repeating: 0, count: count)
    var units = gammas
    RejectionFill.gamma(shape: 1)(&first, &gammas)
    var span = units.mutableSpan
    second.fillUnit(&span)
    let scores = gammas.map { 0.5 - exp(-$0) }
    let products = zip(scores, units).reduce(0) { $0 + $1.0 * ($1.1 - 0.5) }
    let limit = StatisticalTolerance(level: 1e-4, comparisons: 1).standardErrors
    #expect(abs(12 * products / Double(count)) < limit / Double(count).squareRoot())
  }

  @Test(
    "integers below a bound are uniform, and cut anywhere", .tags(.statistical),
    arguments: [1, 2, 7, 1_000])
  func indices(bound: Int) {
    let count = draws(release: 1_000_000, debug: 100_000)
    var generator = Philox(seed: 36)
    var values = [Int](repeating: 0, count: count)
    var span = values.mutableSpan
    generator.fillIndices(&span, below: bound)
    #expect(generator.position == UInt64(count))
    var counts = [Int](repeating: 0, count: bound)
    for value in values { counts[value] += 1 }
    let expected = [Double](repeating: Double(count) / Double(bound), count: bound)
    if bound > 1 {
      let limit = StatisticalTolerance(level: 1e-4, comparisons: 3)
        .chiSquared(degreesOfFreedom: bound - 1)
      #expect(chiSquaredStatistic(counts: counts, expected: expected) < limit)
    }
  }

  @Test("a bound near 2^63 rejects half of its outputs, and stays in range", .tags(.statistical))
  func largeBound() {
    let bound = (1 << 62) + (1 << 61) + 1  // 3/4 of 2^63: of 2^64 it takes 2 bounds and a rest
    let count = 20_000
    var generator = Philox(seed: 37)
    var values = [Int](repeating: 0, count: count)
    var span = values.mutableSpan
    generator.fillIndices(&span, below: bound)
    #expect(values.allSatisfy { (0..<bound).contains($0) })
    let scaled = values.map { (Double($0) + 0.5) / Double(bound) }
    #expect(
      kolmogorovSmirnovStatistic(of: scaled, against: { $0 })
        < StatisticalTolerance(level: 1e-4).kolmogorovSmirnov(draws: count))
  }
}

/// Computed with mpmath from the outputs of a Philox4x32-10 written in Python.
private enum KnownAnswers {
  static let unit: [Double] = [
    0.8946847163350924, 0.7112680765766943, 0.8741119351871307, 0.6561031684921107,
  ]
  static let exponential: [Double] = [
    0.11128389502102017, 0.3407058786424917, 0.13454683923066965, 0.4214372333606758,
  ]
  static let normal: [Double] = [
    1.2518334262356448, 0.5570930630842973, 1.1460459748596203, 0.4018510313381935,
  ]
}
