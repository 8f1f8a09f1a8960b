import Foundation
import Synchronization

/// A task that its own body can cancel once it is set.
public final class TaskHolder<Success: Sendable>: Sendable {
  private let task = Mutex<Task<Success, any Error>?>(nil)

  public init() {}

  public func hold(_ newTask: Task<Success, any Error>) { task.withLock { $0 = newTask } }

  /// Waits for the task to be set.
  public func cancel() {
    while true {
      if let task = task.withLock({ $0 }) { return task.cancel() }
      Thread.sleep(forTimeInterval: 0.001)
    }
  }
}
