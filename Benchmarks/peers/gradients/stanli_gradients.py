"""Microseconds for one log density with its gradient in stanli: stanli_gradients.py DATA PROGRAMS LOOP

DATA has NAME.json, PROGRAMS a NAME.stan for each that is to be measured, LOOP is loop.c as a shared library.
One JSON object; a program that stanli does not take is left out, with the reason on standard error.
"""
import ctypes
import json
import math
import os
import statistics
import sys

import numpy
import stanli

data, programs, library = sys.argv[1:]
loop = ctypes.CDLL(library).seconds_per_gradient
loop.restype = ctypes.c_double
doubles = ctypes.POINTER(ctypes.c_double)
rows = {}
for file in sorted(os.listdir(programs)):
    name, kind = os.path.splitext(file)
    path = os.path.join(data, name + ".json")
    if kind != ".stan" or not os.path.exists(path):
        continue
    try:
        model = stanli.Model(os.path.join(programs, file), data=path)
        count = model.n_unconstrained
        q = numpy.array([0.2 * math.sin(i + 1.0) for i in range(count)])
        value, gradient = model.log_prob_grad(q)
        scratch = numpy.empty(count)
        handle = model._m if isinstance(model._m, ctypes.c_void_p) else ctypes.c_void_p(model._m)
        arguments = (ctypes.cast(stanli._lib.stanli_grad, ctypes.c_void_p), handle,
                     q.ctypes.data_as(doubles), scratch.ctypes.data_as(doubles))
        evaluations = int(max(5, 0.1 / max(loop(*arguments, 5), 1e-9)))
        seconds = statistics.median(loop(*arguments, evaluations) for _ in range(5))
        rows[name] = {"us": 1e6 * seconds, "value": float(value),
                      "gradient": [float(g) for g in gradient]}
    except Exception as error:
        print(f"stanli: {name}: {str(error)[:200]}", file=sys.stderr)
print(json.dumps(rows))
