import Distributions
import Foundation
import Randomness

/// Places where the target is positive, and what they weigh in the integrals of ``Reach``.
struct ReachNodes<Value> {
  var places: [Value] = []
  /// What each stands for of p, and of q within reach: zero beyond it, and at quantiles of the target.
  var target: [Double] = []
  var proposal: [Double] = []
  /// p / q there; zero where the node does not stand for q.
  var ratio: [Double] = []
  var isBeyond: [Bool] = []
  /// How much of q lies beyond reach.
  let beyond: Double
  /// How much of p does.
  private(set) var targetBeyond = 0.0
  /// How much of q lies within reach where the target is zero, if draws come there.
  private(set) var outside = 0.0
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
    setOutside(1 - self.proposal.reduce(0, +), draws: draws)
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
    setOutside(1 - beyond - proposal.reduce(0, +), draws: draws)
  }

  private mutating func setOutside(_ probability: Double, draws: Int) {
    outside = probability * Double(draws) > 1 ? probability : 0
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
