"""Reference polynomial fits: an ill-conditioned least-squares fit and a
conjugate Bayesian fit, with matrices of many digits.

Writes Tests/Reference/polynomials.json.
"""

import sys

sys.dont_write_bytecode = True

import math

import mpmath
from mpmath import mp, mpf

import common

DIGITS = 120


def floats(values):
    return [float(v) for v in values]


def column(values):
    return mpmath.matrix([mpf(v) for v in values])


def ill_conditioned():
    """A degree 10 fit over [-9, -3], in the style of NIST's Filip."""
    degree, n = 10, 82
    xs, ys = [], []
    for i in range(n):
        x = -9 + 6 * (i + 0.3 * math.sin(i)) / 81
        x = round(min(max(x, -9.0), -3.0), 6)
        u = (x + 6) / 3
        y = 0.83 + 0.07 * u - 0.02 * u * u + 0.01 * math.cos(10 * math.acos(u))
        xs.append(x)
        ys.append(round(y + 0.003 * math.sin(7.3 * i * i + 1), 4))

    p = degree + 1
    design = mpmath.matrix([[mpf(x) ** k for k in range(p)] for x in xs])
    y = column(ys)
    normal_matrix = design.T * design
    inverse = normal_matrix**-1
    coefficients = inverse * (design.T * y)
    residuals = y - design * coefficients
    rss = mpmath.fsum(r * r for r in residuals)
    variance = rss / (n - p)
    eigenvalues = mpmath.eigsy(normal_matrix, eigvals_only=True)
    condition = mp.sqrt(max(eigenvalues) / min(eigenvalues))
    return {
        "degree": degree,
        "x": xs,
        "y": ys,
        "coefficients": floats(coefficients),
        "standard_errors": floats(mp.sqrt(variance * inverse[k, k]) for k in range(p)),
        "residual_sum_of_squares": float(rss),
        "raw_condition_number": float(condition),
    }


def legendre_coefficients(degree):
    """Row k: sqrt(2k+1) P_k(t) in powers of t, lowest first."""
    rows = [[mpf(1)], [mpf(0), mpf(1)]]
    for k in range(1, degree):
        following = [mpf(0)] * (k + 2)
        for j, c in enumerate(rows[k]):
            following[j + 1] += (2 * k + 1) * c / (k + 1)
        for j, c in enumerate(rows[k - 1]):
            following[j] -= k * c / (k + 1)
        rows.append(following)
    return [
        [mp.sqrt(2 * k + 1) * c for c in row] + [mpf(0)] * (degree - k)
        for k, row in enumerate(rows[: degree + 1])
    ]


class BayesianPolynomial:
    """y = mean + sd z, z = sum theta_k phi_k(t) + noise; normal-inverse-gamma prior:
    theta | v ~ N(0, prior_sd^2 v I), v ~ InverseGamma(shape, scale)."""

    def __init__(self, xs, ys, degree, prior_sd, shape, scale):
        n, p = len(xs), degree + 1
        x, y = [mpf(v) for v in xs], [mpf(v) for v in ys]
        self.p = p
        self.low, self.high = min(x), max(x)
        self.mean = mpmath.fsum(y) / n
        self.sd = mp.sqrt(mpmath.fsum((v - self.mean) ** 2 for v in y) / (n - 1))
        self.rows = legendre_coefficients(degree)
        z = mpmath.matrix([(v - self.mean) / self.sd for v in y])
        design = mpmath.matrix([self.basis(v) for v in x])

        prior_precision = mpmath.eye(p) / mpf(prior_sd) ** 2
        precision = design.T * design + prior_precision
        self.covariance = precision**-1
        self.theta = self.covariance * (design.T * z)
        square = (z.T * z)[0] - (self.theta.T * precision * self.theta)[0]
        a, b = mpf(shape), mpf(scale)
        self.a = a + mpf(n) / 2
        self.b = b + square / 2
        self.log_evidence = (
            -mpf(n) / 2 * mp.log(2 * mp.pi)
            + (mp.log(mpmath.det(prior_precision)) - mp.log(mpmath.det(precision))) / 2
            + a * mp.log(b)
            - self.a * mp.log(self.b)
            + mp.loggamma(self.a)
            - mp.loggamma(a)
            - n * mp.log(self.sd)
        )

    def scaled(self, x):
        return (2 * mpf(x) - (self.low + self.high)) / (self.high - self.low)

    def basis(self, x):
        t = self.scaled(x)
        return [mpmath.fsum(c * t**j for j, c in enumerate(row)) for row in self.rows]

    def powers_of_x(self):
        """The matrix from theta to the coefficients of powers of x, without the offset."""
        slope = 2 / (self.high - self.low)
        offset = -(self.low + self.high) / (self.high - self.low)
        p = self.p
        # powers[j][i]: coefficient of x^i in t^j = (offset + slope x)^j
        powers = [
            [
                mp.binomial(j, i) * offset ** (j - i) * slope**i if i <= j else mpf(0)
                for i in range(p)
            ]
            for j in range(p)
        ]
        transform = mpmath.matrix(p, p)
        for i in range(p):
            for k in range(p):
                transform[i, k] = mpmath.fsum(self.rows[k][j] * powers[j][i] for j in range(p))
        return transform

    def coefficients(self):
        transform = self.powers_of_x()
        values = [self.sd * v for v in transform * self.theta]
        values[0] += self.mean
        spread = transform * self.covariance * transform.T
        factor = self.sd**2 * self.b / (self.a - 1)
        return values, [mp.sqrt(factor * spread[i, i]) for i in range(self.p)]

    def predictive(self, x, y):
        phi = mpmath.matrix(self.basis(x))
        mean = self.mean + self.sd * (phi.T * self.theta)[0]
        scale = self.sd * mp.sqrt(self.b / self.a * (1 + (phi.T * self.covariance * phi)[0]))
        nu = 2 * self.a
        t = (mpf(y) - mean) / scale
        log_density = (
            mp.loggamma((nu + 1) / 2)
            - mp.loggamma(nu / 2)
            - mp.log(nu * mp.pi) / 2
            - (nu + 1) / 2 * mp.log1p(t * t / nu)
            - mp.log(scale)
        )
        tail = mp.betainc(nu / 2, mpf(1) / 2, 0, nu / (nu + t * t), regularized=True) / 2
        return {
            "x": x,
            "y": y,
            "degrees_of_freedom": float(nu),
            "mean": float(mean),
            "scale": float(scale),
            "log_density": float(log_density),
            "cdf": float(tail if t < 0 else 1 - tail),
        }


def bayes():
    degree, prior_sd, shape, scale = 3, 1.7, 1.0, 0.1
    xs = [2.0, 2.31, 2.9, 3.17, 3.75, 4.02, 4.66, 5.1, 5.43, 6.08, 6.61, 7.0]
    ys = [10.9, 51.7, 111.9, 125.0, 149.3, 133.1, 127.0, 97.5, 93.4, 64.1, 103.3, 132.7]
    fit = BayesianPolynomial(xs, ys, degree, prior_sd, shape, scale)
    coefficients, errors = fit.coefficients()
    new = [(2.0, 12.0), (3.5, 141.5), (4.8, 60.0), (6.9, 156.25), (8.5, 430.0)]
    return {
        "x": xs,
        "y": ys,
        "degree": degree,
        "prior_sd": prior_sd,
        "noise_shape": shape,
        "noise_scale": scale,
        "log_evidence": float(fit.log_evidence),
        "coefficients": floats(coefficients),
        "standard_errors": floats(errors),
        "map_noise_sd": float(fit.sd * mp.sqrt(fit.b / (fit.a + mpf(fit.p) / 2 + 1))),
        "predictive": [fit.predictive(x, y) for x, y in new],
        "evidence_by_prior_sd": [
            {
                "prior_sd": s,
                "log_evidence": float(
                    BayesianPolynomial(xs, ys, degree, s, shape, scale).log_evidence
                ),
            }
            for s in (0.1, 0.3, 1.0, 3.0, 10.0)
        ],
    }


def main():
    mp.dps = DIGITS
    data = {
        "source": f"Scripts/reference/polynomials.py, mpmath {mpmath.__version__}",
        "ill_conditioned": ill_conditioned(),
        "bayes": bayes(),
    }
    common.write("polynomials.json", data)


if __name__ == "__main__":
    main()
