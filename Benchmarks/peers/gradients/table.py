"""The table of `bench gradients`: table.py text|json FOLDER

Beside the times, how far the gradients of the systems are from ours at the same place, relative to the largest
slope: a row compares the same function only where that is rounding.
"""
import glob
import json
import os
import sys

form, folder = sys.argv[1:]
labels = {
    "eight_schools_noncentered": "eight schools, non-centred", "kidscore_momiq": "kidscore on IQ, n = 434",
    "arK": "AR(5), n = 200", "arma11": "ARMA(1,1), n = 200", "garch11": "GARCH(1,1), n = 200",
    "gp_regr": "Gaussian process, n = 11", "low_dim_gauss_mix": "two normals mixed, n = 1000",
    "hmm_example": "hidden Markov, 2 states, n = 100", "hmm_loop": "the same as a loop",
    "nes": "regression, p = 9, n = 476", "logit_glm": "logistic, n = 1000, p = 25",
    "linreg": "linear, n = 1000, p = 10", "mlp_1_50_50_1": "tanh 1-50-50-1, n = 1000",
    "mlp_13_100_100_1": "tanh 13-100-100-1, n = 10000",
}


def load(path):
    return json.load(open(path)) if os.path.exists(path) and os.path.getsize(path) else {}


ours = load(os.path.join(folder, "ours.json"))
stan = {os.path.basename(path)[5:-5]: load(path) for path in glob.glob(os.path.join(folder, "stan.*.json"))}
peers = {"Stan": stan, "stanli": load(os.path.join(folder, "stanli.json")), "JAX": load(os.path.join(folder, "jax.json"))}


def difference(row, other):
    if len(row["gradient"]) != len(other["gradient"]):
        return None
    size = max(max(abs(g) for g in row["gradient"]), 1e-300)
    return max(abs(a - b) for a, b in zip(row["gradient"], other["gradient"])) / size


rows = []
for row in ours["rows"]:
    name = "hmm_example" if row["name"] == "hmm_loop" else row["name"]
    found = {peer: figures[name] for peer, figures in peers.items() if figures.get(name)}
    figures = {peer: found[peer]["us"] if peer in found else None for peer in peers}
    others = [figure for peer, figure in figures.items() if peer != "Stan" and figure]
    rows.append({
        "name": labels[row["name"]], "ours": row["us"], "peers": figures,
        "ratio_to_stan": row["us"] / figures["Stan"] if figures["Stan"] else None,
        "ratio": row["us"] / min(f for f in figures.values() if f) if any(figures.values()) else None,
        "ratio_to_best_other": row["us"] / min(others) if others else None,
        "gradients_apart": {peer: difference(row, other) for peer, other in found.items()},
        "compile_ms": row["compile_ms"], "unit": "us a gradient"})
if form == "json":
    print(json.dumps({"group": "gradients", "kernels": ours["kernels"], "rows": rows}))
else:
    def cell(value, digits=3):
        return "-" if value is None else f"{value:.{digits}g}" if value < 1000 else f"{value:.0f}"

    print(f"Kernels: {ours['kernels']}")
    print(f"{'us a gradient':34}{'ours':>9}" + "".join(f"{p:>9}" for p in peers)
          + f"{'/ Stan':>9}{'/ others':>9}{'compile ms':>12}  gradients apart")
    for r in rows:
        print(f"{r['name']:34}{cell(r['ours']):>9}" + "".join(f"{cell(r['peers'][p]):>9}" for p in peers)
              + f"{cell(r['ratio_to_stan'], 2):>9}{cell(r['ratio_to_best_other'], 2):>9}"
              + f"{cell(r['compile_ms']):>12}  "
              + " ".join(f"{peer} {cell(d, 1)}" for peer, d in r["gradients_apart"].items()))
