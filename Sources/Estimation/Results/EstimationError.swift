/// A run that cannot give an estimate.
public enum EstimationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The integrand was not finite at a draw (counted from zero).
  case notFinite(value: Double, draw: Int, at: String)
  /// Not a single draw was asked for.
  case noDraws(Int)
  /// The envelope constant is not positive and finite.
  case envelopeConstant(Double)
  /// The target stood above the envelope at a proposal, by that factor.
  case envelopeViolated(ratio: Double, constant: Double, at: String)
  /// The proposals ran out before enough were accepted.
  case acceptanceTooLow(accepted: Int, proposals: Int)
  /// The log density was NaN or +infinity at a draw.
  case densityNotFinite(value: Double, at: String)
  /// A density that must be log-concave (or concave under another transform) is not, and where.
  case notConcave(at: Double, reason: String)
  /// The integral of a density does not converge toward that end of its range, or too slowly.
  case divergentIntegral(toward: Double, reason: String)
  /// A cumulative probability cannot be computed to the error that is asked for, and where.
  case resolutionNotReached(at: Double, error: Double, resolution: Double)
  /// A study needs at least that many sizes, increasing, and replicates.
  case study(String)
  /// An integral without a value, such as one that overflows.
  case noValue(String)
  /// A setting of a method, or what it was given, makes no sense.
  case setting(String)

  public var description: String {
    switch self {
    case .notFinite(let value, let draw, let place):
      "the integrand is \(value) at draw \(draw), \(place)"
    case .noDraws(let count): "the number of draws \(count) is not positive"
    case .envelopeConstant(let constant):
      "the envelope constant \(constant) is not positive and finite"
    case .envelopeViolated(let ratio, let constant, let place):
      "the target is \(ratio) times the envelope at \(place): "
        + "the envelope constant \(constant) is too small, at least \(constant * ratio) is needed"
    case .acceptanceTooLow(let accepted, let proposals):
      "only \(accepted) of \(proposals) proposals were accepted: the envelope is too high"
    case .densityNotFinite(let value, let place): "the log density is \(value) at \(place)"
    case .notConcave(let place, let reason): "the density is not concave at \(place): \(reason)"
    case .divergentIntegral(let end, let reason):
      "the integral of the density does not converge toward \(end), or too slowly: \(reason)"
    case .resolutionNotReached(let place, let error, let resolution):
      "the cumulative probability at \(place) is known to \(error) only, "
        + "not to the resolution \(resolution)"
    case .study(let reason), .noValue(let reason), .setting(let reason): reason
    }
  }
}

/// An integrand that threw, and the draw that made it throw.
public struct IntegrandFailure: Error, CustomStringConvertible {
  /// Counted from zero; of an integrand that is given many draws at a time the first of them.
  public let draw: Int
  /// The draw itself, as it prints.
  public let place: String
  /// What it threw.
  public let underlying: any Error

  public var description: String { "the integrand failed at draw \(draw), \(place): \(underlying)" }
}
