internal import CKernels
import Foundation

/// Bulk draws into the caller's memory, eight side by side, each from its own position of the stream.
///
/// The stream of a fill does not depend on how it is cut: filling 1,000 and then 1,000 gives what
/// filling 2,000 gives, and `position` moves on by the number of draws, so the state of a generator is
/// its seed, stream and position and nothing else: save these, and any fill goes on where it was.
///
/// The kernels for AVX-512 and AVX2 are chosen when the program runs and agree in every bit; the
/// portable ones differ in the last bits of everything but bits, uniforms and integers.
extension Philox {
  /// The instruction set of the kernels that fill memory on this machine: "AVX-512", "AVX2" or
  /// "portable".
  public static var kernels: String {
    switch ck_best_instruction_set() {
    case CK_AVX512: "AVX-512"
    case CK_AVX2: "AVX2"
    default: "portable"
    }
  }

  /// What `next()` would return, draw by draw.
  public mutating func fillBits(_ values: inout MutableSpan<UInt64>) {
    values.withUnsafeMutableBufferPointer { fill(CK_BITS, $0.baseAddress, $0.count) }
  }

  /// Uniform draws on [0, 1): what `nextUnit()` would return, draw by draw.
  public mutating func fillUnit(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_UNIT, $0.baseAddress, $0.count) }
  }

  /// Uniform draws on (0, 1): what `nextOpenUnit()` would return, draw by draw.
  public mutating func fillOpenUnit(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_OPEN_UNIT, $0.baseAddress, $0.count) }
  }

  /// Exponential draws with mean one: -log u for u uniform on (0, 1).
  public mutating func fillExponential(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_EXPONENTIAL, $0.baseAddress, $0.count) }
  }

  /// Standard normal draws: the normal quantile of u uniform on (0, 1), within +-8.21.
  ///
  /// ## References
  /// M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied
  /// Statistics 37 (1988), doi:10.2307/2347330.
  public mutating func fillNormal(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer { fill(CK_NORMAL, $0.baseAddress, $0.count) }
  }

  /// Gamma draws with scale one, by Marsaglia and Tsang's method.
  ///
  /// A draw takes one position; its attempts use counter values of their own, which no plain output
  /// has, and which name the position modulo 2^48.
  ///
  /// - Parameter shape: positive and finite.
  ///
  /// ## References
  /// G. Marsaglia, W. W. Tsang, ACM TOMS 26 (2000), doi:10.1145/358407.358414.
  public mutating func fillGamma(_ values: inout MutableSpan<Double>, shape: Double) {
    values.withUnsafeMutableBufferPointer { buffer in
      guard let output = buffer.baseAddress else { return }
      gamma(shape, as: shape < 1 ? CK_LOG_GAMMA : CK_GAMMA, output, buffer.count)
      if shape < 1 { ck_exp(output, output, buffer.count) }
      position &+= UInt64(buffer.count)
    }
  }

  /// Laplace draws with location zero and scale one: the sign is one bit of an output, the distance an
  /// exponential of the others.
  public mutating func fillLaplace(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer {
      fill(CK_STANDARD_LAPLACE, $0.baseAddress, $0.count)
    }
  }

  /// Logistic draws with location zero and scale one: log(u / (1 - u)) for u uniform on (0, 1).
  public mutating func fillLogistic(_ values: inout MutableSpan<Double>) {
    values.withUnsafeMutableBufferPointer {
      fill(CK_STANDARD_LOGISTIC, $0.baseAddress, $0.count)
    }
  }

  /// The square roots of shape / x for gamma draws x with scale one: what normals are multiplied with to
  /// be Student t draws of 2 shape degrees of freedom. Draw i belongs to the position `stride` i further on,
  /// and the position stays where it is: plain outputs go on from it.
  ///
  /// - Parameter shape: positive and finite.
  package func stretches(_ values: inout MutableSpan<Double>, shape: Double, stride: Int) {
    values.withUnsafeMutableBufferPointer { buffer in
      guard let output = buffer.baseAddress else { return }
      gamma(
        shape, as: shape < 1 ? CK_LOG_GAMMA : CK_GAMMA_STRETCH, stride: stride, output, buffer.count
      )
      guard shape < 1 else { return }
      // By logarithms, because a gamma draw may underflow.
      let set = ck_best_instruction_set()
      ck_scale(set, -0.5, 0.5 * log(shape), .infinity, output, buffer.count)
      ck_exp(output, output, buffer.count)
    }
  }

  /// Beta draws: x / (x + y) of two gammas, by their logarithms, so that small shapes neither
  /// underflow nor divide by zero.
  ///
  /// - Parameters:
  ///   - alpha: the shape towards one, positive and finite.
  ///   - beta: the shape towards zero, positive and finite.
  public mutating func fillBeta(_ values: inout MutableSpan<Double>, alpha: Double, beta: Double) {
    values.withUnsafeMutableBufferPointer { buffer in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 512) { odds in
        for start in stride(from: 0, to: buffer.count, by: 512) {
          let size = min(512, buffer.count - start)
          let output = buffer.baseAddress! + start
          gamma(alpha, as: CK_LOG_GAMMA, output, size)
          gamma(beta, as: CK_LOG_GAMMA, space: 1, odds.baseAddress!, size)
          for i in 0..<size { odds[i] -= output[i] }
          ck_exp(odds.baseAddress!, odds.baseAddress!, size)
          for i in 0..<size { output[i] = 1 / (1 + odds[i]) }
          position &+= UInt64(size)
        }
      }
    }
  }

  /// Uniform integers in 0..<bound, without modulo bias (D. Lemire, ACM TOMACS 29 (2019),
  /// doi:10.1145/3230636). A draw takes one position, as a gamma does.
  ///
  /// - Parameter bound: positive.
  public mutating func fillIndices(_ values: inout MutableSpan<Int>, below bound: Int) {
    precondition(bound > 0, "the bound \(bound) is not positive")
    let range = UInt64(bound)
    let threshold = (0 &- range) % range
    for i in 0..<values.count {
      var product = next().multipliedFullWidth(by: range)
      var attempt: UInt64 = 0
      while product.low < threshold {
        // The upper bits keep these counter values apart from plain outputs and from gammas.
        let counter = (UInt64(7) << 61) | (attempt << 48) | ((position &- 1) & 0xffff_ffff_ffff)
        product = Self.block(seed, stream, counter).0.multipliedFullWidth(by: range)
        attempt += 1
      }
      values[i] = Int(product.high)
    }
  }

  /// Categories 0..<table.count with the probabilities of `table`: what `table.sample(using:)` would
  /// return, draw by draw, from one output each. The same integers on every instruction set.
  public mutating func fillCategorical(_ values: inout MutableSpan<Int>, table: AliasTable) {
    fillCategorical(&values, table: table, first: 0)
  }

  /// Categories 0..<cumulative.count by inversion: the first whose cumulative probability exceeds
  /// what `nextUnit()` would return, or the last where none does. Up to 32 categories are counted
  /// through, more are bisected: O(log count) a draw. The same integers on every instruction set.
  ///
  /// - Parameter cumulative: up to 2^30 numbers, at least one, none less than the one before.
  public mutating func fillCategorical(
    _ values: inout MutableSpan<Int>, cumulative: [Double]
  ) {
    precondition(
      !cumulative.isEmpty && cumulative.count <= 1 << 30, "\(cumulative.count) categories")
    cumulative.withUnsafeBufferPointer { cumulative in
      var categories = ck_categories(
        cells: nil, cumulative: cumulative.baseAddress, count: cumulative.count, first: 0)
      values.withUnsafeMutableBufferPointer {
        fill(CK_CUMULATIVE, $0.baseAddress, $0.count, &categories)
      }
    }
  }

  /// Poisson draws, one position each.
  ///
  /// Means below 48 go through an alias table of all numbers with more than 2^-56 of the mode's
  /// probability, made for this fill; a draw is then one output, and the same integer on every
  /// instruction set. The table of the largest such mean has some 120 numbers and takes about a microsecond:
  /// what a dozen draws of `gsl_ran_poisson` take. Larger means go through Hörmann's transformed
  /// rejection, whose attempts use counter values of their own as a gamma's do; there the portable
  /// kernels may accept in another last bit. Which way is taken depends on the mean alone, so a fill
  /// may be cut anywhere.
  ///
  /// - Parameter mean: from 0 to 2^53.
  ///
  /// ## References
  /// W. Hörmann, "The transformed rejection method for generating Poisson random variables",
  /// Insurance: Mathematics and Economics 12 (1993), doi:10.1016/0167-6687(93)90997-4.
  public mutating func fillPoisson(_ values: inout MutableSpan<Int>, mean: Double) {
    precondition(mean >= 0 && mean <= 0x1p53, "the mean \(mean) is not in 0...2^53")
    if mean < 48 {
      let (first, weights) = Self.poissonWeights(mean: mean)
      return fillCategorical(&values, table: AliasTable(probabilities: weights), first: first)
    }
    values.withUnsafeMutableBufferPointer { buffer in
      buffer.withMemoryRebound(to: Int64.self) { buffer in
        guard let output = buffer.baseAddress else { return }
        ck_philox_fill_poisson(
          ck_best_instruction_set(), seed, stream, position, mean, output, buffer.count)
        position &+= UInt64(buffer.count)
      }
    }
  }

  /// The probabilities of first, first + 1, ..., relative to the mode's, by the ratio of neighbours,
  /// from the mode outwards. No transcendental function, so the same everywhere.
  private static func poissonWeights(mean: Double) -> (first: Int, weights: [Double]) {
    let smallest = 0x1p-56
    let mode = mean.rounded(.down)
    var below: [Double] = []
    var (k, weight) = (mode, 1.0)
    while k > 0 {
      weight *= k / mean
      if weight < smallest { break }
      below.append(weight)
      k -= 1
    }
    var weights = Array(below.reversed())
    (k, weight) = (mode, 1)
    while weight >= smallest {
      weights.append(weight)
      k += 1
      weight *= mean / k
    }
    return (Int(mode) - below.count, weights)
  }

  private mutating func fillCategorical(
    _ values: inout MutableSpan<Int>, table: AliasTable, first: Int
  ) {
    table.cells.withUnsafeBytes { cells in
      var categories = ck_categories(
        cells: cells.assumingMemoryBound(to: ck_alias_cell.self).baseAddress, cumulative: nil,
        count: table.count, first: Int64(first))
      values.withUnsafeMutableBufferPointer {
        fill(CK_ALIAS, $0.baseAddress, $0.count, &categories)
      }
    }
  }

  private func gamma(
    _ shape: Double, as kind: ck_gamma_kind, space: UInt64 = 0, stride: Int = 1,
    _ output: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    precondition(shape > 0 && shape.isFinite, "the shape \(shape) is not positive and finite")
    ck_philox_fill_gamma(
      ck_best_instruction_set(), seed, stream, position, UInt64(stride), space, shape,
      kind, output, count)
  }

  private mutating func fill(
    _ kind: ck_philox_kind, _ output: UnsafeMutableRawPointer?, _ count: Int,
    _ categories: UnsafePointer<ck_categories>? = nil
  ) {
    guard let output else { return }
    ck_philox_fill(
      kind, ck_best_instruction_set(), seed, stream, position, categories, output, count)
    position &+= UInt64(count)
  }
}
