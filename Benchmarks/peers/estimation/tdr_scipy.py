"""Set-up times and nanoseconds a draw of SciPy's universal generators (UNU.RAN): transformed density
rejection and numerical inversion, at their defaults: tdr_scipy.py [N] (default 10^6). One JSON
object of processor times: the median of nine set-ups, and of seven runs for the draws."""
import json
import math
import statistics
import sys
import time

import numpy as np
from scipy.stats import sampling

count = int(sys.argv[1]) if len(sys.argv) > 1 else 10**6


class Density:
    """Plain Python on floats: what UNU.RAN calls back, and cheaper than NumPy's functions there."""

    def __init__(self, pdf, dpdf):
        self.pdf, self.dpdf = pdf, dpdf


# The truncated normal is N(0, 1) beyond 8, relative to its density there.
rows = {
    "normal": (
        Density(lambda x: math.exp(-x * x / 2), lambda x: -x * math.exp(-x * x / 2)),
        (-math.inf, math.inf), 0.0),
    "gamma": (
        Density(lambda x: x**1.5 * math.exp(-x) if x > 0 else 0.0,
                lambda x: (1.5 * x**0.5 - x**1.5) * math.exp(-x) if x > 0 else 0.0),
        (0, math.inf), 1.5),
    "beta": (
        Density(lambda x: x * (1 - x) ** 2, lambda x: (1 - x) ** 2 - 2 * x * (1 - x)),
        (0, 1), 1 / 3),
    "logistic": (
        Density(lambda x: math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2,
                lambda x: -math.tanh(x / 2) * math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2),
        (-math.inf, math.inf), 0.0),
    "normal_tail": (
        Density(lambda x: math.exp((64 - x * x) / 2), lambda x: -x * math.exp((64 - x * x) / 2)),
        (8, math.inf), 8.0),
    "quartic": (
        Density(lambda x: math.exp(-x**4), lambda x: -4 * x**3 * math.exp(-x**4)),
        (-math.inf, math.inf), 0.0),
}


def median(runs, body):
    times = []
    for _ in range(runs):
        start = time.process_time()
        body()
        times.append(time.process_time() - start)
    return statistics.median(times)


def measure(make):
    setup = median(9, make)
    sampler = make()
    return {
        "setup_us": round(setup * 1e6, 1),
        "ns": round(median(7, lambda: sampler.rvs(count)) / count * 1e9, 2),
    }


result = {"system": "SciPy", "rejection": {}, "inversion": {}}
for name, (density, domain, mode) in rows.items():
    result["rejection"][name] = measure(
        lambda: sampling.TransformedDensityRejection(
            density, mode=mode, domain=domain, random_state=np.random.default_rng(1)))
    center = mode if mode > domain[0] else mode + 0.1
    result["inversion"][name] = measure(
        lambda: sampling.NumericalInversePolynomial(
            density, center=center, domain=domain, random_state=np.random.default_rng(1)))
print(json.dumps(result))
