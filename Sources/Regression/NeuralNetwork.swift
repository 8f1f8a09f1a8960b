import Differentiation

/// A fully connected network with tanh hidden layers and a linear output: f_l = tanh(W_l f_(l-1) +
/// b_l).
///
/// Its parameters are one vector: for each layer the weights, `[inputs, outputs]` row-major, then
/// the biases, `[outputs]`.
public struct NeuralNetwork: Sendable, Equatable {
  /// The widths, input and output included: `[1, 10, 1]`.
  public let layers: [Int]

  /// - Parameter layers: at least two widths, positive.
  public init(layers: [Int]) {
    precondition(
      layers.count >= 2 && layers.allSatisfy { $0 > 0 }, "layers \(layers) of a network")
    self.layers = layers
  }

  /// The number of weights and biases.
  public var parameterCount: Int {
    zip(layers, layers.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
  }

  /// For each parameter, how many inputs its unit has: 1 / sqrt of it scales its start.
  var fanIns: [Int] {
    zip(layers, layers.dropFirst()).flatMap { inputs, outputs in
      [Int](repeating: inputs, count: (inputs + 1) * outputs)
    }
  }

  /// The outputs (`[n, outputs]`) for inputs (`[n, inputs]`).
  public func callAsFunction(_ inputs: Tensor, parameters: Tensor) -> Tensor {
    var values = inputs
    var offset = 0
    for (layer, (rows, columns)) in zip(layers, layers.dropFirst()).enumerated() {
      let weights = parameters[offset..<offset + rows * columns].reshaped([rows, columns])
      offset += rows * columns
      let biases = parameters[offset..<offset + columns]
      offset += columns
      values = values.matrixProduct(weights) + biases
      if layer < layers.count - 2 { values = .tanh(values) }
    }
    return values
  }
}
