extension Tensor {
  /// The derivatives of the scalar product of `result` and `covector` by each of the tensors, in their
  /// shapes: reverse mode, as more operations of the same trace.
  static func pullback(
    of result: Tensor, covector: Tensor, to targets: [Tensor]
  ) -> [Tensor] {
    let zeros = targets.map { Tensor(0).repeated(to: $0.shape) }
    guard case .traced(let trace, let last) = result.storage else { return zeros }
    let nodes = trace.nodes
    let wanted = targets.map { trace.node(of: $0) }
    var depends = [Bool](repeating: false, count: last + 1)
    for index in 0...last {
      depends[index] = wanted.contains(index) || nodes[index].operands.contains { depends[$0] }
    }
    var covectors = [Tensor?](repeating: nil, count: last + 1)
    covectors[last] = covector
    for index in stride(from: last, through: 0, by: -1) where depends[index] {
      guard let covector = covectors[index] else { continue }
      let node = nodes[index]
      let rule = Pullback(
        node: node, operands: node.operands.map { trace.tensor($0) }, value: trace.tensor(index))
      for (k, operand) in node.operands.enumerated() where depends[operand] {
        covectors[operand] = trace.at(node.site) {
          guard let part = rule(covector, to: k) else { return covectors[operand] }
          return covectors[operand].map { $0 + part } ?? part
        }
      }
    }
    return zip(wanted, zeros).map { index, zero in
      index.flatMap { $0 <= last ? covectors[$0] : nil } ?? zero
    }
  }

  /// The gradient of this scalar by a tensor that it was computed from, in that tensor's shape: a tensor
  /// to compute with, so that a function may use derivatives, and derivatives of derivatives.
  public func gradient(
    by tensor: Tensor, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard count == 1 else {
      return Self.impossible(
        "gradient", [self, tensor], reason: "only a scalar has one", site: Site(file, line))
    }
    return Self.pullback(
      of: self, covector: Tensor(1).repeated(to: shape), to: [tensor])[0]
  }
}
