"""The office is stopped while scans come in: what it acknowledged is there when it is opened again."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from api.access import SESSION_COOKIES
from api.demo.office import OFFICER_LOGIN
from api.identity import find_account, open_session
from api.services import open_services
from api.settings import Settings, read_settings, settings_for_home
from certify import get_item
from samples.cast import CAST
from tests.heard_logs import started_heard
from tests.running import DOC_TYPE, founded_home  # noqa: F401 - a fixture
from vault import PART_BYTES

# A whole process is started and stopped.
pytestmark = pytest.mark.slow

TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream"}


@contextmanager
def serving(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """`vidimus serve` on a home until the block ends."""
    env = os.environ | {"VIDIMUS_HOME": str(settings.home), "VIDIMUS_PORT": str(settings.port)}
    with started_heard([sys.executable, "-m", "api.cli", "serve"], env=env) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert process.poll() is None, "serve ended by itself"
            try:
                httpx.get(f"{settings.base_url}/healthz", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def sign_in(settings: Settings) -> tuple[str, dict[str, str]]:
    """A session of the officer: the id behind it, and the headers of a call."""
    with open_services(settings, with_worker=False) as services, services.database.transaction() as tx:
        account = find_account(tx, OFFICER_LOGIN)
        token, session = open_session(tx, account, at=services.clock.now(), random_bytes=services.random_bytes)
    headers = {"Cookie": f"{SESSION_COOKIES[account.door]}={token}", "X-CSRF-Token": session.csrf_token}
    return account.subject_id, headers


@dataclass
class Senders:
    """Two who send without end, and what the office acknowledged to them."""

    client: httpx.Client
    place: str
    received: int = 0
    accepted: list[str] = field(default_factory=list)

    def send_parts(self) -> None:
        while True:
            headers = PART | {"Upload-Offset": str(self.received)}
            try:
                answer = self.client.patch(self.place, content=b"x" * (PART_BYTES // 3), headers=headers)
            except httpx.TransportError:
                return
            if answer.status_code != 204:
                return
            self.received = int(answer.headers["upload-offset"])

    def send_forms(self) -> None:
        form = {"holder_number": CAST["an"].id_number, "doc_type": DOC_TYPE}
        for number in itertools.count():
            files = {"file": ("a.pdf", b"%PDF-1.7\n" + str(number).encode() * 1000, "application/pdf")}
            try:
                answer = self.client.post("/v1/drafts", data=form, files=files)
            except httpx.TransportError:
                return
            if answer.status_code == 202:
                self.accepted.append(answer.json()["item_id"])

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send until nobody answers any more; the block begins when something was acknowledged to both."""
        threads = [threading.Thread(target=self.send_parts), threading.Thread(target=self.send_forms)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while not (self.accepted and self.received) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield
        for thread in threads:
            thread.join(timeout=30)


def test_what_was_acknowledged_before_a_stop_is_there_afterwards(
    founded_home: Path,  # noqa: F811 - pytest hands fixtures over by name
    tmp_path: Path,
) -> None:
    shutil.copytree(founded_home, tmp_path / "home")
    settings = replace(settings_for_home(read_settings({}), tmp_path / "home", port=free_port()), ocr_processes=1)
    officer_id, headers = sign_in(settings)
    with serving(settings) as process, httpx.Client(base_url=settings.base_url, trust_env=False, timeout=60) as client:
        client.headers.update(headers)
        begun = client.post("/v1/uploads", headers=TUS | {"Upload-Length": str(PART_BYTES * 64)})
        senders = Senders(client, begun.headers["location"])
        with senders.sending():
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0

    assert senders.accepted
    assert senders.received
    with open_services(settings, with_worker=False) as services:
        upload_id = senders.place.rsplit("/", 1)[-1]
        stands = services.uploads.get(f"staff:{officer_id}", upload_id, at=services.clock.now())
        assert stands.received >= senders.received
        with services.database.read() as tx:
            assert [get_item(tx, item_id).item_id for item_id in senders.accepted] == senders.accepted
