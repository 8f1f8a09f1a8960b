import Foundation

/// A value behind a lock. Not Synchronization's Mutex, which the thread sanitizer takes for a race on
/// Linux: users test their own code with it.
///
/// Unchecked because the value is reached under the lock alone.
package final class Locked<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: Value) { self.value = value }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&value)
  }
}
