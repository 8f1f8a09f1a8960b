"""Reference Pareto shape estimates of importance weights, as ArviZ computes them.

The log weights of the "pareto" cases follow from their parameters:
lw_i = -k log((i - 1/2) / S), i = 1 ... S. Those of the "gaussian" cases,
s times a normal quantile, are stored.
Writes Tests/Reference/pareto_k.json.
"""

import sys

sys.dont_write_bytecode = True

import math
import warnings

import mpmath
import numpy
from mpmath import mp, mpf

warnings.simplefilter("ignore")
import arviz

import common


def estimates(log_weights):
    _, k_hat = arviz.psislw(numpy.array(log_weights))
    # The ratio does not depend on the weights' common factor.
    largest = max(log_weights)
    weights = [math.exp(v - largest) for v in log_weights]
    size = math.fsum(weights) ** 2 / math.fsum(w * w for w in weights)
    return {"k_hat": float(k_hat), "effective_sample_size": size}


def pareto(k, size):
    log_weights = [-k * math.log((i - 0.5) / size) for i in range(1, size + 1)]
    return {"family": "pareto", "k": k, "size": size, **estimates(log_weights)}


def normal_quantile(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def gaussian(s, size):
    log_weights = [
        float(mpf(s) * normal_quantile((mpf(i) - mpf(1) / 2) / size)) for i in range(1, size + 1)
    ]
    return {
        "family": "gaussian",
        "s": s,
        "size": size,
        "log_weights": log_weights,
        **estimates(log_weights),
    }


def main():
    mp.dps = 60
    cases = [pareto(k, size) for size in (100, 1000, 20000) for k in (0.1, 0.3, 0.5, 0.7, 0.9, 1.2)]
    cases += [gaussian(s, 100) for s in (0.5, 2.0)]
    versions = f"arviz {arviz.__version__}, numpy {numpy.__version__}, mpmath {mpmath.__version__}"
    data = {"source": f"Scripts/reference/pareto_k.py, {versions}", "cases": cases}
    common.write("pareto_k.json", data)


if __name__ == "__main__":
    main()
