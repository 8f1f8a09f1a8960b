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

/// How often a statistical test repeats itself, which a full test does no more often: where intervals
/// are asymptotic, enough repetitions show it.
public func repetitions(release: Int, debug: Int) -> Int {
  isDebugBuild ? debug : release
}

/// Whether this is a debug build, in which a test may leave out the larger of its cases.
#if DEBUG
  public let isDebugBuild = true
#else
  public let isDebugBuild = false
#endif

/// Whether this is `Scripts/test --full`, which sets BUFFON_FULL.
public let fullTest = ProcessInfo.processInfo.environment["BUFFON_FULL"] != nil
