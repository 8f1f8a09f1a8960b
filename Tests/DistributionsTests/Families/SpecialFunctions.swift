import Distributions

extension Family {
  static let specialFunctions: [Family] = [
    .init(
      name: "Gamma", domain: ["shape": .positive, "rate": .positive],
      samplers: [
        ["shape": 0.05, "rate": 1], ["shape": 0.5, "rate": 2], ["shape": 0.99, "rate": 1],
        ["shape": 1, "rate": 0.1], ["shape": 2.5, "rate": 0.3], ["shape": 1e4, "rate": 2.5],
      ], scaled: ["shape": 2.5, "rate": 1]
    ) { try Gamma(shape: $0["shape"]!, rate: $0["rate"]!) },
    .init(
      name: "InverseGamma", domain: ["shape": .positive, "scale": .positive],
      samplers: [["shape": 0.3, "scale": 1], ["shape": 3, "scale": 0.1]],
      scaled: ["shape": 3, "scale": 2]
    ) { try InverseGamma(shape: $0["shape"]!, scale: $0["scale"]!) },
    .init(
      name: "ChiSquared", domain: ["degreesOfFreedom": .positive],
      samplers: [["degreesOfFreedom": 0.5], ["degreesOfFreedom": 1], ["degreesOfFreedom": 30]],
      scaled: ["degreesOfFreedom": 4]
    ) { try ChiSquared(degreesOfFreedom: $0["degreesOfFreedom"]!) },
    .init(
      name: "FisherF",
      domain: [
        "numeratorDegreesOfFreedom": .positive, "denominatorDegreesOfFreedom": .positive,
      ],
      samplers: [
        ["numeratorDegreesOfFreedom": 1, "denominatorDegreesOfFreedom": 3],
        ["numeratorDegreesOfFreedom": 12, "denominatorDegreesOfFreedom": 0.5],
        ["numeratorDegreesOfFreedom": 200, "denominatorDegreesOfFreedom": 50],
      ], scaled: ["numeratorDegreesOfFreedom": 5, "denominatorDegreesOfFreedom": 8]
    ) {
      try FisherF(
        numeratorDegreesOfFreedom: $0["numeratorDegreesOfFreedom"]!,
        denominatorDegreesOfFreedom: $0["denominatorDegreesOfFreedom"]!)
    },
    .init(
      name: "StudentT",
      domain: ["degreesOfFreedom": .positive, "location": .real, "scale": .positive],
      samplers: [
        ["degreesOfFreedom": 0.5, "location": 0, "scale": 1],
        ["degreesOfFreedom": 1, "location": 0, "scale": 1],
        ["degreesOfFreedom": 2.5, "location": -4, "scale": 1],
        ["degreesOfFreedom": 5, "location": 10, "scale": 0.01],
        ["degreesOfFreedom": 200, "location": 0, "scale": 30],
      ], scaled: ["degreesOfFreedom": 3, "location": 1, "scale": 2]
    ) {
      try StudentT(
        degreesOfFreedom: $0["degreesOfFreedom"]!, location: $0["location"]!, scale: $0["scale"]!)
    },
    .init(
      name: "HalfStudentT", domain: ["degreesOfFreedom": .positive, "scale": .positive],
      samplers: [["degreesOfFreedom": 0.5, "scale": 1], ["degreesOfFreedom": 4, "scale": 10]],
      scaled: ["degreesOfFreedom": 3, "scale": 2]
    ) { try HalfStudentT(degreesOfFreedom: $0["degreesOfFreedom"]!, scale: $0["scale"]!) },
    .init(
      name: "Beta", domain: ["alpha": .positive, "beta": .positive],
      samplers: [
        ["alpha": 2, "beta": 3], ["alpha": 0.5, "beta": 20], ["alpha": 0.3, "beta": 0.4],
        ["alpha": 1, "beta": 1], ["alpha": 1e5, "beta": 2e5],
      ], scaled: ["alpha": 2, "beta": 3],
      // In the middle of shapes of 1e6 they are differences of logarithms that cancel to 1e-7.
      partialTolerance: 1e-8
    ) { try Beta(alpha: $0["alpha"]!, beta: $0["beta"]!) },
    .init(
      name: "VonMises", domain: ["direction": .real, "concentration": .positive],
      samplers: [
        ["direction": 0.5, "concentration": 0], ["direction": 0.5, "concentration": 1e-6],
        ["direction": 3, "concentration": 0.7], ["direction": -1, "concentration": 30],
        ["direction": 2, "concentration": 1e8],
      ], scaled: ["direction": 0, "concentration": 2], hasSlowQuantile: true,
      monotonicitySlack: 1e-14
    ) { try VonMises(direction: $0["direction"]!, concentration: $0["concentration"]!) },
    .init(
      name: "SkewNormal", domain: ["location": .real, "scale": .positive, "shape": .real],
      samplers: [
        ["location": 0, "scale": 1, "shape": 3], ["location": 2, "scale": 0.1, "shape": -1],
        ["location": 0, "scale": 1, "shape": 1e6],
      ], scaled: ["location": 0, "scale": 2, "shape": 2], hasSlowQuantile: true,
      monotonicitySlack: 1e-14
    ) { try SkewNormal(location: $0["location"]!, scale: $0["scale"]!, shape: $0["shape"]!) },
  ]
}
