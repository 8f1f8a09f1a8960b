"""The Python package vegas on Genz's six families: vegas_genz.py [NEVAL] [NITN] [REPETITIONS] [TRAINING]
(default 1000 10 200 0). One JSON object: for each family and dimension 1, 2, 5, 10 the exact value, the root
mean square of the actual error, the mean and the root mean square of the stated one, how often 95 % intervals
cover, and the mean number of evaluations.

TRAINING iterations come before the NITN that count; their evaluations are counted. The parameters are those of
VegasGenz.swift: a_i = h (2 i - 1) / d^2 with sum h = 9, 7.25, 1.85, 7.03, 20.4, 4.3 (Barthelmann, Novak and
Ritter, Adv. Comput. Math. 12 (2000), doi:10.1023/A:1018977404843), u_i = the fractional part of i / phi.
"""
import json
import math
import sys

import gvar
import numpy as np
import vegas

FAMILIES = ["oscillatory", "product peak", "corner peak", "Gaussian", "continuous", "discontinuous"]
DIFFICULTY = [9.0, 7.25, 1.85, 7.03, 20.4, 4.3]
DIMENSIONS = [1, 2, 5, 10]


def parameters(family, d):
    i = np.arange(1, d + 1)
    a = DIFFICULTY[FAMILIES.index(family)] * (2 * i - 1) / d**2
    u = i * ((math.sqrt(5) - 1) / 2) % 1
    return a, u


def integrand(family, d):
    a, u = parameters(family, d)

    def f(x):
        if family == "oscillatory":
            return np.cos(2 * math.pi * u[0] + x @ a)
        if family == "product peak":
            return np.prod(1 / (a**-2 + (x - u) ** 2), axis=1)
        if family == "corner peak":
            return (1 + x @ a) ** -(d + 1)
        if family == "Gaussian":
            return np.exp(-((x - u) ** 2) @ a**2)
        if family == "continuous":
            return np.exp(-np.abs(x - u) @ a)
        inside = np.all(x[:, :2] <= u[:2], axis=1)
        return np.where(inside, np.exp(x @ a), 0.0)

    return vegas.lbatchintegrand(f)


def exact(family, d):
    a, u = parameters(family, d)
    if family == "oscillatory":
        return math.cos(2 * math.pi * u[0] + a.sum() / 2) * np.prod(2 * np.sin(a / 2) / a)
    if family == "product peak":
        return np.prod(a * (np.arctan(a * (1 - u)) + np.arctan(a * u)))
    if family == "corner peak":
        total = math.fsum(
            (-1) ** bin(s).count("1") / (1 + sum(a[k] for k in range(d) if s >> k & 1))
            for s in range(2**d))
        return total / (math.factorial(d) * np.prod(a))
    if family == "Gaussian":
        return math.prod(
            math.sqrt(math.pi) / (2 * ai) * (math.erf(ai * (1 - ui)) + math.erf(ai * ui))
            for ai, ui in zip(a, u))
    if family == "continuous":
        return np.prod((2 - np.exp(-a * u) - np.exp(-a * (1 - u))) / a)
    return np.prod(np.expm1(a[:2] * u[:2]) / a[:2]) * np.prod(np.expm1(a[2:]) / a[2:])


def measure(family, d, neval, nitn, repetitions, training):
    f, truth = integrand(family, d), exact(family, d)
    errors, stated, evaluations = [], [], 0
    for repetition in range(repetitions):
        gvar.ranseed(repetition + 1)
        integrator = vegas.Integrator(d * [[0, 1]])
        if training > 0:
            evaluations += integrator(f, nitn=training, neval=neval).sum_neval
        result = integrator(f, nitn=nitn, neval=neval)
        evaluations += result.sum_neval
        errors.append(result.mean - truth)
        stated.append(result.sdev)
    errors, stated = np.array(errors), np.array(stated)
    return {
        "family": family, "dimension": d, "exact": float(truth),
        "rmsError": float(np.sqrt(np.mean(errors**2))), "meanStated": float(np.mean(stated)),
        "rmsStated": float(np.sqrt(np.mean(stated**2))),
        "covered95": float(np.mean(np.abs(errors) <= 1.959964 * stated)),
        "evaluations": float(evaluations / repetitions),
    }


arguments = [int(argument) for argument in sys.argv[1:]]
neval, nitn, repetitions, training = arguments + [1000, 10, 200, 0][len(arguments):]
print(json.dumps({
    "system": "vegas " + vegas.__version__, "perIteration": neval, "iterations": nitn,
    "training": training, "repetitions": repetitions,
    "rows": [
        measure(family, d, neval, nitn, repetitions, training)
        for family in FAMILIES for d in DIMENSIONS
    ],
}))
