"""A whole Vidimus that really serves: a demo home in a folder, open services, and a server on a free loopback port.

Take the fixtures in a conftest: `from tests.running import founded_home, running  # noqa: F401`.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.access import SESSION_COOKIES
from api.app import create_app
from api.clock import SystemClock
from api.demo.office import OFFICER_LOGIN, OFFICER_PIN, RECIPIENT_LOGIN, found_office
from api.founding import found_home
from api.identity import Door, Password, create_account, find_account, open_session
from api.routes.openapi import api_routes, describe_api
from api.services import Services, open_services
from api.serving import server_config
from api.settings import Settings, read_settings, settings_for_home
from certify import Role as StaffRole
from certify import StaffMember, add_staff
from guard import Clock, new_ulid
from keys import Mode, Pin
from keys.pkcs12 import write_pkcs12
from keys.pkcs12_read import open_pkcs12
from samples.cast import CAST
from tests.heard_rows import secrets_in_rows
from tests.office import FEW_ROUNDS
from tests.once_a_run import shared_folder
from tests.small_paper import small_scan
from tests.true_answers import Truth
from tests.warm_children import warm_children

PIN = OFFICER_PIN
DOC_TYPE = "VN.BIRTH_CERT"
READ_SECONDS = 120.0
_TRUTHS: dict[frozenset[tuple[str, ...]], Truth] = {}


@dataclass(frozen=True)
class Running:
    """A served office: clients of its people, and its services for looking behind the counter."""

    services: Services
    app: FastAPI
    base_url: str
    truth: Truth

    def client(self, login: str | None = None, **options: Any) -> httpx.Client:
        """A client, signed in when a login is given, with the secret for changes already set.

        Each answer that it gets from the API is held against the description.
        """
        hooks = {"response": [self.truth.check]}
        client = httpx.Client(base_url=self.base_url, timeout=60, trust_env=False, event_hooks=hooks, **options)
        if login is not None:
            services = self.services
            with services.database.transaction() as tx:
                account = find_account(tx, login)
                token, session = open_session(tx, account, at=services.clock.now(), random_bytes=services.random_bytes)
            # With its host, so that a session that is made anew takes the place of this one.
            client.cookies.set(SESSION_COOKIES[account.door], token, domain="127.0.0.1")
            client.headers["X-CSRF-Token"] = session.csrf_token
        return client

    def enrol(self, login: str, agency_code: str, *roles: StaffRole, password: str | None = None) -> str:
        """Take somebody into an agency's staff, with an account of this name; gives the staff id."""
        services = self.services
        at = services.clock.now()
        staff_id = new_ulid(at=at, random_bytes=services.random_bytes)
        with services.database.transaction() as tx:
            add_staff(tx, StaffMember(staff_id, agency_code, "Người Thí Dụ", "Chuyên viên", frozenset(roles), None))
            create_account(
                tx,
                door=Door.STAFF,
                subject_id=staff_id,
                login=login,
                password=Password(password) if password else None,
                at=at,
                random_bytes=services.random_bytes,
            )
        return staff_id

    def officer(self) -> httpx.Client:
        """The officer of the ward: clerk and certifier."""
        return self.client(OFFICER_LOGIN)

    def recipient(self) -> httpx.Client:
        """The clerk of the agency that receives dossiers."""
        return self.client(RECIPIENT_LOGIN)

    def citizen(self, key: str = "an") -> httpx.Client:
        """One of the invented citizens."""
        return self.client(key)

    def upload(
        self, officer: httpx.Client, content: bytes, *, holder: str = "an", media_type: str = "image/jpeg", **more: Any
    ) -> httpx.Response:
        """Hand a scan in."""
        return officer.post(
            "/v1/drafts",
            files={"file": (more.pop("file_name", "scan.jpg"), content, media_type)},
            data={"holder_number": CAST[holder].id_number, "doc_type": DOC_TYPE} | more.pop("data", {}),
            **more,
        )

    def wait(self, client: httpx.Client, operation_id: str, *, seconds: float = READ_SECONDS) -> dict[str, Any]:
        """Ask for an operation until it does not run any more."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told: dict[str, Any] = client.get(f"/v1/operations/{operation_id}").raise_for_status().json()
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.2)
        raise AssertionError(f"operation {operation_id} still runs after {seconds} s")

    def read_draft(self, officer: httpx.Client, content: bytes | None = None, *, holder: str = "an") -> str:
        """Take a small scan in and wait until it is read; gives the item's id."""
        accepted = self.upload(officer, content or small_scan(), holder=holder)
        assert accepted.status_code == 202, accepted.text
        told = self.wait(officer, accepted.json()["operation_id"])
        assert told["status"] == "DONE", told
        item_id: str = told["item_id"]
        return item_id

    def prepare(self, officer: httpx.Client, item_id: str, *, relation: str | None = None) -> dict[str, Any]:
        """Compare every page and prepare; gives the ready copy. The paper is An's: another holder needs a relation."""
        draft = officer.get(f"/v1/drafts/{item_id}")
        answer = officer.post(
            f"/v1/drafts/{item_id}/prepare",
            json={"pages_compared": draft.json()["pages"], "relation": relation},
            headers={"If-Match": draft.headers["ETag"]},
        )
        assert answer.status_code == 200, answer.text
        ready: dict[str, Any] = answer.json()
        return ready

    def approve(self, officer: httpx.Client, ready: dict[str, Any], *, pin: str = PIN, **more: Any) -> httpx.Response:
        """Send the officer's yes."""
        form = {"item_id": ready["item_id"], "sha256": ready["sha256"], "checklist": ready["checklist"], "pin": pin}
        return officer.post("/v1/approvals", json=form, **more)

    def certify(self, officer: httpx.Client, *, holder: str = "an") -> dict[str, Any]:
        """Bring a small scan all the way to the vault; gives the finished operation."""
        relation = None if holder == "an" else "GUARDIAN"
        ready = self.prepare(officer, self.read_draft(officer, holder=holder), relation=relation)
        accepted = self.approve(officer, ready)
        assert accepted.status_code == 202, accepted.text
        told = self.wait(officer, accepted.json()["operation_id"])
        assert told["status"] == "DONE", told
        return told


@dataclass(frozen=True)
class LaterClock:
    """An office's clock, set forward."""

    by: timedelta
    of: Clock

    def now(self) -> datetime:
        return self.of.now() + self.by


@contextmanager
def later(office: Running, by: timedelta) -> Iterator[Running]:
    """The same office, served some time later."""
    services = replace(office.services, clock=LaterClock(by, office.services.clock))
    app = create_app(services)
    with serve(app) as base_url:
        yield replace(office, services=services, app=app, base_url=base_url)


@pytest.fixture(scope="session")
def founded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo home with its people in it, closed, founded once for all workers of a run; copy it, do not open it."""
    with shared_folder(tmp_path_factory, "founded") as shared:
        if not (shared / "home").exists():
            found_demo(shared / "begun")
            open_quickly(shared / "begun")
            (shared / "begun").rename(shared / "home")
    return shared / "home"


@pytest.fixture(scope="module")
def running(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A served office of the module's own; the engine behind it is one per process, so modules take turns."""
    folder = tmp_path_factory.mktemp("running") / "home"
    shutil.copytree(founded_home, folder)
    with run_home(folder) as served:
        yield served


def found_demo(folder: Path) -> None:
    """Make a demo home with its people in it."""
    settings = _settings(folder, port=8750)
    found_home(folder, mode=Mode.DEMO, at=SystemClock().now(), database_url=settings.database_url)
    with open_services(settings, with_worker=False) as services:
        found_office(services)


def open_quickly(home: Path) -> None:
    """Write the keys of a closed home anew with few rounds.

    A store of PKCS#12 files takes 600,000 of them, a quarter of a second for each approval; here only the journey counts.
    """
    for file in (home / "keys").glob("*.p12"):
        secret = file.with_suffix(".pass")
        pin = Pin(secret.read_text() if secret.exists() else OFFICER_PIN)
        opened = open_pkcs12(file.read_bytes(), key_id=file.stem, pin=pin)
        file.write_bytes(
            write_pkcs12(
                opened.private_key,
                certificate_der=opened.certificate_der,
                chain_der=opened.chain_der,
                pin=pin,
                rounds=FEW_ROUNDS,
            )
        )


@contextmanager
def run_home(folder: Path, *, with_worker: bool = True, **changes: Any) -> Iterator[Running]:
    """Open a home and serve it on a free port until the block ends, and find no secret in its rows then."""
    with served_home(folder, with_worker=with_worker, **changes) as served:
        yield served
        assert secrets_in_rows(served.services.database) == set()


@contextmanager
def served_home(folder: Path, *, with_worker: bool = True, **changes: Any) -> Iterator[Running]:
    """Open a home and serve it on a free port until the block ends; `changes` are settings of its own."""
    settings = replace(_settings(folder, port=8750), **changes)
    with open_services(settings, with_worker=with_worker, children=warm_children()) as services:
        app = create_app(services)
        with serve(app) as base_url:
            yield Running(services, app, base_url, described_truth(app))


def described_truth(app: FastAPI) -> Truth:
    """The description of an application, made once in a process: it depends on nothing but the routes.

    Describing takes seconds and each schema that is met is compiled, so every office of a test run shares one.
    """
    addresses = frozenset((route.path, *sorted(route.methods)) for route in api_routes(app))
    if addresses not in _TRUTHS:
        _TRUTHS[addresses] = Truth(describe_api(app))
    return _TRUTHS[addresses]


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free loopback port."""
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, name="served-office", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def _settings(folder: Path, *, port: int) -> Settings:
    return replace(settings_for_home(read_settings({}), folder, port=port), ocr_processes=1)
