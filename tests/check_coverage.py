"""Measure which lines and branches the tests reach, package by package, and hold each to its floor.

Started by hand (it takes a quarter of an hour); `--only-report` judges what an earlier run left. Children behind walls have no
way to write what they measured, so their side (pyproject.toml, `omit`) is tested but not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

TREE = Path(__file__).resolve().parent.parent
TESTS = ("tests/unit", "tests/property", "tests/attack", "tests/conformance", "tests/journeys")
FLOORS = {"signing": 95.0, "certify": 95.0, "vault": 95.0, "keys": 95.0}
FLOOR_ELSEWHERE = 90.0


def coverage(*arguments: str) -> int:
    """Run the coverage tool in the tree."""
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=TREE, check=False).returncode


def shares(report: dict[str, Any]) -> dict[str, float]:
    """The share of lines and branches that were reached, by package, in per cent."""
    reached: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, file in report["files"].items():
        found = file["summary"]
        both = reached[Path(name).parts[0]]
        both[0] += found["covered_lines"] + found["covered_branches"]
        both[1] += found["num_statements"] + found["num_branches"]
    return {package: 100 * done / of for package, (done, of) in sorted(reached.items()) if of}


def main() -> int:
    """Run the tests once, print a line a package, and end with 1 when one is below its floor."""
    if "--only-report" not in sys.argv[1:]:
        coverage("erase")
        if failed := coverage("run", "-m", "pytest", "-q", "--no-header", *TESTS):
            return failed
        coverage("combine", "--quiet")
    with tempfile.TemporaryDirectory(prefix="vidimus-coverage-") as folder:
        path = Path(folder) / "coverage.json"
        if coverage("json", "--quiet", "-o", os.fspath(path)):
            return 1
        found = shares(json.loads(path.read_text(encoding="utf-8")))
    low = []
    for package, share in found.items():
        floor = FLOORS.get(package, FLOOR_ELSEWHERE)
        if share < floor:
            low.append(package)
        print(f"{package:10} {share:5.1f} %   floor {floor:.0f} %{'   below' if share < floor else ''}")
    print(f"below their floor: {', '.join(low)}" if low else "every package is above its floor")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
