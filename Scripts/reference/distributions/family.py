"""What the scripts of this folder share: they write one Tests/Reference/distributions/<Name>.json for
each family, from formulas evaluated with many digits and rounded once at the end.

A formula is a function of (x, parameters), all mpmath numbers made exactly from the doubles that are
stored beside the results. Partial derivatives are those of the log density, by mpmath's numerical
differentiation at the same precision.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mpmath
from mpmath import mp, mpf

import common


def number(value):
    """A double as JSON takes it; infinities and NaN as strings."""
    value = float(value)
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return value


class Family:
    """A univariate family.

    log_density, cdf, survival: functions of (x, **parameters). Without cdf or survival the values are
    left out. mean, variance: functions of (**parameters); None leaves them out.
    whole: names of parameters without partials (numbers of trials and such).
    is_discrete: the value has no partial.
    """

    def __init__(
        self, name, log_density, cdf=None, survival=None, mean=None, variance=None,
        whole=(), is_discrete=False, digits=60, partials=True,
    ):
        self.name = name
        self.log_density, self.cdf, self.survival = log_density, cdf, survival
        self.mean, self.variance = mean, variance
        self.whole, self.is_discrete = whole, is_discrete
        self.digits, self.has_partials = digits, partials
        self.cases = []

    def add(self, parameters, xs, partials=None):
        """Adds a member with its points; partials=False leaves them out (of log densities that are
        too costly to differentiate)."""
        mp.dps = self.digits
        exact = {k: mpf(v) for k, v in parameters.items()}
        points = []
        for x in xs:
            point = {"x": number(x)}
            if x in (float("inf"), float("-inf")):
                raise ValueError("points are finite")
            u = int(x) if self.is_discrete else mpf(x)
            value = self.log_density(u, **exact)
            point["log_density"] = number(value)
            if self.cdf:
                point["cdf"] = number(self.cdf(u, **exact))
            if self.survival:
                point["survival"] = number(self.survival(u, **exact))
            wanted = self.has_partials if partials is None else partials
            if wanted and mpmath.isfinite(value):
                point["partials"] = self.partials(u, exact)
            points.append(point)
        case = {"parameters": {k: number(v) for k, v in parameters.items()}, "points": points}
        for key, moment in (("mean", self.mean), ("variance", self.variance)):
            if moment:
                case[key] = number(moment(**exact))
        self.cases.append(case)

    def partials(self, u, exact):
        result = {}
        names = [k for k in exact if k not in self.whole]
        for name in names + ([] if self.is_discrete else ["value"]):
            if name == "value":
                at, function = u, lambda t: self.log_density(t, **exact)
            else:
                at, function = exact[name], lambda t: self.log_density(u, **{**exact, name: t})
            # One step, relative to where it is taken: the error is h^2 times a third derivative.
            # A step beside a tiny value must not vanish beside the other terms.
            far = 0 if at == 0 else int(abs(mp.log10(abs(at))))
            with mp.workdps(3 * self.digits + 2 * far):
                h = mpf(10) ** (-self.digits // 2) * (abs(at) if at != 0 else 1)
                slope = (function(at + h) - function(at - h)) / (2 * h)
            result[name] = number(slope)
        return result

    def write(self):
        common.write(
            f"distributions/{self.name}.json",
            {
                "source": f"Scripts/reference/distributions, mpmath {mpmath.__version__}",
                "cases": self.cases,
            },
        )


# Special functions with both tails good to the working precision, relative.


def gamma_tails(shape, x):
    """(P, Q) of the regularised incomplete gamma function, each to relative precision."""
    if x <= 0:
        return mpf(0), mpf(1)
    with mp.extraprec(64):
        if x < shape + 1:
            term = total = mpf(1)
            n = 0
            while term > total * mp.eps or shape + n < x:
                n += 1
                term *= x / (shape + n)
                total += term
            p = total * mp.exp(shape * mp.log(x) - x - mp.loggamma(shape + 1))
            if p < mpf(1) / 2 or shape < 1000:
                q = 1 - p if p < mpf("0.999") else mp.gammainc(shape, x, mp.inf, regularized=True)
            else:
                q = 1 - p
            return p, q
        # Lentz's continued fraction of the upper tail.
        tiny = mpf(10) ** -1000
        b = x + 1 - shape
        c, d = 1 / tiny, 1 / b
        h = d
        i = 0
        while True:
            i += 1
            a = -i * (i - shape)
            b += 2
            d = 1 / (a * d + b)
            c = b + a / c
            h *= c * d
            if abs(c * d - 1) < mp.eps:
                break
        q = h * mp.exp(shape * mp.log(x) - x - mp.loggamma(shape))
        return 1 - q, q


def beta_tails(a, b, x, y=None):
    """(I, 1 - I) of the regularised incomplete beta function at x, with y = 1 - x."""
    y = 1 - x if y is None else y
    if x <= 0:
        return mpf(0), mpf(1)
    if y <= 0:
        return mpf(1), mpf(0)
    if x > (a + 1) / (a + b + 2):
        q, p = beta_tails(b, a, y, x)
        return p, q
    with mp.extraprec(64):
        # The continued fraction of NIST DLMF 8.17.22, by Lentz's method.
        log_front = a * mp.log(x) + b * mp.log(y) - mp.log(a)
        log_front -= mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
        tiny = mpf(10) ** -1000
        c = mpf(1)
        d = 1 - (a + b) * x / (a + 1)
        d = 1 / (d if d != 0 else tiny)
        h = d
        m = 0
        while True:
            m += 1
            step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / (1 + step * d)
            c = 1 + step / c
            h *= d * c
            step = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / (1 + step * d)
            c = 1 + step / c
            h *= d * c
            if abs(d * c - 1) < mp.eps:
                break
        p = mp.exp(log_front) * h
        return p, 1 - p


def normal_tails(z):
    return mp.erfc(-z / mp.sqrt(2)) / 2, mp.erfc(z / mp.sqrt(2)) / 2


# A value z standard deviations from the center, as the double that is stored.
def spread(center, width, scores):
    return [center + width * z for z in scores]
