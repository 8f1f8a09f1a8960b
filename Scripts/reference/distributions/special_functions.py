"""Families whose tails are incomplete gamma and beta functions or integrals."""

from family import Family, beta_tails, gamma_tails, mp, mpf, normal_tails, spread

inf = mp.inf


def gamma_log_density(x, shape, rate):
    if x <= 0:
        return -inf
    return shape * mp.log(rate) + (shape - 1) * mp.log(x) - rate * x - mp.loggamma(shape)


gamma = Family(
    "Gamma",
    gamma_log_density,
    lambda x, shape, rate: gamma_tails(shape, rate * x)[0],
    lambda x, shape, rate: gamma_tails(shape, rate * x)[1],
    lambda shape, rate: shape / rate,
    lambda shape, rate: shape / rate**2,
)
GAMMA_SCORES = [-0.9, -0.5, -0.1, 0.0, 0.2, 1.0, 3.0]


def gamma_xs(shape, rate):
    if shape < 5:
        return [-1.0] + [t / rate for t in (1e-300, 1e-30, 1e-5, 0.1, 1.0, 3.0, 40.0, 690.0)]
    root = shape**0.5
    return [(shape + z * root) / rate for z in (-6, -3, -1, 0, 0.5, 2, 5, 12, 35)]


for shape, rate in [(1e-3, 1.0), (0.05, 1.0), (0.5, 2.0), (1.0, 1.0), (2.5, 0.4), (50.0, 10.0), (1e4, 2.5), (1e6, 1e3)]:
    gamma.add({"shape": shape, "rate": rate}, gamma_xs(shape, rate))
gamma.write()

inverse_gamma = Family(
    "InverseGamma",
    lambda x, shape, scale: shape * mp.log(scale) - mp.loggamma(shape) - (shape + 1) * mp.log(x)
    - scale / x if x > 0 else -inf,
    lambda x, shape, scale: gamma_tails(shape, scale / x)[1] if x > 0 else mpf(0),
    lambda x, shape, scale: gamma_tails(shape, scale / x)[0] if x > 0 else mpf(1),
    lambda shape, scale: scale / (shape - 1) if shape > 1 else inf,
    lambda shape, scale: scale**2 / ((shape - 1) ** 2 * (shape - 2)) if shape > 2
    else inf if shape > 1 else mp.nan,
)
for shape, scale in [(1e-3, 1.0), (0.5, 2.0), (1.5, 0.1), (3.0, 1.0), (50.0, 10.0), (1e6, 1e3)]:
    inverse_gamma.add(
        {"shape": shape, "scale": scale}, [-1.0] + [1 / x for x in gamma_xs(shape, scale) if x > 1e-200])
inverse_gamma.write()

chi_squared = Family(
    "ChiSquared",
    lambda x, degreesOfFreedom: gamma_log_density(x, degreesOfFreedom / 2, mpf("0.5")),
    lambda x, degreesOfFreedom: gamma_tails(degreesOfFreedom / 2, x / 2)[0],
    lambda x, degreesOfFreedom: gamma_tails(degreesOfFreedom / 2, x / 2)[1],
    lambda degreesOfFreedom: degreesOfFreedom,
    lambda degreesOfFreedom: 2 * degreesOfFreedom,
)
for df in [1e-3, 1.0, 3.0, 40.0, 1e6]:
    chi_squared.add({"degreesOfFreedom": df}, gamma_xs(df / 2, 0.5))
chi_squared.write()


def beta_log(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


beta = Family(
    "Beta",
    lambda x, alpha, beta: (alpha - 1) * mp.log(x) + (beta - 1) * mp.log(1 - x) - beta_log(alpha, beta)
    if 0 < x < 1 else -inf,
    lambda x, alpha, beta: beta_tails(alpha, beta, x)[0],
    lambda x, alpha, beta: beta_tails(alpha, beta, x)[1],
    lambda alpha, beta: alpha / (alpha + beta),
    lambda alpha, beta: alpha * beta / ((alpha + beta) ** 2 * (alpha + beta + 1)),
    digits=80,
)
for a, b in [(2.0, 3.0), (0.5, 0.5), (1e-3, 1e-3), (0.3, 20.0), (50.0, 2.0), (1e3, 1e3), (1e6, 1e6), (1e6, 0.5), (1e-3, 1e6), (1e6, 30.0)]:
    mean = a / (a + b)
    width = (mean * (1 - mean) / (a + b + 1)) ** 0.5
    xs = [mean + z * width for z in (-8, -2, -0.5, 0, 0.5, 2, 8)] + [1e-300, 1e-5, 0.3, 1 - 1e-9]
    beta.add({"alpha": a, "beta": b}, [-0.5] + sorted(x for x in set(xs) if 0 < x < 1))
beta.write()


def f_shares(x, m, n):
    return m * x / (m * x + n), n / (m * x + n)


fisher = Family(
    "FisherF",
    lambda x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom: f_log(
        x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom),
    lambda x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom: f_tails(
        x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom)[0],
    lambda x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom: f_tails(
        x, numeratorDegreesOfFreedom, denominatorDegreesOfFreedom)[1],
    lambda numeratorDegreesOfFreedom, denominatorDegreesOfFreedom: denominatorDegreesOfFreedom
    / (denominatorDegreesOfFreedom - 2) if denominatorDegreesOfFreedom > 2 else inf,
    lambda numeratorDegreesOfFreedom, denominatorDegreesOfFreedom: f_variance(
        numeratorDegreesOfFreedom, denominatorDegreesOfFreedom),
    digits=80,
)


def f_log(x, m, n):
    if x <= 0:
        return -inf
    y, c = f_shares(x, m, n)
    return m / 2 * mp.log(y) + n / 2 * mp.log(c) - mp.log(x) - beta_log(m / 2, n / 2)


def f_tails(x, m, n):
    if x <= 0:
        return mpf(0), mpf(1)
    y, c = f_shares(x, m, n)
    return beta_tails(m / 2, n / 2, y, c)


def f_variance(m, n):
    if n > 4:
        return 2 * n**2 * (m + n - 2) / (m * (n - 2) ** 2 * (n - 4))
    return inf if n > 2 else mp.nan


for m, n in [(1.0, 3.0), (5.0, 8.0), (12.0, 0.5), (200.0, 50.0), (1e6, 1e6), (1e-3, 7.0), (3.0, 1e6)]:
    xs = [1e-200, 1e-6, 0.1, 0.9, 1.0, 1.1, 3.0, 50.0, 1e8]
    if m > 1e5 and n > 1e5:
        xs = [0.97, 0.99, 0.999, 1.0, 1.001, 1.01, 1.03]
    fisher.add(
        {"numeratorDegreesOfFreedom": m, "denominatorDegreesOfFreedom": n}, [-1.0] + xs)
fisher.write()


def t_upper(z, df):
    """P(T > z) for z >= 0."""
    if z == 0:
        return mpf(1) / 2
    return beta_tails(df / 2, mpf(1) / 2, df / (df + z * z), z * z / (df + z * z))[0] / 2


def t_log(z, df):
    return (mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
            - (df + 1) / 2 * mp.log1p(z * z / df))


def t_tail(z, df):
    return t_upper(z, df) if z >= 0 else 1 - t_upper(-z, df)


student = Family(
    "StudentT",
    lambda x, degreesOfFreedom, location, scale: t_log((x - location) / scale, degreesOfFreedom) - mp.log(scale),
    lambda x, degreesOfFreedom, location, scale: t_tail((location - x) / scale, degreesOfFreedom),
    lambda x, degreesOfFreedom, location, scale: t_tail((x - location) / scale, degreesOfFreedom),
    lambda degreesOfFreedom, location, scale: location if degreesOfFreedom > 1 else mp.nan,
    lambda degreesOfFreedom, location, scale: scale**2 * degreesOfFreedom / (degreesOfFreedom - 2)
    if degreesOfFreedom > 2 else inf if degreesOfFreedom > 1 else mp.nan,
    digits=80,
)
half_student = Family(
    "HalfStudentT",
    lambda x, degreesOfFreedom, scale: mp.log(2) + t_log(x / scale, degreesOfFreedom) - mp.log(scale)
    if x >= 0 else -inf,
    lambda x, degreesOfFreedom, scale: beta_tails(
        mpf(1) / 2, degreesOfFreedom / 2, (x / scale) ** 2 / (degreesOfFreedom + (x / scale) ** 2),
        degreesOfFreedom / (degreesOfFreedom + (x / scale) ** 2))[0] if x > 0 else mpf(0),
    lambda x, degreesOfFreedom, scale: 2 * t_upper(x / scale, degreesOfFreedom) if x > 0 else mpf(1),
    lambda degreesOfFreedom, scale: half_mean(degreesOfFreedom, scale) if degreesOfFreedom > 1 else inf,
    lambda degreesOfFreedom, scale: scale**2 * degreesOfFreedom / (degreesOfFreedom - 2)
    - half_mean(degreesOfFreedom, scale) ** 2 if degreesOfFreedom > 2
    else inf if degreesOfFreedom > 1 else mp.nan,
    digits=80,
)


def half_mean(df, scale):
    return (2 * scale * mp.sqrt(df / mp.pi) / (df - 1)
            * mp.exp(mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2)))


for df, m, s in [(0.05, 0.0, 1.0), (1.0, 0.0, 1.0), (2.5, 1.5, 0.7), (5.0, -3.0, 2.0), (100.0, 10.0, 0.1), (1e6, 0.0, 1.0)]:
    far = 1e100 if df < 2 else 1e50 if df < 10 else 1e3 if df < 1e3 else 36.0
    student.add(
        {"degreesOfFreedom": df, "location": m, "scale": s},
        spread(m, s, [-far, -30, -8, -2, -0.5, 0.3, 1, 3, 10, far]))
    half_student.add(
        {"degreesOfFreedom": df, "scale": s}, [-1.0] + [s * z for z in (1e-200, 1e-8, 0.3, 1, 3, 10, far)])
student.write()
half_student.write()


def wrapped_log(x, direction, concentration):
    return (concentration * mp.cos(x - direction) - mp.log(2 * mp.pi) - mp.log(mp.besseli(0, concentration))
            if abs(x) <= mp.pi else -inf)


def wrapped_mass(a, b, direction, concentration):
    if b <= a:
        return mpf(0)
    width = 1 / mp.sqrt(concentration + 1)
    cuts = [direction + k * width for k in (-30, -10, -4, -1, 0, 1, 4, 10, 30)]
    ends = [a] + sorted(c for c in cuts if a < c < b) + [b]
    pieces = [e + (f - e) * k / 4 for e, f in zip(ends, ends[1:]) for k in range(4)] + [b]
    return mp.quad(lambda t: mp.exp(wrapped_log(t, direction, concentration)), pieces)


von_mises = Family(
    "VonMises",
    wrapped_log,
    lambda x, **p: wrapped_mass(-mp.pi, x, **p),
    lambda x, **p: wrapped_mass(x, mp.pi, **p),
    digits=30,
)
for m, k in [(0.5, 1e-6), (3.0, 0.7), (0.0, 2.0), (-1.0, 30.0), (2.0, 1e4)]:
    width = (k + 1) ** -0.5
    xs = [-3.1, -1.0, m - 8 * width, m - 2 * width, m - 0.3 * width, m, m + width, m + 5 * width, 3.1]
    von_mises.add({"direction": m, "concentration": k}, sorted(x for x in set(xs) if abs(x) <= 3.141592653589793))
von_mises.write()


def skew_log(z, shape):
    return mp.log(2) - mp.log(2 * mp.pi) / 2 - z * z / 2 + mp.log(normal_tails(shape * z)[0])


def skew_lower(z, shape):
    """P(Z <= z), by quadrature of the density from z down."""
    scale = 1 / mp.sqrt(1 + shape**2) if shape > 0 else mpf(1)
    if z <= 0:
        steps = [z - scale * k for k in (0, 1, 2, 3, 5, 8, 12, 20)] + [-inf]
        steps = steps if shape > 0 else [z - k for k in (0, 1, 2, 4, 8, 16)] + [-inf]
        return mp.quad(lambda t: mp.exp(skew_log(t, shape)), list(reversed(steps)))
    zero = mpf(1) / 2 - mp.atan(shape) / mp.pi
    if shape > 0:
        zero = mp.atan(1 / shape) / mp.pi
    cuts = sorted({mpf(0), z} | {c for c in (k * scale for k in (1, 2, 3, 5, 8, 12, 20)) if 0 < c < z}
                  | {mpf(k) for k in range(1, 40) if k < z})
    return zero + mp.quad(lambda t: mp.exp(skew_log(t, shape)), cuts)


skew_normal = Family(
    "SkewNormal",
    lambda x, location, scale, shape: skew_log((x - location) / scale, shape) - mp.log(scale),
    lambda x, location, scale, shape: skew_lower((x - location) / scale, shape),
    lambda x, location, scale, shape: skew_lower((location - x) / scale, -shape),
    lambda location, scale, shape: location + scale * shape / mp.sqrt(1 + shape**2) * mp.sqrt(2 / mp.pi),
    lambda location, scale, shape: scale**2 * (1 - 2 / mp.pi * shape**2 / (1 + shape**2)),
    digits=40,
)
for m, s, a in [(0.0, 1.0, 0.0), (0.0, 1.0, 3.0), (2.0, 0.1, -1.0), (0.0, 1.0, 1e3), (-5.0, 10.0, 0.25)]:
    far = -9 / (1 + abs(a)) if a > 0 else -9
    skew_normal.add(
        {"location": m, "scale": s, "shape": a},
        spread(m, s, sorted([far, far / 3, -0.5 / (1 + abs(a)), 0.01, 0.2, 0.7, 1.5, 4.0] + ([8.0] if a >= 0 else [1.0]))))
skew_normal.write()
