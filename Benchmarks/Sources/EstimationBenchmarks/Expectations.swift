import Buffon
import Foundation

/// Nanoseconds a draw of the four problems of `peers/estimation/gsl_expectations.c`, one thread, error and
/// effective size included: the median of five runs for each row, f as a closure on one draw and on many.
enum Expectations {
  /// The median over five runs of the nanoseconds that a draw (or a proposal) takes, and the last estimate.
  private static func measure(
    _ body: (_ seed: UInt64) async throws -> VectorEstimate
  ) async throws -> (nanoseconds: Double, estimate: VectorEstimate) {
    let clock = ContinuousClock()
    var times: [Double] = []
    var last: VectorEstimate?
    for seed in UInt64(1)...5 {
      let start = clock.now
      let estimate = try await body(seed)
      times.append((clock.now - start) / .nanoseconds(1) / Double(estimate.evaluations))
      last = estimate
    }
    return (times.sorted()[2], last!)
  }

  private static func vector(_ estimate: Estimate) -> VectorEstimate {
    VectorEstimate(
      values: [estimate.value], covariance: Matrix([[0]]), standardErrors: [estimate.standardError],
      evaluations: estimate.evaluations, draws: estimate.draws,
      effectiveSampleSizes: estimate.effectiveSampleSize.map { [$0] },
      diagnoses: [estimate.diagnosis])
  }

  private static func plain(
    count: Int, workers: Int
  ) async throws -> (nanoseconds: Double, estimate: VectorEstimate) {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    return try await measure { seed in
      vector(
        try await MonteCarlo(draws: count).mean(
          of: { $0 > 2 ? $0 * $0 : 0 }, under: normal, seed: seed, workers: workers))
    }
  }

  /// How many times faster two workers are than one, the median of nine pairs of measurements, as one JSON
  /// object.
  static func workers(count: Int) async throws -> String {
    var gains: [Double] = []
    for _ in 0..<9 {
      let one = try await plain(count: count, workers: 1).nanoseconds
      gains.append(one / (try await plain(count: count, workers: 2).nanoseconds))
    }
    return "{\"two_workers\": \(gains.sorted()[4])}"
  }

  /// One JSON object.
  static func run(count: Int) async throws -> String {
    let normal = try Normal(mean: 0, standardDeviation: 1)
    let shifted = try Normal(mean: 2.5, standardDeviation: 1)
    let student = try MultivariateStudentT(
      degreesOfFreedom: 5, location: [0, 0], scale: Matrix([[16, 0], [0, 16]]))

    var rows:
      [(name: String, form: String, result: (nanoseconds: Double, estimate: VectorEstimate))] =
        []
    rows.append(("plain", "closure", try await plain(count: count, workers: 1)))

    let squares = Integrand<Double> { draws, values in
      for i in draws.indices { values[i] = draws[i] > 2 ? draws[i] * draws[i] : 0 }
    }
    rows.append(
      (
        "plain", "batch",
        try await measure { seed in
          try await MonteCarlo(draws: count).means(
            of: squares, under: normal, seed: seed, workers: 1)
        }
      ))

    let importance = ImportanceSampler(proposal: shifted, draws: count)
    rows.append(
      (
        "importance", "closure",
        try await measure { seed in
          vector(
            try await importance.mean(
              of: { $0 > 2 ? $0 * $0 : 0 }, under: normal, seed: seed, workers: 1))
        }
      ))
    rows.append(
      (
        "importance", "batch",
        try await measure { seed in
          try await importance.means(of: squares, under: normal, seed: seed, workers: 1)
        }
      ))

    let selfNormalized = SelfNormalizedImportanceSampler(proposal: student, draws: count)
    rows.append(
      (
        "banana", "closure",
        try await measure { seed in
          try await selfNormalized.means(
            of: Integrand(outputs: 2) { $0 },
            underLogDensity: { x in
              let d = x[1] + 0.25 * x[0] * x[0] - 1
              return -x[0] * x[0] / 8 - 0.5 * d * d
            }, seed: seed, workers: 1)
        }
      ))
    rows.append(
      (
        "banana", "batch",
        try await measure { seed in
          try await selfNormalized.estimate(
            Integrand(
              outputs: 2,
              rows: { rows, values in
                for i in rows.indices { values[i] = rows[i] }
              }),
            Target(rows: { rows, logDensities in
              for i in logDensities.indices {
                let (x, y) = (rows[2 * i], rows[2 * i + 1])
                let d = y + 0.25 * x * x - 1
                logDensities[i] = -x * x / 8 - 0.5 * d * d
              }
            }), seed: seed, workers: 1, progress: nil)
        }
      ))

    // 5 exp(-z^2 / 2) bounds the target, so that k is 5 sqrt(2 pi).
    let rejection = RejectionSampler(
      proposal: normal, envelopeConstant: 5 * (2 * Double.pi).squareRoot(), draws: count / 3)
    rows.append(
      (
        "rejection", "closure",
        try await measure { seed in
          vector(
            try await rejection.mean(
              of: { $0 * $0 },
              underLogDensity: { z in
                let (a, b, c) = (sin(6 * z), sin(4 * z), cos(z))
                return log(a * a + 3 * c * c * b * b + 1) - 0.5 * z * z
              }, seed: seed, workers: 1))
        }
      ))

    // The same density, traced and compiled.
    let density = try Program(dimension: 1) { z in
      let (a, b, c) = (Tensor.sin(6 * z[0]), Tensor.sin(4 * z[0]), Tensor.cos(z[0]))
      return .log(a * a + 3 * c * c * b * b + 1) - 0.5 * z[0] * z[0]
    }
    rows.append(
      (
        "rejection", "batch",
        try await measure { seed in
          try await rejection.estimate(
            Integrand { draws, values in
              for i in draws.indices { values[i] = draws[i] * draws[i] }
            }, Target(density), seed: seed, workers: 1, progress: nil)
        }
      ))

    var json: [String] = ["\"kernels\": \"\(Philox.kernels)\""]
    for (name, form, result) in rows {
      json.append(
        "\"\(name) \(form)\": {\"ns_per_draw\": \(result.nanoseconds), "
          + "\"estimate\": \(result.estimate.values), "
          + "\"standard_error\": \(result.estimate.standardErrors), "
          + "\"evaluations\": \(result.estimate.evaluations)}")
    }
    return "{" + json.joined(separator: ",\n ") + "}"
  }
}
