"""Families whose densities and tails are closed forms of elementary functions and erf."""

from family import Family, gamma_tails, mp, mpf, normal_tails, spread

inf = mp.inf
half = mpf(1) / 2


def either(condition, value, other):
    return value() if condition else mpf(other)


uniform = Family(
    "Uniform",
    lambda x, lower, upper: -mp.log(upper - lower) if lower <= x <= upper else -inf,
    lambda x, lower, upper: min(mpf(1), max(mpf(0), (x - lower) / (upper - lower))),
    lambda x, lower, upper: min(mpf(1), max(mpf(0), (upper - x) / (upper - lower))),
    lambda lower, upper: (lower + upper) / 2,
    lambda lower, upper: (upper - lower) ** 2 / 12,
    partials=False,
)
for lower, upper in [(0.0, 1.0), (-2.5, 7.0), (-0.002, 0.001), (1e6, 1000000.5)]:
    width = upper - lower
    inside = [lower + f * width for f in (1e-9, 1e-4, 0.01, 0.3, 0.5, 0.75, 0.9999)]
    uniform.add({"lower": lower, "upper": upper}, [lower - width, *inside, upper + 100.0])
uniform.write()

laplace = Family(
    "Laplace",
    lambda x, location, scale: -abs(x - location) / scale - mp.log(2 * scale),
    lambda x, location, scale: mp.exp((x - location) / scale) / 2 if x < location
    else 1 - mp.exp((location - x) / scale) / 2,
    lambda x, location, scale: mp.exp((location - x) / scale) / 2 if x > location
    else 1 - mp.exp((x - location) / scale) / 2,
    lambda location, scale: location,
    lambda location, scale: 2 * scale**2,
)
for m, s in [(0.0, 1.0), (2.0, 0.5), (-10.0, 3.0), (0.125, 40.0)]:
    laplace.add({"location": m, "scale": s}, spread(m, s, [-690, -100, -5, -1, -0.2, 0.3, 2, 10, 690]))
laplace.write()


def log_score(x, logMean, logStandardDeviation):
    return (mp.log(x) - logMean) / logStandardDeviation


log_normal = Family(
    "LogNormal",
    lambda x, logMean, logStandardDeviation: -log_score(x, logMean, logStandardDeviation) ** 2 / 2
    - mp.log(x * logStandardDeviation) - mp.log(2 * mp.pi) / 2 if x > 0 else -inf,
    lambda x, **p: normal_tails(log_score(x, **p))[0] if x > 0 else mpf(0),
    lambda x, **p: normal_tails(log_score(x, **p))[1] if x > 0 else mpf(1),
    lambda logMean, logStandardDeviation: mp.exp(logMean + logStandardDeviation**2 / 2),
    lambda logMean, logStandardDeviation: mp.exp(2 * logMean + logStandardDeviation**2)
    * mp.expm1(logStandardDeviation**2),
)
for m, s in [(0.0, 1.0), (-3.0, 5.0), (1.0, 1e-3), (20.0, 0.25)]:
    log_normal.add(
        {"logMean": m, "logStandardDeviation": s},
        [-1.0] + [float(mp.exp(m + s * z)) for z in (-37, -8, -2, -0.5, 0, 0.5, 3, 12, 37)])
log_normal.write()

cauchy = Family(
    "Cauchy",
    lambda x, location, scale: -mp.log(mp.pi * scale) - mp.log1p(((x - location) / scale) ** 2),
    lambda x, location, scale: half + mp.atan((x - location) / scale) / mp.pi,
    lambda x, location, scale: half - mp.atan((x - location) / scale) / mp.pi,
    digits=450,
)
for m, s in [(0.0, 1.0), (2.0, 0.5), (-10.0, 3.0), (1e5, 1e-3)]:
    cauchy.add({"location": m, "scale": s}, spread(m, s, [-1e300, -1e9, -20, -1, -0.2, 0.3, 2, 1e5, 1e160]))
cauchy.write()


def power_tail(x, location, scale, exponent):
    return gamma_tails(1 / exponent, (abs(x - location) / scale) ** exponent)[1] / 2


exponential_power = Family(
    "ExponentialPower",
    lambda x, location, scale, exponent: -((abs(x - location) / scale) ** exponent)
    - mp.log(2 * scale) - mp.loggamma(1 + 1 / exponent),
    lambda x, location, **p: power_tail(x, location, **p) if x < location
    else 1 - power_tail(x, location, **p),
    lambda x, location, **p: power_tail(x, location, **p) if x > location
    else 1 - power_tail(x, location, **p),
    lambda location, scale, exponent: location,
    lambda location, scale, exponent: scale**2
    * mp.exp(mp.loggamma(3 / exponent) - mp.loggamma(1 / exponent)),
)
for m, s, b in [(0.0, 1.0, 0.5), (2.0, 3.0, 1.0), (-1.0, 0.1, 6.0), (0.0, 2.0, 1.5), (5.0, 1.0, 0.1), (0.0, 1.0, 100.0)]:
    tails = [t ** (1 / b) for t in (1e-6, 0.01, 0.3, 1.0, 5.0, 40.0, 680.0)]
    exponential_power.add(
        {"location": m, "scale": s, "exponent": b},
        spread(m, s, [-t for t in reversed(tails[1::2])] + tails))
exponential_power.write()

rayleigh = Family(
    "Rayleigh",
    lambda x, scale: mp.log(x) - 2 * mp.log(scale) - (x / scale) ** 2 / 2 if x > 0 else -inf,
    lambda x, scale: -mp.expm1(-((x / scale) ** 2) / 2) if x > 0 else mpf(0),
    lambda x, scale: mp.exp(-((x / scale) ** 2) / 2) if x > 0 else mpf(1),
    lambda scale: scale * mp.sqrt(mp.pi / 2),
    lambda scale: (2 - mp.pi / 2) * scale**2,
)
for s in [1.0, 1e5, 0.01]:
    rayleigh.add({"scale": s}, [-1.0] + [s * z for z in (1e-150, 1e-8, 0.1, 1, 2.5, 8, 37)])
rayleigh.write()


def mills(z):
    return mp.erfc(z / mp.sqrt(2)) / 2 * mp.sqrt(2 * mp.pi) * mp.exp(z * z / 2)


rayleigh_tail = Family(
    "RayleighTail",
    lambda x, lower, scale: mp.log(x) - 2 * mp.log(scale) + (lower**2 - x**2) / (2 * scale**2)
    if x >= lower else -inf,
    lambda x, lower, scale: -mp.expm1((lower**2 - x**2) / (2 * scale**2)) if x > lower else mpf(0),
    lambda x, lower, scale: mp.exp((lower**2 - x**2) / (2 * scale**2)) if x > lower else mpf(1),
    lambda lower, scale: lower + scale * mills(lower / scale),
    lambda lower, scale: lower**2 + 2 * scale**2 - (lower + scale * mills(lower / scale)) ** 2,
)
for lower, s in [(0.5, 1.0), (1.0, 2.0), (30.0, 1.0), (5.0, 0.01)]:
    scale = min(s, s * s / lower)
    rayleigh_tail.add(
        {"lower": lower, "scale": s},
        [lower / 2] + [lower + scale * z for z in (1e-8, 0.01, 0.3, 1, 5, 40, 300)])
rayleigh_tail.write()

normal_tail = Family(
    "NormalTail",
    lambda x, lower, standardDeviation: -((x / standardDeviation) ** 2) / 2 - mp.log(standardDeviation)
    - mp.log(2 * mp.pi) / 2 - mp.log(normal_tails(lower / standardDeviation)[1]) if x >= lower else -inf,
    lambda x, lower, standardDeviation: 1 - normal_tails(x / standardDeviation)[1]
    / normal_tails(lower / standardDeviation)[1] if x > lower else mpf(0),
    lambda x, lower, standardDeviation: normal_tails(x / standardDeviation)[1]
    / normal_tails(lower / standardDeviation)[1] if x > lower else mpf(1),
    lambda lower, standardDeviation: standardDeviation / mills(lower / standardDeviation),
    lambda lower, standardDeviation: standardDeviation**2
    * (1 + lower / standardDeviation / mills(lower / standardDeviation)
       - 1 / mills(lower / standardDeviation) ** 2),
    digits=450,
)
for lower, s in [(-30.0, 1.0), (-1.0, 2.0), (0.0, 1.0), (4.0, 1.0), (5.5, 1.0), (20.0, 2.0), (1000.0, 1.0)]:
    scale = min(s, s * s / lower) if lower > 0 else s
    normal_tail.add(
        {"lower": lower, "standardDeviation": s},
        [lower - 1] + [lower + scale * z for z in (1e-9, 1e-4, 0.01, 0.3, 1, 5, 33)]
        + ([lower + 60.0] if lower < -20 else []))
normal_tail.write()

logistic = Family(
    "Logistic",
    lambda x, location, scale: -(x - location) / scale - mp.log(scale)
    - 2 * mp.log1p(mp.exp(-(x - location) / scale)),
    lambda x, location, scale: 1 / (1 + mp.exp(-(x - location) / scale)),
    lambda x, location, scale: 1 / (1 + mp.exp((x - location) / scale)),
    lambda location, scale: location,
    lambda location, scale: mp.pi**2 / 3 * scale**2,
)
for m, s in [(0.0, 1.0), (2.0, 0.5), (-10.0, 3.0), (100.0, 0.001)]:
    logistic.add({"location": m, "scale": s}, spread(m, s, [-690, -40, -5, -0.2, 0, 0.3, 2, 30, 690]))
logistic.write()

pareto = Family(
    "Pareto",
    lambda x, scale, shape: mp.log(shape) + shape * mp.log(scale) - (shape + 1) * mp.log(x)
    if x >= scale else -inf,
    lambda x, scale, shape: -mp.expm1(shape * mp.log(scale / x)) if x > scale else mpf(0),
    lambda x, scale, shape: (scale / x) ** shape if x > scale else mpf(1),
    lambda scale, shape: shape * scale / (shape - 1) if shape > 1 else inf,
    lambda scale, shape: scale**2 * shape / ((shape - 1) ** 2 * (shape - 2)) if shape > 2
    else inf if shape > 1 else mp.nan,
)
for s, a in [(1.0, 3.0), (5.0, 0.2), (2.0, 1e4), (0.1, 1.5), (1.0, 1e6)]:
    pareto.add({"scale": s, "shape": a}, [s / 2] + [
        float(s * mp.exp(mpf(t) / a)) for t in (1e-6, 0.01, 0.5, 1, 5, 40, 110)])
pareto.write()

weibull = Family(
    "Weibull",
    lambda x, scale, shape: mp.log(shape / scale) + (shape - 1) * mp.log(x / scale)
    - (x / scale) ** shape if x > 0 else -inf,
    lambda x, scale, shape: -mp.expm1(-((x / scale) ** shape)) if x > 0 else mpf(0),
    lambda x, scale, shape: mp.exp(-((x / scale) ** shape)) if x > 0 else mpf(1),
    lambda scale, shape: scale * mp.gamma(1 + 1 / shape),
    lambda scale, shape: scale**2 * (mp.gamma(1 + 2 / shape) - mp.gamma(1 + 1 / shape) ** 2),
)
for s, a in [(1.0, 1.5), (5.0, 0.2), (2.0, 300.0), (1.0, 1.0), (3.0, 1e4)]:
    weibull.add({"scale": s, "shape": a}, [-1.0] + [
        float(s * mpf(t) ** (1 / mpf(a))) for t in (1e-20, 1e-3, 0.1, 0.7, 1.5, 5, 40, 680)])
weibull.write()

gumbel = Family(
    "Gumbel",
    lambda x, location, scale: -(x - location) / scale - mp.exp(-(x - location) / scale) - mp.log(scale),
    lambda x, location, scale: mp.exp(-mp.exp(-(x - location) / scale)),
    lambda x, location, scale: -mp.expm1(-mp.exp(-(x - location) / scale)),
    lambda location, scale: location + mp.euler * scale,
    lambda location, scale: mp.pi**2 / 6 * scale**2,
)
for m, s in [(0.0, 1.0), (2.0, 0.5), (-10.0, 3.0), (50.0, 0.01)]:
    gumbel.add({"location": m, "scale": s}, spread(m, s, [-6.5, -3, -1, -0.2, 0, 0.3, 2, 30, 690]))
gumbel.write()

gumbel2 = Family(
    "GumbelType2",
    lambda x, shape, scale: mp.log(shape * scale) - (shape + 1) * mp.log(x) - scale * x**-shape
    if x > 0 else -inf,
    lambda x, shape, scale: mp.exp(-scale * x**-shape) if x > 0 else mpf(0),
    lambda x, shape, scale: -mp.expm1(-scale * x**-shape) if x > 0 else mpf(1),
    lambda shape, scale: scale ** (1 / shape) * mp.gamma(1 - 1 / shape) if shape > 1 else inf,
    lambda shape, scale: scale ** (2 / shape) * (mp.gamma(1 - 2 / shape) - mp.gamma(1 - 1 / shape) ** 2)
    if shape > 2 else inf if shape > 1 else mp.nan,
)
for a, b in [(2.5, 1.0), (0.3, 5.0), (80.0, 2.0), (1.5, 0.1), (1e4, 1.0)]:
    gumbel2.add({"shape": a, "scale": b}, [-1.0] + [
        float((mpf(b) / t) ** (1 / mpf(a))) for t in (680, 40, 5, 1.5, 0.7, 0.1, 1e-3, 1e-20)])
gumbel2.write()

half_normal = Family(
    "HalfNormal",
    lambda x, scale: mp.log(2 / mp.pi) / 2 - mp.log(scale) - (x / scale) ** 2 / 2 if x >= 0 else -inf,
    lambda x, scale: mp.erf(x / scale / mp.sqrt(2)) if x > 0 else mpf(0),
    lambda x, scale: mp.erfc(x / scale / mp.sqrt(2)) if x > 0 else mpf(1),
    lambda scale: scale * mp.sqrt(2 / mp.pi),
    lambda scale: (1 - 2 / mp.pi) * scale**2,
)
for s in [1.0, 1e5, 0.01]:
    half_normal.add({"scale": s}, [-1.0] + [s * z for z in (1e-150, 1e-8, 0.1, 1, 2.5, 8, 37)])
half_normal.write()

half_cauchy = Family(
    "HalfCauchy",
    lambda x, scale: mp.log(2 / (mp.pi * scale)) - mp.log1p((x / scale) ** 2) if x >= 0 else -inf,
    lambda x, scale: 2 / mp.pi * mp.atan(x / scale) if x > 0 else mpf(0),
    lambda x, scale: 2 / mp.pi * mp.atan(scale / x) if x > 0 else mpf(1),
    lambda scale: inf,
    lambda scale: inf,
)
for s in [1.0, 1e5, 0.01]:
    half_cauchy.add({"scale": s}, [-1.0] + [s * z for z in (1e-150, 1e-8, 0.1, 1, 2.5, 1e9, 1e200)])
half_cauchy.write()


def triangular_side(x, lower, mode, upper):
    width = upper - lower
    if x < mode:
        return (x - lower) ** 2 / (width * (mode - lower))
    return (upper - x) ** 2 / (width * (upper - mode))


triangular = Family(
    "Triangular",
    lambda x, lower, mode, upper: -inf if not lower < x < upper
    else mp.log(2 * (x - lower) / ((upper - lower) * (mode - lower))) if x < mode
    else mp.log(2 * (upper - x) / ((upper - lower) * (upper - mode))),
    lambda x, lower, mode, upper: mpf(0) if x <= lower else mpf(1) if x >= upper
    else triangular_side(x, lower, mode, upper) if x < mode
    else 1 - triangular_side(x, lower, mode, upper),
    lambda x, lower, mode, upper: mpf(1) if x <= lower else mpf(0) if x >= upper
    else 1 - triangular_side(x, lower, mode, upper) if x < mode
    else triangular_side(x, lower, mode, upper),
    lambda lower, mode, upper: (lower + mode + upper) / 3,
    lambda lower, mode, upper: (lower**2 + mode**2 + upper**2 - lower * mode - lower * upper - mode * upper) / 18,
)
for lower, mode, upper in [(0.0, 0.25, 1.0), (-2.0, 4.0, 5.0), (10.0, 10.5, 20.0)]:
    width = upper - lower
    triangular.add(
        {"lower": lower, "mode": mode, "upper": upper},
        [lower - width] + [lower + f * width for f in (1e-9, 0.01, 0.2, 0.5, 0.8, 0.99, 0.9999999)] + [upper + width])
triangular.write()
