"""Measure an office under load, on one PC and as a province: uploads at once, a burst of verifications, an hour in minutes.

Run `python -m benchmarks.load [--json] [--quick] [--only pc|province]`. Everything is real: on one PC one `vidimus serve`
on SQLite and folders, as a province two doors that only enqueue, two workers, PostgreSQL and an S3 server, each a process
on loopback. Times are the clients'. In the end everything is counted: ids, register lines, files and leaves of the log must be
as many as the papers that were acknowledged, or the benchmark fails. There is no peer.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.load_papers import Papers
from benchmarks.machine import describe_machine
from benchmarks.memory import MemoryWatch
from benchmarks.web_visit import MeasurementBroken, spread
from samples.cast import CAST
from tests.province import Counted, FrontOffice, Province, front_office, one_pc, province

_FORM: Final = {"holder_number": CAST["an"].id_number, "doc_type": "VN.BIRTH_CERT"}
_PATIENCE_SECONDS: Final = 3600.0
_BUSY: Final = (429, 503)
# What one hour of a busy office asks of its doors, beside the work that each paper makes by itself.
_ASKED_PER_PAPER: Final = {"queue": 10, "item": 6, "verify": 3, "vault": 3, "download": 1}


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is asked."""

    uploads: int = 50
    pages: int = 5
    verifications: int = 200
    papers: int = 60

    @classmethod
    def quick(cls) -> Amounts:
        """Enough to see that it works."""
        return cls(uploads=4, pages=2, verifications=10, papers=3)


@dataclass(slots=True)
class Figures:
    """What one size did."""

    size: str
    uploads: dict[str, Any] = field(default_factory=dict)
    verifications: dict[str, Any] = field(default_factory=dict)
    hour: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    counted: dict[str, Any] = field(default_factory=dict)


class Callers:
    """Everybody who asks at once: times each answer, asks again where a door says that it is busy."""

    def __init__(self, office: FrontOffice, citizen: dict[str, str]) -> None:
        self._doors = office.clients
        self._citizen = citizen
        self._lock = threading.Lock()
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()

    def ask(self, kind: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask until the answer is not `busy`; the whole wait counts.

        Raises:
            MeasurementBroken: the answer is an error.
        """
        began = time.perf_counter()
        while True:
            answer = random.choice(self._doors).request(method, path, **more)
            with self._lock:
                self.statuses[answer.status_code] += 1
            if answer.status_code not in _BUSY or time.perf_counter() - began > _PATIENCE_SECONDS:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        with self._lock:
            self.took[kind].append((time.perf_counter() - began) * 1000)
        if answer.status_code >= 400:
            raise MeasurementBroken(f"{method} {path} answers {answer.status_code}: {answer.text[:300]}")
        return answer

    def ask_as_citizen(self, kind: str, path: str) -> httpx.Response:
        """The citizen reads in the vault."""
        return self.ask(kind, "GET", path, headers=self._citizen)

    def send(self, scans: Sequence[bytes]) -> None:
        """A clerk sends an original of some pages."""
        files = [("file", (f"{number}.jpg", scan, "image/jpeg")) for number, scan in enumerate(scans, start=1)]
        self.ask("upload", "POST", "/v1/drafts", data=_FORM, files=files)

    def verify(self, kind: str, copy: bytes) -> None:
        """Somebody wants a file verified."""
        self.ask(kind, "POST", "/v1/verifications", files={"file": ("copy.pdf", copy, "application/pdf")})


def measure(size: str, place: Province, papers: Papers, amounts: Amounts, told: Callable[[str], None]) -> Figures:
    """Do all of it to one office."""
    figures = Figures(size)
    with front_office(place) as office, MemoryWatch(lambda: [one.pid for one in place.processes.values()]) as memory:
        callers = Callers(office, place.sign_in("an"))
        told("uploads at once")
        figures.uploads = _uploads(callers, office, place, papers, amounts)
        told("the clerks' work on them")
        office.work_until(amounts.uploads)
        record_id = callers.ask_as_citizen("vault", "/v1/records").json()["items"][0]["record_id"]
        copy = callers.ask_as_citizen("download", f"/v1/records/{record_id}/file").content
        told("verifications at once")
        figures.verifications = _verifications(callers, copy, amounts)
        told("an hour in minutes")
        figures.hour = _hour(callers, office, papers, amounts, record_id)
        figures.memory = {"largest_process_mb": memory.largest_mb, "all_processes_mb": memory.all_mb}
    told("counting")
    figures.counted = asdict(_count(place, amounts.uploads + amounts.papers))
    return figures


def _uploads(
    callers: Callers, office: FrontOffice, place: Province, papers: Papers, amounts: Amounts
) -> dict[str, Any]:
    """Everybody sends an original of several pages at the same moment; measured until the last one is read."""
    originals = [papers.scans(f"U{number}", pages=amounts.pages) for number in range(amounts.uploads)]
    began = time.perf_counter()
    with ThreadPoolExecutor(amounts.uploads) as senders:
        list(senders.map(callers.send, originals))
    accepted = time.perf_counter() - began
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (states := Counter(office.states().values()))["EXTRACTED"] < amounts.uploads:
        if states["ORIGINAL_PRESENTED"] or time.monotonic() > deadline:
            # Back at the beginning an original stands that was refused, and every one of these is well.
            raise MeasurementBroken(f"not all was read: {states}; {place.last_words()}")
        time.sleep(0.2)
    read = time.perf_counter() - began
    return {
        "count": amounts.uploads,
        "pages": amounts.uploads * amounts.pages,
        "megabytes": round(sum(len(scan) for scans in originals for scan in scans) / 1e6, 1),
        "accepted_s": accepted,
        "accepted": spread(callers.took["upload"]),
        "read_s": read,
        "pages_per_minute": amounts.uploads * amounts.pages * 60 / read,
    }


def _verifications(callers: Callers, copy: bytes, amounts: Amounts) -> dict[str, Any]:
    """The public wants one file verified many times at once."""
    before, began = Counter(callers.statuses), time.perf_counter()
    with ThreadPoolExecutor(50) as askers:
        list(askers.map(lambda _: callers.verify("verification", copy), range(amounts.verifications)))
    seconds = time.perf_counter() - began
    return {
        "count": amounts.verifications,
        "per_second": amounts.verifications / seconds,
        "answers": {str(status): count for status, count in sorted((callers.statuses - before).items())},
        **spread(callers.took["verification"]),
    }


def _hour(callers: Callers, office: FrontOffice, papers: Papers, amounts: Amounts, record_id: str) -> dict[str, Any]:
    """What an office's hour brings, as fast as it goes: papers come, are certified, and everybody looks things up."""
    before = office.certified()
    scans = [papers.scans(f"H{number}", pages=1) for number in range(amounts.papers)]
    item_id = next(iter(office.states()))
    copy = callers.ask_as_citizen("download", f"/v1/records/{record_id}/file").content
    acts: dict[str, Callable[[], object]] = {
        "queue": partial(callers.ask, "queue", "GET", "/v1/drafts?limit=20"),
        "item": partial(callers.ask, "item", "GET", f"/v1/drafts/{item_id}"),
        "verify": partial(callers.verify, "verify", copy),
        "vault": partial(callers.ask_as_citizen, "vault", "/v1/records?limit=20"),
        "download": partial(callers.ask_as_citizen, "download", f"/v1/records/{record_id}/file"),
    }
    todo: list[Callable[[], object]] = [partial(callers.send, one) for one in scans]
    todo += [act for kind, act in acts.items() for _ in range(_ASKED_PER_PAPER[kind] * amounts.papers)]
    random.Random(20261129).shuffle(todo)
    callers.took.clear()
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as askers:
        asked = [askers.submit(act) for act in todo]
        office.work_until(before + amounts.papers)
        for one in asked:
            one.result()
    seconds = time.perf_counter() - began
    return {
        "papers": amounts.papers,
        "asked": len(todo),
        "seconds": seconds,
        "papers_per_minute": amounts.papers * 60 / seconds,
        "times": {kind: spread(took) for kind, took in sorted(callers.took.items()) if len(took) > 1},
        "server_errors": sum(count for status, count in callers.statuses.items() if status >= 500 and status != 503),
    }


def _count(place: Province, count: int) -> Counted:
    try:
        return place.check_single_and_complete(count)
    except AssertionError as exc:
        raise MeasurementBroken(f"something is lost or there twice: {exc}") from exc


_SIZES: Final = {"pc": one_pc, "province": province}


def main(arguments: Sequence[str]) -> int:
    """Measure the sizes that were asked for, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=tuple(_SIZES))
    asked = parser.parse_args(arguments)
    amounts = Amounts.quick() if asked.quick else Amounts()
    machine, found = describe_machine(), []
    papers = Papers()
    for size in (asked.only,) if asked.only else tuple(_SIZES):
        folder = Path(tempfile.mkdtemp(prefix=f"vidimus-load-{size}-"))
        try:
            with _SIZES[size](folder) as place:
                found.append(measure(size, place, papers, amounts, partial(_say, size)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        print(json.dumps({"machine": machine, "sizes": [asdict(one) for one in found]}, indent=1))
    else:
        print("\n".join(_table(found)))
    return 0


def _say(size: str, step: str) -> None:
    print(f"{size}: {step} …", file=sys.stderr, flush=True)


def _table(found: Sequence[Figures]) -> Iterator[str]:
    yield "| size | uploads | accepted p95 | pages/min | verifications/s | p95 | hour's papers/min | server errors | largest process | all | lost |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for one in found:
        yield (
            f"| {one.size} | {one.uploads['count']} x {one.uploads['pages'] // one.uploads['count']} pages "
            f"| {one.uploads['accepted']['p95_ms'] / 1000:.1f} s | {one.uploads['pages_per_minute']:.0f} "
            f"| {one.verifications['per_second']:.1f} | {one.verifications['p95_ms'] / 1000:.1f} s "
            f"| {one.hour['papers_per_minute']:.1f} | {one.hour['server_errors']} "
            f"| {one.memory['largest_process_mb']:.0f} MB | {one.memory['all_processes_mb']:.0f} MB | 0 |"
        )
    yield ""
    yield "| size | what | p50 ms | p95 ms | max ms |"
    yield "|---|---|---:|---:|---:|"
    for one in found:
        for kind, took in one.hour["times"].items():
            yield f"| {one.size} | {kind} | {took['p50_ms']:.0f} | {took['p95_ms']:.0f} | {took['max_ms']:.0f} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
