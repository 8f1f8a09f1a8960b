import Buffon
import Foundation

/// Data of the sizes of the published sets, drawn with a fixed seed; the eight schools are the real ones.
struct SyntheticData {
  private var generator = Philox(seed: 20_260)
  private let standard = try! Normal(mean: 0, standardDeviation: 1)

  private mutating func normals(_ count: Int) -> [Double] {
    (0..<count).map { _ in standard.sample(using: &generator) }
  }

  private mutating func rows(_ count: Int, _ columns: Int) -> [[Double]] {
    (0..<count).map { _ in normals(columns) }
  }

  /// Each set under the name of its program, with the names of Stan's data block.
  mutating func sets() -> [String: [String: Any]] {
    var sets: [String: [String: Any]] = [:]
    // D. Rubin, "Estimation in parallel randomized experiments", J. Educ. Stat. 6 (1981).
    sets["eight_schools_noncentered"] = [
      "J": 8, "y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18],
    ]
    let iq = normals(434).map { 100 + 15 * $0 }
    let score = zip(iq, normals(434)).map { min(200, max(0, 26 + 0.6 * $0 + 18 * $1)) }
    sets["kidscore_momiq"] = ["N": 434, "kid_score": score, "mom_iq": iq]
    var series = normals(5)
    for shock in normals(195) {
      let mean = 0.3 * series[series.count - 1] - 0.2 * series[series.count - 3]
      series.append(mean + shock)
    }
    sets["arK"] = ["K": 5, "T": 200, "y": series]
    let shocks = normals(201)
    sets["arma11"] = ["T": 200, "y": (1...200).map { 0.5 + shocks[$0] + 0.4 * shocks[$0 - 1] }]
    var (variance, returns) = (0.25, [Double]())
    for shock in normals(200) {
      returns.append(0.1 + variance.squareRoot() * shock)
      variance = 0.2 + 0.4 * (returns.last! - 0.1) * (returns.last! - 0.1) + 0.3 * variance
    }
    sets["garch11"] = ["T": 200, "y": returns, "sigma1": 0.5]
    let places = (0..<11).map { 2 * Double($0) - 10 }
    sets["gp_regr"] = [
      "N": 11, "x": places, "y": zip(places, normals(11)).map { 3 * sin($0 / 3) + 0.5 * $1 },
    ]
    sets["low_dim_gauss_mix"] = [
      "N": 1000,
      "y": normals(1000).enumerated().map { $0 % 3 == 0 ? -2.75 + $1 : 2.75 + $1 },
    ]
    sets["hmm_example"] = [
      "N": 100, "K": 2, "y": normals(100).enumerated().map { ($0 / 7 % 2 == 0 ? 3 : 9) + $1 },
    ]
    var study: [String: Any] = ["N": 476]
    for name in ["partyid7", "real_ideo", "race_adj", "educ1", "gender", "income"] {
      study[name] = normals(476).map { 4 + $0 }
    }
    study["age_discrete"] = (0..<476).map { 1 + $0 % 4 }
    sets["nes"] = study
    let x = rows(1000, 25)
    let slopes = normals(25).map { 0.5 * $0 }
    let y = x.map { row -> Int in
      let eta = 0.25 + zip(row, slopes).reduce(0) { $0 + $1.0 * $1.1 }
      return generator.nextUnit() < 1 / (1 + exp(-eta)) ? 1 : 0
    }
    sets["logit_glm"] = ["n": 1000, "p": 25, "x": x, "y": y]
    let design = rows(1000, 10)
    let effects = normals(10)
    let responses = zip(design, normals(1000)).map { row, noise in
      0.5 + zip(row, effects).reduce(0) { $0 + $1.0 * $1.1 } + 0.7 * noise
    }
    sets["linreg"] = ["n": 1000, "p": 10, "x": design, "y": responses]
    return sets
  }
}
