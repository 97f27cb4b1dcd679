"""Measure the office without its crafts: cases a second through case and register, and taking a number among fifty officers.

Run `python -m benchmarks.office [--json] [--quick | --cases N] [--processes N]`. 10,000 cases go the way of the counter on SQLite and on
PostgreSQL, each act in its own transaction as in the office; fifty officers work at once. On SQLite, as in a small office, they
share one process; on PostgreSQL, as in a province, they are dealt out to several, each with the connections that a door has. Nothing
is scanned or signed. Afterwards the book must hold every number once: none lost, none twice. There is no peer. How far it is stands
on standard error, every ten seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from benchmarks.machine import describe_machine
from certify.case import compare
from certify.items import Actor, ActorKind
from certify.prepare import mark_prepared, reserve
from certify.register import Book, finalise
from certify.register_export import gaps
from certify.staff import Delegation, StaffMember, check_may_certify
from certify.tables import numbers
from tests.bureau import LAW, Bureau, build_bureau, open_kek
from tests.postgres import fresh_database, started_server
from vault.blobs import open_blob_vault
from vault.database import Database, open_database
from vault.holders import Holder

_OFFICERS: Final = 50
_CASES: Final = 10_000
_QUICK_CASES: Final = 300
# Doors of a province: fifty officers share no pool of thirty-two connections, they come by several.
_PROCESSES: Final = 4
_TELL_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.05
_WORKER: Final = Actor(ActorKind.WORKER, "benchmark")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one database did."""

    database: str
    cases: int
    officers: int
    processes: int
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


def measure(bureau: Bureau, url: str, *, name: str, cases: int, processes: int) -> Figures:
    """Let the officers work all cases off, then look for every number."""
    began = time.perf_counter()
    if processes == 1:
        progress = _Progress(name, cases)
        taken = _work_off(bureau, cases=cases, officers=_OFFICERS, done=progress.add)
    else:
        taken = _work_apart(bureau, url, name=name, cases=cases, processes=processes)
    seconds = time.perf_counter() - began
    taken.sort()
    with bureau.database.read() as tx:
        found = tx.execute(sa.select(numbers.c.seq_no).where(numbers.c.status == "FINAL")).scalars().all()
        missing = gaps(tx, bureau.book.book_id)
    return Figures(
        database=name,
        cases=cases,
        officers=_OFFICERS,
        processes=processes,
        seconds=round(seconds, 1),
        cases_per_second=round(cases / seconds, 1),
        number_p50_ms=_milliseconds(taken, 0.50),
        number_p99_ms=_milliseconds(taken, 0.99),
        number_max_ms=_milliseconds(taken, 1.0),
        lost=cases - len(set(found)) + len(missing),
        twice=len(found) - len(set(found)),
    )


def _work_off(bureau: Bureau, *, cases: int, officers: int, done: Callable[[int], None]) -> list[float]:
    """Let so many officers of this process work so many cases off; gives the seconds of taking each number."""

    def work(_: int) -> float:
        seconds = run_case(bureau)
        done(1)
        return seconds

    with ThreadPoolExecutor(max_workers=officers) as pool:
        return list(pool.map(work, range(cases)))


def _work_apart(bureau: Bureau, url: str, *, name: str, cases: int, processes: int) -> list[float]:
    """Deal officers and cases out to processes, and gather what each tells: how many are done, and in the end its times."""
    context = multiprocessing.get_context("spawn")
    founded = _Founded(url, bureau.holder, bureau.officer, bureau.delegation, bureau.book)
    telling: list[Connection] = []
    children = []
    for place in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        share = [len(range(place, whole, processes)) for whole in (cases, _OFFICERS)]
        child = context.Process(target=_officers_apart, args=(founded, share[0], share[1], theirs))
        child.start()
        theirs.close()
        telling.append(ours)
        children.append(child)
    progress = _Progress(name, cases)
    taken: list[float] = []
    while telling:
        for ours in [one for one in telling if one.poll(_POLL_SECONDS)]:
            try:
                told = ours.recv()
            except EOFError as exc:
                raise SystemExit(f"officers ended early; {progress.done} of {cases} cases were done") from exc
            if isinstance(told, int):
                progress.add(told)
            else:
                taken += told
                telling.remove(ours)
    for child in children:
        child.join()
    return taken


def _officers_apart(founded: _Founded, cases: int, officers: int, told: Connection) -> None:
    """What one process does: its officers work its cases off by connections and keys of its own."""
    lock = threading.Lock()

    def done(count: int) -> None:
        with lock:
            told.send(count)

    with tempfile.TemporaryDirectory(prefix="vidimus-officers-") as name, _opened(founded, Path(name)) as bureau:
        told.send(_work_off(bureau, cases=cases, officers=officers, done=done))
    told.close()


@dataclass(frozen=True, slots=True)
class _Founded:
    """An office that was founded, as another process finds it."""

    url: str
    holder: Holder
    officer: StaffMember
    delegation: Delegation
    book: Book


@contextmanager
def _opened(founded: _Founded, folder: Path) -> Iterator[Bureau]:
    database = open_database(founded.url)
    # No case of this benchmark keeps a file.
    blobs = open_blob_vault(folder / "blobs", keysets=folder / "keysets", kek=open_kek(folder))
    try:
        yield Bureau(database, blobs, founded.holder, founded.officer, founded.delegation, founded.book)
    finally:
        database.close()


class _Progress:
    """Tells on standard error how far it is."""

    def __init__(self, name: str, cases: int) -> None:
        self._name, self._cases = name, cases
        self._began = self._told = time.monotonic()
        self._lock = threading.Lock()
        self.done = 0

    def add(self, count: int) -> None:
        """Count cases."""
        with self._lock:
            self.done += count
            now = time.monotonic()
            if now - self._told < _TELL_SECONDS and self.done < self._cases:
                return
            self._told = now
            rate = self.done / max(now - self._began, 0.001)
        left = (self._cases - self.done) / rate
        print(f"{self._name}: {self.done} of {self._cases}, {rate:.1f} cases/s, {left:.0f} s left", file=sys.stderr)


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
    parser.add_argument("--processes", type=int, default=_PROCESSES, help="processes of officers on PostgreSQL")
    chosen = parser.parse_args(arguments)
    cases = chosen.cases or (_QUICK_CASES if chosen.quick else _CASES)
    machine = describe_machine()
    found = []
    with tempfile.TemporaryDirectory(prefix="vidimus-office-") as name:
        folder = Path(name)
        here = f"sqlite:///{folder}/office.db"
        with _office(folder, here) as bureau:
            found.append(measure(bureau, here, name="SQLite", cases=cases, processes=1))
    with (
        tempfile.TemporaryDirectory(prefix="vidimus-office-") as name,
        started_server() as server,
        fresh_database(server) as url,
        _office(Path(name), url) as bureau,
    ):
        found.append(measure(bureau, url, name="PostgreSQL", cases=cases, processes=max(1, chosen.processes)))
    if chosen.json:
        print(json.dumps({"machine": machine, "figures": [asdict(one) for one in found]}, indent=1))
        return
    print("| database | processes | cases | cases/s | number p50 ms | p99 ms | most ms | lost | twice |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for one in found:
        print(
            f"| {one.database} | {one.processes} | {one.cases} | {one.cases_per_second} | {one.number_p50_ms} | {one.number_p99_ms} "
            f"| {one.number_max_ms} | {one.lost} | {one.twice} |"
        )


if __name__ == "__main__":
    main()
