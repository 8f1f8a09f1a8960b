import Foundation
import TestSupport
import Testing

/// `Tests/Reference/quadrature.json`, with the functions that it is of.
struct QuadratureReference: Decodable {
  let integrals: [Case]
  let genz: [Genz]
  let rules: [Rule]
  let unnormalized: [Unnormalized]
  let normalMeans: [NormalMean]

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let lower, upper: Double
    let points: [Double]
    let value: Double

    var testDescription: String { name }

    var function: @Sendable (Double) -> Double {
      switch name {
      case "sqrtReciprocal": { 1 / $0.squareRoot() }
      case "log": { log($0) }
      case "logSquaredTimesPower": { log($0) * log($0) * pow($0, 0.25) }
      case "exp": { exp($0) }
      case "runge": { 1 / (1 + 25 * $0 * $0) }
      case "oscillating": { cos(20 * $0) }
      case "odd": { $0 * $0 * $0 * exp(-$0 * $0) }
      case "kink": { abs($0 - 1.0 / 3) }
      case "middleSingularity": { 1 / abs($0).squareRoot() }
      case "logistic": { 1 / (1 + exp(-$0)) }
      case "gaussianHalf": { exp(-$0 * $0) }
      case "gammaHalf": { exp(-$0) / $0.squareRoot() }
      case "logExponential": { log($0) * exp(-$0) }
      case "rational": { 1 / ($0 * $0.squareRoot()) }
      case "gaussianBelow", "gaussianLine": { exp(-0.5 * $0 * $0) }
      case "cauchyLine": { 1 / (1 + $0 * $0) }
      case "cosineGaussian": { cos(3 * $0) * exp(-$0 * $0) }
      default: fatalError("no function \(name)")
      }
    }
  }

  struct Genz: Decodable, Sendable, CustomTestStringConvertible {
    let family: String
    let a, u: [Double]
    let value: Double

    var dimension: Int { a.count }
    var testDescription: String { "\(family) \(dimension)" }
    var isSmooth: Bool { family != "continuous" && family != "discontinuous" }
    var box: [ClosedRange<Double>] { [ClosedRange<Double>](repeating: 0...1, count: a.count) }

    /// A. Genz, "Testing multidimensional integration routines" (1984).
    var function: @Sendable ([Double]) -> Double {
      let (family, a, u) = (family, a, u)
      return { x in
        var (sum, product) = (0.0, 1.0)
        for i in x.indices {
          let distance = x[i] - u[i]
          switch family {
          case "productPeak": product /= 1 / (a[i] * a[i]) + distance * distance
          case "gaussian": sum -= a[i] * a[i] * distance * distance
          case "continuous": sum -= a[i] * abs(distance)
          case "discontinuous" where distance > 0: return 0
          default: sum += a[i] * x[i]
          }
        }
        switch family {
        case "oscillatory": return cos(2 * .pi * u[0] + sum)
        case "productPeak": return product
        case "cornerPeak": return pow(1 + sum, -Double(x.count + 1))
        default: return exp(sum)
        }
      }
    }
  }

  struct Rule: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let points: Int
    let parameters: [String: Double]
    let nodes, weights: [Double]

    var testDescription: String { "\(name) \(points)" }
  }

  struct Unnormalized: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let lower, upper, logEvidence, mean, secondMoment: Double

    var testDescription: String { name }

    var logDensity: @Sendable (Double) -> Double {
      switch name {
      case "normal": { -0.5 * $0 * $0 }
      case "quartic": { -$0 * $0 * $0 * $0 + $0 }
      case "narrow": { -5e5 * ($0 - 100) * ($0 - 100) }
      case "gammaHalf": { -0.5 * log($0) - $0 }
      case "twoModes":
        { x in
          let (left, right) = (-2 * (x + 3) * (x + 3), log(2) - 8 * (x - 4) * (x - 4))
          return max(left, right) + log1p(exp(-abs(left - right)))
        }
      case "betaHalf": { -0.5 * log($0) + 3 * log1p(-$0) }
      case "poissonPosterior": { 7 * $0 - exp($0) - $0 * $0 / 18 }
      default: fatalError("no density \(name)")
      }
    }
  }

  struct NormalMean: Decodable, Sendable, CustomTestStringConvertible {
    let mean: [Double]
    let factor: [[Double]]
    let weights: [Double]
    let cosine, exponential: Double

    var testDescription: String { "\(mean.count) dimensions" }
  }

  static let all: QuadratureReference = try! ReferenceData.decode(from: "quadrature.json")
}
