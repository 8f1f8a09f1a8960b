// Arithmetic of shapes: the extents of the axes, outermost first; elements lie row-major.

/// NumPy's rule: axes are matched from the last; each pair is equal or has a one.
func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  var shape = [Int](repeating: 1, count: rank)
  for axis in 1...max(rank, 1) where rank > 0 {
    let (m, n) = (axis <= a.count ? a[a.count - axis] : 1, axis <= b.count ? b[b.count - axis] : 1)
    if m != n && m != 1 && n != 1 { return nil }
    shape[rank - axis] = m == 1 ? n : m
  }
  return shape
}

/// How far apart neighbours along each axis lie.
func strides(of shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * shape[axis + 1]
  }
  return strides
}

/// For each element of a tensor of `shape`, row-major, the place that steps of `strides` lead to.
func places(_ shape: [Int], strides: [Int], from start: Int = 0) -> [Int] {
  var places = [start]
  for axis in shape.indices {
    places = places.flatMap { base in (0..<shape[axis]).map { base + $0 * strides[axis] } }
  }
  return places
}

/// For each element of the broadcast tensor, the element of the source.
func broadcastPlaces(from source: [Int], to target: [Int]) -> [Int] {
  let padded = [Int](repeating: 1, count: target.count - source.count) + source
  let steps = zip(padded, strides(of: padded)).map { $0 == 1 ? 0 : $1 }
  return places(target, strides: steps)
}

/// A shape cut at an axis: the elements before, along and after it.
func split(_ shape: [Int], at axis: Int) -> (outer: Int, extent: Int, inner: Int) {
  (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
}
