import Foundation
import Randomness

/// Standard normal draws by the ziggurat method with 256 layers: one 64-bit output for 98.8 % of
/// the draws, its lowest 8 bits naming the layer and its upper 54 the place in it.
///
/// ## References
/// G. Marsaglia, W. W. Tsang, J. Stat. Softw. 5 (2000), doi:10.18637/jss.v005.i08; with layer and
/// place from separate bits, as J. A. Doornik, "An improved ziggurat method" (2005), asks.
@usableFromInline
struct Ziggurat: @unchecked Sendable {  // the memory is written once, here, and never freed
  /// The right edges of the layers: 0 is the base with its tail, 1 is where the tail starts.
  @usableFromInline let edges: UnsafePointer<Double>
  /// exp(-x^2 / 2) at the edges.
  @usableFromInline let heights: UnsafePointer<Double>

  @usableFromInline static let normal = Ziggurat()

  /// Where the tail starts, so that 256 layers have the same area.
  @usableFromInline static let tailStart = 3.654152885361009

  private init() {
    func height(_ x: Double) -> Double { exp(-x * x / 2) }
    let r = Self.tailStart
    let area = r * height(r) + (Double.pi / 2).squareRoot() * erfc(r / 2.0.squareRoot())
    var x = [area / height(r), r]
    for _ in 2..<256 {
      x.append((-2 * log(area / x.last! + height(x.last!))).squareRoot())
    }
    x.append(0)
    let edges = UnsafeMutablePointer<Double>.allocate(capacity: 257)
    let heights = UnsafeMutablePointer<Double>.allocate(capacity: 257)
    edges.initialize(from: x, count: 257)
    heights.initialize(from: x.map(height), count: 257)
    self.edges = UnsafePointer(edges)
    self.heights = UnsafePointer(heights)
  }

  @inlinable
  func sample<G: RandomNumberGenerator>(using generator: inout G) -> Double {
    while true {
      let bits = generator.next()
      let layer = Int(truncatingIfNeeded: bits & 0xff)
      let z = Double(Int64(bitPattern: bits) >> 10) * 0x1p-53 * edges[layer]
      if abs(z) < edges[layer + 1] { return z }
      if layer == 0 { return tail(isNegative: z < 0, using: &generator) }
      let u = generator.nextUnit()
      if heights[layer] + (heights[layer + 1] - heights[layer]) * u < exp(-z * z / 2) { return z }
    }
  }

  @inlinable
  func tail<G: RandomNumberGenerator>(isNegative: Bool, using generator: inout G) -> Double {
    while true {
      let x = -log(generator.nextOpenUnit()) / Self.tailStart
      let y = -log(generator.nextOpenUnit())
      if 2 * y > x * x { return isNegative ? -Self.tailStart - x : Self.tailStart + x }
    }
  }
}
