"""Microseconds for one log density with its gradient in JAX, double precision, one thread: jax_gradients.py DATA

The gradient is taken inside a jitted loop, whose next position depends on the last gradient, so that calling
from Python costs nothing; the networks are called from Python, which is small beside them. One JSON object.
"""
import json
import math
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
folder = sys.argv[1]


def read(name):
    return {k: jnp.asarray(np.array(v, dtype=float)) for k, v in json.load(open(f"{folder}/{name}.json")).items()}


def normal(x, mean, deviation):
    return -0.5 * jnp.sum(((x - mean) / deviation) ** 2) - jnp.sum(jnp.log(deviation)) * x.size / jnp.size(deviation)


def schools(d):
    def density(q):
        z, mu, tau = q[:8], q[8], jnp.exp(q[9])
        return (normal(z, 0.0, 1.0) + normal(d["y"], z * tau + mu, d["sigma"]) + normal(mu, 0.0, 5.0)
                - jnp.log1p((tau / 5) ** 2) + q[9])
    return density, 10


def logistic(d):
    def density(q):
        eta = q[0] + d["x"] @ q[1:]
        return normal(q, 0.0, 1.0) + jnp.sum(d["y"] * eta - jnp.logaddexp(0, eta))
    return density, 1 + d["x"].shape[1]


def linear(d):
    p = d["x"].shape[1]

    def density(q):
        sigma = jnp.exp(q[p + 1])
        return (normal(q[:p + 1], 0.0, 1.0) + normal(sigma, 0.0, 1.0) + q[p + 1]
                + normal(d["y"], q[0] + d["x"] @ q[1:p + 1], sigma))
    return density, p + 2


def network(widths, rows):
    count = rows * widths[0]
    x = np.array([1.5 * math.sin(float(i * i % 7919)) for i in range(count)]).reshape(rows, widths[0])
    y = jnp.asarray(np.sin(3 * x[:, 0]))
    x = jnp.asarray(x)
    sizes = list(zip(widths[:-1], widths[1:]))

    def density(q):
        layer, start = x, 0
        for number, (inputs, outputs) in enumerate(sizes):
            weights = q[start:start + inputs * outputs].reshape(inputs, outputs)
            start += inputs * outputs
            layer = layer @ weights + q[start:start + outputs]
            start += outputs
            if number < len(sizes) - 1:
                layer = jnp.tanh(layer)
        return -0.5 * jnp.sum(((y - layer[:, 0]) / 0.1) ** 2) - 0.5 * jnp.sum(q * q)
    return density, sum(i * o + o for i, o in sizes)


def timed(call, evaluations):
    call()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) / evaluations)
    return 1e6 * statistics.median(times)


rows = {}
for name, (density, count), evaluations in [
        ("eight_schools_noncentered", schools(read("eight_schools_noncentered")), 100_000),
        ("logit_glm", logistic(read("logit_glm")), 3_000),
        ("linreg", linear(read("linreg")), 5_000),
        ("mlp_1_50_50_1", network([1, 50, 50, 1], 1000), 1),
        ("mlp_13_100_100_1", network([13, 100, 100, 1], 10_000), 1)]:
    both = jax.value_and_grad(density)
    q = jnp.array([0.2 * math.sin(i + 1.0) for i in range(count)])
    value, gradient = jax.jit(both)(q)
    if evaluations == 1:
        once = jax.jit(both)
        repeats = 100 if name == "mlp_1_50_50_1" else 10

        def call():
            for _ in range(repeats):
                result = once(q)
            jax.block_until_ready(result)
        us = timed(call, repeats)
    else:
        @jax.jit
        def many(start):
            def body(_, position):
                v, g = both(position)
                return start + 1e-12 * (g + v)
            return jax.lax.fori_loop(0, evaluations, body, start)
        us = timed(lambda: jax.block_until_ready(many(q)), evaluations)
    rows[name] = {"us": us, "value": float(value), "gradient": [float(g) for g in gradient]}
print(json.dumps(rows))
