import TestSupport
import Testing

/// Tests/Reference/gsl_draws.json.
struct GSLReference: Decodable, Sendable {
  struct Generator: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let seed: UInt
    let outputs: [UInt64]
    var testDescription: String { "\(name), seed \(seed)" }
  }

  /// Integers, or the bits of Doubles as hexadecimal strings.
  struct Draws: Decodable, Sendable, CustomTestStringConvertible {
    let generator: String
    let seed: UInt
    let routine: String
    let parameters: [Double]
    let values: [Value]
    var testDescription: String { "\(routine) \(parameters)" }
  }

  enum Value: Decodable, Sendable {
    case integer(Int)
    case real(Double)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self), let bits = UInt64(text, radix: 16) {
        self = .real(Double(bitPattern: bits))
      } else {
        self = .integer(try container.decode(Int.self))
      }
    }

    /// As a Double, which holds every integer here.
    var number: Double {
      switch self {
      case .integer(let value): Double(value)
      case .real(let value): value
      }
    }
  }

  let allGenerators: [String]
  let fullRangeGenerators: [String]
  let generators: [Generator]
  let draws: [Draws]

  static let committed = Result { try ReferenceData.decode(Self.self, from: "gsl_draws.json") }
}
