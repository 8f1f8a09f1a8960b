import Distributions
import Foundation

/// Draws of a proposal, weighted towards a target, and averaged as they come.
struct ImportanceRun<Proposal: Distribution>: SamplingRun {
  let proposal: Proposal
  let target: Target<Proposal.Value>
  let integrand: Integrand<Proposal.Value>
  let draws: Int
  let normalization: ImportanceNormalization
  private let thresholds = SharedThresholds<ImportanceThresholds>()

  init(
    _ proposal: Proposal, _ target: Target<Proposal.Value>, _ integrand: Integrand<Proposal.Value>,
    draws: Int, _ normalization: ImportanceNormalization
  ) {
    self.proposal = proposal
    self.target = target
    self.integrand = integrand
    self.draws = draws
    self.normalization = normalization
  }

  struct Workspace {
    var sampler: SamplerWorkspace<Proposal>
    var weights: WeightWorkspace<Proposal>
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      sampler: SamplerWorkspace(drawing: proposal, outputs: integrand.outputs),
      weights: WeightWorkspace(target))
  }

  var empty: ImportanceAverage {
    ImportanceAverage(outputs: integrand.outputs, draws: draws, normalization: normalization)
  }

  func partial<G: RandomNumberGenerator>(
    draws range: Range<Int>, using generator: inout G, in workspace: inout Workspace,
    isCancelled: () -> Bool
  ) throws -> ImportanceAverage {
    var average = ImportanceAverage(
      outputs: integrand.outputs, draws: draws, normalization: normalization,
      above: thresholds.value)
    var start = range.lowerBound
    while start < range.upperBound, !isCancelled() {
      let count = min(drawsPerBlock, range.upperBound - start)
      workspace.sampler.fill(count, from: proposal, using: &generator)
      let done = try add(count, from: start, to: &average, in: &workspace, isCancelled)
      start += count
      if done < count { break }
    }
    return average
  }

  /// Weighs a block of draws and adds it; returns how many were done before a cancellation.
  private func add(
    _ count: Int, from start: Int, to average: inout ImportanceAverage,
    in workspace: inout Workspace, _ isCancelled: () -> Bool
  ) throws -> Int {
    var weighed = try workspace.weights.weigh(
      workspace.sampler.draws, count: count, proposal, isCancelled: isCancelled)
    average.failures += workspace.weights.failures
    // f is not asked where the target is zero: it need not be defined there.
    let positive = workspace.weights.gatherPositive(&workspace.sampler.draws, count: weighed)
    let places = workspace.weights.places
    let done = try workspace.sampler.evaluate(
      integrand, count: positive, number: { start + places[$0] }, isCancelled: isCancelled)
    if done < positive { weighed = places[done] }
    let logWeights = workspace.weights.logWeights
    workspace.sampler.withColumns(done) { columns in
      average.add(
        columns, logWeights: logWeights.span.extracting(0..<done), zeros: weighed - done)
    }
    return weighed
  }

  func draws(in partial: ImportanceAverage) -> Int { partial.count }

  func merge(_ partial: ImportanceAverage, into total: inout ImportanceAverage) {
    total.merge(partial)
    thresholds.value = total.thresholds
  }
}

/// The log weights of a block of draws, and the memory of one worker that they need.
struct WeightWorkspace<Proposal: Distribution> {
  private let evaluator: Target<Proposal.Value>.Evaluator
  private var pace = Pace()
  private(set) var block = BlockWeights()
  /// How many evaluations failed in this block.
  private(set) var failures = 0

  init(_ target: Target<Proposal.Value>) { evaluator = target.makeEvaluator() }

  var logWeights: [Double] { block.logWeights }
  var places: [Int] { block.places }

  /// log p(x) - log q(x) of the first `count` draws, minus infinity where p is zero.
  ///
  /// - Returns: how many were done before a cancellation.
  mutating func weigh(
    _ draws: [Proposal.Value], count: Int, _ proposal: Proposal, isCancelled: () -> Bool
  ) throws -> Int {
    let evaluator = evaluator
    failures = 0
    var done = 0
    while done < count, !isCancelled() {
      let piece = pace.piece(from: done, to: count)
      let start = ContinuousClock.now
      failures += try block.logWeights.withMutableSpan(piece) {
        try evaluate(evaluator, on: draws.span.extracting(piece), into: &$0)
      }
      pace.adapt(to: ContinuousClock.now - start)
      done = piece.upperBound
    }
    block.logProposal.withMutableSpan(0..<done) {
      proposal.logDensities(of: draws.span.extracting(0..<done), into: &$0)
    }
    block.divide(count: done)
    return done
  }

  /// Moves the draws with positive weight, and their weights, to the front; returns how many there are.
  mutating func gatherPositive(_ draws: inout [Proposal.Value], count: Int) -> Int {
    let positive = block.gatherPositive(count: count)
    if positive < count { moveForward(&draws, from: block.places, count: positive) }
    return positive
  }

  /// Moves the draws that are accepted to the front, at most `wanted`; returns how many there are.
  ///
  /// - Parameter exponentials: -log u for each draw, u uniform.
  mutating func accept(
    _ draws: inout [Proposal.Value], count: Int, wanted: Int, logConstant: Double,
    exponentials: [Double]
  ) throws -> Int {
    let (accepted, violation) = block.accept(
      count: count, wanted: wanted, logConstant: logConstant, exponentials: exponentials)
    if let violation {
      throw EstimationError.envelopeViolated(
        ratio: exp(block.logWeights[violation] - logConstant), constant: exp(logConstant),
        at: "\(draws[violation])")
    }
    moveForward(&draws, from: block.places, count: accepted)
    return accepted
  }
}

/// What is computed from the log densities of a block, whatever the draws are.
struct BlockWeights {
  /// Of the target, and then of target over proposal.
  var logWeights = [Double](repeating: 0, count: drawsPerBlock)
  var logProposal = [Double](repeating: 0, count: drawsPerBlock)
  /// Where in the block the draws stood that were moved to the front, in order.
  private(set) var places = [Int](repeating: 0, count: drawsPerBlock)

  mutating func divide(count: Int) {
    logWeights.withUnsafeMutableBufferPointer { weights in
      logProposal.withUnsafeBufferPointer { proposal in
        // Zero stays zero, where the proposal is zero too.
        for i in 0..<count {
          let logWeight = weights[i] - proposal[i]
          weights[i] = weights[i] == -.infinity ? -.infinity : logWeight
        }
      }
    }
  }

  /// Moves the weights above zero to the front.
  mutating func gatherPositive(count: Int) -> Int {
    places.withUnsafeMutableBufferPointer { places in
      logWeights.withUnsafeMutableBufferPointer { weights in
        var positive = 0
        for i in 0..<count {
          weights[positive] = weights[i]
          places[positive] = i
          positive += weights[i] > -.infinity ? 1 : 0
        }
        return positive
      }
    }
  }

  /// The places of the accepted draws, and the first that stands above the envelope before all are found.
  mutating func accept(
    count: Int, wanted: Int, logConstant: Double, exponentials: [Double]
  ) -> (accepted: Int, violation: Int?) {
    places.withUnsafeMutableBufferPointer { places in
      logWeights.withUnsafeBufferPointer { weights in
        exponentials.withUnsafeBufferPointer { exponentials in
          var accepted = 0
          for i in 0..<count {
            let logRatio = weights[i] - logConstant
            // A ratio of one can come out a few roundings above it.
            if logRatio > 1e-12 { return (accepted, i) }
            places[accepted] = i
            accepted += logRatio + exponentials[i] > 0 ? 1 : 0
            if accepted == wanted { break }
          }
          return (accepted, nil)
        }
      }
    }
  }
}

/// Swaps the elements at `places`, rising, with those at the front.
@_specialize(where Value == Double)
@_specialize(where Value == Int)
@_specialize(where Value == [Double])
func moveForward<Value>(_ values: inout [Value], from places: [Int], count: Int) {
  values.withUnsafeMutableBufferPointer { values in
    for i in 0..<count where places[i] != i { values.swapAt(i, places[i]) }
  }
}
