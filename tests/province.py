"""A province on one machine: doors that only enqueue, workers by name, PostgreSQL and buckets, each a real process.

Its people come in by HTTP through whichever door is next, as a load balancer would send them.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from api.access import SESSION_COOKIES
from api.clock import SystemClock
from api.demo.office import OFFICER_LOGIN, OFFICER_PIN, found_office
from api.founding import found_home
from api.identity import find_account, open_session
from api.services import open_services
from api.settings import Settings, read_settings
from certify.tables import items, job_effects, numbers
from certify.workers import list_workers
from keys import Mode
from samples.cast import CAST
from signing.verify import verify_pdf
from tests.postgres import fresh_database, started_server
from tests.running import open_quickly
from tests.s3_servers import s3_server
from tests.small_paper import small_scan
from vault.database import open_database
from vault.errors import DatabaseUnavailable
from vault.log.tables import log_leaves
from vault.owners import HolderOwner
from vault.records import list_for_holder
from vault.shapes import RenditionKind
from vault.tables import records, renditions

DOC_TYPE = "VN.BIRTH_CERT"
# Two hundred papers beside the rest of ./check --all on two cores: nothing is measured here.
PATIENCE_SECONDS = 1800.0
# So many people work at once: each waits for the doors most of the time.
_CLERKS = 4


@dataclass(frozen=True)
class Counted:
    """What is there in the end; a number that was given up stands in the book with its reason."""

    records: int
    final_numbers: int
    given_up: dict[str, int]
    files: int
    leaves: int


@dataclass
class Province:
    """Where everything is, and the processes that run."""

    settings: Settings
    environment: dict[str, str]
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)

    def start_door(self, *, works_itself: bool = False) -> None:
        """One more `vidimus serve`, that only enqueues unless it works itself."""
        port = free_port()
        name = f"door-{len(self.ports) + 1}"
        elsewhere = "0" if works_itself else "1"
        self._start(name, "serve", VIDIMUS_PORT=str(port), VIDIMUS_WORK_ELSEWHERE=elsewhere, VIDIMUS_WORKER=name)
        self.ports.append(port)
        self._wait_for(name, port)

    def start_worker(self, *words: str, name: str) -> subprocess.Popen[bytes]:
        """`vidimus worker --name NAME`, or with other words."""
        return self._start(name, "worker", *(words or ("--name", name)))

    def wait_for_workers(self, *names: str) -> None:
        """Wait until workers of these names have begun."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not set(names) <= set(self.living_workers()):
            assert time.monotonic() < deadline, [self.log_of(name)[-2000:] for name in names]
            time.sleep(0.5)

    def living_workers(self) -> tuple[str, ...]:
        """The names under which somebody works now."""
        database = open_database(self.settings.database_url)
        try:
            with database.read() as tx:
                return tuple(one.name for one in list_workers(tx) if one.is_alive)
        finally:
            database.close()

    def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a process a signal and wait for its end."""
        process = self.processes[name]
        process.send_signal(number)
        return process.wait(timeout=90)

    def log_of(self, name: str) -> str:
        """What a process said."""
        return (self.folder / f"{name}.log").read_text()

    def last_words(self) -> dict[str, str]:
        """The end of what each process said."""
        return {name: self.log_of(name)[-600:] for name in self.processes}

    def states(self) -> dict[str, str]:
        """Every item with its state, as the database says it; nothing while it is away."""
        database = open_database(self.settings.database_url)
        try:
            with database.read() as tx:
                return {row.item_id: row.state for row in tx.execute(sa.select(items.c.item_id, items.c.state))}
        except DatabaseUnavailable:
            return {}
        finally:
            database.close()

    def check_single_and_complete(self, count: int) -> Counted:
        """Ids = register lines = files = leaves of the log; no number twice, none missing, nothing half."""
        with open_services(self.settings, with_worker=False) as services, services.database.read() as tx:
            # (1) every paper is certified under one number; a number that was given up stands there with its reason
            assert Counter(self.states().values()) == {"CERTIFIED": count}
            lines = tx.execute(sa.select(numbers).order_by(numbers.c.seq_no)).all()
            told = [(line.seq_no, line.status, line.void_reason) for line in lines]
            assert [line.seq_no for line in lines] == list(range(1, len(lines) + 1)), told
            final = [line.item_id for line in lines if line.status == "FINAL"]
            assert len(final) == len(set(final)) == count, told
            given_up = Counter(str(line.void_reason) for line in lines if line.status != "FINAL")
            assert all(line.status in ("FINAL", "VOID") for line in lines), told
            # (2) one record each, and no effect of an attempt twice
            assert tx.execute(sa.select(sa.func.count()).select_from(records)).scalar_one() == count
            done = tx.execute(sa.select(job_effects.c.item_id, job_effects.c.job, job_effects.c.effect)).all()
            assert len(done) == len(set(done))
            # (3) the log has every number and every copy once
            leaves = Counter(tx.execute(sa.select(log_leaves.c.kind)).scalars())
            assert (leaves["NUMBER_RESERVED"], leaves["COPY_CERTIFIED"]) == (len(lines), count), (leaves, told)
            # (4) every file is in its store and is what the register says
            signed = renditions.c.kind == RenditionKind.SIGNED_PDF.value
            files = tx.execute(sa.select(sa.func.count()).select_from(renditions).where(signed)).scalar_one()
            assert files == count
            holder_id = tx.execute(sa.select(records.c.holder_id).limit(1)).scalar_one()
            pdf = b""
            for record in list_for_holder(tx, HolderOwner(holder_id)):
                newest = record.newest(RenditionKind.SIGNED_PDF)
                pdf = services.blobs.read(newest.blob)
                assert hashlib.sha256(pdf).hexdigest() == newest.sha256_hex
            # (5) and the last of them holds
            verify_pdf(pdf, trust=services.trust.anchors(), at=services.clock.now()).require_passed()
        return Counted(count, len(final), dict(given_up), files, leaves["COPY_CERTIFIED"])

    def sign_in(self, login: str = OFFICER_LOGIN) -> dict[str, str]:
        """A session of somebody as headers of a call."""
        with open_services(self.settings, with_worker=False) as services, services.database.transaction() as tx:
            account = find_account(tx, login)
            token, session = open_session(tx, account, at=services.clock.now(), random_bytes=services.random_bytes)
        return {"Cookie": f"{SESSION_COOKIES[account.door]}={token}", "X-CSRF-Token": session.csrf_token}

    def _start(self, name: str, *words: str, **more: str) -> subprocess.Popen[bytes]:
        out = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *words], env=self.environment | more, stdout=out, stderr=out
        )
        out.close()
        self.processes[name] = process
        return process

    def _wait_for(self, name: str, port: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.processes[name].poll() is None, self.log_of(name)[-4000:]
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
                return
            except httpx.TransportError:
                time.sleep(0.2)
        raise AssertionError(f"{name} did not open: {self.log_of(name)[-4000:]}")


@contextmanager
def province(folder: Path, *, quick_keys: bool = False) -> Iterator[Province]:
    """Found an office on PostgreSQL and buckets of its own, with two workers and two doors at work.

    With `quick_keys` its key files are opened in few rounds: nothing is measured then. The places where its documents are stand in this process's environment, too, until the block ends.
    """
    with started_server() as server, fresh_database(server) as url, s3_server() as buckets:
        for name in ("documents", "keysets"):
            buckets.make_bucket(name)
        places = {
            "VIDIMUS_DATABASE_URL": url,
            "VIDIMUS_BLOBS_URL": "s3://documents/office",
            "VIDIMUS_KEYSETS_URL": "s3://keysets/office",
        }
        before = dict(os.environ)
        os.environ.update(buckets.environment)
        try:
            with _founded(folder, places | buckets.environment, quick_keys=quick_keys) as place:
                # A worker first: it makes the tables of the engine.
                place.start_worker(name="w1")
                place.wait_for_workers("w1")
                place.start_worker(name="w2")
                place.start_door()
                place.start_door()
                yield place
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def one_pc(folder: Path) -> Iterator[Province]:
    """Found an office on SQLite and folders, as on one PC; its one door does all work itself."""
    with _founded(folder, {}) as place:
        place.start_door(works_itself=True)
        yield place


@contextmanager
def _founded(folder: Path, more: Mapping[str, str], *, quick_keys: bool = False) -> Iterator[Province]:
    home = folder / "home"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("VIDIMUS_")},
        "VIDIMUS_HOME": str(home),
        "VIDIMUS_VERIFY_URL": "http://127.0.0.1:8750",
        "VIDIMUS_OCR_PROCESSES": "1",
        "VIDIMUS_WAITING_PER_AGENCY": "1000",
        **more,
    }
    settings = read_settings(environment)
    found_home(home, mode=Mode.DEMO, at=SystemClock().now(), database_url=settings.database_url)
    with open_services(settings, with_worker=False) as services:
        found_office(services)
    if quick_keys:
        open_quickly(home)
    place = Province(settings, environment, folder)
    try:
        yield place
    finally:
        for process in place.processes.values():
            process.kill()
            process.wait()


@dataclass
class FrontOffice:
    """The people of the office behind all doors: they hand in, compare, prepare and approve what is there to do."""

    place: Province
    clients: list[httpx.Client]
    _next: Iterator[httpx.Client] = field(init=False)

    def __post_init__(self) -> None:
        self._next = itertools.cycle(self.clients)

    def hand_in(self, count: int, *, mark: str) -> list[str]:
        """Hand in so many scans, each a different paper; gives the ids of the items."""
        with ThreadPoolExecutor(_CLERKS) as clerks:
            return list(clerks.map(self._hand_in, [f"{mark}{number}" for number in range(count)]))

    def _hand_in(self, mark: str) -> str:
        form = {"holder_number": CAST["an"].id_number, "doc_type": DOC_TYPE}
        files = {"file": ("scan.jpg", small_scan(mark=mark), "image/jpeg")}
        answer = self.call("POST", "/v1/drafts", data=form, files=files)
        assert answer.status_code == 202, answer.text
        item_id: str = answer.json()["item_id"]
        return item_id

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request through the next door; where that one is busy or just cut off from the database, try again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = next(self._next).request(method, path, **more)
            if answer.status_code not in (429, 503) or time.monotonic() > deadline:
                return answer
            time.sleep(float(answer.headers.get("Retry-After", "1")))

    def advance(self) -> None:
        """Do once what the states of the items ask people to do."""
        with ThreadPoolExecutor(_CLERKS) as clerks:
            list(clerks.map(self._do_next, *zip(*self.states().items(), strict=True)))

    def _do_next(self, item_id: str, state: str) -> None:
        if state == "EXTRACTED":
            self._prepare(item_id)
        elif state in ("PREPARED", "AWAITING_ACTIVATION"):
            self._approve(item_id, again=state != "PREPARED")
        elif state == "VOIDED":
            self._prepare(item_id)
        elif state == "ORIGINAL_PRESENTED":
            # A reader that got no processor for its time gave up; a clerk lays the paper on the glass again.
            files = {"file": ("scan.jpg", small_scan(mark=item_id), "image/jpeg")}
            self.call("POST", f"/v1/drafts/{item_id}/scan", files=files)

    def states(self) -> dict[str, str]:
        """Every item with its state."""
        return self.place.states()

    def certified(self) -> int:
        """How many are done."""
        return Counter(self.states().values())["CERTIFIED"]

    def work_until(self, done: int) -> None:
        """Go on until so many are certified."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.certified() < done:
            assert time.monotonic() < deadline, Counter(self.states().values())
            self.advance()
            time.sleep(0.2)

    def _prepare(self, item_id: str) -> None:
        draft = self.call("GET", f"/v1/drafts/{item_id}")
        if draft.status_code != 200:
            return
        form = {"pages_compared": draft.json()["pages"]}
        answer = self._ask_to_prepare(item_id, form, etag=draft.headers["ETag"])
        if answer.status_code == 409 and answer.json().get("reason") == "SUBJECT_MISMATCH":
            # The paper speaks of somebody else than whose vault it goes to: the clerk says how the two are related.
            self._ask_to_prepare(item_id, form | {"relation": "GUARDIAN"}, etag=draft.headers["ETag"])

    def _ask_to_prepare(self, item_id: str, form: dict[str, Any], *, etag: str) -> httpx.Response:
        return self.call("POST", f"/v1/drafts/{item_id}/prepare", json=form, headers={"If-Match": etag})

    def _approve(self, item_id: str, *, again: bool) -> None:
        ready = self.call("GET", f"/v1/drafts/{item_id}").json().get("ready")
        if not ready or (ready.get("approved") and not again):
            return
        form = {"item_id": item_id, "sha256": ready["sha256"], "checklist": ready["checklist"], "pin": OFFICER_PIN}
        self.call("POST", "/v1/approvals", json=form)


@contextmanager
def front_office(place: Province) -> Iterator[FrontOffice]:
    """People at every door."""
    with ExitStack() as stack:
        headers = place.sign_in()
        yield FrontOffice(
            place,
            [
                stack.enter_context(
                    httpx.Client(
                        base_url=f"http://127.0.0.1:{port}",
                        headers=headers,
                        timeout=PATIENCE_SECONDS,
                        trust_env=False,
                        # A door closes what was idle for five seconds: nobody sends on a connection that old.
                        limits=httpx.Limits(keepalive_expiry=1.0),
                    )
                )
                for port in place.ports
            ],
        )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
