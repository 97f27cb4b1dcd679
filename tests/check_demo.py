"""Run ./demo as a stranger does, and judge the one object it prints; started by tests/check.py, the exit code decides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TREE = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 600
LEAST_CERTIFIED = 9
FIELDS = {
    "certified": {"path", "record_id", "register_number", "code", "seconds"},
    "refused": {"name", "code"},
    "caught": {"name", "verdict"},
}


def run(home: Path) -> subprocess.CompletedProcess[str]:
    """Tell the story in a home of its own; what is said on the way is shown as it comes."""
    command = ["./demo", "--once", "--yes", "--json", "--home", str(home)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIDIMUS_")}
    return subprocess.run(
        command, cwd=TREE, env=environment, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


def faults(summary: dict[str, Any]) -> Iterator[str]:
    """Say everything that is not as it was promised."""
    if set(summary) != {*FIELDS, "reused", "seconds", "trust_dir"}:
        yield f"the object has the fields {sorted(summary)}"
        return
    for part, fields in FIELDS.items():
        yield from (f"{part} has {sorted(row)}, not {sorted(fields)}" for row in summary[part] if set(row) != fields)
    if len(summary["certified"]) < LEAST_CERTIFIED:
        yield f"only {len(summary['certified'])} copies were certified; {LEAST_CERTIFIED} are promised"
    yield from (f"{row['path']} is not there" for row in summary["certified"] if not Path(row["path"]).is_file())
    numbers = [int(row["register_number"].split(" ")[0]) for row in summary["certified"]]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield f"the register numbers are {sorted(numbers)}"
    if {row["verdict"] for row in summary["caught"]} != {"INVALID"}:
        yield f"the forgeries were judged {summary['caught']}"
    if not any(row.get("record_id") for row in summary["reused"]):
        yield "no paper was reused"
    if not list(Path(summary["trust_dir"]).glob("*.crl")):
        yield f"{summary['trust_dir']} holds no revocation list"


def main() -> int:
    """Run, judge, run again, remove; 0 when everything is as promised."""
    with tempfile.TemporaryDirectory(prefix="vidimus-check-demo-") as folder:
        home = Path(folder) / "home"
        first = run(home)
        if first.returncode:
            print(f"./demo ended with {first.returncode}")
            return 1
        found = list(faults(json.loads(first.stdout)))
        again = run(home)
        if again.returncode or json.loads(again.stdout)["certified"] != json.loads(first.stdout)["certified"]:
            found.append("a second run tells another story")
        subprocess.run(
            ["./demo", "--yes", "--clean", "--home", str(home)], cwd=TREE, timeout=TIMEOUT_SECONDS, check=False
        )
        if home.exists():
            found.append("--clean left the home of the demonstration")
    print("\n".join(found) or "the demonstration is as promised")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
