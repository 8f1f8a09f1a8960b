internal import CGSL

/// GSL's integer variates. GSL counts in 32 bits, so that some parameters of the mathematical domain
/// are refused here: those with which it would overflow.
extension GSLRandom {
  /// `gsl_ran_bernoulli`: one with `probability`, zero otherwise.
  public static func bernoulli<G: RandomNumberGenerator>(
    probability: Double, using generator: inout G
  ) -> Int {
    requireProbability(probability)
    return draw(&generator) { Int(gsl_ran_bernoulli($0, probability)) }
  }

  /// `gsl_ran_binomial`: the successes in `trials` trials, of which there are up to 2^31 - 1.
  public static func binomial<G: RandomNumberGenerator>(
    probability: Double, trials: Int, using generator: inout G
  ) -> Int {
    requireProbability(probability)
    let trials = natural(trials, "trials")
    return draw(&generator) { Int(gsl_ran_binomial($0, probability, trials)) }
  }

  /// `gsl_ran_poisson`, for means from zero to 1e9.
  public static func poisson<G: RandomNumberGenerator>(
    mean: Double, using generator: inout G
  ) -> Int {
    precondition(mean >= 0 && mean <= largestMean, "the mean \(mean) is not in 0...1e9")
    return draw(&generator) { Int(gsl_ran_poisson($0, mean)) }
  }

  /// `gsl_ran_geometric`: the trials up to and with the first success, for probabilities from 1e-8
  /// on.
  public static func geometric<G: RandomNumberGenerator>(
    probability: Double, using generator: inout G
  ) -> Int {
    requireProbability(probability)
    precondition(probability >= 1e-8, "the probability \(probability) is below 1e-8")
    return draw(&generator) { Int(gsl_ran_geometric($0, probability)) }
  }

  /// `gsl_ran_negative_binomial`: the failures before success number `successes`, which need not be
  /// whole. Of these failures no more than 1e9 may be in reach.
  public static func negativeBinomial<G: RandomNumberGenerator>(
    probability: Double, successes: Double, using generator: inout G
  ) -> Int {
    requireNegativeBinomial(probability, successes)
    return draw(&generator) { Int(gsl_ran_negative_binomial($0, probability, successes)) }
  }

  /// `gsl_ran_pascal`: the same for a whole number of successes.
  public static func pascal<G: RandomNumberGenerator>(
    probability: Double, successes: Int, using generator: inout G
  ) -> Int {
    requireNegativeBinomial(probability, Double(successes))
    let successes = natural(successes, "successes")
    return draw(&generator) { Int(gsl_ran_pascal($0, probability, successes)) }
  }

  /// `gsl_ran_hypergeometric`: the items of the first kind among `draws` out of `first` of one kind
  /// and `second` of another, without replacement; up to 2^31 - 1 in all.
  ///
  /// - Complexity: O(min(draws, first + second - draws)).
  public static func hypergeometric<G: RandomNumberGenerator>(
    first: Int, second: Int, draws: Int, using generator: inout G
  ) -> Int {
    let (n1, n2) = (natural(first, "first"), natural(second, "second"))
    let t = natural(draws, "draws")
    precondition(t <= n1 + n2 && n1 + n2 <= Int32.max, "\(draws) draws of \(first) + \(second)")
    return draw(&generator) { Int(gsl_ran_hypergeometric($0, n1, n2, t)) }
  }

  /// `gsl_ran_logarithmic`: k = 1, 2, ... with -p^k / (k log(1 - p)), for 0 < p <= 1 - 1e-8.
  public static func logarithmic<G: RandomNumberGenerator>(
    probability: Double, using generator: inout G
  ) -> Int {
    precondition(
      probability > 0 && probability <= 1 - 1e-8, "\(probability) is not in (0, 1 - 1e-8]")
    return draw(&generator) { Int(gsl_ran_logarithmic($0, probability)) }
  }

  /// `gsl_ran_discrete`: a category of a table that was made before.
  public static func discrete<G: RandomNumberGenerator>(
    _ table: GSLDiscreteTable, using generator: inout G
  ) -> Int {
    draw(&generator) { gsl_ran_discrete($0, table.pointer) }
  }

  /// `gsl_ran_multinomial`: how often each category occurs in `trials` trials, up to 2^31 - 1.
  ///
  /// - Parameter weights: at least one, none negative, their sum positive and finite.
  public static func multinomial<G: RandomNumberGenerator>(
    trials: Int, weights: [Double], using generator: inout G
  ) -> [Int] {
    let trials = natural(trials, "trials")
    precondition(GSLDiscreteTable.isValid(weights), "\(weights) are no weights")
    var counts = [UInt32](repeating: 0, count: weights.count)
    draw(&generator) { gsl_ran_multinomial($0, weights.count, trials, weights, &counts) }
    return counts.map { Int($0) }
  }

  /// The largest mean for which no intermediate of `gsl_ran_poisson` leaves 32 bits.
  private static var largestMean: Double { 1e9 }

  private static func requireProbability(_ p: Double) {
    precondition(p >= 0 && p <= 1, "\(p) is not a probability")
  }

  /// GSL draws the Poisson variate whose mean is (1 - p) / p times a gamma variate, and no gamma
  /// variate made of normals below 12 exceeds this.
  private static func requireNegativeBinomial(_ p: Double, _ n: Double) {
    requirePositive(n, "number of successes")
    precondition(p > 0 && p <= 1, "\(p) is not a positive probability")
    let largestGamma = n + 12 * n.squareRoot() + 150
    precondition(
      largestGamma * (1 - p) / p <= largestMean,
      "before \(n) successes of probability \(p) there are too many failures for 32 bits")
  }

  private static func natural(_ number: Int, _ label: String) -> UInt32 {
    precondition(
      number >= 0 && number <= Int32.max, "the number of \(label), \(number), is not in 0..<2^31")
    return UInt32(number)
  }
}

/// The table of `gsl_ran_discrete`, made once for a set of weights.
///
/// Unchecked because the table is only ever read.
public final class GSLDiscreteTable: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<gsl_ran_discrete_t>

  /// - Parameter weights: at least one, none negative, their sum positive and finite.
  public init(weights: [Double]) throws(GSLError) {
    guard Self.isValid(weights) else {
      throw GSLError(
        code: GSL_EINVAL, function: "gsl_ran_discrete_preproc",
        message: "the weights \(weights) are not finite, or not positive in sum")
    }
    guard let table = gsl_ran_discrete_preproc(weights.count, weights) else {
      throw GSLError(code: GSL_ENOMEM, function: "gsl_ran_discrete_preproc")
    }
    pointer = table
  }

  deinit { gsl_ran_discrete_free(pointer) }

  static func isValid(_ weights: [Double]) -> Bool {
    let sum = weights.reduce(0, +)
    return weights.allSatisfy { $0 >= 0 } && sum > 0 && sum.isFinite
  }
}
