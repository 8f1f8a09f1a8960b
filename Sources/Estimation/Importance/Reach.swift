import Distributions
import Foundation
import Randomness

/// What the draws of a proposal are not expected to reach, where target and proposal are known
/// distributions: told before a draw is made.
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
/// What lies within reach can still be so uneven that a sum of squares is itself uncertain. Its relative
/// standard deviation, half of which is that of SE, comes from the fourth moment:
///
/// ```
/// u = 1/2 root(1/S int_in (f - E[f])^4 p^4 / q^3) / int_in (f - E[f])^2 p^2 / q
/// ```
///
/// The integrals are sums over quantiles of a real variable, over the integers or
/// over draws of the target; f is evaluated there, but not where the target is zero.
struct Reach: Sendable {
  /// Of each output; nil where f cannot be asked.
  private let judgements: [Judgement]?
  let isByDraws: Bool

  /// The largest |d| that is accepted. Of 170 combinations of a normal target, a normal proposal of another
  /// width or place, and f, with 400 runs each: those whose intervals of nominal 95 % covered at least 93 %
  /// of the time had up to 1.0 (one 1.23), those that covered less than 85 % for this reason 1.47 and more.
  /// By draws of the target it was kept.
  static let limit = 1.25

  /// The largest uncertainty u that is accepted. Of 176 set-ups with 1,000 runs each those that covered at
  /// least 93 % had up to 0.283, but for two that are called unreliable anyway; those that covered less than
  /// 85 % and that nothing else tells had 0.289 and more.
  static let uncertaintyLimit = 0.285

  /// Whether the distance of an output is known.
  func isKnown(_ output: Int) -> Bool { judgements?[output].distance != nil }

  /// What speaks against an output.
  func concerns(of output: Int) -> [Concern] {
    guard let judgement = judgements?[output] else { return [] }
    var concerns: [Concern] = []
    if let distance = judgement.distance, distance > Self.limit {
      concerns.append(.unreached(standardErrors: distance))
    }
    if judgement.uncertainty > Self.uncertaintyLimit {
      concerns.append(.uncertainExpectedError(relative: judgement.uncertainty))
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
      Judgement(
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
    // A few at a time, so that a slow f can be cancelled.
    for start in stride(from: 0, to: places.count, by: 16) {
      if Task.isCancelled { return nil }
      let end = min(start + 16, places.count)
      do {
        try values.withMutableSpan(start * outputs..<end * outputs) {
          try integrand.body(places.span.extracting(start..<end), &$0)
        }
      } catch {
        return nil
      }
    }
    return values
  }
}

/// What ``Reach`` says of one output.
private struct Judgement {
  /// |d|, in standard errors; nil where it cannot be told. Where draws of the target stand for the
  /// integrals, what is left of it when three errors of theirs are taken off.
  let distance: Double?
  /// u, NaN where it cannot be told.
  let uncertainty: Double

  /// - Parameter values: f at the nodes.
  init<Value>(
    of nodes: ReachNodes<Value>, draws: Int, _ normalization: ImportanceNormalization,
    values: [Double]
  ) {
    let all = nodes.places.indices
    let mean = all.reduce(0) { $0 + nodes.target[$1] * values[$1] }
    let center = normalization == .selfNormalized ? mean : 0
    // About its own mean the part beyond reach is also that within, with the other sign.
    let share = normalization == .selfNormalized ? nodes.targetBeyond : nodes.beyond
    var (missing, squaredError, sum, square) = (0.0, 0.0, 0.0, 0.0)
    for i in all {
      let distance = values[i] - center
      let part = nodes.target[i] * distance
      if nodes.isBeyond[i] { missing += part }
      let influence = ((nodes.isBeyond[i] ? 1 : 0) - share) * part
      squaredError += influence * influence
      let term = nodes.ratio[i] * distance
      sum += nodes.proposal[i] * term
      square += nodes.proposal[i] * term * term
    }
    var (variance, shift) = (square, 0.0)
    if normalization == .exact {
      missing -= mean * nodes.beyond
      (variance, shift) = (max(0, square - sum * sum), sum)
    }
    let fourth = all.reduce(0) {
      let term = nodes.ratio[$1] * (values[$1] - center) - shift
      return $0 + nodes.proposal[$1] * (term * term) * (term * term)
    }
    uncertainty = (fourth / Double(draws)).squareRoot() / (2 * variance)
    var squaredStandardError = variance / Double(draws)
    if normalization == .exact {
      // Where f p / q hardly varies, both are small, and the sums are not exact enough for their ratio.
      let least = 4 * mean / Double(draws)
      squaredStandardError += least * least
    }
    let error = nodes.areDraws ? 3 * squaredError.squareRoot() : 0
    let excess = max(0, abs(missing) - error)
    let distance = excess == 0 ? 0 : excess / squaredStandardError.squareRoot()
    // Of a target that is mostly beyond reach, too few draws are within to tell by how much: a standard
    // deviation of f is the root of S errors.
    let isMostlyBeyond = nodes.areDraws && nodes.targetBeyond > 0.5 && squaredError > 0
    if isMostlyBeyond, normalization == .selfNormalized {
      self.distance = max(distance, Double(draws).squareRoot())
    } else {
      self.distance = distance.isNaN ? nil : distance
    }
  }
}

/// Places where the target is positive, and what they weigh in the integrals of ``Reach``.
private struct ReachNodes<Value> {
  var places: [Value] = []
  /// What each stands for of p, and of q within reach.
  var target: [Double] = []
  var proposal: [Double] = []
  /// p / q there.
  var ratio: [Double] = []
  var isBeyond: [Bool] = []
  /// How much of q lies beyond reach.
  let beyond: Double
  /// How much of p does.
  private(set) var targetBeyond = 0.0
  /// Whether the places are draws of p, so that sums over them have an error.
  let areDraws: Bool

  init(_ p: any Distribution<Value>, _ q: any Distribution<Value>, draws: Int) {
    if let p = p as? any UnivariateDistribution<Double>,
      let q = q as? any UnivariateDistribution<Double>, draws > 2
    {
      self.init(quantilesOf: p, q, draws: draws)
    } else if let p = p as? any UnivariateDistribution<Int>,
      let q = q as? any UnivariateDistribution<Int>, let range = Self.integers(of: p)
    {
      self.init(integers: range, of: p, q, draws: draws)
    } else {
      self.init(drawsOf: p, q, draws: draws)
    }
  }

  /// Quantiles, even in the logit of their probability: 361 of the target, from 1e-16 to 1 - 1e-16, and
  /// those of the proposal between 1/S and 1 - 1/S, 70 to 160. Beyond reach is what lies further out.
  private init(
    quantilesOf p: any UnivariateDistribution<Double>, _ q: any UnivariateDistribution<Double>,
    draws: Int
  ) {
    let rest = 1 / Double(draws)
    let range = q.quantile(rest)...q.survivalQuantile(rest)
    (beyond, areDraws) = (q.cdf(range.lowerBound) + q.survival(range.upperBound), false)
    func add(_ place: Double, target: Double, proposal: Double) {
      let logDensity = p.logDensity(of: place)
      // f is not asked where the target is zero.
      guard logDensity > -.infinity, let value = place as? Value else { return }
      let ratio = exp(logDensity - q.logDensity(of: place))
      places.append(value)
      self.target.append(target)
      self.proposal.append(proposal)
      self.ratio.append(proposal > 0 ? ratio : 0)
      isBeyond.append(!range.contains(place))
    }
    let ofTarget = QuantileNodes(p)
    for (place, weight) in zip(ofTarget.places, ofTarget.weights) {
      add(place, target: weight, proposal: 0)
    }
    let ofProposal = QuantileNodes(q, reach: log(Double(draws)))
    let mass = ofProposal.weights.reduce(0, +)
    for (place, weight) in zip(ofProposal.places, ofProposal.weights) {
      add(place, target: 0, proposal: weight / mass)
    }
  }

  /// The integers that matter to a distribution, unless they are too many to go through.
  private static func integers(of p: any UnivariateDistribution<Int>) -> ClosedRange<Int>? {
    let (first, last) = (p.quantile(1e-16), p.survivalQuantile(1e-16))
    let (count, isTooLarge) = last.subtractingReportingOverflow(first)
    return !isTooLarge && (0..<1_000).contains(count) ? first...last : nil
  }

  /// Sums over the integers. Beyond reach are those that q leaves less than 1/S with all further out.
  private init(
    integers: ClosedRange<Int>, of p: any UnivariateDistribution<Int>,
    _ q: any UnivariateDistribution<Int>, draws: Int
  ) {
    let rest = 1 / Double(draws)
    areDraws = false
    var beyond = 0.0
    for place in integers {
      let (logDensity, logProposal) = (p.logDensity(of: place), q.logDensity(of: place))
      let probability = exp(logProposal)
      let isBeyond = q.cdf(place) < rest || q.survival(place) + probability < rest
      if isBeyond { beyond += probability }
      // f is not asked where the target is zero.
      guard logDensity > -.infinity, let value = place as? Value else { continue }
      places.append(value)
      target.append(exp(logDensity))
      proposal.append(isBeyond ? 0 : probability)
      ratio.append(isBeyond ? 0 : exp(logDensity - logProposal))
      self.isBeyond.append(isBeyond)
    }
    self.beyond = beyond
  }

  /// A thousand draws of the target. Beyond reach are those with the largest p / q, as long as their part
  /// of q, a mean of q / p over draws of p, is less than 1/S.
  private init(drawsOf p: any Distribution<Value>, _ q: any Distribution<Value>, draws: Int) {
    var generator = Philox(seed: 0, stream: .max)
    let count = 1_000
    var target = [Value]()
    for _ in 0..<count { target.append(p.sample(using: &generator)) }
    let logWeights = target.map { p.logDensity(of: $0) - q.logDensity(of: $0) }
    // Where both densities are infinite nothing can be said.
    let order = target.indices.filter { !logWeights[$0].isNaN }
      .sorted { logWeights[$0] > logWeights[$1] }
    var beyond = 0.0
    var isReached = false
    var start = 0
    while start < order.count {
      // Places that weigh the same, the same integer say, are reached or not together.
      let logWeight = logWeights[order[start]]
      let end = order[start...].firstIndex { logWeights[$0] < logWeight } ?? order.count
      if !isReached {
        let part = exp(-logWeight) * Double(end - start) / Double(count)
        isReached = (beyond + part) * Double(draws) > 1
        if !isReached {
          beyond += part
          targetBeyond += Double(end - start) / Double(count)
        }
      }
      for i in order[start..<end] {
        places.append(target[i])
        self.target.append(1 / Double(count))
        proposal.append(isReached ? exp(-logWeight) / Double(count) : 0)
        ratio.append(isReached ? exp(logWeight) : 0)
        isBeyond.append(!isReached)
      }
      start = end
    }
    (self.beyond, areDraws) = (beyond, true)
  }
}
