"""The table of `bench random`: table.py text|json FOLDER"""
import json
import os
import sys

form, folder = sys.argv[1:]


def load(name):
    path = os.path.join(folder, f"{name}.json")
    return json.load(open(path)) if os.path.exists(path) else {}


gsl, numpy = "GSL mt19937 (C)", "NumPy SFC64"
ours, peers = load("ours"), {gsl: load("gsl"), numpy: load("numpy")}
rows = []
for kind, label, rivals in [("bulk", "", [gsl, numpy]), ("single", ", one at a time", [gsl])]:
    for name, figure in ours[kind].items():
        figures = {peer: peers[peer].get(name) if peer in rivals else None for peer in peers}
        best = min((f for f in figures.values() if f), default=None)
        rows.append({"name": name + label, "ours": figure, "peers": figures,
                     "ratio": round(figure / best, 3) if best else None, "unit": "ns a draw"})
if form == "json":
    print(json.dumps({"group": "random", "kernels": ours["kernels"], "rows": rows}))
else:
    print(f"Kernels: {ours['kernels']}")
    print(f"{'ns a draw':28}{'ours':>8}" + "".join(f"{p:>18}" for p in peers) + f"{'ratio':>8}")
    for r in rows:
        cells = "".join(f"{r['peers'][p] if r['peers'][p] else '-':>18}" for p in peers)
        print(f"{r['name']:28}{r['ours']:>8}{cells}{r['ratio'] if r['ratio'] else '-':>8}")
