"""The tables of `bench estimation`: table.py text|json FOLDER"""
import json
import math
import os
import sys

form, folder = sys.argv[1:]


def load(name):
    path = os.path.join(folder, f"{name}.json")
    try:
        return json.load(open(path))
    except (OSError, ValueError):
        return {}


ours, peers = load("ours"), {"C, GSL": load("gsl"), "NumPy": load("numpy"), "JAX": load("jax")}
keys = {"plain": "a_plain", "importance": "b_importance", "banana": "c_banana_snis", "rejection": "d_rejection"}
rows = []
for name, figure in ours.items():
    if not isinstance(figure, dict):
        continue
    problem, kind = name.split()
    figures = {p: d.get(keys[problem], {}).get("ns_per_draw") for p, d in peers.items()}
    best = min((f for f in figures.values() if f), default=None)
    rows.append({"name": f"{problem}, f as a {kind}", "ours": round(figure["ns_per_draw"], 2),
                 "peers": figures, "ratio": round(figure["ns_per_draw"] / best, 3) if best else None,
                 "unit": "ns a draw"})
exact, scipy = load("exact"), load("scipy")
for method in ["rejection", "inversion"]:
    for name, figure in exact.get(method, {}).items():
        peer = scipy.get(method, {}).get(name, {})
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
    print(json.dumps({"group": "estimation", "kernels": ours.get("kernels"),
                      "two_workers": ours.get("two_workers"), "rows": rows}))
else:
    print(f"Kernels: {ours.get('kernels')}; two workers {ours.get('two_workers', 0):.2f} times one")
    for r in rows:
        cells = "  ".join(f"{p} {f:.4g}" if f else f"{p} -" for p, f in r["peers"].items())
        print(f"{r['name']:42}{r['ours']:>12.4g}  ratio {r['ratio'] if r['ratio'] else '-':>6}   {cells}   ({r['unit']})")
