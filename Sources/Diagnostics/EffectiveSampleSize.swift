import Foundation

/// How many equally weighted, independent draws others are worth.
///
/// ## References
/// A. Kong, "A note on importance sampling using standardized weights", University of Chicago
/// technical report 348 (1992).
public enum EffectiveSampleSize {
  /// Of a set of importance weights: (sum w)^2 / sum w^2.
  ///
  /// - Parameter logWeights: `[draws]`, up to a common constant; minus infinity is weight zero.
  /// - Returns: between 1 and `draws`; 0 if every weight is zero.
  public static func ofLogWeights(_ logWeights: [Double]) -> Double {
    guard let largest = logWeights.max(), largest > -.infinity else { return 0 }
    var sum = 0.0
    var sumOfSquares = 0.0
    for logWeight in logWeights {
      let weight = exp(logWeight - largest)
      sum += weight
      sumOfSquares += weight * weight
    }
    return sum * sum / sumOfSquares
  }

  /// Of a set of importance weights: (sum w)^2 / sum w^2.
  ///
  /// - Parameter weights: `[draws]`, not negative.
  public static func ofWeights(_ weights: [Double]) -> Double {
    ofLogWeights(weights.map { log($0) })
  }
}
