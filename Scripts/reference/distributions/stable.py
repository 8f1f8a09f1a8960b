"""Stable laws and Landau's, by the inverse Fourier transform of the characteristic function along a ray
of the complex plane, where it decays; another way than the integrals of the library. Partial derivatives
are those of the characteristic function under the integral."""

from family import Family, mp, mpf

inf = mp.inf


class Stable:
    """The law with characteristic function exp(i location t - (scale t)^a (1 - i b tan(pi a / 2))), or
    exp(i location t - scale t (1 + i b 2/pi log t)) for a = 1, at a place above its location."""

    def __init__(self, location, scale, exponent, skewness):
        self.m, self.s, self.a, self.b = location, scale, exponent, skewness
        self.slope = mp.tan(mp.pi * exponent / 2) if exponent != 1 and exponent != 2 else mpf(0)

    def log_characteristic(self, t):
        if self.a == 1:
            return 1j * self.m * t - self.s * t * (1 + 2j / mp.pi * self.b * mp.log(t))
        return 1j * self.m * t - (self.s * t) ** self.a * (1 - 1j * self.b * self.slope)

    def derivative(self, name, t):
        power = (self.s * t) ** self.a
        tilt = 1 - 1j * self.b * self.slope
        if name == "value":
            return -1j * t
        if name == "location":
            return 1j * t
        if name == "scale":
            if self.a == 1:
                return -t * (1 + 2j / mp.pi * self.b * mp.log(t))
            return -self.a / self.s * power * tilt
        if name == "skewness":
            if self.a == 1:
                return -2j / mp.pi * self.s * t * mp.log(t)
            return 1j * self.slope * power
        secant = 1 + self.slope**2
        return -power * (mp.log(self.s * t) * tilt - 1j * self.b * mp.pi / 2 * secant)

    def exponent_at(self, x, r, direction):
        t = r * direction
        return self.log_characteristic(t) - 1j * t * x

    def ray(self, x):
        """The angle below the real axis at which the integrand grows little on the way and ends soon, and how
        much it grows."""
        best = None
        for k in range(0, 9):
            angle = mp.pi / 2 * k / 8
            direction = mp.exp(-1j * angle)
            with mp.workdps(15):
                heights = [mp.re(self.exponent_at(x, mpf(10) ** (j / mpf(4)), direction)) for j in range(-120, 81)]
            if not heights[-1] < -1000:
                continue
            growth = max(heights)
            end = max(j for j, height in enumerate(heights) if height > -100)
            score = (max(growth, 20), end)
            if best is None or score < best[0]:
                best = (score, angle, growth)
        return best[1], best[2]

    def integrate(self, x, function, tail=False):
        angle, growth = self.ray(x)
        extra = int(max(growth, 0) / 2.3) + 5
        with mp.extradps(extra):
            direction = mp.exp(-1j * angle)
            limit = -2.4 * mp.dps
            reach = mpf(10) ** -30
            while mp.re(self.exponent_at(x, reach, direction)) > limit:
                reach *= mpf("1.3")
            # r = w^(1/a): what is singular at the origin in r is smooth in w. Panels that grow, and
            # none longer than a few turns.
            root = 1 / min(self.a, mpf(1))
            with mp.workdps(15):
                turns = abs(mp.im(self.exponent_at(x, reach, direction))) / mp.pi
            last = reach ** (1 / root)
            longest = last / 12 if turns < 20 else last * 6 / turns
            ends = [mpf(0), last * mpf(2) ** -40]
            while ends[-1] < last:
                ends.append(min(last, ends[-1] * 4, ends[-1] + longest))

            def at(w):
                r = w**root
                value = mp.exp(self.exponent_at(x, r, direction))
                if tail:
                    return mp.im(value) * root / w
                return mp.re(direction * function(r * direction) * value) * root * r / w

            value = mp.quad(at, ends) / mp.pi
            return +(mpf(1) / 2 - angle / mp.pi + value) if tail else +value

    def density(self, x):
        return self.integrate(x, lambda t: 1)


def mirrored(x, p):
    return -x, dict(p, location=-p["location"], skewness=-p["skewness"])


def stable(p):
    return Stable(p["location"], p["scale"], p["exponent"], p["skewness"])


def is_outside(x, p):
    return p["exponent"] < 1 and abs(p["skewness"]) == 1 and (x - p["location"]) * p["skewness"] <= 0


def filled(p):
    return {"location": mpf(0), "skewness": mpf(0), **p}


def log_density(x, **p):
    p = filled(p)
    if is_outside(x, p):
        return -inf
    if x < p["location"]:
        x, p = mirrored(x, p)
    return mp.log(stable(p).density(x))


def survival(x, **p):
    p = filled(p)
    if is_outside(x, p):
        return mpf(1) if p["skewness"] > 0 else mpf(0)
    if x < p["location"]:
        x, p = mirrored(x, p)
        return 1 - stable(p).integrate(x, None, tail=True)
    return stable(p).integrate(x, None, tail=True)


def cdf(x, **p):
    p = filled(p)
    y, q = mirrored(x, p)
    return survival(y, **q)


class StableFamily(Family):
    def partials(self, u, exact):
        p = filled(exact)
        x, sign = u, 1
        if x < p["location"]:
            x, p = mirrored(x, p)
            sign = -1
        law = stable(p)
        base = law.density(x)
        result = {}
        for name in list(exact) + ["value"]:
            if name == "exponent" and p["exponent"] == 1 and p["skewness"] != 0:
                continue
            slope = law.integrate(x, lambda t: law.derivative(name, t)) / base
            result[name] = float(slope * (sign if name in ("value", "location", "skewness") else 1))
        return result


def mean(location=mpf(0), scale=None, exponent=None, skewness=mpf(0)):
    if exponent > 1:
        return location
    return skewness * inf if exponent < 1 and abs(skewness) == 1 else mp.nan


def variance(location=mpf(0), scale=None, exponent=None, skewness=mpf(0)):
    return 2 * scale**2 if exponent == 2 else inf if exponent > 1 else mp.nan


symmetric = StableFamily("LevyStable", log_density, cdf, survival, mean, variance, digits=40)
for a, xs in [
    (0.125, [1e-6, 0.5, 1e10]), (0.5, [0.01, 1.0, -50.0, 1e8]), (0.9990234375, [0.3, -20.0]),
    (1.0, [0.3, -1e6]), (1.0009765625, [0.3, 20.0]), (1.5, [0.0625, 1.0, -4.0, 30.0, 1e6]),
    (1.9990234375, [0.5, 3.0, -8.0, 40.0]), (2.0, [0.5, -6.0]),
]:
    symmetric.add({"location": 0.0, "scale": 1.0, "exponent": a}, xs)
symmetric.add({"location": -3.0, "scale": 0.125, "exponent": 1.25}, [-3.5, -2.9, 10.0])
symmetric.write()

skewed = StableFamily("LevySkewStable", log_density, cdf, survival, mean, variance, digits=40)
for a, b, xs in [
    (0.25, 0.5, [-10.0, 0.01, 3.0, 1e6]), (0.5, 1.0, [-1.0, 0.0625, 1.0, 1e5]), (0.75, -1.0, [-20.0, -1.0, 1.0]),
    (0.9375, 0.25, [-30.0, 1.0, 4.0, 50.0]), (1.0, 0.5, [-40.0, -1.0, 0.5, 6.0, 1e4]), (1.0, -1.0, [-200.0, -1.0, 0.5, 2.0]),
    (1.0, 0.001, [-2.0, 0.5, 10.0]), (1.015625, 0.75, [-60.0, -31.0, -28.0, 10.0]), (1.25, 1.0, [-4.0, -2.0, 0.5, 100.0]),
    (1.5, -0.5, [-1e4, -5.0, 1.0, 4.0]), (1.75, 1.0, [-6.0, -3.0, 0.25, 9.0]),
]:
    skewed.add({"location": 0.0, "scale": 1.0, "exponent": a, "skewness": b}, xs)
skewed.add({"location": 2.0, "scale": 4.0, "exponent": 1.0, "skewness": 0.75}, [-10.0, 8.0, 100.0])
skewed.add({"location": 2.0, "scale": 0.25, "exponent": 0.8125, "skewness": -0.5}, [-10.0, 1.0, 2.5])
skewed.write()


def landau(p):
    """As a stable law: scale pi/2 s, and the location moved by the logarithm of s."""
    s = p["scale"]
    return {"location": p["location"] - s * mp.log(s), "scale": mp.pi / 2 * s, "exponent": mpf(1), "skewness": mpf(1)}


class LandauFamily(Family):
    def partials(self, u, exact):
        p = landau(exact)
        x, q, sign = u, p, 1
        if x < p["location"]:
            x, q = mirrored(x, p)
            sign = -1
        law = stable(q)
        slope = sign * law.integrate(x, lambda t: -1j * t) / law.density(x)
        z = (u - exact["location"]) / exact["scale"]
        return {"value": float(slope), "location": float(-slope), "scale": float(-slope * z - 1 / exact["scale"])}


landau_family = LandauFamily(
    "Landau",
    lambda x, **p: log_density(x, **landau(p)), lambda x, **p: cdf(x, **landau(p)),
    lambda x, **p: survival(x, **landau(p)), digits=50,
)
landau_family.add({"location": 0.0, "scale": 1.0}, [-4.5, -3.0, -2.0, -0.25, 0.0, 1.0, 4.0, 12.0, 100.0, 1e6, 1e12])
landau_family.add({"location": 5.0, "scale": 0.125}, [4.75, 5.0, 7.0])
landau_family.write()
