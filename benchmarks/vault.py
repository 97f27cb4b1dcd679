"""Measure the vault: a holder's reusable records among a million, on SQLite and PostgreSQL; put and get; memory.

Run `python -m benchmarks.vault [--json] [--quick] [--postgresql URL]`. Without a URL a PostgreSQL of its own is started from
Debian's binaries. Times are wall time of one caller; `--quick` takes 20,000 records.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from api.migrations.tables import gather_metadata
from keys import FileKek
from tests.postgres import started_server
from vault import Database, HolderOwner, RecordFilter, RecordStatus, list_for_holder, open_blob_vault, open_database
from vault.tables import holders, records, renditions

_AT: Final = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_TODAY: Final = date(2026, 11, 22)
_PER_HOLDER: Final = 10
_TYPES: Final = ("VN.BIRTH_CERT", "VN.ID_CARD", "VN.MARRIAGE_CERT", "VN.DIPLOMA", "VN.LAND_CERT")
_BATCH: Final = 20_000
_WARMING: Final = 20
_MIB: Final = 1 << 20
_PIECES: Final = ((_MIB, 64), (64 * _MIB, 2))


@dataclass(frozen=True, slots=True)
class Found:
    """How long it takes to find a holder's reusable records."""

    database: str
    records: int
    asked: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    fill_seconds: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Put and get of encrypted blobs in a folder."""

    blob_mib: int
    put_mib_s: float
    get_mib_s: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--postgresql", default="")
    asked = parser.parse_args()
    count, questions = (20_000, 300) if asked.quick else (1_000_000, 2_000)
    with tempfile.TemporaryDirectory(prefix="vidimus-bench-") as folder:
        found = [_find(f"sqlite:///{folder}/vault.db", count, questions)]
        with _postgresql(asked.postgresql) as url:
            found.append(_find(url, count, questions))
        moved = _move(Path(folder), quick=asked.quick)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if asked.json:
        whole = {"found": [asdict(one) for one in found], "moved": [asdict(one) for one in moved], "peak_mb": peak_mb}
        print(json.dumps(whole, indent=1))
        return 0
    print("| database | records | p50 ms | p95 ms | p99 ms | filled in s |\n|---|---:|---:|---:|---:|---:|")
    for one in found:
        print(
            f"| {one.database} | {one.records:,} | {one.p50_ms:.2f} | {one.p95_ms:.2f} | {one.p99_ms:.2f} "
            f"| {one.fill_seconds:.0f} |"
        )
    for piece in moved:
        print(f"blobs of {piece.blob_mib} MiB: put {piece.put_mib_s:.0f} MiB/s, get {piece.get_mib_s:.0f} MiB/s")
    print(f"peak memory of the process: {peak_mb:.0f} MB")
    return 0


@contextlib.contextmanager
def _postgresql(named: str) -> Iterator[str]:
    if named:
        yield named
        return
    with started_server() as url:
        yield url


def _find(url: str, count: int, questions: int) -> Found:
    gather_metadata()
    database = open_database(url)
    try:
        database.create_all()
        began = time.monotonic()
        people = fill(database, count)
        return ask(database, people, count=count, questions=questions, fill_seconds=time.monotonic() - began)
    finally:
        database.close()


def ask(database: Database, people: list[str], *, count: int, questions: int, fill_seconds: float) -> Found:
    """Ask for the reusable records of people taken at random, one question after the other."""
    wanted = RecordFilter(_TODAY, status=RecordStatus.CURRENT, least_level=3)
    took = []
    for number, holder_id in enumerate(random.Random(7).choices(people, k=questions)):
        start = time.perf_counter()
        with database.read() as tx:
            got = list_for_holder(tx, HolderOwner(holder_id), wanted=wanted)
        elapsed = (time.perf_counter() - start) * 1000
        assert 0 < len(got) < _PER_HOLDER
        # The first ones open connections and compile the question.
        if number >= _WARMING:
            took.append(elapsed)
    took.sort()
    p50, p95, p99 = (_at(took, share) for share in (0.5, 0.95, 0.99))
    return Found(make_url(database.url).get_backend_name(), count, len(took), p50, p95, p99, fill_seconds)


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def fill(database: Database, count: int) -> list[str]:
    """Write so many records, ten to a holder, with their signed files; give the holders."""
    people = [f"01H{number:023d}" for number in range(count // _PER_HOLDER)]
    with database.transaction() as tx:
        _insert(tx, holders, [_holder(one) for one in people])
    # Papers of one holder lie far apart, as they come in over the years.
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        with database.transaction() as tx:
            _insert(tx, records, [_record(number, people) for number in numbers])
            _insert(tx, renditions, [_rendition(number) for number in numbers])
    with database.transaction() as tx:
        tx.execute(sa.text("ANALYZE"))
    return people


def _insert(tx: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if tx.dialect.name != "postgresql":
        tx.execute(table.insert(), rows)
        return
    # Row by row a million takes a quarter of an hour there.
    driver: Any = tx.connection.driver_connection
    names = [*rows[0]]
    if table is records:
        names.append("retention")
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row.get(name, "HOLDER") for name in names])


def _holder(holder_id: str) -> dict[str, Any]:
    return {
        "holder_id": holder_id,
        "kind": "PERSON",
        "state": "UNCLAIMED",
        "sealed_identity": b"x" * 120,
        "enrolled_at": _AT,
        "enrolled_by_agency": "THIDU",
    }


def _record(number: int, people: list[str]) -> dict[str, Any]:
    turn, place = divmod(number, len(people))
    kind = _TYPES[turn % len(_TYPES)]
    level = 3 if turn % 3 else 1
    return {
        "record_id": f"01R{number:023d}",
        "uri": f"vdm:THIDU:{kind}:01R{number:023d}",
        "holder_id": people[place],
        "document_id": f"01R{number:023d}",
        "agency_code": "THIDU",
        "doc_type": kind,
        "title_vi": "Giấy khai sinh",
        "title_en": "Birth certificate",
        "title_fr": "Acte de naissance",
        "shelf": "CERTIFIED_COPIES",
        "elaboration": "CERTIFIED_COPY" if level == 3 else "DIGITISED_UNCERTIFIED",
        "assurance_level": level,
        "sensitivity": "NORMAL",
        "issuer": "THIDU",
        "valid_until": _TODAY + timedelta(days=(number % 4000) + 1),
        "status": "SUPERSEDED" if turn == 7 else "CURRENT",
        "original": "CURRENT",
        "code": f"C{number:012d}",
        "deposited_at": _AT,
        "provenance": "benchmark",
    }


def _rendition(number: int) -> dict[str, Any]:
    return {
        "record_id": f"01R{number:023d}",
        "kind": "SIGNED_PDF",
        "position": 0,
        "document_id": f"01R{number:023d}",
        "blob_name": "sealed.pdf",
        "sha256_hex": f"{number:064x}",
        "byte_count": 400_000,
        "media_type": "application/pdf",
        "added_at": _AT,
    }


def _move(folder: Path, *, quick: bool) -> list[Moved]:
    kek = FileKek("bench", key=secrets.token_bytes(32), random_bytes=secrets.token_bytes)
    vault = open_blob_vault(folder / "blobs", keysets=folder / "keysets", kek=kek)
    moved = []
    for size, times in _PIECES:
        repeat = 1 if quick else times
        content = secrets.token_bytes(size)
        names = [f"D{size}N{number}" for number in range(repeat)]
        began = time.perf_counter()
        for name in names:
            vault.create_keyset(name)
            vault.put(name, "paper", content)
        put = time.perf_counter() - began
        began = time.perf_counter()
        for name in names:
            assert len(vault.get(name, "paper")) == size
        got = time.perf_counter() - began
        whole = size * repeat / _MIB
        moved.append(Moved(size // _MIB, whole / put, whole / got))
    return moved


if __name__ == "__main__":
    sys.exit(main())
