"""Measure what an act costs as an office grows: 10,000, 100,000 and 1,000,000 of everything, one after the other.

Run `python -m benchmarks.growth [--json] [--quick] [--plot FILE]`. Each office is on SQLite and served on loopback by this
process; registers, cases, papers, links, dossiers and the log are filled in bulk, all papers are one citizen's, the worst
that a list can meet. Then papers are certified from upload to deposit and things are looked up, one after the other. Every
figure should stay flat or grow like a logarithm. There is no peer.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa

from api.backup.scrub import ScrubState, write_scrub_state
from api.services import Services, open_services
from api.settings import read_settings, settings_for_home
from benchmarks.curves import Curve, draw_curves
from benchmarks.machine import describe_machine
from benchmarks.web_office import batched_rows, found_filled_office
from tests.running import Running, served_home
from vault import Tree
from vault.log.leaves import entry_bytes
from vault.log.merkle import leaf_hash
from vault.log.tables import log_leaves

_SIZES: Final = (10_000, 100_000, 1_000_000)
_QUICK_SIZES: Final = (100, 1000)
_PAPERS: Final = 7
_TURNS: Final = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """What one act took in an office of one size, in milliseconds.

    `cpu_ms` is the median of processor time of office and caller together, without children that read and judge: on a machine
    that others use too it says more than the time.
    """

    count: int
    act: str
    p50_ms: float
    p95_ms: float
    cpu_ms: float


def measure(count: int, *, turns: int) -> Iterator[Measured]:
    """Fill an office and do everything in it."""
    folder = Path(tempfile.mkdtemp(prefix="vidimus-growth-"))
    try:
        home = folder / "home"
        _say(f"{count:,}: filling …")
        filled = found_filled_office(settings_for_home(read_settings({}), home), count=count)
        with open_services(settings_for_home(read_settings({}), home), with_worker=False) as services:
            _fill_log(services, count)
            # The papers were written without their files: the weekly look at every file has nothing to find here.
            now = services.clock.now().isoformat()
            write_scrub_state(services.home, ScrubState(began_at=now, ended_at=now))
        _say(f"{count:,}: measuring …")
        # Not `run_home`: among a million digests six digits of a PIN stand by chance.
        with served_home(home) as served:
            yield from _acts(served, count, filled.record_id, filled.item_id, turns=turns)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _acts(served: Running, count: int, record_id: str, item_id: str, *, turns: int) -> Iterator[Measured]:
    with served.officer() as officer, served.citizen() as citizen:
        # Holding answers against the description is for tests, and costs more than most of them.
        officer.event_hooks, citizen.event_hooks = {}, {}
        done: dict[str, Any] = {}

        def certify() -> None:
            done.update(served.certify(officer))

        yield _timed(count, "certify a paper, from upload to deposit", certify, turns=_PAPERS, warming=2)
        code = str(citizen.get(f"/v1/records/{done['record_id']}").raise_for_status().json()["code"])
        copy = citizen.get(f"/v1/records/{done['record_id']}/file").raise_for_status().content
        sealed = {"file": ("copy.pdf", copy, "application/pdf")}
        asks: dict[str, Callable[[], httpx.Response]] = {
            "read a paper in the vault": lambda: citizen.get(f"/v1/records/{record_id}"),
            "first page of a vault": lambda: citizen.get("/v1/records?limit=50"),
            "first page of the access history": lambda: citizen.get("/v1/history?limit=50"),
            "read an original at the counter": lambda: officer.get(f"/v1/drafts/{item_id}"),
            "first page of the queue": lambda: officer.get("/v1/drafts?limit=50"),
            "first page of the register": lambda: officer.get("/v1/register?limit=50"),
            "ask about a code": lambda: citizen.get(f"/v1/copies/{code}"),
            "verify a file, with its proof in the log": lambda: citizen.post("/v1/verifications", files=sealed),
        }
        for act, ask in asks.items():
            yield _timed(count, act, lambda ask=ask: ask().raise_for_status(), turns=turns, warming=3)  # type: ignore[misc]


def _timed(count: int, act: str, do: Callable[[], object], *, turns: int, warming: int) -> Measured:
    """Do it again and again; the first turns load what is then held open."""
    took, used = [], []
    for turn in range(warming + turns):
        began, spent = time.perf_counter(), time.process_time()
        do()
        if turn >= warming:
            took.append((time.perf_counter() - began) * 1000)
            used.append((time.process_time() - spent) * 1000)
    return Measured(count, act, statistics.median(took), statistics.quantiles(took, n=20)[-1], statistics.median(used))


def _fill_log(services: Services, count: int) -> None:
    """Write so many leaves of the public log, and let the sequencer number and publish them all."""

    def rows() -> Iterator[dict[str, object]]:
        for _ in range(count):
            entry = entry_bytes(services.random_bytes(32))
            yield {
                "tree": Tree.CERTIFICATIONS.value,
                "kind": "BENCHMARK",
                "entry": entry,
                "leaf_sha256_hex": leaf_hash(entry).hex(),
                "document_id": None,
                "opening": b"{}",
                "opening_sealed": False,
            }

    for chunk in batched_rows(rows()):
        with services.database.transaction() as tx:
            tx.execute(log_leaves.insert(), chunk)
    waiting = sa.select(sa.func.count()).where(log_leaves.c.leaf_index.is_(None))
    while True:
        for sequencer in services.sequencers:
            sequencer.run_once()
        with services.database.read() as tx:
            if not tx.execute(waiting).scalar_one():
                return


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and draw when a file is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args(arguments)
    machine = describe_machine()
    sizes = _QUICK_SIZES if asked.quick else _SIZES
    found = [one for count in sizes for one in measure(count, turns=10 if asked.quick else _TURNS)]
    if asked.plot:
        acts = list(dict.fromkeys(one.act for one in found))
        curves = [Curve(act, tuple((one.count, one.cpu_ms) for one in found if one.act == act)) for act in acts]
        asked.plot.write_text(
            draw_curves(curves, title="Processor time of an act as the office grows"), encoding="utf-8"
        )
    if asked.json:
        print(json.dumps({"machine": machine, "acts": [asdict(one) for one in found]}, indent=1))
    else:
        print("\n".join(_table(found, sizes)))
    return 0


def _table(found: Sequence[Measured], sizes: Sequence[int]) -> Iterator[str]:
    yield "| act, processor ms (p50, p95 of the clock) | " + " | ".join(f"{count:,}" for count in sizes) + " |"
    yield "|---|" + "---:|" * len(sizes)
    for act in dict.fromkeys(one.act for one in found):
        told = [f"{one.cpu_ms:.1f} ({one.p50_ms:.1f}, {one.p95_ms:.1f})" for one in found if one.act == act]
        yield f"| {act} | " + " | ".join(told) + " |"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
