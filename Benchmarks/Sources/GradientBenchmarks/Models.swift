import Buffon
import Foundation

/// A posterior on the unconstrained scale, with the logarithms of the Jacobians and without the constants,
/// as Stan's sampler has it; parameters are in Stan's order.
struct Model {
  let name: String
  let dimension: Int
  let logDensity: (Tensor) -> Tensor
}

/// Up to constants.
private func normal(_ x: Tensor, _ mean: Tensor, _ standardDeviation: Tensor) -> Tensor {
  let z = (x - mean) / standardDeviation
  if standardDeviation.values != nil { return -0.5 * z.squared.sum() }
  let count = Tensor(Double(x.count / standardDeviation.count))
  return -0.5 * z.squared.sum() - count * Tensor.log(standardDeviation).sum()
}

private func halfCauchy(_ x: Tensor, scale: Double) -> Tensor {
  -Tensor.log(onePlus: (x / Tensor(scale)).squared)
}

/// The numbers of a JSON file.
struct DataFile {
  let values: [String: Any]

  init(_ path: String) throws {
    let file = try Foundation.Data(contentsOf: URL(fileURLWithPath: path))
    let json = try JSONSerialization.jsonObject(with: file) as! [String: Any]
    values = json["data"] as? [String: Any] ?? json
  }

  func vector(_ name: String) -> [Double] { (values[name] as! [NSNumber]).map(\.doubleValue) }
  func tensor(_ name: String) -> Tensor { Tensor(vector(name)) }
  func matrix(_ name: String) -> Tensor {
    let rows = (values[name] as! [[NSNumber]]).map { $0.map(\.doubleValue) }
    return Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }
  func scalar(_ name: String) -> Double { (values[name] as! NSNumber).doubleValue }
}

func eightSchools(_ data: DataFile) -> Model {
  let (y, sigma) = (data.tensor("y"), data.tensor("sigma"))
  return Model(name: "eight_schools_noncentered", dimension: 10) { x in
    let (innovations, mu, tau) = (x[0..<8], x[8], Tensor.exp(x[9]))
    let theta = innovations * tau + mu
    return normal(innovations, 0, 1) + normal(y, theta, sigma) + normal(mu, 0, 5)
      + halfCauchy(tau, scale: 5) + x[9]
  }
}

func kidscore(_ data: DataFile) -> Model {
  let (score, iq) = (data.tensor("kid_score"), data.tensor("mom_iq"))
  return Model(name: "kidscore_momiq", dimension: 3) { x in
    let sigma = Tensor.exp(x[2])
    return halfCauchy(sigma, scale: 2.5) + normal(score, x[0] + x[1] * iq, sigma) + x[2]
  }
}

func autoregression(_ data: DataFile) -> Model {
  let y = data.vector("y")
  return Model(name: "arK", dimension: 7) { x in
    let sigma = Tensor.exp(x[6])
    var sum = normal(x[0], 0, 10) + normal(x[1..<6], 0, 10) + halfCauchy(sigma, scale: 2.5) + x[6]
    // Written as a loop, as in Stan.
    for t in 5..<y.count {
      var mean = x[0]
      for k in 0..<5 { mean += x[1 + k] * Tensor(y[t - 1 - k]) }
      sum += normal(Tensor(y[t]), mean, sigma)
    }
    return sum
  }
}

func movingAverage(_ data: DataFile) -> Model {
  let y = data.vector("y")
  return Model(name: "arma11", dimension: 4) { x in
    let (mu, phi, theta, sigma) = (x[0], x[1], x[2], Tensor.exp(x[3]))
    var error = Tensor(y[0]) - (mu + phi * mu)
    var sum =
      normal(mu, 0, 10) + normal(phi, 0, 2) + normal(theta, 0, 2) + halfCauchy(sigma, scale: 2.5)
      + x[3] + normal(error, 0, sigma)
    for t in 1..<y.count {
      error = Tensor(y[t]) - (mu + phi * Tensor(y[t - 1]) + theta * error)
      sum += normal(error, 0, sigma)
    }
    return sum
  }
}

func garch(_ data: DataFile) -> Model {
  let y = data.vector("y")
  let first = data.scalar("sigma1")
  return Model(name: "garch11", dimension: 4) { x in
    let mu = x[0]
    let alpha0 = Tensor.exp(x[1])
    let alpha1 = Tensor.logistic(x[2])
    let share = Tensor.logistic(x[3])
    let beta1 = (1 - alpha1) * share
    // The logarithms of the Jacobians.
    var sum =
      x[1] - Tensor.softplus(x[2]) - Tensor.softplus(-x[2]) - Tensor.softplus(x[3])
      - Tensor.softplus(-x[3]) + Tensor.log(1 - alpha1)
    var sigma = Tensor(first)
    for t in y.indices {
      if t > 0 {
        let shock = Tensor(y[t - 1]) - mu
        sigma = Tensor.sqrt(alpha0 + alpha1 * shock.squared + beta1 * sigma.squared)
      }
      sum += normal(Tensor(y[t]), mu, sigma)
    }
    return sum
  }
}

func gaussianProcess(_ data: DataFile) -> Model {
  let (x, y) = (data.vector("x"), data.tensor("y"))
  let squares = Tensor(
    x.flatMap { a in x.map { (a - $0) * (a - $0) } }, shape: [x.count, x.count])
  let identity = Tensor(
    (0..<x.count * x.count).map { $0 % (x.count + 1) == 0 ? 1 : 0 }, shape: [x.count, x.count])
  return Model(name: "gp_regr", dimension: 3) { q in
    let (rho, alpha, sigma) = (Tensor.exp(q[0]), Tensor.exp(q[1]), Tensor.exp(q[2]))
    let covariance =
      alpha.squared * Tensor.exp(squares * (-0.5 / rho.squared)) + sigma * identity
    let factor = covariance.cholesky()
    let z = factor.triangularSolve(y)
    return 24 * q[0] - 4 * rho + normal(alpha, 0, 2) + normal(sigma, 0, 1)
      - 0.5 * z.squared.sum() - Tensor.log(factor.diagonal()).sum() + q[0] + q[1] + q[2]
  }
}

func mixture(_ data: DataFile) -> Model {
  let y = data.vector("y")
  return Model(name: "low_dim_gauss_mix", dimension: 5) { x in
    let means = [x[0], x[0] + Tensor.exp(x[1])]
    let deviations = [Tensor.exp(x[2]), Tensor.exp(x[3])]
    let logWeight = -Tensor.softplus(-x[4])
    let logRest = -Tensor.softplus(x[4])
    var sum =
      normal(deviations[0], 0, 2) + normal(deviations[1], 0, 2) + normal(means[0], 0, 2)
      + normal(means[1], 0, 2) + 4 * logWeight + 4 * logRest + x[1] + x[2] + x[3] + logWeight
      + logRest
    for value in y {
      let first = logWeight + normal(Tensor(value), means[0], deviations[0])
      let second = logRest + normal(Tensor(value), means[1], deviations[1])
      sum += Tensor.stacked([first, second]).logSumExp(axis: 0)
    }
    return sum
  }
}

func nationalElectionStudy(_ data: DataFile) -> Model {
  let age = data.vector("age_discrete")
  let ages = [2.0, 3, 4].map { group in Tensor(age.map { $0 == group ? 1 : 0 }) }
  let columns =
    [data.tensor("real_ideo"), data.tensor("race_adj")] + ages
    + [data.tensor("educ1"), data.tensor("gender"), data.tensor("income")]
  let party = data.tensor("partyid7")
  return Model(name: "nes", dimension: 10) { x in
    var mean = x[0]
    for (k, column) in columns.enumerated() { mean += x[1 + k] * column }
    return normal(party, mean, Tensor.exp(x[9])) + x[9]
  }
}

func logisticRegression(_ data: DataFile) -> Model {
  let (matrix, y) = (data.matrix("x"), data.tensor("y"))
  return Model(name: "logit_glm", dimension: 1 + matrix.shape[1]) { x in
    let eta = x[0] + matrix.matrixProduct(x[1...])
    return normal(x[0], 0, 1) + normal(x[1...], 0, 1) + (y * eta - Tensor.softplus(eta)).sum()
  }
}

func linearRegression(_ data: DataFile) -> Model {
  let (matrix, y) = (data.matrix("x"), data.tensor("y"))
  let p = matrix.shape[1]
  return Model(name: "linreg", dimension: p + 2) { x in
    let sigma = Tensor.exp(x[p + 1])
    return normal(x[0], 0, 1) + normal(x[1...p], 0, 1) + normal(sigma, 0, 1) + x[p + 1]
      + normal(y, x[0] + matrix.matrixProduct(x[1...p]), sigma)
  }
}

func hiddenMarkovLoop(_ data: DataFile) -> Model {
  let y = data.vector("y")
  return Model(name: "hmm_loop", dimension: 4) { x in
    let stay = [Tensor.logistic(x[0]), Tensor.logistic(x[1])]
    let transition = [[stay[0], 1 - stay[0]], [stay[1], 1 - stay[1]]]
    let means = [Tensor.exp(x[2]), Tensor.exp(x[2]) + Tensor.exp(x[3])]
    let jacobian =
      x[2] + x[3] + Tensor.log(transition[0][0]) + Tensor.log(transition[0][1])
      + Tensor.log(transition[1][0]) + Tensor.log(transition[1][1])
    var gamma = means.map { normal(Tensor(y[0]), $0, 1) }
    for t in 1..<y.count {
      gamma = (0..<2).map { k in
        let terms = (0..<2).map { j in
          gamma[j] + Tensor.log(transition[j][k]) + normal(Tensor(y[t]), means[k], 1)
        }
        return Tensor.stacked(terms).logSumExp(axis: 0)
      }
    }
    return normal(means[0], 3, 1) + normal(means[1], 10, 1) + jacobian
      + Tensor.stacked(gamma).logSumExp(axis: 0)
  }
}

func hiddenMarkov(_ data: DataFile) -> Model {
  let y = data.tensor("y")
  return Model(name: "hmm_example", dimension: 4) { x in
    let transition = Tensor.stacked(
      [
        -Tensor.softplus(-x[0]), -Tensor.softplus(x[0]), -Tensor.softplus(-x[1]),
        -Tensor.softplus(x[1]),
      ])
    let means = Tensor.stacked([Tensor.exp(x[2]), Tensor.exp(x[2]) + Tensor.exp(x[3])])
    let emissions = -0.5 * (y.reshaped([y.count, 1]) - means).squared
    return normal(means[0], 3, 1) + normal(means[1], 10, 1) + x[2] + x[3] + transition.sum()
      + .hiddenMarkovLogLikelihood(
        logInitial: Tensor([0, 0]), logTransition: transition.reshaped([2, 2]),
        logEmissions: emissions)
  }
}

/// A network with tanh layers, standard deviation 0.1 and a unit normal prior, full batch.
func network(_ widths: [Int], rows: Int) -> Model {
  let inputs = (0..<rows * widths[0]).map { 1.5 * Foundation.sin(Double($0 * $0 % 7919)) }
  let x = Tensor(inputs, shape: [rows, widths[0]])
  let y = Tensor((0..<rows).map { Foundation.sin(3 * inputs[$0 * widths[0]]) })
  let sizes = zip(widths, widths.dropFirst()).map { ($0, $1) }
  let dimension = sizes.reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
  let name = "mlp_" + widths.map { "\($0)" }.joined(separator: "_")
  return Model(name: name, dimension: dimension) { position in
    var layer = x
    var start = 0
    for (number, (inputs, outputs)) in sizes.enumerated() {
      let weights = position[start..<start + inputs * outputs].reshaped([inputs, outputs])
      start += inputs * outputs
      let bias = position[start..<start + outputs]
      start += outputs
      layer = layer.matrixProduct(weights) + bias
      if number < sizes.count - 1 { layer = .tanh(layer) }
    }
    return -0.5 * ((y - layer.reshaped([rows])) / 0.1).squared.sum()
      - 0.5 * position.squared.sum()
  }
}
