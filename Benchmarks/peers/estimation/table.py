"""The tables of `bench estimation`: table.py text|json FOLDER"""
import json
import math
import os
import statistics
import sys

form, folder = sys.argv[1:]


def load(name):
    path = os.path.join(folder, f"{name}.json")
    try:
        return json.load(open(path))
    except (OSError, ValueError):
        return {}


def rounds(name):
    found = [load(f"{name}.{k}") for k in range(1, 6)]
    return [f for f in found if f]


def median(values):
    return statistics.median(values) if values else None


def nanoseconds(rounds, key):
    return [r[key]["ns_per_draw"] for r in rounds if key in r]


ours = rounds("ours")
peers = {"C, GSL": rounds("gsl"), "NumPy": rounds("numpy"), "JAX": rounds("jax")}
keys = {"plain": "a_plain", "importance": "b_importance", "banana": "c_banana_snis", "rejection": "d_rejection"}
rows = []
for name in [n for n, f in (ours[0] if ours else {}).items() if isinstance(f, dict)]:
    problem, kind = name.split()
    own = nanoseconds(ours, name)
    theirs = {p: nanoseconds(r, keys[problem]) for p, r in peers.items()}
    # The best of the peers in each round, beside ours of the same round.
    best = [min((f[k] for f in theirs.values() if len(f) > k), default=None) for k in range(len(own))]
    ratios = [a / b for a, b in zip(own, best) if b]
    rows.append({"name": f"{problem}, f as a {kind}", "ours": round(median(own), 2),
                 "peers": {p: median(f) for p, f in theirs.items()},
                 "ratio": round(median(ratios), 3) if ratios else None, "unit": "ns a draw"})
exact, scipy = load("exact"), load("scipy")
for method in ["rejection", "inversion"]:
    for name, figure in exact.get(method, {}).items():
        peer = scipy.get(method, {}).get(name, {})
        if scipy and not {"ns", "setup_us"} <= peer.keys():
            sys.exit(f"SciPy's figures of {method}, {name} are missing")
        for key, unit, label in [("ns", "ns a draw", "draw"), ("setup_us", "us", "set-up")]:
            other = peer.get(key)
            rows.append({"name": f"{method}, {name}, {label}", "ours": round(figure[key], 2),
                         "peers": {"SciPy": round(other, 2) if other else None},
                         "ratio": round(figure[key] / other, 3) if other else None, "unit": unit})
own, other = load("vegas_ours"), load("vegas")
theirs = {(r["family"], r["dimension"]): r for r in other.get("rows", [])}
for r in own.get("rows", []):
    t = theirs.get((r["family"], r["dimension"]))
    error = r["rmsError"] * math.sqrt(r["evaluations"])
    peer = t["rmsError"] * math.sqrt(t["evaluations"]) if t else None
    rows.append({"name": f"VEGAS, {r['family']}, d = {r['dimension']}", "ours": error,
                 "peers": {"vegas": peer}, "ratio": round(error / peer, 3) if peer else None,
                 "unit": "error, times the root of the evaluations"})
if form == "json":
    print(json.dumps({"group": "estimation", "kernels": ours[0]["kernels"] if ours else None,
                      "two_workers": load("workers").get("two_workers"), "rows": rows}))
else:
    print(f"Kernels: {ours[0]['kernels'] if ours else '-'}; two workers {load('workers').get('two_workers', 0):.2f} times one")
    for r in rows:
        cells = "  ".join(f"{p} {f:.4g}" if f else f"{p} -" for p, f in r["peers"].items())
        print(f"{r['name']:42}{r['ours']:>12.4g}  ratio {r['ratio'] if r['ratio'] else '-':>6}   {cells}   ({r['unit']})")
