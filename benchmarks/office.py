"""Measure the office without its crafts: cases a second through case and register, and taking a number among fifty officers.

Run `python -m benchmarks.office [--json] [--quick | --cases N]`. 10,000 cases go the way of the counter on SQLite and on PostgreSQL, each
act in its own transaction as in the office; fifty officers work at once in one process. Nothing is scanned or signed. Afterwards
the book must hold every number once: none lost, none twice. There is no peer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from benchmarks.machine import describe_machine
from certify.case import compare
from certify.items import Actor, ActorKind
from certify.prepare import mark_prepared, reserve
from certify.register import finalise
from certify.register_export import gaps
from certify.staff import check_may_certify
from certify.tables import numbers
from tests.bureau import LAW, Bureau, build_bureau
from tests.postgres import fresh_database, started_server
from vault.database import Database, open_database

_OFFICERS: Final = 50
_CASES: Final = 10_000
_QUICK_CASES: Final = 300
_WORKER: Final = Actor(ActorKind.WORKER, "benchmark")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one database did."""

    database: str
    cases: int
    officers: int
    seconds: float
    cases_per_second: float
    number_p50_ms: float
    number_p99_ms: float
    number_max_ms: float
    lost: int
    twice: int


def run_case(bureau: Bureau) -> float:
    """Take one case from the counter to its final line in the register; gives the seconds of taking the number."""
    at, staff_id = bureau.at, bureau.officer.staff_id
    item = bureau.extracted_item(pages=1)
    with bureau.database.transaction() as tx:
        compare(tx, item.item_id, officer_id=staff_id, pages_compared=1, at=at)
    began = time.perf_counter()
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, staff_id, at=at)
        ready = reserve(
            tx,
            item.item_id,
            authority=authority,
            law=LAW,
            actor=_WORKER,
            random_bytes=bureau.random_bytes,
        )
    seconds = time.perf_counter() - began
    digest = hashlib.sha256(item.item_id.encode()).hexdigest()
    with bureau.database.transaction() as tx:
        mark_prepared(tx, ready, sha256_hex=digest, page_count=2, law=LAW, actor=_WORKER, at=at)
    with bureau.database.transaction() as tx:
        finalise(
            tx,
            book_id=ready.number.book_id,
            seq_no=ready.number.seq_no,
            signer_text="Nguyễn Thị Mẫu, Phó Chủ tịch",
            detail={"code": ready.code},
            at=at,
        )
    return seconds


def measure(bureau: Bureau, *, name: str, cases: int) -> Figures:
    """Let the officers work all cases off, then look for every number."""
    progress = _Progress(name, cases)

    def work(_: int) -> float:
        seconds = run_case(bureau)
        progress.one_done()
        return seconds

    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=_OFFICERS) as officers:
        taken = sorted(officers.map(work, range(cases)))
    seconds = time.perf_counter() - began
    with bureau.database.read() as tx:
        found = tx.execute(sa.select(numbers.c.seq_no).where(numbers.c.status == "FINAL")).scalars().all()
        missing = gaps(tx, bureau.book.book_id)
    return Figures(
        database=name,
        cases=cases,
        officers=_OFFICERS,
        seconds=round(seconds, 1),
        cases_per_second=round(cases / seconds, 1),
        number_p50_ms=_milliseconds(taken, 0.50),
        number_p99_ms=_milliseconds(taken, 0.99),
        number_max_ms=_milliseconds(taken, 1.0),
        lost=cases - len(set(found)) + len(missing),
        twice=len(found) - len(set(found)),
    )


class _Progress:
    """Tells on standard error how far it is."""

    def __init__(self, name: str, cases: int) -> None:
        self._name, self._cases, self._done = name, cases, 0
        self._lock = threading.Lock()

    def one_done(self) -> None:
        """Count a case."""
        with self._lock:
            self._done += 1
            if self._done % 1000 == 0:
                print(f"{self._name}: {self._done} of {self._cases}", file=sys.stderr)


def _milliseconds(taken: Sequence[float], share: float) -> float:
    return round(1000 * taken[min(len(taken) - 1, int(share * len(taken)))], 1)


@contextmanager
def _office(folder: Path, url: str) -> Iterator[Bureau]:
    database: Database = open_database(url)
    try:
        database.create_all()
        yield build_bureau(folder, database)
    finally:
        database.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_CASES} cases instead of {_CASES}")
    parser.add_argument("--cases", type=int, help="so many cases")
    chosen = parser.parse_args(arguments)
    cases = chosen.cases or (_QUICK_CASES if chosen.quick else _CASES)
    machine = describe_machine()
    found = []
    with tempfile.TemporaryDirectory(prefix="vidimus-office-") as name:
        folder = Path(name)
        with _office(folder, f"sqlite:///{folder}/office.db") as bureau:
            found.append(measure(bureau, name="SQLite", cases=cases))
    with (
        tempfile.TemporaryDirectory(prefix="vidimus-office-") as name,
        started_server() as server,
        fresh_database(server) as url,
        _office(Path(name), url) as bureau,
    ):
        found.append(measure(bureau, name="PostgreSQL", cases=cases))
    if chosen.json:
        print(json.dumps({"machine": machine, "figures": [asdict(one) for one in found]}, indent=1))
        return
    print("| database | cases | cases/s | number p50 ms | p99 ms | most ms | lost | twice |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for one in found:
        print(
            f"| {one.database} | {one.cases} | {one.cases_per_second} | {one.number_p50_ms} | {one.number_p99_ms} "
            f"| {one.number_max_ms} | {one.lost} | {one.twice} |"
        )


if __name__ == "__main__":
    main()
