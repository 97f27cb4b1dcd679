"""Measure the office as its callers meet it: reads and lists at 100,000 of everything, uploads, a burst, idlers, an end.

Run `python -m benchmarks.web [--json] [--quick]`. A real `vidimus serve` on loopback, its worker in the same process, and
one asyncio client. Times are the client's: from the request to the whole answer. There is no peer.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx

from api.settings import read_settings, settings_for_home
from benchmarks.machine import describe_machine
from benchmarks.web_office import Caller, FilledOffice, found_filled_office
from benchmarks.web_visit import MeasurementBroken, Office, Visit, spread
from samples.cast import CAST

_TUS: Final = {"Tus-Resumable": "1.0.0"}
_PART: Final = _TUS | {"Content-Type": "application/offset+octet-stream"}
_MEGABYTE: Final = 1 << 20
_SENDERS: Final = 50
_VERIFICATIONS: Final = 100
_START_SECONDS: Final = 120
_FIELDS: Final = {"holder_number": CAST["an"].id_number, "doc_type": "VN.BIRTH_CERT"}


@dataclass(slots=True)
class Figures:
    """Everything that was measured, ready for JSON."""

    machine: dict[str, str]
    count: int
    reads: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    burst: dict[str, Any] = field(default_factory=dict)
    idlers: dict[str, Any] = field(default_factory=dict)
    shutdown: dict[str, Any] = field(default_factory=dict)


async def measure(office: Office, filled: FilledOffice, figures: Figures, *, quick: bool) -> None:
    """Fill in the figures, one part after the other."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=4)
    async with httpx.AsyncClient(timeout=120, trust_env=False, limits=limits) as client:
        visit = Visit(office, filled, client)
        figures.memory["start_mb"] = office.memory_mb("VmRSS")
        turns = 40 if quick else 200
        for path, caller in _reads(filled):
            figures.reads.append(await visit.timed(path, caller, turns=turns))
        for path, caller in _lists(filled):
            figures.lists.append(await visit.timed(path, caller, turns=turns, walk=True))
        figures.memory["after_lists_mb"] = office.memory_mb()
        await _large_uploads(visit, figures, size=(32 if quick else 256) * _MEGABYTE)
        figures.burst = await _burst(visit, quick=quick)
        figures.memory["peak_mb"] = office.memory_mb()
        figures.idlers = await _idlers(office)
        figures.shutdown = await _shutdown(visit, office)


def _reads(filled: FilledOffice) -> tuple[tuple[str, Caller], ...]:
    return (
        ("/v1/sessions/current", filled.officer),
        (f"/v1/records/{filled.record_id}", filled.citizen),
        (f"/v1/submissions/{filled.submission_id}", filled.citizen),
        (f"/v1/received/{filled.submission_id}", filled.recipient),
        ("/v1/copies/K7PM-3QWX-9DHT-5", filled.citizen),
    )


def _lists(filled: FilledOffice) -> tuple[tuple[str, Caller], ...]:
    return (
        ("/v1/drafts", filled.officer),
        ("/v1/drafts?state=CERTIFIED", filled.officer),
        ("/v1/cases", filled.officer),
        ("/v1/register", filled.officer),
        ("/v1/records", filled.citizen),
        ("/v1/history", filled.citizen),
        ("/v1/shares", filled.citizen),
        ("/v1/consents", filled.citizen),
        ("/v1/submissions", filled.citizen),
        ("/v1/received", filled.recipient),
    )


async def _large_uploads(visit: Visit, figures: Figures, *, size: int) -> None:
    """One upload of the largest size as a form, one in parts."""
    officer = visit.filled.officer
    started = time.perf_counter()
    answer = await visit.ask("POST", "/v1/drafts", officer, **_form(size))
    _expect(answer, 202)
    figures.memory["form_s"] = time.perf_counter() - started
    figures.memory["after_form_mb"] = visit.office.memory_mb()
    started = time.perf_counter()
    place = await _begin(visit, size)
    answer = await visit.ask("PATCH", place, officer, headers=_PART | {"Upload-Offset": "0"}, content=_pieces(size))
    _expect(answer, 204)
    figures.memory["parts_s"] = time.perf_counter() - started
    asked = _FIELDS | {"upload_ids": [place.rsplit("/", 1)[-1]]}
    _expect(await visit.ask("POST", "/v1/drafts", officer, json=asked), 202)
    figures.memory["after_parts_mb"] = visit.office.memory_mb()
    await asyncio.sleep(10)
    figures.memory["after_reading_mb"] = visit.office.memory_mb()


async def _burst(visit: Visit, *, quick: bool) -> dict[str, Any]:
    """Fifty send scans at once, a hundred want files verified; a clerk goes on working beside them."""
    before = Counter(visit.statuses)
    idle = await _watch(visit, asyncio.sleep(3))
    size = (1 if quick else 4) * _MEGABYTE
    uploads = [visit.ask("POST", "/v1/drafts", visit.filled.officer, **_form(size)) for _ in range(_SENDERS)]
    files = {"file": ("a.pdf", b"%PDF-1.7\n" + bytes(64 << 10) + b"%%EOF", "application/pdf")}
    verifications = [visit.ask("POST", "/v1/verifications", files=files) for _ in range(_VERIFICATIONS)]
    answers: list[httpx.Response] = []

    async def storm() -> None:
        answers.extend(await asyncio.gather(*uploads, *verifications))

    busy = await _watch(visit, storm())
    counted = visit.statuses - before
    item_ids = [one.json()["item_id"] for one in answers[:_SENDERS] if one.status_code == 202]
    return {
        "uploads_accepted": len(item_ids),
        "uploads_twice": len(item_ids) - len(set(item_ids)),
        "statuses": {str(status): count for status, count in sorted(counted.items())},
        "server_errors": sum(count for status, count in counted.items() if status >= 500),
        "too_many": counted[429],
        "others_idle": idle,
        "others_in_burst": busy,
        "ratio_p50": busy["p50_ms"] / idle["p50_ms"],
        "ratio_p95": busy["p95_ms"] / idle["p95_ms"],
    }


async def _watch(visit: Visit, work: Any) -> dict[str, float]:
    """Let a clerk ask for a page of the queue, in a process of their own, until the work is done."""
    address = f"{visit.office.url}/v1/drafts?limit=20"
    clerk = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.web_watcher",
        address,
        json.dumps(dict(visit.filled.officer.headers)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if clerk.stdin is None or clerk.stdout is None:
        raise MeasurementBroken("the clerk has no ears")
    await clerk.stdout.readline()
    await work
    clerk.stdin.close()
    told = await clerk.stdout.read()
    if await clerk.wait():
        raise MeasurementBroken("the clerk was not answered")
    return spread(json.loads(told))


async def _idlers(office: Office) -> dict[str, Any]:
    """Fifty who begin a request and do not finish it."""
    port = int(office.url.rsplit(":", 1)[1])

    async def idle(begun: bytes) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        started = time.monotonic()
        writer.write(begun)
        with contextlib.suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(reader.read(), timeout=60)
        writer.close()
        return time.monotonic() - started

    head = b"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    begun = [b"", b"GET /", head, head + b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"]
    took = await asyncio.gather(*(idle(begun[number % len(begun)]) for number in range(_SENDERS)))
    return {"connections": len(took), "closed_after_s_max": max(took), "closed_after_s_min": min(took)}


async def _shutdown(visit: Visit, office: Office) -> dict[str, Any]:
    """End the office while uploads come in; what it acknowledged must be there when it is back."""
    officer = visit.filled.officer
    places = [await _begin(visit, 8 * _MEGABYTE) for _ in range(10)]
    acknowledged: dict[str, int] = dict.fromkeys(places, 0)
    accepted: list[str] = []

    async def send_parts(place: str) -> None:
        while acknowledged[place] < 8 * _MEGABYTE:
            headers = _PART | {"Upload-Offset": str(acknowledged[place])}
            try:
                answer = await visit.ask("PATCH", place, officer, headers=headers, content=b"x" * (_MEGABYTE // 2))
            except httpx.TransportError:
                return
            if answer.status_code != 204:
                return
            acknowledged[place] = int(answer.headers["upload-offset"])

    async def send_forms() -> None:
        while True:
            try:
                answer = await visit.ask("POST", "/v1/drafts", officer, **_form(_MEGABYTE // 2))
            except httpx.TransportError:
                return
            if answer.status_code == 202:
                accepted.append(answer.json()["item_id"])

    senders = [asyncio.ensure_future(send_parts(place)) for place in places]
    senders += [asyncio.ensure_future(send_forms()) for _ in range(10)]
    await asyncio.sleep(1.0)
    seconds = await asyncio.to_thread(office.stop)
    await asyncio.gather(*senders)
    await asyncio.to_thread(office.start)
    lost = await _count_lost(visit, accepted, acknowledged)
    return {
        "seconds_to_end": seconds,
        "acknowledged_drafts": len(accepted),
        "acknowledged_bytes_in_parts": sum(acknowledged.values()),
        "lost": lost,
    }


async def _count_lost(visit: Visit, accepted: Sequence[str], acknowledged: Mapping[str, int]) -> int:
    lost = 0
    for item_id in accepted:
        lost += (await visit.ask("GET", f"/v1/drafts/{item_id}", visit.filled.officer)).status_code != 200
    for place, offset in acknowledged.items():
        answer = await visit.ask("HEAD", place, visit.filled.officer, headers=_TUS)
        lost += answer.status_code != 200 or int(answer.headers["upload-offset"]) < offset
    return lost


async def _begin(visit: Visit, size: int) -> str:
    kind = base64.b64encode(b"application/pdf").decode()
    headers = _TUS | {"Upload-Length": str(size), "Upload-Metadata": f"filetype {kind}"}
    answer = await visit.ask("POST", "/v1/uploads", visit.filled.officer, headers=headers)
    _expect(answer, 201)
    return answer.headers["location"]


async def _pieces(size: int) -> AsyncIterator[bytes]:
    yield b"%PDF-1.7\n".ljust(64)
    piece = os.urandom(_MEGABYTE)
    left = size - 64
    while left:
        yield piece[: min(left, _MEGABYTE)]
        left -= min(left, _MEGABYTE)


def _form(size: int) -> dict[str, Any]:
    """A form whose file begins like a PDF and is none: it is kept, and refused by the child that reads it."""
    fields = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in _FIELDS.items()
    )
    head = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    tail = b"\r\n--b--\r\n"

    async def body() -> AsyncIterator[bytes]:
        yield fields + head
        async for piece in _pieces(size):
            yield piece
        yield tail

    length = len(fields) + len(head) + size + len(tail)
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(length)}
    return {"headers": headers, "content": body()}


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise MeasurementBroken(f"{answer.request.url} answers {answer.status_code}: {answer.text[:300]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _print(figures: Figures) -> None:
    print(f"| address, of {figures.count} | p50 ms | p95 ms | ms CPU |\n|---|---:|---:|---:|")
    for row in (*figures.reads, *figures.lists):
        print(f"| {row['path'].split('/01')[0]} | {row['p50_ms']:.1f} | {row['p95_ms']:.1f} | {row['cpu_ms']:.1f} |")
    parts: Mapping[str, Mapping[str, Any]] = {
        "memory": figures.memory,
        "burst": figures.burst,
        "idlers": figures.idlers,
        "shutdown": figures.shutdown,
    }
    for name, part in parts.items():
        print(f"\n{name}: {json.dumps(part)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--count", type=int)
    asked = parser.parse_args()
    count = asked.count or (5_000 if asked.quick else 100_000)
    folder = Path(tempfile.mkdtemp(prefix="vidimus-web-"))
    figures = Figures(describe_machine(), count)
    settings = settings_for_home(read_settings({}), folder / "home", port=_free_port())
    office = Office(replace(settings, ocr_processes=1))
    try:
        print(f"filling an office with {count} of everything …", file=sys.stderr)
        filled = found_filled_office(settings, count=count)
        office.start()
        asyncio.run(measure(office, filled, figures, quick=asked.quick))
    finally:
        office.stop()
        # What a child of the office is still about to write is nobody's loss.
        shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        print(json.dumps({name: getattr(figures, name) for name in Figures.__slots__}, indent=1))
    else:
        _print(figures)


if __name__ == "__main__":
    main()
