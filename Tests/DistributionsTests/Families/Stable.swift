import Distributions

extension Family {
  /// Quadratures, and the partials in part differences of them: the tolerances are wider than elsewhere.
  /// The cdf rises within its rounding, not within an ulp.
  static let stable: [Family] = [
    .init(
      name: "LevyStable", domain: ["location": .real, "scale": .positive, "exponent": .positive],
      samplers: [
        ["location": 0, "scale": 1, "exponent": 0.3], ["location": 4, "scale": 2, "exponent": 1],
        ["location": 0, "scale": 0.1, "exponent": 1.5], ["location": 0, "scale": 1, "exponent": 2],
      ], scaled: ["location": 1, "scale": 2, "exponent": 1.7],
      logDensityTolerance: 1e-11, probabilityTolerance: 1e-10, partialTolerance: 1e-6,
      isSlow: true, monotonicitySlack: 1e-11
    ) {
      try LevyStable(location: $0["location"]!, scale: $0["scale"]!, exponent: $0["exponent"]!)
    },
    .init(
      name: "LevySkewStable",
      domain: [
        "location": .real, "scale": .positive, "exponent": .positive, "skewness": .real,
      ],
      samplers: [
        ["location": 0, "scale": 1, "exponent": 0.5, "skewness": 1],
        ["location": 0, "scale": 1, "exponent": 0.8, "skewness": -0.6],
        ["location": 3, "scale": 2, "exponent": 1, "skewness": 0.5],
        ["location": 0, "scale": 1, "exponent": 1, "skewness": -1],
        ["location": 0, "scale": 1, "exponent": 1.01, "skewness": 0.9],
        ["location": -1, "scale": 1, "exponent": 1.6, "skewness": -1],
      ], scaled: ["location": 0, "scale": 2, "exponent": 1.5, "skewness": 0.5],
      logDensityTolerance: 1e-11, probabilityTolerance: 1e-10, partialTolerance: 1e-6,
      isSlow: true, monotonicitySlack: 1e-11
    ) {
      try LevySkewStable(
        location: $0["location"]!, scale: $0["scale"]!, exponent: $0["exponent"]!,
        skewness: $0["skewness"]!)
    },
    .init(
      name: "Landau", domain: ["location": .real, "scale": .positive],
      samplers: [["location": 0, "scale": 1], ["location": -20, "scale": 0.3]],
      scaled: ["location": 0, "scale": 2],
      logDensityTolerance: 1e-11, probabilityTolerance: 1e-10, partialTolerance: 1e-8,
      isSlow: true, monotonicitySlack: 1e-11
    ) { try Landau(location: $0["location"]!, scale: $0["scale"]!) },
  ]
}
