"""Kernel means and double integrals of the squared-exponential kernel, by numerical integration.

Of one axis in standardised coordinates (a standard normal, a uniform on [0, 1]) by quadrature, of two
correlated normals by the trapezoidal rule over both: the closed forms are not used.
Writes Tests/Reference/bayesian_quadrature.json.
"""

import math
import sys

sys.dont_write_bytecode = True

import mpmath
from mpmath import mp, mpf

import common


def kernel(distance, length):
    return mp.exp(-(distance**2) / (2 * length**2))


def density(z):
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def relative(exponent, points):
    """The integral of exp(-exponent), scaled by its largest value among the points: the rule's
    tolerance is absolute."""
    least = min(map(exponent, points))
    return mp.exp(-least) * mp.quad(lambda u: mp.exp(least - exponent(u)), points)


def breaks(low, high, centre, length):
    """Ends, and places about the kernel's peak, so that the rule sees a narrow one."""
    inner = [centre + k * length for k in (-12, -6, -3, 0, 3, 6, 12)]
    return [low] + [p for p in inner if low < p < high] + [high]


def normal_mean(x, length):
    # The product of the two peaks at a place between them, with that width.
    centre = x / (1 + length**2)
    width = length / mp.sqrt(1 + length**2)
    low, high = centre - 40 * width, centre + 40 * width
    return relative(
        lambda u: u * u / 2 + (x - u) ** 2 / (2 * length**2), breaks(low, high, centre, width)
    ) / mp.sqrt(2 * mp.pi)


def uniform_mean(x, length):
    nearest = min(max(x, mpf(0)), mpf(1))
    # Of a place outside, the kernel falls off within that much of the nearer end.
    width = length if nearest == x else min(length, length**2 / abs(x - nearest))
    return relative(
        lambda u: (x - u) ** 2 / (2 * length**2), breaks(mpf(0), mpf(1), nearest, width)
    )


def normal_double(length):
    # u - v of two standard normals is a normal of variance two.
    root = mp.sqrt(2)
    return mp.quad(
        lambda t: density(t) * kernel(root * t, length), breaks(mpf(-40), mpf(40), mpf(0), length)
    )


def uniform_double(length):
    # |u - v| has the density 2 (1 - t).
    return mp.quad(lambda t: 2 * (1 - t) * kernel(t, length), breaks(mpf(0), mpf(1), mpf(0), length))


def correlated(rho, lengths, place, spread):
    """The kernel averaged over two normals of that correlation, widened by spread, by the trapezoidal
    rule, whose error for such integrands is below exp(-2 pi^2 / step^2 * variance)."""
    step = 0.05
    nodes = [k * step for k in range(-200, 201)]
    rest = math.sqrt(1 - rho * rho)
    terms = []
    for a in nodes:
        first = math.exp(-a * a / 2 - (place[0] - spread * a) ** 2 / (2 * lengths[0] ** 2))
        terms += [
            first
            * math.exp(
                -b * b / 2 - (place[1] - spread * (rho * a + rest * b)) ** 2 / (2 * lengths[1] ** 2)
            )
            for b in nodes
        ]
    return math.fsum(terms) * step * step / (2 * math.pi)


def main():
    mp.dps = 20
    cases = []
    lengths = (0.01, 0.1, 0.5, 1, 3, 30, 1000)
    for length in lengths:
        for x in (0, 0.7, -2.5, 9, 30):
            value = normal_mean(mpf(x), mpf(length))
            if value > mpf("1e-290"):
                cases.append({"axis": "normal", "length": length, "x": x, "mean": float(value)})
        for x in (0, 0.3, 1, 1.5, -4, 20):
            value = uniform_mean(mpf(x), mpf(length))
            if value > mpf("1e-290"):
                cases.append({"axis": "uniform", "length": length, "x": x, "mean": float(value)})
    doubles = [
        {
            "length": length,
            "normal": float(normal_double(mpf(length))),
            "uniform": float(uniform_double(mpf(length))),
        }
        for length in lengths + (0.7, 1.3)
    ]
    pairs = []
    for rho, scales, place in (
        (0.8, (0.7, 1.5), (0.4, -1.0)),
        (-0.5, (2.0, 0.9), (-1.5, 2.0)),
    ):
        pairs.append(
            {
                "correlation": rho,
                "lengths": scales,
                "place": place,
                "mean": correlated(rho, scales, place, 1),
                "double": correlated(rho, scales, (0, 0), math.sqrt(2)),
            }
        )
    data = {
        "source": f"Scripts/reference/bayesian_quadrature.py, mpmath {mpmath.__version__}",
        "means": cases,
        "doubles": doubles,
        "pairs": pairs,
    }
    common.write("bayesian_quadrature.json", data)


if __name__ == "__main__":
    main()
