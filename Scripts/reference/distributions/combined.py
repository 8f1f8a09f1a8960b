"""Truncated, shifted, scaled and mixed members."""

from family import Family, gamma_tails, mp, mpf, normal_tails

inf = mp.inf


def score(x, mean, standardDeviation):
    return (x - mean) / standardDeviation


def kept(a, b, mean, standardDeviation):
    """P(a <= X <= b), from whichever tails are smaller."""
    low, high = normal_tails(score(a, mean, standardDeviation)), normal_tails(score(b, mean, standardDeviation))
    return high[0] - low[0] if a < mean else low[1] - high[1]


truncated = Family(
    "TruncatedNormal",
    lambda x, mean, standardDeviation, lower, upper: -score(x, mean, standardDeviation) ** 2 / 2
    - mp.log(standardDeviation * mp.sqrt(2 * mp.pi)) - mp.log(kept(lower, upper, mean, standardDeviation))
    if lower <= x <= upper else -inf,
    lambda x, mean, standardDeviation, lower, upper: mpf(0) if x < lower else mpf(1) if x > upper
    else kept(lower, x, mean, standardDeviation) / kept(lower, upper, mean, standardDeviation),
    lambda x, mean, standardDeviation, lower, upper: mpf(1) if x < lower else mpf(0) if x > upper
    else kept(x, upper, mean, standardDeviation) / kept(lower, upper, mean, standardDeviation),
    partials=False, digits=400,
)
for m, s, a, b in [(0.0, 1.0, -1.0, 3.0), (0.0, 1.0, 3.0, 4.0), (1.0, 2.0, -9.0, -5.0), (0.0, 1.0, 30.0, 31.0)]:
    truncated.add(
        {"mean": m, "standardDeviation": s, "lower": a, "upper": b},
        [a - 1] + [a + f * (b - a) for f in (0.01, 0.1, 0.3, 0.5, 0.9)] + [b + 1])
truncated.write()


def inner(x, factor, shift):
    return (x - shift) / factor


exponential = Family(
    "ShiftedScaledExponential",
    lambda x, rate, factor, shift: mp.log(rate / abs(factor)) - rate * inner(x, factor, shift)
    if inner(x, factor, shift) >= 0 else -inf,
    lambda x, rate, factor, shift: tails(x, rate, factor, shift)[0],
    lambda x, rate, factor, shift: tails(x, rate, factor, shift)[1],
    lambda rate, factor, shift: shift + factor / rate,
    lambda rate, factor, shift: (factor / rate) ** 2,
)


def tails(x, rate, factor, shift):
    z = inner(x, factor, shift)
    below, above = (mpf(0), mpf(1)) if z <= 0 else (-mp.expm1(-rate * z), mp.exp(-rate * z))
    return (below, above) if factor > 0 else (above, below)


for r, f, t in [(1.0, 2.0, -3.0), (0.5, -0.125, 0.0), (4.0, 1.0, 8.0)]:
    exponential.add(
        {"rate": r, "factor": f, "shift": t}, [t + f * z / r for z in (-1.0, 0.25, 1.0, 3.0, 40.0, 600.0)])
exponential.write()


def mixed(function):
    return lambda x, weight, first, second, deviation: (
        weight * function((x - first) / deviation, deviation) + (1 - weight) * function(x - second, mpf(1)))


density = mixed(lambda z, s: mp.exp(-z * z / 2) / (s * mp.sqrt(2 * mp.pi)))
mixture = Family(
    "NormalMixture", lambda x, **p: mp.log(density(x, **p)),
    mixed(lambda z, s: normal_tails(z)[0]), mixed(lambda z, s: normal_tails(z)[1]),
    lambda weight, first, second, deviation: weight * first + (1 - weight) * second,
    lambda weight, first, second, deviation: weight * (deviation**2 + first**2)
    + (1 - weight) * (1 + second**2) - (weight * first + (1 - weight) * second) ** 2,
    partials=False,
)
for w, a, b, d in [(0.25, 0.0, 4.0, 1.0), (1.0, 0.0, 4.0, 1.0), (0.5, -20.0, 20.0, 0.5), (1e-10, 0.0, 0.0, 100.0)]:
    mixture.add(
        {"weight": w, "first": a, "second": b, "deviation": d}, [-35.0, -3.0, -0.5, 0.0, 1.0, 3.0, 6.0, 38.0])
mixture.write()


def poisson(k, rate):
    return k * mp.log(rate) - rate - mp.loggamma(k + 1) if k >= 0 else -inf


def between(a, b, rate):
    """P(a <= X <= b) of a Poisson variable, term by term."""
    return sum(mp.exp(poisson(k, rate)) for k in range(int(a), int(b) + 1)) if b >= a else mpf(0)


truncated_poisson = Family(
    "TruncatedPoisson",
    lambda k, rate, lower, upper: poisson(k, rate) - mp.log(between(lower, upper, rate))
    if lower <= k <= upper else -inf,
    lambda k, rate, lower, upper: between(lower, min(k, upper), rate) / between(lower, upper, rate),
    lambda k, rate, lower, upper: between(max(k + 1, lower), upper, rate) / between(lower, upper, rate),
    lambda rate, lower, upper: sum(
        k * mp.exp(poisson(k, rate)) for k in range(int(lower), int(upper) + 1)) / between(lower, upper, rate),
    partials=False, is_discrete=True,
)
for r, a, b, ks in [
    (3.0, 1, 400, [0, 1, 2, 5, 20, 150]), (3.0, 9, 30, [8, 9, 12, 25, 30, 31]),
    (100.0, 40, 60, [39, 40, 50, 59, 60]), (1000.0, 100, 110, [100, 105, 110]),
]:
    truncated_poisson.add({"rate": r, "lower": float(a), "upper": float(b)}, [float(k) for k in ks])
truncated_poisson.write()

inflated = Family(
    "ZeroInflatedPoisson",
    lambda k, weight, rate: mp.log((weight if k == 0 else 0) + (1 - weight) * mp.exp(poisson(k, rate)))
    if k >= 0 else -inf,
    lambda k, weight, rate: weight + (1 - weight) * gamma_tails(mpf(k + 1), rate)[1] if k >= 0 else mpf(0),
    lambda k, weight, rate: (1 - weight) * gamma_tails(mpf(k + 1), rate)[0] if k >= 0 else mpf(1),
    lambda weight, rate: (1 - weight) * rate,
    lambda weight, rate: (1 - weight) * rate * (1 + weight * rate),
    partials=False, is_discrete=True,
)
for w, r in [(0.25, 3.0), (0.5, 1e-3), (0.875, 200.0)]:
    inflated.add({"weight": w, "rate": r}, [-1.0, 0.0, 1.0, 4.0, 50.0, 300.0])
inflated.write()
