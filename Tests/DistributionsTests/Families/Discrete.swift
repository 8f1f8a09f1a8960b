import Distributions

extension Family {
  static let discrete: [Family] = [
    .init(
      name: "Bernoulli", domain: ["probability": .probability],
      samplers: [
        ["probability": 0.3], ["probability": 0.9], ["probability": 0], ["probability": 1],
      ],
      scaled: ["probability": 0.3], stretched: ["probability": 0.303]
    ) { try Bernoulli(probability: $0["probability"]!) },
    .init(
      name: "BernoulliByLogit", domain: ["logit": .real], samplers: [["logit": -1], ["logit": 3]],
      scaled: ["logit": 0], stretched: ["logit": 0.02000066]
    ) { try Bernoulli(logit: $0["logit"]!) },
    .init(
      name: "Binomial", domain: ["trials": .count, "probability": .probability],
      samplers: [
        ["trials": 10, "probability": 0.3], ["trials": 100, "probability": 0.05],
        ["trials": 40, "probability": 0.8], ["trials": 1e6, "probability": 0.3],
        ["trials": 1e12, "probability": 1e-11],
      ], scaled: ["trials": 50, "probability": 0.4],
      stretched: ["trials": 50, "probability": 0.404]
    ) { try Binomial(trials: whole($0["trials"]!), probability: $0["probability"]!) },
    .init(
      name: "BinomialByLogit", domain: ["trials": .count, "logit": .real],
      samplers: [["trials": 10, "logit": -2], ["trials": 100, "logit": 1]],
      scaled: ["trials": 50, "logit": 0], stretched: ["trials": 50, "logit": 0.02000066]
    ) { try Binomial(trials: whole($0["trials"]!), logit: $0["logit"]!) },
    .init(
      name: "BetaBinomial", domain: ["trials": .count, "alpha": .positive, "beta": .positive],
      samplers: [
        ["trials": 10, "alpha": 2, "beta": 3], ["trials": 200, "alpha": 0.3, "beta": 0.5],
      ], scaled: ["trials": 30, "alpha": 2, "beta": 3],
      stretched: ["trials": 30, "alpha": 2.02, "beta": 2.98]
    ) {
      try BetaBinomial(trials: whole($0["trials"]!), alpha: $0["alpha"]!, beta: $0["beta"]!)
    },
    .init(
      name: "Poisson", domain: ["rate": .positive],
      samplers: [
        ["rate": 0], ["rate": 0.3], ["rate": 10], ["rate": 12.5], ["rate": 255], ["rate": 257],
        ["rate": 1e6], ["rate": 1e14],
      ], scaled: ["rate": 10], stretched: ["rate": 10.1]
    ) { try Poisson(rate: $0["rate"]!) },
    .init(
      name: "PoissonByLogRate", domain: ["logRate": .real], samplers: [["logRate": 1]],
      scaled: ["logRate": 2], stretched: ["logRate": 2.00995]
    ) { try Poisson(logRate: $0["logRate"]!) },
    .init(
      name: "Geometric", domain: ["probability": .probability],
      samplers: [["probability": 0.3], ["probability": 1e-6], ["probability": 1]],
      scaled: ["probability": 0.2], stretched: ["probability": 0.198]
    ) { try Geometric(probability: $0["probability"]!) },
    .init(
      name: "NegativeBinomial", domain: ["successes": .positive, "probability": .probability],
      samplers: [
        ["successes": 2.5, "probability": 0.4], ["successes": 0.1, "probability": 0.01],
        ["successes": 300, "probability": 0.1], ["successes": 3, "probability": 1],
      ], scaled: ["successes": 4, "probability": 0.3],
      stretched: ["successes": 4.04, "probability": 0.3]
    ) { try NegativeBinomial(successes: $0["successes"]!, probability: $0["probability"]!) },
    .init(
      name: "NegativeBinomialByMean", domain: ["mean": .positive, "dispersion": .positive],
      samplers: [["mean": 5, "dispersion": 2], ["mean": 1e4, "dispersion": 50]],
      scaled: ["mean": 8, "dispersion": 3], stretched: ["mean": 8.08, "dispersion": 3]
    ) { try NegativeBinomial(mean: $0["mean"]!, dispersion: $0["dispersion"]!) },
    .init(
      name: "Hypergeometric", domain: ["marked": .count, "unmarked": .count, "draws": .count],
      samplers: [
        ["marked": 12, "unmarked": 20, "draws": 9], ["marked": 500, "unmarked": 50, "draws": 100],
        ["marked": 1e6, "unmarked": 1e5, "draws": 2e5],
      ], scaled: ["marked": 1000, "unmarked": 2000, "draws": 100],
      stretched: ["marked": 1010, "unmarked": 1990, "draws": 100]
    ) {
      try Hypergeometric(
        marked: whole($0["marked"]!), unmarked: whole($0["unmarked"]!), draws: whole($0["draws"]!))
    },
    .init(
      name: "Logarithmic", domain: ["probability": .probability],
      samplers: [["probability": 0.3], ["probability": 0.99], ["probability": 0.9999]],
      scaled: ["probability": 0.9], stretched: ["probability": 0.9017]
    ) { try Logarithmic(probability: $0["probability"]!) },
    .init(
      name: "DiscreteUniform", domain: ["lower": .count, "upper": .count],
      samplers: [
        ["lower": -3, "upper": 7], ["lower": 5, "upper": 5], ["lower": 0, "upper": 1e12],
      ],
      scaled: ["lower": 0, "upper": 200], stretched: ["lower": 0, "upper": 202]
    ) { try DiscreteUniform(lower: whole($0["lower"]!), upper: whole($0["upper"]!)) },
    .init(
      name: "Categorical", domain: ["a": .positive, "b": .positive, "c": .positive],
      samplers: [
        ["a": 1, "b": 2, "c": 3], ["a": 0, "b": 1, "c": 1e-3], ["a": 5, "b": 0, "c": 1],
      ],
      scaled: ["a": 1, "b": 2, "c": 1], stretched: ["a": 0.98, "b": 2, "c": 1.02]
    ) { try Categorical(probabilities: threeShares($0)) },
    .init(
      name: "CategoricalByAlias", domain: ["a": .positive, "b": .positive, "c": .positive],
      samplers: [
        ["a": 1, "b": 2, "c": 3], ["a": 0, "b": 1, "c": 1e-3], ["a": 5, "b": 0, "c": 1],
      ],
      scaled: ["a": 1, "b": 2, "c": 1], stretched: ["a": 0.98, "b": 2, "c": 1.02]
    ) { try Categorical(probabilities: threeShares($0), method: .alias) },
  ]
}

/// An integer of a test's parameters; one outside every domain for what is none.
private func whole(_ x: Double) -> Int { Int(exactly: x) ?? -1 }

private func threeShares(_ parameters: Family.Parameters) -> [Double] {
  let weights = ["a", "b", "c"].map { parameters[$0]! }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}
