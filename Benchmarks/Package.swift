// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "buffon", path: "..")],
  targets: [
    .executableTarget(
      name: "RandomBenchmarks", dependencies: [.product(name: "Buffon", package: "buffon")]),
    .executableTarget(
      name: "GradientBenchmarks", dependencies: [.product(name: "Buffon", package: "buffon")]),
    .executableTarget(
      name: "EstimationBenchmarks", dependencies: [.product(name: "Buffon", package: "buffon")]),
  ],
  swiftLanguageModes: [.v6]
)
