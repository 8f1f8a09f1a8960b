// Sums and their kin, of all elements or along axes.
extension Tensor {
  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { reshaped([count]).reduced({ .sum(axis: $0) }, axis: 0) }

  /// The sums along an axis, which goes, or with `keepingAxis` stays with an extent of one.
  public func sum(
    axis: Int, keepingAxis: Bool = false, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis) else { return noAxis("sum", axis, Site(file, line)) }
    return kept(reduced({ .sum(axis: $0) }, axis: axis), axis, keepingAxis)
  }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor { sum() / Tensor(Double(count)) }

  /// The means along an axis, which goes, or with `keepingAxis` stays with an extent of one.
  public func mean(
    axis: Int, keepingAxis: Bool = false, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis) else { return noAxis("mean", axis, Site(file, line)) }
    return sum(axis: axis, keepingAxis: keepingAxis) / Tensor(Double(shape[axis]))
  }

  /// The largest of all elements, a scalar.
  public func max() -> Tensor { reshaped([count]).max(axis: 0) }

  /// The largest along an axis. Where several are, the derivative is shared among them.
  public func max(
    axis: Int, keepingAxis: Bool = false, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis), shape[axis] > 0 else {
      return noAxis("max", axis, Site(file, line))
    }
    return kept(reduced({ .maximum(axis: $0) }, axis: axis), axis, keepingAxis)
  }

  /// The product of all elements, a scalar.
  public func product() -> Tensor { reshaped([count]).product(axis: 0) }

  /// The products along an axis, pairwise, so that a zero among the factors is no trouble.
  public func product(axis: Int, file: String = #fileID, line: Int = #line) -> Tensor {
    guard shape.indices.contains(axis) else { return noAxis("product", axis, Site(file, line)) }
    var (factors, rest) = (self, [Int](shape))
    rest.remove(at: axis)
    if shape[axis] == 0 { return Tensor(1).broadcast(to: rest) }
    while factors.failure == nil, factors.shape[axis] > 1 {
      let half = factors.shape[axis] / 2
      let pairs =
        factors.part(0..<half, axis: axis) * factors.part(half..<2 * half, axis: axis)
      factors =
        factors.shape[axis] % 2 == 0
        ? pairs
        : .concatenated([pairs, factors.part(2 * half..<2 * half + 1, axis: axis)], axis: axis)
    }
    return factors.reshaped(rest)
  }

  /// log(sum(exp(x))) of all elements, a scalar.
  public func logSumExp() -> Tensor { reshaped([count]).logSumExp(axis: 0) }

  /// log(sum(exp(x))) along an axis, without overflow.
  public func logSumExp(
    axis: Int, keepingAxis: Bool = false, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis), shape[axis] > 0 else {
      return noAxis("logSumExp", axis, Site(file, line))
    }
    let result = reduced({ .logSumExp(axis: $0) }, axis: axis, site: Site(file, line))
    return kept(result, axis, keepingAxis)
  }

  /// exp(x) / sum(exp(x)) along an axis.
  public func softmax(axis: Int, file: String = #fileID, line: Int = #line) -> Tensor {
    guard shape.indices.contains(axis), shape[axis] > 0 else {
      return noAxis("softmax", axis, Site(file, line))
    }
    let largest = max(axis: axis, keepingAxis: true).withoutGradient
    let powers = Tensor.exp(self - largest)
    return powers / powers.sum(axis: axis, keepingAxis: true)
  }

  /// The running sums along an axis.
  public func cumulativeSum(
    axis: Int = 0, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis) else {
      return noAxis("cumulativeSum", axis, Site(file, line))
    }
    return Trace.record(
      .cumulativeSum(axis: axis, isReversed: false), [self], shape: shape, site: Site(file, line))
  }

  /// The same values, which count as constants when derivatives are taken.
  public var withoutGradient: Tensor {
    values != nil ? self : Trace.record(.stopGradient, [self], shape: shape)
  }

  private func reduced(
    _ operation: (Int) -> Operation, axis: Int, site: Site? = nil
  ) -> Tensor {
    if failure != nil { return self }
    var rest = shape
    rest.remove(at: axis)
    return Trace.record(operation(axis), [self], shape: rest, site: site)
  }

  private func kept(_ reduced: Tensor, _ axis: Int, _ keepingAxis: Bool) -> Tensor {
    guard keepingAxis, reduced.failure == nil else { return reduced }
    var shape = reduced.shape
    shape.insert(1, at: axis)
    return reduced.reshaped(shape)
  }

  /// Without an axis of extent one.
  func dropping(_ axis: Int) -> Tensor {
    var rest = shape
    rest.remove(at: axis)
    return reshaped(rest)
  }

  /// The part whose indices along an axis are in a range.
  func part(_ range: Range<Int>, axis: Int) -> Tensor {
    var (starts, extents) = (shape.map { _ in 0 }, shape)
    (starts[axis], extents[axis]) = (range.lowerBound, range.count)
    return sliced(starts, steps: shape.map { _ in 1 }, shape: extents)
  }

  private func noAxis(_ operation: String, _ axis: Int, _ site: Site) -> Tensor {
    Self.impossible(
      operation, [self], reason: "it has no elements along an axis \(axis)", site: site)
  }
}
