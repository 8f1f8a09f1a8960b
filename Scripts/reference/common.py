"""Shared by the scripts that write Buffon's reference data."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def write(name, data):
    """Writes Tests/Reference/<name> and prints one line about it."""
    path = ROOT / "Tests" / "Reference" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, sort_keys=True, indent=1, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")
    sections = ", ".join(
        f"{key} {len(value)}" if isinstance(value, (list, dict)) else key
        for key, value in sorted(data.items())
        if key != "source"
    )
    print(f"{path.relative_to(ROOT)}: {sections}")
