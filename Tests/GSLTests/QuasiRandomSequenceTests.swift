import GSL
import TestSupport
import Testing

/// Tests/Reference/gsl_sequences.json.
private struct SequenceReference: Decodable {
  struct Points: Decodable {
    let kind: String
    let dimension: Int
    /// `[points, dimension]`, hexadecimal.
    let points: [String]
  }
  let sequences: [Points]
}

private typealias Kind = QuasiRandomSequence.Kind

@Suite("QuasiRandomSequence") struct QuasiRandomSequenceTests {
  @Test("The points are those of a C program, one by one and many at a time", .tags(.reference))
  func points() throws {
    let reference: SequenceReference = try ReferenceData.decode(from: "gsl_sequences.json")
    #expect(Set(reference.sequences.map(\.kind)) == Set(Kind.allCases.map(\.rawValue)))
    for expected in reference.sequences {
      let kind = try #require(Kind(rawValue: expected.kind))
      let values = expected.points.compactMap { Double($0) }
      #expect(values.count == expected.points.count)
      var sequence = try QuasiRandomSequence(kind, dimension: expected.dimension)
      let count = values.count / expected.dimension
      let single = try (0..<count).flatMap { _ in try sequence.next() }
      #expect(single == values, "\(kind) in \(expected.dimension)")
      #expect(sequence.position == count)
      try sequence.move(to: 0)
      var filled = [Double](repeating: -1, count: values.count)
      var span = filled.mutableSpan
      try sequence.fill(&span)
      #expect(filled == values, "\(kind) in \(expected.dimension)")
    }
  }

  @Test(
    "In one dimension Sobol's points are van der Corput's in the order of the Gray code",
    .tags(.unit))
  func vanDerCorput() throws {
    var sequence = try QuasiRandomSequence(.sobol, dimension: 1)
    for n in 1..<1_000 {
      var (mirrored, weight, gray) = (0.0, 0.5, n ^ n >> 1)
      while gray > 0 {
        if gray & 1 == 1 { mirrored += weight }
        (weight, gray) = (weight / 2, gray >> 1)
      }
      #expect(try sequence.next() == [mirrored])
    }
  }

  @Test("Going to a place is drawing up to it", .tags(.unit), arguments: Kind.allCases)
  func move(kind: QuasiRandomSequence.Kind) throws {
    var walking = try QuasiRandomSequence(kind, dimension: 7)
    let points = try (0..<700).map { _ in try walking.next() }
    var jumping = try QuasiRandomSequence(kind, dimension: 7)
    for place in [699, 0, 1, 2, 3, 255, 256, 511, 300] {
      try jumping.move(to: place)
      #expect(jumping.position == place)
      #expect(try jumping.next() == points[place])
      if place < 699 { #expect(try jumping.next() == points[place + 1]) }
    }
  }

  @Test(
    "The columns of a generating matrix give the points", .tags(.unit),
    arguments: [Kind.sobol, .niederreiter])
  func columns(kind: QuasiRandomSequence.Kind) throws {
    let dimension = kind.largestDimension
    let columns = try QuasiRandomSequence.generatingColumns(kind, dimension: dimension)
    let origin = kind == .niederreiter ? 0 : 1
    var sequence = try QuasiRandomSequence(kind, dimension: dimension)
    for place in Array(0..<100) + [70_000, 123_456_789, 1 << 30 - 2] {
      try sequence.move(to: place)
      let gray = (place + origin) ^ (place + origin) >> 1
      var digits = [UInt64](repeating: 0, count: dimension)
      for bit in 0..<30 where gray >> bit & 1 == 1 {
        for j in 0..<dimension { digits[j] ^= columns[bit * dimension + j] }
      }
      #expect(try sequence.next() == digits.map { Double($0) * 0x1p-64 })
    }
  }

  @Test("A copy goes its own way", .tags(.unit), arguments: Kind.allCases)
  func copies(kind: QuasiRandomSequence.Kind) throws {
    var original = try QuasiRandomSequence(kind, dimension: 2)
    _ = try original.next()
    var (first, second) = (original, original)
    let ofFirst = try (0..<5).map { _ in try first.next() }
    let ofOriginal = try (0..<5).map { _ in try original.next() }
    try second.move(to: 1)
    #expect(ofFirst == ofOriginal)
    #expect(try (0..<5).map { _ in try second.next() } == ofOriginal)
  }

  @Test(
    "A dimension that GSL does not have is an error that names both", .tags(.unit),
    arguments: [(Kind.sobol, 40), (.niederreiter, 12), (.halton, 1229), (.reverseHalton, 1229)])
  func dimensions(kind: QuasiRandomSequence.Kind, largest: Int) throws {
    #expect(kind.largestDimension == largest)
    var sequence = try QuasiRandomSequence(kind, dimension: largest)
    #expect(try sequence.next().count == largest)
    for dimension in [largest + 1, 0, -1, .max] {
      #expect {
        try QuasiRandomSequence(kind, dimension: dimension)
      } throws: {
        guard let error = $0 as? GSLError else { return false }
        return error.message
          == "GSL has the \(kind) sequence in 1 to \(largest) dimensions, not in \(dimension)"
      }
    }
  }

  @Test("After the last point comes an error", .tags(.unit), arguments: Kind.allCases)
  func end(kind: QuasiRandomSequence.Kind) throws {
    var sequence = try QuasiRandomSequence(kind, dimension: 2)
    try sequence.move(to: kind.largestCount - 1)
    _ = try sequence.next()
    #expect(throws: GSLError.self) { try sequence.next() }
    #expect(throws: GSLError.self) { try sequence.move(to: kind.largestCount + 1) }
    #expect(throws: GSLError.self) { try sequence.move(to: -1) }
    try sequence.move(to: 5)
    #expect(try sequence.next().count == 2)
  }
}
