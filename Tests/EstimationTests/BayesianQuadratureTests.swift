import Distributions
import Estimation
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing

private struct Reference: Decodable, Sendable {
  struct Mean: Decodable, Sendable {
    let axis: String
    let length: Double
    let x: Double
    let mean: Double
  }
  struct Double_: Decodable, Sendable {
    let length: Double
    let normal: Double
    let uniform: Double
  }
  struct Pair: Decodable, Sendable {
    let correlation: Double
    let lengths: [Double]
    let place: [Double]
    let mean: Double
    let double: Double
  }
  let means: [Mean]
  let doubles: [Double_]
  let pairs: [Pair]
}

private let standard = try! Normal(mean: 0, standardDeviation: 1)

private func axis(_ name: String) -> KernelMeasure.Axis {
  name == "normal" ? .normal(mean: 0, standardDeviation: 1) : .uniform(lower: 0, upper: 1)
}

/// A draw of the Gaussian process with a squared-exponential kernel, exactly:
/// f(x) = b + a prod_i exp(-t_i^2 / 2) sum_k xi_k prod_i t_i^(k_i) / sqrt(k_i!), t = (x - c) / l.
private struct ProcessDraw: Sendable {
  let lengthScale: Double
  let isNormal: Bool
  let dimension: Int
  let constant = 3.0
  let amplitude = 2.0
  private let terms: Int
  private let coefficients: [Double]

  init(lengthScale: Double, isNormal: Bool, dimension: Int, seed: UInt64, number: Int) {
    (self.lengthScale, self.isNormal, self.dimension) = (lengthScale, isNormal, dimension)
    // Enough for places nine deviations out, or anywhere in the box.
    let reach = 0.5 / lengthScale
    terms = isNormal ? (dimension == 1 ? 120 : 70) : max(40, Int(reach * reach + 9 * reach + 20))
    var generator = Philox(seed: seed, stream: UInt64(number))
    coefficients = (0..<(dimension == 1 ? terms : terms * terms)).map { _ in
      standard.sample(using: &generator)
    }
  }

  private func basis(_ x: Double) -> [Double] {
    let t = (x - (isNormal ? 0 : 0.5)) / lengthScale
    var value = exp(-0.5 * t * t)
    return (0..<terms).map { k in
      defer { value *= t / Double(k + 1).squareRoot() }
      return value
    }
  }

  private func combine(_ bases: [[Double]]) -> Double {
    if dimension == 1 { return constant + amplitude * dot(bases[0], coefficients) }
    var sum = 0.0
    for i in 0..<terms {
      var inner = 0.0
      for j in 0..<terms { inner += coefficients[i * terms + j] * bases[1][j] }
      sum += bases[0][i] * inner
    }
    return constant + amplitude * sum
  }

  func callAsFunction(_ place: [Double]) -> Double { combine(place.map(basis)) }

  /// Under the standard normal by its moments, over the unit box by Simpson's rule.
  var integral: Double {
    var means = [Double](repeating: 0, count: terms)
    if isNormal {
      // E exp(-x^2 / (2 l^2)) (x / l)^k = s (s / l)^k (k - 1)!!, s^-2 = 1 + l^-2.
      let s = 1 / (1 + 1 / (lengthScale * lengthScale)).squareRoot()
      var value = s
      for k in stride(from: 0, to: terms, by: 2) {
        means[k] = value
        value *=
          s * s / (lengthScale * lengthScale) * Double(k + 1)
          / (Double(k + 1) * Double(k + 2)).squareRoot()
      }
    } else {
      let panels = max(400, 2 * Int(40 / lengthScale))
      for i in 0...panels {
        let weight = i == 0 || i == panels ? 1.0 : i % 2 == 1 ? 4 : 2
        for (k, value) in basis(Double(i) / Double(panels)).enumerated() {
          means[k] += weight * value / Double(3 * panels)
        }
      }
    }
    return combine(Array(repeating: means, count: dimension))
  }

  func result(_ method: BayesianQuadrature) throws -> BayesianQuadrature.Result {
    try isNormal
      ? method.result(
        of: { self($0) }, under: Independent(Array(repeating: standard, count: dimension)))
      : method.result(of: { self($0) }, over: Array(repeating: 0...1, count: dimension))
  }
}

/// The chance that a binomial variable lies at least as far out as `hits`, on the less likely side.
private func tail(_ hits: Int, of trials: Int, probability: Double) -> Double {
  let law = try! Binomial(trials: trials, probability: probability)
  return min(law.cdf(hits), hits == 0 ? 1 : law.survival(hits - 1))
}

private struct SmoothCase: Sendable, CustomStringConvertible {
  let description: String
  let dimension: Int
  let isNormal: Bool
  let truth: Double
  let secondMoment: Double
  let f: @Sendable ([Double]) -> Double

  var plainError: Double { ((secondMoment - truth * truth) / 30).squareRoot() }
}

private func gaussPeak(_ a: Double, _ w: Double) -> Double {
  Double.pi.squareRoot() / (2 * a) * (erf(a * (1 - w)) + erf(a * w))
}

private let smoothCases: [SmoothCase] = [
  SmoothCase(
    description: "exp", dimension: 1, isNormal: true, truth: exp(0.5), secondMoment: exp(2),
    f: { exp($0[0]) }),
  SmoothCase(
    description: "x^4", dimension: 1, isNormal: true, truth: 3, secondMoment: 105,
    f: { $0[0] * $0[0] * $0[0] * $0[0] }),
  SmoothCase(
    description: "exp of a sum", dimension: 2, isNormal: true, truth: exp(0.25),
    secondMoment: exp(1), f: { exp(0.5 * ($0[0] + $0[1])) }),
  SmoothCase(
    description: "oscillatory", dimension: 1, isNormal: false, truth: sin(9.0) / 9,
    secondMoment: 0.5 + sin(18.0) / 36, f: { cos(9 * $0[0]) }),
  SmoothCase(
    description: "product peak", dimension: 1, isNormal: false,
    truth: 5 * (atan(2.0) + atan(3.0)),
    secondMoment: 62.5 * (atan(2.0) + 2.0 / 5 + atan(3.0) + 3.0 / 10),
    f: { 1 / (1 / 25 + ($0[0] - 0.4) * ($0[0] - 0.4)) }),
  SmoothCase(
    description: "corner peak", dimension: 2, isNormal: false,
    // The integral of (1 + x + 2 y)^-3, and of its square.
    truth: 0.25 * (1 - 1.0 / 2 - 1.0 / 3 + 1.0 / 4),
    secondMoment: (1 - pow(2, -4.0) - pow(3, -4.0) + pow(4, -4.0)) / 40,
    f: { pow(1 + $0[0] + 2 * $0[1], -3) }),
  SmoothCase(
    description: "Gaussian peak", dimension: 2, isNormal: false,
    truth: gaussPeak(3, 0.4) * gaussPeak(3, 0.6),
    secondMoment: gaussPeak(3 * 2.0.squareRoot(), 0.4) * gaussPeak(3 * 2.0.squareRoot(), 0.6),
    f: { exp(-9 * (($0[0] - 0.4) * ($0[0] - 0.4) + ($0[1] - 0.6) * ($0[1] - 0.6))) }),
]

@Suite struct BayesianQuadratureTests {
  // MARK: The closed forms

  @Test("kernel means and double integrals are those of numerical integration", .tags(.reference))
  func kernelIntegrals() throws {
    let reference: Reference = try ReferenceData.decode(from: "bayesian_quadrature.json")
    #expect(reference.means.count > 60)
    for item in reference.means {
      let embedding = try KernelEmbedding(
        KernelMeasure(axes: [axis(item.axis)]), lengthScales: [item.length])
      // In the tail an argument's last digit counts as often as the exponent is large.
      let tolerance = 1e-14 * max(10, abs(log(item.mean)))
      #expect(
        relativeError(embedding.mean(at: [item.x].span), item.mean) < tolerance, "\(item)")
    }
    for item in reference.doubles {
      for (name, value) in [("normal", item.normal), ("uniform", item.uniform)] {
        let embedding = try KernelEmbedding(
          KernelMeasure(axes: [axis(name)]), lengthScales: [item.length])
        #expect(relativeError(embedding.doubleIntegral, value) < 1e-14, "\(name) \(item)")
      }
    }
    for item in reference.pairs {
      let normal = try MultivariateNormal(
        mean: [0, 0], covariance: Matrix([[1, item.correlation], [item.correlation, 1]]))
      let embedding = try KernelEmbedding(normal.kernelMeasure(), lengthScales: item.lengths)
      #expect(relativeError(embedding.mean(at: item.place.span), item.mean) < 1e-12)
      #expect(relativeError(embedding.doubleIntegral, item.double) < 1e-12)
    }
  }

  @Test(
    "the gradient of the marginal likelihood", .tags(.gradient),
    arguments: MarginalLikelihood.Family.allCases, [0.0, 0.3])
  func marginalLikelihoodGradient(family: MarginalLikelihood.Family, noise: Double) throws {
    var generator = Philox(seed: 5)
    let places = (0..<12).map { _ in [generator.nextUnit(), 2 * generator.nextUnit()] }
    let density = MarginalLikelihood(
      places: places, values: places.map { sin(3 * $0[0]) + $0[1] * $0[1] + 0.1 * $0[0] },
      jitter: 1e-6, noiseVariance: noise * noise,
      prior: .init(means: [0.1, -0.3, 0.2], standardDeviations: [1.5, 1, 2]), family: family)
    for position in [[-1.2, -0.8, 0.3], [-0.4, 0.5, 1.2], [-3.0, -2.5, -0.5]] {
      try checkGradient(density, at: position, tolerance: 1e-6)
    }
  }

  @Test("the marginal likelihood is the density of contrasts of the values")
  func marginalLikelihoodValue() throws {
    // Two values: their difference is N(0, 2 a^2 (1 - k)), whatever the mean.
    let (distance, length, amplitude) = (0.7, 0.9, 1.4)
    let density = MarginalLikelihood(
      places: [[0], [distance]], values: [0.3, 1.5], jitter: 0, noiseVariance: 0,
      prior: .init(means: [log(length), log(amplitude)], standardDeviations: [1, 1]))
    var workspace: MarginalLikelihood.Workspace = density.makeWorkspace()
    let value = try density.logDensity(
      at: [log(length), log(amplitude)].span, in: &workspace)
    let kernel = exp(-0.5 * (distance / length) * (distance / length))
    let contrast = try Normal(
      mean: 0, standardDeviation: amplitude * (2 * (1 - kernel)).squareRoot())
    #expect(scaledError(value, contrast.logDensity(of: 1.2)) < 1e-12)
  }

  // MARK: Known integrals

  @Test(
    "30 points have less than a tenth of the error of 30 draws, within the stated one",
    arguments: smoothCases, [BayesianQuadrature.Selection.sequential, .spaceFilling])
  private func knownIntegrals(
    problem: SmoothCase, selection: BayesianQuadrature.Selection
  ) throws {
    let method = BayesianQuadrature(points: 30, selection: selection)
    let estimate =
      try problem.isNormal
      ? method.mean(
        of: problem.f, under: Independent(Array(repeating: standard, count: problem.dimension)))
      : method.integral(of: problem.f, over: Array(repeating: 0...1, count: problem.dimension))
    let error = abs(estimate.value - problem.truth)
    #expect(error < problem.plainError / 10, "\(problem): \(estimate), truth \(problem.truth)")
    #expect(estimate.standardError < problem.plainError / 10, "\(problem): \(estimate)")
    #expect(error < 5 * estimate.standardError, "\(problem): \(estimate), \(problem.truth)")
    #expect(estimate.evaluations == 30 && estimate.draws == nil)
    #expect(estimate.errorModel == .normal)
  }

  @Test("a place and a unit of the measure change nothing, and a box's integral has its volume")
  func measuresAgree() throws {
    let method = BayesianQuadrature(points: 12, selection: .spaceFilling)
    let here = try method.mean(of: { cos($0) + $0 }, under: standard)
    let there = try method.mean(
      of: { cos(($0 - 5) / 4) + ($0 - 5) / 4 },
      under: try Normal(mean: 5, standardDeviation: 4))
    #expect(abs(here.value - there.value) < 1e-3 * here.standardError)
    let joint = try method.mean(
      of: { cos(($0[0] - 5) / 4) + ($0[0] - 5) / 4 },
      under: try MultivariateNormal(mean: [5], covariance: Matrix([[16]])))
    #expect(joint == there)

    let mean = try method.mean(of: { exp($0) }, under: try Uniform(lower: 1, upper: 3))
    let integral = try method.integral(of: { exp($0) }, over: 1...3)
    #expect(integral.value == 2 * mean.value)
    #expect(integral.standardError == 2 * mean.standardError)
    #expect(abs(integral.value - (exp(3) - exp(1))) < 5 * integral.standardError)
  }

  @Test("correlated normals, and a normal beside a uniform")
  func jointMeasures() throws {
    let method = BayesianQuadrature(points: 40)
    let normal = try MultivariateNormal(
      mean: [1, -2], covariance: Matrix([[1, 0.8], [0.8, 2]]))
    // E cos(v' x) = cos(v' m) exp(-v' S v / 2), v = (0.5, 0.5).
    let first = try method.mean(of: { cos(0.5 * ($0[0] + $0[1])) }, under: normal)
    let truth = cos(0.5) * exp(-0.5 * 0.25 * 4.6)
    #expect(abs(first.value - truth) < 5 * first.standardError, "\(first), \(truth)")
    #expect(first.standardError < 0.01)
    let mixed = Independent<AnyUnivariate<Double>>([
      standard, try Uniform(lower: -1, upper: 2),
    ])
    let second = try method.mean(of: { sin($0[0] + $0[1]) }, under: mixed)
    let mixedTruth = exp(-0.5) * (cos(1.0) - cos(2.0)) / 3
    #expect(abs(second.value - mixedTruth) < 5 * second.standardError, "\(second)")
    #expect(second.standardError < 0.01)
  }

  // MARK: Calibration

  private struct Setting: Sendable, CustomStringConvertible {
    let isNormal: Bool
    let dimension: Int
    let points: Int
    let selection: BayesianQuadrature.Selection
    /// How rough the functions are: where there are many points, shorter scales leave something to tell.
    var roughness = 1.0

    var lengthScale: Double {
      (isNormal ? 1 : 0.4) * Double(dimension).squareRoot() / roughness
    }
    var description: String {
      "\(isNormal ? "normal" : "box") \(dimension) \(points) \(selection)"
    }

    /// How many of the 50, 90 and 95 % intervals hold the truth, and how many verdicts are good.
    func coverage(functions: Int, isFitted: Bool) throws -> (hits: [Int], reliable: Int) {
      var method = BayesianQuadrature(points: points, selection: selection)
      if !isFitted {
        method.kernel = .init(
          lengthScales: Array(repeating: lengthScale, count: dimension), amplitude: 2)
      }
      var (hits, reliable) = ([0, 0, 0], 0)
      for number in 0..<functions {
        let draw = ProcessDraw(
          lengthScale: lengthScale, isNormal: isNormal, dimension: dimension, seed: 11,
          number: number)
        let estimate = try draw.result(method).estimate
        let truth = draw.integral
        for (i, level) in [0.5, 0.9, 0.95].enumerated()
        where estimate.confidenceInterval(level).contains(truth) {
          hits[i] += 1
        }
        if estimate.diagnosis.isReliable { reliable += 1 }
      }
      return (hits, reliable)
    }
  }

  private static let knownSettings = [
    Setting(isNormal: true, dimension: 1, points: 7, selection: .sequential),
    Setting(isNormal: true, dimension: 1, points: 10, selection: .spaceFilling),
    Setting(isNormal: false, dimension: 1, points: 6, selection: .sequential),
    Setting(isNormal: false, dimension: 1, points: 7, selection: .latinHypercube(seed: 3)),
    Setting(isNormal: true, dimension: 2, points: 15, selection: .sequential),
    Setting(isNormal: false, dimension: 2, points: 12, selection: .independent(seed: 4)),
    Setting(
      isNormal: false, dimension: 1, points: 100, selection: .latinHypercube(seed: 5),
      roughness: 20),
    Setting(
      isNormal: false, dimension: 2, points: 200, selection: .latinHypercube(seed: 6),
      roughness: 8),
  ]

  @Test(
    "over functions of the process, intervals of a known kernel cover as they say",
    .tags(.statistical), arguments: knownSettings)
  private func knownKernel(setting: Setting) throws {
    let functions = draws(release: 400, debug: 60)
    let (hits, reliable) = try setting.coverage(functions: functions, isFitted: false)
    let level = StatisticalTolerance(
      level: 1e-3, comparisons: 2 * 3 * Self.knownSettings.count
    ).levelOfOne
    for (count, probability) in zip(hits, [0.5, 0.9, 0.95]) {
      #expect(
        tail(count, of: functions, probability: probability) > level,
        "\(setting): \(hits) of \(functions)")
    }
    #expect(reliable > functions * 95 / 100)
  }

  @Test(
    "with a fitted kernel at least 85 % of the 95 % intervals hold the truth",
    .tags(.statistical),
    arguments: [
      Setting(isNormal: true, dimension: 1, points: 12, selection: .spaceFilling),
      Setting(isNormal: true, dimension: 1, points: 15, selection: .sequential),
      Setting(isNormal: false, dimension: 1, points: 10, selection: .spaceFilling),
      Setting(isNormal: true, dimension: 2, points: 25, selection: .sequential),
      Setting(isNormal: false, dimension: 2, points: 20, selection: .spaceFilling),
    ])
  private func fittedKernel(setting: Setting) throws {
    let functions = draws(release: 200, debug: 30)
    let (hits, reliable) = try setting.coverage(functions: functions, isFitted: true)
    // One-sided: more is allowed.
    let law = try Binomial(trials: functions, probability: 0.85)
    #expect(law.cdf(hits[2]) > 1e-4, "\(setting): \(hits) of \(functions)")
    #expect(reliable > functions * 90 / 100, "\(setting): \(reliable) of \(functions)")
  }

  // MARK: Broken versions

  /// Whether the coverages of integrals from eight values agree with a binomial, for a process that
  /// may be wrong and a variance from it.
  private func covers(
    _ measure: KernelMeasure, variance: (GaussianProcess) -> Double
  ) throws -> Bool {
    let functions = 400
    let places = (0..<8).map { [standard.quantile((Double($0) + 0.5) / 8) * 1.5] }
    let process = try GaussianProcess(
      measure, lengthScales: [1], nugget: 1e-12, places: places)
    let deviation = 2 * variance(process).squareRoot()
    let z90 = standard.quantile(0.95)
    var hits = 0
    for number in 0..<functions {
      let draw = ProcessDraw(
        lengthScale: 1, isNormal: true, dimension: 1, seed: 21, number: number)
      let posterior = process.posterior(places.map { draw($0) })
      if abs(posterior.integral - draw.integral) < z90 * deviation { hits += 1 }
    }
    return tail(hits, of: functions, probability: 0.9) > 1e-4
  }

  @Test(
    "a wrong kernel mean and a variance without the double integral are found out",
    .tags(.statistical))
  func brokenVersions() throws {
    let right = try standard.kernelMeasure()
    #expect(try covers(right) { $0.integralVariance })
    // The measure mixed up with one on another scale.
    let box = KernelMeasure(axes: [.uniform(lower: -2, upper: 2)])
    #expect(try !covers(box) { $0.integralVariance })
    // d left out: what is left is negative, so its size.
    #expect(
      try !covers(right) { abs($0.integralVariance - $0.embedding.doubleIntegral) })
    // The uncertainty of the mean without the kernel.
    #expect(try !covers(right) { $0.nugget })
  }

  // MARK: The choice of points

  @Test("chosen points leave less of the integral unknown than drawn ones", .tags(.statistical))
  func sequentialBeatsRandom() throws {
    var squares = (chosen: 0.0, drawn: 0.0)
    for number in 0..<30 {
      let draw = ProcessDraw(
        lengthScale: 1.4, isNormal: true, dimension: 2, seed: 31, number: number)
      var method = BayesianQuadrature(points: 20, selection: .sequential)
      method.kernel = .init(lengthScales: [1.4, 1.4], amplitude: 2)
      let chosen = try draw.result(method).estimate
      method.selection = .independent(seed: UInt64(number))
      let drawn = try draw.result(method).estimate
      #expect(chosen.standardError < drawn.standardError)
      squares.chosen += pow(chosen.value - draw.integral, 2)
      squares.drawn += pow(drawn.value - draw.integral, 2)
    }
    // Of thirty functions each the mean squares are known to a factor of two either way.
    #expect(squares.chosen < squares.drawn / 4)
  }

  @Test("a point lowers the variance by what was foretold, and each one chosen lowers it")
  func foretoldReduction() throws {
    let normal = try MultivariateNormal(
      mean: [0, 0], covariance: Matrix([[1, 0.5], [0.5, 1]]))
    let measure = normal.kernelMeasure()
    var process = try GaussianProcess(
      measure, lengthScales: [1.2, 0.8], nugget: 1e-10,
      places: [[0, 0], [1, 0.2], [-0.7, 1], [0.3, -1]])
    for place in [[1.4, 1.1], [-1.5, -1.0], [0.1, 0.9]] {
      let before = process.integralVariance
      let information = process.information(at: place)
      try process.append(place)
      let foretold = before - information.covariance * information.covariance / information.variance
      #expect(relativeError(process.integralVariance, foretold) < 1e-9)
      #expect(process.integralVariance < before)
    }
  }

  @Test("points given in the order in which they were chosen give the same estimate")
  func givenPointsAgree() throws {
    var method = BayesianQuadrature(points: 15)
    method.kernel = .init(lengthScales: [1.1], amplitude: 1.5)
    let chosen = try method.result(of: { sin($0) }, under: standard)
    var given = BayesianQuadrature(places: chosen.points)
    given.kernel = method.kernel
    let again = try given.result(of: { sin($0) }, under: standard)
    #expect(again.estimate == chosen.estimate)
    #expect(again.points == chosen.points && again.values == chosen.values)
  }

  @Test("the same seed gives the same points, another one others")
  func seeds() throws {
    func points(_ selection: BayesianQuadrature.Selection) throws -> [[Double]] {
      try BayesianQuadrature(points: 9, selection: selection)
        .result(of: { $0 }, under: standard).points
    }
    #expect(try points(.latinHypercube(seed: 1)) == points(.latinHypercube(seed: 1)))
    #expect(try points(.latinHypercube(seed: 1)) != points(.latinHypercube(seed: 2)))
    #expect(try points(.independent(seed: 1)) != points(.independent(seed: 2)))
    #expect(try points(.spaceFilling) == points(.spaceFilling))
  }

  // MARK: The process

  @Test("the process passes through the values and knows less far from them")
  func prediction() throws {
    let result = try BayesianQuadrature(points: 15, selection: .spaceFilling)
      .result(of: { cos(2 * $0) }, under: standard)
    for (place, value) in zip(result.points, result.values) {
      let (mean, deviation) = result.prediction(at: place)
      #expect(abs(mean - value) < 1e-3 && deviation < 1e-3)
    }
    let (between, near) = result.prediction(at: [0.3])
    #expect(abs(between - cos(0.6)) < 0.01 && near < 0.01)
    let (far, vague) = result.prediction(at: [40])
    #expect(abs(far - result.constantMean) < 1e-6)
    #expect(vague > 0.99 * result.kernel.amplitude)
    #expect(result.residuals.count == 15 && result.innovations.count == 15)
  }

  @Test("an axis that f does not depend on gets a long length scale")
  func relevance() throws {
    let result = try BayesianQuadrature(points: 25, selection: .spaceFilling)
      .result(of: { sin(5 * $0[0]) }, over: [0...1, 0...10])
    #expect(result.kernel.lengthScales[1] > 50 * result.kernel.lengthScales[0])
    #expect(
      abs(result.estimate.value - 10 * (1 - cos(5.0)) / 5) < 5 * result.estimate.standardError)
  }

  @Test("noise in the values is counted in the error", .tags(.statistical))
  func noisyValues() throws {
    let noise = 0.3
    var (sum, calls) = (0.0, 0)
    for number in 0..<40 {
      var generator = Philox(seed: 41, stream: UInt64(number))
      var method = BayesianQuadrature(points: 20, selection: .spaceFilling)
      method.noise = noise
      let estimate = try method.mean(
        of: { cos($0) + noise * standard.sample(using: &generator) }, under: standard)
      let z = (estimate.value - exp(-0.5)) / estimate.standardError
      sum += z * z
      calls += estimate.evaluations
      #expect(estimate.standardError > noise / 20.0.squareRoot() / 3)
    }
    #expect(calls == 800)
    // The kernel is fitted, so the limit is three times that of a known one.
    #expect(sum < 3 * StatisticalTolerance().chiSquared(degreesOfFreedom: 40))
  }

  // MARK: Verdicts

  @Test(
    "a step is called unreliable",
    arguments: [BayesianQuadrature.Selection.sequential, .spaceFilling, .latinHypercube(seed: 8)])
  func step(selection: BayesianQuadrature.Selection) throws {
    var missed: [Double] = []
    for edge in stride(from: -1.0, through: 1.0, by: 0.2) {
      let estimate = try BayesianQuadrature(points: 30, selection: selection)
        .mean(of: { $0 > edge ? 1 : 0 }, under: standard)
      let error = abs(estimate.value - standard.survival(edge))
      if estimate.diagnosis.isReliable && error > 2 * estimate.standardError {
        missed.append(edge)
      }
    }
    #expect(missed.isEmpty, "reliable and wrong with edges \(missed)")
  }

  @Test("a step is rough, short length scales and few points and a constant say little")
  func verdicts() throws {
    let step = try BayesianQuadrature(points: 40, selection: .spaceFilling)
      .mean(of: { $0 > 0.3 ? 1 : 0 }, under: standard)
    #expect(
      step.diagnosis.concerns.contains {
        if case .roughFunction = $0 { true } else { false }
      })
    var short = BayesianQuadrature(points: 40, selection: .spaceFilling)
    short.kernel = .init(lengthScales: [0.01], amplitude: 1)
    let unknown = try short.mean(of: { cos($0) }, under: standard)
    #expect(
      unknown.diagnosis.concerns.contains {
        if case .shortLengthScales = $0 { true } else { false }
      })
    let constant = try BayesianQuadrature(points: 12).mean(of: { _ in 4 }, under: standard)
    #expect(constant.value == 4 && constant.standardError == 0)
    #expect(constant.diagnosis.concerns.contains(.constantValues))
    let few = try BayesianQuadrature(points: 8).mean(of: { cos($0) }, under: standard)
    #expect(few.diagnosis.concerns.contains(.fewPoints(8, wanted: 10)))
  }

  @Test("values that a given kernel cannot have are found in the residuals")
  func wrongKernel() throws {
    var method = BayesianQuadrature(points: 20, selection: .spaceFilling)
    method.kernel = .init(lengthScales: [3], amplitude: 1)
    let estimate = try method.mean(of: { cos(3 * $0) }, under: standard)
    guard
      case .inconsistentResiduals(let meanSquare, let largest)? = estimate.diagnosis.concerns.first
    else {
      Issue.record("\(estimate.diagnosis)")
      return
    }
    #expect(meanSquare > 10 && largest > 5)
    method.kernel = .init(lengthScales: [0.6], amplitude: 1)
    #expect(try method.mean(of: { cos(3 * $0) }, under: standard).diagnosis.isReliable)
  }

  @Test("points given twice, and 200 of them")
  func degenerateDesigns() throws {
    let twice = (0..<12).map { Double($0 / 2) - 2.5 }
    let estimate = try BayesianQuadrature(places: twice).mean(of: { cos($0) }, under: standard)
    #expect(abs(estimate.value - exp(-0.5)) < 5 * estimate.standardError + 1e-6)
    let many = try BayesianQuadrature(points: isDebugBuild ? 80 : 200, selection: .spaceFilling)
      .integral(of: { cos(3 * $0[0] + $0[1]) }, over: [0...1, 0...1])
    let truth = (cos(3.0) + cos(1.0) - cos(4.0) - 1) / 3
    #expect(abs(many.value - truth) < 1e-6)
    #expect(many.standardError < 1e-5)
  }

  // MARK: What goes wrong

  @Test("bad input is refused with the value in the message")
  func badInput() throws {
    func refused(_ part: String, _ body: () throws -> Void) {
      let error = #expect(throws: EstimationError.self) { try body() }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
    let f: @Sendable (Double) -> Double = { $0 }
    refused("3 points") { _ = try BayesianQuadrature(points: 3).mean(of: f, under: standard) }
    refused("5000 points") {
      _ = try BayesianQuadrature(points: 5000).mean(of: f, under: standard)
    }
    refused("noise -1.0") {
      var method = BayesianQuadrature(points: 10)
      method.noise = -1
      _ = try method.mean(of: f, under: standard)
    }
    refused("2 length scales in 1") {
      var method = BayesianQuadrature(points: 10)
      method.kernel = .init(lengthScales: [1, 2], amplitude: 1)
      _ = try method.mean(of: f, under: standard)
    }
    refused("-2.0") {
      var method = BayesianQuadrature(points: 10)
      method.kernel = .init(lengthScales: [-2], amplitude: 1)
      _ = try method.mean(of: f, under: standard)
    }
    refused("place 1") {
      _ = try BayesianQuadrature(places: [[0], [.nan], [1], [2]]).mean(of: f, under: standard)
    }
    refused("in 0 dimensions") { _ = try BayesianQuadrature().integral(of: { _ in 1 }, over: []) }
    refused("no finite width") { _ = try BayesianQuadrature().integral(of: f, over: 1...1) }
    refused("no finite width") {
      _ = try BayesianQuadrature().integral(of: f, over: 0 ... .infinity)
    }
    refused("Exponential") {
      let mixed = Independent<AnyUnivariate<Double>>([try Exponential(rate: 1)])
      _ = try BayesianQuadrature().mean(of: { $0[0] }, under: mixed)
    }
  }

  @Test("an integrand that throws or is not finite stops the run and is named")
  func integrandFailures() throws {
    struct Refusal: Error {}
    let failure = #expect(throws: IntegrandFailure.self) {
      try BayesianQuadrature(places: [0, 1, 2, 3, 4]).mean(
        of: { x in
          if x == 2 { throw Refusal() }
          return x
        }, under: standard)
    }
    #expect(failure?.draw == 2 && failure?.underlying is Refusal)
    #expect(throws: EstimationError.notFinite(value: .infinity, draw: 0, at: "[0.0]")) {
      try BayesianQuadrature(places: [0, 1, 2, 3, 4]).mean(of: { 1 / $0 }, under: standard)
    }
  }

  @Test("values of any size")
  func scales() throws {
    let method = BayesianQuadrature(points: 12, selection: .spaceFilling)
    let plain = try method.mean(of: { cos($0) }, under: standard)
    for scale in [1e-200, 1e-8, 1e100, 1e300] {
      let scaled = try method.mean(of: { scale * cos($0) }, under: standard)
      #expect(relativeError(scaled.value / scale, plain.value) < 1e-6)
      #expect(scaled.diagnosis == plain.diagnosis)
    }
    // The offset costs its last digits.
    let offset = try method.mean(of: { 1e8 + cos($0) }, under: standard)
    #expect(abs(offset.value - 1e8 - exp(-0.5)) < 5 * offset.standardError)
    #expect(offset.standardError > plain.standardError)
  }
}
