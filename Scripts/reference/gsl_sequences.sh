#!/bin/sh
# Builds gsl_sequences.c against the installed GSL and writes Tests/Reference/gsl_sequences.json.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2046
"${CC:-cc}" -std=c99 -O1 -Wall -Wextra -o "$work/gsl_sequences" \
    $(gsl-config --cflags) "$here/gsl_sequences.c" $(gsl-config --libs)
"$work/gsl_sequences" > "$work/gsl_sequences.json"

python3 -B -c '
import json, sys
sys.path.insert(0, sys.argv[1])
import common
with open(sys.argv[2], encoding="utf-8") as file:
    common.write("gsl_sequences.json", json.load(file))
' "$here" "$work/gsl_sequences.json"
