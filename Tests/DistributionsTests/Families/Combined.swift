import Distributions

extension Family {
  static let combined: [Family] = [
    .init(
      name: "TruncatedNormal",
      domain: ["mean": .real, "standardDeviation": .positive, "lower": .real, "upper": .real],
      samplers: [
        ["mean": 0, "standardDeviation": 1, "lower": -1, "upper": 3],
        ["mean": 0, "standardDeviation": 1, "lower": 3, "upper": 4],
        ["mean": 1, "standardDeviation": 2, "lower": -9, "upper": -5],
      ], scaled: ["mean": 0, "standardDeviation": 1, "lower": 1, "upper": 5]
    ) {
      let (low, high) = ($0["lower"]!, $0["upper"]!)
      guard low <= high else { throw CancellationError() }
      return try Normal(mean: $0["mean"]!, standardDeviation: $0["standardDeviation"]!)
        .truncated(to: low...high)
    },
    .init(
      name: "ShiftedScaledExponential",
      domain: ["rate": .positive, "factor": .real, "shift": .real],
      samplers: [
        ["rate": 1, "factor": 2, "shift": -3], ["rate": 0.5, "factor": -0.1, "shift": 0],
      ], scaled: ["rate": 1, "factor": -2, "shift": 1]
    ) {
      // Beyond these the quantiles of the base underflow, whatever the factor makes of them.
      guard (1e-8...1e8).contains($0["rate"]!) else { throw CancellationError() }
      return try Exponential(rate: $0["rate"]!).scaled(by: $0["factor"]!).shifted(by: $0["shift"]!)
    },
    .init(
      name: "NormalMixture",
      domain: ["weight": .probability, "first": .real, "second": .real, "deviation": .positive],
      samplers: [
        ["weight": 0.3, "first": 0, "second": 4, "deviation": 1],
        ["weight": 1, "first": 0, "second": 4, "deviation": 1],
      ], scaled: ["weight": 0.3, "first": -1, "second": 2, "deviation": 1]
    ) {
      try Mixture(
        [
          Normal(mean: $0["first"]!, standardDeviation: $0["deviation"]!),
          Normal(mean: $0["second"]!, standardDeviation: 1),
        ], weights: [$0["weight"]!, 1 - $0["weight"]!])
    },
    .init(
      name: "TruncatedPoisson", domain: ["rate": .positive, "lower": .count, "upper": .count],
      samplers: [
        ["rate": 3, "lower": 1, "upper": 1e9], ["rate": 3, "lower": 9, "upper": 30],
        ["rate": 100, "lower": 40, "upper": 60],
      ], scaled: ["rate": 20, "lower": 0, "upper": 1e6],
      stretched: ["rate": 20.2, "lower": 0, "upper": 1e6]
    ) {
      guard let low = Int(exactly: $0["lower"]!), let high = Int(exactly: $0["upper"]!), low <= high
      else { throw CancellationError() }
      return try Poisson(rate: $0["rate"]!).truncated(to: low...high)
    },
    .init(
      name: "ZeroInflatedPoisson", domain: ["weight": .probability, "rate": .positive],
      samplers: [["weight": 0.25, "rate": 3], ["weight": 0, "rate": 50]],
      scaled: ["weight": 0.25, "rate": 20], stretched: ["weight": 0.25, "rate": 20.2]
    ) {
      try Mixture(
        [DiscreteUniform(lower: 0, upper: 0), Poisson(rate: $0["rate"]!)],
        weights: [$0["weight"]!, 1 - $0["weight"]!])
    },
  ]
}
