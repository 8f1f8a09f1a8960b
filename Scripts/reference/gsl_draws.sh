#!/bin/sh
# Builds gsl_draws.c against the installed GSL and writes Tests/Reference/gsl_draws.json.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2046
"${CC:-cc}" -std=c99 -O1 -Wall -Wextra -o "$work/gsl_draws" \
    $(gsl-config --cflags) "$here/gsl_draws.c" $(gsl-config --libs)
"$work/gsl_draws" > "$work/gsl_draws.json"

python3 -B -c '
import json, sys
sys.path.insert(0, sys.argv[1])
import common
with open(sys.argv[2], encoding="utf-8") as file:
    common.write("gsl_draws.json", json.load(file))
' "$here" "$work/gsl_draws.json"
