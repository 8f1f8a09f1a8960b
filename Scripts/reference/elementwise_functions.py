"""Reference values of the elementwise functions of tensors. Writes Tests/Reference/elementwise_functions.json."""

import sys

sys.dont_write_bytecode = True

import mpmath
from mpmath import mp, mpf

import common

mp.dps = 50

everywhere = [0.0, 5e-324, 1e-300, 1e-20, 1e-8, 1e-3, 0.1, 0.25, 0.3465, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 7.0, 12.0, 18.0]
everywhere += [-x for x in everywhere if x > 0]
positive = [x for x in everywhere if x > 0]
wide = everywhere + [30.0, 100.0, 500.0, 700.0, -30.0, -100.0, -500.0, -700.0]
far = everywhere + [1e3, 1e5, -1e3, -1e5, 1e10]
within = [x for x in everywhere if abs(x) < 1] + [0.9, 0.999, 1 - 2**-53, -0.9, -0.999]


def squashed(x):
    return 1 / (1 + mp.exp(-x))


functions = {
    "exp": (mp.exp, wide), "expMinusOne": (mp.expm1, wide), "log": (mp.log, positive + [1e300, 1 - 2**-53, 1 + 2**-52]),
    "logOnePlus": (mp.log1p, [x for x in everywhere if x > -1] + [-0.9, -1 + 2**-53, 1e300]),
    "sin": (mp.sin, far), "cos": (mp.cos, far), "tan": (mp.tan, far),
    "asin": (mp.asin, within + [1.0, -1.0]), "acos": (mp.acos, within + [1.0, -1.0]), "atan": (mp.atan, far + [1e300]),
    "sinh": (mp.sinh, wide), "cosh": (mp.cosh, wide), "tanh": (mp.tanh, wide),
    "asinh": (mp.asinh, far), "acosh": (mp.acosh, [1.0, 1 + 2**-52, 1.001, 1.5, 3.0, 1e5, 1e10]),
    "atanh": (mp.atanh, within), "logistic": (squashed, wide),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), wide), "erf": (mp.erf, everywhere),
    "logOneMinusExp": (lambda x: mp.log(-mp.expm1(x)) if x > -1 else mp.log1p(-mp.exp(x)), [-x for x in positive if x > 1e-30] + [-30.0, -100.0, -700.0]),
    "erfc": (mp.erfc, everywhere + [25.0]),
    "logGamma": (lambda x: mp.log(abs(mp.gamma(x))), positive + [1e5, 1e10, -0.5, -1.5, -3.3]),
    "digamma": (mp.digamma, positive + [1e5, 1e10]), "trigamma": (lambda x: mp.psi(1, x), [1e-3, 0.1, 0.5, 1.0, 1.5, 3.0, 12.0, 1e5]),
}


def rows(name):
    function, xs = functions[name]
    found = []
    for x in xs:
        value = function(mpf(x))
        if mp.isinf(value) or abs(value) > mpf(sys.float_info.max):
            continue
        found.append([x, float(value)])
    return found


common.write("elementwise_functions.json", {
    "source": f"mpmath {mpmath.__version__}, {mp.dps} digits",
    "functions": {name: rows(name) for name in functions},
})
