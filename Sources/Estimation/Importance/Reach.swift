import Distributions
import Foundation
import Randomness

/// What is to be expected of draws of a proposal where target and proposal are known distributions: what they
/// do not reach, and how uncertain their error is. Told before a draw is made.
///
/// Places of which q leaves less than 1/S are not expected among S draws. What lies there of E[f]
/// is missing from most estimates, which are off by that much while their own draws look well:
///
/// ```
/// d = (1 / SE) int_out (f - E[f]) p,   SE^2 = 1/S int_in (f - E[f])^2 p^2 / q
/// ```
///
/// For the unbiased estimate int_out (f p - E[f] q), and the variance of f p / q. Parts of opposite signs
/// cancel, as the errors do.
///
/// What lies within reach can still be so uneven that the standard error is itself uncertain, by the share
///
/// ```
/// u = 1/2 root(1/S int_in (f - E[f])^4 p^4 / q^3) / int_in (f - E[f])^2 p^2 / q
/// ```
///
/// or for the unbiased estimate with the fourth and second moments of f p / q about its mean. It is not told
/// by draws of the target: of the fourth power a thousand of them know too little.
///
/// The integrals are sums over quantiles of a real variable, over the integers or over draws of the target;
/// f is evaluated there, but not where the target is zero.
struct Reach: Sendable {
  /// Of each output; nil where f cannot be asked.
  private let judgements: [ReachJudgement]?
  let isByDraws: Bool

  /// The largest |d| that is accepted. Of 170 combinations of a normal target, a normal proposal of another
  /// width or place, and f, with 400 runs each: those whose intervals of nominal 95 % covered at least 93 %
  /// of the time had up to 1.0 (one 1.23), those that covered less than 85 % for this reason 1.47 and more.
  /// By draws of the target it was kept.
  static let limit = 1.25

  /// Whether the distance of an output is known.
  func isKnown(_ output: Int) -> Bool { judgements?[output].distance != nil }

  /// What speaks against an output.
  func concerns(of output: Int) -> [Concern] {
    guard let judgement = judgements?[output] else { return [] }
    var concerns: [Concern] = []
    if let distance = judgement.distance, distance > Self.limit {
      concerns.append(.unreached(standardErrors: distance))
    }
    // The limit that the draws' own uncertainty has.
    if let uncertainty = judgement.uncertainty, uncertainty > importanceErrorLimit {
      concerns.append(.uncertainExpectedError(relative: uncertainty))
    }
    return concerns
  }

  init<Value>(
    target: any Distribution<Value>, proposal: any Distribution<Value>,
    integrand: Integrand<Value>, draws: Int, _ normalization: ImportanceNormalization
  ) {
    let nodes = ReachNodes(target, proposal, draws: draws)
    isByDraws = nodes.areDraws
    guard let values = Self.values(of: integrand, at: nodes.places) else {
      judgements = nil
      return
    }
    judgements = (0..<integrand.outputs).map { output in
      ReachJudgement(
        of: nodes, draws: draws, normalization,
        values: nodes.places.indices.map { values[$0 * integrand.outputs + output] })
    }
  }

  /// f at some places, `[count, outputs]`; nil where it throws, or when the run was cancelled. Nothing else
  /// is said of an f that fails where no draw may come: the draws will tell.
  private static func values<Value>(of integrand: Integrand<Value>, at places: [Value]) -> [Double]?
  {
    let outputs = integrand.outputs
    var values = [Double](repeating: .nan, count: places.count * outputs)
    var pace = Pace()
    var done = 0
    while done < places.count {
      if Task.isCancelled { return nil }
      do {
        done = try pace.next(from: done, to: places.count) { piece in
          try values.withMutableSpan(piece.lowerBound * outputs..<piece.upperBound * outputs) {
            try integrand.body(places.span.extracting(piece), &$0)
          }
        }
      } catch {
        return nil
      }
    }
    return values
  }
}
