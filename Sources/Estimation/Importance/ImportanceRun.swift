internal import CKernels
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
    var memory: ImportanceMemory
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      sampler: SamplerWorkspace(drawing: proposal, for: integrand, target: target),
      weights: WeightWorkspace(target), memory: ImportanceMemory(outputs: integrand.outputs))
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
    let block = workspace.weights.block
    let done = try workspace.sampler.evaluate(
      integrand, count: positive, number: { start + block.place($0) }, isCancelled: isCancelled)
    if done < positive { weighed = block.place(done) }
    let logWeights = block.logWeights
    var memory = ImportanceMemory()
    swap(&memory, &workspace.memory)
    workspace.sampler.withColumns(done) { columns in
      average.add(
        columns, logWeights: logWeights.span.extracting(0..<done), zeros: weighed - done,
        memory: &memory)
    }
    swap(&memory, &workspace.memory)
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
  private let evaluator: TargetEvaluator<Proposal.Value>
  private var pace = Pace()
  private(set) var block = BlockWeights()
  /// How many evaluations failed in this block.
  private(set) var failures = 0

  init(_ target: Target<Proposal.Value>) { evaluator = TargetEvaluator(target) }

  var logWeights: [Double] { block.logWeights }

  /// log p(x) - log q(x) of the first `count` draws, minus infinity where p is zero.
  ///
  /// - Returns: how many were done before a cancellation.
  mutating func weigh(
    _ draws: DrawBlock<Proposal>, count: Int, _ proposal: Proposal, isCancelled: () -> Bool
  ) throws -> Int {
    let evaluator = evaluator
    failures = 0
    var done = 0
    while done < count, !isCancelled() {
      done = try pace.next(from: done, to: count) { piece in
        failures += try block.logWeights.withMutableSpan(piece) {
          try draws.logDensities(under: evaluator, at: piece, into: &$0)
        }
      }
    }
    block.logProposal.withMutableSpan(0..<done) {
      draws.logDensities(done, under: proposal, into: &$0)
    }
    if let bad = block.divide(count: done) {
      let (logTarget, name) = (block.logWeights[bad], draws.name(of: bad))
      guard logTarget < .infinity else {
        throw EstimationError.densityNotFinite(value: logTarget, at: name)
      }
      throw EstimationError.setting(
        "the proposal's log density is \(block.logProposal[bad]) at its own draw \(name)")
    }
    return done
  }

  /// Moves the draws with positive weight, and their weights, to the front; returns how many there are.
  mutating func gatherPositive(_ draws: inout DrawBlock<Proposal>, count: Int) -> Int {
    let positive = block.gatherPositive(count: count)
    if positive < count { draws.moveForward(block.places, count: positive) }
    return positive
  }

  /// Moves the draws that are accepted to the front, at most `wanted`; returns how many there are.
  ///
  /// - Parameter exponentials: -log u for each draw, u uniform.
  mutating func accept(
    _ draws: inout DrawBlock<Proposal>, count: Int, wanted: Int, logConstant: Double,
    exponentials: [Double]
  ) throws -> Int {
    let (accepted, violation) = block.accept(
      count: count, wanted: wanted, logConstant: logConstant, exponentials: exponentials)
    if let violation {
      throw EstimationError.envelopeViolated(
        ratio: exp(block.logWeights[violation] - logConstant), constant: exp(logConstant),
        at: draws.name(of: violation))
    }
    draws.moveForward(block.places, count: accepted)
    return accepted
  }
}

/// What is computed from the log densities of a block, whatever the draws are.
struct BlockWeights {
  /// Of the target, and then of target over proposal.
  var logWeights = [Double](repeating: 0, count: drawsPerBlock)
  var logProposal = [Double](repeating: 0, count: drawsPerBlock)
  /// Where in the block the draws stood that were moved to the front, in order.
  private(set) var places = [Int](0..<drawsPerBlock)
  /// Whether none was moved.
  private var isWhole = true
  private var zeros = 0

  /// Where in the block a draw stood.
  func place(_ draw: Int) -> Int { isWhole ? draw : places[draw] }

  /// Turns the target's log densities into log weights; zero stays zero, where the proposal is zero too.
  ///
  /// - Returns: the first place where the target is NaN or infinite, or the weight is, if there is one; the
  ///   target's log density is left there.
  mutating func divide(count: Int) -> Int? {
    isWhole = true
    var flags: (Int, Int) = (0, 0)
    logWeights.withUnsafeMutableBufferPointer { weights in
      logProposal.withUnsafeBufferPointer { proposal in
        ck_log_ratios(weights.baseAddress, proposal.baseAddress, count, &flags.0, &flags.1)
      }
    }
    zeros = flags.0
    if flags.1 == 0 { return nil }
    return (0..<count).first {
      logWeights[$0] > -.infinity && !(logProposal[$0] > -.infinity)
        || !(logWeights[$0] < .infinity)
    }
  }

  /// Moves the weights above zero to the front.
  mutating func gatherPositive(count: Int) -> Int {
    if zeros == 0 { return count }
    isWhole = false
    return places.withUnsafeMutableBufferPointer { places in
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
    isWhole = false
    return places.withUnsafeMutableBufferPointer { places in
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
