import Foundation
import Synchronization

/// A progress bar on standard error: only on a terminal, and only for work of over a second.
final class ProgressBar: Sendable {
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private let start = ContinuousClock.now
  private let drawn = Mutex("")

  func update(_ stage: String, _ fraction: Double) {
    guard isTerminal, ContinuousClock.now - start > .seconds(1) else { return }
    let filled = Int(30 * fraction)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
    let line = "\(stage) [\(bar)] \(Int(100 * fraction)) %"
    drawn.withLock { last in
      guard line != last else { return }
      write("\r\u{1b}[K" + line)
      last = line
    }
  }

  /// Clears the line.
  func finish() {
    drawn.withLock { last in
      if !last.isEmpty { write("\r\u{1b}[K") }
      last = ""
    }
  }

  // A bar that cannot be drawn is no reason to stop.
  private func write(_ text: String) { try? StandardStream.error.write(text) }
}
