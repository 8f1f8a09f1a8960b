internal import CKernels
import Foundation

/// What importance sampling sums up, on the log scale: weights are kept relative to the largest
/// one so far, so that none overflows.
struct ImportanceAccumulator: Sendable {
  private(set) var count = 0
  private(set) var positive = 0
  private(set) var largestLogWeight = -Double.infinity
  /// w alone, for the evidence and the effective size.
  private(set) var weights = MeanAccumulator()
  /// Values weighted by w, by w^2 and by w^4: the self-normalised estimate, its error, and how well
  /// that error is known. Empty where the estimate is not self-normalised.
  private(set) var byWeight = MeanAccumulator()
  private(set) var bySquare = MeanAccumulator()
  private(set) var byFourth = MeanAccumulator()
  /// w f, for the unbiased estimate; empty where it is self-normalised.
  private(set) var products = MeanAccumulator()
  /// The sum and the largest of w |f|.
  private var absoluteProducts = 0.0
  private var largestProduct = 0.0

  init() {}

  /// Of a block of draws.
  ///
  /// - Parameters:
  ///   - values: f at the draws with positive weights, finite.
  ///   - weights: theirs, relative to the largest, whose logarithm is `top`.
  ///   - moments: of these weights.
  ///   - products: memory for as many; gets w f.
  ///   - zeros: how many draws have weight zero besides.
  init(
    _ values: Span<Double>, _ extent: Extent, weights: Span<Double>, _ moments: MeanAccumulator,
    top: Double, products: inout MutableSpan<Double>, zeros: Int,
    _ normalization: ImportanceNormalization
  ) {
    count = values.count + zeros
    positive = values.count
    if positive > 0 {
      largestLogWeight = top
      self.weights = moments
      let sums = weights.multiplied(with: values, into: &products)
      switch normalization {
      case .exact:
        let extent = Extent(products.span)
        self.products = MeanAccumulator(products.span, extent)
        absoluteProducts = sums.absolute
        largestProduct = max(extent.largest, -extent.smallest)
      case .selfNormalized:
        addPowers(values, extent, weights: weights, center: sums.products / sums.weights)
      }
    }
    self.weights.add(0, weight: Double(zeros))
    if normalization == .exact { self.products.add(0, weight: Double(zeros)) }
  }

  private mutating func addPowers(
    _ values: Span<Double>, _ extent: Extent, weights: Span<Double>, center: Double
  ) {
    let size = max(abs(extent.smallest), abs(extent.largest))
    let unit = size > 0 ? MeanAccumulator.unit(of: size) : 1
    var center = center
    if !center.isFinite { center = extent.smallest / 2 + extent.largest / 2 }
    let powers = weights.weightedPowers(of: values, about: center, scale: 1 / unit)
    center /= unit
    byWeight = MeanAccumulator(
      weight: powers.0, unit: unit, center: center, powers: (powers.1, 0, 0, 0))
    bySquare = MeanAccumulator(
      weight: powers.2, unit: unit, center: center, powers: (powers.3, powers.4, 0, 0))
    byFourth = MeanAccumulator(
      weight: powers.5, unit: unit, center: center,
      powers: (powers.6, powers.7, powers.8, powers.9))
  }

  mutating func merge(_ other: ImportanceAccumulator) {
    var other = other
    let top = max(largestLogWeight, other.largestLogWeight)
    if top > largestLogWeight { rescale(to: top) }
    if top > other.largestLogWeight { other.rescale(to: top) }
    count += other.count
    positive += other.positive
    byWeight.merge(other.byWeight)
    bySquare.merge(other.bySquare)
    byFourth.merge(other.byFourth)
    products.merge(other.products)
    absoluteProducts += other.absoluteProducts
    largestProduct = max(largestProduct, other.largestProduct)
    weights.merge(other.weights)
  }

  private mutating func rescale(to top: Double) {
    let factor = largestLogWeight > -.infinity ? exp(largestLogWeight - top) : 0
    largestLogWeight = top
    byWeight.scaleWeights(by: factor)
    bySquare.scaleWeights(by: factor * factor)
    byFourth.scaleWeights(by: factor * factor * factor * factor)
    products.scale(by: factor)
    absoluteProducts *= factor
    largestProduct *= factor
    weights.scale(by: factor)
  }

  /// (sum w)^2 / sum w^2.
  var effectiveSampleSize: Double {
    if positive == 0 { return 0 }
    let (second, _, unit) = weights.powers(about: 0)
    let sum = weights.count * weights.mean / unit
    return sum * sum / second
  }

  /// The share of the largest weight in the sum.
  var largestShare: Double { positive == 0 ? 0 : 1 / (weights.count * weights.mean) }

  /// The share of the largest w |f| in their sum.
  var largestProductShare: Double {
    absoluteProducts > 0 ? largestProduct / absoluteProducts : 0
  }

  /// sum w f / sum w, and the delta method's standard error of that ratio.
  var selfNormalized: (value: Double, standardError: Double) {
    guard positive > 0 else { return (.nan, .nan) }
    let (second, _, unit) = bySquare.powers(about: byWeight.mean)
    return (byWeight.mean, second.squareRoot() * unit / byWeight.count)
  }

  /// The bias of that ratio to order 1/S, -cov(w, w (f - estimate)) / (S mean(w)^2).
  var selfNormalizedBias: Double {
    positive > 0
      ? -bySquare.count / byWeight.count * (bySquare.mean - byWeight.mean) / byWeight.count : .nan
  }

  /// How far that standard error may itself be wrong: with g = w (f - estimate) the relative standard
  /// deviation of sum g^2 is at most sqrt(sum g^4) / sum g^2.
  var relativeErrorOfSelfNormalizedError: Double {
    let square = bySquare.powers(about: byWeight.mean)
    guard square.second > 0 else { return 0 }
    let fourth = byFourth.powers(about: byWeight.mean)
    let scale = fourth.unit / square.unit
    let ratio = fourth.fourth.squareRoot() * scale * scale / square.second / 2
    return ratio.isNaN ? .infinity : ratio
  }

  /// The mean of w f and its standard error.
  var unbiased: (value: Double, standardError: Double) {
    guard positive > 0 else { return (0, 0) }
    let scale = exp(largestLogWeight)
    return (scale * products.mean, scale * products.standardError)
  }

  /// The log of the mean weight and, by the delta method, its standard error.
  var logEvidence: (value: Double, standardError: Double) {
    guard positive > 0 else { return (-.infinity, .nan) }
    return (largestLogWeight + log(weights.mean), weights.standardError / weights.mean)
  }
}

extension Span<Double> {
  /// These weights times `values`, and the sums of the weights, of the products and of their absolute values.
  func multiplied(
    with values: Span<Double>, into products: inout MutableSpan<Double>
  ) -> (weights: Double, products: Double, absolute: Double) {
    var output = (0.0, 0.0, 0.0)
    withUnsafeBufferPointer { w in
      values.withUnsafeBufferPointer { f in
        products.withUnsafeMutableBufferPointer { p in
          withUnsafeMutablePointer(to: &output) {
            $0.withMemoryRebound(to: Double.self, capacity: 3) {
              ck_products(w.baseAddress, f.baseAddress, p.baseAddress, w.count, $0)
            }
          }
        }
      }
    }
    return output
  }

  /// With d = (value - center) scale the sums of w, w d; w^2, w^2 d, w^2 d^2; w^4, ..., w^4 d^4.
  func weightedPowers(
    of values: Span<Double>, about center: Double, scale: Double
  ) -> (Double, Double, Double, Double, Double, Double, Double, Double, Double, Double) {
    var output = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    withUnsafeBufferPointer { w in
      values.withUnsafeBufferPointer { f in
        withUnsafeMutablePointer(to: &output) {
          $0.withMemoryRebound(to: Double.self, capacity: 10) {
            ck_weighted_powers(w.baseAddress, f.baseAddress, w.count, center, scale, $0)
          }
        }
      }
    }
    return output
  }
}
