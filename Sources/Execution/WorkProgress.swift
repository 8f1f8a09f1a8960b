import Synchronization

/// How far a run is.
public struct WorkProgress: Sendable {
  /// Items done so far.
  public let completed: Int
  /// Items in all.
  public let total: Int
  /// Since the run began.
  public let elapsed: Duration
  /// Whether the run has ended: done, failed or cancelled. Every run tells this once, last.
  public let isFinal: Bool

  /// For whoever runs work of its own.
  public init(completed: Int, total: Int, elapsed: Duration, isFinal: Bool) {
    (self.completed, self.total) = (completed, total)
    (self.elapsed, self.isFinal) = (elapsed, isFinal)
  }

  /// From 0 to 1.
  public var fraction: Double { total == 0 ? 1 : Double(completed) / Double(total) }

  /// How long the rest will take at the speed so far; nil before anything is done.
  public var remaining: Duration? {
    completed == 0 ? nil : elapsed * (Double(total - completed) / Double(completed))
  }
}

/// Told how far a run is; called from several threads.
public typealias ProgressHandler = @Sendable (WorkProgress) -> Void

/// The progress of one run as an asynchronous sequence, which ends when the run does.
///
/// ```swift
/// let reports = ProgressReports()
/// async let estimate = MonteCarlo(draws: 100_000_000)
///   .mean(of: f, under: target, seed: 1, progress: reports.handler)
/// for await report in reports { print(report.fraction) }
/// ```
///
/// A reader that is slow sees the newest report and misses those between.
public struct ProgressReports: AsyncSequence, Sendable {
  private let stream: AsyncStream<WorkProgress>
  private let continuation: AsyncStream<WorkProgress>.Continuation
  private let step: Double

  /// - Parameter step: how far the fraction moves on between two reports.
  public init(step: Double = 0.001) {
    precondition(step > 0, "a step of \(step)")
    self.step = step
    (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// To be given to one run.
  public var handler: ProgressHandler {
    let (continuation, step) = (continuation, step)
    let gate = Gate()
    return { progress in
      if progress.isFinal {
        continuation.yield(progress)
        continuation.finish()
      } else if gate.passes(Int(progress.fraction / step)) {
        continuation.yield(progress)
      }
    }
  }

  public func makeAsyncIterator() -> AsyncStream<WorkProgress>.Iterator {
    stream.makeAsyncIterator()
  }
}

/// Lets each step pass once.
private final class Gate: Sendable {
  private let last = Atomic<Int>(-1)

  func passes(_ step: Int) -> Bool {
    last.max(step, ordering: .relaxed).oldValue < step
  }
}
