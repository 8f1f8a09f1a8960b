"""Reference log densities of the elliptical distributions, by Cholesky factor and forward
substitution with 100 digits. Writes Tests/Reference/multivariate.json.
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


def main():
    mp.dps = 100
    data = {
        "source": f"Scripts/reference/multivariate.py, mpmath {mpmath.__version__}",
        "multivariate_normal": [
            multivariate_normal(mean, matrix, xs) for mean, matrix, xs in MULTIVARIATE
        ],
        "multivariate_student_t": [
            multivariate_student_t(nu, mean, matrix, xs)
            for (mean, matrix, xs), nu in zip(MULTIVARIATE, [4.0, 7.0, 2.5, 30.0])
        ],
    }
    common.write("multivariate.json", data)


if __name__ == "__main__":
    main()
