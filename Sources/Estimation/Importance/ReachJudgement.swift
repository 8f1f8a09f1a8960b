/// What ``Reach`` says of one output.
struct ReachJudgement: Sendable {
  /// |d|, in standard errors; nil where it cannot be told. Where draws of the target stand for the
  /// integrals, what is left of it when three errors of theirs are taken off.
  let distance: Double?
  /// u; nil where it cannot be told.
  let uncertainty: Double?

  /// - Parameter values: f at the nodes.
  init<Value>(
    of nodes: ReachNodes<Value>, draws: Int, _ normalization: ImportanceNormalization,
    values: [Double]
  ) {
    // Whatever the unit of f, its powers neither overflow nor vanish.
    let unit = values.reduce(0) { max($0, abs($1)) }
    let values = unit > 0 && unit < .infinity ? values.map { $0 / unit } : values
    let all = nodes.places.indices
    let mean = all.reduce(0) { $0 + nodes.target[$1] * values[$1] }
    let center = normalization == .selfNormalized ? mean : 0
    // About its own mean the part beyond reach is also that within, with the other sign.
    let share = normalization == .selfNormalized ? nodes.targetBeyond : nodes.beyond
    var (missing, squaredError) = (0.0, 0.0)
    for i in all {
      let part = nodes.target[i] * (values[i] - center)
      if nodes.isBeyond[i] { missing += part }
      let influence = ((nodes.isBeyond[i] ? 1 : 0) - share) * part
      squaredError += influence * influence
    }
    let moments = TermMoments(
      terms: all.map { nodes.ratio[$0] * (values[$0] - center) }, weights: nodes.proposal,
      outside: nodes.outside, areCentered: normalization == .exact)
    var squaredStandardError = moments.variance / Double(draws)
    if normalization == .exact {
      missing -= mean * nodes.beyond
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
    uncertainty =
      nodes.areDraws
      ? nil : moments.kurtosis.map { ($0 / Double(draws)).squareRoot() / 2 }
  }
}

/// The second and fourth moments of (f - c) p / q under q within reach.
private struct TermMoments {
  let variance: Double
  /// The fourth moment over the squared second one; nil where the terms are constant to rounding.
  let kurtosis: Double?

  /// - Parameters:
  ///   - outside: how much of q has a term of zero besides.
  ///   - areCentered: whether about their mean; else about zero.
  init(terms: [Double], weights: [Double], outside: Double, areCentered: Bool) {
    let unit = terms.reduce(0) { max($0, abs($1)) }
    guard unit > 0, unit < .infinity else {
      (variance, kurtosis) = (unit == 0 ? 0 : .nan, nil)
      return
    }
    let terms = terms.map { $0 / unit }
    let mean = areCentered ? zip(terms, weights).reduce(0) { $0 + $1.0 * $1.1 } : 0
    var (second, fourth) = (outside * mean * mean, outside * mean * mean * mean * mean)
    for (term, weight) in zip(terms, weights) {
      let square = (term - mean) * (term - mean)
      second += weight * square
      fourth += weight * square * square
    }
    variance = max(0, second) * unit * unit
    kurtosis = second > 1e-24 * mean * mean ? fourth / (second * second) : nil
  }
}
