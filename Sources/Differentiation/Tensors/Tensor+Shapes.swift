// Other shapes for the same elements, parts of them, and several put together.
extension Tensor {
  /// The same elements in another shape.
  public func reshaped(_ newShape: [Int], file: String = #fileID, line: Int = #line) -> Tensor {
    guard newShape.allSatisfy({ $0 >= 0 }), newShape.reduce(1, *) == count, failure == nil else {
      return Tensor(
        failure: failure
          ?? TensorError(
            operation: "reshaped", shapes: [shape, newShape], site: Site(file, line)))
    }
    return newShape == shape ? self : Trace.record(.reshape, [self], shape: newShape)
  }

  /// Repeated along new and length-one axes.
  public func broadcast(to target: [Int], file: String = #fileID, line: Int = #line) -> Tensor {
    guard target.allSatisfy({ $0 >= 0 }), broadcastShape(shape, target) == target else {
      return Tensor(
        failure: failure
          ?? TensorError(operation: "broadcast", shapes: [shape, target], site: Site(file, line)))
    }
    return repeated(to: target)
  }

  /// Axis k of the result is axis order[k] of this; without an order all axes reversed.
  public func transposed(
    _ order: [Int]? = nil, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    let order = order ?? shape.indices.reversed()
    guard order.sorted() == Array(shape.indices) else {
      return Self.impossible(
        "transposed", [self], reason: "\(order) is not an order of its axes", site: Site(file, line)
      )
    }
    return order == Array(shape.indices)
      ? self : Trace.record(.transpose(order), [self], shape: order.map { shape[$0] })
  }

  /// The elements whose index along each axis is in its range; axes without a range are kept whole.
  public subscript(_ ranges: any RangeExpression<Int>...) -> Tensor {
    guard ranges.count <= rank else {
      return Self.impossible(
        "slice", [self], reason: "\(ranges.count) ranges for that many axes", site: nil)
    }
    var (starts, extents) = ([Int](), [Int]())
    for (axis, extent) in shape.enumerated() {
      let range = axis < ranges.count ? bounds(of: ranges[axis], in: extent) : 0..<extent
      guard let range, range.lowerBound >= 0, range.upperBound <= extent else {
        return Self.impossible(
          "slice", [self], reason: "\(ranges[axis]) is not a range of its axis \(axis)", site: nil)
      }
      starts.append(range.lowerBound)
      extents.append(range.count)
    }
    return sliced(starts, steps: shape.map { _ in 1 }, shape: extents)
  }

  /// The part with these indices along the first axes, which go.
  public subscript(_ indices: Int...) -> Tensor {
    guard indices.count <= rank,
      zip(indices, shape).allSatisfy({ $0 >= 0 && $0 < $1 })
    else {
      return Self.impossible(
        "slice", [self], reason: "\(indices) is not an index of it", site: nil)
    }
    let rest = Array(shape.dropFirst(indices.count))
    return sliced(
      indices + rest.map { _ in 0 }, steps: shape.map { _ in 1 },
      shape: indices.map { _ in 1 } + rest
    ).reshaped(rest)
  }

  func sliced(_ starts: [Int], steps: [Int], shape extents: [Int]) -> Tensor {
    extents == shape
      ? self : Trace.record(.slice(starts: starts, steps: steps), [self], shape: extents)
  }

  /// The slices along an axis with those numbers, one after the other.
  public func gathered(
    _ indices: [Int], axis: Int = 0, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis), indices.allSatisfy({ $0 >= 0 && $0 < shape[axis] }) else {
      return Self.impossible(
        "gathered", [self], reason: "not all indices are below the extent of axis \(axis)",
        site: Site(file, line))
    }
    var result = shape
    result[axis] = indices.count
    return Trace.record(
      .gather(axis: axis, indices: indices), [self], shape: result, site: Site(file, line))
  }

  /// A tensor of zeros, `extent` long along the axis, to whose slices with those numbers the slices of
  /// this are added.
  public func scatterAdded(
    at indices: [Int], extent: Int, axis: Int = 0, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard shape.indices.contains(axis), indices.count == shape[axis], extent >= 0,
      indices.allSatisfy({ $0 >= 0 && $0 < extent })
    else {
      return Self.impossible(
        "scatterAdded", [self],
        reason: "there must be an index below \(extent) for each place of axis \(axis)",
        site: Site(file, line))
    }
    var result = shape
    result[axis] = extent
    return Trace.record(
      .scatterAdd(axis: axis, indices: indices), [self], shape: result, site: Site(file, line))
  }

  /// The tensors one after the other along an axis that they have.
  public static func concatenated(
    _ parts: [Tensor], axis: Int = 0, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    let site = Site(file, line)
    guard let first = parts.first, first.shape.indices.contains(axis),
      parts.allSatisfy({ part in
        part.rank == first.rank
          && part.shape.indices.allSatisfy { $0 == axis || part.shape[$0] == first.shape[$0] }
      })
    else { return impossible("concatenated", parts, site: site) }
    if parts.count == 1 { return first }
    var result = first.shape
    result[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    return Trace.record(.concatenate(axis: axis), parts, shape: result, site: site)
  }

  /// The tensors of one shape one after the other along a new axis.
  public static func stacked(
    _ parts: [Tensor], axis: Int = 0, file: String = #fileID, line: Int = #line
  ) -> Tensor {
    guard let first = parts.first, axis >= 0, axis <= first.rank,
      parts.allSatisfy({ $0.shape == first.shape })
    else { return impossible("stacked", parts, site: Site(file, line)) }
    var shape = first.shape
    shape.insert(1, at: axis)
    return concatenated(parts.map { $0.reshaped(shape) }, axis: axis, file: file, line: line)
  }
}

/// As a range of 0..<extent; nil where it ends before it begins.
private func bounds(of range: any RangeExpression<Int>, in extent: Int) -> Range<Int>? {
  let (lower, upper) =
    switch range {
    case let range as Range<Int>: (range.lowerBound, range.upperBound)
    case let range as ClosedRange<Int>: (range.lowerBound, range.upperBound + 1)
    case let range as PartialRangeFrom<Int>: (range.lowerBound, extent)
    case let range as PartialRangeUpTo<Int>: (0, range.upperBound)
    case let range as PartialRangeThrough<Int>: (0, range.upperBound + 1)
    default: (0, -1)
    }
  return lower <= upper ? lower..<upper : nil
}
