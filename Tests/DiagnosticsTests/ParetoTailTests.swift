import Diagnostics
import Foundation
import Randomness
import TestSupport
import Testing

/// Tests/Reference/pareto_k.json.
struct ParetoReference: Decodable, Sendable {
  struct Case: Decodable, Sendable {
    let family: String
    let k: Double?
    let s: Double?
    let size: Int
    let kHat: Double
    let effectiveSampleSize: Double
    let logWeights: [Double]?

    var weights: [Double] {
      logWeights ?? (1...size).map { -k! * log((Double($0) - 0.5) / Double(size)) }
    }

    var label: String { "\(family) \(k ?? s ?? .nan), \(size) draws" }
  }

  let cases: [Case]

  static let committed = Result { try ReferenceData.decode(Self.self, from: "pareto_k.json") }
}

private func tail(of values: [Double], isLogarithmic: Bool = true) -> ParetoTail {
  var tail = ParetoTail(draws: values.count, isLogarithmic: isLogarithmic)
  for value in values { tail.insert(value) }
  return tail
}

@Suite("ParetoTail")
struct ParetoTailTests {
  @Test("k-hat is ArviZ's", .tags(.reference))
  func reference() throws {
    let cases = try ParetoReference.committed.get().cases
    #expect(!cases.isEmpty)
    for expected in cases {
      let shape = try #require(tail(of: expected.weights).shape)
      #expect(abs(shape - expected.kHat) < 1e-9, "\(expected.label)")
    }
  }

  @Test("Values and their logarithms have one k-hat", .tags(.unit))
  func logarithms() throws {
    for expected in try ParetoReference.committed.get().cases {
      let shape = try #require(
        tail(of: expected.weights.map { exp($0) }, isLogarithmic: false).shape)
      #expect(abs(shape - expected.kHat) < 1e-9, "\(expected.label)")
    }
  }

  @Test("Neither the order nor the cut into parts matters", .tags(.unit), arguments: [UInt64(2)])
  func merging(seed: UInt64) throws {
    var generator = Philox(seed: seed)
    // Rounded, so that there are ties at the cutoff too.
    let values = (0..<5_000).map { _ in (-50 * log(generator.nextOpenUnit())).rounded() / 50 }
    let whole = try #require(tail(of: values).shape)
    #expect(tail(of: values.sorted()).shape == whole)
    #expect(tail(of: values.sorted(by: >)).shape == whole)
    for size in [1, 7, 1_000, 4_999] {
      var merged = ParetoTail(draws: values.count, isLogarithmic: true)
      for start in stride(from: 0, to: values.count, by: size) {
        var part = ParetoTail(draws: values.count, isLogarithmic: true)
        for value in values[start..<min(start + size, values.count)] { part.insert(value) }
        merged.merge(part)
      }
      #expect(merged.shape == whole, "parts of \(size)")
    }
  }

  @Test("What is held stays below twice the capacity", .tags(.unit))
  func memory() throws {
    var tail = ParetoTail(draws: 10_000, isLogarithmic: true)
    func held() throws -> Int {
      let values = Mirror(reflecting: tail).children.first { $0.label == "values" }?.value
      return try #require(values as? [Double]).count
    }
    for i in 0..<50_000 {
      tail.insert(Double(i))
      if i % 97 == 0 { #expect(try held() < 2 * 301) }
    }
    #expect(try held() >= 301)
  }

  @Test("Too few values, ties and zero weights have no k-hat", .tags(.unit))
  func noShape() {
    #expect(ParetoTail(draws: 100, isLogarithmic: true).shape == nil)
    #expect(tail(of: [1, 2, 3, 4]).shape == nil)
    #expect(tail(of: [Double](repeating: 1, count: 100)).shape == nil)
    #expect(tail(of: [Double](repeating: -.infinity, count: 100)).shape == nil)
    #expect(tail(of: [Double](repeating: .nan, count: 100)).shape == nil)
  }

  @Test("A common factor of the weights does not matter", .tags(.unit))
  func scale() throws {
    let values = (1...1_000).map { -0.6 * log((Double($0) - 0.5) / 1_000) }
    let shape = try #require(tail(of: values).shape)
    for shift in [-2_000.0, -3, 900] {
      let shifted = try #require(tail(of: values.map { $0 + shift }).shape)
      #expect(abs(shifted - shape) < 1e-9)
    }
  }

  @Test("The limit of k-hat grows with the draws, to 0.7", .tags(.unit))
  func limit() {
    #expect(ParetoTail.shapeLimit(draws: 10) == 0)
    #expect(scaledError(ParetoTail.shapeLimit(draws: 100), 0.5) < 1e-15)
    #expect(scaledError(ParetoTail.shapeLimit(draws: 1_000), 2.0 / 3) < 1e-15)
    #expect(ParetoTail.shapeLimit(draws: 1_000_000) == 0.7)
  }
}
