"""Reference log densities of the multivariate distributions with 100 digits: of the elliptical ones by
Cholesky factor and forward substitution, of the matrices by determinants and inverses. Writes
Tests/Reference/multivariate.json.
"""

import sys

sys.dont_write_bytecode = True

import mpmath
from mpmath import mp, mpf

import common


def log_determinant_and_square(matrix, mean, x):
    n = len(mean)
    lower = mpmath.cholesky(mpmath.matrix([[mpf(v) for v in row] for row in matrix]))
    w = []
    for i in range(n):
        total = mpf(x[i]) - mpf(mean[i])
        for j in range(i):
            total -= lower[i, j] * w[j]
        w.append(total / lower[i, i])
    return 2 * sum(mp.log(lower[i, i]) for i in range(n)), sum(v * v for v in w)


def multivariate_normal(mean, covariance, xs):
    n = len(mean)
    points = []
    for x in xs:
        log_determinant, square = log_determinant_and_square(covariance, mean, x)
        value = -(n * mp.log(2 * mp.pi) + log_determinant + square) / 2
        points.append({"x": x, "log_density": float(value)})
    return {"mean": mean, "covariance": covariance, "points": points}


def multivariate_student_t(degrees_of_freedom, mean, scale, xs):
    n, nu = len(mean), mpf(degrees_of_freedom)
    points = []
    for x in xs:
        log_determinant, square = log_determinant_and_square(scale, mean, x)
        value = mp.loggamma((nu + n) / 2) - mp.loggamma(nu / 2)
        value -= (n * mp.log(nu * mp.pi) + log_determinant) / 2
        value -= (nu + n) / 2 * mp.log1p(square / nu)
        points.append({"x": x, "log_density": float(value)})
    return {
        "degrees_of_freedom": degrees_of_freedom,
        "mean": mean,
        "scale": scale,
        "points": points,
    }


MULTIVARIATE = [
    ([1.5], [[0.64]], [[1.5], [0.0], [2.25], [12.0], [-40.0]]),
    (
        [0.5, -2.0],
        [[2.0, -0.75], [-0.75, 0.5]],
        [[0.5, -2.0], [0.0, 0.0], [1.25, -2.5], [10.0, -10.0], [-30.0, 25.0]],
    ),
    (
        [1000.0, 0.001],
        [[250000.0, 0.45], [0.45, 1e-06]],
        [[1000.0, 0.001], [1500.0, 0.002], [500.0, 0.002], [0.0, 0.0], [3000.0, -0.001]],
    ),
    (
        [0.0, 1.0, -1.0, 10.0],
        [
            [4.0, 1.2, -0.8, 0.1],
            [1.2, 2.5, 0.3, -0.6],
            [-0.8, 0.3, 1.0, 0.05],
            [0.1, -0.6, 0.05, 9.0],
        ],
        [
            [0.0, 1.0, -1.0, 10.0],
            [0.0, 0.0, 0.0, 0.0],
            [1.5, -0.5, -2.0, 14.0],
            [-3.0, 2.0, 1.0, 5.0],
            [20.0, -20.0, 15.0, -40.0],
        ],
    ),
]


def dirichlet(concentration, xs):
    a = [mpf(v) for v in concentration]
    points = []
    for x in xs:
        value = mp.loggamma(sum(a)) - sum(mp.loggamma(v) for v in a)
        value += sum((v - 1) * mp.log(mpf(u)) for v, u in zip(a, x))
        points.append({"x": x, "log_density": float(value)})
    return {"concentration": concentration, "points": points}


def multinomial(trials, probabilities, xs):
    points = []
    for x in xs:
        value = mp.loggamma(mpf(trials) + 1)
        for n, p in zip(x, probabilities):
            value += (n * mp.log(mpf(p)) if n else 0) - mp.loggamma(mpf(n) + 1)
        points.append({"x": [float(n) for n in x], "log_density": float(value)})
    return {"trials": trials, "probabilities": probabilities, "points": points}


def exact(matrix):
    return mpmath.matrix([[mpf(v) for v in row] for row in matrix])


def log_multivariate_gamma(x, d):
    return mpf(d * (d - 1)) / 4 * mp.log(mp.pi) + sum(mp.loggamma(x - mpf(i) / 2) for i in range(d))


def trace(matrix):
    return sum(matrix[i, i] for i in range(matrix.rows))


def wishart(degrees_of_freedom, scale, xs, inverse):
    df, s, d = mpf(degrees_of_freedom), exact(scale), len(scale)
    points = []
    for x in xs:
        m = exact(x)
        value = -df * d / 2 * mp.log(2) - log_multivariate_gamma(df / 2, d)
        if inverse:
            value += df / 2 * mp.log(mp.det(s)) - (df + d + 1) / 2 * mp.log(mp.det(m))
            value -= trace(s * mpmath.inverse(m)) / 2
        else:
            value += (df - d - 1) / 2 * mp.log(mp.det(m)) - df / 2 * mp.log(mp.det(s))
            value -= trace(mpmath.inverse(s) * m) / 2
        points.append({"matrix": x, "log_density": float(value)})
    return {"degrees_of_freedom": degrees_of_freedom, "scale": scale, "points": points}


def lkj_cholesky(dimension, shape, xs):
    """The density of R = L L' is proportional to det(R)^(shape - 1) with the normalising constant of
    Lewandowski, Kurowicka and Joe's equation 16 (their vine construction), another one than the
    onion's; the Jacobian of R in L is prod L_kk^(d - k)."""
    d, eta = dimension, mpf(shape)
    constant = mpf(0)
    for k in range(1, d):
        b = eta + mpf(d - k - 1) / 2
        constant += (2 * eta - 2 + d - k) * (d - k) * mp.log(2)
        constant += (d - k) * (2 * mp.loggamma(b) - mp.loggamma(2 * b))
    points = []
    for correlations in xs:
        # The factor is what is stored; R is made from it.
        lower = mpmath.cholesky(exact(correlations))
        stored = [[float(lower[i, j]) if j <= i else 0.0 for j in range(d)] for i in range(d)]
        value = -constant
        for k in range(1, d):
            value += (d - k - 1 + 2 * (eta - 1)) * mp.log(mpf(stored[k][k]))
        points.append({"matrix": stored, "log_density": float(value)})
    return {"dimension": dimension, "shape": shape, "points": points}


TWO = [[2.0, -0.75], [-0.75, 0.5]]
THREE = [[4.0, 1.2, -0.8], [1.2, 2.5, 0.3], [-0.8, 0.3, 1.0]]
MATRICES = [
    (2.5, [[0.5]], [[[1e-8]], [[0.4]], [[30.0]]]),
    (1.5, TWO, [TWO, [[1e-3, 0.0], [0.0, 7.0]], [[300.0, -20.0], [-20.0, 2.0]]]),
    (10.0, THREE, [THREE, [[1.0, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 1.0]]]),
    (1e6, THREE, [[[1e6 * v for v in row] for row in THREE]]),
]
CORRELATIONS = [
    (2, [[[1.0, 0.5], [0.5, 1.0]], [[1.0, -0.999], [-0.999, 1.0]]]),
    (3, [[[1.0, 0.5, 0.25], [0.5, 1.0, -0.125], [0.25, -0.125, 1.0]]]),
    (5, [[[1.0 if i == j else 0.9 ** abs(i - j) for j in range(5)] for i in range(5)]]),
]


def main():
    mp.dps = 100
    data = {
        "source": f"Scripts/reference/multivariate.py, mpmath {mpmath.__version__}",
        "multivariate_normal": [
            multivariate_normal(mean, matrix, xs) for mean, matrix, xs in MULTIVARIATE
        ],
        "multivariate_student_t": [
            multivariate_student_t(nu, mean, matrix, xs)
            for (mean, matrix, xs), nu in zip(MULTIVARIATE, [4.0, 7.0, 2.5, 1e9])
        ],
        "dirichlet": [
            dirichlet([2.0, 3.0], [[0.25, 0.75], [1e-300, 1.0], [0.5, 0.5]]),
            dirichlet([1e-3, 0.5, 1.0, 1e3], [[0.125, 0.25, 0.125, 0.5], [1e-200, 1e-12, 0.25, 0.75]]),
            dirichlet([1e6, 2e6], [[0.3333, 0.6667], [0.25, 0.75]]),
        ],
        "multinomial": [
            multinomial(10, [0.25, 0.5, 0.25], [[2, 5, 3], [0, 0, 10], [10, 0, 0]]),
            multinomial(0, [0.5, 0.5], [[0, 0]]),
            multinomial(
                10**9, [0.125, 0.375, 0.5],
                [[125000000, 375000000, 500000000], [125000100, 374999000, 500000900]]),
        ],
        "wishart": [wishart(*case, inverse=False) for case in MATRICES],
        "inverse_wishart": [wishart(*case, inverse=True) for case in MATRICES],
        "lkj_cholesky": [
            lkj_cholesky(d, shape, xs) for d, xs in CORRELATIONS for shape in [1e-3, 0.5, 1.0, 4.0, 1e3]
        ],
    }
    common.write("multivariate.json", data)


if __name__ == "__main__":
    main()
