import Distributions

extension Family {
  static let closedForms: [Family] = [
    .init(
      name: "Uniform", domain: ["lower": .real, "upper": .real],
      samplers: [["lower": 0, "upper": 1], ["lower": -7.5, "upper": -7.25]],
      scaled: ["lower": -1, "upper": 2]
    ) { try Uniform(lower: $0["lower"]!, upper: $0["upper"]!) },
    .init(
      name: "Laplace", domain: ["location": .real, "scale": .positive],
      samplers: [["location": 0, "scale": 1], ["location": 20, "scale": 0.1]],
      scaled: ["location": 1, "scale": 2]
    ) { try Laplace(location: $0["location"]!, scale: $0["scale"]!) },
    .init(
      name: "LogNormal", domain: ["logMean": .real, "logStandardDeviation": .positive],
      samplers: [
        ["logMean": 0, "logStandardDeviation": 1], ["logMean": -3, "logStandardDeviation": 5],
      ], scaled: ["logMean": 1, "logStandardDeviation": 0.5]
    ) { try LogNormal(logMean: $0["logMean"]!, logStandardDeviation: $0["logStandardDeviation"]!) },
    .init(
      name: "Cauchy", domain: ["location": .real, "scale": .positive],
      samplers: [["location": 0, "scale": 1], ["location": 100, "scale": 0.01]],
      scaled: ["location": 1, "scale": 2]
    ) { try Cauchy(location: $0["location"]!, scale: $0["scale"]!) },
    .init(
      name: "ExponentialPower",
      domain: ["location": .real, "scale": .positive, "exponent": .positive],
      samplers: [
        ["location": 0, "scale": 1, "exponent": 0.5], ["location": 2, "scale": 3, "exponent": 1],
        ["location": -1, "scale": 0.1, "exponent": 6],
      ], scaled: ["location": 0, "scale": 2, "exponent": 1.5]
    ) {
      try ExponentialPower(
        location: $0["location"]!, scale: $0["scale"]!, exponent: $0["exponent"]!)
    },
    .init(
      name: "Rayleigh", domain: ["scale": .positive], samplers: [["scale": 1], ["scale": 1e5]],
      scaled: ["scale": 2]
    ) { try Rayleigh(scale: $0["scale"]!) },
    .init(
      name: "RayleighTail", domain: ["lower": .positive, "scale": .positive],
      samplers: [
        ["lower": 0, "scale": 1], ["lower": 1, "scale": 2], ["lower": 30, "scale": 1],
      ], scaled: ["lower": 1, "scale": 1]
    ) { try RayleighTail(lower: $0["lower"]!, scale: $0["scale"]!) },
    .init(
      name: "NormalTail", domain: ["lower": .real, "standardDeviation": .positive],
      samplers: [
        ["lower": -1, "standardDeviation": 1], ["lower": 0.6, "standardDeviation": 1],
        ["lower": 0.7, "standardDeviation": 1], ["lower": 20, "standardDeviation": 2],
      ], scaled: ["lower": 3, "standardDeviation": 2]
    ) { try NormalTail(lower: $0["lower"]!, standardDeviation: $0["standardDeviation"]!) },
    .init(
      name: "Logistic", domain: ["location": .real, "scale": .positive],
      samplers: [["location": 0, "scale": 1], ["location": -20, "scale": 0.1]],
      scaled: ["location": 1, "scale": 2]
    ) { try Logistic(location: $0["location"]!, scale: $0["scale"]!) },
    .init(
      name: "Pareto", domain: ["scale": .positive, "shape": .positive],
      samplers: [
        ["scale": 1, "shape": 3], ["scale": 5, "shape": 0.2], ["scale": 2, "shape": 1e4],
      ],
      scaled: ["scale": 2, "shape": 2.5]
    ) { try Pareto(scale: $0["scale"]!, shape: $0["shape"]!) },
    .init(
      name: "Weibull", domain: ["scale": .positive, "shape": .positive],
      samplers: [
        ["scale": 1, "shape": 1.5], ["scale": 5, "shape": 0.2], ["scale": 2, "shape": 300],
      ], scaled: ["scale": 2, "shape": 1.7]
    ) { try Weibull(scale: $0["scale"]!, shape: $0["shape"]!) },
    .init(
      name: "Gumbel", domain: ["location": .real, "scale": .positive],
      samplers: [["location": 0, "scale": 1], ["location": -20, "scale": 0.1]],
      scaled: ["location": 1, "scale": 2]
    ) { try Gumbel(location: $0["location"]!, scale: $0["scale"]!) },
    .init(
      name: "GumbelType2", domain: ["shape": .positive, "scale": .positive],
      samplers: [
        ["shape": 2, "scale": 1], ["shape": 0.3, "scale": 5], ["shape": 80, "scale": 2],
      ],
      scaled: ["shape": 3, "scale": 2]
    ) { try GumbelType2(shape: $0["shape"]!, scale: $0["scale"]!) },
    .init(
      name: "HalfNormal", domain: ["scale": .positive], samplers: [["scale": 1], ["scale": 1e-5]],
      scaled: ["scale": 2]
    ) { try HalfNormal(scale: $0["scale"]!) },
    .init(
      name: "HalfCauchy", domain: ["scale": .positive], samplers: [["scale": 1], ["scale": 1e-5]],
      scaled: ["scale": 2]
    ) { try HalfCauchy(scale: $0["scale"]!) },
    .init(
      name: "Triangular", domain: ["lower": .real, "mode": .real, "upper": .real],
      samplers: [
        ["lower": 0, "mode": 0.3, "upper": 1], ["lower": -2, "mode": -2, "upper": 5],
        ["lower": -2, "mode": 5, "upper": 5],
      ], scaled: ["lower": -1, "mode": 1, "upper": 2]
    ) { try Triangular(lower: $0["lower"]!, mode: $0["mode"]!, upper: $0["upper"]!) },
  ]
}
