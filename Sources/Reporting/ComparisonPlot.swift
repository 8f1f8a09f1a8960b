import Foundation
import Regression

extension Comparison.Result {
  /// A gnuplot script for the data, the curves and their 90 % predictive bands: a panel for each
  /// model, as SVG.
  public func plotScript(x: String, y: String) -> String {
    let panels = [FitReport.Model.polynomial, .network].map { model in
      (model: model, fits: fits.filter { $0.model == model && !$0.curve.isEmpty })
    }.filter { !$0.fits.isEmpty }
    let all = train.y + test.y
    let (low, high) = (all.min()!, all.max()!)
    let margin = 0.35 * max(high - low, 1e-9 * max(abs(low), 1))
    var script = """
      set terminal svg size \(760 * max(1, panels.count)),520 noenhanced font 'Helvetica,13' \
      background rgb 'white'
      set multiplot layout 1,\(max(1, panels.count))
      set key top left opaque samplen 2
      set xlabel \(gnuplotString(x))
      set ylabel \(gnuplotString(y))
      set grid lc rgb '#dddddd'
      set autoscale xfix
      set yrange [\(low - margin):\(high + margin)]

      """
    script += gnuplotData("train", zip(train.x, train.y).map { [$0, $1] })
    if test.count > 0 { script += gnuplotData("test", zip(test.x, test.y).map { [$0, $1] }) }
    for panel in panels {
      let model = panel.model.rawValue
      var layers: [(order: Int, text: String)] = []
      for fit in panel.fits {
        let name = "\(model)_\(fit.method.rawValue)"
        script += gnuplotData(
          name, fit.curve.map { [$0.x, $0.mean, $0.band?.lowerBound, $0.band?.upperBound] })
        layers += Self.layers(fit, data: "$\(name)", model: panel.model)
      }
      layers.append((3, "$train using 1:2 with points pt 7 ps 0.5 lc rgb '#333333' title 'train'"))
      if test.count > 0 {
        layers.append((3, "$test using 1:2 with points pt 6 ps 0.6 lc rgb '#333333' title 'test'"))
      }
      script += "set title \(gnuplotString("\(model), 90 % predictive bands"))\nplot \\\n  "
      script += layers.sorted { $0.order < $1.order }.map(\.text).joined(separator: ", \\\n  ")
      script += "\n"
    }
    return script + "unset multiplot\n"
  }

  /// The averaged band is filled, the plug-in band dashed.
  private static func layers(
    _ fit: FitReport, data: String, model: FitReport.Model
  ) -> [(order: Int, text: String)] {
    let hasBand = fit.curve.contains { $0.band != nil }
    func line(_ color: String, _ title: String) -> (order: Int, text: String) {
      (2, "\(data) using 1:2 with lines lw 2 lc rgb '\(color)' title '\(title)'")
    }
    switch (fit.method, model) {
    case (.mle, _):
      let edges = hasBand ? [3, 4] : []
      return [line("#d55e00", "maximum likelihood")]
        + edges.map { column in
          (1, "\(data) using 1:\(column) with lines lw 1 dt 2 lc rgb '#d55e00' notitle")
        }
    case (.map, .network): return [line("#009e73", "MAP")]
    case (.bayes, _), (.importance, .network):
      return [
        (0, "\(data) using 1:3:4 with filledcurves fs solid 0.25 lc rgb '#0072b2' notitle"),
        line("#0072b2", fit.method == .bayes ? "Bayes" : "importance average"),
      ]
    // The polynomial's MAP curve is the Bayes curve, and so is the average by importance.
    case (.map, .polynomial), (.importance, .polynomial): return []
    }
  }
}

extension Comparison.Sweep {
  /// A gnuplot script for the errors on training and test rows by degree, as SVG.
  public var plotScript: String {
    let axis = errorAxis
    var script = """
      set terminal svg size 760,520 noenhanced font 'Helvetica,13' background rgb 'white'
      set key top center horizontal outside samplen 2
      set xlabel 'degree'
      set ylabel 'root-mean-square error'
      set grid lc rgb '#dddddd'
      set autoscale xfix
      \(axis.settings)

      """
    var layers: [String] = []
    for (method, color) in [(FitReport.Method.mle, "#d55e00"), (.bayes, "#0072b2")] {
      let name = method.rawValue
      func shown(_ error: Double?) -> Double? {
        error.flatMap { $0 > 0 || !axis.isLogarithmic ? $0 : nil }
      }
      script += gnuplotData(
        name,
        fits.filter { $0.fit.method == method }.map {
          [
            Double($0.degree), shown($0.fit.train.rootMeanSquareError),
            shown($0.fit.test.rootMeanSquareError),
          ]
        })
      layers.append(
        "$\(name) using 1:2 with linespoints lw 2 dt 2 pt 7 ps 0.4 lc rgb '\(color)' "
          + "title '\(name), train'")
      if test.count > 0 {
        layers.append(
          "$\(name) using 1:3 with linespoints lw 2 pt 7 ps 0.4 lc rgb '\(color)' "
            + "title '\(name), test'")
      }
    }
    return script + "plot \\\n  " + layers.joined(separator: ", \\\n  ") + "\n"
  }

  /// From the smallest error up to the largest, but not past a hundred times the smallest: beyond
  /// that a diverging fit would flatten all others. Logarithmic over more than a decade, so that a
  /// labelled power of ten is on it.
  private var errorAxis: (settings: String, isLogarithmic: Bool) {
    let errors = fits.flatMap {
      [$0.fit.train.rootMeanSquareError, $0.fit.test.rootMeanSquareError]
    }.compactMap { $0 }.filter { $0 > 0 && $0.isFinite }
    guard let low = errors.min(), let high = errors.max() else {
      return ("set yrange [-1:1]", false)  // every curve goes through every point
    }
    let top = min(high, 100 * low)
    if top > 10 * low {
      return ("set logscale y\nset yrange [\(low / 1.2):\(top * 1.2)]", true)
    }
    let margin = 0.1 * (top - low) + 0.01 * low
    return ("set yrange [\(low - margin):\(top + margin)]", false)
  }
}
