// swift-tools-version: 6.2
import PackageDescription

// Arrows point down only: each target lists what it may import, and
// Tests/ArchitectureTests holds the table that CONTRIBUTING.md explains.

/// The floors that `import Buffon` re-exports, lowest first.
let floors: [(name: String, dependencies: [Target.Dependency])] = [
  ("GSL", ["CGSL"]),
  ("Randomness", ["CKernels"]),
  ("LinearAlgebra", ["CKernels"]),
  ("Densities", []),
  ("Diagnostics", []),
  ("Execution", ["Randomness"]),
  ("SpecialFunctions", ["CSpecialFunctions"]),
  (
    "Differentiation",
    [
      "SpecialFunctions", "Densities", "LinearAlgebra", "CKernels",
      .product(name: "RealModule", package: "swift-numerics"),
    ]
  ),
  (
    "Distributions",
    [
      "SpecialFunctions", "Differentiation", "Densities", "Randomness", "LinearAlgebra",
      "CKernels",
    ]
  ),
  ("Optimization", ["Densities", "LinearAlgebra"]),
  ("Approximation", ["Optimization", "Distributions", "Densities", "LinearAlgebra"]),
  (
    "Estimation",
    [
      "CKernels", "SpecialFunctions", "Densities", "Distributions", "Approximation", "Optimization",
      "Diagnostics", "Execution", "Randomness", "LinearAlgebra", "GSL",
    ]
  ),
  (
    "Regression",
    [
      "SpecialFunctions", "Densities", "Diagnostics", "Execution", "Randomness", "LinearAlgebra",
      "Differentiation", "Distributions", "Optimization", "Approximation", "Estimation",
    ]
  ),
  ("Reporting", ["Estimation", "Regression"]),
]
let floorNames = floors.map(\.name)
let floorDependencies = floorNames.map { Target.Dependency(stringLiteral: $0) }

/// Tests of one floor each, with what they draw on besides it.
let floorTests: [(name: String, dependencies: [Target.Dependency])] = [
  ("GSL", ["Randomness", "Distributions"]),
  ("Randomness", ["CKernels", "Distributions", "GSL"]),
  ("LinearAlgebra", ["CKernels", "Randomness"]),
  ("Densities", []),
  ("Diagnostics", ["Randomness"]),
  ("Execution", ["Randomness"]),
  (
    "Differentiation",
    ["AllocationCounter", "Densities", "Distributions", "Randomness", "SpecialFunctions"]
  ),
  ("SpecialFunctions", []),
  (
    "Distributions", ["CKernels", "Differentiation", "GSL", "LinearAlgebra", "Randomness"]
  ),
  ("Optimization", ["Densities", "Differentiation"]),
  ("Approximation", ["Densities", "Differentiation", "Distributions", "LinearAlgebra"]),
  (
    "Estimation",
    [
      "Densities", "Differentiation", "Distributions", "GSL", "LinearAlgebra", "Randomness",
      "Reporting",
    ]
  ),
  (
    "Regression",
    [
      "Approximation", "Differentiation", "Distributions", "Estimation", "Interchange",
      "LinearAlgebra", "Optimization", "Randomness",
    ]
  ),
  ("Reporting", ["Regression"]),
  ("Interchange", []),
]

let package = Package(
  name: "buffon",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Buffon", targets: ["Buffon"]),
    .library(name: "BuffonCommand", targets: ["BuffonCommand"]),
    .library(name: "Interchange", targets: ["Interchange"]),
    .executable(name: "buffon", targets: ["BuffonTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
    .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
  ],
  targets: [
    .target(name: "CSpecialFunctions"),
    .target(name: "CGSL", linkerSettings: [.linkedLibrary("gsl")]),
    .target(
      name: "CKernels",
      linkerSettings: [
        .linkedLibrary("openblas"), .linkedLibrary("lapacke"), .linkedLibrary("sleef"),
      ]
    ),
  ]
    + floors.map { .target(name: $0.name, dependencies: $0.dependencies) }
    + [
      .target(name: "Buffon", dependencies: floorDependencies),
      .target(name: "Interchange", dependencies: [.product(name: "SwiftCSV", package: "SwiftCSV")]),
      .target(
        name: "BuffonCommand",
        dependencies: floorDependencies + [
          "Interchange",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
      ),
      .executableTarget(name: "BuffonTool", dependencies: ["BuffonCommand"]),
      .target(
        name: "TestSupport", dependencies: ["Densities", "Distributions"], path: "Tests/TestSupport"
      ),
      .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
      .testTarget(name: "ArchitectureTests"),
      .testTarget(name: "CommandTests", dependencies: ["BuffonTool", "LinearAlgebra"]),
      .testTarget(name: "ReadmeTests", dependencies: ["BuffonTool", "Interchange", "Regression"]),
    ]
    + floorTests.map { floor in
      .testTarget(
        name: floor.name + "Tests",
        dependencies: [.byName(name: floor.name), "TestSupport"] + floor.dependencies)
    },
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
