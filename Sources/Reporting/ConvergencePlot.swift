import Estimation
import Foundation

/// Convergence studies of several estimators of one number, for one picture.
public struct ConvergencePlot: Sendable {
  /// What stands above the picture.
  public let title: String
  /// The studies and what they are called.
  public let studies: [(name: String, result: ConvergenceStudy.Result)]

  public init(title: String, studies: [(name: String, result: ConvergenceStudy.Result)]) {
    (self.title, self.studies) = (title, studies)
  }

  /// A gnuplot script, as SVG: above, root-mean-square errors (points, with the errors that the
  /// estimates state as lines) by size, on logarithmic scales; below, the coverage of the 95 % intervals
  /// with the band that a binomial test at a level of 0.001 allows.
  public var script: String {
    let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
    let sizes = Set(studies.flatMap { $0.result.rows.map(\.size) }).sorted()
    // In pixels from below: the key, a line each; the lower panel, the upper one, the title.
    let key = 10 + 20 * studies.count
    let edges = [key + 65, key + 275, key + 315, key + 605]
    let height = edges[3] + 40
    func screen(_ pixels: Int) -> String {
      String(format: "screen %.4f", Double(pixels) / Double(height))
    }
    var script = """
      set terminal svg size 760,\(height) noenhanced font 'Helvetica,13' background rgb 'white'
      set multiplot title \(gnuplotString(title))
      set key off
      set lmargin at screen 0.12
      set rmargin at screen 0.97
      set bmargin at \(screen(edges[2]))
      set tmargin at \(screen(edges[3]))
      set logscale x
      set xrange [\(0.8 * Double(sizes.first ?? 1)):\(1.25 * Double(sizes.last ?? 1))]
      set xtics (\(sizes.map { "'\($0)' \($0)" }.joined(separator: ", ")))
      set grid lc rgb '#dddddd'

      """
    var errors: [String] = []
    var coverages: [String] = []
    for (index, study) in studies.enumerated() {
      let color = colors[index % colors.count]
      let rows = study.result.rows
      script += gnuplotData(
        "study\(index)",
        rows.map { row in
          let covered = Double(row.covered(0.95)) / Double(row.estimates.count)
          return [
            Double(row.size), positive(row.rootMeanSquareError), positive(row.meanStandardError),
            covered,
          ]
        })
      let label = gnuplotString(
        study.name + String(format: ", slope %.2f", study.result.slope.value))
      errors.append("$study\(index) using 1:3 with lines lw 2 lc rgb '\(color)' notitle")
      errors.append(
        "$study\(index) using 1:2 with points pt 7 ps 0.7 lc rgb '\(color)' notitle")
      coverages.append(
        "$study\(index) using 1:4 with linespoints lw 2 pt 7 ps 0.5 lc rgb '\(color)' "
          + "title \(label)")
    }
    let replicates = studies.map { $0.result.rows[0].estimates.count }.min() ?? 1
    let band = 3.29 * (0.95 * 0.05 / Double(replicates)).squareRoot()
    return script + """
      set ylabel 'root-mean-square error; stated: lines'
      set logscale y
      set format y '%.0e'
      plot \\
        \(errors.joined(separator: ", \\\n  "))
      unset logscale y
      set format y '%g'
      set yrange [*:1]
      set xlabel 'size'
      set key at screen 0.5,\(screen(key)) center top Left reverse vertical maxcols 1 samplen 2
      set bmargin at \(screen(edges[0]))
      set tmargin at \(screen(edges[1]))
      set ylabel 'coverage of 95 % intervals'
      plot \\
        0.95 with lines lw 1 lc rgb '#555555' notitle, \\
        \(0.95 - band) with lines dt 2 lc rgb '#555555' notitle, \\
        \(min(1, 0.95 + band)) with lines dt 2 lc rgb '#555555' notitle, \\
        \(coverages.joined(separator: ", \\\n  "))
      unset multiplot

      """
  }

  private func positive(_ value: Double) -> Double? { value > 0 ? value : nil }
}
