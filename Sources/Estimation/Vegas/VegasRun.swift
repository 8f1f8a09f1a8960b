import Execution
import Foundation
import Randomness

/// VEGAS at work: iteration after iteration, each on the map and the strata that those before it left.
struct VegasRun<Integrand: RowIntegrand>: Sendable {
  let integrand: Integrand
  let axes: [IntegrationAxis]
  let settings: VegasPlus

  /// What the finished iterations gave.
  struct Outcome: Sendable {
    /// Of the iterations after the warm-up, each output relative to one power of two.
    var iterations: [IterationResult] = []
    /// Which, `[outputs]`.
    var exponents: [Int] = []
    /// Evaluations of all iterations, those of the warm-up among them.
    var evaluations = 0
    let requested: Int
    var isCancelled = false
  }

  /// The evaluations of one chunk; a constant, because chunk k uses stream k on any number of workers.
  static var chunkSize: Int { 4_096 }

  /// On Philox streams and any number of workers: the same result for each number.
  func run(seed: UInt64, workers: Int?, progress: ProgressHandler?) async throws -> Outcome {
    var state = State(settings, integrand, dimension: axes.count)
    let (size, count) = (settings.evaluationsPerIteration, state.count)
    let start = ContinuousClock.now
    @Sendable func tell(_ completed: Int, isFinal: Bool) {
      progress?(
        WorkProgress(
          completed: completed, total: size * count, elapsed: ContinuousClock.now - start,
          isFinal: isFinal))
    }
    defer { tell(state.iteration * size, isFinal: true) }
    while !state.isFinished {
      let before = state.iteration * size
      var report: ProgressHandler?
      if progress != nil {
        report = { part in
          if !part.isFinal { tell(before + Int(part.fraction * Double(size)), isFinal: false) }
        }
      }
      let streams = StreamPartition(seed: seed).derived(for: UInt64(state.iteration))
      guard let sums = try await run(state.step(integrand, axes), streams, workers, report) else {
        state.outcome.isCancelled = true
        break
      }
      state.learn(sums)
    }
    return try state.finish()
  }

  /// On the caller's generator, on one worker.
  func run<G: RandomNumberGenerator>(using generator: inout G) throws -> Outcome {
    var state = State(settings, integrand, dimension: axes.count)
    while !state.isFinished {
      let step = state.step(integrand, axes)
      let (chunks, capacity) = step.chunks(of: Self.chunkSize)
      let workspace = step.makeWorkspace(capacity: capacity)
      var total = step.empty
      do {
        for strata in chunks {
          total.merge(try step.sums(of: strata, using: &generator, in: workspace))
        }
      } catch is CancellationError {
        state.outcome.isCancelled = true
        break
      }
      state.learn(total)
    }
    return try state.finish()
  }

  /// What passes from iteration to iteration.
  private struct State {
    let settings: VegasPlus
    let layout: VegasLayout
    var map: ImportanceMap
    var stratification: Stratification
    var memory: VarianceMemory
    var outcome: Outcome
    var iteration = 0
    /// Of the functions under a density, their averages by the last iteration, `[outputs - 1]`.
    var centers: [Double]

    init(_ settings: VegasPlus, _ integrand: Integrand, dimension: Int) {
      self.settings = settings
      centers = [Double](
        repeating: 0, count: integrand.isLogarithmic ? integrand.outputs - 1 : 0)
      let size = settings.evaluationsPerIteration
      layout = VegasLayout(evaluations: size, dimension: dimension)
      map = ImportanceMap(increments: layout.increments)
      stratification = Stratification(strata: layout.strata, evaluations: size)
      memory = VarianceMemory(strata: layout.strata)
      outcome = Outcome(requested: size * (settings.warmUpIterations + settings.iterations))
    }

    var count: Int { settings.warmUpIterations + settings.iterations }
    var isFinished: Bool { iteration == count }

    func step(_ integrand: Integrand, _ axes: [IntegrationAxis]) -> VegasIteration<Integrand> {
      VegasIteration(
        integrand: integrand, axes: axes, map: map, stratification: stratification,
        centers: centers, firstDraw: outcome.evaluations)
    }

    mutating func learn(_ sums: VegasSums) {
      outcome.evaluations += stratification.evaluations
      if iteration >= settings.warmUpIterations {
        outcome.iterations.append(
          IterationResult(
            sums, centers: centers, strata: stratification.count,
            evaluations: stratification.evaluations))
      }
      iteration += 1
      if sums.means[0] > 0, let first = sums.exponents[0] {
        for k in centers.indices {
          guard let exponent = sums.exponents[k + 1] else { continue }
          let moved = centers[k] + scalbn(sums.means[k + 1] / sums.means[0], exponent - first)
          if moved.isFinite { centers[k] = moved }
        }
      }
      map.refine(sums.training, damping: settings.damping) { layout.increments($0, noise: $1) }
      memory.learn(sums.variances)
      stratification.distribute(
        settings.evaluationsPerIteration, deviations: memory.deviations,
        exponent: settings.redistribution)
    }

    func finish() throws -> Outcome {
      guard let last = outcome.iterations.last else { throw CancellationError() }
      var outcome = outcome
      outcome.exponents = last.exponents.indices.map { s in
        outcome.iterations.compactMap { $0.exponents[s] }.max() ?? 0
      }
      for (k, center) in last.centers.enumerated() {
        // What lies between two centers is seen at full size, and where f is constant the center is.
        let steps = outcome.iterations.map { abs($0.centers[k] / 2 - center / 2) }
        var sizes = steps.filter { $0 > 0 }.map { outcome.exponents[0] + Int($0.exponent) + 2 }
        sizes += outcome.iterations.compactMap { $0.exponents[k + 1] }
        outcome.exponents[k + 1] =
          sizes.max() ?? outcome.exponents[0] + (center == 0 ? 0 : Int(center.exponent) + 1)
      }
      outcome.iterations = outcome.iterations.map { $0.scaled(to: outcome.exponents) }
      return outcome
    }
  }

  /// One iteration; nil when it was cancelled.
  private func run(
    _ step: VegasIteration<Integrand>, _ streams: StreamPartition, _ workers: Int?,
    _ progress: ProgressHandler?
  ) async throws -> VegasSums? {
    let (chunks, capacity) = step.chunks(of: Self.chunkSize)
    let work = ChunkedWork(count: chunks.count, chunkSize: 1)
    do {
      let outcome = try await work.run(
        into: step.empty, workers: workers, progress: progress,
        makeWorkspace: { step.makeWorkspace(capacity: capacity) },
        body: { chunk, workspace in
          var generator = streams[chunk.index]
          return try step.sums(of: chunks[chunk.index], using: &generator, in: workspace)
        },
        merge: { $0.merge($1) })
      return outcome.completed == work.count ? outcome.total : nil
    } catch is CancellationError {
      return nil
    }
  }
}
