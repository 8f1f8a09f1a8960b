import GSL
import Randomness
import TestSupport
import Testing

@Suite("The domain of GSLRandom", .tags(.unit))
struct GSLRandomDomainTests {
  /// A routine with parameters that are refused.
  struct Case: Sendable, Codable {
    let routine: String
    let parameters: [Double]
  }

  static let badCases: [Case] = {
    let positive: [(String, Int)] = [
      ("gaussian", 1), ("gaussian_ziggurat", 1), ("gaussian_ratio_method", 1), ("exponential", 1),
      ("laplace", 1), ("exppow", 2), ("cauchy", 1), ("rayleigh", 1), ("gamma", 2),
      ("gamma_knuth", 2), ("chisq", 1), ("fdist", 2), ("tdist", 1), ("beta", 2), ("logistic", 1),
      ("pareto", 2), ("weibull", 2), ("gumbel1", 2), ("gumbel2", 2),
    ]
    // Which value is wrong, at which place, goes round: every routine meets four of these.
    let wrong: [Double] = [0, -1, .nan, .infinity]
    var cases: [Case] = []
    for (name, arity) in positive {
      for (i, value) in wrong.enumerated() {
        var parameters = [Double](repeating: 1, count: arity)
        parameters[i % arity] = value
        cases.append(Case(routine: "gsl_ran_" + name, parameters: parameters))
      }
    }
    let others: [(String, [[Double]])] = [
      ("gaussian_tail", [[-1, 1], [.nan, 1], [1, 0], [1e200, 1]]),
      ("ugaussian_tail", [[-1], [.nan], [.infinity], [1e160]]),
      ("flat", [[1, 1], [2, 1], [.nan, 1], [-1e308, 1e308]]),
      ("rayleigh_tail", [[-1, 1], [1e200, 1], [1, 0], [1, .nan]]),
      ("levy", [[1, 0], [1, 2.1], [0, 1], [1, .nan]]),
      ("levy_skew", [[1, 1, 1.1], [1, 0, 0], [1, 1, .nan], [-1, 1, 0]]),
      ("tdist", [[2.000_000_1]]), ("gamma_knuth", [[2e9, 1]]), ("beta", [[1e308, 1e308]]),
      ("lognormal", [[.infinity, 1], [0, 0]]),
      ("bernoulli", [[-0.1], [1.1], [.nan]]),
      ("binomial", [[-0.1, 5], [1.1, 5], [.nan, 5], [0.5, -1], [0.5, 3e9]]),
      ("poisson", [[-1], [.nan], [2e9], [.infinity]]),
      ("geometric", [[0], [1e-9], [1.1], [.nan]]),
      ("negative_binomial", [[0, 1], [0.5, 0], [1e-8, 1e3], [.nan, 1], [0.5, .infinity]]),
      ("pascal", [[0, 1], [0.5, 0], [0.5, 3e9], [1e-8, 1e3]]),
      ("hypergeometric", [[5, 5, 11], [-1, 5, 2], [2e9, 2e9, 5], [5, 5, -1]]),
      ("logarithmic", [[0], [1], [1 - 1e-9], [.nan]]),
      ("dirichlet", [[], [1, 0], [1, .nan], [1, .infinity]]),
      ("multinomial", [[], [0, 0], [1, -1], [1, .nan]]),
      ("bivariate_gaussian", [[0, 1, 0], [1, -1, 0], [1, 1, 1.1], [1, 1, .nan]]),
    ]
    for (name, sets) in others {
      cases += sets.map { Case(routine: "gsl_ran_" + name, parameters: $0) }
    }
    return cases
  }()

  @Test("Parameters outside the domain stop the program before GSL sees them", arguments: 0..<4)
  func refused(quarter: Int) async {
    for index in stride(from: quarter, to: Self.badCases.count, by: 4) {
      await #expect(processExitsWith: .failure, "\(Self.badCases[index])") {
        [index = index as Int] in
        let test = Self.badCases[index]
        var generator = Philox(seed: 1)
        _ = try? Routine.draw(test.routine, test.parameters, using: &generator)
      }
    }
  }

  @Test("The table of discrete draws says what is wrong with its weights")
  func tables() {
    for weights in [[], [0, 0], [1, -1], [1, .nan], [.infinity]] as [[Double]] {
      #expect {
        try GSLDiscreteTable(weights: weights)
      } throws: { error in
        (error as? GSLError)?.function == "gsl_ran_discrete_preproc"
      }
    }
  }

  @Test("At the edges of the domain every routine returns, with a number in its range")
  func edges() throws {
    let edges: [(String, [Double], ClosedRange<Double>)] = [
      ("gaussian_tail", [0, 1], 0...20), ("gaussian_tail", [1e150, 1], 1e150...1e150),
      ("tdist", [2.000_002], -1e300...1e300), ("tdist", [1e300], -20...20),
      ("gamma", [1e-300, 1], 0...1), ("gamma", [1e300, 1], 0.9e300...1.1e300),
      ("gamma_knuth", [1e9, 1], 0.9e9...1.1e9), ("beta", [1e-300, 1e300], 0...1),
      ("beta", [1e-300, 1e-300], 0...1), ("binomial", [0.5, 2_147_483_647], 1.07e9...1.08e9),
      ("binomial", [1, 2_147_483_647], 2_147_483_647...2_147_483_647), ("binomial", [0, 5], 0...0),
      ("poisson", [0], 0...0), ("poisson", [1e9], 0.999e9...1.001e9),
      ("geometric", [1], 1...1), ("geometric", [1e-8], 1...4_294_967_295),
      ("negative_binomial", [1, 5], 0...0), ("pascal", [1e-6, 100], 1e7...1e9),
      ("hypergeometric", [5, 0, 5], 5...5), ("hypergeometric", [0, 0, 0], 0...0),
      ("logarithmic", [1 - 1e-8], 1...4_294_967_295), ("logarithmic", [1e-300], 1...1),
      ("bernoulli", [1], 1...1), ("bernoulli", [0], 0...0),
    ]
    var generator = Philox(seed: 5)
    for (name, parameters, range) in edges {
      for _ in 0..<200 {
        let draw = try Routine.draw("gsl_ran_" + name, parameters, using: &generator)
        #expect(range.contains(draw[0]), "\(name) \(parameters): \(draw)")
      }
    }
  }
}
