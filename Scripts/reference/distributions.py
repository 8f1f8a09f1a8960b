"""Reference log densities, distribution functions and quantiles.

Every value is computed from the exact doubles that are stored beside it, with
far more digits than a double holds, and rounded once at the end.
Writes Tests/Reference/distributions.json.
"""

import sys

sys.dont_write_bytecode = True

import mpmath
from mpmath import mp, mpf

import common

# The complement of a distribution function is formed by subtraction for the
# gamma distribution, so the digits must cover the smallest tail (about 1e-220).
DIGITS = 400
QUANTILE_DIGITS = 120

PROBABILITIES = [1e-10, 1e-6, 0.001, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6, 1 - 1e-10]
NEGATIVE_INFINITY = "-inf"


def point(x, log_density, cdf, survival):
    log_density = log_density if log_density == NEGATIVE_INFINITY else float(log_density)
    return {"x": x, "log_density": log_density, "cdf": float(cdf), "survival": float(survival)}


# Root finding: a decreasing logarithm of a tail probability, by bisection and
# then Newton's method.


def solve(log_tail, slope, target, low, high):
    """The u in [low, high] with log_tail(u) = target; log_tail is monotone."""
    rising = log_tail(high) > log_tail(low)
    for _ in range(40):
        middle = (low + high) / 2
        if (log_tail(middle) < target) == rising:
            low = middle
        else:
            high = middle
    u = (low + high) / 2
    for _ in range(50):
        step = (log_tail(u) - target) / slope(u)
        u -= step
        if abs(step) <= mpf(10) ** -70 * max(abs(u), mpf(10) ** -10):
            break
    else:
        raise ArithmeticError("Newton's method did not settle")
    if abs(log_tail(u) - target) > mpf(10) ** -60:
        raise ArithmeticError("the root is not accurate")
    return u


def symmetric_quantile(p, tail, density):
    """Standardized quantile, given P(Z > z) and the density for z >= 0."""
    p = mpf(p)
    if p == mpf(1) / 2:
        return mpf(0)
    smaller = min(p, 1 - p)
    high = mpf(1)
    while tail(high) > smaller:
        high *= 2
    z = solve(
        lambda u: mp.log(tail(u)), lambda u: -density(u) / tail(u), mp.log(smaller), mpf(0), high
    )
    return -z if p < mpf(1) / 2 else z


def symmetric(location, scale, xs, tail, log_density):
    """Points and quantiles of a symmetric location-scale family."""
    m, s = mpf(location), mpf(scale)
    points = []
    for x in xs:
        z = (mpf(x) - m) / s
        outer = tail(abs(z))
        below, above = (outer, 1 - outer) if z < 0 else (1 - outer, outer)
        points.append(point(x, log_density(z) - mp.log(s), below, above))
    with mp.workdps(QUANTILE_DIGITS):
        density = lambda z: mp.exp(log_density(z))
        quantiles = [
            {"p": p, "x": float(m + s * symmetric_quantile(p, tail, density))}
            for p in PROBABILITIES
        ]
    return {"points": points, "quantiles": quantiles}


def normal(mean, standard_deviation, scores):
    body = symmetric(
        mean,
        standard_deviation,
        [mean + standard_deviation * z for z in scores],
        lambda z: mp.erfc(z / mp.sqrt(2)) / 2,
        lambda z: -z * z / 2 - mp.log(2 * mp.pi) / 2,
    )
    return {"mean": mean, "standard_deviation": standard_deviation, **body}


def laplace(location, scale, scores):
    body = symmetric(
        location,
        scale,
        [location + scale * z for z in scores],
        lambda z: mp.exp(-z) / 2,
        lambda z: -abs(z) - mp.log(2),
    )
    return {"location": location, "scale": scale, **body}


def student_t(degrees_of_freedom, location, scale, scores):
    nu = mpf(degrees_of_freedom)

    def tail(z):
        if z == 0:
            return mpf(1) / 2
        return mp.betainc(nu / 2, mpf(1) / 2, 0, nu / (nu + z * z), regularized=True) / 2

    def log_density(z):
        constant = mp.loggamma((nu + 1) / 2) - mp.loggamma(nu / 2) - mp.log(nu * mp.pi) / 2
        return constant - (nu + 1) / 2 * mp.log1p(z * z / nu)

    body = symmetric(
        location, scale, [location + scale * z for z in scores], tail, log_density
    )
    return {
        "degrees_of_freedom": degrees_of_freedom,
        "location": location,
        "scale": scale,
        **body,
    }


def uniform(lower, upper, xs):
    a, b = mpf(lower), mpf(upper)
    points = []
    for x in xs:
        if x < lower:
            points.append(point(x, NEGATIVE_INFINITY, 0, 1))
        elif x > upper:
            points.append(point(x, NEGATIVE_INFINITY, 1, 0))
        else:
            below = (mpf(x) - a) / (b - a)
            points.append(point(x, -mp.log(b - a), below, (b - mpf(x)) / (b - a)))
    quantiles = [{"p": p, "x": float(a + mpf(p) * (b - a))} for p in PROBABILITIES]
    return {"lower": lower, "upper": upper, "points": points, "quantiles": quantiles}


def gamma_cdf(shape, z):
    """Regularized lower incomplete gamma function, a series of positive terms."""
    term = total = mpf(1)
    n = 0
    while True:
        n += 1
        term *= z / (shape + n)
        total += term
        if shape + n > 2 * z and term < total * mp.eps:
            break
    return total * mp.exp(shape * mp.log(z) - z - mp.loggamma(shape + 1))


def gamma(shape, rate, xs):
    a, r = mpf(shape), mpf(rate)
    points = []
    for x in xs:
        if x < 0 or (x == 0 and shape > 1):
            points.append(point(x, NEGATIVE_INFINITY, 0, 1))
            continue
        z = r * mpf(x)
        log_density = a * mp.log(r) + (a - 1) * mp.log(mpf(x)) - z - mp.loggamma(a)
        below = gamma_cdf(a, z)
        points.append(point(x, log_density, below, 1 - below))
    with mp.workdps(QUANTILE_DIGITS):
        quantiles = []
        for p in PROBABILITIES:
            upper = mpf(p) > mpf(1) / 2
            side = (lambda c: 1 - c) if upper else (lambda c: c)
            target = mp.log(1 - mpf(p) if upper else mpf(p))

            def slope(u):
                z = mp.exp(u)
                density = mp.exp(a * u - z - mp.loggamma(a))
                return (-density if upper else density) / side(gamma_cdf(a, z))

            # The bracket in log(z) holds every quantile asked for here.
            high = mp.log(a + 10 * mp.sqrt(a) + 40)
            low = (mp.log(mpf(p)) + mp.loggamma(a + 1)) / a
            if shape > 1:
                low = max(low, mp.log(max(a - 10 * mp.sqrt(a), mp.exp(low))))
            low = min(low - 1, high - 1)
            u = solve(lambda u: mp.log(side(gamma_cdf(a, mp.exp(u)))), slope, target, low, high)
            quantiles.append({"p": p, "x": float(mp.exp(u) / r)})
    return {"shape": shape, "rate": rate, "points": points, "quantiles": quantiles}


# Multivariate densities: Cholesky factor and forward substitution.


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


NORMAL_SCORES = [-33.8, -20.0, -8.0, -3.0, -1.0, -0.1, 0.0, 0.5, 2.0, 5.0, 12.0, 33.8]
LAPLACE_SCORES = [-570.0, -100.0, -20.0, -5.0, -1.0, -0.2, 0.0, 0.3, 2.0, 10.0, 50.0, 570.0]
STUDENT_SCORES = [-1e6, -1e3, -50.0, -8.0, -2.0, -0.5, 0.0, 0.3, 1.0, 3.0, 10.0, 1e6]
STUDENT_SCORES_LIGHT = [-1e3, -100.0, -30.0, -8.0, -2.0, -0.5, 0.0, 0.3, 1.0, 3.0, 10.0, 1e3]

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
    mp.dps = DIGITS
    data = {
        "source": f"Scripts/reference/distributions.py, mpmath {mpmath.__version__}",
        "normal": [
            normal(mean, deviation, NORMAL_SCORES)
            for mean, deviation in [(0.0, 1.0), (3.5, 0.25), (-120.0, 45.0), (0.001, 2e-05)]
        ],
        "uniform": [
            uniform(
                lower,
                upper,
                [lower - (upper - lower), lower - 1e-3]
                + [
                    lower + f * (upper - lower)
                    for f in (1e-9, 1e-4, 0.01, 0.125, 0.3, 0.5, 0.75, 0.99, 0.9999)
                ]
                + [upper + 1e-3, upper + 100.0],
            )
            for lower, upper in [(0.0, 1.0), (-2.5, 7.0), (-0.002, 0.001), (1e6, 1000000.5)]
        ],
        "laplace": [
            laplace(location, scale, LAPLACE_SCORES)
            for location, scale in [(0.0, 1.0), (2.0, 0.5), (-10.0, 3.0), (0.125, 40.0)]
        ],
        "student_t": [
            student_t(nu, location, scale, scores)
            for nu, location, scale, scores in [
                (1.0, 0.0, 1.0, STUDENT_SCORES),
                (2.5, 1.5, 0.7, STUDENT_SCORES),
                (5.0, -3.0, 2.0, STUDENT_SCORES),
                (5.0, 0.0, 1.0, STUDENT_SCORES),
                (100.0, 10.0, 0.1, STUDENT_SCORES_LIGHT),
            ]
        ],
        "gamma": [
            gamma(
                0.05,
                1.0,
                [-1.0, 1e-200, 1e-100, 1e-50, 1e-20, 1e-10, 1e-5]
                + [1e-3, 0.05, 0.5, 2.0, 10.0, 100.0, 500.0],
            ),
            gamma(
                0.5, 2.0, [-0.5, 1e-30, 1e-10, 1e-3, 0.01, 0.1, 0.25, 1.0, 3.0, 10.0, 50.0, 250.0]
            ),
            gamma(
                2.5,
                0.4,
                [-1.0, 0.0, 1e-60, 1e-8, 0.01, 0.5, 2.0, 6.25, 10.0, 30.0, 100.0, 1200.0],
            ),
            gamma(50.0, 10.0, [-2.0, 1e-4, 0.1, 0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 10.0, 20.0, 60.0]),
            gamma(
                1e4,
                2.5,
                [-10.0, 0.0, 3000.0, 3600.0, 3800.0, 3900.0, 3960.0]
                + [4000.0, 4020.0, 4080.0, 4150.0, 4300.0, 4600.0, 5200.0],
            ),
        ],
        "multivariate_normal": [
            multivariate_normal(mean, matrix, xs) for mean, matrix, xs in MULTIVARIATE
        ],
        "multivariate_student_t": [
            multivariate_student_t(nu, mean, matrix, xs)
            for (mean, matrix, xs), nu in zip(MULTIVARIATE, [4.0, 7.0, 2.5, 30.0])
        ],
    }
    common.write("distributions.json", data)


if __name__ == "__main__":
    main()
