"""Normal and Exponential."""

from family import Family, mp, normal_tails, spread

normal = Family(
    "Normal",
    log_density=lambda x, mean, standardDeviation: -(((x - mean) / standardDeviation) ** 2) / 2
    - mp.log(standardDeviation) - mp.log(2 * mp.pi) / 2,
    cdf=lambda x, mean, standardDeviation: normal_tails((x - mean) / standardDeviation)[0],
    survival=lambda x, mean, standardDeviation: normal_tails((x - mean) / standardDeviation)[1],
    mean=lambda mean, standardDeviation: mean,
    variance=lambda mean, standardDeviation: standardDeviation**2,
)
SCORES = [-37, -20, -8, -3, -1, -0.125, 0, 0.5, 2, 5, 12, 37]
for m, s in [(0.0, 1.0), (3.5, 0.25), (-120.0, 45.0), (0.001, 2e-05), (1e6, 1e-3)]:
    normal.add({"mean": m, "standardDeviation": s}, spread(m, s, SCORES))
normal.write()

exponential = Family(
    "Exponential",
    log_density=lambda x, rate: mp.log(rate) - rate * x if x >= 0 else -mp.inf,
    cdf=lambda x, rate: -mp.expm1(-rate * x) if x > 0 else mp.mpf(0),
    survival=lambda x, rate: mp.exp(-rate * x) if x > 0 else mp.mpf(1),
    mean=lambda rate: 1 / rate,
    variance=lambda rate: 1 / rate**2,
)
for rate in [1.0, 1e-3, 1e6]:
    xs = [t / rate for t in (1e-300, 1e-20, 1e-8, 0.1, 0.7, 1.0, 3.0, 40.0, 700.0)]
    exponential.add({"rate": rate}, [-1.0] + xs)
exponential.write()
