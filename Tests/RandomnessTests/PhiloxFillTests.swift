import CKernels
import Distributions
import Foundation
import GSL
import Randomness
import TestSupport
import Testing

/// A kind of bulk draw, and how it is asked for.
enum Fill: CaseIterable, Sendable {
  case unit, openUnit, exponential, normal

  func callAsFunction(_ generator: inout Philox, _ values: inout [Double]) {
    var span = values.mutableSpan
    switch self {
    case .unit: generator.fillUnit(&span)
    case .openUnit: generator.fillOpenUnit(&span)
    case .exponential: generator.fillExponential(&span)
    case .normal: generator.fillNormal(&span)
    }
  }

  var kernel: ck_philox_kind {
    switch self {
    case .unit: CK_UNIT
    case .openUnit: CK_OPEN_UNIT
    case .exponential: CK_EXPONENTIAL
    case .normal: CK_NORMAL
    }
  }

  func cdf(_ x: Double) -> Double {
    switch self {
    case .unit, .openUnit: x
    case .exponential: -expm1(-x)
    case .normal: 0.5 * erfc(-x * 0.5.squareRoot())
    }
  }
}

/// The instruction sets that this processor has.
private let instructionSets = (0...ck_best_instruction_set().rawValue).map {
  ck_instruction_set(rawValue: $0)
}

@Suite struct PhiloxFillTests {
  @Test(
    "bits and uniforms are those of one draw at a time, from any position",
    arguments: [UInt64(0), 1, 2, 15, 16, 17, 1 << 33])
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
    var generator = Philox(seed: 3, stream: 9)
    var whole = [Double](repeating: 0, count: 2_000)
    fill(&generator, &whole)
    for sizes in [[1_000, 1_000], [1, 1_999], [7, 16, 17, 33, 1_927], [0, 2_000]] {
      var generator = Philox(seed: 3, stream: 9)
      var parts: [Double] = []
      for size in sizes {
        var part = [Double](repeating: 0, count: size)
        fill(&generator, &part)
        parts += part
      }
      #expect(parts == whole)
      #expect(generator.position == 2_000)
    }
  }

  @Test(
    "every instruction set gives the same integers and uniforms, AVX2 and AVX-512 the same bits",
    arguments: Fill.allCases)
  func instructionSetsAgree(fill: Fill) {
    let draws = instructionSets.map { set in
      var values = [Double](repeating: 0, count: 10_000)
      ck_philox_fill(fill.kernel, set, 11, 4, 1, &values, 10_000)
      return values
    }
    let last = draws[draws.count - 1]
    if draws.count == 3 { #expect(draws[1] == last) }
    switch fill {
    case .unit, .openUnit: #expect(draws[0] == last)
    case .exponential, .normal:
      #expect(zip(draws[0], last).allSatisfy { relativeError($0, $1) < 4e-15 })
    }
  }

  @Test("exponentials and normals are the quantiles of the uniforms", arguments: instructionSets)
  func quantiles(set: ck_instruction_set) throws {
    let count = 200_000
    func fill(_ kind: ck_philox_kind) -> [Double] {
      var values = [Double](repeating: 0, count: count)
      ck_philox_fill(kind, set, 5, 0, 0, &values, count)
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
      ck_philox_fill(kind, set, 1, 0, 0, &values, 4)
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
