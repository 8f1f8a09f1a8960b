"""Reference values for quadrature, computed in 30 digits.

Integrals in one dimension, Genz's functions in one and two dimensions by their closed forms (checked against
mpmath's quadrature in one), Gauss rules from the roots of their polynomials, ratios of integrals of densities
known up to a constant, and integrals in four dimensions.
Writes Tests/Reference/quadrature.json.
"""

import sys

sys.dont_write_bytecode = True

import mpmath
from mpmath import erf, exp, inf, log, mp, mpf, pi, sqrt

import common


def number(value):
    return float(value)


def bound(value):
    return float(value) if abs(value) != inf else ("inf" if value > 0 else "-inf")


def integrals():
    """Name, range, points where it is cut, the function for mpmath and, where there is one, a closed form."""
    euler = mp.euler
    table = [
        ("sqrtReciprocal", 0, 1, [], lambda x: 1 / sqrt(x), mpf(2)),
        ("log", 0, 1, [], lambda x: log(x), mpf(-1)),
        ("logSquaredTimesPower", 0, 1, [], lambda x: log(x) ** 2 * x ** mpf("0.25"), None),
        ("exp", 0, 1, [], exp, mp.e - 1),
        ("runge", -1, 1, [], lambda x: 1 / (1 + 25 * x * x), 2 * mp.atan(5) / 5),
        ("oscillating", 0, 10, [], lambda x: mp.cos(20 * x), mp.sin(200) / 20),
        ("odd", -3, 3, [], lambda x: x**3 * exp(-x * x), mpf(0)),
        ("kink", 0, 1, [mpf(1) / 3], lambda x: abs(x - mpf(1) / 3), mpf(5) / 18),
        ("middleSingularity", -1, 2, [0], lambda x: abs(x) ** mpf("-0.5"), 2 + 2 * sqrt(2)),
        ("logistic", -40, 40, [], lambda x: 1 / (1 + exp(-x)), mpf(40)),
        ("gaussianHalf", 0, inf, [], lambda x: exp(-x * x), sqrt(pi) / 2),
        ("gammaHalf", 0, inf, [], lambda x: exp(-x) / sqrt(x), sqrt(pi)),
        ("logExponential", 0, inf, [], lambda x: log(x) * exp(-x), -euler),
        ("rational", 1, inf, [], lambda x: x ** mpf("-1.5"), mpf(2)),
        ("gaussianBelow", -inf, 1, [], lambda x: exp(-x * x / 2), sqrt(pi / 2) * (1 + erf(1 / sqrt(2)))),
        ("gaussianLine", -inf, inf, [], lambda x: exp(-x * x / 2), sqrt(2 * pi)),
        ("cauchyLine", -inf, inf, [], lambda x: 1 / (1 + x * x), pi),
        ("cosineGaussian", -inf, inf, [], lambda x: mp.cos(3 * x) * exp(-x * x), sqrt(pi) * exp(mpf(-9) / 4)),
    ]
    cases = []
    for name, low, high, cuts, function, closed in table:
        if closed is None:
            closed = mp.quad(function, [low, *cuts, high])
        cases.append(
            {
                "name": name,
                "lower": bound(low),
                "upper": bound(high),
                "points": [number(c) for c in cuts],
                "value": number(closed),
            }
        )
    return cases


def genz_factor(name, a, u):
    """The integral over (0, 1) of one factor of Genz's function; for the two that are no products, None."""
    a, u = mpf(a), mpf(u)
    if name == "productPeak":
        return a * (mp.atan(a * (1 - u)) + mp.atan(a * u))
    if name == "gaussian":
        return sqrt(pi) / (2 * a) * (erf(a * (1 - u)) + erf(a * u))
    if name == "continuous":
        return (2 - exp(-a * u) - exp(-a * (1 - u))) / a
    if name == "discontinuous":
        return (exp(a * u) - 1) / a
    return None


def genz_value(name, a, u):
    """Genz (1984), over the unit cube; the discontinuous one is zero where any x_i > u_i."""
    a = [mpf(v) for v in a]
    u = [mpf(v) for v in u]
    d = len(a)
    if name == "oscillatory":
        # cos(2 pi u1 + sum a x): the real part of a product.
        value = mp.expj(2 * pi * u[0])
        for c in a:
            value *= (mp.expj(c) - 1) / (mpc(0, 1) * c)
        return value.real
    if name == "cornerPeak":
        # (1 + sum a x)^-(d + 1), by inclusion and exclusion over the corners.
        total = mpf(0)
        for corner in range(2**d):
            chosen = [a[i] for i in range(d) if corner >> i & 1]
            total += (-1) ** len(chosen) / (1 + sum(chosen, mpf(0)))
        return total / (mp.factorial(d) * mp.fprod(a))
    return mp.fprod(genz_factor(name, c, w) for c, w in zip(a, u))


mpc = mp.mpc


def genz_function(name, a, u):
    a, u = mpf(a), mpf(u)
    return {
        "oscillatory": lambda x: mp.cos(2 * pi * u + a * x),
        "productPeak": lambda x: 1 / (1 / a**2 + (x - u) ** 2),
        "cornerPeak": lambda x: (1 + a * x) ** -2,
        "gaussian": lambda x: exp(-((a * (x - u)) ** 2)),
        "continuous": lambda x: exp(-a * abs(x - u)),
        "discontinuous": lambda x: exp(a * x) if x <= u else mpf(0),
    }[name]


def genz():
    names = ["oscillatory", "productPeak", "cornerPeak", "gaussian", "continuous", "discontinuous"]
    cases = []
    for name in names:
        for a, u in [([5], [0.3]), ([5, 3], [0.3, 0.6]), ([2, 3, 1, 2], [0.3, 0.6, 0.5, 0.4])]:
            value = genz_value(name, a, u)
            if len(a) == 1:
                check = mp.quad(genz_function(name, a[0], u[0]), [0, mpf(u[0]), 1])
                assert abs(check - value) < mpf(10) ** -20, (name, check, value)
            cases.append({"family": name, "a": a, "u": u, "value": number(value)})
    return cases


def rule_case(name, n, roots, weights, **parameters):
    order = sorted(range(n), key=lambda i: roots[i])
    return {
        "name": name,
        "points": n,
        "parameters": parameters,
        "nodes": [number(roots[i]) for i in order],
        "weights": [number(weights[i]) for i in order],
    }


def golub_welsch(n, diagonal, off_diagonal, mass):
    """Nodes and weights from the Jacobi matrix, in many digits."""
    matrix = mp.zeros(n)
    for i in range(n):
        matrix[i, i] = diagonal(i)
        if i > 0:
            matrix[i, i - 1] = matrix[i - 1, i] = off_diagonal(i)
    values, vectors = mp.eigsy(matrix)
    return list(values), [mass * vectors[0, i] ** 2 for i in range(n)]


def rules():
    cases = []
    for n in (1, 2, 5, 20, 33):
        nodes, weights = golub_welsch(
            n, lambda i: mpf(0), lambda i: mpf(i) / sqrt(4 * mpf(i) ** 2 - 1), mpf(2)
        )
        cases.append(rule_case("legendre", n, nodes, weights))
    for n in (1, 5, 20, 33):
        nodes, weights = golub_welsch(n, lambda i: mpf(0), lambda i: sqrt(mpf(i) / 2), sqrt(pi))
        cases.append(rule_case("hermite", n, nodes, weights))
    for n, alpha in ((1, 0), (5, 0), (20, 0.5)):
        al = mpf(alpha)
        nodes, weights = golub_welsch(
            n, lambda i: 2 * i + 1 + al, lambda i: sqrt(i * (i + al)), mp.gamma(1 + al)
        )
        cases.append(rule_case("laguerre", n, nodes, weights, alpha=alpha))
    for n, alpha, beta in ((5, 0.5, -0.25), (20, 1.5, 2)):
        al, be = mpf(alpha), mpf(beta)

        def diagonal(i):
            if i == 0:
                return (be - al) / (al + be + 2)
            return (be**2 - al**2) / ((2 * i + al + be) * (2 * i + al + be + 2))

        def off_diagonal(i):
            s = 2 * i + al + be
            if i == 1:
                return sqrt(4 * (1 + al) * (1 + be) / (s**2 * (s + 1)))
            return sqrt(4 * i * (i + al) * (i + be) * (i + al + be) / (s**2 * (s + 1) * (s - 1)))

        mass = mpf(2) ** (al + be + 1) * mp.beta(al + 1, be + 1)
        nodes, weights = golub_welsch(n, diagonal, off_diagonal, mass)
        cases.append(rule_case("jacobi", n, nodes, weights, alpha=alpha, beta=beta))
    for n in (1, 8):
        nodes = [mp.cos((2 * k - 1) * pi / (2 * n)) for k in range(1, n + 1)]
        cases.append(rule_case("chebyshev", n, nodes, [pi / n] * n))
        angles = [k * pi / (n + 1) for k in range(1, n + 1)]
        cases.append(
            rule_case(
                "chebyshevSecondKind",
                n,
                [mp.cos(t) for t in angles],
                [pi / (n + 1) * mp.sin(t) ** 2 for t in angles],
            )
        )
    return cases


def unnormalized():
    """Means of x and x^2 and log of the integral."""
    table = [
        ("normal", -inf, inf, [], lambda x: -x * x / 2),
        ("quartic", -inf, inf, [0], lambda x: -(x**4) + x),
        ("narrow", -inf, inf, [mpf("99.99"), 100, mpf("100.01")], lambda x: -5e5 * (x - 100) ** 2),
        ("gammaHalf", 0, inf, [], lambda x: -log(x) / 2 - x),
        ("twoModes", -inf, inf, [-3, 0, 4], lambda x: log(exp(-2 * (x + 3) ** 2) + 2 * exp(-8 * (x - 4) ** 2))),
        ("betaHalf", 0, 1, [], lambda x: -log(x) / 2 + 3 * log(1 - x)),
        ("poissonPosterior", -inf, inf, [2], lambda x: 7 * x - exp(x) - x * x / 18),
    ]
    cases = []
    for name, low, high, cuts, function in table:
        # exp(exp(x)) has no end to its digits.
        places = [-60, *cuts, 12] if name == "poissonPosterior" else [low, *cuts, high]
        if name == "narrow":
            value = (sqrt(2 * pi) / 1000, mpf(100), mpf(10000) + mpf(10) ** -6)
        else:
            mass = mp.quad(lambda x: exp(function(x)), places)
            value = (
                mass,
                mp.quad(lambda x: x * exp(function(x)), places) / mass,
                mp.quad(lambda x: x * x * exp(function(x)), places) / mass,
            )
        cases.append(
            {
                "name": name,
                "lower": bound(low),
                "upper": bound(high),
                "log_evidence": number(log(value[0])),
                "mean": number(value[1]),
                "second_moment": number(value[2]),
            }
        )
    return cases


def normal_means():
    """E[cos(w . x)] and E[exp(w . x)] under N(m, S): closed forms."""
    mean = [mpf("0.5"), mpf(-1), mpf(2), mpf("0.25")]
    factor = [
        [mpf(1), 0, 0, 0],
        [mpf("0.5"), mpf("0.75"), 0, 0],
        [mpf("-0.25"), mpf("0.5"), mpf("1.5"), 0],
        [mpf("0.125"), mpf("-0.5"), mpf("0.25"), mpf("0.5")],
    ]
    weights = [mpf("0.5"), mpf("-0.25"), mpf("0.5"), mpf(1)]
    cases = []
    for d in (1, 2, 3, 4):
        z = [sum(factor[i][k] * weights[i] for i in range(d)) for k in range(d)]
        variance = sum(v * v for v in z)
        center = sum(weights[i] * mean[i] for i in range(d))
        cases.append(
            {
                "mean": [number(v) for v in mean[:d]],
                "factor": [[number(v) for v in row[:d]] for row in factor[:d]],
                "weights": [number(v) for v in weights[:d]],
                "cosine": number(mp.cos(center) * exp(-variance / 2)),
                "exponential": number(exp(center + variance / 2)),
            }
        )
    return cases


def main():
    mp.dps = 30
    data = {
        "source": f"Scripts/reference/quadrature.py, mpmath {mpmath.__version__}",
        "integrals": integrals(),
        "genz": genz(),
        "rules": rules(),
        "unnormalized": unnormalized(),
        "normal_means": normal_means(),
    }
    common.write("quadrature.json", data)


if __name__ == "__main__":
    main()
