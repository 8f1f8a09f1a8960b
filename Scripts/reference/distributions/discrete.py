"""Discrete families: probabilities, and tails by sums or incomplete functions."""

from family import Family, beta_tails, gamma_tails, mp, mpf

inf = mp.inf


def log_choose(n, k):
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def add(family, parameters, xs, **options):
    family.add(parameters, xs, **options)


def binomial_log(k, trials, probability):
    if k < 0 or k > trials:
        return -inf
    return log_choose(trials, mpf(k)) + k * mp.log(probability) + (trials - k) * mp.log1p(-probability)


def binomial_tails(k, trials, probability):
    if k < 0:
        return mpf(0), mpf(1)
    if k >= trials:
        return mpf(1), mpf(0)
    upper, lower = beta_tails(mpf(k) + 1, trials - k, probability)
    return lower, upper


def by_logit(function):
    return lambda k, logit, **p: function(k, probability=1 / (1 + mp.exp(-logit)), **p)


def moments(mean, variance):
    return {"mean": mean, "variance": variance}


bernoulli = Family(
    "Bernoulli",
    lambda k, probability: binomial_log(k, mpf(1), probability),
    lambda k, probability: binomial_tails(k, mpf(1), probability)[0],
    lambda k, probability: binomial_tails(k, mpf(1), probability)[1],
    lambda probability: probability, lambda probability: probability * (1 - probability),
    is_discrete=True,
)
for p in [0.3, 1e-300, 1 - 1e-16, 0.5]:
    bernoulli.add({"probability": p}, [-1, 0, 1, 2])
bernoulli.write()

bernoulli_logit = Family(
    "BernoulliByLogit",
    lambda k, logit: -inf if k not in (0, 1) else -mp.log1p(mp.exp(-logit if k == 1 else logit)),
    lambda k, logit: mpf(0) if k < 0 else mpf(1) if k > 0 else 1 / (1 + mp.exp(logit)),
    lambda k, logit: mpf(1) if k < 0 else mpf(0) if k > 0 else 1 / (1 + mp.exp(-logit)),
    lambda logit: 1 / (1 + mp.exp(-logit)),
    lambda logit: 1 / (1 + mp.exp(-logit)) / (1 + mp.exp(logit)),
    is_discrete=True,
)
for t in [0.0, -1.0, 40.0, -690.0, 700.0]:
    bernoulli_logit.add({"logit": t}, [-1, 0, 1, 2])
bernoulli_logit.write()

binomial = Family(
    "Binomial", binomial_log,
    lambda k, trials, probability: binomial_tails(k, trials, probability)[0],
    lambda k, trials, probability: binomial_tails(k, trials, probability)[1],
    lambda trials, probability: trials * probability,
    lambda trials, probability: trials * probability * (1 - probability),
    whole=("trials",), is_discrete=True,
)
for n, p, ks in [
    (10, 0.3, [-1, 0, 1, 3, 7, 10, 11]), (100, 0.05, [0, 2, 5, 10, 50, 100]),
    (1000, 0.999, [0, 900, 990, 999, 1000]), (10**6, 0.3, [290000, 299000, 299999, 300000, 300500, 303000, 320000]),
    (10**9, 1e-9, [0, 1, 5, 100]), (10**9, 0.5, [499900000, 499990000, 500000000, 500020000, 500400000]),
]:
    binomial.add({"trials": float(n), "probability": p}, ks)
binomial.write()

binomial_logit = Family(
    "BinomialByLogit", by_logit(binomial_log),
    by_logit(lambda k, trials, probability: binomial_tails(k, trials, probability)[0]),
    by_logit(lambda k, trials, probability: binomial_tails(k, trials, probability)[1]),
    whole=("trials",), is_discrete=True,
)
for n, t, ks in [(10, -2.0, [0, 1, 3, 10]), (100, 1.0, [0, 50, 73, 80, 100]), (1000, 30.0, [990, 998, 1000])]:
    binomial_logit.add({"trials": float(n), "logit": t}, ks)
binomial_logit.write()


def beta_log(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def beta_binomial_log(k, trials, alpha, beta):
    if k < 0 or k > trials:
        return -inf
    return log_choose(trials, mpf(k)) + beta_log(k + alpha, trials - k + beta) - beta_log(alpha, beta)


def summed(log_probability, end):
    """(lower, upper) by sums of probabilities from 0 and from the end."""
    def lower(k, **p):
        return mp.fsum(mp.exp(log_probability(j, **p)) for j in range(0, k + 1)) if k >= 0 else mpf(0)

    def upper(k, **p):
        return mp.fsum(mp.exp(log_probability(j, **p)) for j in range(max(k + 1, 0), int(end(**p)) + 1))

    return lower, upper


lower, upper = summed(beta_binomial_log, lambda trials, alpha, beta: trials)
beta_binomial = Family(
    "BetaBinomial", beta_binomial_log, lower, upper,
    lambda trials, alpha, beta: trials * alpha / (alpha + beta),
    lambda trials, alpha, beta: trials * alpha * beta * (alpha + beta + trials)
    / ((alpha + beta) ** 2 * (alpha + beta + 1)),
    whole=("trials",), is_discrete=True,
)
for n, a, b, ks in [
    (10, 2.0, 3.0, [-1, 0, 1, 3, 7, 10, 11]), (200, 0.3, 0.5, [0, 20, 100, 190, 199, 200]),
    (300, 1e-3, 1e6, [0, 1, 5, 100, 300]), (300, 1e6, 1e6, [0, 100, 140, 150, 170, 299]), (0, 1.0, 1.0, [0]),
]:
    beta_binomial.add({"trials": float(n), "alpha": a, "beta": b}, ks)
beta_binomial.write()


def poisson_log(k, rate):
    return k * mp.log(rate) - rate - mp.loggamma(k + 1) if k >= 0 else -inf


def poisson_tails(k, rate):
    if k < 0:
        return mpf(0), mpf(1)
    below, above = gamma_tails(mpf(k) + 1, rate)
    return above, below


poisson = Family(
    "Poisson", poisson_log, lambda k, rate: poisson_tails(k, rate)[0],
    lambda k, rate: poisson_tails(k, rate)[1], lambda rate: rate, lambda rate: rate, is_discrete=True,
)
for rate, ks in [
    (1e-300, [0, 1]), (1e-3, [0, 1, 5, 80]), (0.5, [-1, 0, 1, 3, 20, 150]), (10.0, [0, 5, 9, 10, 15, 40, 250]),
    (1000.0, [0, 700, 950, 1000, 1050, 1500]), (1e6, [990000, 999000, 1000000, 1001500, 1035000]),
]:
    poisson.add({"rate": rate}, ks)
poisson.write()
poisson_log_rate = Family(
    "PoissonByLogRate", lambda k, logRate: poisson_log(k, mp.exp(logRate)),
    lambda k, logRate: poisson_tails(k, mp.exp(logRate))[0],
    lambda k, logRate: poisson_tails(k, mp.exp(logRate))[1],
    lambda logRate: mp.exp(logRate), lambda logRate: mp.exp(logRate), is_discrete=True,
)
for t, ks in [(-2.0, [0, 1, 5]), (1.0, [0, 2, 3, 9]), (3.5, [5, 30, 33, 60])]:
    poisson_log_rate.add({"logRate": t}, ks)
poisson_log_rate.write()

geometric = Family(
    "Geometric",
    lambda k, probability: mp.log(probability) + (k - 1) * mp.log1p(-probability) if k >= 1 else -inf,
    lambda k, probability: -mp.expm1(k * mp.log1p(-probability)) if k >= 1 else mpf(0),
    lambda k, probability: mp.exp(k * mp.log1p(-probability)) if k >= 1 else mpf(1),
    lambda probability: 1 / probability, lambda probability: (1 - probability) / probability**2,
    is_discrete=True,
)
for p, ks in [(0.3, [0, 1, 2, 10, 100, 1900]), (1e-6, [1, 1000, 10**6, 10**8]), (0.999, [1, 2, 50, 100])]:
    geometric.add({"probability": p}, ks)
geometric.write()


def negative_log(k, successes, probability):
    if k < 0:
        return -inf
    return (mp.loggamma(successes + k) - mp.loggamma(successes) - mp.loggamma(k + 1)
            + successes * mp.log(probability) + k * mp.log1p(-probability))


def negative_tails(k, successes, probability):
    if k < 0:
        return mpf(0), mpf(1)
    return beta_tails(successes, mpf(k) + 1, probability)


negative = Family(
    "NegativeBinomial", negative_log,
    lambda k, **p: negative_tails(k, **p)[0], lambda k, **p: negative_tails(k, **p)[1],
    lambda successes, probability: successes * (1 - probability) / probability,
    lambda successes, probability: successes * (1 - probability) / probability**2,
    is_discrete=True,
)
for n, p, ks in [
    (2.5, 0.4, [-1, 0, 1, 3, 10, 100, 1300]), (0.1, 0.01, [0, 1, 10, 1000, 50000]),
    (300.0, 0.1, [1500, 2400, 2700, 3000, 4500]), (1e-3, 0.5, [0, 1, 5, 900]), (1e6, 0.5, [990000, 1000000, 1003000]),
]:
    negative.add({"successes": n, "probability": p}, ks)
negative.write()


def by_mean(function):
    return lambda k, mean, dispersion: function(k, dispersion, dispersion / (dispersion + mean))


negative_mean = Family(
    "NegativeBinomialByMean", by_mean(negative_log),
    by_mean(lambda k, n, p: negative_tails(k, n, p)[0]),
    by_mean(lambda k, n, p: negative_tails(k, n, p)[1]),
    lambda mean, dispersion: mean, lambda mean, dispersion: mean + mean**2 / dispersion,
    is_discrete=True,
)
for m, phi, ks in [
    (5.0, 2.0, [0, 1, 5, 20, 200]), (1e4, 50.0, [4000, 9000, 10000, 13000, 20000]),
    (0.01, 3.0, [0, 1, 4]), (20.0, 1e6, [0, 15, 20, 27, 60]),
]:
    negative_mean.add({"mean": m, "dispersion": phi}, ks)
negative_mean.write()


def hyper_log(k, marked, unmarked, draws):
    if k < max(0, draws - unmarked) or k > min(draws, marked):
        return -inf
    return log_choose(marked, mpf(k)) + log_choose(unmarked, draws - k) - log_choose(marked + unmarked, draws)


lower, upper = summed(hyper_log, lambda marked, unmarked, draws: min(draws, marked))
hyper = Family(
    "Hypergeometric", hyper_log, lower, upper,
    lambda marked, unmarked, draws: draws * marked / (marked + unmarked),
    lambda marked, unmarked, draws: draws * marked * unmarked * (marked + unmarked - draws)
    / ((marked + unmarked) ** 2 * (marked + unmarked - 1)),
    is_discrete=True, partials=False,
)
for a, b, t, ks in [
    (12, 20, 9, [-1, 0, 1, 3, 6, 9, 10]), (500, 50, 100, [49, 50, 80, 91, 99, 100]),
    (1000, 2000, 300, [0, 50, 95, 100, 130, 300]), (10**6, 10**6, 600, [100, 280, 300, 330, 590]), (3, 0, 2, [2]),
]:
    hyper.add({"marked": float(a), "unmarked": float(b), "draws": float(t)}, ks)
hyper.write()


def log_series_upper(k, probability):
    if k < 1:
        return mpf(1)
    # p^(k+1) / (k+1) 2F1(1, k+1; k+2; p)
    n = mpf(k) + 1
    return -(probability**n) / n * mp.hyp2f1(1, n, n + 1, probability) / mp.log1p(-probability)


log_series = Family(
    "Logarithmic",
    lambda k, probability: k * mp.log(probability) - mp.log(k) - mp.log(-mp.log1p(-probability))
    if k >= 1 else -inf,
    lambda k, probability: 1 - log_series_upper(k, probability) if k >= 1 else mpf(0),
    log_series_upper,
    lambda probability: -probability / ((1 - probability) * mp.log1p(-probability)),
    lambda probability: -probability * (probability + mp.log1p(-probability))
    / ((1 - probability) * mp.log1p(-probability)) ** 2,
    is_discrete=True,
)
for p, ks in [(0.3, [0, 1, 2, 10, 500]), (0.99, [1, 5, 100, 3000]), (1e-5, [1, 2, 50]), (0.9999, [1, 1000, 100000])]:
    log_series.add({"probability": p}, ks)
log_series.write()

uniform = Family(
    "DiscreteUniform",
    lambda k, lower, upper: -mp.log(upper - lower + 1) if lower <= k <= upper else -inf,
    lambda k, lower, upper: min(mpf(1), max(mpf(0), (k - lower + 1) / (upper - lower + 1))),
    lambda k, lower, upper: min(mpf(1), max(mpf(0), (upper - k) / (upper - lower + 1))),
    lambda lower, upper: (lower + upper) / 2,
    lambda lower, upper: ((upper - lower + 1) ** 2 - 1) / 12,
    is_discrete=True, partials=False,
)
for a, b in [(-3, 7), (5, 5), (0, 10**12)]:
    uniform.add({"lower": float(a), "upper": float(b)}, [a - 1, a, (a + b) // 2, b, b + 1])
uniform.write()


def share(k, **p):
    values = list(p.values())
    return values[k] / mp.fsum(values) if 0 <= k < len(values) else mpf(0)


def categorical(name):
    family = Family(
        name, lambda k, **p: mp.log(share(k, **p)) if share(k, **p) > 0 else -inf,
        lambda k, **p: mp.fsum(share(j, **p) for j in range(0, k + 1)),
        lambda k, **p: mp.fsum(share(j, **p) for j in range(max(0, k + 1), len(p))),
        lambda **p: mp.fsum(j * share(j, **p) for j in range(len(p))),
        lambda **p: mp.fsum(j * j * share(j, **p) for j in range(len(p)))
        - mp.fsum(j * share(j, **p) for j in range(len(p))) ** 2,
        is_discrete=True, partials=False,
    )
    for a, b, c in [(1.0, 2.0, 3.0), (0.0, 1.0, 1e-3), (5.0, 0.0, 1.0)]:
        family.add({"a": a, "b": b, "c": c}, [-1, 0, 1, 2, 3])
    family.write()


categorical("Categorical")
categorical("CategoricalByAlias")
