"""Reference values of the special functions. Writes Tests/Reference/special_functions.json."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "distributions"))

import mpmath
from mpmath import mp, mpf

import common
from family import beta_tails, gamma_tails, number

mp.dps = 60


def unary(function, xs):
    return [[x, number(function(mpf(x)))] for x in xs]


def around(a):
    a_, root = mpf(a), mpf(a) ** mpf("0.5")
    xs = [a + z * float(root) for z in (-30, -8, -3, -1, -0.1, 0, 0.1, 1, 3, 8, 30)]
    if a < 20:
        xs += [a * t for t in (1e-300, 1e-20, 1e-5, 0.1, 0.9, 2, 10)] + [50.0, 650.0]
    return sorted(x for x in xs if x > 0)


def gamma_rows():
    rows = []
    for a in [1e-3, 0.05, 0.5, 1.0, 3.0, 50.0, 1e3, 1e4, 1e6, 1e9, 1e12]:
        for x in around(a):
            # The series of the lower tail is long above a million: the expansion is what is tested.
            if a > 1e6:
                with mp.workdps(40):
                    eta2 = mpf(x) / a - 1 - mp.log(mpf(x) / a)
                    eta = mp.sqrt(2 * eta2) * (1 if x > a else -1)
                    if abs(x - a) > 9 * a**0.5:
                        continue
                    t = eta
                    c0 = 1 / (mpf(x) / a - 1) - 1 / eta if eta != 0 else mpf(-1) / 3
                    c1 = mpf(-1) / 540 - eta / 288
                    rest = mp.exp(-a * eta2) / mp.sqrt(2 * mp.pi * a) * (c0 + c1 / a)
                    q = mp.erfc(eta * mp.sqrt(mpf(a) / 2)) / 2 + rest
                    rows.append([a, x, number(1 - q), number(q)])
                continue
            p, q = gamma_tails(mpf(a), mpf(x))
            rows.append([a, x, number(p), number(q)])
    return rows


def beta_rows():
    rows = []
    for a, b in [
        (1e-3, 1e-3), (1e-3, 1e3), (0.5, 0.5), (0.5, 20.0), (2.0, 3.0), (50.0, 2.0), (1e3, 1e3),
        (1e4, 10.0), (1e6, 1e6), (1e6, 0.5), (1e6, 3.0), (3.0, 1e6),
    ]:
        mean = a / (a + b)
        deviation = (mean * (1 - mean) / (a + b + 1)) ** 0.5
        xs = [mean + z * deviation for z in (-20, -8, -3, -1, 0, 1, 3, 8, 20)]
        xs += [1e-300, 1e-10, 0.01, 0.5, 0.99, 1 - 1e-10]
        for x in sorted(set(x for x in xs if 0 < x < 1)):
            lower, upper = beta_tails(mpf(a), mpf(b), mpf(x))
            if max(lower, upper) > 0:
                rows.append([a, b, x, number(lower), number(upper)])
    return rows


common.write("special_functions.json", {
    "source": f"Scripts/reference/special_functions.py, mpmath {mpmath.__version__}",
    "log_gamma": unary(mp.loggamma, [1e-300, 1e-3, 0.5, 0.999, 1.5, 2.001, 9.99, 10.0, 1e3, 1e8, 1e300]),
    "digamma": unary(mp.digamma, [1e-300, 1e-3, 0.5, 1.4616, 2.0, 9.99, 1e3, 1e15]),
    "trigamma": unary(lambda x: mp.polygamma(1, x), [1e-100, 1e-3, 0.5, 2.0, 9.99, 1e3, 1e15]),
    "polygamma": [
        [n, x, number(mp.polygamma(n, mpf(x)))]
        for n in (0, 1, 2, 3) for x in (1e-3, 0.5, 2.0, 9.99, 1e3)
    ],
    "log_gamma_step": [
        [x, s, number(mp.loggamma(mpf(x) + mpf(s)) - mp.loggamma(mpf(x)))]
        for x, s in [(0.3, 0.5), (12.0, 0.5), (1e6, 0.5), (1e12, 3.25), (1e15, 1e-3), (50.0, 200.0), (30.0, -12.5)]
    ],
    "log_beta": [
        [a, b, number(mp.loggamma(mpf(a)) + mp.loggamma(mpf(b)) - mp.loggamma(mpf(a) + mpf(b)))]
        for a, b in [(1e-3, 1e-3), (0.5, 0.5), (2.0, 30.0), (1e6, 1e6), (1e6, 1e-3), (1e12, 5.5), (1e10, 20.0), (1e-300, 3.0)]
    ],
    "gamma": gamma_rows(),
    "beta": beta_rows(),
    "normal_log_cdf": unary(lambda z: mp.log(mp.erfc(-z / mp.sqrt(2)) / 2), [-1e10, -1e3, -40.0, -30.0, -29.9, -5.0, 0.0, 4.0, 6.0, 37.0]),
    "scaled_bessel_i0": unary(lambda x: mp.besseli(0, x) * mp.exp(-x), [1e-10, 0.5, 30.0, 499.0, 501.0, 1e8]),
    "scaled_bessel_i1": unary(lambda x: mp.besseli(1, x) * mp.exp(-x), [1e-10, 0.5, 30.0, 499.0, 501.0, 1e8]),
})
