"""Measure what strangers cost the office: a clerk signs and verifies, alone and while hostile files come in.

Run `python -m benchmarks.public [--json] [--quick]`. The clerk's turn is an officer's B-T, the seal's B-LTA and our own
judge in the staff's child. The strangers send a hundred files, each dear to read, to the public child, eight at a time.
There is no peer: nobody else keeps the two apart. The aim is a p95 that grows by less than half.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import describe_machine
from benchmarks.signing import Ours
from benchmarks.signing_bench import open_bench, scan_pdf
from guard import PoolBusy, SandboxPool, probe_isolation
from keys import KeyAlgorithm, Mode, TrustAnchors, load_trust_folder
from signing.verify import verify_in_child, verify_sandbox
from tests.attack.foreign import SIGNED_AT
from tests.attack.hostile_public import hostile_files

_HOSTILE: Final = 100
_SENDERS: Final = 8


@dataclass(frozen=True, slots=True)
class Row:
    """The clerk's waiting times, alone and beside the strangers, in milliseconds."""

    name: str
    turns: int
    median_ms: float
    p95_ms: float


def _turns(turn: Callable[[], None], *, while_true: Callable[[], bool], at_least: int) -> list[float]:
    took: list[float] = []
    while len(took) < at_least or while_true():
        started = time.perf_counter()
        turn()
        took.append((time.perf_counter() - started) * 1000)
    return took


def _row(name: str, took: list[float]) -> Row:
    return Row(name, len(took), statistics.median(took), statistics.quantiles(took, n=20)[-1])


def _strangers(pool: SandboxPool, trust: TrustAnchors, *, count: int, answers: Counter[str]) -> None:
    files = hostile_files(strokes=400_000)

    def send(pdf: bytes) -> None:
        try:
            verdict = verify_in_child(pdf, trust=trust, at=SIGNED_AT, sandbox=pool).verdict.value
        except PoolBusy:
            verdict = "429"
        answers[verdict] += 1

    with ThreadPoolExecutor(max_workers=_SENDERS) as senders:
        list(senders.map(send, islice(cycle(files.values()), count)))


def measure(folder: Path, *, quick: bool) -> tuple[list[Row], dict[str, int]]:
    """Let the clerk work alone, then beside the strangers until the last of them has an answer."""
    count = 16 if quick else _HOSTILE
    bench = open_bench(folder)
    bench.authority.export_trust(folder / "trust", at=bench.now)
    trust = load_trust_folder(folder / "trust", mode=Mode.DEMO)
    scan, ours = scan_pdf(), Ours(bench)
    isolation = probe_isolation().isolation
    answers: Counter[str] = Counter()
    with (
        verify_sandbox(size=1, isolation=isolation, public=False) as staff,
        verify_sandbox(size=1, isolation=isolation, public=True) as public,
    ):
        staff.warm()
        public.warm()

        def turn() -> None:
            copy = ours.copy(scan, KeyAlgorithm.ECDSA_P256_SHA256)
            verify_in_child(copy, trust=trust, at=bench.now, sandbox=staff).require_passed()

        turn()
        alone = _turns(turn, while_true=lambda: False, at_least=20 if quick else 60)
        flood = threading.Thread(target=_strangers, args=(public, trust), kwargs={"count": count, "answers": answers})
        flood.start()
        beside = _turns(turn, while_true=flood.is_alive, at_least=20)
        flood.join()
    return [_row("alone", alone), _row(f"beside {count} hostile files", beside)], dict(answers)


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.public", description="A clerk beside strangers.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer hostile files")
    chosen = parser.parse_args(arguments)
    machine = describe_machine()
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    try:
        rows, answers = measure(folder, quick=chosen.quick)
    finally:
        shutil.rmtree(folder)
    growth = rows[1].p95_ms / rows[0].p95_ms - 1
    machine |= {"load_at_end": f"{os.getloadavg()[0]:.1f}"}
    whole: dict[str, Any] = {
        "machine": machine, "rows": [asdict(row) for row in rows], "p95_growth": growth, "strangers": answers,
    }  # fmt: skip
    if chosen.json:
        print(json.dumps(whole))
        return 0
    print("| the clerk | turns | median ms | p95 ms |\n|---|---:|---:|---:|")
    for row in rows:
        print(f"| {row.name} | {row.turns} | {row.median_ms:.0f} | {row.p95_ms:.0f} |")
    told = ", ".join(f"{verdict} {times}" for verdict, times in sorted(answers.items()))
    print(f"\np95 grew by {growth:.0%}; the strangers got: {told}")
    print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
