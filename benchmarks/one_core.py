"""A benchmark on one core: CPU milliseconds of the least disturbed run, a folder of its own, rows printed in one shape."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks.machine import describe_machine


class Row(Protocol):
    """One line of an answer: a dataclass with these among its fields."""

    @property
    def name(self) -> str:
        """What was done."""

    @property
    def note(self) -> str:
        """What has to be said about it."""


class Measure(Protocol):
    """Measures everything in a folder of its own; `tell` takes a word about the progress."""

    def __call__(self, folder: Path, /, *, quick: bool, tell: Callable[[str], None]) -> Sequence[Any]:
        """Give the rows."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What `run` needs to know; `columns` are heading and field of each figure of a row."""

    name: str
    description: str
    quick_help: str
    columns: tuple[tuple[str, str], ...]
    measure: Measure


def pin_to_one_core() -> None:
    """Stay on the last core that this process may use."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def cpu_ms(act: Callable[[], object], *, times: int) -> float:
    """Give the best CPU milliseconds of `times` runs after one to warm up.

    On a shared machine the best run is the one that was disturbed least.
    """
    act()
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        act()
        best = min(best, time.process_time() - started)
    return best * 1000


def run(benchmark: Benchmark, arguments: Sequence[str]) -> int:
    """Measure on one core and print; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{benchmark.name}", description=benchmark.description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help=benchmark.quick_help)
    chosen = parser.parse_args(arguments)
    pin_to_one_core()
    machine = describe_machine()
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    try:
        rows = benchmark.measure(
            folder, quick=chosen.quick, tell=lambda text: print(f"  {text}", file=sys.stderr, flush=True)
        )
    finally:
        shutil.rmtree(folder)
    machine |= {"load_at_end": f"{os.getloadavg()[0]:.1f}"}
    if chosen.json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, ensure_ascii=False))
    else:
        print(as_table(rows, columns=benchmark.columns, machine=machine))
    return 0


def as_table(rows: Sequence[Row], *, columns: Sequence[tuple[str, str]], machine: dict[str, str]) -> str:
    """Write the rows as Markdown."""
    headings = " | ".join(heading for heading, _ in columns)
    lines = [f"| work | {headings} | note |", f"|---|{'---:|' * len(columns)}---|"]
    for row in rows:
        figures = [getattr(row, field) for _, field in columns]
        cells = ["" if figure is None else f"{figure:.1f}" for figure in figures]
        lines.append(f"| {row.name} | {' | '.join(cells)} | {row.note} |")
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    return "\n".join([*lines, "", about])
