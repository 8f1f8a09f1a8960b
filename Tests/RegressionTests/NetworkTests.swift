import Differentiation
import Distributions
import Estimation
import Foundation
import Optimization
import Randomness
import Regression
import TestSupport
import Testing

/// A noisy sine.
private func sineData(count: Int, noise: Double, seed: UInt64) throws -> RegressionData {
  var generator = Philox(seed: seed)
  let normal = try Normal(mean: 0, standardDeviation: noise)
  let x = (0..<count).map { -3 + 6 * Double($0) / Double(count - 1) }
  return try RegressionData(
    x: x, y: x.map { 50 + 10 * (sin(1.5 * $0) + normal.sample(using: &generator)) })
}

@Suite struct NetworkTests {
  @Test(
    "gradients of likelihood and posterior", .tags(.gradient),
    arguments: [[3], [5, 4], [4, 3, 2]])
  func gradients(hidden: [Int]) throws {
    let data = try sineData(count: 23, noise: 0.1, seed: 1)
    let regression = NetworkRegression(hidden: hidden)
    var generator = Philox(seed: 5)
    for objective in [NetworkRegression.Objective.likelihood, .posterior] {
      let density = try regression.logDensity(objective, data)
      #expect(density.dimension == regression.network.parameterCount + 1)
      let position = (0..<density.dimension).map { _ in generator.nextUnit() - 0.5 }
      #expect(try gradientError(of: density, at: position) < 1e-7)
    }
  }

  @Test("the program computes what the formula says")
  func formula() throws {
    let network = NeuralNetwork(layers: [1, 2, 1])
    #expect(network.parameterCount == 7)
    let program = try Program(dimension: 7) {
      network(Tensor([0.3, -2], shape: [2, 1]), parameters: $0)
    }
    let w = [0.5, -1, 0.2, 0.4, 2, -3, 0.7]
    let values = program.values(at: w, in: program.makeWorkspace())
    for (x, value) in zip([0.3, -2], values) {
      let expected = 2 * tanh(0.5 * x + 0.2) - 3 * tanh(-x + 0.4) + 0.7
      #expect(abs(value - expected) < 1e-14)
    }
  }

  @Test("maximum likelihood by L-BFGS recovers a curve and its noise")
  func fit() async throws {
    let data = try sineData(count: 200, noise: 0.1, seed: 2)
    let fit = try await NetworkRegression(hidden: [6]).fit(.likelihood, data, seed: 1)
    // The noise is 1 in y's units; 19 weights take their share of its square.
    let z = StatisticalTolerance(level: 0.001, comparisons: 4).standardErrors
    let expectedNoise = (1 - 19.0 / 200).squareRoot()
    #expect(abs(fit.noiseStandardDeviation - expectedNoise) < z / (2.0 * 200).squareRoot())
    let x = [-2.0, 0, 1]
    for (x, mean) in zip(x, try fit.means(at: x)) {
      let expected = 50 + 10 * sin(1.5 * x)
      // On average over the rows the curve's variance is 19 / 200; here it may be double.
      #expect(abs(mean - expected) < z * (2 * 19.0 / 200).squareRoot())
    }
  }

  @Test("the same fit on any number of workers")
  func workers() async throws {
    let data = try sineData(count: 60, noise: 0.1, seed: 2)
    let regression = NetworkRegression(hidden: [4])
    let one = try await regression.fit(.posterior, data, seed: 3, workers: 1)
    let two = try await regression.fit(.posterior, data, seed: 3, workers: 2)
    #expect(one.optimum.position == two.optimum.position)
    #expect(one.optimum.convergence == .converged)
  }

  @Test("importance weights around the Laplace approximation: degenerate ones are called so")
  func importance() async throws {
    let data = try sineData(count: 80, noise: 0.2, seed: 4)
    let regression = NetworkRegression(hidden: [8])
    let fit = try await regression.fit(.posterior, data, seed: 1)
    let draws = try await regression.importanceDraws(
      around: regression.laplace(around: fit, data), data, count: 4_000, seed: 2)
    #expect(draws.effectiveSampleSize < 400)
    #expect(!draws.diagnosis.isReliable)
    let average = fit.average(over: draws, at: data.x)
    let scores = try await average.scores(data.y)
    // The noise is 2 in y's units.
    #expect(try #require(scores.rootMeanSquareError) < 2 * 2)
  }

  @Test("a network of one unit is nearly normal: its weights hold")
  func smallNetwork() async throws {
    var generator = Philox(seed: 6)
    let normal = try Normal(mean: 0, standardDeviation: 0.05)
    let x = (0..<150).map { -2 + 4 * Double($0) / 149 }
    let data = try RegressionData(
      x: x, y: x.map { tanh(2 * $0 - 0.5) + normal.sample(using: &generator) })
    let regression = NetworkRegression(hidden: [1])
    let fit = try await regression.fit(.posterior, data, seed: 1)
    let draws = try await regression.importanceDraws(
      around: regression.laplace(around: fit, data), data, count: 10_000, seed: 2)
    #expect(draws.diagnosis == .reliable, "\(draws.diagnosis)")
    #expect(draws.effectiveSampleSize > 1_000)
  }
}
