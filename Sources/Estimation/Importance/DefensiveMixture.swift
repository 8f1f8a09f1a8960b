import Distributions
import Foundation
import Randomness
import SpecialFunctions

/// A proposal of two: mostly one that is close to the target, now and then one with heavy tails, which
/// bounds the weights.
///
/// ```
/// q(x) = (1 - share) main(x) + share defense(x),   p / q <= p / (share defense)
/// ```
///
/// ## References
/// T. Hesterberg, "Weighted average importance sampling and defensive mixture distributions",
/// Technometrics 37 (1995), doi:10.2307/1269620.
public struct DefensiveMixture<Main: Distribution, Defense: Distribution<Main.Value>>: Distribution
{
  public typealias Value = Main.Value

  /// The proposal that is close to the target.
  public let main: Main
  /// The one that is positive, and large enough, wherever the target is.
  public let defense: Defense
  /// How often the second one is drawn from.
  public let share: Double

  /// - Parameter share: inside (0, 1).
  public init(_ main: Main, defense: Defense, share: Double = 0.1) throws(EstimationError) {
    guard share > 0, share < 1 else {
      throw .setting("the share \(share) of the defense is not inside (0, 1)")
    }
    try DrawShape.require(
      "the main proposal", DrawShape(of: main), equals: "the defense", DrawShape(of: defense))
    self.main = main
    self.defense = defense
    self.share = share
  }

  public func sample<G: RandomNumberGenerator>(using generator: inout G) -> Value {
    generator.nextUnit() < share
      ? defense.sample(using: &generator) : main.sample(using: &generator)
  }

  public func sample<G: RandomNumberGenerator>(into value: inout Value, using generator: inout G) {
    if generator.nextUnit() < share {
      defense.sample(into: &value, using: &generator)
    } else {
      main.sample(into: &value, using: &generator)
    }
  }

  public func logDensity(of value: Value) -> Double {
    mixed(main.logDensity(of: value), defense.logDensity(of: value))
  }

  public func logDensities(of values: Span<Value>, into results: inout MutableSpan<Double>) {
    main.logDensities(of: values, into: &results)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { others in
      others.initialize(repeating: 0)
      var span = others.mutableSpan
      defense.logDensities(of: values, into: &span)
      for i in results.indices { results[i] = mixed(results[i], others[i]) }
    }
  }

  private func mixed(_ main: Double, _ defense: Double) -> Double {
    logAddExp(main + log1p(-share), defense + log(share))
  }
}
