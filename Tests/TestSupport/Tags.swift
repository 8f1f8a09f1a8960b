import Foundation
public import Testing

extension Tag {
  /// A fact about the code itself.
  @Tag public static var unit: Self
  /// Against values that another program computed.
  @Tag public static var reference: Self
  /// Derivatives against differences.
  @Tag public static var gradient: Self
  /// Against a distribution, with a computed chance of a false alarm.
  @Tag public static var statistical: Self
}

/// How many draws a statistical test takes: a debug build is some thirty times slower, and
/// `Scripts/test --full`, which sets BUFFON_FULL, takes ten times as many.
public func draws(release: Int, debug: Int) -> Int {
  #if DEBUG
    debug
  #else
    fullTest ? 10 * release : release
  #endif
}

/// Whether this is `Scripts/test --full`, which sets BUFFON_FULL.
public let fullTest = ProcessInfo.processInfo.environment["BUFFON_FULL"] != nil
