"""Nanoseconds a draw of NumPy's SFC64 into memory: numpy_rng.py [N] (default 10^7). One JSON
object: the median of five runs for each row."""
import json
import statistics
import sys
import time

import numpy as np

count = int(sys.argv[1]) if len(sys.argv) > 1 else 10**7
generator = np.random.Generator(np.random.SFC64(1))
memory = np.zeros(count)
probabilities = np.arange(1, 11) / 55


def nanoseconds(draw):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        draw()
        times.append((time.perf_counter() - start) / count * 1e9)
    return round(statistics.median(times), 3)


print(json.dumps({
    "system": "NumPy SFC64",
    "uniform": nanoseconds(lambda: generator.random(out=memory)),
    "normal": nanoseconds(lambda: generator.standard_normal(out=memory)),
    "exponential": nanoseconds(lambda: generator.standard_exponential(out=memory)),
    "gamma": nanoseconds(lambda: generator.standard_gamma(2.5, out=memory)),
    "beta": nanoseconds(lambda: generator.beta(2.0, 3.0, count)),
    "poisson": nanoseconds(lambda: generator.poisson(10.0, count)),
    "categorical": nanoseconds(lambda: generator.choice(10, count, p=probabilities)),
}))
