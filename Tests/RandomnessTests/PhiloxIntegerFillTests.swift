import CKernels
import Foundation
import GSL
import Randomness
import TestSupport
import Testing

/// A bulk sampler of integers.
enum IntegerFill: Sendable, CustomTestStringConvertible {
  case table([Double])
  case cumulative([Double])
  case poisson(mean: Double)

  static let weights = [10, 3, 32, 33, 500].map { count in
    (0..<count).map { Double(1 + $0 * 7 % 11) }
  }
  static let categorical: [IntegerFill] =
    weights.map { .table($0) } + weights.map { .cumulative($0) }
  static let poisson: [IntegerFill] =
    [0, 1e-9, 0.3, 1, 10, 47.5, 48, 1_000.3, 1e6, 1e12, 0x1p53].map { .poisson(mean: $0) }
  static let all = categorical + poisson

  var testDescription: String {
    switch self {
    case .table(let weights): "table of \(weights.count)"
    case .cumulative(let weights): "cumulative, \(weights.count)"
    case .poisson(let mean): "poisson \(mean)"
    }
  }

  static func running(_ weights: [Double]) -> [Double] {
    let sum = weights.reduce(0, +)
    var total = 0.0
    return weights.map { weight in
      total += weight / sum
      return total
    }
  }

  func callAsFunction(_ generator: inout Philox, _ values: inout [Int]) {
    var span = values.mutableSpan
    switch self {
    case .table(let weights):
      generator.fillCategorical(&span, table: AliasTable(probabilities: weights))
    case .cumulative(let weights):
      generator.fillCategorical(&span, cumulative: Self.running(weights))
    case .poisson(let mean): generator.fillPoisson(&span, mean: mean)
    }
  }

  func draws(_ count: Int, seed: UInt64) -> [Int] {
    var generator = Philox(seed: seed)
    var values = [Int](repeating: -1, count: count)
    self(&generator, &values)
    return values
  }
}

@Suite struct PhiloxIntegerFillTests {
  @Test("a fill may be cut anywhere", arguments: IntegerFill.all)
  func cuts(fill: IntegerFill) {
    expectSameDraws(
      startingFrom: 0, cutInto: [[1_000, 1_000], [1, 511, 513, 975], [7, 16, 17, 33, 1_927]]
    ) { fill(&$0, &$1) }
  }

  @Test("a fill from the middle of a block, or across the last position, is the stream's")
  func anyPosition() {
    let table = AliasTable(probabilities: IntegerFill.weights[0])
    for position in [1, 15, 1 << 33, .max - 20, .max] as [UInt64] {
      var (bulk, single) = (Philox(seed: 4), Philox(seed: 4))
      (bulk.position, single.position) = (position, position)
      var values = [Int](repeating: 0, count: 50)
      IntegerFill.table(IntegerFill.weights[0])(&bulk, &values)
      #expect(values == (0..<50).map { _ in table.sample(using: &single) })
      #expect(bulk == single)
    }
  }

  @Test("categories are those of one draw at a time", arguments: IntegerFill.weights)
  func oneByOne(weights: [Double]) {
    let table = AliasTable(probabilities: weights)
    var single = Philox(seed: 6)
    let byTable = (0..<5_000).map { _ in table.sample(using: &single) }
    #expect(IntegerFill.table(weights).draws(5_000, seed: 6) == byTable)

    let cumulative = IntegerFill.running(weights)
    single = Philox(seed: 6)
    let inverted = (0..<5_000).map { _ in
      let u = single.nextUnit()
      return cumulative.dropLast().firstIndex { $0 > u } ?? cumulative.count - 1
    }
    #expect(IntegerFill.cumulative(weights).draws(5_000, seed: 6) == inverted)
  }

  @Test("every instruction set gives the same categories", arguments: [3, 10, 32, 33, 1_000])
  func instructionSetsAgree(count: Int) {
    let cumulative = (0..<count).map { Double($0 + 1) / Double(count) }
    let cells = (0..<count).map {
      ck_alias_cell(edge: Double($0) + 0.3, alias: Int64(($0 + 2) % count))
    }
    for kind in [CK_ALIAS, CK_CUMULATIVE] {
      let draws = instructionSets.map { set in
        cells.withUnsafeBufferPointer { cells in
          cumulative.withUnsafeBufferPointer { cumulative in
            var values = [Int](repeating: 0, count: 10_000)
            var categories = ck_categories(
              cells: cells.baseAddress, cumulative: cumulative.baseAddress, count: count, first: 7)
            ck_philox_fill(kind, set, 11, 4, 1, &categories, &values, 10_000)
            return values
          }
        }
      }
      #expect(draws.allSatisfy { $0 == draws[0] })
      #expect(draws[0].allSatisfy { (7..<count + 7).contains($0) })
      #expect(Set(draws[0]).count == count)
    }
  }

  @Test(
    "by rejection AVX2 and AVX-512 draw the same, and the portable path hardly ever another",
    arguments: [48, 1_000.3, 1e6, 1e12, 0x1p53])
  func poissonInstructionSetsAgree(mean: Double) {
    let draws = instructionSets.map { set in
      var values = [Int64](repeating: 0, count: 20_000)
      ck_philox_fill_poisson(set, 11, 4, 1, mean, &values, 20_000)
      return values
    }
    let last = draws[draws.count - 1]
    if draws.count == 3 { #expect(draws[1] == last) }
    // A candidate on the edge between two integers, or of acceptance: of chance 1e-15 times its
    // size, in standard deviations.
    let different = zip(draws[0], last).filter { $0 != $1 }.count
    #expect(different <= (mean < 1e9 ? 1 : 200), "\(different) differ")
  }

  @Test("the categories' distribution", .tags(.statistical), arguments: IntegerFill.categorical)
  func categories(fill: IntegerFill) {
    let count = draws(release: 1_000_000, debug: 100_000)
    let weights =
      switch fill {
      case .table(let weights), .cumulative(let weights): weights
      case .poisson: [Double]()
      }
    let limit = StatisticalTolerance(comparisons: IntegerFill.categorical.count)
      .chiSquared(degreesOfFreedom: weights.count - 1)
    var counts = [Int](repeating: 0, count: weights.count)
    for value in fill.draws(count, seed: 51) { counts[value] += 1 }
    let sum = weights.reduce(0, +)
    let expected = weights.map { Double(count) * $0 / sum }
    #expect(chiSquaredStatistic(counts: counts, expected: expected) < limit)
    // Categories that are a hundredth too likely, at the cost of their neighbours, are seen.
    guard weights.count == 10 else { return }
    let broken = expected.indices.map { expected[$0] * ($0 % 2 == 0 ? 1.01 : 0.99) }
    let total = broken.reduce(0, +)
    #if !DEBUG
      #expect(
        chiSquaredStatistic(counts: counts, expected: broken.map { $0 * Double(count) / total })
          > limit)
    #endif
  }

  /// The chi-squared statistic of draws against Poisson probabilities, in cells of about
  /// `standardDeviation / 5`, and its degrees of freedom.
  static func poissonStatistic(
    _ values: [Int], mean: Double
  ) throws -> (statistic: Double, degreesOfFreedom: Int) {
    let deviation = mean.squareRoot()
    let width = max(1, Int(deviation / 5))
    let lowest = max(-1, Int(mean - 4 * deviation))
    // Cells of width w: (lowest, lowest + w], ..., with the tails beside them.
    let edges = Array(stride(from: lowest, to: Int(mean + 5 * deviation) + 2, by: width))
    let below = try edges.map {
      try GSLCumulative.probability(of: .poisson(mean: mean), at: $0)
    }
    var expected = [below[0]]
    for i in 1..<below.count { expected.append(below[i] - below[i - 1]) }
    expected.append(1 - below.last!)
    var counts = [Int](repeating: 0, count: expected.count)
    for value in values {
      let cell =
        value <= lowest ? 0 : min(expected.count - 1, (value - lowest - 1) / width + 1)
      counts[cell] += 1
    }
    // Cells too rare for the approximation are joined to their neighbours towards the middle.
    var (joined, joinedCounts) = ([Double](), [Int]())
    var (mass, number) = (0.0, 0)
    for (p, c) in zip(expected, counts) {
      (mass, number) = (mass + p * Double(values.count), number + c)
      if mass >= 20 {
        joined.append(mass)
        joinedCounts.append(number)
        (mass, number) = (0, 0)
      }
    }
    joined[joined.count - 1] += mass
    joinedCounts[joinedCounts.count - 1] += number
    return (
      chiSquaredStatistic(counts: joinedCounts, expected: joined), max(1, joined.count - 1)
    )
  }

  @Test(
    "the Poisson distribution", .tags(.statistical),
    arguments: [0.3, 1, 10, 40.5, 47.5, 48, 80, 128, 1_000.3, 1e6])
  func poisson(mean: Double) throws {
    let count = draws(release: 1_000_000, debug: 50_000)
    let values = IntegerFill.poisson(mean: mean).draws(count, seed: 52)
    let tolerance = StatisticalTolerance(comparisons: 10)
    let result = try Self.poissonStatistic(values, mean: mean)
    #expect(result.statistic < tolerance.chiSquared(degreesOfFreedom: result.degreesOfFreedom))
    // Power: the rounded normal of the same mean and variance is told from it.
    guard mean == 48 else { return }
    var generator = Philox(seed: 53)
    var normals = [Double](repeating: 0, count: count)
    var span = normals.mutableSpan
    generator.fillNormal(&span)
    let rounded = normals.map { Int((mean + mean.squareRoot() * $0).rounded()) }
    let broken = try Self.poissonStatistic(rounded, mean: mean)
    #expect(broken.statistic > tolerance.chiSquared(degreesOfFreedom: broken.degreesOfFreedom))
  }

  @Test(
    "means beyond any table: normal to within a skewness of 1 / sqrt(mean)", .tags(.statistical),
    arguments: [1e10, 1e12, 1e15, 0x1p53])
  func largeMeans(mean: Double) {
    let count = draws(release: 1_000_000, debug: 50_000)
    let values = IntegerFill.poisson(mean: mean).draws(count, seed: 54)
    let scores = values.map { (Double($0) - mean) / mean.squareRoot() }
    let limit = StatisticalTolerance(comparisons: 4).kolmogorovSmirnov(draws: count)
    #expect(
      kolmogorovSmirnovStatistic(of: scores) { 0.5 * erfc(-$0 * 0.5.squareRoot()) } < limit)
  }

  @Test("a mean of zero gives zeros, and a tiny one hardly anything else")
  func smallMeans() {
    #expect(IntegerFill.poisson(mean: 0).draws(1_000, seed: 1).allSatisfy { $0 == 0 })
    #expect(IntegerFill.poisson(mean: 1e-300).draws(1_000, seed: 1).allSatisfy { $0 == 0 })
    let rare = IntegerFill.poisson(mean: 1e-3).draws(100_000, seed: 1)
    #expect((20...300).contains(rare.reduce(0, +)))
  }

  @Test("Poisson draws, and the plain outputs at their positions, are uncorrelated")
  func independence() {
    let count = draws(release: 1_000_000, debug: 50_000)
    let values = IntegerFill.poisson(mean: 1_000).draws(count, seed: 55)
    var generator = Philox(seed: 55)
    var units = [Double](repeating: 0, count: count)
    var span = units.mutableSpan
    generator.fillUnit(&span)
    let limit = StatisticalTolerance(comparisons: 2).standardErrors / Double(count).squareRoot()
    let scores = values.map { (Double($0) - 1_000) / 1_000.0.squareRoot() }
    let withUnits = zip(scores, units).reduce(0) { $0 + $1.0 * ($1.1 - 0.5) }
    #expect(abs(withUnits * 12.0.squareRoot() / Double(count)) < limit)
    let withNext = zip(scores, scores.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(withNext / Double(count)) < limit)
  }

  @Test("means and tables outside the domain are refused", .tags(.unit))
  func refused() async {
    await #expect(processExitsWith: .failure) {
      _ = IntegerFill.poisson(mean: -1).draws(1, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = IntegerFill.poisson(mean: .nan).draws(1, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = IntegerFill.poisson(mean: 1e16).draws(1, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      var generator = Philox(seed: 1)
      var values = [0]
      var span = values.mutableSpan
      generator.fillCategorical(&span, cumulative: [])
    }
  }

  @Test("the first draws of seed 1")
  func knownAnswers() {
    // The first units are 0.895, 0.711, 0.874 and 0.656.
    #expect(IntegerFill.cumulative([1, 2, 3, 4]).draws(4, seed: 1) == [3, 3, 3, 3])
    #expect(IntegerFill.cumulative([1, 1, 1, 1, 1]).draws(4, seed: 1) == [4, 3, 4, 3])
    #expect(IntegerFill.table([1, 1, 1, 1, 1]).draws(4, seed: 1) == [4, 3, 4, 3])
    // From a Philox4x32-10 and the transformed rejection as it is printed, written in Python.
    #expect(
      IntegerFill.poisson(mean: 1_000).draws(20, seed: 1) == [
        1010, 1052, 980, 973, 991, 1001, 1061, 986, 983, 1025,
        1038, 973, 1003, 1082, 996, 994, 954, 1008, 994, 974,
      ])
    #expect(
      IntegerFill.poisson(mean: 128).draws(20, seed: 1) == [
        131, 147, 121, 118, 125, 128, 150, 123, 122, 137,
        142, 118, 129, 157, 126, 126, 112, 131, 126, 119,
      ])
  }
}
